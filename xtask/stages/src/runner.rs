//! Runs a list of steps, with reasons or at a teacher's pace, or prints them as a script.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};

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
        step: "Stop before and after each step; Enter goes on, q ends",
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
pub struct Outcome {
    pub compared: Vec<Compared>,
    /// The time that each section took, without a teacher's pauses.
    pub times: Vec<Duration>,
}

pub struct Runner<'a> {
    workspace: &'a Workspace,
    flags: &'a StepFlags,
    /// Whether it was said that another run is being waited for.
    has_waited: Cell<bool>,
}

/// Prints a line, unless the runner is quiet.
macro_rules! report {
    ($runner:expr, $($text:tt)*) => {
        if $runner.flags.quiet { Ok(()) } else { say!($($text)*) }
    };
}

impl<'a> Runner<'a> {
    pub fn new(workspace: &'a Workspace, flags: &'a StepFlags) -> Runner<'a> {
        Runner {
            workspace,
            flags,
            has_waited: Cell::new(false),
        }
    }

    /// Runs the sections in order, up to the first step that fails.
    pub fn run(&self, sections: &[Section]) -> Result<Outcome> {
        let mut outcome = Outcome {
            compared: Vec::new(),
            times: Vec::new(),
        };
        for (index, section) in sections.iter().enumerate() {
            if index > 0 {
                report!(self, "")?;
            }
            report!(self, "{}", bold(&format!("== {} ==", section.heading)))?;
            if (self.flags.explain || self.flags.step) && !section.about.is_empty() {
                self.paragraph(section.about, "")?;
            }
            let mut time = Duration::ZERO;
            let last = section.steps.len();
            for (number, step) in (1..).zip(&section.steps) {
                report!(self, "\n{}", bold(&format!("{number}. {}", step.title)))?;
                self.announce(step)?;
                if self.flags.step {
                    pace::stop(&format!("{number} of {last}: Enter runs it"))?;
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
                if self.flags.step && (number < last || index + 1 < sections.len()) {
                    pace::stop(&format!("{number} of {last}: Enter goes on"))?;
                }
            }
            outcome.times.push(time);
        }
        Ok(outcome)
    }

    /// Why a step is there, what it is about, and, at a teacher's pace, what it will run: so people can
    /// predict what comes of it.
    fn announce(&self, step: &Step) -> Result<()> {
        if self.flags.explain || self.flags.step {
            self.paragraph(step.why, "   ")?;
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
        let lock = self.lock()?;
        let current = match &step.stamp {
            Some(stamp) => stamp.is_current(),
            None => step.actions.is_empty(),
        };
        if let (Some(stamp), false) = (&step.stamp, current) {
            if let Some(reason) = stamp.reason(self.workspace) {
                report!(self, "     {}", dim(&format!("rebuilding: {reason}")))?;
            }
            stamp.remove()?;
        }
        let mut compared = None;
        for action in &step.actions {
            match action {
                Action::Run(line) => {
                    if !self.flags.step {
                        self.show(line)?;
                    }
                    if current {
                        continue;
                    }
                    let output = self
                        .run_cmd(&line.clone().sharing(lock.clone()))
                        .map_err(|error| self.with_hint(error, step.hint))?;
                    if let Some(own) = step.compared_after {
                        let output = output.split_inclusive('\n').skip(own).collect();
                        compared = Some((line.to_string(), output));
                    }
                }
                Action::Copy { .. } | Action::Link { .. } => {
                    let done = !current
                        && action
                            .put()
                            .map_err(|error| self.with_hint(error, step.hint))?;
                    if done || (current && !self.flags.step) {
                        self.show(action.render(self.workspace))?;
                    }
                }
            }
        }
        if current {
            // Whoever has rehearsed is in front of others now.
            let how = if self.flags.step {
                "; with --fresh, all is run"
            } else {
                ""
            };
            let text = format!("unchanged since the last run: kept{how}");
            report!(self, "     {}", dim(&text))?;
        } else if let Some(stamp) = &step.stamp {
            stamp
                .write()
                .map_err(|error| self.with_hint(error, step.hint))?;
        }
        if self.flags.explain {
            for file in &step.makes {
                let summary = inspect::summary(self.workspace, file)?;
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

    /// One step at a time in one checkout: of two runs, the second finds done what the first has done.
    fn lock(&self) -> Result<Option<Arc<File>>> {
        let lock = workspace::lock(&lock_file(self.workspace), || {
            if !self.has_waited.replace(true) {
                report!(self, "     {}", dim(WAITING))?;
            }
            Ok(())
        });
        Ok(lock?.map(Arc::new))
    }

    fn with_hint(&self, error: Error, hint: &str) -> Error {
        if hint.is_empty() {
            return error;
        }
        let hint = self.workspace.library().fill(hint);
        anyhow::anyhow!("{error:#}\nnext: {hint}")
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

const WAITING: &str = "waiting: another `cargo xtask`, or what is left of one that was ended, is at \
                       work in this checkout";

fn lock_file(workspace: &Workspace) -> PathBuf {
    workspace.pipeline(".lock")
}

/// The workspace with an empty target directory of its own, as on a machine that has built nothing.
pub fn fresh(workspace: &Workspace) -> Result<Workspace> {
    let fresh = workspace.fresh();
    let lock = lock_file(&fresh);
    let _held = workspace::lock(&lock, || say!("{WAITING}"))?;
    // All but the lock, on which somebody may be waiting.
    for folder in [fresh.target(), &fresh.pipeline("")] {
        let failed = || format!("cannot empty {}", folder.display());
        for entry in fs::read_dir(folder).with_context(failed)? {
            let path = entry.with_context(failed)?.path();
            if path.symlink_metadata().with_context(failed)?.is_dir() {
                if !lock.starts_with(&path) {
                    fs::remove_dir_all(path).with_context(failed)?;
                }
            } else if path != lock {
                fs::remove_file(path).with_context(failed)?;
            }
        }
    }
    Ok(fresh)
}

/// The sections as a script that does the same when it is piped into `sh`.
pub fn script(workspace: &Workspace, sections: &[Section]) -> String {
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        "set -eu".to_owned(),
        format!("cd {}", quoted(workspace.root().as_os_str())),
        format!("unset {}", SEARCH_VARIABLES.join(" ")),
    ];
    if !workspace.has_default_target() {
        let target = quoted(workspace.target().as_os_str());
        lines.push(format!("export CARGO_TARGET_DIR={target}"));
    }
    let mut made: Vec<String> = Vec::new();
    for section in sections {
        lines.push(format!("\n# == {} ==", section.heading));
        for (number, step) in (1..).zip(&section.steps) {
            lines.push(format!("\n# {number}. {}", step.title));
            let folders = step.actions.iter().filter_map(Action::folder);
            for folder in folders.chain(step.makes.iter().filter_map(|file| file.parent())) {
                let folder = quoted(&workspace.relative(folder));
                if !made.contains(&folder) {
                    lines.push(format!("mkdir -p {folder}"));
                    made.push(folder);
                }
            }
            for action in &step.actions {
                lines.push(action.script(workspace));
            }
        }
    }
    lines.join("\n")
}
