//! The command line: what a command is, and how its arguments are read.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Result, anyhow};
use lexopt::Arg;

use crate::help;
use crate::library::{Library, Summary};
use crate::term::{self, say};
use crate::tool;
use crate::workspace::Workspace;

/// A command: help, dispatch and the check of the READMEs iterate over the table of them.
#[derive(Clone, Copy)]
pub struct Command {
    pub summary: Summary,
    /// Its arguments as the usage line shows them, such as `[CHECK]...`, each with its description.
    pub args: &'static [(&'static str, &'static str)],
    /// Paragraphs for its own help.
    pub details: &'static str,
    /// What [`flags!`] declared.
    pub flags: &'static [Flag],
    pub example: &'static str,
    pub run: fn(&Workspace, &Arguments) -> Result<ExitCode>,
}

/// A flag with its description. The flags of a command are declared with [`flags!`].
pub struct Flag {
    /// The field that receives it. On the command line, a dash stands for each underscore.
    pub field: &'static str,
    /// What its value is called; none if it takes no value.
    pub value: Option<&'static str>,
    pub about: &'static str,
}

impl Flag {
    fn long(&self) -> String {
        format!("--{}", self.field.replace('_', "-"))
    }

    /// As help shows it: `--quiet`, `--junit <FILE>`.
    pub fn shown(&self) -> String {
        let value = self.value.map(|value| format!(" <{value}>"));
        self.long() + &value.unwrap_or_default()
    }
}

/// The flags of a command as a struct: what is not declared cannot be asked for.
pub trait Flags: Sized {
    const ALL: &'static [Flag];

    fn read(arguments: &Arguments) -> Self;
}

/// Declares the flags of a command: `name: "about"` becomes a `bool`, `name = "VALUE": "about"` an
/// `Option<OsString>`.
#[macro_export]
macro_rules! flags {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($field:ident $(= $value:literal)?: $about:literal,)*
    }) => {
        $(#[$meta])*
        $vis struct $name { $(pub $field: $crate::flags!(@type $($value)?),)* }

        impl $crate::cli::Flags for $name {
            const ALL: &'static [$crate::cli::Flag] = &[$($crate::cli::Flag {
                field: stringify!($field),
                value: $crate::flags!(@value $($value)?),
                about: $about,
            },)*];

            fn read(arguments: &$crate::cli::Arguments) -> $name {
                $name { $($field: $crate::flags!(@read arguments $field $($value)?),)* }
            }
        }
    };
    (@type) => { bool };
    (@type $value:literal) => { Option<std::ffi::OsString> };
    (@value) => { None };
    (@value $value:literal) => { Some($value) };
    (@read $arguments:ident $field:ident) => { $arguments.given(stringify!($field)).is_some() };
    (@read $arguments:ident $field:ident $value:literal) => {
        $arguments.given(stringify!($field)).cloned()
    };
}
pub use flags;

const HELP: Flag = Flag {
    field: "help",
    value: None,
    about: "Print help",
};

/// What stood behind a command's name.
#[derive(Default)]
pub struct Arguments {
    /// The command's name.
    pub command: &'static str,
    /// What is not a flag, in order.
    pub args: Vec<String>,
    given: Vec<(&'static Flag, OsString)>,
}

impl Arguments {
    /// The command's flags.
    pub fn flags<F: Flags>(&self) -> F {
        F::read(self)
    }

    /// The value of a flag that was given; empty if it takes none. For [`flags!`].
    pub fn given(&self, field: &str) -> Option<&OsString> {
        let mut given = self.given.iter().rev();
        given
            .find(|(flag, _)| flag.field == field)
            .map(|(_, value)| value)
    }
}

/// The number that the value of a flag is.
///
/// # Errors
///
/// [`UsageError`], if it is none, or too large for its type.
pub fn number<N: FromStr>(flag: &str, value: Option<&OsString>) -> Result<Option<N>> {
    let Some(value) = value else {
        return Ok(None);
    };
    let value = value.to_string_lossy();
    let number = value.parse().map(Some);
    number.map_err(|_| usage_error(format!("--{flag} takes a number, not `{value}`")))
}

/// The person's mistake, not the program's: exit code 2.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

pub fn usage_error(text: impl Into<String>) -> anyhow::Error {
    anyhow!(UsageError(text.into()))
}

/// Does what the command line asks for and says what went wrong: exit code 2 for a mistake on the
/// command line, 1 for everything else.
pub fn main(
    library: &'static Library,
    commands: &[&'static Command],
    args: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let is_script = args.iter().any(|argument| argument == "--dry-run");
    let locate = || Workspace::locate(library);
    let result = parse(commands, library.commands, args).and_then(|request| match request {
        Request::Run(command, arguments) => (command.run)(&locate()?, &arguments),
        Request::HandOver(arguments) => tool::hand_over(&locate()?, arguments),
        Request::Help(command) => help::of_command(library, command).map(|()| ExitCode::SUCCESS),
        Request::Overview => help::overview(library, commands).map(|()| ExitCode::SUCCESS),
    });
    result.unwrap_or_else(|error| {
        let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        if error
            .chain()
            .filter_map(|cause| cause.downcast_ref())
            .any(closed)
        {
            // The reader of our output has closed it.
            return ExitCode::FAILURE;
        }
        if is_script && !term::is_terminal() {
            // What the shell reads at the other end of the pipe; an empty script would succeed.
            let _ = say!("exit 1");
        }
        let text = term::printable(&format!("{error:#}"));
        let _ = writeln!(io::stderr(), "{} {text}", term::red("error:"));
        ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
    })
}

/// What a command line asks for.
pub enum Request {
    Run(&'static Command, Arguments),
    /// To the program of the checks, with all that was typed.
    HandOver(Vec<OsString>),
    Help(&'static Command),
    Overview,
}

/// Reads a command line.
///
/// # Errors
///
/// [`UsageError`], with a suggestion if something similar exists.
pub fn parse(
    commands: &[&'static Command],
    others: &[Summary],
    args: impl IntoIterator<Item = OsString>,
) -> Result<Request> {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut parser = lexopt::Parser::from_args(args.clone());
    let mut command: Option<&'static Command> = None;
    let mut arguments = Arguments::default();
    let mut help = false;
    while let Some(argument) = parser.next().map_err(|error| to_usage_error(None, error))? {
        let name = match argument {
            Arg::Short('h') => HELP.long(),
            Arg::Short(letter) => format!("-{letter}"),
            Arg::Long(name) => format!("--{name}"),
            Arg::Value(value) => {
                let value = value.to_string_lossy().into_owned();
                match command {
                    None if value == "help" => help = true,
                    None => {
                        command = commands.iter().copied().find(|it| it.summary.name == value);
                        match command {
                            Some(own) => arguments.command = own.summary.name,
                            None if others.iter().any(|it| it.name == value) => {
                                return Ok(Request::HandOver(args));
                            }
                            None => {
                                let names = summaries(commands, others).map(|it| it.name);
                                let near = did_you_mean(&value, names);
                                let text = format!("there is no command `{value}`{near}");
                                return Err(to_usage_error(None, text));
                            }
                        }
                    }
                    Some(command) => add_argument(command, &mut arguments, value)?,
                }
                continue;
            }
        };
        let Some(flag) = known_flags(command).find(|flag| flag.long() == name) else {
            return Err(unknown_flag(command, &name));
        };
        let value = match flag.value {
            Some(_) => parser
                .value()
                .map_err(|error| to_usage_error(command, error))?,
            None => OsString::new(),
        };
        help |= flag.field == HELP.field;
        arguments.given.push((flag, value));
    }
    Ok(match command {
        Some(command) if help => Request::Help(command),
        Some(command) => Request::Run(command, arguments),
        None => Request::Overview,
    })
}

/// What the list of commands has: those that are served here, and those of the checks.
pub fn summaries(
    commands: &[&'static Command],
    others: &[Summary],
) -> impl Iterator<Item = Summary> {
    let own = commands.iter().map(|command| command.summary);
    own.chain(others.iter().copied())
}

fn add_argument(command: &Command, arguments: &mut Arguments, argument: String) -> Result<()> {
    let last = command.args.last();
    let takes_more = last.is_some_and(|(last, _)| last.ends_with("..."));
    if arguments.args.len() >= command.args.len() && !takes_more {
        return Err(usage_error(format!(
            "`{0}` takes no argument `{argument}` there\nnext: `cargo xtask {0} --help`",
            command.summary.name
        )));
    }
    arguments.args.push(argument);
    Ok(())
}

/// The flags that may stand behind a command, or where there is none yet.
pub fn known_flags(command: Option<&'static Command>) -> impl Iterator<Item = &'static Flag> {
    let own = command.map_or(&[][..], |command| command.flags);
    own.iter().chain([&HELP])
}

fn unknown_flag(command: Option<&'static Command>, flag: &str) -> anyhow::Error {
    let names: Vec<String> = known_flags(command).map(Flag::long).collect();
    let of = command.map_or("there is no".to_owned(), |it| {
        format!("`{}` has no", it.summary.name)
    });
    let near = did_you_mean(flag, names.iter().map(String::as_str));
    to_usage_error(command, format!("{of} flag `{flag}`{near}"))
}

fn to_usage_error(command: Option<&Command>, error: impl fmt::Display) -> anyhow::Error {
    let help = command.map_or(String::new(), |command| {
        format!("{} ", command.summary.name)
    });
    usage_error(format!("{error}\nnext: `cargo xtask {help}--help`"))
}

/// `: did you mean ...?`, or nothing if no name is near.
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| {
            *distance <= name.len().div_ceil(3).max(2) && *distance < word.len()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| format!(": did you mean `{name}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(_: &Workspace, _: &Arguments) -> Result<ExitCode> {
        Ok(ExitCode::SUCCESS)
    }

    flags! {
        struct VerifyFlags {
            list: "",
            dry_run: "",
            junit = "FILE": "",
        }
    }

    static VERIFY: Command = Command {
        summary: Summary::new("verify", ""),
        args: &[("[CHECK]...", "")],
        details: "",
        flags: VerifyFlags::ALL,
        example: "",
        run,
    };
    static LOAD: Command = Command {
        summary: Summary::new("load", ""),
        args: &[],
        flags: &[],
        ..VERIFY
    };

    fn read(args: &[&str]) -> Result<Request> {
        parse(
            &[&VERIFY, &LOAD],
            &[crate::library::INSTALL],
            args.iter().map(OsString::from),
        )
    }

    fn refusal(args: &[&str]) -> String {
        let error = read(args).err().expect("it should be refused");
        assert!(error.is::<UsageError>());
        error.to_string()
    }

    #[test]
    fn arguments_and_flags_are_read_in_any_order() {
        let args = ["verify", "abi", "--junit", "f", "--dry-run", "c"];
        let Ok(Request::Run(command, arguments)) = read(&args) else {
            panic!("not understood");
        };
        assert_eq!(command.summary.name, "verify");
        assert_eq!(arguments.args, ["abi", "c"]);
        let flags: VerifyFlags = arguments.flags();
        assert_eq!(flags.junit.unwrap(), "f");
        assert!(flags.dry_run && !flags.list);
    }

    #[test]
    fn what_another_program_serves_is_handed_over_with_all_that_was_typed() {
        for args in [
            &["install", "--prefix", "x"][..],
            &["help", "install"],
            &["install", "--no-such-flag"],
        ] {
            let Ok(Request::HandOver(passed)) = read(args) else {
                panic!("{args:?} is not handed over");
            };
            assert_eq!(passed, args.iter().map(OsString::from).collect::<Vec<_>>());
        }
        assert!(refusal(&["instal"]).contains("did you mean `install`?"));
    }

    #[test]
    fn as_many_arguments_are_taken_as_there_are() {
        static NEW: Command = Command {
            summary: Summary::new("new", ""),
            args: &[("<NAME>", ""), ("<DIR>", "")],
            ..VERIFY
        };
        let read = |args: &[&str]| parse(&[&NEW], &[], args.iter().map(OsString::from));
        assert!(read(&["new", "a", "b"]).is_ok());
        let error = read(&["new", "a", "b", "c"]).err().unwrap().to_string();
        assert!(error.contains("takes no argument `c` there"), "{error}");
    }

    #[test]
    fn a_flag_without_meaning_is_refused() {
        assert!(refusal(&["load", "-q"]).contains("`load` has no flag `-q`"));
        assert!(refusal(&["-x"]).contains("there is no flag `-x`"));
    }

    #[test]
    fn a_number_is_read_or_refused() {
        let value = |text: &str| Some(OsString::from(text));
        assert_eq!(number::<u64>("n", value("7").as_ref()).unwrap(), Some(7));
        assert_eq!(number::<u64>("n", None).unwrap(), None);
        for text in ["x", "-1", "99999999999999999999", ""] {
            let error = number::<u64>("n", value(text).as_ref()).unwrap_err();
            assert!(error.is::<UsageError>());
            assert!(error.to_string().contains("--n takes a number"), "{error}");
        }
    }

    #[test]
    fn a_wrong_argument_is_refused_with_a_suggestion() {
        assert!(refusal(&["verfy"]).contains("did you mean `verify`?"));
        assert!(refusal(&["verify", "--lst"]).contains("did you mean `--list`?"));
        assert!(refusal(&["load", "this"]).contains("takes no argument `this` there"));
        assert!(refusal(&["verify", "--junit"]).contains("--junit"));
        assert!(!refusal(&["xyzzyx"]).contains("did you mean"));
    }

    #[test]
    fn help_can_be_asked_for_in_every_way() {
        for args in [&["help", "load"][..], &["load", "--help"], &["load", "-h"]] {
            assert!(
                matches!(read(args), Ok(Request::Help(command)) if command.summary.name == "load")
            );
        }
        assert!(matches!(read(&[]), Ok(Request::Overview)));
    }
}
