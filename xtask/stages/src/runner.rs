//! Runs a list of steps, with reasons or at a teacher's pace, or prints them as a script.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};

use crate::cli::flags;
use crate::inspect;
use crate::pace;
use crate::process::{Cmd, Event, Finished, SEARCH_VARIABLES, quoted};
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

    /// Runs the sections in order, up to the first step that fails. A step that may be begun early is, unless
    /// somebody wants to see one after the other.
    pub fn run(&self, sections: &[Section]) -> Result<Outcome> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let steps = sections.iter().flat_map(|section| &section.steps);
            let mut early = None;
            if let Some(step) = steps.skip(1).find(|step| step.early && !self.flags.step) {
                early = self.begin(step, scope, &is_over)?;
            }
            let outcome = self.in_order(sections, &mut early);
            is_over.store(true, Ordering::Relaxed);
            outcome
        })
    }

    /// Begins a step that is not current, if no other run is about to do it.
    fn begin<'scope>(
        &'scope self,
        step: &'scope Step,
        scope: &'scope Scope<'scope, '_>,
        is_over: &'scope AtomicBool,
    ) -> Result<Option<Early<'scope>>> {
        let busy = || Err(io::ErrorKind::WouldBlock.into());
        let Ok(Some(lock)) = workspace::lock(&self.early_lock_file(), busy) else {
            return Ok(None);
        };
        match &step.stamp {
            Some(stamp) if !stamp.is_current() => stamp.remove()?,
            _ => return Ok(None),
        }
        let lock = Some(Arc::new(lock));
        let lines: Vec<Cmd> = step
            .actions
            .iter()
            .filter_map(Action::line)
            .cloned()
            .collect();
        let workspace = self.workspace;
        let run = move || {
            let mut finished = Vec::new();
            for line in lines {
                let line = line.sharing(lock.clone());
                finished.push(line.run(
                    workspace,
                    &mut |_| match is_over.load(Ordering::Relaxed) {
                        true => Err(io::ErrorKind::Interrupted.into()),
                        false => Ok(()),
                    },
                )?);
                if !finished.iter().all(|one| one.status.success()) {
                    break;
                }
            }
            Ok(finished)
        };
        Ok(Some(Early {
            step,
            work: scope.spawn(run),
        }))
    }

    fn in_order(&self, sections: &[Section], early: &mut Option<Early<'_>>) -> Result<Outcome> {
        let mut outcome = Outcome {
            compared: Vec::new(),
            times: Vec::new(),
        };
        let last: usize = sections.iter().map(|section| section.steps.len()).sum();
        let mut place = 0;
        for (index, section) in sections.iter().enumerate() {
            if index > 0 {
                report!(self, "")?;
            }
            report!(self, "{}", bold(&format!("== {} ==", section.heading)))?;
            if (self.flags.explain || self.flags.step) && !section.about.is_empty() {
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
                let early = early.take_if(|early| std::ptr::eq(early.step, step));
                let compared = self.step(step, early)?;
                time += started.elapsed();
                if let Some((command, output)) = compared {
                    outcome.compared.push(Compared {
                        section: index,
                        command,
                        output,
                    });
                }
                if self.flags.explain || self.flags.step {
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

    /// The question of a step, what it is about, and, at a teacher's pace, what it will run: so people can
    /// predict the answer, which comes after the output.
    fn announce(&self, step: &Step) -> Result<()> {
        if (self.flags.explain || self.flags.step) && !step.asks.is_empty() {
            report!(
                self,
                "   {}",
                bold(&self.workspace.library().fill(step.asks))
            )?;
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

    /// Runs a step, or what is left to do of one that was begun; returns what it printed if it compared.
    fn step(&self, step: &Step, early: Option<Early<'_>>) -> Result<Option<(String, String)>> {
        let was_early = early.is_some();
        let mut finished = match early {
            None => Vec::new(),
            Some(early) => early.finish(self.flags.quiet)?,
        }
        .into_iter();
        // Of two runs, one makes what is made early.
        let _early = match step.early {
            true => self.lock(&self.early_lock_file())?,
            false => None,
        };
        let lock = self.lock(&lock_file(self.workspace))?;
        let current = match &step.stamp {
            Some(stamp) => stamp.is_current(),
            None => step.actions.is_empty(),
        };
        if let (Some(stamp), false) = (&step.stamp, current) {
            if let Some(reason) = stamp.reason(self.workspace) {
                report!(self, "     {}", dim(&format!("rebuilding: {reason}")))?;
            }
            // Of what was begun early, it was removed then.
            if !was_early {
                stamp.remove()?;
            }
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
                    let output = match finished.next() {
                        Some(finished) => self.show_output(line, finished),
                        None => self.run_cmd(&line.clone().sharing(lock.clone())),
                    }
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
            // A teacher who rehearsed has built it already.
            let how = if self.flags.step {
                "; with --fresh, all is run"
            } else {
                ""
            };
            let text = format!("unchanged since the last run: kept{how}");
            report!(self, "     {}", dim(&text))?;
        } else if let Some(stamp) = &step.stamp {
            if was_early {
                report!(self, "     {}", dim("done while the steps before ran"))?;
            }
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
        self.judge(line, finished)
    }

    /// The same for a command that has run already.
    fn show_output(&self, line: &Cmd, finished: Finished) -> Result<String> {
        let output = finished.stderr() + &finished.stdout();
        let lines = output.lines().filter(|text| !text.is_empty());
        for text in lines {
            report!(self, "     {text}")?;
        }
        self.judge(line, finished)
    }

    fn judge(&self, line: &Cmd, finished: Finished) -> Result<String> {
        if !finished.status.success() {
            bail!(match self.flags.quiet {
                true => finished.complaint(line),
                false => finished.ending(line),
            });
        }
        Ok(finished.stdout())
    }

    fn early_lock_file(&self) -> PathBuf {
        self.workspace.pipeline(".early.lock")
    }

    /// One step at a time in one checkout: of two runs, the second finds done what the first has done.
    fn lock(&self, file: &Path) -> Result<Option<Arc<File>>> {
        let lock = workspace::lock(file, || {
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

/// A step that was begun before its turn.
struct Early<'scope> {
    step: &'scope Step,
    work: ScopedJoinHandle<'scope, Result<Vec<Finished>>>,
}

impl Early<'_> {
    /// Waits for its end; the commands that were run, up to the first that failed.
    fn finish(self, quiet: bool) -> Result<Vec<Finished>> {
        let waits = !quiet && !self.work.is_finished();
        if waits {
            let text = format!("     ... still running: {}", last_command(self.step));
            match term::is_terminal() {
                true => term::status(&text)?,
                false => writeln!(io::stderr(), "{text}")?,
            }
        }
        let finished = self.work.join();
        if waits {
            term::clear_status()?;
        }
        finished.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// How the step's last command begins, which is the one that takes long: pip's download, for one.
fn last_command(step: &Step) -> String {
    const LENGTH: usize = 60;
    let mut commands = step.actions.iter().filter_map(|action| match action {
        Action::Run(line) => Some(line.to_string()),
        _ => None,
    });
    let line = commands.next_back().unwrap_or_default();
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
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
    // All but the lock, for which another run may be waiting.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_fits_on_a_line() {
        let shell = |word: &str| Cmd::new("sh").arg(word);
        let step = Step::new("Install", "").run(shell("a")).run(shell("b"));
        assert_eq!(last_command(&step), "sh b");
        let long = last_command(&step.run(shell(&"ü".repeat(100))));
        assert!(long.chars().count() < 70 && long.ends_with("..."), "{long}");
        assert_eq!(last_command(&Step::new("Nothing", "")), "");
    }
}
