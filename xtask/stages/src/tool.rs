//! Programs of this workspace that are compiled when they are first used.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::library::Program;
use crate::process::{Cmd, Event};
use crate::term::{self, dim};
use crate::workspace::{Workspace, program_name};

/// Compiles the program, if need be, and becomes it.
pub fn hand_over(
    workspace: &Workspace,
    program: &Program,
    arguments: Vec<OsString>,
) -> Result<ExitCode> {
    let line = Cmd::new(build(workspace, program)?).args(arguments);
    line.run_in_our_place(workspace)
}

/// Builds a program and returns where it is.
pub fn build(workspace: &Workspace, program: &Program) -> Result<PathBuf> {
    let file = workspace.program(&program_name(program.binary));
    if workspace.is_copy() {
        return Ok(file);
    }
    let line = Cmd::cargo()
        .args(["build", "--quiet", "--package", program.package])
        .args(["--bin", program.binary])
        .args(program.feature.iter().flat_map(|it| ["--features", *it]))
        .env("CARGO_TARGET_DIR", workspace.target_of_tools());
    let mut waiting = false;
    let finished = line.run(workspace, &mut |event| match event {
        Event::Silence(time) if term::is_terminal() => {
            waiting = true;
            let text = format!(
                "compiling {}, the first time only ... {} s",
                program.about,
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
    Ok(file)
}
