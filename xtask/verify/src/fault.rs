//! `cargo xtask break`: faults, each a file, and whether the check that must catch each does.
//!
//! A file in `xtask/faults` begins with lines `name: value` and ends with a patch:
//!
//! * `title`: what is wrong, in a few words;
//! * `check`: the id of the check that must catch it;
//! * `says`: words that the check's findings must contain; it may stand several times;
//! * `header: forged`: its hashes are made to agree, as if it had been generated like that;
//!   `header: made`: it is made from the broken source, as its author would have done;
//! * `lesson`: what it teaches.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use xtask::cli::{Arguments, did_you_mean, usage_error};
use xtask::header;
use xtask::process::Line;
use xtask::say;
use xtask::term::{self, bold, dim, green, red};
use xtask::workspace::{self, Workspace};

use crate::CHECKS;
use crate::check::Check;
use crate::report;
use crate::run;

/// A known way to break the workspace.
struct Fault {
    name: String,
    title: String,
    check: &'static Check,
    says: Vec<String>,
    header: Header,
    lesson: String,
    patch: String,
}

/// What becomes of the header after the patch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Header {
    Kept,
    Forged,
    Made,
}

/// `cargo xtask break`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let all = faults(workspace)?;
    let chosen = choose(&all, &arguments.words)?;
    if arguments.has("list") {
        for fault in chosen {
            let check = dim(&format!("[{}]", fault.check.id));
            say!(
                "{}  {} {check}",
                bold(&format!("{:31}", fault.name)),
                fault.title
            )?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    xtask::tool::build(workspace, "hello-header", "cbindgen")?;
    let copy = Copy::of(workspace)?;
    let (mut caught, mut missed) = (0, 0);
    for fault in chosen {
        if arguments.has("explain") {
            explain(fault)?;
        }
        let started = Instant::now();
        // One that cannot be tried is no reason not to try the others.
        let verdict = try_fault(&copy, fault).unwrap_or_else(|error| Verdict {
            problem: Some(format!("{error:#}")),
            told: String::new(),
        });
        let time = dim(&format!("{:.1} s", started.elapsed().as_secs_f64()));
        match &verdict.problem {
            None => {
                caught += 1;
                say!(
                    "{}  {:31}  {}  {time}",
                    green("caught"),
                    fault.name,
                    fault.check.id
                )?;
            }
            Some(problem) => {
                missed += 1;
                say!(
                    "{}  {:31}  {}  {time}",
                    red("MISSED"),
                    fault.name,
                    fault.check.id
                )?;
                say!("  {problem}")?;
            }
        }
        if arguments.has("explain") || verdict.problem.is_some() {
            verdict
                .told
                .lines()
                .take(60)
                .try_for_each(|line| say!("  {} {line}", dim("|")))?;
        }
    }
    say!("\n{caught} passed, {missed} failed")?;
    Ok(if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn explain(fault: &Fault) -> Result<()> {
    say!(
        "{}",
        bold(&format!("== {}: {} ==", fault.name, fault.title))
    )?;
    for line in fault.patch.lines() {
        let line = match line.as_bytes().first() {
            Some(b'+') => green(line),
            Some(b'-') => red(line),
            _ => line.to_owned(),
        };
        say!("  {line}")?;
    }
    term::wrap(&fault.lesson, 88)
        .iter()
        .try_for_each(|line| say!("{line}"))?;
    Ok(())
}

/// How a fault fared.
struct Verdict {
    /// Why it does not count as caught.
    problem: Option<String>,
    /// What the check said.
    told: String,
}

fn try_fault(copy: &Copy, fault: &Fault) -> Result<Verdict> {
    copy.restore()?;
    copy.apply(&fault.patch).with_context(|| {
        format!(
            "the patch of the fault `{}` does not fit any more\nnext: write xtask/faults/{}.patch \
             anew against the files of today",
            fault.name, fault.name
        )
    })?;
    match fault.header {
        Header::Kept => {}
        Header::Forged => header::forge(&copy.workspace)?,
        Header::Made => {
            Line::xtask("header").check(&copy.workspace)?;
        }
    }
    let checked = run::one(&copy.workspace, fault.check);
    copy.restore()?;
    let told = report::told(&checked);
    let problem = if report::is_skipped(&checked) {
        Some(format!("the check `{}` cannot run here", fault.check.id))
    } else if told.is_empty() {
        Some(format!(
            "the check `{}` passes in spite of it",
            fault.check.id
        ))
    } else {
        let missing = fault.says.iter().find(|words| !told.contains(*words));
        missing.map(|words| {
            format!(
                "the check `{}` fails, but does not say `{words}`",
                fault.check.id
            )
        })
    };
    Ok(Verdict { problem, told })
}

fn choose<'a>(all: &'a [Fault], words: &[String]) -> Result<Vec<&'a Fault>> {
    for word in words {
        if !all.iter().any(|fault| fault.name == *word) {
            let known = all.iter().map(|fault| fault.name.as_str());
            return Err(usage_error(format!(
                "there is no fault `{word}`{}\nnext: `cargo xtask break --list` shows all",
                did_you_mean(word, known)
            )));
        }
    }
    let is_chosen = |fault: &&Fault| words.is_empty() || words.contains(&fault.name);
    Ok(all.iter().filter(is_chosen).collect())
}

fn faults(workspace: &Workspace) -> Result<Vec<Fault>> {
    let folder = workspace.source("xtask/faults");
    workspace::files(&folder)?
        .iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "patch")
        })
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            parse(&name, &workspace::read(path)?).with_context(|| format!("in {}", path.display()))
        })
        .collect()
}

fn parse(name: &str, text: &str) -> Result<Fault> {
    let (head, patch) = text
        .split_once("\n\n")
        .context("no empty line before the patch")?;
    let mut fields: Vec<(&str, String)> = Vec::new();
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
                fields.push((key, value.to_owned()));
            }
        }
    }
    let all = |key: &str| -> Vec<String> {
        fields
            .iter()
            .filter(|(name, _)| *name == key)
            .map(|(_, value)| value.clone())
            .collect()
    };
    let one = |key: &str| all(key).pop().with_context(|| format!("no `{key}`"));
    let known = ["title", "check", "says", "header", "lesson"];
    if let Some((key, _)) = fields.iter().find(|(key, _)| !known.contains(key)) {
        bail!("`{key}` is none of {}", known.join(", "));
    }
    let id = one("check")?;
    let check = CHECKS
        .iter()
        .copied()
        .flatten()
        .find(|check| check.id == id);
    let says = all("says");
    if says.is_empty() {
        bail!("no `says`: a check that fails for another reason would count");
    }
    Ok(Fault {
        name: name.to_owned(),
        title: one("title")?,
        check: check.with_context(|| format!("there is no check `{id}`"))?,
        says,
        header: match all("header").pop().as_deref() {
            None => Header::Kept,
            Some("forged") => Header::Forged,
            Some("made") => Header::Made,
            Some(other) => bail!("`header` is forged or made, not `{other}`"),
        },
        lesson: one("lesson")?,
        patch: patch.to_owned(),
    })
}

/// A copy of the sources, with a target directory that is kept, so that little is built anew.
struct Copy {
    original: PathBuf,
    workspace: Workspace,
}

impl Copy {
    fn of(workspace: &Workspace) -> Result<Copy> {
        let folder = workspace.target().join("break");
        let root = folder.join("workspace");
        let target = root.join("target");
        let workspace_of_copy = workspace.copy_at(root, target);
        Ok(Copy {
            original: workspace.root().to_owned(),
            workspace: workspace_of_copy,
        })
    }

    /// Makes the copy the same as the original again. Files that are the same are not touched, so
    /// that cargo does not build them anew.
    fn restore(&self) -> Result<()> {
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

    fn apply(&self, patch: &str) -> Result<()> {
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
fn patched(path: &str, before: &str, patch: &str) -> Result<String> {
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
fn split(patch: &str) -> Result<Vec<(&str, String)>> {
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
        let path = entry.with_context(failed)?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            // A target directory elsewhere in the checkout says that it is a cache.
            let is_cache = path.join("CACHEDIR.TAG").exists();
            if !is_cache
                && !["target", ".git", "__pycache__"]
                    .iter()
                    .any(|known| name == *known)
            {
                files.extend(sources(root, &path)?);
            }
        } else {
            files.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title: A lie\ncheck: abi/header\nsays: one\nsays: two\nlesson: It\n  goes \
                        on.\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

    #[test]
    fn a_fault_is_read() {
        let fault = parse("lie", TEXT).unwrap();
        assert_eq!(fault.check.id, "abi/header");
        assert_eq!(fault.says, ["one", "two"]);
        assert_eq!(fault.lesson, "It goes on.");
        assert_eq!(split(&fault.patch).unwrap()[0].0, "x");
    }

    #[test]
    fn a_fault_that_says_too_little_is_refused() {
        for (from, to, words) in [
            ("says: one\nsays: two\n", "", "no `says`"),
            ("abi/header", "abi/heder", "there is no check"),
            ("title", "titel", "`titel` is none of"),
        ] {
            let error = format!("{:#}", parse("lie", &TEXT.replace(from, to)).err().unwrap());
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn every_fault_fits_the_files_of_today() {
        let workspace = Workspace::locate().unwrap();
        for fault in faults(&workspace).unwrap() {
            for (path, patch) in split(&fault.patch).unwrap() {
                let before = workspace::read(&workspace.root().join(path)).unwrap_or_default();
                patched(path, &before, &patch)
                    .unwrap_or_else(|error| panic!("{}: {error:#}", fault.name));
            }
        }
    }

    /// A check that nothing has shown to bite proves little. For what other projects check as well
    /// (tests, types, lints), one may do without.
    #[test]
    fn every_check_of_a_boundary_has_a_fault() {
        let faults = faults(&Workspace::locate().unwrap()).unwrap();
        let checks = CHECKS.iter().copied().flatten().map(|check| check.id);
        let is_common = |id: &str| {
            id.starts_with("rust/")
                || ["tests", "types", "lints"]
                    .iter()
                    .any(|end| id.ends_with(end))
        };
        for id in checks.filter(|id| !is_common(id)) {
            assert!(
                faults.iter().any(|fault| fault.check.id == id),
                "{id} has no fault"
            );
        }
    }
}
