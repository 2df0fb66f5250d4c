//! What a fault is, and how it is read from its file.
//!
//! A file in a folder of faults begins with lines `name: value` and ends with a patch:
//!
//! * `title`: what is wrong, in a few words;
//! * `check`: the id of the check that must catch it;
//! * `also`: another check that must catch it;
//! * `says`: words that the findings must contain; it may stand several times;
//! * `header: forged`: its hashes are made to agree, as if it had been generated like that;
//!   `header: made`: it is made from the broken source, as its author would have done;
//! * `lesson`: what it teaches.
//!
//! In all of it the names of the row may stand as `{library}`, `{prefix}` and so on.
//!
//! An exhibit is a folder with such a file, `exhibit.patch`, and a program of a
//! user's, `main.c` or `main.py`. Its file says more:
//!
//! * `run`: how the program is run, if not alone; `{main}` stands for it. It may stand several times;
//! * `sees`: words that the damaged program must print in every run, and the sound one must not, `\n`
//!   for a new line; or `nothing`, if both print the same;
//! * `mistake: memory`, `leak` or `race`: the tools for such mistakes look at the program, and the
//!   catalogue has a table of what each says;
//! * `needs: numpy`: the program runs in the environment of the checks, which has it;
//! * in place of `check`: `tool: NAME: LINE`, which catches it, or `nobody`, what helps where nothing
//!   can;
//! * `mend`: how it is put right; `why`: why nothing else warned, the essence in the first sentence;
//!   `met`: where people met it, or `read`: where to read more.

use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};

use super::patch::Patch;

use crate::check::{Check, Finding};
use crate::suite;

/// A known way to break the workspace.
pub struct Fault {
    pub name: String,
    /// Its file, from the root.
    pub path: PathBuf,
    pub title: String,
    pub catcher: Catcher,
    /// Other checks that must catch it as well.
    pub also: Vec<&'static Check>,
    pub says: Vec<String>,
    pub header: Header,
    pub lesson: String,
    pub patch: Patch,
    pub exhibit: Option<Exhibit>,
    /// Changes with whatever can change the outcome: the patch, the check and its words, the exhibit's
    /// program. The title and the explanations do not count.
    pub fingerprint: String,
}

impl Fault {
    /// Whether the check of that id must catch it.
    pub fn is_for(&self, id: &str) -> bool {
        self.catcher.name() == id || self.also.iter().any(|check| check.id == id)
    }

    /// Whether this workspace has what its checks look at: the engine's faults are for every library,
    /// and not every library has all of it.
    pub fn applies(&self, workspace: &Workspace) -> bool {
        let catcher = match self.catcher {
            Catcher::Check(check) => Some(check),
            Catcher::Tool { .. } | Catcher::Nobody(_) => None,
        };
        let mut checks = catcher.into_iter().chain(self.also.iter().copied());
        checks.all(|check| check.applies(workspace))
    }
}

/// Who notices.
pub enum Catcher {
    Check(&'static Check),
    /// Something to run the program under, and the line for the shell that does.
    Tool {
        name: String,
        line: String,
    },
    /// Nothing can; what helps all the same.
    Nobody(String),
}

impl Catcher {
    /// In a word or two.
    pub fn name(&self) -> &str {
        match self {
            Catcher::Check(check) => check.id,
            Catcher::Tool { name, .. } => name,
            Catcher::Nobody(_) => "nobody",
        }
    }
}

/// What becomes of the header after the patch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Header {
    Kept,
    Forged,
    Made,
}

/// What makes a fault worth a visit: a program that shows the damage.
pub struct Exhibit {
    /// Its folder, from the root, with slashes.
    pub folder: String,
    pub language: Language,
    /// Whether a script of its own builds the program.
    pub has_build_script: bool,
    pub needs_numpy: bool,
    /// Lines for the shell.
    pub runs: Vec<String>,
    pub sees: Sees,
    pub mistake: Option<Mistake>,
    pub mend: String,
    pub why: String,
    pub more: More,
}

/// Where there is more about it, and what kind of place that is.
pub enum More {
    Met(String),
    Read(String),
}

impl More {
    /// A heading and the place.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            More::Met(place) => ("Where people met it", place),
            More::Read(place) => ("Where to read more", place),
        }
    }
}

/// What a user sees of the damage.
pub enum Sees {
    /// The same as without it.
    Nothing,
    Words(Vec<String>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    C,
    Python,
}

/// A mistake for which there are tools that watch a program while it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake {
    Memory,
    Leak,
    Race,
}

/// What stands in the folders of the faults.
pub struct Faults {
    /// Those that can be tried: the exhibits first, then the others, each by name.
    pub sound: Vec<Fault>,
    /// What is wrong with the files of the others. They keep nobody from trying the rest.
    pub malformed: Vec<Finding>,
}

pub fn all(workspace: &Workspace) -> Result<Faults> {
    let mut faults = Faults {
        sound: Vec::new(),
        malformed: Vec::new(),
    };
    let mut paths = Vec::new();
    for folder in suite::faults() {
        let folder = workspace.source(folder);
        if folder.is_dir() {
            paths.extend(workspace::files(&folder)?);
        }
    }
    paths.retain(|path| path.extension().is_some_and(|end| end == "patch"));
    paths.sort_by_key(|path| !is_exhibit(path));
    for path in paths {
        match read(workspace, &path) {
            Ok(fault) => faults.sound.push(fault),
            Err(error) => {
                let text = format!("this fault cannot be read: {error:#}");
                let finding = Finding::new(text).at(workspace.relative(&path), 1);
                faults.malformed.push(finding);
            }
        }
    }
    Ok(faults)
}

fn read(workspace: &Workspace, path: &Path) -> Result<Fault> {
    let text = workspace.library().fill(&workspace::read(path)?);
    let fields = Fields::of(&text)?;
    let mut fault = fields.fault(workspace.relative(path).into())?;
    let mut parts = fields.without_prose();
    if is_exhibit(path) {
        let folder = path.parent().unwrap_or(path);
        fault.exhibit = Some(fields.exhibit(folder, &fault.path)?);
        for file in workspace::files(folder)? {
            if file != path {
                let failed = || format!("cannot read {}", file.display());
                parts.push(fs::read(&file).with_context(failed)?);
            }
        }
    }
    fault.fingerprint = workspace::fingerprint(parts);
    Ok(fault)
}

/// Whether a fault's file has a program beside it.
fn is_exhibit(path: &Path) -> bool {
    path.ends_with("exhibit.patch")
}

/// The lines of a fault's head, and its patch.
struct Fields {
    head: Vec<(String, String)>,
    patch: String,
}

const KNOWN: [&str; 6] = ["title", "check", "also", "says", "header", "lesson"];
const OF_EXHIBITS: [&str; 10] = [
    "tool", "nobody", "run", "sees", "mistake", "needs", "mend", "why", "met", "read",
];

/// The fields that are for readers only.
const PROSE: [&str; 6] = ["title", "lesson", "mend", "why", "met", "read"];

impl Fields {
    fn without_prose(&self) -> Vec<Vec<u8>> {
        let head = self.head.iter();
        let acts = head.filter(|(key, _)| !PROSE.contains(&key.as_str()));
        let lines = acts.map(|(key, value)| format!("{key}: {value}"));
        let parts = lines.chain([self.patch.clone()]);
        parts.map(String::into_bytes).collect()
    }

    fn of(text: &str) -> Result<Fields> {
        let (head, patch) = text
            .split_once("\n\n")
            .context("no empty line before the patch")?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in head.lines() {
            match (line.strip_prefix("  "), fields.last_mut()) {
                (Some(more), Some((_, value))) => {
                    value.push(' ');
                    value.push_str(more);
                }
                _ => {
                    let (key, value) = line
                        .split_once(": ")
                        .context("a line without `name: value`")?;
                    fields.push((key.to_owned(), value.to_owned()));
                }
            }
        }
        Ok(Fields {
            head: fields,
            patch: patch.to_owned(),
        })
    }

    fn all(&self, key: &str) -> Vec<String> {
        let fields = self.head.iter().filter(|(name, _)| name == key);
        fields.map(|(_, value)| value.clone()).collect()
    }

    fn maybe(&self, key: &str) -> Option<String> {
        self.all(key).pop()
    }

    fn one(&self, key: &str) -> Result<String> {
        self.maybe(key).with_context(|| format!("no `{key}`"))
    }

    /// Without what the files beside `path` say of it; that is the fault's file, from the root.
    fn fault(&self, path: PathBuf) -> Result<Fault> {
        let mut known = KNOWN.to_vec();
        let mut named = path.as_path();
        if is_exhibit(&path) {
            known.extend(OF_EXHIBITS);
            named = path.parent().unwrap_or(named);
        }
        if let Some((key, _)) = self.head.iter().find(|(key, _)| !known.contains(&&**key)) {
            bail!("`{key}` is none of {}", known.join(", "));
        }
        let catcher = self.catcher()?;
        let says = self.all("says");
        if says.is_empty() && !matches!(catcher, Catcher::Nobody(_)) {
            bail!("no `says`: one that fails for another reason would count");
        }
        Ok(Fault {
            name: named
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            path,
            title: self.one("title")?,
            catcher,
            also: self
                .all("also")
                .iter()
                .map(|id| check(id))
                .collect::<Result<_>>()?,
            says,
            header: match self.maybe("header").as_deref() {
                None => Header::Kept,
                Some("forged") => Header::Forged,
                Some("made") => Header::Made,
                Some(other) => bail!("`header` is forged or made, not `{other}`"),
            },
            lesson: self.one("lesson")?,
            patch: Patch::parse(&self.patch)?,
            exhibit: None,
            fingerprint: String::new(),
        })
    }

    fn catcher(&self) -> Result<Catcher> {
        let ways = ["check", "tool", "nobody"].map(|way| self.maybe(way));
        Ok(match ways {
            [Some(id), None, None] => Catcher::Check(check(&id)?),
            [None, Some(tool), None] => {
                let (name, line) = tool.split_once(": ").context("`tool` is `NAME: LINE`")?;
                Catcher::Tool {
                    name: name.to_owned(),
                    line: line.to_owned(),
                }
            }
            [None, None, Some(text)] => Catcher::Nobody(text),
            _ => bail!("it has to have one of `check`, `tool` and `nobody`"),
        })
    }

    /// `folder` has the program; `path` is the fault's file, from the root.
    fn exhibit(&self, folder: &Path, path: &Path) -> Result<Exhibit> {
        let language = if folder.join("main.c").exists() {
            Language::C
        } else if folder.join("main.py").exists() {
            Language::Python
        } else {
            bail!("there is neither main.c nor main.py beside it");
        };
        let mut runs = self.all("run");
        if runs.is_empty() {
            runs.push("{main}".to_owned());
        }
        let sees = self.all("sees");
        let sees = match sees.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => bail!("no `sees`: damage that does not happen would count"),
            ["nothing"] => Sees::Nothing,
            _ => Sees::Words(
                sees.iter()
                    .map(|words| words.replace("\\n", "\n"))
                    .collect(),
            ),
        };
        let has_build_script = folder.join("build.sh").exists();
        let mistake = match self.maybe("mistake").as_deref() {
            None => None,
            Some("memory") => Some(Mistake::Memory),
            Some("leak") => Some(Mistake::Leak),
            Some("race") => Some(Mistake::Race),
            Some(other) => bail!("`mistake` is memory, leak or race, not `{other}`"),
        };
        if mistake.is_some() && (language != Language::C || has_build_script) {
            bail!("`mistake` is for a program in C without a build script");
        }
        Ok(Exhibit {
            folder: path
                .parent()
                .unwrap_or(path)
                .to_string_lossy()
                .replace('\\', "/"),
            language,
            has_build_script,
            mistake,
            needs_numpy: match self.maybe("needs").as_deref() {
                None => false,
                Some("numpy") => true,
                Some(other) => bail!("`needs` is numpy, not `{other}`"),
            },
            runs,
            sees,
            mend: self.one("mend")?,
            why: self.one("why")?,
            more: match self.maybe("read") {
                Some(place) => More::Read(place),
                None => More::Met(self.one("met")?),
            },
        })
    }
}

fn check(id: &str) -> Result<&'static Check> {
    let mut checks = suite::checks();
    let found = checks.find(|check| check.id == id);
    found.with_context(|| format!("there is no check `{id}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title: A lie\ncheck: abi/header\nsays: one\nsays: two\nlesson: It\n  goes \
                        on.\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

    fn parse(text: &str) -> Result<Fault> {
        Fields::of(text)?.fault("lie.patch".into())
    }

    #[test]
    fn a_fault_is_read() {
        let fault = parse(TEXT).unwrap();
        assert_eq!(fault.catcher.name(), "abi/header");
        assert_eq!(fault.says, ["one", "two"]);
        assert_eq!(fault.lesson, "It goes on.");
        assert_eq!(fault.patch.files[0].path, "x");
    }

    #[test]
    fn what_is_there_to_be_read_is_not_what_happens() {
        let parts = |from: &str, to: &str| {
            assert!(TEXT.contains(from));
            Fields::of(&TEXT.replace(from, to)).unwrap().without_prose()
        };
        let before = parts("", "");
        assert_eq!(parts("on.", "on and on."), before);
        for acts in ["one", "abi/header", "+++"] {
            assert_ne!(parts(acts, "another"), before);
        }
    }

    #[test]
    fn a_fault_that_says_too_little_is_refused() {
        for (from, to, words) in [
            ("says: one\nsays: two\n", "", "no `says`"),
            ("abi/header", "abi/heder", "there is no check"),
            ("title", "titel", "`titel` is none of"),
            ("lesson", "mend", "`mend` is none of"),
            (
                "check: abi/header\n",
                "",
                "one of `check`, `tool` and `nobody`",
            ),
            ("--- a/x\n", "", "does not begin with"),
        ] {
            let error = format!("{:#}", parse(&TEXT.replace(from, to)).err().unwrap());
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn one_that_cannot_be_read_does_not_hide_the_others() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let root = workspace.target().join("tmp/faults");
        let write = |path: &str, text: &str| {
            workspace::write(&root.join(path), text.as_bytes()).unwrap();
        };
        write("xtask/verify/faults/lie.patch", TEXT);
        write("xtask/verify/faults/half.patch", "title: Half");
        let found = all(&workspace.copy_at(root.clone(), root.join("target"))).unwrap();
        let names = found.sound.iter().map(|fault| fault.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["lie"]);
        let [malformed] = &found.malformed[..] else {
            panic!("{} are malformed", found.malformed.len());
        };
        assert!(
            malformed.text.contains("no empty line"),
            "{}",
            malformed.text
        );
        let (file, _) = malformed.place.clone().unwrap();
        assert_eq!(file, Path::new("xtask/verify/faults/half.patch"));
    }
}
