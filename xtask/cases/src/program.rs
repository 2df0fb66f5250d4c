//! The program of a reference, whatever the library.
//!
//! * `transcript cases SEED COUNT` prints the fixed cases, and `COUNT` random ones.
//! * `transcript answers FILE` prints the answer to each case of a file.
//!
//! What every library can be asked is asked and answered in here: its versions, and the names of its
//! statuses.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::iter;
use std::process::ExitCode;

use crate::words::{Failure, PREFIX, quoted};

/// What `answer` gets is a case in words, and where to write what the case itself prints.
type Answer = fn(&[&str], &mut dyn Write) -> Result<String, Failure>;

/// What a reference knows of its library.
pub struct Library {
    /// Its name, with which the names of its functions begin.
    pub name: &'static str,
    /// The version of its crates.
    pub version: &'static str,
    /// The text of its header.
    pub header: &'static str,
}

/// Serves both commands. `random` draws as many cases as
/// its last argument says, the same for the same seed.
pub fn main<Cases: Iterator<Item = String>>(
    library: &Library,
    fixed: fn() -> Vec<String>,
    random: fn(u64, u64) -> Cases,
    answer: Answer,
) -> ExitCode {
    let _ = PREFIX.set(library.name);
    let mut out = BufWriter::new(io::stdout());
    let mut serve = || -> Result<(), Failure> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match arguments[..] {
            ["cases", seed, count] => {
                let random = random(seed.parse()?, count.parse()?);
                for case in for_every_library().chain(fixed()).chain(random) {
                    writeln!(out, "{case}")?;
                }
            }
            ["answers", file] => answers(&mut out, file, &Header::read(library), answer)?,
            _ => return Err("usage: transcript cases SEED COUNT | transcript answers FILE".into()),
        }
        Ok(out.flush()?)
    };
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transcript: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answers(
    out: &mut dyn Write,
    file: &str,
    header: &Header,
    answer: Answer,
) -> Result<(), Failure> {
    let cases = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    for (number, case) in (1..).zip(cases.lines()) {
        let words: Vec<&str> = case.split(' ').collect();
        let answer = match header.answer(&words) {
            Some(answer) => answer,
            None => answer(&words, out).map_err(|error| format!("in case {number}: {error}"))?,
        };
        writeln!(out, "{number} {} {answer}", words[0])?;
    }
    Ok(())
}

fn for_every_library() -> impl Iterator<Item = String> {
    let numbers = (-2..=12).chain([i32::MIN, i32::MAX]);
    let statuses = numbers.map(|number| format!("status {number}"));
    iter::once("version".to_owned()).chain(statuses)
}

/// What the header says that no function of the core knows.
struct Header {
    /// The names of the statuses by their number.
    statuses: BTreeMap<String, String>,
    abi_version: String,
    version: &'static str,
}

impl Header {
    fn read(library: &Library) -> Header {
        let header = library.header;
        let statuses = header.lines().filter_map(|line| {
            let (name, number) = line.trim().strip_suffix(',')?.split_once(" = ")?;
            Some((number.to_owned(), name.to_owned()))
        });
        let version = header.lines().find_map(|line| {
            let (name, number) = line.strip_prefix("#define ")?.split_once(' ')?;
            name.ends_with("_ABI_VERSION").then_some(number)
        });
        Header {
            statuses: statuses.collect(),
            version: library.version,
            abi_version: version.unwrap_or_default().to_owned(),
        }
    }

    fn answer(&self, case: &[&str]) -> Option<String> {
        match case {
            ["version"] => {
                let version = quoted(self.version);
                Some(format!("{} {version}", self.abi_version))
            }
            ["status", number] => {
                let name = self.statuses.get(*number).map(String::as_str);
                Some(quoted(name.unwrap_or("unknown status")))
            }
            _ => None,
        }
    }
}
