//! `cargo xtask exercise`: the learner repairs a broken copy; the check that guards the original judges it.

mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags, Group, did_you_mean, flags, usage_error};
use abi_stages::say;
use abi_stages::term::{bold, cyan, dim, green, red};
use abi_stages::workspace::{self, Workspace};
use abi_verify::check::Check;
use abi_verify::copy::Copy;
use anyhow::{Context, Result, bail};

use crate::museum::EXHIBITS;
use crate::museum::change::{Change, Noticed};
use crate::prose::{LINES, paragraph, working};

pub use table::{EXERCISES, Exercise};

/// Where the changes are that are no exhibits.
pub const CHANGES: &str = "xtask/lesson/exercises";

flags! {
    struct ExerciseFlags {
        all: "With reset: forget all that was solved",
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
              complains about. Repair it in your editor.\n\n\
              `check` judges the copy. `hint` says what was changed, and in which file. `reset` breaks the \
              copy again. The first `check` takes a minute, because the copy is built from scratch.",
    flags: ExerciseFlags::ALL,
    example: "cargo xtask exercise c-prints-another-line",
    run,
};

/// The folder of the copy and of what is kept, in the target directory.
const FOLDER: &str = "exercise";

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
    if current(workspace).is_ok_and(|it| it.name == exercise.name) {
        introduce(workspace, exercise)?;
        return Ok(say!(
            "\nIt is the current exercise, with your edits. `cargo xtask exercise reset` starts it again."
        )?);
    }
    begin(workspace, exercise)
}

fn begin(workspace: &Workspace, exercise: &'static Exercise) -> Result<()> {
    let copy = Copy::in_folder(workspace, FOLDER)?;
    copy.restore()?;
    exercise.change(workspace)?.apply(workspace, &copy)?;
    workspace::write(&file(workspace, "current"), exercise.name.as_bytes())?;
    let mut solved = solved(workspace)?;
    solved.remove(exercise.name);
    keep(workspace, &solved)?;
    introduce(workspace, exercise)
}

fn introduce(workspace: &Workspace, exercise: &Exercise) -> Result<()> {
    let check = judge_of(&exercise.change(workspace)?)?.0;
    let folder = workspace.target().join(FOLDER).join("workspace");
    let position = EXERCISES.iter().position(|it| it.name == exercise.name);
    let number = position.unwrap_or_default() + 1;
    let heading = format!("== {} ({number} of {}) ==", exercise.name, EXERCISES.len());
    say!("{}\n", bold(&heading))?;
    paragraph(exercise.complaint, "")?;
    say!("\nSomething is broken in this copy of the workspace. Repair it there, in your editor:")?;
    say!("   {}", cyan(&folder.display().to_string()))?;
    say!("\nThe judge is the check {}, which proves:", bold(check.id))?;
    paragraph(check.claim, "   ")?;
    say!(
        "\n{} `cargo xtask exercise check` says what it finds",
        bold("next:")
    )?;
    Ok(say!("      `cargo xtask exercise hint`, if you are stuck")?)
}

fn hint(workspace: &Workspace) -> Result<()> {
    let exercise = current(workspace)?;
    let change = exercise.change(workspace)?;
    let check = judge_of(&change)?.0;
    say!("{}", bold(&change.title))?;
    paragraph(&change.lesson, "")?;
    say!("\nWhat was changed is in:")?;
    let diff = workspace::read(&change.diff(workspace))?;
    let files = diff.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    files
        .into_iter()
        .try_for_each(|file| say!("   {}", cyan(file)))?;
    paragraph(
        &format!("The check's own hint: {}.", check.next(workspace.library())),
        "",
    )?;
    let crossing = exercise.crossing;
    Ok(say!(
        "The lesson about it: `cargo xtask crossings {crossing}`"
    )?)
}

/// Whether the learner has repaired it: the check decides.
fn judge(workspace: &Workspace) -> Result<ExitCode> {
    let exercise = current(workspace)?;
    let change = exercise.change(workspace)?;
    let (check, says) = judge_of(&change)?;
    let copy = Copy::in_folder(workspace, FOLDER)?;
    let what = format!("running {} in the copy", check.id);
    let findings = working(&what, || copy.check(check.id))?;
    if !findings.is_empty() {
        say!("{} {}: {}\n", red("not yet:"), bold(check.id), check.claim)?;
        show_findings(workspace, says, &findings)?;
        say!("\n{} {}", bold("next:"), check.next(workspace.library()))?;
        say!("      `cargo xtask exercise hint`, if you are stuck")?;
        return Ok(ExitCode::FAILURE);
    }
    let mut solved = solved(workspace)?;
    solved.insert(exercise.name.to_owned());
    keep(workspace, &solved)?;
    let (count, all) = (solved.len(), EXERCISES.len());
    say!("{} {} ({count} of {all})\n", green("solved:"), change.title)?;
    paragraph(&change.lesson, "")?;
    next(&solved)?;
    Ok(ExitCode::SUCCESS)
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
    let _copy = Copy::in_folder(workspace, FOLDER)?;
    for name in ["current", "solved"] {
        let file = file(workspace, name);
        if file.exists() {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
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
    let file = file(workspace, "solved");
    if !file.exists() {
        return Ok(BTreeSet::new());
    }
    let is_known = |name: &&str| EXERCISES.iter().any(|exercise| exercise.name == *name);
    let text = workspace::read(&file)?;
    Ok(text.lines().filter(is_known).map(str::to_owned).collect())
}

fn keep(workspace: &Workspace, solved: &BTreeSet<String>) -> Result<()> {
    let text: String = solved.iter().flat_map(|name| [name, "\n"]).collect();
    workspace::write(&file(workspace, "solved"), text.as_bytes())
}

fn file(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.target().join(FOLDER).join(name)
}

impl Exercise {
    /// What breaks the copy: an exhibit's change, or one of its own.
    pub fn change(&self, workspace: &Workspace) -> Result<Change> {
        let folder = |of: &str| workspace.source(of).join(self.name);
        let folders = [folder(CHANGES), folder(EXHIBITS)];
        let found = folders.iter().find(|folder| folder.exists());
        let folder = found.with_context(|| format!("no folder has the name `{}`", self.name))?;
        Change::read(workspace, folder)
    }
}

/// The check that judges whether a change was taken back, and what it says before.
pub fn judge_of(change: &Change) -> Result<(&'static Check, &[String])> {
    let Noticed::Check { id, says } = &change.noticed else {
        bail!("`{}` is no exercise: no check notices it", change.name);
    };
    Ok((abi_verify::check(id)?, says))
}
