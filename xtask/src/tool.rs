//! Programs of this workspace that are compiled when they are first used.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process::{Cmd, Event};
use crate::term::{self, dim};
use crate::workspace::{Workspace, program_name};

/// Builds the program of `package`, which bears its name, and returns where it is. `what` is what
/// is being compiled, for a person who waits.
pub fn build(workspace: &Workspace, package: &str, what: &str) -> Result<PathBuf> {
    // A copy is looked at with the original's programs, built from the original's sources.
    let line = Cmd::cargo()
        .args(["build", "--quiet", "--package", package])
        .in_workspace(workspace.root_of_tools())
        .env("CARGO_TARGET_DIR", workspace.target_of_tools());
    let mut waiting = false;
    let finished = line.run(workspace, &mut |event| match event {
        Event::Silence(time) if term::is_terminal() => {
            waiting = true;
            let text = format!(
                "compiling {what}, the first time only ... {} s",
                time.as_secs()
            );
            term::status(&dim(&text))
        }
        _ => Ok(()),
    })?;
    if waiting {
        term::clear_status()?;
    }
    if !finished.status.success() {
        bail!(finished.complaint(&line));
    }
    Ok(workspace.program(&program_name(package)))
}
