//! What a crossing costs, beside its alternatives: `cargo xtask bench`.
//!
//! The way through it: `peers/python/table.py`, the rows and subjects -> `measure.py`, which builds the
//! peers and measures in rounds -> a record and what shows it, which `render.py` writes. This package
//! starts that, and holds what is committed against the sources.

pub mod record;

mod command;

use std::process::ExitCode;

use abi_stages::{Library, cli};

/// The program of the benchmark.
pub fn main(library: &'static Library) -> ExitCode {
    cli::main(library, &[&command::COMMAND], std::env::args_os().skip(1))
}

#[cfg(test)]
#[path = "../../../src/library.rs"]
mod hello;
