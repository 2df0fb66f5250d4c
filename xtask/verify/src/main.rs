//! The checks of `cargo xtask verify`. `cargo xtask` compiles this package when it is asked for
//! them and hands the command line over.

// How checks are described, chosen, run and reported.
mod check;
mod fault;
mod report;
mod run;

// The checks, a file for each boundary.
mod abi;
mod c;
mod docs;
mod python;
mod rust;
mod timing;

// What all languages are asked, and what they answer.
mod coverage;
mod crossings;
mod harness;
mod library;
mod panic;
mod prototype;
mod speakers;
mod transcript;
mod version;
mod witnesses;

use std::process::ExitCode;

use xtask::cli::{self, Command};
use xtask::delegate;

use crate::check::Check;

/// Every check, in the order in which they are listed.
static CHECKS: &[&[Check]] = &[
    rust::CHECKS,
    abi::CHECKS,
    c::CHECKS,
    python::CHECKS,
    docs::CHECKS,
];

static COMMANDS: &[&Command] = &[
    &Command {
        run: run::verify,
        ..delegate::VERIFY
    },
    &Command {
        run: witnesses::run,
        ..delegate::ABI
    },
    &Command {
        run: fault::run,
        ..delegate::BREAK
    },
    &Command {
        run: crossings::run,
        ..delegate::CROSSINGS
    },
    &Command {
        run: crossings::transcript,
        ..delegate::TRANSCRIPT
    },
];

fn main() -> ExitCode {
    cli::main(COMMANDS, std::env::args_os().skip(1))
}
