//! The command line: what a command is, how its words are read, what its help says.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use lexopt::Arg;

use crate::LIBRARY;
use crate::pace::Ended;
use crate::term::{self, ColorChoice, bold, say};
use crate::workspace::Workspace;

/// A row of the table in `main.rs`. Help, dispatch and the README's tests iterate over it.
#[derive(Clone, Copy)]
pub struct Command {
    pub name: &'static str,
    /// Its words in the usage line, such as `[CHECK]...`; empty if it takes none.
    pub words: &'static str,
    /// One line for the list of commands.
    pub about: &'static str,
    /// Paragraphs for its own help.
    pub details: &'static str,
    pub flags: &'static [Flag],
    pub example: &'static str,
    pub run: fn(&Workspace, &Arguments) -> Result<ExitCode>,
}

pub struct Flag {
    pub name: &'static str,
    /// What its value is called; none if it takes no value.
    pub value: Option<&'static str>,
    pub about: &'static str,
}

impl Flag {
    pub const fn switch(name: &'static str, about: &'static str) -> Flag {
        Flag {
            name,
            value: None,
            about,
        }
    }

    pub const fn with_value(name: &'static str, value: &'static str, about: &'static str) -> Flag {
        Flag {
            name,
            value: Some(value),
            about,
        }
    }
}

const COLOR: Flag = Flag::with_value(
    "color",
    "WHEN",
    "auto, always or never; NO_COLOR is respected",
);
const HELP: Flag = Flag::switch("help", "shows this text");

/// What stood behind a command's name.
#[derive(Default)]
pub struct Arguments {
    /// Its words, in order.
    pub words: Vec<String>,
    flags: Vec<(&'static str, OsString)>,
}

impl Arguments {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| *name == flag)
    }

    /// All of it, for another program that reads it in the same way.
    pub fn all(&self) -> Vec<OsString> {
        let flags = self.flags.iter().map(|(name, value)| {
            let mut flag = OsString::from(format!("--{name}"));
            if !value.is_empty() {
                flag.push("=");
                flag.push(value);
            }
            flag
        });
        self.words.iter().map(OsString::from).chain(flags).collect()
    }

    pub fn value(&self, flag: &str) -> Option<&OsString> {
        self.flags
            .iter()
            .rev()
            .find(|(name, _)| *name == flag)
            .map(|(_, value)| value)
    }
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
    commands: &'static [&'static Command],
    words: impl IntoIterator<Item = OsString>,
) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let is_script = words.iter().any(|word| word == "--dry-run");
    let result = parse(commands, words).and_then(|request| match request {
        Request::Run(command, arguments) => (command.run)(&Workspace::locate()?, &arguments),
        Request::Help(command) => show_help(command).map(|()| ExitCode::SUCCESS),
        Request::Overview => show_overview(commands).map(|()| ExitCode::SUCCESS),
    });
    result.unwrap_or_else(|error| {
        let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        if error
            .chain()
            .filter_map(|cause| cause.downcast_ref())
            .any(closed)
        {
            // Whoever read our output has enough of it.
            return ExitCode::FAILURE;
        }
        if Ended::is_in(&error) {
            return ExitCode::SUCCESS;
        }
        if is_script && !term::is_terminal() {
            // What the shell reads at the other end of the pipe; an empty script would succeed.
            let _ = say!("exit 1");
        }
        let _ = writeln!(io::stderr(), "{} {error:#}", term::red("error:"));
        ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
    })
}

/// What a command line asks for.
pub enum Request {
    Run(&'static Command, Arguments),
    Help(&'static Command),
    Overview,
}

/// Reads a command line.
///
/// # Errors
///
/// [`UsageError`], with a suggestion where a word is nearly one that exists.
pub fn parse(
    commands: &'static [&'static Command],
    words: impl IntoIterator<Item = OsString>,
) -> Result<Request> {
    let mut parser = lexopt::Parser::from_args(words);
    let mut command = None;
    let mut arguments = Arguments::default();
    let mut help = false;
    while let Some(argument) = parser.next().map_err(to_usage_error)? {
        match argument {
            Arg::Value(word) => {
                let word = word.to_string_lossy().into_owned();
                match command {
                    None if word == "help" => help = true,
                    None => command = Some(find_command(commands, &word)?),
                    Some(command) => add_word(command, &mut arguments, word)?,
                }
            }
            Arg::Short('h') => help = true,
            Arg::Short(letter) => return Err(unknown_flag(command, &format!("-{letter}"))),
            Arg::Long(name) => {
                let name = name.to_owned();
                let own = command.map_or(&[][..], |command| command.flags);
                let Some(flag) = own
                    .iter()
                    .chain([&COLOR, &HELP])
                    .find(|flag| flag.name == name)
                else {
                    return Err(unknown_flag(command, &format!("--{name}")));
                };
                let value = match flag.value {
                    Some(_) => parser.value().map_err(|error| of_command(command, error))?,
                    None => OsString::new(),
                };
                help |= flag.name == HELP.name;
                arguments.flags.push((flag.name, value));
            }
        }
    }
    term::set_color(color_choice(&arguments)?);
    Ok(match command {
        Some(command) if help => Request::Help(command),
        Some(command) => Request::Run(command, arguments),
        None => Request::Overview,
    })
}

fn color_choice(arguments: &Arguments) -> Result<ColorChoice> {
    match arguments
        .value(COLOR.name)
        .map(|value| value.to_string_lossy())
        .as_deref()
    {
        None | Some("auto") => Ok(ColorChoice::Auto),
        Some("always") => Ok(ColorChoice::Always),
        Some("never") => Ok(ColorChoice::Never),
        Some(other) => Err(usage_error(format!(
            "--color takes auto, always or never, not `{other}`\nnext: leave it away for auto"
        ))),
    }
}

fn find_command(commands: &'static [&'static Command], word: &str) -> Result<&'static Command> {
    commands
        .iter()
        .find(|command| command.name == word)
        .copied()
        .ok_or_else(|| {
            let names = commands.iter().map(|command| command.name);
            usage_error(format!(
                "there is no command `{word}`{}\nnext: `cargo xtask --help` lists all commands",
                did_you_mean(word, names)
            ))
        })
}

fn add_word(command: &Command, arguments: &mut Arguments, word: String) -> Result<()> {
    if command.words.is_empty() {
        return Err(usage_error(format!(
            "`{}` takes no word, and `{word}` is one\nnext: `cargo xtask {} --help`",
            command.name, command.name
        )));
    }
    if !command.words.ends_with("...") && !arguments.words.is_empty() {
        return Err(usage_error(format!(
            "`{}` takes one word, and `{word}` is a second\nnext: `cargo xtask {} --help`",
            command.name, command.name
        )));
    }
    arguments.words.push(word);
    Ok(())
}

fn unknown_flag(command: Option<&Command>, flag: &str) -> anyhow::Error {
    let own = command.map_or(&[][..], |command| command.flags);
    let names: Vec<String> = own
        .iter()
        .chain([&COLOR, &HELP])
        .map(|flag| format!("--{}", flag.name))
        .collect();
    let (of, help) = match command {
        Some(command) => (
            format!("`{}` has no", command.name),
            format!("{} --help", command.name),
        ),
        None => ("there is no".to_owned(), "--help".to_owned()),
    };
    usage_error(format!(
        "{of} flag `{flag}`{}\nnext: `cargo xtask {help}`",
        did_you_mean(flag, names.iter().map(String::as_str))
    ))
}

fn of_command(command: Option<&Command>, error: lexopt::Error) -> anyhow::Error {
    let help = command.map_or(String::new(), |command| format!("{} ", command.name));
    usage_error(format!("{error}\nnext: `cargo xtask {help}--help`"))
}

fn to_usage_error(error: lexopt::Error) -> anyhow::Error {
    usage_error(format!("{error}\nnext: `cargo xtask --help`"))
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

/// What `cargo xtask` alone prints.
pub fn show_overview(commands: &[&Command]) -> Result<()> {
    say!("One Rust library, shared with C and with Python, every boundary between them proven.\n")?;
    say!("{} cargo xtask COMMAND [--help]\n", bold("usage:"))?;
    for command in commands {
        say!(
            "  {}  {}",
            bold(&format!("{:10}", command.name)),
            command.about
        )?;
    }
    say!("\nThe first one to try is `cargo xtask demo`.")?;
    Ok(())
}

/// A command's own help.
pub fn show_help(command: &Command) -> Result<()> {
    let words = if command.words.is_empty() {
        String::new()
    } else {
        format!(" {}", command.words)
    };
    say!("{}\n", command.about)?;
    say!(
        "{} cargo xtask {}{words} [FLAGS]\n",
        bold("usage:"),
        command.name
    )?;
    for paragraph in command
        .details
        .split("\n\n")
        .filter(|text| !text.is_empty())
        .map(|text| LIBRARY.fill(text))
    {
        say!("{}\n", term::wrap(&paragraph, 88).join("\n"))?;
    }
    say!("{}", bold("flags:"))?;
    for flag in command.flags.iter().chain([&COLOR, &HELP]) {
        let value = flag
            .value
            .map(|value| format!(" {value}"))
            .unwrap_or_default();
        let shown = format!("--{}{value}", flag.name);
        say!("  {shown:18}  {}", LIBRARY.fill(flag.about))?;
    }
    say!("\n{} {}", bold("example:"), LIBRARY.fill(command.example))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(_: &Workspace, _: &Arguments) -> Result<ExitCode> {
        Ok(ExitCode::SUCCESS)
    }

    static VERIFY: Command = Command {
        name: "verify",
        words: "[CHECK]...",
        about: "",
        details: "",
        flags: &[
            Flag::switch("list", ""),
            Flag::with_value("junit", "FILE", ""),
        ],
        example: "",
        run,
    };
    static LOAD: Command = Command {
        name: "load",
        words: "",
        about: "",
        details: "",
        flags: &[],
        example: "",
        run,
    };
    static COMMANDS: &[&Command] = &[&VERIFY, &LOAD];

    fn read(words: &[&str]) -> Result<Request> {
        parse(COMMANDS, words.iter().map(OsString::from))
    }

    fn refusal(words: &[&str]) -> String {
        let error = read(words).err().expect("it should be refused");
        assert!(error.is::<UsageError>());
        error.to_string()
    }

    #[test]
    fn words_and_flags_are_read_in_any_order() {
        let Ok(Request::Run(command, arguments)) = read(&["verify", "abi", "--junit", "f", "c"])
        else {
            panic!("not understood");
        };
        assert_eq!(command.name, "verify");
        assert_eq!(arguments.words, ["abi", "c"]);
        assert_eq!(arguments.value("junit").unwrap(), "f");
        assert!(!arguments.has("list"));
    }

    #[test]
    fn a_wrong_word_is_refused_with_a_suggestion() {
        assert!(refusal(&["verfy"]).contains("did you mean `verify`?"));
        assert!(refusal(&["verify", "--lst"]).contains("did you mean `--list`?"));
        assert!(refusal(&["load", "this"]).contains("takes no word"));
        assert!(refusal(&["verify", "--junit"]).contains("--junit"));
        assert!(refusal(&["verify", "--color", "red"]).contains("auto, always or never"));
        assert!(!refusal(&["xyzzyx"]).contains("did you mean"));
    }

    #[test]
    fn help_can_be_asked_for_in_every_way() {
        for words in [&["help", "load"][..], &["load", "--help"], &["load", "-h"]] {
            assert!(matches!(read(words), Ok(Request::Help(command)) if command.name == "load"));
        }
        assert!(matches!(read(&[]), Ok(Request::Overview)));
    }
}
