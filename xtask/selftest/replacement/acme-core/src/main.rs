//! Stage 1 of the pipeline: the library, used from Rust. The programs in C and Python print the same.

use std::process::ExitCode;

fn main() -> ExitCode {
    match acme_core::edit_distance("kitten", "sitting") {
        Ok(distance) => println!("kitten and sitting are {distance} edits apart"),
        Err(error) => {
            eprintln!("acme: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
