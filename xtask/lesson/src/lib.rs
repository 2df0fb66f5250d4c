//! What the lesson adds to the engine's commands and generated pages.

#[cfg(test)]
mod bare;
mod bench;
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

// What the commands are called, and for which library they are.
#[path = "../../src/library.rs"]
mod hello;

use std::process::ExitCode;

use abi_stages::cli::{did_you_mean, usage_error};
use abi_verify::{Pages, Rows};
use anyhow::Result;

static ROWS: Rows = Rows {
    checks: &[book::look::CHECKS],
    commands: &[
        &crossings::COMMAND,
        &exercises::COMMAND,
        &bench::COMMAND,
        &museum::COMMAND,
        &book::COMMAND,
    ],
    pages: &[Pages {
        made_from: "the records",
        make: bench::record::pages,
    }],
    columns: &[],
};

/// The crossing, exhibit or exercise that a command line names; `list` is what lists them.
fn named<'a, T>(
    (kind, list): (&str, &str),
    all: &'a [T],
    name_of: impl Fn(&'a T) -> &'a str,
    name: &str,
) -> Result<&'a T> {
    let found = all.iter().find(|it| name_of(it) == name);
    found.ok_or_else(|| {
        let suggestion = did_you_mean(name, all.iter().map(&name_of));
        usage_error(format!(
            "there is no {kind} `{name}`{suggestion}\nnext: `cargo xtask {list}` lists all"
        ))
    })
}

/// The program of the checks, of what ships, and of the lesson.
pub fn main() -> ExitCode {
    abi_verify::main(&hello::LIBRARY, vec![&abi_ship::ROWS, &ROWS])
}
