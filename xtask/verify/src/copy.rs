//! A copy of the workspace in which something is broken, in place of the original.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use abi_stages::header;
use abi_stages::process::Cmd;
use abi_stages::term;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail, ensure};

use crate::check::Outcome;
use crate::{mirror, report, run, suite};

/// A copy of the sources, with a target directory that is kept, so that little is rebuilt.
pub struct Copy {
    original: PathBuf,
    pub workspace: Workspace,
    /// Held as long as the copy is in use: two that break it at once would see each other's changes.
    _lock: Option<File>,
}

/// Those of `words` that are missing in what a check or a tool told.
pub fn unsaid<'a>(told: &str, words: &'a [impl AsRef<str>]) -> Vec<&'a str> {
    let words = words.iter().map(AsRef::as_ref);
    words.filter(|words| !told.contains(words)).collect()
}

impl Copy {
    /// The copy in a folder of the target directory, in whatever state it was left; waits while
    /// somebody else has it.
    pub fn in_folder(workspace: &Workspace, folder: &str) -> Result<Copy> {
        let folder = workspace.target().join(folder);
        let lock = workspace::lock(&folder.join(".lock"), || {
            let text = "another `cargo xtask` has the copy: waiting for it";
            writeln!(io::stderr(), "{}", term::dim(text))
        })?;
        let root = folder.join("workspace");
        let target = root.join("target");
        Ok(Copy {
            original: workspace.root().to_owned(),
            workspace: workspace.copy_at(root, target),
            _lock: lock,
        })
    }

    /// Makes the copy the same as the original again. Files that are the same are not touched, so
    /// that cargo does not rebuild them.
    pub fn restore(&self) -> Result<()> {
        mirror::write(self.workspace.root(), &mirror::read(&self.original)?)
    }

    /// Changes the copy as a unified diff says, which is a file of the original's.
    pub fn apply(&self, diff: &Path) -> Result<()> {
        let root = self.workspace.root();
        // Without a ceiling git would find the original's repository around the copy, and leave out
        // all that is not below the folder that it runs in.
        Cmd::new("git")
            .args(["apply", "--whitespace=nowarn"])
            .arg(diff)
            .env("GIT_CEILING_DIRECTORIES", root.parent().unwrap_or(root))
            .check(&self.workspace)
            .with_context(|| format!("{} does not fit the files of today", diff.display()))
            .map(drop)
    }

    /// Puts `new` in the place of `old`, which has to stand in the file exactly once.
    pub fn edit(&self, file: &str, old: &str, new: &str) -> Result<()> {
        let path = self.workspace.root().join(file);
        let text = workspace::read(&path)?;
        let count = text.matches(old).count();
        ensure!(count == 1, "this stands {count} times in {file}:\n{old}");
        workspace::write(&path, text.replacen(old, new, 1).as_bytes())
    }

    /// Makes the header from the changed source, as its author would have done.
    pub fn make_header(&self) -> Result<()> {
        header::write_if_different(&self.workspace).map(drop)
    }

    /// Makes the changed header look as if it had been generated like that.
    pub fn forge_header(&self) -> Result<()> {
        let workspace = &self.workspace;
        let cdylib = workspace.library().cdylib;
        header::mark(workspace.root(), cdylib, workspace.header())
    }

    /// All that the check of that id finds; nothing if it passes. An error if it cannot run here.
    pub fn check(&self, id: &str) -> Result<String> {
        let checked = run::one(&self.workspace, suite::check(id)?);
        if let Outcome::Skipped(absent) = &checked.outcome {
            bail!("{id} cannot run here: {}", report::reason(absent));
        }
        Ok(report::told(&checked))
    }
}
