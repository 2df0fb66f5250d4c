//! What `cargo xtask` is made of.
//!
//! Control flow: arguments -> command -> steps of the stages -> report -> exit code. The checks, in another
//! package, use the same parts.

// The configuration of a workspace.
pub mod library;

pub use library::{Library, Summary};

// What people type.
pub mod cli;
pub mod declarations;
pub mod demo;
pub mod header;
pub mod help;
pub mod inspect;
pub mod load;

// The lesson: stages, their steps, and how they are run.
pub mod pace;
pub mod runner;
pub mod stages;
pub mod step;

// What both are built upon.
pub mod compiler;
pub mod page;
pub mod process;
pub mod python;
pub mod quote;
pub mod rustflags;
pub mod system;
pub mod term;
pub mod tool;
pub mod workspace;

use std::process::ExitCode;

/// The tasks of the workspace of a library: a workspace's `xtask` is a call of this.
pub fn main(library: &'static Library) -> ExitCode {
    cli::main(library, &commands(), std::env::args_os().skip(1))
}

/// The commands that are served here, in the order in which help lists them.
pub fn commands() -> Vec<&'static cli::Command> {
    let stages = stages::STAGES.iter().map(|stage| &stage.command);
    let demo = std::iter::once(&demo::DEMO).chain(stages);
    demo.chain([&header::COMMAND, &inspect::COMMAND, &load::COMMAND])
        .collect()
}

// The tests look at the workspace that this engine is developed in.
#[cfg(test)]
extern crate self as abi_stages;
#[cfg(test)]
#[path = "../../src/library.rs"]
mod hello;
