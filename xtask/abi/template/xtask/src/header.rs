//! Generates the header: `cargo xtask header` runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    abi_tasks::header()
}
