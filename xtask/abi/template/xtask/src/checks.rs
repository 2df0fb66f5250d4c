//! The checks, and what ships.

mod library;

use std::process::ExitCode;

fn main() -> ExitCode {
    abi_tasks::checks(&library::LIBRARY)
}
