//! The rows that this program of checks has: the engine's own, and those of the packages on top of it.

use std::process::ExitCode;
use std::sync::OnceLock;

use abi_stages::Library;
use abi_stages::cli::{self, Command};
use abi_stages::page::Page;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};

use crate::check::Check;
use crate::machines::Column;
use crate::{abi, c, cases, docs, generate, machines, python, readers, run, rust};

/// What a package contributes to the program that serves `verify`.
pub struct Rows {
    /// Its checks, a table for each boundary or subject.
    pub checks: &'static [&'static [Check]],
    /// Its commands.
    pub commands: &'static [&'static Command],
    /// The files that are generated and committed.
    pub pages: &'static [Pages],
    /// What `machines` looks at.
    pub columns: &'static [Column],
}

/// Files that one thing is generated into.
pub struct Pages {
    /// What they are generated from, such as "the records", for complaints.
    pub made_from: &'static str,
    pub make: fn(&Workspace) -> Result<Vec<Page>>,
}

/// The engine's own.
pub static ENGINE: Rows = Rows {
    checks: &[
        rust::CHECKS,
        abi::CHECKS,
        c::CHECKS,
        python::CHECKS,
        docs::CHECKS,
    ],
    commands: &[
        &run::VERIFY,
        &machines::MACHINES,
        &readers::ABI,
        &generate::GENERATE,
    ],
    pages: &[generate::ENGINE, cases::PAGES],
    columns: machines::COLUMNS,
};

/// The rows of the packages on top, once they are known: none in the engine's own tests.
static ADDED: OnceLock<Vec<&'static Rows>> = OnceLock::new();

/// The program that serves the commands of the checks, with the rows that it adds to the engine's.
pub fn main(library: &'static Library, added: Vec<&'static Rows>) -> ExitCode {
    if let Some(code) = cargo_abi::cli::wrapper() {
        return code;
    }
    add(added);
    // `cargo xtask abi check` and its like are `cargo abi check`, and so is `cargo xtask new`.
    let mut arguments = std::env::args().skip(1);
    let is_theirs = match arguments.next().as_deref() {
        Some("abi") => arguments.next().is_some_and(|it| !it.starts_with('-')),
        first => first == Some("new"),
    };
    if is_theirs {
        return cargo_abi::cli::main();
    }
    let commands: Vec<&Command> = all().flat_map(|rows| rows.commands).copied().collect();
    cli::main(library, &commands, std::env::args_os().skip(1))
}

/// Adds the rows to the engine's; for programs that are not [`main`], such as tests.
pub fn add(added: Vec<&'static Rows>) {
    let _ = ADDED.set(added);
}

fn all() -> impl Iterator<Item = &'static Rows> {
    let added = ADDED.get().into_iter().flatten().copied();
    std::iter::once(&ENGINE).chain(added)
}

/// Every check of this program, in the order in which they are listed.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    all().flat_map(|rows| rows.checks).copied().flatten()
}

/// The check of that id.
pub fn check(id: &str) -> Result<&'static Check> {
    let found = checks().find(|check| check.id == id);
    found.with_context(|| format!("there is no check `{id}`"))
}

/// All that `machines` looks at.
pub fn columns() -> impl Iterator<Item = &'static Column> {
    all().flat_map(|rows| rows.columns)
}

/// All that is generated and committed, beside the header.
pub fn pages() -> impl Iterator<Item = &'static Pages> {
    all().flat_map(|rows| rows.pages)
}
