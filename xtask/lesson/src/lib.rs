//! What the lesson adds to the engine's commands and generated pages.

#[cfg(test)]
mod bare;
mod book;
mod crossings;
mod examples;
mod exercises;
mod museum;
mod page;
mod record;
mod shell;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use abi_stages::Library;
use abi_verify::{Pages, Rows};

static ROWS: Rows = Rows {
    checks: &[book::look::CHECKS],
    commands: &[
        &crossings::COMMAND,
        &exercises::COMMAND,
        &museum::COMMAND,
        &book::COMMAND,
    ],
    pages: &[Pages {
        made_from: "the records",
        make: xtask_bench::record::pages,
    }],
};

/// The program of the checks, of what ships, and of the lesson.
pub fn main(library: &'static Library) -> ExitCode {
    abi_verify::main(library, vec![&abi_ship::ROWS, &ROWS])
}

#[cfg(test)]
#[path = "../../src/library.rs"]
mod hello;
