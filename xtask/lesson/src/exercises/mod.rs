//! `cargo xtask exercise`: the learner repairs a broken copy; the check that guards the original judges it.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, usage_error};
use abi_stages::say;
use abi_stages::term::{bold, cyan, dim, green, red};
use abi_stages::workspace::{self, Workspace};
use abi_verify::check::Check;
use abi_verify::copy::Copy;
use abi_verify::mirror;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::hello;
use crate::museum::change::{Change, Noticed};
use crate::named;
use crate::page::{Block, Page, paragraph, working};
use crate::shell::{self, Shown};

pub use table::{EXERCISES, Exercise};

/// The folder of the lesson, from the root.
const LESSON: &str = "xtask/lesson";

/// `cargo xtask exercise`.
pub const COMMAND: Command = Command {
    summary: hello::EXERCISE,
    args: &[(
        "[NAME|check|hint|reset]",
        "An exercise, or what to do with the current one [default: list all]",
    )],
    details: "With a name: breaks a copy of the workspace, under the target directory, and says \
              what its user complains about. Repair it in your editor; your edits are kept when \
              you start another.\n\n\
              `check` judges what you changed in the library and in pyhello, with the tests and \
              cases of the original; the first takes a minute. `hint` says more each time: the \
              lesson, the file, what is wrong. `reset` breaks the copy again.",
    flags: &[],
    example: "cargo xtask exercise which-line",
    run,
};

/// The folder of the copies and of the progress, in the target directory.
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
    let mut progress = Progress::read(workspace)?;
    match arguments.args.first().map(String::as_str) {
        None => list(&progress),
        Some("check") => return judge(workspace, &mut progress),
        Some("hint") => hint(workspace, &mut progress),
        Some("reset") => show(workspace, progress.current()?, &mut progress, true),
        Some(name) => show(workspace, find(name)?, &mut progress, false),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<&'static Exercise> {
    named(("exercise", "exercise"), EXERCISES, |it| it.name, name)
}

fn list(progress: &Progress) -> Result<()> {
    let solved = &progress.solved;
    say!("{} of {} are solved\n", solved.len(), EXERCISES.len())?;
    for (number, exercise) in (1..).zip(EXERCISES) {
        let mark = match solved.contains(exercise.name) {
            true => green("solved"),
            false => dim("open  "),
        };
        say!("{number:2}. {mark}  {}", bold(exercise.name))?;
        paragraph(exercise.complaint, "            ")?;
    }
    next(progress)
}

fn next(progress: &Progress) -> Result<()> {
    let is_open = |it: &&Exercise| !progress.solved.contains(it.name);
    match EXERCISES.iter().find(is_open) {
        Some(next) => say!("\n{} `cargo xtask exercise {}`", bold("next:"), next.name)?,
        None => say!("\nAll are solved. `cargo xtask break` lists more broken boundaries.")?,
    }
    Ok(())
}

/// Introduces the exercise. What the learner has already changed is kept, unless it is to begin again.
fn show(
    workspace: &Workspace,
    exercise: &Exercise,
    progress: &mut Progress,
    again: bool,
) -> Result<()> {
    let is_kept = !again && copy_of(workspace, exercise).exists();
    if !is_kept {
        let copy = Copy::in_folder(workspace, &format!("{FOLDER}/{}", exercise.name))?;
        copy.restore()?;
        exercise.change(workspace)?.apply(workspace, &copy)?;
        progress.solved.remove(exercise.name);
        progress.hints.remove(exercise.name);
    }
    progress.current = Some(exercise.name.to_owned());
    progress.write(workspace)?;
    exercise.page(workspace)?.show(false, None)?;
    say!("\nSomething is broken in this copy of the workspace. Repair it there, in your editor:")?;
    let copy = copy_of(workspace, exercise);
    say!("   {}", cyan(&copy.display().to_string()))?;
    if is_kept {
        say!("\nYour edits are still there. `cargo xtask exercise reset` starts it again.")?;
    }
    Ok(())
}

/// One hint more than last time.
fn hint(workspace: &Workspace, progress: &mut Progress) -> Result<()> {
    let exercise = progress.current()?;
    let hints = exercise.hints(workspace)?;
    let given = progress.hints.entry(exercise.name.to_owned()).or_default();
    *given = hints.len().min(*given + 1);
    for (number, hint) in (1..).zip(hints.iter().take(*given)) {
        say!("{}", bold(&format!("Hint {number} of {}", hints.len())))?;
        paragraph(hint, "   ")?;
    }
    if *given < hints.len() {
        say!("\nAnother `cargo xtask exercise hint` says more.")?;
    }
    progress.write(workspace)
}

/// Whether the learner has repaired it: the check decides, in a copy where only the library is the learner's.
fn judge(workspace: &Workspace, progress: &mut Progress) -> Result<ExitCode> {
    let exercise = progress.current()?;
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
        let shown = Shown::new(format!("cargo xtask verify {}", check.id), &findings, None);
        say!("{}", shell::sessions(&[shown.essence(says)]).trim_end())?;
        let next = bold("next:");
        say!("\n{next} repair it; `cargo xtask exercise hint`, if you are stuck")?;
        return Ok(ExitCode::FAILURE);
    }
    progress.solved.insert(exercise.name.to_owned());
    progress.write(workspace)?;
    let (count, all) = (progress.solved.len(), EXERCISES.len());
    say!("{} {} ({count} of {all})\n", green("solved:"), change.title)?;
    paragraph(&change.lesson, "")?;
    next(progress)?;
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

/// What is kept of a learner.
#[derive(Default, Deserialize, Serialize)]
struct Progress {
    current: Option<String>,
    solved: BTreeSet<String>,
    /// How many hints were given, for each exercise.
    hints: BTreeMap<String, usize>,
}

impl Progress {
    fn file(workspace: &Workspace) -> PathBuf {
        workspace.target().join(FOLDER).join("progress.json")
    }

    fn read(workspace: &Workspace) -> Result<Progress> {
        let file = Progress::file(workspace);
        if !file.exists() {
            return Ok(Progress::default());
        }
        let unreadable = || format!("{} cannot be read\nnext: remove it", file.display());
        serde_json::from_str(&workspace::read(&file)?).with_context(unreadable)
    }

    fn write(&self, workspace: &Workspace) -> Result<()> {
        workspace::write(&Progress::file(workspace), &serde_json::to_vec(self)?)
    }

    fn current(&self) -> Result<&'static Exercise> {
        let name = self.current.as_ref().ok_or_else(|| {
            usage_error("no exercise was started\nnext: `cargo xtask exercise` lists them")
        })?;
        find(name)
    }
}

fn copy_of(workspace: &Workspace, exercise: &Exercise) -> PathBuf {
    let folder = workspace.target().join(FOLDER).join(exercise.name);
    folder.join("workspace")
}

impl Exercise {
    /// What breaks the copy: an exhibit's change, or one of its own.
    pub fn change(&self, workspace: &Workspace) -> Result<Change> {
        let file = format!("{LESSON}/{}.diff", self.file());
        Change::read(workspace, &workspace.source(&file))
    }

    /// What its user says, who judges it, and how to go on.
    pub fn page(&self, workspace: &Workspace) -> Result<Page> {
        let check = judge_of(&self.change(workspace)?)?.0;
        let mut page = Page::default();
        page.put(Block::Title, self.name);
        page.put(Block::Text, self.complaint);
        let judge = format!("The judge is the check `{}`: {}.", check.id, check.claim);
        page.put(Block::Text, &judge);
        let line = |word| Shown::new(format!("cargo xtask exercise {word}"), "", None);
        let lines = [self.name, "check", "hint"].map(line);
        page.blocks.push(Block::Shell(lines.to_vec()));
        Ok(page)
    }

    /// From the least to the most: the lesson, the file, what is wrong.
    pub fn hints(&self, workspace: &Workspace) -> Result<[String; 3]> {
        let change = self.change(workspace)?;
        let files = change
            .diff
            .lines()
            .filter_map(|line| line.strip_prefix("+++ b/"));
        let files: Vec<String> = files.map(|file| format!("`{file}`")).collect();
        let crossing = self.crossing;
        let lesson = change.lesson.trim().replace('\n', " ");
        Ok([
            format!("The lesson about it: `cargo xtask crossings {crossing}`."),
            format!("What was changed is in {}.", files.join(" and ")),
            format!("{}. {lesson}", change.title),
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
