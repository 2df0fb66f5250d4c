//! What the lesson adds to the engine's checks and commands.

mod crossings;
mod docs;
mod examples;
mod exercises;
mod museum;
mod pages;

use std::process::ExitCode;

use xtask::cli::Command;
use xtask::library::lesson;
use xtask_verify::{Pages, Rows};

static ROWS: Rows = Rows {
    checks: &[docs::CHECKS],
    commands: &[
        &Command {
            run: crossings::run,
            ..lesson::CROSSINGS
        },
        &Command {
            run: exercises::run,
            ..lesson::EXERCISE
        },
        &Command {
            run: museum::run,
            ..lesson::BREAK
        },
    ],
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

fn main() -> ExitCode {
    xtask_verify::main(vec![&xtask_ship::ROWS, &xtask_selftest::ROWS, &ROWS])
}
