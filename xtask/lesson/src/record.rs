//! What was printed when exhibits and stages were run, kept for the book until something changes that they are
//! made from.

use std::path::PathBuf;

use abi_stages::step::Stamp;
use abi_stages::workspace::{self, Workspace};
use anyhow::Result;
use serde::{Serialize, de::DeserializeOwned};

use crate::museum::change::Change;
use crate::museum::exhibit::Tried;

/// What every run depends on: the library, its users, and what checks them.
const SOURCES: [&str; 9] = [
    "hello-core",
    "hello-cdylib",
    "c-harness",
    "py-harness",
    "xtask/abi/src",
    "xtask/stages/src",
    "xtask/verify",
    "xtask/lesson/src/museum",
    "Cargo.lock",
];

/// Tries the exhibit, and keeps what was printed.
pub fn again(
    workspace: &Workspace,
    exhibit: &Change,
    make: impl FnOnce() -> Result<Tried>,
) -> Result<Tried> {
    let folder = exhibit.folder.to_string_lossy();
    stamp(workspace, &exhibit.name, &folder)?.remove()?;
    kept(workspace, &exhibit.name, &folder, make)
}

/// What `make` made when it was last asked, or makes now, if a file has changed since or `folder` has.
pub fn kept<T: Serialize + DeserializeOwned>(
    workspace: &Workspace,
    name: &str,
    folder: &str,
    make: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let stamp = stamp(workspace, name, folder)?;
    let file = file(workspace, name);
    if stamp.is_current()
        && let Ok(made) = serde_json::from_str(&workspace::read(&file)?)
    {
        return Ok(made);
    }
    stamp.remove()?;
    let made = make()?;
    workspace::write(&file, &serde_json::to_vec(&made)?)?;
    stamp.write()?;
    Ok(made)
}

fn file(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target().join(format!("lesson/runs/{name}.json"))
}

fn stamp(workspace: &Workspace, name: &str, folder: &str) -> Result<Stamp> {
    let file = file(workspace, name);
    let compiler = workspace.target().join(".rustc_info.json");
    let mut stamp = Stamp::new(file.with_extension("stamp")).large_input(compiler);
    for path in workspace::sources(workspace.root())? {
        let mut folders = SOURCES.iter().chain([&folder]);
        if folders.any(|folder| path.starts_with(folder)) {
            stamp = stamp.input(workspace.root().join(&path));
        }
    }
    Ok(stamp.output(file))
}
