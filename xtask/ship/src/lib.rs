//! What C and Python users install, and the checks that it works where it was installed.

// What is made.
pub mod dist;
pub mod install;
mod isolate;
mod release;
mod tree;
mod wheel;

// The checks.
mod check;

mod interpreters;
pub mod tools;

use abi_verify::Rows;

/// What this package adds to the program that serves the checks.
pub static ROWS: Rows = Rows {
    checks: check::CHECKS,
    commands: &[&install::INSTALL, &dist::DIST],
    pages: &[],
    columns: check::COLUMNS,
};

// The tests look at the workspace that this engine is developed in.
#[cfg(test)]
#[path = "../../src/library.rs"]
mod hello;
