//! A step: one thing that a stage does, with the reason for it, as data.
//!
//! Running it, explaining it, waiting after it and printing it as a script are four ways to show
//! the same list.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::process::{Cmd, quoted};
use crate::quote;
use crate::workspace::{self, Workspace};

#[derive(Default)]
pub struct Step {
    /// What it does, in a few words.
    pub title: &'static str,
    /// The question that it answers, for `--explain`.
    pub asks: &'static str,
    /// The answer: its reason, and what to look at.
    pub why: &'static str,
    /// The source that it is about, for `--explain`.
    pub source: Option<Source>,
    pub actions: Vec<Action>,
    /// Absent: done every time.
    pub stamp: Option<Stamp>,
    /// How many lines of its standard output to skip before it is compared across stages; nothing,
    /// if it is not compared.
    pub compared_after: Option<usize>,
    /// Later stages build on it.
    pub shared: bool,
    /// It needs nothing of the stages before.
    pub is_independent: bool,
    /// The stage whose files it makes or uses; empty for what no stage makes.
    pub stage: &'static str,
    /// What to do when it fails, if the reason is the likely one.
    pub hint: &'static str,
}

impl Step {
    pub fn new(title: &'static str, why: &'static str) -> Step {
        Step {
            title,
            why,
            ..Step::default()
        }
    }

    pub fn asks(mut self, question: &'static str) -> Step {
        self.asks = question;
        self
    }

    pub fn about(mut self, file: impl Into<PathBuf>, item: impl Into<String>) -> Step {
        self.source = Some(Source {
            file: file.into(),
            item: item.into(),
        });
        self
    }

    /// The item that begins so, wherever it is in the sources of the package, if it is there.
    pub fn about_item(self, workspace: &Workspace, package: &str, item: &str) -> Step {
        match quote::find(workspace, package, item) {
            Some(file) => self.about(file, item),
            None => self,
        }
    }

    pub fn run(mut self, line: Cmd) -> Step {
        self.actions.push(Action::Run(line));
        self
    }

    pub fn copy(mut self, from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Step {
        self.actions.push(Action::Copy {
            from: from.into(),
            to: to.into(),
        });
        self
    }

    /// A symbolic link beside the file `to`.
    pub fn link(mut self, to: impl Into<String>, at: impl Into<PathBuf>) -> Step {
        self.actions.push(Action::Link {
            to: to.into(),
            at: at.into(),
        });
        self
    }

    /// The files that it puts in place, and those without which its stamp is not current.
    pub fn makes(&self) -> impl Iterator<Item = &Path> {
        let outputs = self.stamp.iter().flat_map(|stamp| &stamp.outputs);
        let placed = self.actions.iter().filter_map(Action::file);
        placed.chain(outputs.map(PathBuf::as_path))
    }

    pub fn stamped(mut self, stamp: Stamp) -> Step {
        self.stamp = Some(stamp);
        self
    }

    pub fn compared(mut self) -> Step {
        self.compared_after = Some(0);
        self
    }

    pub fn hint(mut self, hint: &'static str) -> Step {
        self.hint = hint;
        self
    }
}

/// Part of a source file.
pub struct Source {
    /// From the root.
    pub file: PathBuf,
    /// Part of the first line of the item to quote; empty for the whole file.
    pub item: String,
}

pub enum Action {
    Run(Cmd),
    /// Puts a file where the pipeline keeps it, unless it is there already.
    Copy {
        from: PathBuf,
        to: PathBuf,
    },
    /// A symbolic link to a file in the same folder, unless it is there already.
    Link {
        to: String,
        at: PathBuf,
    },
}

impl Action {
    /// The action as a line for a shell in the workspace's root.
    pub fn render(&self, workspace: &Workspace) -> String {
        match self {
            Action::Run(line) => line.to_string(),
            Action::Copy { from, to } => {
                let [from, to] = [from, to].map(|path| quoted(&workspace.relative(path)));
                format!("cp -p {from} {to}")
            }
            Action::Link { to, at } => {
                let at = quoted(&workspace.relative(at));
                format!("ln -sf {} {at}", quoted(to.as_ref()))
            }
        }
    }

    /// Puts the file or link in place; says whether there was anything to do. A command line is run by
    /// the code that shows its output.
    pub fn put(&self) -> Result<bool> {
        match self {
            Action::Run(_) => Ok(false),
            Action::Copy { from, to } => copy(from, to),
            Action::Link { to, at } => link(to, at),
        }
    }

    /// The file that it puts in place.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Action::Run(_) => None,
            Action::Copy { to: file, .. } | Action::Link { at: file, .. } => Some(file),
        }
    }
}

/// Copies `from` over `to` in one move, with its time; says whether there was anything to do.
pub fn copy(from: &Path, to: &Path) -> Result<bool> {
    let source = from.metadata();
    let source = source.with_context(|| format!("cannot read {}", from.display()))?;
    if to
        .metadata()
        .is_ok_and(|existing| is_same(&source, &existing))
    {
        return Ok(false);
    }
    workspace::replace(to, |draft| {
        fs::copy(from, draft)?;
        let copy = File::options().write(true).open(draft);
        match copy.and_then(|copy| copy.set_modified(source.modified()?)) {
            // A copy of a file that is read-only is read-only too: then it is only compared less well.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            result => result,
        }
    })?;
    Ok(true)
}

/// Makes the symbolic link `at` to the file `to` beside it, in one move; says whether there was
/// anything to do.
#[cfg(unix)]
pub fn link(to: &str, at: &Path) -> Result<bool> {
    if fs::read_link(at).is_ok_and(|existing| existing == Path::new(to)) {
        return Ok(false);
    }
    workspace::replace(at, |draft| std::os::unix::fs::symlink(to, draft))?;
    Ok(true)
}

/// Where links are for administrators only, a copy.
#[cfg(not(unix))]
pub fn link(to: &str, at: &Path) -> Result<bool> {
    copy(&at.with_file_name(to), at)
}

fn is_same(a: &Metadata, b: &Metadata) -> bool {
    let time = |data: &Metadata| data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    a.len() == b.len() && time(a) == time(b)
}

/// Remembers what a step was made from, so that it is done again only when that has changed.
///
/// It lies beside what the step makes, goes when the step begins and comes when it has succeeded:
/// whatever was interrupted is done again.
pub struct Stamp {
    file: PathBuf,
    ingredients: Vec<Ingredient>,
    outputs: Vec<PathBuf>,
}

/// Something that the result depends on.
enum Ingredient {
    Text(String),
    Content(PathBuf),
    SizeAndTime(PathBuf),
}

impl Stamp {
    pub fn new(file: impl Into<PathBuf>) -> Stamp {
        Stamp {
            file: file.into(),
            ingredients: Vec::new(),
            outputs: Vec::new(),
        }
    }

    fn with(mut self, ingredient: Ingredient) -> Stamp {
        self.ingredients.push(ingredient);
        self
    }

    /// A text that the result depends on, such as a setting.
    pub fn text(self, text: impl ToString) -> Stamp {
        self.with(Ingredient::Text(text.to_string()))
    }

    /// The command line that makes the result, and the program that it starts: a compiler that was
    /// upgraded is another one under the same name.
    pub fn command(self, workspace: &Workspace, line: &Cmd) -> Stamp {
        line.file(workspace)
            .into_iter()
            .fold(self.text(line), Stamp::large_input)
    }

    /// A file on whose content the result depends. Earlier steps may make it.
    pub fn input(self, file: impl Into<PathBuf>) -> Stamp {
        self.with(Ingredient::Content(file.into()))
    }

    /// A large file on whose content the result depends, recognised by its size and time, if it
    /// is there. For what [`copy`] brought, which keeps the time, that is enough.
    pub fn large_input(self, file: impl Into<PathBuf>) -> Stamp {
        self.with(Ingredient::SizeAndTime(file.into()))
    }

    /// A file that must be there, and be the same one.
    pub fn output(mut self, file: impl Into<PathBuf>) -> Stamp {
        self.outputs.push(file.into());
        self
    }

    pub fn is_current(&self) -> bool {
        fs::read_to_string(&self.file)
            .is_ok_and(|old| self.content().is_ok_and(|content| content == old))
    }

    /// Begins: without the stamp, and without the outputs, lest old ones be taken for new ones.
    pub fn remove(&self) -> Result<()> {
        for file in std::iter::once(&self.file).chain(&self.outputs) {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove {}", file.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub fn write(&self) -> Result<()> {
        workspace::write(&self.file, self.content()?.as_bytes())
    }

    /// A hash of all ingredients and outputs.
    fn content(&self) -> Result<String> {
        let mut parts = Vec::new();
        for ingredient in &self.ingredients {
            parts.push(match ingredient {
                Ingredient::Text(text) => text.clone().into_bytes(),
                Ingredient::Content(file) => {
                    fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
                }
                Ingredient::SizeAndTime(file) => {
                    let data = file.metadata();
                    let state = data.map(|data| (data.len(), data.modified().ok()));
                    format!("{:?}", state.ok()).into_bytes()
                }
            });
        }
        for file in &self.outputs {
            // Links followed: an interpreter that was upgraded under a virtual environment is
            // another file under the same name.
            let file = file
                .canonicalize()
                .with_context(|| format!("{} was not made", file.display()))?;
            parts.push(file.into_os_string().into_encoded_bytes());
        }
        Ok(workspace::fingerprint(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_stamp_notices_every_change() {
        let folder = scratch("stamp");
        let [stamp, input, output] = ["stamp", "input", "output"].map(|name| folder.join(name));
        let make = |line: &str| Stamp::new(&stamp).text(line).input(&input).output(&output);
        assert!(!make("cc").is_current(), "nothing is there");
        fs::write(&input, "1").unwrap();
        fs::write(&output, "").unwrap();
        make("cc").write().unwrap();
        assert!(make("cc").is_current());
        assert!(!make("cc -O2").is_current(), "another line");
        fs::write(&input, "2").unwrap();
        assert!(!make("cc").is_current(), "another input");
        make("cc").write().unwrap();
        fs::remove_file(&output).unwrap();
        assert!(!make("cc").is_current(), "the output is gone");
        make("cc").remove().unwrap();
        make("cc").remove().unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_old_output_is_not_taken_for_a_new_one() {
        let folder = scratch("old");
        let [stamp, output] = ["stamp", "output"].map(|name| folder.join(name));
        let make = |line: &str| Stamp::new(&stamp).text(line).output(&output);
        fs::write(&output, "").unwrap();
        make("cc").write().unwrap();
        // A compiler that succeeds and compiles nothing.
        make("true").remove().unwrap();
        let error = make("true").write().unwrap_err().to_string();
        assert!(error.contains("output was not made"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_upgraded_program_is_a_change() {
        let folder = scratch("upgrade");
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let program = folder.join("program");
        let make = || Stamp::new(folder.join("stamp")).command(&workspace, &Cmd::new(&program));
        fs::write(&program, "1").unwrap();
        make().write().unwrap();
        assert!(make().is_current());
        fs::write(&program, "upgraded").unwrap();
        assert!(!make().is_current());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_is_copied_once() {
        let folder = scratch("copy");
        let (from, to) = (folder.join("from"), folder.join("below/to"));
        fs::write(&from, "1").unwrap();
        assert!(copy(&from, &to).unwrap());
        assert!(!copy(&from, &to).unwrap());
        fs::write(&from, "22").unwrap();
        assert!(copy(&from, &to).unwrap());
        assert_eq!(fs::read(&to).unwrap(), b"22");
        fs::remove_dir_all(folder).unwrap();
    }
}
