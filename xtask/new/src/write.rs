//! What the new workspace consists of, and how it is written: whole or not at all.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xtask::LIBRARY;
use xtask::process::{Cmd, find_program};
use xtask::workspace::{self, Workspace};

use crate::name;

/// The engine, copied as it is: a newer one is a copy of these again.
const ENGINE: [&str; 8] = [
    "xtask/Cargo.toml",
    "xtask/build.rs",
    "xtask/src",
    "xtask/header",
    "xtask/abi",
    "xtask/verify",
    "xtask/ship",
    "xtask/new",
];

/// What else every library has as it is: below the folder of the C ABI, and below the root.
const BOUNDARY: &str = "src/boundary";
const SHARED: [&str; 6] = [
    "c-harness/support",
    "py-harness/support",
    ".cargo/config.toml",
    "rustfmt.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// A workspace for a library with [`NAME`], with all that is not copied from this workspace.
const TEMPLATE: &str = "xtask/new/template";

/// What the library of the template is called, in lower case as everywhere in its files.
const NAME: &str = "acme";

/// How many files were written.
pub struct Written {
    pub own: usize,
    pub engine: usize,
}

/// Writes the workspace of the library `name` to `folder`, which must not be there or be empty.
pub fn workspace(workspace: &Workspace, name: &str, folder: &Path) -> Result<Written> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        bail!(
            "{} is there already, and is not an empty folder\nnext: name a folder that is not there",
            folder.display()
        );
    }
    let folder = std::path::absolute(folder)?;
    if folder.starts_with(workspace.root()) {
        bail!(
            "{} lies inside this workspace, and cargo would take it for a part of it\n\
             next: name a folder beside this one, such as ../{name}",
            folder.display()
        );
    }
    // Everything is written beside it first, and takes its place in one move.
    let draft = workspace::draft_of(&folder);
    let result = fill(workspace, name, &draft).and_then(|written| {
        // An empty folder of the same name would be in the way on Windows.
        let _ = fs::remove_dir(&folder);
        fs::rename(&draft, &folder)
            .with_context(|| format!("cannot write {}", folder.display()))?;
        Ok(written)
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&draft);
    }
    let written = result?;
    initialise(workspace, &folder);
    Ok(written)
}

fn fill(workspace: &Workspace, name: &str, draft: &Path) -> Result<Written> {
    fs::create_dir_all(draft).with_context(|| format!("cannot write {}", draft.display()))?;
    let mut engine = 0;
    for path in ENGINE {
        engine += copy(&workspace.source(path), &draft.join(path))?;
    }
    let mut own = 0;
    for path in SHARED {
        if workspace.source(path).exists() {
            own += copy(&workspace.source(path), &draft.join(path))?;
        }
    }
    let boundary = workspace.source(LIBRARY.cdylib).join(BOUNDARY);
    own += copy(
        &boundary,
        &draft.join(format!("{name}-cdylib")).join(BOUNDARY),
    )?;
    let template = workspace.source(TEMPLATE);
    for file in workspace::files(&template)? {
        let path = file.strip_prefix(&template).unwrap_or(&file);
        let to = draft.join(renamed(&path.to_string_lossy(), name));
        workspace::write(&to, renamed(&workspace::read(&file)?, name).as_bytes())?;
        own += 1;
    }
    Ok(Written { own, engine })
}

/// `text` with the name of the template's library, in each of its spellings, replaced.
fn renamed(text: &str, name: &str) -> String {
    let types = name::in_types(name);
    [
        (NAME.to_owned(), name.to_owned()),
        (NAME.to_uppercase(), name.to_uppercase()),
        (name::in_types(NAME), types),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(&from, &to))
}

/// Copies a file, or every file below a folder; returns how many.
fn copy(from: &Path, to: &Path) -> Result<usize> {
    if from.is_file() {
        let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        workspace::write(to, &bytes)?;
        return Ok(1);
    }
    let files = workspace::files(from)?;
    for file in &files {
        let path = file.strip_prefix(from).unwrap_or(file);
        copy(file, &to.join(path))?;
    }
    Ok(files.len())
}

/// A repository, if git is there and the folder is in none. A workspace without one works as well.
fn initialise(workspace: &Workspace, folder: &Path) {
    let is_inside_one = folder
        .ancestors()
        .any(|folder| folder.join(".git").exists());
    if find_program("git").is_some() && !is_inside_one {
        let _ = Cmd::new("git")
            .args(["init", "--quiet"])
            .arg(folder)
            .output(workspace);
    }
}
