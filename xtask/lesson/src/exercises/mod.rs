//! `cargo xtask exercise`: the learner repairs a broken copy; the check that guards the original judges it.

mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use abi_stages::cli::{Arguments, did_you_mean, usage_error};
use abi_stages::cli::{Command, Flags, Group, flags};
use abi_stages::say;
use abi_stages::term::{self, bold, cyan, dim, green, red};
use abi_stages::workspace::{self, Workspace};
use abi_verify::check::{Check, Finding, Outcome};
use abi_verify::fault::copy::Copy;
use abi_verify::fault::file::{self, Catcher, Fault};
use abi_verify::fault::show::{LINES, working};
use abi_verify::fault::trial::{Caught, Trial};
use abi_verify::{report, run};
use anyhow::{Context, Result, bail};

use table::{EXERCISES, Exercise};

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
    about: "Repair twelve broken copies, judged by the workspace's own checks",
    details: "Without an argument, lists the exercises, easiest first, and which are solved. With a \
              name: breaks a copy of the workspace, under the target directory, and says what its user \
              complains about. Repair it in your editor.\n\n\
              `check` judges the copy. `hint` says what was changed, and in which file. `reset` breaks the \
              copy again. The first `check` takes a minute, because the copy is built from scratch.",
    flags: ExerciseFlags::ALL,
    example: "cargo xtask exercise c-prints-another-line",
    run: run,
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
    let (fault, _) = fault(workspace, exercise)?;
    copy.restore()?;
    copy.apply(&fault)?;
    workspace::write(&file(workspace, "current"), exercise.name.as_bytes())?;
    let mut solved = solved(workspace)?;
    solved.remove(exercise.name);
    keep(workspace, &solved)?;
    introduce(workspace, exercise)
}

fn introduce(workspace: &Workspace, exercise: &Exercise) -> Result<()> {
    let (_, check) = fault(workspace, exercise)?;
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
    let (fault, check) = fault(workspace, exercise)?;
    say!("{}", bold(&fault.title))?;
    paragraph(&fault.lesson, "")?;
    say!("\nWhat was changed is in:")?;
    for file in &fault.patch.files {
        say!("   {}", cyan(&file.path))?;
    }
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
    let (fault, check) = fault(workspace, exercise)?;
    let copy = Copy::in_folder(workspace, FOLDER)?;
    let what = format!("running {} in the copy", check.id);
    let checked = working(&what, || Ok(run::one(&copy.workspace, check)))?;
    if let Outcome::Skipped(absent) = &checked.outcome {
        bail!("{} cannot run here: {}", check.id, report::reason(absent));
    }
    let told = report::told(&checked);
    if !told.is_empty() {
        say!("{} {}: {}\n", red("not yet:"), bold(check.id), check.claim)?;
        tell(workspace, &fault, &told)?;
        say!("\n{} {}", bold("next:"), check.next(workspace.library()))?;
        say!("      `cargo xtask exercise hint`, if you are stuck")?;
        return Ok(ExitCode::FAILURE);
    }
    let mut solved = solved(workspace)?;
    solved.insert(exercise.name.to_owned());
    keep(workspace, &solved)?;
    let (count, all) = (solved.len(), EXERCISES.len());
    say!("{} {} ({count} of {all})\n", green("solved:"), fault.title)?;
    paragraph(&fault.lesson, "")?;
    next(&solved)?;
    Ok(ExitCode::SUCCESS)
}

/// What the check found: if that is much, how it begins, the lines that the fault leads to, and, if
/// there are none of these, how it ends. All of it is in a file.
fn tell(workspace: &Workspace, fault: &Fault, told: &str) -> Result<()> {
    let lines: Vec<&str> = told.lines().collect();
    let is_expected = |line: &str| fault.says.iter().any(|words| line.contains(words));
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
        workspace::write(&file, told.as_bytes())?;
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

/// The fault behind an exercise, and the check that catches it.
fn fault(workspace: &Workspace, exercise: &Exercise) -> Result<(Fault, &'static Check)> {
    let mut faults = file::all(workspace)?.sound.into_iter();
    let found = faults.find(|fault| fault.name == exercise.name);
    let fault = found.with_context(|| format!("there is no fault `{}`", exercise.name))?;
    let Catcher::Check(check) = fault.catcher else {
        bail!("`{}` is no exercise: no check catches it", exercise.name);
    };
    Ok((fault, check))
}

fn paragraph(text: &str, indent: &str) -> Result<()> {
    let wrapped = term::wrap(text, 88 - indent.len());
    Ok(wrapped.iter().try_for_each(|line| say!("{indent}{line}"))?)
}

/// The check `lesson/exercises`: each exercise fails at its check, and passes with the fault taken back.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let copy = Copy::of(workspace)?;
    let mut findings = Vec::new();
    for exercise in EXERCISES {
        let (fault, check) = fault(workspace, exercise)?;
        let trial = Trial::begin(&copy, &fault)?;
        trial.break_it()?;
        // It restores the copy afterwards: the fault is taken back.
        let problem = match trial.catch()?.result {
            Caught::Yes => {
                let told = report::told(&run::one(&copy.workspace, check));
                (!told.is_empty()).then(|| format!("is red when it is solved:\n{told}"))
            }
            Caught::No(why) => Some(format!("is not red before it is solved: {why}")),
            Caught::Skipped(why) => Some(format!("cannot be judged here: {why}")),
        };
        let text = problem.map(|problem| format!("the exercise `{}` {problem}", exercise.name));
        findings.extend(text.map(|text| Finding::new(text).at(&fault.path, 1)));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_is_a_fault_that_a_check_catches() {
        abi_verify::add(vec![&crate::ROWS]);
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        for exercise in EXERCISES {
            let (fault, _) = fault(&workspace, exercise).unwrap();
            assert!(fault.also.is_empty(), "{} has two judges", exercise.name);
            assert!(
                crate::crossings::CROSSINGS
                    .iter()
                    .any(|it| it.name == exercise.crossing),
                "{}",
                exercise.crossing
            );
        }
        assert_eq!(EXERCISES.len(), 12);
    }
}
