//! Whether programs that were built for another version of the ABI refuse, in words: a stand-in has
//! another version and does nothing else.

use std::path::PathBuf;

use anyhow::{Result, bail};
use xtask::LIBRARY;
use xtask::compiler::program_of;
use xtask::process::Cmd;
use xtask::python::Environment;
use xtask::workspace::Workspace;

use super::interface::{Function, Interface};
use super::stand_in::{StandIn, ignore, return_zero};
use crate::check::Finding;
use crate::{builds, readers};

/// Builds the stand-in; returns its folder, the version that programs know, and the one that it has.
pub fn stand_in(workspace: &Workspace) -> Result<(PathBuf, u64, u64)> {
    let known = readers::version_of(&readers::header(workspace)?)?;
    let other = known + 1;
    let interface = Interface::of_header(workspace)?;
    let asked = LIBRARY.version_function();
    if !interface.has(&asked) {
        bail!("{} does not declare `{asked}`", LIBRARY.header());
    }
    let body = |_, function: &Function| {
        let ignored = ignore(&function.signature);
        if function.name == asked {
            format!("{ignored}    return {other};\n")
        } else {
            ignored + &return_zero(&function.signature)
        }
    };
    let folder = StandIn {
        name: "other-version",
        sources: &[],
        preamble: String::new(),
        body: &body,
    }
    .build(workspace, &interface)?;
    Ok((folder, known, other))
}

/// Every program that goes on in spite of another version, or does not say which two there are.
pub fn unrefused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let (folder, known, other) = stand_in(workspace)?;
    let python = Environment::of_pipeline(workspace).python();
    let import = format!("import {}", LIBRARY.module);
    let mut lines = vec![Cmd::new(
        workspace.relative(&program_of(workspace, LIBRARY.name)),
    )];
    let programs = [builds::TRANSCRIPT, "hostile"];
    lines.extend(builds::programs_of(workspace, &programs).map(|line| line.arg("no-cases")));
    let of_python = lines.len();
    lines.push(Cmd::new(workspace.relative(&python)).args(["-c", &import]));
    let mut findings = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        let line = line.env("LD_LIBRARY_PATH", &folder);
        let finished = line.output(workspace)?;
        let said = finished.stderr();
        let is_python = index == of_python;
        let mut words = vec![format!("version {known}"), format!("version {other}")];
        if is_python {
            words.push("ImportError".to_owned());
        }
        if finished.status.success() {
            findings.push(format!(
                "this goes on with a library of version {other}:\n  {line}"
            ));
        } else if let Some(missing) = words.iter().find(|words| !said.contains(*words)) {
            findings.push(format!(
                "this refuses, but does not say `{missing}`:\n  {line}\n{said}"
            ));
        }
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}
