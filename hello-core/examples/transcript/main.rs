//! The reference of the transcripts: which cases every language is asked, and what Rust answers.
//!
//! * `transcript cases SEED COUNT` prints the fixed cases, and `COUNT` random ones.
//! * `transcript answers FILE` prints the answer to each case of a file.
//!
//! A file of cases has one a line: a crossing and its arguments. No harness holds inputs or answers
//! of its own; each reads the cases and prints a transcript, and the transcripts must be equal byte
//! for byte. Values are written so that this means bit for bit: a double as the hexadecimal digits of
//! its bits, text in quotes with everything but plain ASCII escaped.

mod answers;
mod cases;
mod words;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use answers::{Header, answer};
use words::Failure;

const HEADER: &str = include_str!("../../../hello-cdylib/include/hello.h");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transcript: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout());
    match arguments {
        ["cases", seed, count] => {
            cases::fixed(&mut out)?;
            cases::random(&mut out, seed.parse()?, count.parse()?)?;
        }
        ["answers", file] => {
            let header = Header::read(HEADER);
            let cases = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
            for (number, case) in (1..).zip(cases.lines()) {
                let answer = answer(&header, case, &mut out)
                    .map_err(|error| format!("in case {number}: {error}"))?;
                let name = case.split(' ').next().unwrap_or_default();
                writeln!(out, "{number} {name} {answer}")?;
            }
        }
        _ => return Err("usage: transcript cases SEED COUNT | transcript answers FILE".into()),
    }
    Ok(out.flush()?)
}
