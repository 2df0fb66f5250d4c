//! Generates the header of a crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    abi_header::main()
}
