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
    // A copy is looked at with the original's programs, built from the original's sources.
    let line = Cmd::cargo()
        .args(["build", "--package", program.package])
        .args(["--bin", program.binary])
        .args(program.feature.iter().flat_map(|it| ["--features", *it]))
        .in_workspace(workspace.root_of_tools())
        .env("CARGO_TARGET_DIR", workspace.target_of_tools())
        .env("CARGO_TERM_COLOR", "never");
    let mut progress = Progress::new(program.about);
    let finished = line.run(workspace, &mut |event| progress.on(event))?;
    progress.end()?;
    if !finished.status.success() {
        bail!(finished.complaint(&line));
    }
    Ok(workspace.program(&program_name(program.binary)))
}

/// Says what a person waits for: on a terminal as it goes, elsewhere in one line.
struct Progress {
    what: &'static str,
    is_blocked: bool,
    compiled: usize,
    is_shown: bool,
}

impl Progress {
    fn new(what: &'static str) -> Progress {
        Progress {
            what,
            is_blocked: false,
            compiled: 0,
            is_shown: false,
        }
    }

    fn on(&mut self, event: Event<'_>) -> io::Result<()> {
        match event {
            Event::Printed(line) => {
                let line = line.trim_start();
                self.is_blocked = line.starts_with("Blocking");
                self.compiled += usize::from(line.starts_with("Compiling "));
                Ok(())
            }
            Event::Silence(time) if term::is_terminal() => {
                self.is_shown = true;
                term::status(&dim(&format!("{} ... {} s", self.text(), time.as_secs())))
            }
            Event::Silence(_) if !self.is_shown => {
                self.is_shown = true;
                writeln!(io::stderr(), "{}", self.text())
            }
            Event::Silence(_) => Ok(()),
        }
    }

    fn text(&self) -> String {
        if self.is_blocked {
            return "waiting for another cargo, which is building in this target directory"
                .to_owned();
        }
        let text = format!("compiling {}, the first time only", self.what);
        match term::is_terminal() {
            true => format!("{text}: {} so far", term::count(self.compiled, "package")),
            false => text,
        }
    }

    fn end(&self) -> io::Result<()> {
        match self.is_shown && term::is_terminal() {
            true => term::clear_status(),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_waited_for_is_said() {
        let mut progress = Progress::new("the checks");
        progress
            .on(Event::Printed(
                "    Blocking waiting for file lock on build directory",
            ))
            .unwrap();
        assert!(progress.text().contains("another cargo"));
        for name in ["a", "b"] {
            progress
                .on(Event::Printed(&format!("   Compiling {name} v1.0.0")))
                .unwrap();
        }
        progress.on(Event::Silence(Duration::from_secs(1))).unwrap();
        assert_eq!(
            progress.text(),
            "compiling the checks, the first time only: 2 packages so far"
        );
    }
}
