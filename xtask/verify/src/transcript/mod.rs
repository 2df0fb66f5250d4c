//! Cases and transcripts: what every language is asked, and what it answers.
//!
//! A file of cases has one a line: a crossing and its arguments. No harness holds inputs or answers
//! of its own; each reads the cases and prints a transcript, and the transcripts must be equal byte
//! for byte. Values are written so that this means bit for bit: a double as the hexadecimal digits of
//! its bits, text in quotes with everything but plain ASCII escaped.

mod cases;
mod compare;
mod core;
mod library;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use xtask::workspace::{self, Workspace};

pub use cases::{fixed, random};
pub use compare::{difference, of_crossing};

use self::core::Core;
use self::library::Loaded;

/// A speaker of Rust: knows an answer to each case.
trait Speaker {
    /// The result of a case, as the transcript shows it. What the case itself prints goes to `out`.
    fn answer(&mut self, case: &Case<'_>, out: &mut dyn Write) -> Result<String>;
}

/// Prints the transcript of a speaker: `core`, the logic called directly, whose answers are the
/// measure; or `library`, the same through the shared library.
pub fn print(workspace: &Workspace, speaker: &str, cases: &Path) -> Result<()> {
    let cases = workspace::read(cases)?;
    let mut speaker: Box<dyn Speaker> = match speaker {
        "core" => Box::new(Core::new(&workspace::read(&workspace.header())?)),
        "library" => Box::new(Loaded::open(&workspace.shared_library())?),
        other => bail!("there is no speaker `{other}`"),
    };
    let mut out = BufWriter::new(io::stdout());
    for (index, line) in cases.lines().enumerate() {
        let case = Case::parse(index + 1, line);
        let result = speaker
            .answer(&case, &mut out)
            .with_context(|| format!("in case {}, {}", case.number, case.name))?;
        writeln!(out, "{} {} {result}", case.number, case.name)?;
    }
    Ok(out.flush()?)
}

/// A line of the cases.
struct Case<'a> {
    number: usize,
    name: &'a str,
    arguments: Vec<&'a str>,
}

impl<'a> Case<'a> {
    fn parse(number: usize, line: &'a str) -> Case<'a> {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        Case {
            number,
            name,
            arguments: words.collect(),
        }
    }

    /// Name and arguments, to match upon.
    fn words(&self) -> (&'a str, &[&'a str]) {
        (self.name, &self.arguments)
    }

    fn unknown(&self) -> anyhow::Error {
        anyhow!("`{} {}` is no case", self.name, self.arguments.join(" "))
    }
}

/// A double from the digits of its bits.
fn double(word: &str) -> Result<f64> {
    let bits = u64::from_str_radix(word, 16).with_context(|| format!("`{word}` is no double"))?;
    Ok(f64::from_bits(bits))
}

fn doubles(word: &str) -> Result<Vec<f64>> {
    items(word).map(double).collect()
}

/// The items of a list.
fn items(word: &str) -> impl Iterator<Item = &str> {
    let word = if word == "-" { "" } else { word };
    word.split(',').filter(|item| !item.is_empty())
}

/// Text as bytes; none for NULL.
fn text(word: &str) -> Result<Option<Vec<u8>>> {
    if word == "NULL" {
        return Ok(None);
    }
    let digits = word
        .strip_prefix('x')
        .with_context(|| format!("`{word}` is no text"))?;
    let byte = |at: usize| {
        digits
            .get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    Ok(Some(bytes.with_context(|| format!("`{word}` is no text"))?))
}

/// A double for the transcript.
fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

/// A list for the transcript.
fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    if items.is_empty() {
        "-".to_owned()
    } else {
        items.join(",")
    }
}

/// Text for the transcript.
fn quoted(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in bytes {
        match byte {
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => quoted.push(char::from(*byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_doubles_are_read_and_written() {
        assert_eq!(text("x").unwrap(), Some(Vec::new()));
        assert_eq!(text("x4869ff").unwrap(), Some(vec![0x48, 0x69, 0xff]));
        assert_eq!(text("NULL").unwrap(), None);
        assert!(text("4869").is_err() && text("x486").is_err() && text("xzz").is_err());
        assert_eq!(
            bits(double("8000000000000000").unwrap()),
            "8000000000000000"
        );
        assert_eq!(quoted(b"a\"\\\xff~"), r#""a\x22\x5c\xff~""#);
        assert_eq!(doubles("-").unwrap(), Vec::<f64>::new());
        assert_eq!(list(Vec::new()), "-");
    }
}
