//! What the lesson adds to the engine's commands and generated pages.

mod crossings;
mod examples;
mod exercises;
mod museum;
mod prose;
mod shell;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Result;
use xtask::cli::Command;
use xtask::library::lesson;
use xtask::page::Page;
use xtask::workspace::Workspace;
use xtask_verify::{Pages, Rows};

static ROWS: Rows = Rows {
    checks: &[],
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
    pages: &[Pages {
        made_from: "the records",
        make: figures,
    }],
};

/// The pages, the picture and the README's part with the figures, as they have to be.
fn figures(workspace: &Workspace) -> Result<Vec<Page>> {
    xtask_bench::pages::pages(workspace, &xtask_bench::pages::records(workspace)?)
}

fn main() -> ExitCode {
    xtask_verify::main(vec![&xtask_ship::ROWS, &ROWS])
}
