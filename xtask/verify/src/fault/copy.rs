//! The copy of the sources that is broken in place of the original.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use xtask::header;
use xtask::process::Line;
use xtask::term;
use xtask::workspace::{self, Workspace};

use super::file::{Fault, Header};

/// A copy of the sources, with a target directory that is kept, so that little is built anew.
pub struct Copy {
    original: PathBuf,
    pub workspace: Workspace,
    /// Held as long as the copy is in use: two that break it at once would see each other's faults.
    _lock: Option<File>,
}

impl Copy {
    /// The copy, in whatever state it was left; waits while somebody else has it.
    pub fn of(workspace: &Workspace) -> Result<Copy> {
        let folder = workspace.target().join("break");
        let lock = workspace::lock(&folder.join(".lock"), || {
            let text = "another `cargo xtask` is breaking the copy: waiting for it";
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
    /// that cargo does not build them anew.
    pub fn restore(&self) -> Result<()> {
        let wanted = sources(&self.original, &self.original)?;
        for path in &wanted {
            let content = fs::read(self.original.join(path))
                .with_context(|| format!("cannot read {}", path.display()))?;
            let to = self.workspace.root().join(path);
            if fs::read(&to).ok().as_ref() != Some(&content) {
                workspace::write(&to, &content)?;
            }
        }
        if self.workspace.root().exists() {
            for path in sources(self.workspace.root(), self.workspace.root())? {
                if !wanted.contains(&path) {
                    fs::remove_file(self.workspace.root().join(&path))?;
                }
            }
        }
        Ok(())
    }

    /// Breaks the copy.
    pub fn apply(&self, fault: &Fault) -> Result<()> {
        self.patch(&fault.patch).map_err(|error| {
            anyhow!(
                "the patch of the fault `{0}` does not fit any more: {error:#}\nnext: write {1} anew \
                 against the files of today",
                fault.name,
                fault.path.display()
            )
        })?;
        match fault.header {
            Header::Kept => {}
            Header::Forged => header::forge(&self.workspace)?,
            Header::Made => {
                Line::xtask("header").check(&self.workspace)?;
            }
        }
        Ok(())
    }

    fn patch(&self, patch: &str) -> Result<()> {
        for (path, patch) in split(patch)? {
            let file = self.workspace.root().join(path);
            let before = if file.exists() {
                workspace::read(&file)?
            } else {
                String::new()
            };
            let after = patched(path, &before, &patch)?;
            workspace::write(&file, after.as_bytes())?;
        }
        Ok(())
    }
}

/// The content of `path` after the patch.
pub fn patched(path: &str, before: &str, patch: &str) -> Result<String> {
    let patch = diffy::Patch::from_str(patch)
        .map_err(|error| anyhow!("the patch of {path} is malformed: {error}"))?;
    let after = diffy::apply(before, &patch)
        .map_err(|error| anyhow!("the patch of {path} does not apply: {error}"))?;
    if after == before {
        bail!("the patch of {path} changes nothing");
    }
    Ok(after)
}

/// The parts of a patch, each with the file that it is for.
pub fn split(patch: &str) -> Result<Vec<(&str, String)>> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for line in patch.split_inclusive('\n') {
        if line.starts_with("--- ") {
            parts.push(("", String::new()));
        }
        let (path, part) = parts
            .last_mut()
            .context("the patch does not begin with `--- `")?;
        if let Some(name) = line.strip_prefix("+++ b/") {
            *path = name.trim_end();
        }
        part.push_str(line);
    }
    if parts.is_empty() || parts.iter().any(|(path, _)| path.is_empty()) {
        bail!("the patch does not say which files it is for: `--- a/FILE` and `+++ b/FILE`");
    }
    Ok(parts)
}

/// Every file of the sources, as paths from `root`: all but what git and cargo keep.
fn sources(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let failed = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let path = entry.path();
        let kind = entry.file_type().with_context(failed)?;
        let name = path.file_name().unwrap_or_default();
        if kind.is_dir() {
            // A target directory elsewhere in the checkout says that it is a cache.
            let is_cache = path.join("CACHEDIR.TAG").exists();
            if !is_cache
                && !["target", ".git", "__pycache__"]
                    .iter()
                    .any(|known| name == *known)
            {
                files.extend(sources(root, &path)?);
            }
        } else if kind.is_file() {
            // Nothing else belongs to the sources: an editor's links, a pipe.
            files.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
        }
    }
    Ok(files)
}
