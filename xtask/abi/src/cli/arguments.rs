//! The arguments of `cargo abi`: what the help of a command shows is what it takes.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use abi_stages::cli::{did_you_mean, usage_error};
use abi_stages::term;
use anyhow::{Result, bail};
use lexopt::{Arg, Parser};

use super::commands::{COMMANDS, Command};
use crate::Headers;

/// What was asked for.
pub struct Arguments {
    /// What is no option.
    pub words: Vec<OsString>,
    given: Vec<(&'static str, OsString)>,
}

/// What there is without a command.
const GENERAL: &str = "
  -h, --help                    Print help
  -V, --version                 Print the version";

/// Does what the arguments behind `cargo abi` ask for.
///
/// # Errors
///
/// What the command could not do; a `UsageError` for wrong usage.
pub fn run(arguments: Vec<OsString>) -> Result<ExitCode> {
    let wrong = |error: lexopt::Error| usage_error(error.to_string());
    let mut parser = Parser::from_args(arguments);
    let mut command: Option<&'static Command> = None;
    let (mut words, mut given, mut help) = (Vec::new(), Vec::new(), false);
    while let Some(argument) = parser.next().map_err(wrong)? {
        let name = match argument {
            Arg::Value(word) if command.is_none() && word == "help" => {
                help = true;
                continue;
            }
            Arg::Value(word) => {
                match command {
                    None => command = Some(find(&word.to_string_lossy())?),
                    Some(_) => words.push(word),
                }
                continue;
            }
            Arg::Short(letter) => format!("-{letter}"),
            Arg::Long(name) => format!("--{name}"),
        };
        let found = options(command).find(|of| name == of.long || Some(&*name) == of.short);
        let Some(Opt { long, value, .. }) = found else {
            bail!(unknown(command, &name));
        };
        match long {
            "--help" => help = true,
            "--version" => {
                super::print(concat!("cargo-abi ", env!("CARGO_PKG_VERSION"), "\n"))?;
                return Ok(ExitCode::SUCCESS);
            }
            _ if value => given.push((long, parser.value().map_err(wrong)?)),
            _ => given.push((long, OsString::new())),
        }
    }
    let Some(command) = command.filter(|_| !help) else {
        super::print(&command.map_or_else(overview, of_command))?;
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(word) = words.get(command.words.len()) {
        let (name, word) = (command.name, word.to_string_lossy());
        bail!(usage_error(format!("`{name}` takes no argument `{word}`")));
    }
    if command
        .words
        .get(words.len())
        .is_some_and(|next| !next.starts_with('['))
    {
        bail!(usage_error(format!("it is `{}`", usage(command))));
    }
    let arguments = Arguments { words, given };
    term::set_color(
        match arguments.one_of("--color", ["auto", "always", "never"])? {
            "auto" => term::wants_color(),
            other => other == "always",
        },
    );
    (command.run)(&arguments)
}

impl Arguments {
    /// All values of an option.
    pub fn all(&self, option: &'static str) -> impl DoubleEndedIterator<Item = &OsString> {
        debug_assert!(
            COMMANDS
                .iter()
                .any(|of| options(Some(of)).any(|of| of.long == option)),
            "{option}"
        );
        let given = self.given.iter().filter(move |(name, _)| *name == option);
        given.map(|(_, value)| value)
    }

    pub fn has(&self, option: &'static str) -> bool {
        self.all(option).next().is_some()
    }

    /// The last value of an option.
    pub fn value(&self, option: &'static str) -> Option<&OsStr> {
        self.all(option).next_back().map(OsString::as_os_str)
    }

    /// The same as text.
    pub fn text(&self, option: &'static str) -> Option<String> {
        Some(self.value(option)?.to_string_lossy().into_owned())
    }

    pub fn path(&self, option: &'static str) -> Option<PathBuf> {
        self.value(option).map(PathBuf::from)
    }

    /// The value of an option that has only these; the first is the default.
    pub fn one_of<const N: usize>(
        &self,
        option: &'static str,
        known: [&'static str; N],
    ) -> Result<&'static str> {
        let Some(value) = self.text(option) else {
            return Ok(known[0]);
        };
        match known.into_iter().find(|known| *known == value) {
            Some(known) => Ok(known),
            None => bail!(usage_error(format!(
                "{option} is one of {}, not `{value}`",
                known.join(", ")
            ))),
        }
    }

    /// The headers that were named.
    pub fn headers(&self) -> Headers {
        let paths = |option| self.all(option).map(PathBuf::from).collect();
        let defines = self
            .all("--define")
            .map(|of| of.to_string_lossy().into_owned());
        Headers {
            files: paths("--header"),
            include: paths("--include"),
            system_include: paths("--isystem"),
            defines: defines.collect(),
        }
    }

    pub fn features(&self) -> Vec<String> {
        let lists = self.all("--features").map(|list| list.to_string_lossy());
        let names = lists.flat_map(|list| {
            let names = list.split([',', ' ']).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect::<Vec<_>>()
        });
        names.collect()
    }
}

/// An option, as a line of a help says it: `  -I, --include <DIR>   A folder`.
#[derive(Clone, Copy)]
struct Opt {
    short: Option<&'static str>,
    long: &'static str,
    /// Whether it takes a value.
    value: bool,
}

/// The options of a command, or those without one.
fn options(command: Option<&'static Command>) -> impl Iterator<Item = Opt> {
    let of_command = command.map_or(&[][..], |command| command.options).iter();
    let lines = of_command.chain([&GENERAL]).flat_map(|text| text.lines());
    let lines = lines.map(str::trim).filter(|line| line.starts_with('-'));
    lines.map(|line| {
        let (short, rest) = match line.split_once(", ") {
            Some((short, rest)) if short.len() == 2 => (Some(short), rest),
            _ => (None, line),
        };
        let (long, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let value = rest.starts_with('<');
        Opt { short, long, value }
    })
}

fn find(name: &str) -> Result<&'static Command> {
    let found = COMMANDS.into_iter().find(|command| command.name == name);
    found.ok_or_else(|| {
        let near = did_you_mean(name, COMMANDS.map(|command| command.name));
        usage_error(format!("no such command: `{name}`{near}"))
    })
}

fn unknown(command: Option<&'static Command>, name: &str) -> anyhow::Error {
    let near = did_you_mean(name, options(command).map(|of| of.long));
    match command {
        Some(command) => usage_error(format!("`{}` has no option `{name}`{near}", command.name)),
        None => usage_error(format!("no such option before a command: `{name}`{near}")),
    }
}

fn usage(command: &Command) -> String {
    let words = command
        .words
        .iter()
        .map(|word| match word.starts_with('[') {
            true => format!(" {word}"),
            false => format!(" <{word}>"),
        });
    format!(
        "cargo abi {} [OPTIONS]{}",
        command.name,
        words.collect::<String>()
    )
}

fn of_command(command: &'static Command) -> String {
    let mut text = format!("{}\n\nUsage: {}\n", command.about, usage(command));
    for section in command.options.iter().chain([&GENERAL]) {
        text += &format!("{section}\n");
    }
    if !command.details.is_empty() {
        text += &format!("\n{}", command.details);
    }
    text
}

fn overview() -> String {
    let about = "Compare a library's C header with the library\n\n\
                 Usage: cargo abi <COMMAND> [OPTIONS]\n\nCommands:\n";
    let commands = COMMANDS
        .iter()
        .map(|of| format!("  {:8}{}\n", of.name, of.about));
    let commands: String = commands.collect();
    format!("{about}{commands}{GENERAL}\n\nMore about one: cargo abi <COMMAND> --help\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_what_help_shows() {
        let of = |name: &str| {
            let command = find("check").unwrap();
            options(Some(command)).find(|of| of.long == name).unwrap()
        };
        assert_eq!(
            (of("--include").short, of("--include").value),
            (Some("-I"), true)
        );
        assert_eq!((of("--all").short, of("--all").value), (None, false));
        assert!(of("--define").value);
        for command in COMMANDS {
            let mut names: Vec<_> = options(Some(command)).map(|of| of.long).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
            assert!(names.iter().all(|name| name.starts_with("--")), "{names:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, expected) in [
            ("chekc", "no such command: `chekc`: did you mean `check`?"),
            ("--strict", "no such option before a command: `--strict`"),
            ("check more", "`check` takes no argument `more`"),
            ("diff", "it is `cargo abi diff [OPTIONS] <OLD> [NEW]`"),
            ("diff a b c", "`diff` takes no argument `c`"),
            (
                "check --strct",
                "`check` has no option `--strct`: did you mean `--strict`?",
            ),
            ("dump --lints", "`dump` has no option `--lints`"),
            ("check --cc", "missing argument for option '--cc'"),
            (
                "check --color sometimes",
                "--color is one of auto, always, never, not `sometimes`",
            ),
        ] {
            let error = run(line.split_whitespace().map(OsString::from).collect()).unwrap_err();
            assert!(error.to_string().contains(expected), "{line}: {error}");
        }
    }
}
