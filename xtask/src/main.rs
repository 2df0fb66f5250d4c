//! `cargo xtask`. What it does is in the packages beside this one; `library.rs` says for which library.

mod library;

use std::process::ExitCode;

fn main() -> ExitCode {
    abi_stages::main(&library::LIBRARY)
}
