//! What users of C and of Python install, and the checks that it works where it was installed.

// What is made.
mod glibc;
pub mod install;
mod isolate;
mod release;
mod tree;
mod wheel;

// The checks.
mod check;

mod interpreters;
mod tools;

pub use check::CHECKS;

use xtask::cli::Command;

/// The commands that this package serves.
pub static COMMANDS: &[&Command] = &[&install::INSTALL];
