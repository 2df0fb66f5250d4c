//! Programs of this workspace that are compiled when they are first used.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::library::Program;
use crate::process::{Cmd, Event};
use crate::term::{self, dim};
use crate::workspace::{Workspace, program_name};

/// Compiles the program of the checks, if need be, and becomes it.
pub fn hand_over(workspace: &Workspace, arguments: Vec<OsString>) -> Result<ExitCode> {
    let line = Cmd::new(build(workspace, &Program::CHECKS)?).args(arguments);
    line.run_in_our_place(workspace)
}

/// Builds a program and returns where it is.
pub fn build(workspace: &Workspace, program: &Program) -> Result<PathBuf> {
    let binary = format!("xtask-{}", program.name);
    // A copy is looked at with the original's programs, built from the original's sources.
    let line = Cmd::cargo()
        .args(["build", "--package", "xtask", "--features", program.name])
        .args(["--bin", &binary])
        .env("CARGO_TERM_COLOR", "never");
    // Says what a person waits for: on a terminal as it goes, elsewhere in one line.
    let (mut is_blocked, mut is_said) = (false, false);
    let finished = line.run(&workspace.home(), &mut |event| match event {
        Event::Printed(line) => {
            is_blocked = line.trim_start().starts_with("Blocking");
            Ok(())
        }
        Event::Silence(time) => {
            let text = awaited(program, is_blocked);
            let was_said = std::mem::replace(&mut is_said, true);
            match term::is_terminal() {
                true => term::status(&dim(&format!("{text} ... {} s", time.as_secs()))),
                false if was_said => Ok(()),
                false => writeln!(io::stderr(), "{text}"),
            }
        }
    })?;
    if is_said {
        term::clear_status()?;
    }
    if !finished.status.success() {
        bail!(finished.complaint(&line));
    }
    Ok(workspace.program(&program_name(&binary)))
}

fn awaited(program: &Program, is_blocked: bool) -> String {
    match is_blocked {
        true => "waiting for another cargo, which is building in this target directory".to_owned(),
        false => format!("compiling {}, the first time only", program.about),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_said() {
        assert!(awaited(&Program::CHECKS, true).contains("another cargo"));
        let text = awaited(&Program::HEADER, false);
        assert!(text.starts_with("compiling cbindgen"), "{text}");
    }
}
