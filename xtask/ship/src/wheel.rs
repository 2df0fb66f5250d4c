//! What users of Python install: the wheel and the source distribution, made by the backend of the
//! Python package as `python -m build` makes them.

use std::path::{Path, PathBuf};

use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, bail};

use crate::{release, tools};

/// The Python package, from the root.
pub const PACKAGE: &str = "py-harness";

/// Builds both into `to`, which they have for themselves. They need the [tools].
pub fn build(workspace: &Workspace, to: &Path) -> Result<()> {
    workspace::remove(to)?;
    line(workspace, &tools::environment(workspace).python())
        .args(["-m", "build", "--no-isolation", "--sdist", "--wheel"])
        .arg("--outdir")
        .arg(to)
        .arg(PACKAGE)
        .check(workspace)
        .map(drop)
}

/// A Python command that may call the backend: cargo's output is kept, in a folder of its own, and nothing is
/// written beside the sources.
pub fn line(workspace: &Workspace, python: &Path) -> Cmd {
    Cmd::new(workspace.relative(python))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CARGO_TARGET_DIR", release::folder(workspace, "wheel"))
}

/// pip, for Python, without its advice.
pub const PIP: [&str; 3] = ["-m", "pip", "--disable-pip-version-check"];

/// Unpacks a wheel into a folder.
pub fn unpack(workspace: &Workspace, wheel: &Path, to: &Path) -> Result<()> {
    Cmd::new(tools::environment(workspace).python())
        .args(["-m", "zipfile", "--extract"])
        .args([wheel, to])
        .check(workspace)
        .map(drop)
}

/// The one file in `folder` whose name ends like that.
pub fn the_one(folder: &Path, end: &str) -> Result<PathBuf> {
    let mut files = workspace::files(folder)?;
    files.retain(|file| file.to_string_lossy().ends_with(end));
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => bail!(
            "{} files *{end} in {}, one was expected",
            files.len(),
            folder.display()
        ),
    }
}
