//! `cargo abi`

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_abi::cli::main()
}
