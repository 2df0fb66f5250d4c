//! What a crossing costs, beside its alternatives: what `cargo xtask bench` measures with, and what
//! it makes of the figures.
//!
//! The way through it: the table of rows and subjects -> programs that are built -> rounds in which
//! each makes a batch of calls -> a record -> what is shown. Showing is a function of the record alone, so that
//! a check can hold the README against the record.

// What is measured, as data.
pub mod answers;
pub mod claims;
pub mod table;

// How.
pub mod instructions;
pub mod measure;
pub mod peers;
pub mod protocol;
pub mod runtime;
pub mod stats;
pub mod worker;

// What comes out.
pub mod machine;
pub mod record;

// How it is shown.
pub mod numbers;
pub mod pages;
pub mod picture;
pub mod show;
pub mod tables;

// What people type.
mod command;

use std::process::ExitCode;

use abi_stages::{Library, cli};

/// The program of the benchmark.
pub fn main(library: &'static Library) -> ExitCode {
    cli::main(library, &[&command::BENCH], std::env::args_os().skip(1))
}

#[cfg(test)]
#[path = "../../../src/library.rs"]
mod hello;
