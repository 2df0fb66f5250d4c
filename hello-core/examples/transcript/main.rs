//! The reference of the transcripts: which cases every language is asked, and what Rust answers.
//!
//! A file of cases has one a line: a crossing and its arguments. No harness holds inputs or answers
//! of its own; each reads the cases and prints a transcript, and the transcripts must be equal byte
//! for byte. Values are written so that this means bit for bit: a double as the hexadecimal digits of
//! its bits, text in quotes with everything but plain ASCII escaped.

mod crossings;

use std::process::ExitCode;

use abi_cases::program::{self, Library};
use crossings::{answer, fixed, random};

const HELLO: Library = Library {
    name: "hello",
    version: env!("CARGO_PKG_VERSION"),
    header: include_str!("../../../hello-cdylib/include/hello.h"),
};

fn main() -> ExitCode {
    program::main(&HELLO, fixed, random, answer)
}
