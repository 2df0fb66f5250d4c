//! Whether programs that were built for another version of the ABI refuse, in words: a replacement has
//! another version and does nothing else.

use std::path::PathBuf;

use abi_stages::compiler::{Compiler, program_of};
use abi_stages::process::Cmd;
use abi_stages::runner;
use abi_stages::step::{Stamp, Step};
use abi_stages::workspace::Workspace;
use anyhow::{Result, bail};

use super::{folder, write_sources};
use crate::check::Finding;
use crate::{builds, readers};

/// Builds the replacement; returns its folder, the version that programs know, and the one that it has.
pub fn replacement(workspace: &Workspace) -> Result<(PathBuf, u64, u64)> {
    let (library, header) = (workspace.library(), readers::header(workspace)?);
    let known = readers::version_of(library, &header)?;
    let (asked, other) = (library.version_function(), known + 1);
    if !header.functions.contains_key(&asked) {
        bail!("{} does not declare `{asked}`", library.header());
    }
    // Programs look for all of them, and call this one: what the others take is no matter.
    let body = |name: &String| match *name == asked {
        true => format!("unsigned {name}(void) {{ return {other}; }}\n"),
        false => format!("void {name}(void) {{}}\n"),
    };
    let source: String = header.functions.keys().map(body).collect();
    let folder = folder(workspace, "other-version");
    let sources = write_sources(workspace, &folder, &[("other.c", &source)])?;
    let name = workspace.loader_name()?;
    let to = folder.join(&name);
    let line = Compiler::find(workspace)?
        .bare()
        .args(["-shared", "-fPIC"])
        .arg(format!("-Wl,-soname,{name}"))
        .args(sources)
        .arg("-o")
        .arg(workspace.relative(&to));
    // Not again while another check has it loaded.
    let stamp = Stamp::new(to.with_extension("stamp"))
        .text(&line)
        .text(&source)
        .output(&to);
    let step = Step::new("Compile another version", "").run(line);
    runner::quietly(workspace, vec![step.stamped(stamp)])?;
    Ok((folder, known, other))
}

/// Every program that goes on in spite of another version, or does not say which two there are.
pub fn another_version_is_refused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let (folder, known, other) = replacement(workspace)?;
    let import = format!("import {}", workspace.library().module);
    let stage = Cmd::new(workspace.relative(&program_of(workspace, workspace.library().name)));
    let python = builds::python(workspace).args(["-c", &import]);
    let mut findings = Vec::new();
    for line in [stage, python] {
        let line = line.env("LD_LIBRARY_PATH", &folder);
        let finished = line.output(workspace)?;
        let said = finished.stderr();
        let words = [format!("version {known}"), format!("version {other}")];
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
