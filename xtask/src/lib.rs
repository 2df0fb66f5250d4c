//! What `cargo xtask` is made of.
//!
//! The way through it: arguments -> command -> steps of the stages -> report -> exit code. The
//! checks build upon the same parts, in a package of their own.

// The library of this workspace: the row of its names, and what such a row is.
#[path = "../library.rs"]
pub mod library;
pub mod names;

pub use library::LIBRARY;

// What people type.
pub mod cli;
pub mod declarations;
pub mod delegate;
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
pub mod term;
pub mod tool;
pub mod workspace;

/// Every command, in the order in which help lists them.
pub fn commands() -> Vec<&'static cli::Command> {
    let stages = stages::STAGES.iter().map(|stage| &stage.command);
    let demo = std::iter::once(&demo::DEMO).chain(stages);
    demo.chain([&header::COMMAND, &inspect::COMMAND, &load::COMMAND])
        .chain(delegate::commands())
        .collect()
}
