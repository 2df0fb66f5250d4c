//! The rows that this program of checks has: the engine's own, and those that a package on top of it
//! adds.

use std::process::ExitCode;
use std::sync::OnceLock;

use xtask::cli::{self, Command};
use xtask::delegate;

use crate::check::Check;
use crate::{abi, c, docs, fault, python, run, rust, systems, witnesses};

/// The engine's checks, in the order in which they are listed.
pub static CHECKS: &[&[Check]] = &[
    rust::CHECKS,
    abi::CHECKS,
    c::CHECKS,
    python::CHECKS,
    docs::CHECKS,
    systems::CHECKS,
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
];

/// The checks of the packages on top. Nothing is added in the engine's own tests.
static ADDED: OnceLock<Vec<&'static [Check]>> = OnceLock::new();

/// A program that serves the commands of the checks, with the rows that it adds to the engine's.
pub fn main(checks: Vec<&'static [Check]>, commands: Vec<&'static Command>) -> ExitCode {
    let _ = ADDED.set(checks);
    let commands: Vec<_> = COMMANDS.iter().copied().chain(commands).collect();
    cli::main(&commands, std::env::args_os().skip(1))
}

/// Every check of this program.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    let added = ADDED.get().into_iter().flatten();
    CHECKS.iter().chain(added).copied().flatten()
}
