//! What was printed when exhibits and stages were run, kept for the book until something changes that they are
//! made from.

use std::path::{Path, PathBuf};

use abi_stages::process::Cmd;
use abi_stages::step::Stamp;
use abi_stages::workspace::{self, Workspace};
use anyhow::Result;
use serde::{Serialize, de::DeserializeOwned};

/// What every run depends on: the library, its users, and what checks them.
const SOURCES: [&str; 10] = [
    "hello-core",
    "hello-cdylib",
    "c-harness",
    "py-harness",
    "xtask/abi/src",
    "xtask/stages/src",
    "xtask/verify",
    "xtask/lesson/src/museum/change.rs",
    "xtask/lesson/src/museum/exhibit.rs",
    "Cargo.lock",
];

/// What is kept of the sources of today.
pub struct Records<'a> {
    workspace: &'a Workspace,
    /// Every file of the workspace.
    files: Vec<PathBuf>,
    compiler: String,
}

impl Records<'_> {
    pub fn of(workspace: &Workspace) -> Result<Records<'_>> {
        let compiler = Cmd::new("rustc").arg("-vV").check(workspace)?.stdout();
        Ok(Records {
            workspace,
            files: workspace::sources(workspace.root())?,
            compiler,
        })
    }

    /// What `make` made when it was last asked; it is asked again if one of `made_from`, files and folders, has
    /// changed since.
    pub fn kept<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        made_from: &[impl AsRef<Path>],
        make: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let stamp = self.stamp(name, made_from);
        if stamp.is_current()
            && let Ok(made) = serde_json::from_str(&workspace::read(&self.file(name))?)
        {
            return Ok(made);
        }
        stamp.remove()?;
        let made = make()?;
        workspace::write(&self.file(name), &serde_json::to_vec(&made)?)?;
        stamp.write()?;
        Ok(made)
    }

    fn file(&self, name: &str) -> PathBuf {
        let path = format!("lesson/runs/{name}.json");
        self.workspace.target().join(path)
    }

    fn stamp(&self, name: &str, made_from: &[impl AsRef<Path>]) -> Stamp {
        let (file, root) = (self.file(name), self.workspace.root());
        let stamp = Stamp::new(file.with_extension("stamp")).text(&self.compiler);
        let is_input = |path: &&PathBuf| {
            SOURCES.iter().any(|it| path.starts_with(it))
                || made_from.iter().any(|it| path.starts_with(it))
        };
        let inputs = self.files.iter().filter(is_input);
        let inputs = inputs.map(|path| root.join(path));
        inputs.fold(stamp, Stamp::input).output(file)
    }
}
