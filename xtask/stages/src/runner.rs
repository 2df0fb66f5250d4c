//! Runs a list of steps, with reasons or at a teacher's pace, or prints them as a script.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, bail};

use crate::cli::flags;
use crate::inspect;
use crate::pace;
use crate::process::{Cmd, Event, SEARCH_VARIABLES, quoted};
use crate::quote;
use crate::step::{Action, Step};
use crate::term::{self, bold, cyan, dim, say};
use crate::workspace::{self, Workspace};

flags! {
    /// The flags of every command that runs steps.
    #[derive(Default)]
    pub struct StepFlags {
        explain: "Show the reason and the source of each step before it, and what it made after it",
        step: "Stop before and after each step; Enter goes on, b goes back, q ends",
        from = "N": "With --step: begin at the stop with that number",
        fresh: "Run as on a machine that has built nothing, in target/fresh",
        dry_run: "Print the steps as a POSIX shell script and run nothing",
        quiet: "Print only the lines that the stages are compared by, and failures",
    }
}

/// A heading and the steps under it.
#[derive(Default)]
pub struct Section {
    /// Its name in the summary at the end.
    pub name: &'static str,
    pub heading: String,
    /// One or two sentences under the heading, for `--explain`.
    pub about: &'static str,
    pub steps: Vec<Step>,
}

/// What a step printed that is compared across stages.
pub struct Compared {
    /// Index of the section.
    pub section: usize,
    pub command: String,
    pub output: String,
}

/// How the sections went.
#[derive(Default)]
pub struct Outcome {
    pub compared: Vec<Compared>,
    /// The time that each section took, without a teacher's pauses.
    pub times: Vec<Duration>,
}

pub struct Runner<'a> {
    workspace: &'a Workspace,
    flags: &'a StepFlags,
}

/// Prints a line, unless the runner is quiet.
macro_rules! report {
    ($runner:expr, $($text:tt)*) => {
        if $runner.flags.quiet { Ok(()) } else { say!($($text)*) }
    };
}

impl<'a> Runner<'a> {
    pub fn new(workspace: &'a Workspace, flags: &'a StepFlags) -> Runner<'a> {
        Runner { workspace, flags }
    }

    /// Runs the sections in order, up to the first step that fails. Steps that may be begun early are,
    /// unless somebody wants to see one after the other.
    pub fn run(&self, sections: &[Section]) -> Result<Outcome> {
        if !self.flags.step {
            self.begin(sections);
        }
        let mut outcome = Outcome::default();
        let last: usize = sections.iter().map(|section| section.steps.len()).sum();
        let mut place = 0;
        for (index, section) in sections.iter().enumerate() {
            if index > 0 {
                report!(self, "")?;
            }
            report!(self, "{}", bold(&format!("== {} ==", section.heading)))?;
            if self.explains() && !section.about.is_empty() {
                self.paragraph(section.about, "")?;
            }
            let mut time = Duration::ZERO;
            for (number, step) in (1..).zip(&section.steps) {
                place += 1;
                report!(self, "\n{}", bold(&format!("{number}. {}", step.title)))?;
                self.announce(step)?;
                if self.flags.step {
                    pace::stop("Enter runs it")?;
                }
                let started = Instant::now();
                let compared = self.step(step)?;
                time += started.elapsed();
                if let Some((command, output)) = compared {
                    outcome.compared.push(Compared {
                        section: index,
                        command,
                        output,
                    });
                }
                if self.explains() {
                    self.paragraph(step.why, "   ")?;
                }
                if self.flags.step && place < last {
                    pace::stop("Enter goes on")?;
                }
            }
            outcome.times.push(time);
        }
        Ok(outcome)
    }

    /// Begins, on a thread of its own, each step that need not wait for its turn. In its turn it is found
    /// done, or it is done again and its failure is shown. A run that ends before does not end what it began:
    /// the next one waits for that.
    fn begin(&self, sections: &[Section]) {
        let steps = sections.iter().flat_map(|section| &section.steps).skip(1);
        let steps = steps.filter(|it| it.stamp.as_ref().is_some_and(|stamp| !stamp.is_current()));
        for make in steps.filter_map(|step| step.early) {
            let workspace = self.workspace.clone();
            thread::spawn(move || quietly(&workspace, vec![make(&workspace)?]));
        }
    }

    fn explains(&self) -> bool {
        self.flags.explain || self.flags.step
    }

    /// The question of a step, what it is about, and, at a teacher's pace, what it will run: so people can
    /// predict the answer, which comes after the output.
    fn announce(&self, step: &Step) -> Result<()> {
        if self.explains() && !step.asks.is_empty() {
            let question = self.workspace.library().fill(step.asks);
            report!(self, "   {}", bold(&question))?;
        }
        if self.flags.explain
            && let Some(source) = &step.source
        {
            report!(self, "   {}", dim(&source.file.display().to_string()))?;
            for line in quote::of(self.workspace, source)?.lines() {
                report!(self, "   {} {}", dim("|"), line)?;
            }
        }
        if self.flags.step {
            for action in &step.actions {
                if let Action::Run(line) = action {
                    self.show(line)?;
                }
            }
        }
        Ok(())
    }

    fn show(&self, command: impl std::fmt::Display) -> io::Result<()> {
        report!(self, "   {}", cyan(&format!("$ {command}")))
    }

    /// Runs a step; returns what it printed if it compared.
    fn step(&self, step: &Step) -> Result<Option<(String, String)>> {
        let lock = self.lock(step.early.is_some())?;
        let current = match &step.stamp {
            Some(stamp) => stamp.is_current(),
            None => step.actions.is_empty(),
        };
        if let (Some(stamp), false) = (&step.stamp, current) {
            stamp.remove()?;
        }
        let failed = |error| self.with_hint(error, step.hint);
        let mut compared = None;
        for action in &step.actions {
            if let Action::Run(line) = action {
                if !self.flags.step {
                    self.show(line)?;
                }
                if current {
                    continue;
                }
                let output = self.run_cmd(&line.clone().sharing(lock.clone()));
                let output = output.map_err(failed)?;
                if let Some(own) = step.compared_after {
                    let output = output.split_inclusive('\n').skip(own).collect();
                    compared = Some((line.to_string(), output));
                }
            } else if (!current && action.put().map_err(failed)?) || (current && !self.flags.step) {
                self.show(action.render(self.workspace))?;
            }
        }
        if current {
            report!(self, "     {}", dim(KEPT))?;
        } else if let Some(stamp) = &step.stamp {
            stamp.write().map_err(failed)?;
        }
        if self.flags.explain {
            for file in step.makes() {
                // A header is none of the files that it knows.
                let summary = inspect::summary(self.workspace, file).unwrap_or_default();
                if let Some(line) = summary.first() {
                    report!(self, "   {} {line}", dim("->"))?;
                }
            }
        }
        Ok(compared)
    }

    /// Runs a command line and passes on what it prints, as it comes, set apart from our own.
    fn run_cmd(&self, line: &Cmd) -> Result<String> {
        let mut waiting = false;
        let finished = line.run(self.workspace, &mut |event| match event {
            Event::Printed(text) => {
                if std::mem::take(&mut waiting) {
                    term::clear_status()?;
                }
                // Empty lines would look like the end of the step.
                if text.is_empty() {
                    Ok(())
                } else {
                    report!(self, "     {text}")
                }
            }
            Event::Silence(time) if term::is_terminal() && !self.flags.quiet => {
                waiting = true;
                term::status(&format!("     ... {} s", time.as_secs()))
            }
            Event::Silence(_) => Ok(()),
        })?;
        if waiting {
            term::clear_status()?;
        }
        if !finished.status.success() {
            bail!(match self.flags.quiet {
                true => finished.complaint(line),
                false => finished.ending(line),
            });
        }
        Ok(finished.stdout())
    }

    /// One step at a time in one checkout, and one that was begun early beside it: of two runs, the second
    /// finds done what the first has done.
    fn lock(&self, is_early: bool) -> Result<Option<Arc<File>>> {
        let file = if is_early { ".early.lock" } else { ".lock" };
        let why = if is_early { STILL_RUNNING } else { WAITING };
        let lock = workspace::lock(&self.workspace.pipeline(file), || {
            report!(self, "     {}", dim(why))
        });
        Ok(lock?.map(Arc::new))
    }

    fn with_hint(&self, error: Error, hint: &str) -> Error {
        if hint.is_empty() {
            return error;
        }
        let hint = self.workspace.library().fill(hint);
        Error::msg(format!("{error:#}\nnext: {hint}"))
    }

    fn paragraph(&self, text: &str, indent: &str) -> io::Result<()> {
        term::wrap(&self.workspace.library().fill(text), 92)
            .iter()
            .try_for_each(|line| report!(self, "{indent}{line}"))
    }
}

/// Runs the steps and prints nothing, unless one fails.
pub fn quietly(workspace: &Workspace, steps: Vec<Step>) -> Result<()> {
    let flags = StepFlags {
        quiet: true,
        ..StepFlags::default()
    };
    let section = Section {
        steps,
        ..Section::default()
    };
    Runner::new(workspace, &flags).run(&[section]).map(drop)
}

const KEPT: &str = "done before its turn or in the last run: kept; --fresh runs all";

const STILL_RUNNING: &str =
    "begun while the steps before ran, or by another run: it is still running";

const WAITING: &str = "waiting: another `cargo xtask`, or what is left of one that was ended, is at \
                       work in this checkout";

/// The sections as a script that does the same when it is piped into `sh`.
pub fn script(workspace: &Workspace, sections: &[Section]) -> String {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        "set -eu".to_owned(),
        format!("cd {}", quoted(workspace.root().as_os_str())),
        format!("unset {}", SEARCH_VARIABLES.join(" ")),
    ];
    // Cargo finds this one by itself.
    if workspace.target() != workspace.source("target") {
        let target = quoted(workspace.target().as_os_str());
        lines.push(format!("export CARGO_TARGET_DIR={target}"));
    }
    let mut made: Vec<String> = Vec::new();
    for section in sections {
        lines.push(format!("\n# == {} ==", section.heading));
        for (number, step) in (1..).zip(&section.steps) {
            lines.push(format!("\n# {number}. {}", step.title));
            for file in step.makes() {
                let folder = quoted(&workspace.relative(file.parent().unwrap_or(file)));
                if !made.contains(&folder) {
                    lines.push(format!("mkdir -p {folder}"));
                    made.push(folder);
                }
            }
            for action in &step.actions {
                if let Action::Copy { to, .. } = action {
                    // A program may be using it: it is replaced, and not written into.
                    lines.push(format!("rm -f {}", quoted(&workspace.relative(to))));
                }
                lines.push(action.render(workspace));
            }
        }
    }
    lines.join("\n")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::step::Stamp;

    fn scratch(name: &str) -> (PathBuf, Workspace) {
        let folder =
            std::env::temp_dir().join(format!("xtask-{}-early-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let workspace = workspace.copy_at(folder.clone(), folder.join("target"));
        (folder, workspace)
    }

    fn shell(script: &str) -> Cmd {
        Cmd::new("sh").args(["-c", script])
    }

    /// The same step again, as the thread makes it on which it is begun.
    type Make = fn(&Workspace) -> Result<Step>;

    fn early(make: Make, workspace: &Workspace, script: &str) -> Step {
        let stamp = Stamp::new(workspace.source("stamp")).output(workspace.source("made"));
        let step = Step::new("second", "").run(shell(script)).stamped(stamp);
        Step {
            early: Some(make),
            ..step
        }
    }

    fn run(
        workspace: &Workspace,
        first: &str,
        second: Make,
    ) -> std::result::Result<Outcome, String> {
        let flags = StepFlags {
            quiet: true,
            ..StepFlags::default()
        };
        let section = Section {
            steps: vec![
                Step::new("first", "").run(shell(first)),
                second(workspace).unwrap(),
            ],
            ..Section::default()
        };
        let outcome = Runner::new(workspace, &flags).run(&[section]);
        outcome.map_err(|error| error.to_string())
    }

    const WAITS: &str =
        "i=0; until [ -e FILE ]; do i=$((i + 1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done";

    /// The first step waits for what the second one makes: alone, in order, it would wait in vain.
    #[test]
    fn it_runs_beside_the_steps_before_it_and_once() {
        fn second(workspace: &Workspace) -> Result<Step> {
            Ok(early(
                second,
                workspace,
                "echo made >>made; echo made >>copy",
            ))
        }
        let (folder, workspace) = scratch("beside");
        run(&workspace, &WAITS.replace("FILE", "made"), second).unwrap();
        let step = second(&workspace).unwrap();
        assert!(step.stamp.unwrap().is_current(), "what it made is not kept");
        assert_eq!(fs::read_to_string(folder.join("copy")).unwrap(), "made\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn its_failure_is_shown_in_its_turn() {
        fn second(workspace: &Workspace) -> Result<Step> {
            Ok(early(second, workspace, "echo its own words >&2; exit 3"))
        }
        let (folder, workspace) = scratch("fails");
        let error = run(&workspace, "true", second).err().unwrap();
        assert!(error.contains("its own words"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_step_before_that_fails_does_not_wait_for_it() {
        fn second(workspace: &Workspace) -> Result<Step> {
            let script = WAITS.replace("FILE", "go");
            Ok(early(second, workspace, &format!("{script}; echo >made")))
        }
        let (folder, workspace) = scratch("waits");
        let error = run(
            &workspace,
            "echo the words of the first >&2; exit 1",
            second,
        );
        let error = error.err().unwrap();
        assert!(error.contains("the words of the first"), "{error}");
        assert!(!folder.join("made").exists(), "it was waited for");
        fs::write(folder.join("go"), "").unwrap();
        // What is left of it ends now.
        workspace::lock(&workspace.pipeline(".early.lock"), || Ok(())).unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
