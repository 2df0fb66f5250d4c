//! That `cargo xtask new` writes a workspace that is green at once, and that stays green when another
//! library takes the place of its examples.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use xtask::LIBRARY;
use xtask::process::Cmd;
use xtask::step;
use xtask::workspace::{self, Workspace};
use xtask_ship::tools;
use xtask_verify::check::Requirement::*;
use xtask_verify::check::{Check, Finding};
use xtask_verify::docs;
use xtask_verify::mirror::{self, Files};

pub const CHECKS: &[Check] = &[
    GREEN,
    Check {
        id: "new/page",
        claim: "what the page on callbacks and structs quotes is in the library that takes the place of the \
                examples",
        hint: "quote xtask/selftest/replacement as it is today in xtask/new/callback.md",
        needs: &[],
        run: |workspace| {
            let text = workspace::read(&workspace.source(PAGE))?;
            docs::misquoted(&workspace.source(REPLACEMENT), Path::new(PAGE), &text)
        },
    },
];

const GREEN: Check = Check {
    id: "new/green",
    claim: "the workspace of `cargo xtask new` has the engine as it is here and no name of this library, \
            demonstrates, passes every check, installs and packages; with another library in it, it \
            demonstrates and verifies, and the kit's faults are caught",
    hint: "the workspace is below target/new, and the command can be run there again",
    needs: &[
        Time,
        Linux("it was tried on Linux alone so far"),
        Valgrind,
        Sanitized,
        PythonTools,
        tools::NEEDED,
    ],
    run: green,
};

/// A library as somebody wrote it who had nothing but the new workspace: these files over its own.
const REPLACEMENT: &str = "xtask/selftest/replacement";

/// What it shows of itself, for owners of a new workspace.
const PAGE: &str = "xtask/new/callback.md";

/// What of the new workspace is only an example.
const EXAMPLES: [&str; 3] = [
    "acme-cdylib/src/crossing/example.rs",
    "py-harness/src/pyacme/_example.py",
    "py-harness/tests/test_example.py",
];

/// The faults that are for every library.
const KIT: &str = "xtask/verify/faults";

fn green(workspace: &Workspace) -> Result<Vec<Finding>> {
    let folder = workspace.target().join("new");
    // In a path with a space, as some have it.
    let root = folder.join("a b/acme");
    let written = folder.join("a b/written/acme");
    if written.exists() {
        fs::remove_dir_all(&written)?;
    }
    xtask_new::write::workspace(workspace, "acme", &written)?;
    let mut files = mirror::read(&written)?;
    let mut findings = foreign(workspace, &files);
    if findings.is_empty() {
        mirror::write(&root, &files)?;
        share_tools(workspace)?;
        let prefix = folder.join("a b/usr");
        let prefix = prefix.to_string_lossy();
        let lines: [&[&str]; 4] = [
            &["demo"],
            &["verify", "--all", "--strict"],
            &["install", "--prefix", &prefix],
            &["dist"],
        ];
        findings = all_succeed(workspace, &root, &lines)?;
    }
    if findings.is_empty() {
        EXAMPLES.iter().for_each(|path| {
            files.remove(Path::new(path));
        });
        files.extend(mirror::read(&workspace.source(REPLACEMENT))?);
        mirror::write(&root, &files)?;
        let kit = kit(workspace)?;
        let mut faults = vec!["break"];
        faults.extend(kit.iter().map(String::as_str));
        let lines: [&[&str]; 3] = [&["demo"], &["verify", "--strict"], &faults];
        findings = all_succeed(workspace, &root, &lines)?;
    }
    Ok(findings)
}

/// What of the new workspace is not as it has to be: a name of the library here, and a file of the
/// engine that is not the same.
fn foreign(workspace: &Workspace, files: &Files) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, (bytes, _)) in files {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        let shown = path.display();
        if text.contains(LIBRARY.name) || shown.to_string().to_lowercase().contains(LIBRARY.name) {
            let text = format!("{shown} of the new workspace has `{}` in it", LIBRARY.name);
            findings.push(Finding::new(text));
        }
        let is_engine = path.starts_with("xtask") && path != Path::new("xtask/library.rs");
        if is_engine && fs::read(workspace.root().join(path)).ok().as_ref() != Some(bytes) {
            let text = format!("{shown} of the new workspace is not the engine's");
            findings.push(Finding::new(text));
        }
    }
    findings
}

/// One for all runs, also for those that look at a copy: what is compiled is the same.
fn target(workspace: &Workspace) -> PathBuf {
    workspace.target_of_tools().join("new/target")
}

/// Lends it the tools that look at what is shipped: they are the same there, and many to install.
fn share_tools(workspace: &Workspace) -> Result<()> {
    let ours = tools::folder(workspace);
    let theirs = target(workspace)
        .join("debug")
        .join(ours.file_name().unwrap_or_default());
    if !theirs.exists() {
        step::link(&ours.to_string_lossy(), &theirs)?;
    }
    Ok(())
}

/// The names of the kit's faults.
fn kit(workspace: &Workspace) -> Result<Vec<String>> {
    let files = workspace::files(&workspace.source(KIT))?;
    let names = files.iter().filter_map(|file| file.file_stem());
    Ok(names.map(|name| name.to_string_lossy().into()).collect())
}

/// A finding for the first command of `cargo xtask` that fails in the workspace at `root`.
fn all_succeed(workspace: &Workspace, root: &Path, lines: &[&[&str]]) -> Result<Vec<Finding>> {
    let target = target(workspace);
    for line in lines {
        let line = Cmd::cargo()
            .arg("xtask")
            .args(line.iter().copied())
            .in_workspace(root)
            .env("CARGO_TARGET_DIR", &target);
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            return Ok(vec![Finding::new(finished.complaint(&line))]);
        }
    }
    Ok(Vec::new())
}
