//! The tasks of a workspace that shares a Rust library with C and Python.
//!
//! The package `xtask` of such a workspace has three programs, each a call of a function here:
//! `cargo xtask` itself, and two that it compiles when one of their commands is first used.

#[cfg(feature = "header")]
pub use abi_header::main as header;
pub use abi_stages::{Library, library, main};

/// The program of the checks, and of what ships.
#[cfg(feature = "checks")]
pub fn checks(library: &'static Library) -> std::process::ExitCode {
    abi_verify::main(library, vec![&abi_ship::ROWS])
}
