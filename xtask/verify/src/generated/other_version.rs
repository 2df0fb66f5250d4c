//! Whether programs that were built for another version of the ABI refuse, in words: a replacement has
//! another version and does nothing else.

use std::path::PathBuf;

use abi_stages::compiler::program_of;
use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Result, bail};

use super::interface::{Function, Interface};
use super::replacement::{Replacement, ignore, return_zero};
use crate::check::Finding;
use crate::{builds, cases, readers};

/// Builds the replacement; returns its folder, the version that programs know, and the one that it has.
pub fn replacement(workspace: &Workspace) -> Result<(PathBuf, u64, u64)> {
    let known = readers::version_of(workspace.library(), &readers::header(workspace)?)?;
    let other = known + 1;
    let interface = Interface::of_header(workspace)?;
    let asked = workspace.library().version_function();
    if !interface.has(&asked) {
        bail!(
            "{} does not declare `{asked}`",
            workspace.library().header()
        );
    }
    let body = |_, function: &Function| {
        let ignored = ignore(&function.signature);
        if function.name == asked {
            format!("{ignored}    return {other};\n")
        } else {
            ignored + &return_zero(&function.signature)
        }
    };
    let folder = Replacement {
        name: "other-version",
        sources: &[],
        preamble: String::new(),
        body: &body,
    }
    .build(workspace, &interface)?;
    Ok((folder, known, other))
}

/// Every program that goes on in spite of another version, or does not say which two there are.
pub fn another_version_is_refused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let (folder, known, other) = replacement(workspace)?;
    let import = format!("import {}", workspace.library().module);
    let of_stage = Cmd::new(workspace.relative(&program_of(workspace, workspace.library().name)));
    let of_harness = builds::programs_of(workspace, &["hostile"]);
    // Each with what it says besides the versions.
    let mut lines = vec![(of_stage, "")];
    lines.extend(of_harness.map(|line| (line, "")));
    if !cases::files(workspace).is_empty() {
        let line = cases::line(
            workspace,
            cases::Language::C,
            "other-version",
            cases::Choice::SHORT,
        )?;
        lines.push((line, ""));
    }
    lines.push((
        builds::python(workspace).args(["-c", &import]),
        "ImportError",
    ));
    let mut findings = Vec::new();
    for (line, error) in lines {
        let words = [
            format!("version {known}"),
            format!("version {other}"),
            error.to_owned(),
        ];
        let line = line.env("LD_LIBRARY_PATH", &folder);
        let finished = line.output(workspace)?;
        let said = finished.stderr();
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
