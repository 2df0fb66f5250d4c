//! What the lesson adds to the engine's checks and commands.

mod crossings;
mod docs;
mod examples;
mod exercises;
mod museum;
mod pages;

use std::process::ExitCode;

use abi_stages::Library;
use abi_verify::{Pages, Rows};

static ROWS: Rows = Rows {
    checks: &[docs::CHECKS],
    commands: &[&crossings::COMMAND, &exercises::COMMAND, &museum::COMMAND],
    faults: &["xtask/lesson/exhibits", "xtask/lesson/faults"],
    pages: &[
        Pages {
            made_from: "the record and the faults",
            make: museum::pages,
        },
        Pages {
            made_from: "the records",
            make: xtask_bench::record::pages,
        },
    ],
};

/// The program of the checks, of what ships, and of the lesson.
pub fn main(library: &'static Library) -> ExitCode {
    abi_verify::main(library, vec![&abi_ship::ROWS, &ROWS])
}

#[cfg(test)]
#[path = "../../src/library.rs"]
mod hello;
