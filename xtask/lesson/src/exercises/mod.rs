//! `cargo xtask exercise`: the learner repairs a broken copy; the check that guards the original judges it.

mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags, Group, did_you_mean, flags, usage_error};
use abi_stages::say;
use abi_stages::term::{bold, cyan, dim, green, red};
use abi_stages::workspace::{self, Workspace};
use abi_verify::check::Check;
use abi_verify::copy::Copy;
use abi_verify::mirror;
use anyhow::{Context, Result, bail};

use crate::museum::change::{Change, Noticed};
use crate::page::{LINES, paragraph, working};

pub use table::{EXERCISES, Exercise};

/// The folder of the lesson, from the root.
const LESSON: &str = "xtask/lesson";

flags! {
    struct ExerciseFlags {
        all: "With reset: forget all that was solved, and every edit",
    }
}

/// `cargo xtask exercise`.
pub const COMMAND: Command = Command {
    name: "exercise",
    group: Group::Learn,
    args: &[(
        "[NAME|check|hint|reset]",
        "An exercise, or what to do with the current one [default: list all]",
    )],
    about: "Repair thirteen broken copies, judged by the workspace's own checks",
    details: "Without an argument, lists the exercises, easiest first, and which are solved. With a \
              name: breaks a copy of the workspace, under the target directory, and says what its user \
              complains about. Repair it in your editor. Each exercise has a copy of its own, so your \
              edits are kept when you start another.\n\n\
              `check` judges what you changed in the library and in pyhello, with the tests and cases \
              of the original. `hint` says more each time: the lesson, the file, what is wrong. `reset` \
              breaks the copy again. The first `check` takes a minute, because a copy is built from \
              scratch.",
    flags: ExerciseFlags::ALL,
    example: "cargo xtask exercise which-line",
    run,
};

/// The folder of the copies and of what is kept, in the target directory.
const FOLDER: &str = "exercise";

/// What a learner repairs. All else is the original's when it is judged.
const REPAIRED: [&str; 7] = [
    "hello-core/src",
    "hello-cdylib/src",
    "hello-cdylib/boundary/src",
    "hello-cdylib/include",
    "c-harness/hello.c",
    "py-harness/src",
    "py-harness/support",
];

/// `cargo xtask exercise`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: ExerciseFlags = arguments.flags();
    let word = arguments.args.first().map(String::as_str);
    if flags.all && word != Some("reset") {
        return Err(usage_error("--all is for `cargo xtask exercise reset`"));
    }
    match word {
        None => list(workspace),
        Some("check") => return judge(workspace),
        Some("hint") => hint(workspace),
        Some("reset") if flags.all => forget(workspace),
        Some("reset") => begin(workspace, current(workspace)?),
        Some(name) => show(workspace, find(name)?),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<&'static Exercise> {
    let found = EXERCISES.iter().find(|exercise| exercise.name == name);
    found.ok_or_else(|| {
        let words = ["check", "hint", "reset"].into_iter();
        let known = words.chain(EXERCISES.iter().map(|exercise| exercise.name));
        usage_error(format!(
            "there is no exercise `{name}`{}\nnext: `cargo xtask exercise` lists all",
            did_you_mean(name, known)
        ))
    })
}

fn list(workspace: &Workspace) -> Result<()> {
    let solved = solved(workspace)?;
    say!("{} of {} are solved\n", solved.len(), EXERCISES.len())?;
    for (number, exercise) in (1..).zip(EXERCISES) {
        let mark = match solved.contains(exercise.name) {
            true => green("solved"),
            false => dim("open  "),
        };
        say!("{number:2}. {mark}  {}", bold(exercise.name))?;
        paragraph(exercise.complaint, "            ")?;
    }
    next(&solved)
}

fn next(solved: &BTreeSet<String>) -> Result<()> {
    let next = EXERCISES.iter().find(|it| !solved.contains(it.name));
    match next {
        Some(next) => say!("\n{} `cargo xtask exercise {}`", bold("next:"), next.name)?,
        None => say!("\nAll are solved. `cargo xtask break --list` shows more broken boundaries.")?,
    }
    Ok(())
}

/// Introduces the exercise. What the learner has already changed is kept.
fn show(workspace: &Workspace, exercise: &'static Exercise) -> Result<()> {
    if !copy_of(workspace, exercise).exists() {
        return begin(workspace, exercise);
    }
    workspace::write(&file(workspace, "current"), exercise.name.as_bytes())?;
    introduce(workspace, exercise)?;
    Ok(say!(
        "\nYour edits are still there. `cargo xtask exercise reset` starts it again."
    )?)
}

fn begin(workspace: &Workspace, exercise: &'static Exercise) -> Result<()> {
    let copy = Copy::in_folder(workspace, &format!("{FOLDER}/{}", exercise.name))?;
    copy.restore()?;
    exercise.change(workspace)?.apply(workspace, &copy)?;
    workspace::write(&file(workspace, "current"), exercise.name.as_bytes())?;
    keep(workspace, "solved", |solved| {
        solved.retain(|it| it != exercise.name)
    })?;
    keep(workspace, "hints", |given| {
        given.retain(|it| it != exercise.name)
    })?;
    introduce(workspace, exercise)
}

fn introduce(workspace: &Workspace, exercise: &Exercise) -> Result<()> {
    let check = judge_of(&exercise.change(workspace)?)?.0;
    let position = EXERCISES.iter().position(|it| it.name == exercise.name);
    let number = position.unwrap_or_default() + 1;
    let heading = format!("== {} ({number} of {}) ==", exercise.name, EXERCISES.len());
    say!("{}\n", bold(&heading))?;
    paragraph(exercise.complaint, "")?;
    say!("\nSomething is broken in this copy of the workspace. Repair it there, in your editor:")?;
    say!(
        "   {}",
        cyan(&copy_of(workspace, exercise).display().to_string())
    )?;
    say!("\nThe judge is the check {}, which proves:", bold(check.id))?;
    paragraph(check.claim, "   ")?;
    say!(
        "\n{} `cargo xtask exercise check` says what it finds",
        bold("next:")
    )?;
    Ok(say!("      `cargo xtask exercise hint`, if you are stuck")?)
}

/// One hint more than last time.
fn hint(workspace: &Workspace) -> Result<()> {
    let exercise = current(workspace)?;
    let hints = exercise.hints(workspace)?;
    let mut given = 0;
    keep(workspace, "hints", |names| {
        names.push(exercise.name.to_owned());
        given = names.iter().filter(|name| *name == exercise.name).count();
    })?;
    for (number, hint) in (1..).zip(hints.iter().take(given)) {
        say!("{}", bold(&format!("Hint {number} of {}", hints.len())))?;
        paragraph(hint, "   ")?;
    }
    match given < hints.len() {
        true => Ok(say!("\nAnother `cargo xtask exercise hint` says more.")?),
        false => Ok(()),
    }
}

/// Whether the learner has repaired it: the check decides, in a copy where only the library is the learner's.
fn judge(workspace: &Workspace) -> Result<ExitCode> {
    let exercise = current(workspace)?;
    let change = exercise.change(workspace)?;
    let (check, says) = judge_of(&change)?;
    let copy = Copy::in_folder(workspace, &format!("{FOLDER}/judge"))?;
    let what = format!("running {} with your changes", check.id);
    let findings = working(&what, || {
        take_repairs(workspace, &copy, &copy_of(workspace, exercise))?;
        copy.check(check.id)
    })?;
    if !findings.is_empty() {
        say!("{} {}: {}\n", red("not yet:"), bold(check.id), check.claim)?;
        show_findings(workspace, says, &findings)?;
        say!("\n{} {}", bold("next:"), check.next(workspace.library()))?;
        say!("      `cargo xtask exercise hint`, if you are stuck")?;
        return Ok(ExitCode::FAILURE);
    }
    keep(workspace, "solved", |solved| {
        solved.push(exercise.name.to_owned())
    })?;
    let solved = solved(workspace)?;
    let (count, all) = (solved.len(), EXERCISES.len());
    say!("{} {} ({count} of {all})\n", green("solved:"), change.title)?;
    paragraph(&change.lesson, "")?;
    next(&solved)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the copy be the original with what the learner changed in [`REPAIRED`].
pub fn take_repairs(workspace: &Workspace, copy: &Copy, learner: &Path) -> Result<()> {
    let is_repaired = |path: &PathBuf| REPAIRED.iter().any(|folder| path.starts_with(folder));
    let mut files = mirror::read(workspace.root())?;
    files.retain(|path, _| !is_repaired(path));
    let mut repaired = mirror::read(learner)?;
    repaired.retain(|path, _| is_repaired(path));
    files.extend(repaired);
    mirror::write(copy.workspace.root(), &files)
}

/// What the check found: if that is much, how it begins, the lines that the change leads to, and, if
/// there are none of these, how it ends. All of it is in a file.
fn show_findings(workspace: &Workspace, says: &[String], findings: &str) -> Result<()> {
    let lines: Vec<&str> = findings.lines().collect();
    let is_expected = |line: &str| says.iter().any(|words| line.contains(words));
    let end = match lines.iter().any(|line| is_expected(line)) {
        true => lines.len(),
        false => lines.len().saturating_sub(LINES / 2),
    };
    let is_shown = |(index, line): &(usize, &&str)| {
        lines.len() <= LINES || *index < 3 || *index >= end || is_expected(line)
    };
    let shown = lines.iter().enumerate().filter(is_shown);
    let shown: Vec<(usize, &&str)> = shown.take(LINES).collect();
    let mut next = 0;
    for (index, line) in &shown {
        if *index > next {
            say!("  {}", dim("..."))?;
        }
        say!("  {line}")?;
        next = index + 1;
    }
    if shown.len() < lines.len() {
        let file = file(workspace, "findings.txt");
        workspace::write(&file, findings.as_bytes())?;
        let file = workspace.relative(&file);
        say!("  {} {}", bold("all of it:"), file.to_string_lossy())?;
    }
    Ok(())
}

fn forget(workspace: &Workspace) -> Result<()> {
    let _copy = Copy::in_folder(workspace, &format!("{FOLDER}/judge"))?;
    let copies = EXERCISES.iter().map(|exercise| exercise.name);
    for name in copies.chain(["current", "solved", "hints"]) {
        let path = file(workspace, name);
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path.exists() => fs::remove_file(&path),
            false => Ok(()),
        };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(say!("All {} exercises are open again.", EXERCISES.len())?)
}

fn current(workspace: &Workspace) -> Result<&'static Exercise> {
    let file = file(workspace, "current");
    if !file.exists() {
        return Err(usage_error(
            "no exercise was started\nnext: `cargo xtask exercise` lists them",
        ));
    }
    find(&workspace::read(&file)?)
}

fn solved(workspace: &Workspace) -> Result<BTreeSet<String>> {
    Ok(names(workspace, "solved")?.into_iter().collect())
}

/// The names in a file that is kept; those of today.
fn names(workspace: &Workspace, kept: &str) -> Result<Vec<String>> {
    let file = file(workspace, kept);
    if !file.exists() {
        return Ok(Vec::new());
    }
    let is_known = |name: &&str| EXERCISES.iter().any(|exercise| exercise.name == *name);
    let text = workspace::read(&file)?;
    Ok(text.lines().filter(is_known).map(str::to_owned).collect())
}

fn keep(workspace: &Workspace, kept: &str, change: impl FnOnce(&mut Vec<String>)) -> Result<()> {
    let mut names = names(workspace, kept)?;
    change(&mut names);
    let text: String = names.iter().flat_map(|name| [name, "\n"]).collect();
    workspace::write(&file(workspace, kept), text.as_bytes())
}

fn file(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target().join(FOLDER).join(name)
}

fn copy_of(workspace: &Workspace, exercise: &Exercise) -> PathBuf {
    file(workspace, exercise.name).join("workspace")
}

impl Exercise {
    /// What breaks the copy: an exhibit's change, or one of its own.
    pub fn change(&self, workspace: &Workspace) -> Result<Change> {
        Change::read(workspace, &workspace.source(LESSON).join(self.change))
    }

    /// From the least to the most: the lesson, the file, what is wrong.
    pub fn hints(&self, workspace: &Workspace) -> Result<[String; 3]> {
        let change = self.change(workspace)?;
        let diff = workspace::read(&change.diff(workspace))?;
        let files = diff.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        let files: Vec<String> = files.map(|file| format!("`{file}`")).collect();
        let next = judge_of(&change)?.0.next(workspace.library());
        Ok([
            format!(
                "The lesson about it: `cargo xtask crossings {}`. What the check says: {next}.",
                self.crossing
            ),
            format!("What was changed is in {}.", files.join(" and ")),
            format!(
                "{}. {}",
                change.title,
                change.lesson.trim().replace('\n', " ")
            ),
        ])
    }
}

/// The check that judges whether a change was taken back, and what it says before.
pub fn judge_of(change: &Change) -> Result<(&'static Check, &[String])> {
    let Noticed::Check { id, says } = &change.noticed else {
        bail!("`{}` is no exercise: no check notices it", change.name);
    };
    Ok((abi_verify::check(id)?, says))
}
