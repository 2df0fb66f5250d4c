//! The implementations of the transcript: commands that read a file of cases and print an answer to
//! each, one for each way to the library. The row of names lists them; the first is the reference.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xtask::process::Line;
use xtask::python::Environment;
use xtask::workspace::{self, Workspace};

use crate::harness;
use crate::library;

/// A way to the library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Implementation {
    /// What reports call it.
    pub name: &'static str,
    command: &'static [&'static str],
}

/// All, the reference first.
pub fn all() -> impl Iterator<Item = Implementation> {
    let row = library::IMPLEMENTATIONS.iter();
    row.map(|(name, command)| Implementation { name, command })
}

/// What the others are compared with.
pub fn reference() -> Result<Implementation> {
    match all().next() {
        Some(first) => Ok(first),
        None => bail!("the row of names lists no implementation of the transcript"),
    }
}

/// The one of that name.
pub fn named(name: &str) -> Result<Implementation> {
    match all().find(|it| it.name == name) {
        Some(found) => Ok(found),
        None => bail!("the row of names lists no implementation `{name}`"),
    }
}

impl Implementation {
    /// The line that prints its transcript.
    pub fn line(self, workspace: &Workspace, cases: &Path) -> Line {
        line(workspace, self.command).arg(workspace.relative(cases))
    }

    /// Its transcript.
    pub fn transcript(self, workspace: &Workspace, cases: &Path) -> Result<Vec<u8>> {
        Ok(self.line(workspace, cases).check(workspace)?.stdout)
    }
}

/// A command of the row: `cargo`, a program of the C harness as `{c}/NAME`, `{python}`.
fn line(workspace: &Workspace, command: &[&str]) -> Line {
    let (program, arguments) = command.split_first().unwrap_or((&"", &[]));
    let line = match program.strip_prefix("{c}/") {
        Some(name) => Line::new(workspace.relative(&harness::c_program(workspace, name))),
        None if *program == "{python}" => {
            let python = Environment::of_pipeline(workspace).python();
            Line::new(workspace.relative(&python))
        }
        None if *program == "cargo" => Line::cargo(),
        None => Line::new(program),
    };
    line.args(arguments)
}

/// Writes the fixed cases but for the few that are long, for runs with many rounds.
pub fn write_short_cases(workspace: &Workspace) -> Result<PathBuf> {
    let cases = cases(workspace, 0, 1)?;
    let short = cases.lines().filter(|case| case.len() < 1000);
    write(
        workspace,
        "short",
        &short.flat_map(|case| [case, "\n"]).collect::<String>(),
    )
}

/// Writes the fixed cases, and `count` random ones, where the programs find them.
pub fn write_cases(workspace: &Workspace, seed: u64, count: u64) -> Result<PathBuf> {
    let cases = cases(workspace, count, seed)?;
    write(workspace, &format!("{seed}-{count}"), &cases)
}

fn cases(workspace: &Workspace, count: u64, seed: u64) -> Result<String> {
    let line = line(workspace, library::CASES).args([count.to_string(), seed.to_string()]);
    Ok(line.check(workspace)?.stdout())
}

fn write(workspace: &Workspace, name: &str, cases: &str) -> Result<PathBuf> {
    let file = harness::verify(workspace, &format!("cases-{name}.txt"));
    workspace::write(&file, cases.as_bytes())?;
    Ok(file)
}
