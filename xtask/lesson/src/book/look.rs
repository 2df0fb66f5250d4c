//! `cargo xtask verify docs/book`: every page in a browser.

use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::Workspace;
use abi_verify::check::Requirement::{Linux, Other, Time};
use abi_verify::check::{Check, Finding, Need, SkipReason};
use anyhow::{Context, Result, ensure};

use super::FOLDER;

pub const CHECKS: &[Check] = &[Check {
    id: "docs/book",
    claim: "every link and tab of the book works, its text is that of its sources and can be read in light \
            and dark, on a phone and without scripts, and no page asks another host",
    hint: "the lines name the page; `cargo xtask book --open` shows it",
    needs: &[
        Time,
        Linux("it was tried on Linux alone so far"),
        Other(&Need {
            what: "what drives the browser",
            absent,
            build: install,
        }),
    ],
    run,
}];

fn browser() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(find_program)
}

fn absent(_: &Workspace) -> Option<SkipReason> {
    let is_here =
        browser().is_some() && find_program("node").is_some() && find_program("npm").is_some();
    (!is_here).then_some(SkipReason::Tool {
        name: "Chromium with Node.js and npm",
        install: "Debian, Ubuntu: apt install chromium nodejs npm; Fedora: dnf install chromium nodejs npm",
    })
}

/// The script beside the packages that it needs.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("lesson/browser")
}

fn install(workspace: &Workspace) -> Result<()> {
    let folder = folder(workspace);
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "look.mjs"] {
        let from = workspace.source(FOLDER).join(file);
        fs::copy(&from, folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    let line = Cmd::new("npm")
        .args(["install", "--silent", "--no-audit"])
        .args(["--no-fund", "--no-package-lock", "--prefix"])
        .arg(workspace.relative(&folder));
    line.check(workspace).map(drop)
}

fn run(workspace: &Workspace) -> Result<Vec<Finding>> {
    super::build(workspace)?;
    let pages = workspace.target().join("lesson/book/docs");
    look(workspace, &super::site(workspace), &pages)
}

/// What is wrong with a site that was made of `pages`.
pub fn look(workspace: &Workspace, site: &Path, pages: &Path) -> Result<Vec<Finding>> {
    let browser = browser().context("there is no browser")?;
    let line = Cmd::new("node")
        .arg(workspace.relative(&folder(workspace).join("look.mjs")))
        .args([&browser, site, pages]);
    let finished = line.output(workspace)?;
    let lines = finished.stdout();
    let found: Vec<Finding> = lines.lines().map(Finding::new).collect();
    // A script that fails finds nothing, which is not the same as nothing to find.
    ensure!(
        finished.status.success() || !found.is_empty(),
        finished.complaint(&line)
    );
    Ok(found)
}
