//! The implementations of the transcript: commands that read a file of cases and print an answer to
//! each, one for each way to the library. The row of names lists them; the first is the reference.

use std::path::{Path, PathBuf};

use abi_stages::library::{Implementation, Transcript};
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use crate::builds;

/// What the row of names says of the transcript.
fn row(workspace: &Workspace) -> Result<&'static Transcript> {
    let row = workspace.library().transcript.as_ref();
    row.context("the configuration, xtask/src/library.rs, lists no transcript")
}

/// Every implementation, the reference first.
pub fn all(workspace: &Workspace) -> Result<&'static [Implementation]> {
    Ok(row(workspace)?.implementations)
}

/// What the others are compared with.
pub fn reference(workspace: &Workspace) -> Result<&'static Implementation> {
    let first = all(workspace)?.first();
    first.context("the configuration lists no implementation of the transcript")
}

/// The one of that name.
pub fn named(workspace: &Workspace, name: &str) -> Result<&'static Implementation> {
    let found = all(workspace)?.iter().find(|it| it.name == name);
    found.with_context(|| format!("the configuration lists no implementation `{name}`"))
}

/// The line that prints an implementation's transcript.
pub fn line(workspace: &Workspace, implementation: &Implementation, cases: &Path) -> Cmd {
    command(workspace, implementation.command).arg(workspace.relative(cases))
}

/// The line that prints an implementation's transcript of the short cases.
pub fn short_line(workspace: &Workspace, name: &str) -> Result<Cmd> {
    let cases = write_short_cases(workspace)?;
    Ok(line(workspace, named(workspace, name)?, &cases))
}

/// An implementation's transcript.
pub fn transcript(
    workspace: &Workspace,
    implementation: &Implementation,
    cases: &Path,
) -> Result<Vec<u8>> {
    Ok(line(workspace, implementation, cases)
        .check(workspace)?
        .stdout)
}

/// A command of the row: `cargo`, a program of the C harness as `{c}/NAME`, `{python}`; in its arguments
/// the names of the row may stand.
fn command(workspace: &Workspace, words: &[&str]) -> Cmd {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let line = match program.strip_prefix("{c}/") {
        Some(name) => Cmd::new(workspace.relative(&builds::program_file(workspace, name))),
        None if *program == "{python}" => builds::python(workspace),
        None if *program == "cargo" => Cmd::cargo(),
        None => Cmd::new(program),
    };
    line.args(
        arguments
            .iter()
            .map(|argument| workspace.library().fill(argument)),
    )
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
    let line =
        command(workspace, row(workspace)?.cases).args([seed.to_string(), count.to_string()]);
    Ok(line.check(workspace)?.stdout())
}

fn write(workspace: &Workspace, name: &str, cases: &str) -> Result<PathBuf> {
    let file = builds::verify(workspace, &format!("cases-{name}.txt"));
    workspace::write(&file, cases.as_bytes())?;
    Ok(file)
}
