//! The checks of the boundary to C.

use anyhow::Result;
use xtask::compiler::program_of;
use xtask::inspect;
use xtask::process::Line;
use xtask::workspace::{Workspace, program_name, shared_library_name};

use crate::check::{Check, Finding, Need};

pub const CHECKS: &[Check] = &[Check {
    id: "c/hello",
    claim: "both C programs print what the Rust program prints, and one loads the library by a \
            relative path",
    hint: "`cargo xtask c --explain` shows how they are made",
    needs: &[Need::Pipeline],
    run: hello,
}];

fn hello(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let oracle = Line::new(workspace.pipeline("rust").join(program_name("hello")));
    let wanted = oracle.check(workspace)?.stdout();
    for name in ["hello", "hello-static"] {
        let line = Line::new(program_of(workspace, name)).alone_in(std::path::Path::new("/"));
        findings.extend(compare(&wanted, &line, workspace)?);
    }
    let program = inspect::read(&program_of(workspace, "hello"))?;
    let library = shared_library_name();
    if !program
        .needs
        .iter()
        .any(|needed| needed.rsplit('/').next() == Some(&library))
    {
        findings.push(Finding::new(format!(
            "c/hello needs {}, and {library} is not among them",
            program.needs.join(", ")
        )));
    }
    if let Some(absolute) = program
        .needs
        .iter()
        .find(|needed| needed.contains(&library) && needed.starts_with('/'))
    {
        findings.push(Finding::new(format!(
            "c/hello asks for {absolute}: only this path will do"
        )));
    }
    Ok(findings)
}

/// Whether a program prints what is wanted.
pub fn compare(wanted: &str, line: &Line, workspace: &Workspace) -> Result<Option<Finding>> {
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        return Ok(Some(Finding::new(finished.complaint(line))));
    }
    let seen = finished.stdout();
    let shown = line.to_string();
    Ok((seen != wanted).then(|| {
        Finding::new(xtask::term::diff(
            ("stage 1, the Rust program", wanted),
            (&shown, &seen),
        ))
    }))
}
