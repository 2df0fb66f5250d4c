//! `cargo xtask`. What it does is in the engine; `library.rs` says for which library.

mod library;

use std::process::ExitCode;

fn main() -> ExitCode {
    abi_tasks::main(&library::LIBRARY)
}
