//! The copy of the sources that is broken in place of the original.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use abi_stages::header;
use abi_stages::process::Cmd;
use abi_stages::term;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, anyhow};

use super::file::{Fault, Header};
use crate::mirror;

/// A copy of the sources, with a target directory that is kept, so that little is rebuilt.
pub struct Copy {
    original: PathBuf,
    pub workspace: Workspace,
    /// Held as long as the copy is in use: two that break it at once would see each other's faults.
    _lock: Option<File>,
}

impl Copy {
    /// The copy, in whatever state it was left; waits while somebody else has it.
    pub fn of(workspace: &Workspace) -> Result<Copy> {
        Copy::in_folder(workspace, "break")
    }

    /// Another one, in a folder of the target directory.
    pub fn in_folder(workspace: &Workspace, folder: &str) -> Result<Copy> {
        let folder = workspace.target().join(folder);
        let lock = workspace::lock(&folder.join(".lock"), || {
            let text = "another `cargo xtask` has the copy: waiting for it";
            writeln!(io::stderr(), "{}", term::dim(text))
        })?;
        let root = folder.join("workspace");
        let target = root.join("target");
        let workspace_of_copy = workspace.copy_at(root, target);
        Ok(Copy {
            original: workspace.root().to_owned(),
            workspace: workspace_of_copy,
            _lock: lock,
        })
    }

    /// Makes the copy the same as the original again. Files that are the same are not touched, so
    /// that cargo does not rebuild them.
    pub fn restore(&self) -> Result<()> {
        mirror::write(self.workspace.root(), &mirror::read(&self.original)?)
    }

    /// Breaks the copy.
    pub fn apply(&self, fault: &Fault) -> Result<()> {
        let drifted = self.apply_what_fits(fault)?;
        if !drifted.is_empty() {
            return Err(anyhow!(Drifted {
                name: fault.name.clone(),
                problems: drifted,
            }));
        }
        match fault.header {
            Header::Kept => {}
            Header::Forged => header::forge(&self.workspace)?,
            Header::Made => {
                Cmd::xtask("header").check(&self.workspace)?;
            }
        }
        Ok(())
    }

    /// Makes those changes of the fault that find their place, and returns why the others do not.
    pub fn apply_what_fits(&self, fault: &Fault) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        for file in &fault.patch.files {
            let path = self.workspace.root().join(&file.path);
            if !path.exists() {
                problems.push(format!("{} is not there any more", file.path));
                continue;
            }
            let (after, drifted) = file.apply_what_fits(&workspace::read(&path)?);
            problems.extend(drifted.iter().map(|why| format!("{}: {why}", file.path)));
            workspace::write(&path, after.as_bytes())?;
        }
        Ok(problems)
    }
}

/// What to do about a fault that does not find its place any more.
pub const DRIFTED: &str = "put the line back where it stood: a fault finds its place by it. Where it has to \
                           change, `cargo xtask break NAME --cut` cuts the patch again; but report a fault \
                           below xtask/verify or xtask/ship to whoever maintains the engine, if yours is \
                           a copy: the next copy overwrites what you cut";

/// The files have changed where a patch changes them. That is no mistake of whoever changed them, and
/// says nothing about the check that catches the fault.
#[derive(Debug)]
pub struct Drifted {
    pub name: String,
    pub problems: Vec<String>,
}

impl fmt::Display for Drifted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the files have changed where the fault `{}` changes them: {}\nnext: {}",
            self.name,
            self.problems.join("; "),
            DRIFTED.replace("NAME", &self.name)
        )
    }
}

impl std::error::Error for Drifted {}
