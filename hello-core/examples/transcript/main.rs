//! The reference of the transcripts: which cases every language is asked, and what Rust answers.
//!
//! A file of cases has one a line: a crossing and its arguments. No harness holds inputs or answers
//! of its own; each reads the cases and prints a transcript, and the transcripts must be equal byte
//! for byte. Values are written so that this means bit for bit: a double as the hexadecimal digits of
//! its bits, text in quotes with everything but plain ASCII escaped.

mod crossings;
mod program;
mod words;

use std::process::ExitCode;

use crossings::{answer, fixed, random};

const HEADER: &str = include_str!("../../../hello-cdylib/include/hello.h");

fn main() -> ExitCode {
    program::main(HEADER, fixed, random, answer)
}
