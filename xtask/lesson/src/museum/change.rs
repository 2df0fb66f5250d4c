//! A change that breaks a copy of the workspace: an exhibit's, or an exercise's.
//!
//! It is a file that `git apply` takes: as in a patch that is mailed, the diff has a description before it.
//! Here that is TOML, which says in the fields of [`Change`] what it does, what a user sees of it, and who
//! notices.

use std::path::{Path, PathBuf};

use abi_stages::workspace::{self, Workspace};
use abi_verify::copy::Copy;
use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The name of its file.
    #[serde(skip)]
    pub name: String,
    /// Its file, from the root.
    #[serde(skip)]
    pub file: PathBuf,
    /// What follows the description.
    #[serde(skip)]
    pub diff: String,
    /// What is wrong, in a few words.
    pub title: String,
    /// What it teaches.
    pub lesson: String,
    /// What happens to the header, if it changes.
    header: Option<Header>,
    /// What makes it an exhibit.
    pub program: Option<Program>,
    pub noticed: Noticed,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Header {
    /// It is changed by the diff, and looks as if it had been generated like that.
    Forged,
    /// It is made from the changed source, as its author would have done.
    Made,
}

/// A user's program, which shows the damage.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its file, from the root; if nothing, `main.c` or `main.py` in a folder with the name of the change.
    source: Option<PathBuf>,
    /// How it is run: shell commands, with `{main}` for the program.
    #[serde(default = "alone")]
    pub run: Vec<String>,
    /// What it prints in every run after the change, and in none before; if nothing, both print the same.
    pub sees: Vec<String>,
    /// How it is put right.
    pub mend: String,
    /// Why nothing else warned, the essence in the first sentence.
    pub why: String,
    /// Where people met it, or where to read more.
    pub met: Option<String>,
    pub read: Option<String>,
}

fn alone() -> Vec<String> {
    vec!["{main}".to_owned()]
}

/// Who notices, and the words that say so.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Noticed {
    Check {
        id: String,
        says: Vec<String>,
    },
    /// Something to run the program under.
    Tool {
        name: String,
        line: String,
        says: Vec<String>,
    },
    /// Nothing can; what helps all the same.
    Nobody {
        helps: String,
    },
}

impl Noticed {
    /// In a word or two.
    pub fn by(&self) -> &str {
        match self {
            Noticed::Check { id, .. } => id,
            Noticed::Tool { name, .. } => name,
            Noticed::Nobody { .. } => "nobody",
        }
    }

    /// What they say.
    pub fn says(&self) -> &[String] {
        match self {
            Noticed::Check { says, .. } | Noticed::Tool { says, .. } => says,
            Noticed::Nobody { .. } => &[],
        }
    }
}

impl Change {
    /// The changes in a folder, by name.
    pub fn all(workspace: &Workspace, folder: &str) -> Result<Vec<Change>> {
        let mut files = workspace::files(&workspace.source(folder))?;
        files.retain(|file| file.extension().is_some_and(|end| end == "diff"));
        let read = files.iter().map(|file| Change::read(workspace, file));
        read.collect()
    }

    pub fn read(workspace: &Workspace, file: &Path) -> Result<Change> {
        let text = workspace::read(file)?;
        let failed = || format!("in {}", file.display());
        let at = text.find("\n--- a/").context("it has no diff");
        let (about, diff) = text.split_at(at.with_context(failed)? + 1);
        let mut change: Change = toml::from_str(about).with_context(failed)?;
        let name = file.file_stem().unwrap_or_default();
        change.name = name.to_string_lossy().into_owned();
        change.file = workspace.relative(file).into();
        change.diff = diff.to_owned();
        Ok(change)
    }

    /// The folder with its program.
    pub fn folder(&self) -> PathBuf {
        self.file.with_extension("")
    }

    /// The file of its program, from the root.
    pub fn source(&self, workspace: &Workspace) -> PathBuf {
        let named = self.program.as_ref().and_then(|it| it.source.clone());
        let [c, python] = ["main.c", "main.py"].map(|name| self.folder().join(name));
        let is_c = workspace.root().join(&c).exists();
        named.unwrap_or(if is_c { c } else { python })
    }

    /// Breaks the copy.
    pub fn apply(&self, original: &Workspace, copy: &Copy) -> Result<()> {
        copy.apply(&original.root().join(&self.file))?;
        match self.header {
            None => Ok(()),
            Some(Header::Forged) => copy.forge_header(),
            Some(Header::Made) => copy.make_header(),
        }
    }
}

#[cfg(test)]
mod tests {
    use abi_stages::process::Cmd;

    use super::*;
    use crate::museum::EXHIBITS;

    #[test]
    fn every_change_fits_the_files_of_today() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        for folder in [EXHIBITS, "xtask/lesson/exercises"] {
            let changes = Change::all(&workspace, folder).unwrap();
            assert!(changes.len() >= 10, "{}", changes.len());
            for change in changes {
                let line = Cmd::new("git").args(["apply", "--check"]);
                let line = line.arg(&change.file);
                line.check(&workspace).unwrap();
            }
        }
    }

    #[test]
    fn the_page_of_the_museum_lists_every_exhibit() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let page = workspace.source(EXHIBITS).join("README.md");
        let page = workspace::read(&page).unwrap();
        let listed: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("| ["))
            .collect();
        let exhibits = Change::all(&workspace, EXHIBITS).unwrap();
        let rows = exhibits.iter().map(|exhibit| {
            let by = match &exhibit.noticed {
                Noticed::Check { id, .. } => format!("`{id}`"),
                other => other.by().to_owned(),
            };
            let (name, title) = (&exhibit.name, exhibit.title.replace('|', "\\|"));
            format!("| [{name}]({name}.diff) | {title} | {by} |")
        });
        assert_eq!(listed, rows.collect::<Vec<_>>());
        let said = format!("one of {} [broken boundaries]", exhibits.len());
        let readme = workspace::read(&workspace.source("README.md")).unwrap();
        assert!(readme.contains(&said), "README.md does not say `{said}`");
    }

    #[test]
    fn what_is_said_of_a_change_is_read() {
        let text = "title = 'A lie'\nlesson = 'It is.'\nheader = 'made'\n[program]\nsees = ['x']\n\
                    mend = 'm'\nwhy = 'w'\nmet = 'u'\n[noticed.check]\nid = 'abi/header'\nsays = ['y']\n";
        let change: Change = toml::from_str(text).unwrap();
        assert_eq!(change.noticed.by(), "abi/header");
        assert_eq!(change.program.unwrap().run, ["{main}"]);
        for (from, to, words) in [
            ("title", "titel", "unknown field `titel`"),
            ("sees = ['x']\n", "", "missing field `sees`"),
            ("says = ['y']", "", "missing field `says`"),
            ("noticed.check", "noticed.chek", "unknown variant `chek`"),
            ("'made'", "'lost'", "unknown variant `lost`"),
        ] {
            let error = toml::from_str::<Change>(&text.replace(from, to))
                .err()
                .unwrap();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
