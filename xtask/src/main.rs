//! `cargo xtask`: see the table of commands in `lib.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::cli::main(&xtask::commands(), std::env::args_os().skip(1))
}
