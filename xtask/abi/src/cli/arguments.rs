//! The arguments of `cargo abi`.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail};
use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt;

use crate::Headers;

/// What was asked for.
#[derive(Debug, Default)]
pub struct Arguments {
    pub command: Command,
    pub package: Option<String>,
    pub manifest: Option<PathBuf>,
    pub headers: Headers,
    pub features: Vec<String>,
    pub all_features: bool,
    pub no_default_features: bool,
    pub target: Option<String>,
    pub target_dir: Option<PathBuf>,
    /// `--locked`, `--offline`, `--frozen`.
    pub lock: Vec<&'static str>,
    pub library: Option<PathBuf>,
    pub prefix: Option<String>,
    pub baseline: Option<PathBuf>,
    pub compiler: Option<OsString>,
    pub cffi: Option<String>,
    pub python: Option<OsString>,
    pub format: Format,
    pub strict: bool,
    pub lints: bool,
    pub all: bool,
    pub force: bool,
    pub color: Option<bool>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub enum Command {
    #[default]
    Help,
    Version,
    Check,
    Dump,
    Freeze,
    /// Files, or revisions of git; without a new one that is what is there.
    Diff {
        old: PathBuf,
        new: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Json,
    Sarif,
    Junit,
}

/// Wrong usage that shows only after the arguments are read. It has an exit code of its own.
#[derive(Debug)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

const COMMANDS: [&str; 4] = ["check", "dump", "freeze", "diff"];

impl Arguments {
    /// # Errors
    ///
    /// If the usage is wrong.
    pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Arguments> {
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut read = Arguments::default();
        let mut words: Vec<OsString> = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Arguments::default()),
                Short('V') | Long("version") => {
                    read.command = Command::Version;
                    return Ok(read);
                }
                Short('p') | Long("package") => read.package = Some(parser.value()?.string()?),
                Long("manifest-path") => read.manifest = Some(parser.value()?.into()),
                Long("header") => read.headers.files.push(parser.value()?.into()),
                Short('I') | Long("include") => read.headers.include.push(parser.value()?.into()),
                Long("isystem") => read.headers.system_include.push(parser.value()?.into()),
                Short('D') | Long("define") => read.headers.defines.push(parser.value()?.string()?),
                Short('F') | Long("features") => {
                    let list = parser.value()?.string()?;
                    let list = list.split([',', ' ']).filter(|name| !name.is_empty());
                    read.features.extend(list.map(str::to_owned));
                }
                Long("all-features") => read.all_features = true,
                Long("no-default-features") => read.no_default_features = true,
                Long("target") => read.target = Some(parser.value()?.string()?),
                Long("target-dir") => read.target_dir = Some(parser.value()?.into()),
                Long("locked") => read.lock.push("--locked"),
                Long("offline") => read.lock.push("--offline"),
                Long("frozen") => read.lock.push("--frozen"),
                Long("library") => read.library = Some(parser.value()?.into()),
                Long("prefix") => read.prefix = Some(parser.value()?.string()?),
                Long("baseline") => read.baseline = Some(parser.value()?.into()),
                Long("cc") => read.compiler = Some(parser.value()?),
                Long("cffi") => read.cffi = Some(parser.value()?.string()?),
                Long("python") => read.python = Some(parser.value()?),
                Long("format") => read.format = format(&parser.value()?.string()?)?,
                Long("strict") => read.strict = true,
                Long("lints") => read.lints = true,
                Long("all") => read.all = true,
                Long("force") => read.force = true,
                Long("color") => read.color = color(&parser.value()?.string()?)?,
                Value(word) => words.push(word),
                other => return Err(other.unexpected().into()),
            }
        }
        // Cargo passes on the name of the subcommand.
        if words.first().is_some_and(|word| word == "abi") {
            words.remove(0);
        }
        read.command = command(words)?;
        Ok(read)
    }
}

fn command(words: Vec<OsString>) -> Result<Command> {
    let mut words = words.into_iter();
    let Some(name) = words.next() else {
        return Ok(Command::Help);
    };
    let name = name.to_string_lossy().into_owned();
    let rest: Vec<OsString> = words.collect();
    let command = match (name.as_str(), &rest[..]) {
        ("help", _) => return Ok(Command::Help),
        ("check", _) => Command::Check,
        ("dump", _) => Command::Dump,
        ("freeze", _) => Command::Freeze,
        ("diff", [old, new @ ..]) if new.len() < 2 => {
            return Ok(Command::Diff {
                old: old.into(),
                new: new.first().map(PathBuf::from),
            });
        }
        ("diff", _) => {
            bail!(
                "diff needs one or two of: a header, a description, a revision of git: cargo abi \
                 diff OLD [NEW]"
            )
        }
        _ => {
            let near = COMMANDS.iter().find(|known| is_near(known, &name));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            bail!("no such command: `{name}`{near}");
        }
    };
    if let Some(word) = rest.first() {
        let word = word.to_string_lossy();
        bail!("`{name}` takes no argument `{word}`");
    }
    Ok(command)
}

/// Whether two words have their beginning or most of their letters in common.
fn is_near(known: &str, word: &str) -> bool {
    let same = known
        .chars()
        .zip(word.chars())
        .filter(|(a, b)| a == b)
        .count();
    same * 2 > known.len() || (!word.is_empty() && known.starts_with(word))
}

fn format(name: &str) -> Result<Format> {
    Ok(match name {
        "text" => Format::Text,
        "json" => Format::Json,
        "sarif" => Format::Sarif,
        "junit" => Format::Junit,
        _ => bail!("no such format: `{name}`; there are text, json, sarif and junit"),
    })
}

fn color(name: &str) -> Result<Option<bool>> {
    Ok(match name {
        "auto" => None,
        "always" => Some(true),
        "never" => Some(false),
        _ => bail!("--color is auto, always or never, not `{name}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn a_command_with_its_options() {
        let arguments =
            parse("abi check -p a --features x,y --header a.h -Iinclude -DN=1 --format sarif")
                .unwrap();
        assert_eq!(arguments.command, Command::Check);
        assert_eq!(arguments.features, ["x", "y"]);
        assert_eq!(arguments.headers.include, [PathBuf::from("include")]);
        assert_eq!(arguments.headers.defines, ["N=1"]);
        assert_eq!(arguments.format, Format::Sarif);
        assert_eq!(parse("").unwrap().command, Command::Help);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, expected) in [
            ("chekc", "no such command: `chekc`; did you mean `check`?"),
            ("check more", "`check` takes no argument `more`"),
            ("diff", "diff needs one or two of"),
            ("diff a b c", "diff needs one or two of"),
            ("check --format xml", "no such format: `xml`"),
            ("check --nonsense", "invalid option '--nonsense'"),
            (
                "check --color sometimes",
                "--color is auto, always or never",
            ),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.to_string().contains(expected), "{line}: {error}");
        }
    }
}
