//! Commands that live in `xtask/verify`, a package that only those compile who use it.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Arguments, Command, Flag};
use crate::process::Line;
use crate::tool;
use crate::workspace::Workspace;

/// `cargo xtask verify`.
pub const VERIFY: Command = Command {
    name: "verify",
    words: "[CHECK]...",
    about: "proves every boundary: Rust, the C ABI, C, Python, the documentation",
    details: "Without a word, every check. A word is a boundary (rust, abi, c, python, docs) or the \
              id of a check. A check never repairs what it finds, and none stops the others.\n\n\
              A check whose tool is missing is skipped, visibly, with how to install the tool; \
              with --strict, which CI=true implies, that is a failure.",
    flags: &[
        Flag::switch(
            "list",
            "shows the table of checks and whether what each needs is here",
        ),
        Flag::switch("strict", "a check that cannot run is a failure"),
        Flag::with_value("junit", "FILE", "writes a report for machines as well"),
    ],
    example: "cargo xtask verify abi c/hello",
    run: verify,
};

fn verify(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    hand_over(workspace, "verify", arguments)
}

/// Compiles the package if need be and lets it do the command.
fn hand_over(workspace: &Workspace, command: &str, arguments: &Arguments) -> Result<ExitCode> {
    let tool = tool::build(workspace, "xtask-verify", "the checks")?;
    Line::new(tool)
        .arg(command)
        .args(arguments.all())
        .run_in_our_place(workspace)
}
