//! Two versions of the ABI, installed side by side.

use std::fs;

use abi_stages::workspace::Workspace;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding};
use abi_verify::copy::Copy;
use anyhow::Result;

use super::consumers::LINUX;
use super::outside::Outside;
use super::tree::{INSTALLED, installed};
use crate::release::Release;
use crate::tree::{self, Tree};

pub const CHECKS: &[Check] = &[Check {
    id: "ship/versions",
    claim: "libraries of two versions of the ABI, installed into one prefix, each serve the programs that \
            were built for them; without its own version a program does not start, and the loader says \
            which file it needs",
    hint: "the build script takes the number in the library's name from src/abi_version.rs",
    needs: &[Time, LINUX, Generator, INSTALLED],
    run,
}];

fn run(workspace: &Workspace) -> Result<Vec<Finding>> {
    let copy = next_version(workspace)?;
    let next = &copy.workspace;
    let outside = Outside::new(workspace.library())?;
    outside.copy(workspace, &installed(workspace), "usr")?;
    let older = compile(workspace, &outside)?;
    // A newer version is installed over the older one.
    let release = Release::build(next)?;
    let prefix = outside.path("usr");
    Tree::install(next, &release, "lib", &tree::licenses(next)?, &prefix)?;
    let newer = compile(next, &outside)?;

    let mut findings = Vec::new();
    for (version, program) in [(workspace, older), (next, newer)] {
        let (number, own) = (version.abi_version()?, version.loader_name()?);
        let line = outside
            .line(&program, &[])?
            .env("LD_LIBRARY_PATH", prefix.join("lib"));
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            findings.push(Finding::new(format!(
                "the program built for version {number} of the ABI does not run with {own}: {}",
                finished.stderr().trim_end()
            )));
        }
        // Without its own version, beside the other one.
        let file = prefix.join("lib").join(&own);
        let aside = prefix.join(&own);
        fs::rename(&file, &aside)?;
        let finished = line.output(workspace)?;
        fs::rename(&aside, &file)?;
        let complaint = finished.stderr();
        if finished.status.success() || !complaint.contains(&own) {
            findings.push(Finding::new(format!(
                "the program built for version {number} of the ABI is not stopped for want of {own}: {}",
                complaint.trim_end()
            )));
        }
    }
    Ok(findings)
}

/// The sources as they will be when the ABI has changed.
fn next_version(workspace: &Workspace) -> Result<Copy> {
    let next = Copy::in_folder(workspace, "next version")?;
    next.restore()?;
    let file = format!("{}/src/abi_version.rs", workspace.library().cdylib);
    let version = workspace.abi_version()?;
    let [old, new] = [version, version + 1].map(|number| format!(": u32 = {number};"));
    next.edit(&file, &old, &new)?;
    next.make_header()?;
    Ok(next)
}

/// Compiles the program of stage 2 against what is installed, for the version that is the newest there.
fn compile(version: &Workspace, outside: &Outside) -> Result<String> {
    let program = outside.path(&format!("built-for-{}", version.abi_version()?));
    let name = version.library().name;
    let source = format!("c-harness/{name}.c");
    let line = outside
        .line("cc", &[])?
        .args(["-std=c11", "-Iusr/include"])
        .arg(version.source(&source))
        .args(["-Lusr/lib", &format!("-l{name}"), "-o"])
        .arg(&program);
    line.check(version)?;
    Ok(program.to_string_lossy().into_owned())
}
