//! What a crossing costs.

mod library;

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_bench::main(&library::LIBRARY)
}
