//! Two versions of the ABI, installed side by side.

use std::fs;
use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use abi_verify::check::Artifact::*;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding};
use abi_verify::{builds, mirror};
use anyhow::{Context, Result};

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
    needs: &[Time, LINUX, Built(Generator), INSTALLED],
    run,
}];

fn run(workspace: &Workspace) -> Result<Vec<Finding>> {
    let next = next_version(workspace)?;
    let outside = Outside::new(workspace.library())?;
    outside.copy(&installed(workspace), "usr")?;
    compile(workspace, &outside)?;
    // A newer version is installed over the older one.
    let release = Release::build(&next, None)?;
    Tree::new(&next, &release, "lib", &tree::licenses(&next)?)?.write(&outside.path("usr"))?;
    compile(&next, &outside)?;

    let versions = [workspace, &next];
    let mut folders = vec!["usr/lib".to_owned()];
    for version in versions {
        let name = version.loader_name()?;
        let alone = format!("alone/{name}");
        fs::create_dir_all(outside.path(&alone))?;
        let from = outside.path("usr/lib").join(&name);
        fs::copy(&from, outside.path(&alone).join(&name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
        folders.push(alone);
    }
    let mut findings = Vec::new();
    for version in versions {
        let own = version.loader_name()?;
        for folder in &folders {
            let libraries = outside.path(folder);
            let line = outside
                .line(&program(version, &outside)?, &[])?
                .env("LD_LIBRARY_PATH", &libraries);
            let finished = line.output(workspace)?;
            let (runs, complaint) = (finished.status.success(), finished.stderr());
            let problem = match libraries.join(&own).exists() {
                true if !runs => "does not run with",
                false if runs || !complaint.contains(&own) => "is not stopped for want of",
                _ => continue,
            };
            findings.push(Finding::new(format!(
                "the program built for version {} of the ABI {problem} {own}, the libraries of {folder} \
                 being there: {}",
                version.abi_version()?,
                complaint.trim_end()
            )));
        }
    }
    Ok(findings)
}

/// The sources as they will be when the ABI has changed.
fn next_version(workspace: &Workspace) -> Result<Workspace> {
    let root = builds::verify(workspace, "ship").join("next version");
    let next = workspace.copy_at(root.clone(), root.join("target"));
    let mut files = mirror::read(workspace.root())?;
    let file = format!("{}/src/abi_version.rs", workspace.library().cdylib);
    let (text, _) = files
        .get_mut(Path::new(&file))
        .with_context(|| format!("{file} is not among the sources"))?;
    let version = workspace.abi_version()?;
    *text = String::from_utf8_lossy(text)
        .replace(
            &format!(": u32 = {version};"),
            &format!(": u32 = {};", version + 1),
        )
        .into_bytes();
    mirror::write(&root, &files)?;
    Cmd::xtask("header").check(&next)?;
    Ok(next)
}

/// Compiles the program of stage 2 against what is installed, for the version that is the newest there.
fn compile(version: &Workspace, outside: &Outside) -> Result<()> {
    let name = version.library().name;
    let source = format!("c-harness/{name}.c");
    let line = outside
        .line("cc", &[])?
        .args(["-std=c11", "-Iusr/include"])
        .arg(version.source(&source))
        .args(["-Lusr/lib", &format!("-l{name}"), "-o"])
        .arg(program(version, outside)?);
    line.check(version).map(drop)
}

fn program(version: &Workspace, outside: &Outside) -> Result<String> {
    let file = outside.path(&format!("built-for-{}", version.abi_version()?));
    Ok(file.to_string_lossy().into_owned())
}
