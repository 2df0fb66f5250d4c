//! Stage 1 of the pipeline: the function, run natively.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    match hello_core::hello(&mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hello: cannot write to standard output: {error}");
            ExitCode::FAILURE
        }
    }
}
