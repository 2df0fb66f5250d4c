//! That `cargo abi` serves public libraries.

use anyhow::Result;
use xtask::process::Cmd;
use xtask::workspace::Workspace;
use xtask_verify::check::Requirement::*;
use xtask_verify::check::{Check, Finding};

pub const CHECKS: &[Check] = &[Check {
    id: "engine/foreign",
    claim: "`cargo abi check` finds in four public libraries what is known of them, and notices faults in \
            their headers",
    hint: "xtask/selftest/src/foreign/recipes.rs says what is expected of each; the program `foreign` tries \
           one alone, by its name",
    needs: &[Time, Linux("cargo abi reads ELF files")],
    run: foreign,
}];

/// Faults in each header: enough for one of each kind.
const FAULTS: &str = "16";

fn foreign(workspace: &Workspace) -> Result<Vec<Finding>> {
    // A program of the workspace that is looked at: it may be a copy with a fault.
    let line = Cmd::cargo().args([
        "run",
        "--quiet",
        "--package",
        "xtask-selftest",
        "--bin",
        "foreign",
    ]);
    let line = line.args(["--", "--faults", FAULTS]);
    let finished = line.output(workspace)?;
    let text = finished.stdout();
    let problems: Vec<Finding> = text
        .lines()
        .filter_map(|line| line.strip_prefix("problem: "))
        .map(Finding::new)
        .collect();
    if problems.is_empty() && !finished.status.success() {
        return Ok(vec![Finding::new(finished.complaint(&line))]);
    }
    Ok(problems)
}
