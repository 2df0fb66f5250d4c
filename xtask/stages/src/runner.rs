//! Runs a list of steps, with reasons or at a teacher's pace, or prints them as a script.

use std::fs::File;
use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
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
    #[derive(Clone, Default)]
    pub struct StepFlags {
        explain: "Show the reason and the source of each step before it, and what it made after it",
        step: "Stop before and after each step; Enter goes on, b Enter goes back, q Enter ends",
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
    pub command: String,
    pub output: String,
}

/// How a section went.
pub struct Outcome {
    pub name: &'static str,
    pub heading: String,
    pub compared: Vec<Compared>,
    /// The time that its steps took, without a teacher's pauses.
    pub time: Duration,
}

/// Runs the sections, each on a thread of its own, and shows them in order, up to the first step that fails.
/// A section waits for the shared steps of those before it, and for nothing else.
///
/// After a failure what the other sections are doing is ended: within a second they notice that nobody listens.
pub fn run(
    workspace: &Workspace,
    flags: &StepFlags,
    sections: Vec<Section>,
) -> Result<Vec<Outcome>> {
    let mut before = None;
    let begin = |section| {
        let (screen, shown) = channel();
        let (after, next) = channel();
        let runner = Runner {
            workspace: workspace.clone(),
            flags: flags.clone(),
            screen,
            before: before.replace(next),
            after: Some(after),
        };
        (shown, thread::spawn(move || runner.section(section)))
    };
    let running: Vec<_> = sections.into_iter().map(begin).collect();
    let mut running = running.into_iter();
    let mut outcomes = Vec::new();
    let result = running.try_for_each(|(shown, section)| {
        show(&shown, flags.quiet)?;
        match section.join() {
            Ok(outcome) => outcomes.extend(outcome?),
            Err(panicked) => panic::resume_unwind(panicked),
        }
        Ok(())
    });
    let ending: Vec<_> = running.map(|(_, section)| section).collect();
    ending.into_iter().for_each(|section| drop(section.join()));
    result.map(|()| outcomes)
}

/// What a section has to show.
enum Shown {
    Line(String),
    /// A step is at work, and has said nothing for this long.
    Silence(Duration),
    /// The section goes on when a person has pressed Enter.
    Stop(&'static str, Sender<()>),
}

/// Shows it all as it comes, to the end of the section.
fn show(shown: &Receiver<Shown>, quiet: bool) -> io::Result<()> {
    let mut waiting = false;
    for it in shown {
        if std::mem::take(&mut waiting) {
            term::clear_status()?;
        }
        match it {
            Shown::Line(text) => say!("{text}")?,
            Shown::Silence(_) if quiet => {}
            Shown::Silence(time) => {
                waiting = true;
                term::status(&format!("     ... {} s", time.as_secs()))?;
            }
            Shown::Stop(label, go_on) => {
                pace::stop(label)?;
                let _ = go_on.send(());
            }
        }
    }
    if waiting {
        term::clear_status()?;
    }
    Ok(())
}

struct Runner {
    workspace: Workspace,
    flags: StepFlags,
    screen: Sender<Shown>,
    /// Says when all that is shared of the sections before is done, or hangs up if it will not be.
    before: Option<Receiver<()>>,
    /// The same for the section after.
    after: Option<Sender<()>>,
}

/// Shows a line, unless the runner is quiet.
macro_rules! report {
    ($runner:expr, $($text:tt)*) => {
        if $runner.flags.quiet { Ok(()) } else { $runner.show(Shown::Line(format!($($text)*))) }
    };
}

impl Runner {
    /// Runs the section; returns nothing if one before has failed.
    fn section(mut self, section: Section) -> Result<Option<Outcome>> {
        let mut outcome = Outcome {
            name: section.name,
            heading: section.heading,
            compared: Vec::new(),
            time: Duration::ZERO,
        };
        if self.before.is_some() {
            report!(self, "")?;
        }
        report!(self, "{}", bold(&format!("== {} ==", outcome.heading)))?;
        if self.explains() && !section.about.is_empty() {
            self.paragraph(section.about, "")?;
        }
        let last_shared = section.steps.iter().rposition(|step| step.shared);
        for (index, step) in section.steps.iter().enumerate() {
            let title = format!("{}. {}", index + 1, step.title);
            report!(self, "\n{}", bold(&title))?;
            self.announce(step)?;
            self.stop("Enter runs it")?;
            if !step.is_independent && !self.is_provided() {
                return Ok(None);
            }
            if self.before.is_none() && last_shared.is_none_or(|last| index > last) {
                self.provide();
            }
            let started = Instant::now();
            let compared = self.step(step)?;
            outcome.time += started.elapsed();
            outcome.compared.extend(compared);
            if self.explains() {
                self.paragraph(step.why, "   ")?;
            }
            self.stop("Enter goes on")?;
        }
        if self.is_provided() {
            self.provide();
        }
        Ok(Some(outcome))
    }

    /// Waits until what is shared of the sections before is done; says whether it was.
    fn is_provided(&mut self) -> bool {
        let before = self.before.take();
        before.is_none_or(|before| before.recv().is_ok())
    }

    /// Lets the section after begin.
    fn provide(&mut self) {
        // It may have ended: of its own failure it is heard in its turn.
        let _ = self.after.take().map(|after| after.send(()));
    }

    /// It fails when the run has failed that would have shown it.
    fn show(&self, it: Shown) -> io::Result<()> {
        let gone = |_| io::ErrorKind::BrokenPipe.into();
        self.screen.send(it).map_err(gone)
    }

    fn stop(&self, label: &'static str) -> io::Result<()> {
        if !self.flags.step {
            return Ok(());
        }
        let (go_on, wait) = channel();
        self.show(Shown::Stop(label, go_on))?;
        wait.recv().map_err(|_| io::ErrorKind::BrokenPipe.into())
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
            for line in quote::of(&self.workspace, source)?.lines() {
                report!(self, "   {} {}", dim("|"), line)?;
            }
        }
        if self.flags.step {
            for action in &step.actions {
                if let Action::Run(line) = action {
                    self.command(line)?;
                }
            }
        }
        Ok(())
    }

    fn command(&self, command: impl std::fmt::Display) -> io::Result<()> {
        report!(self, "   {}", cyan(&format!("$ {command}")))
    }

    /// Runs a step; returns what it printed if it compared.
    fn step(&self, step: &Step) -> Result<Option<Compared>> {
        let lock = self.lock(step.stage)?;
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
                    self.command(line)?;
                }
                if current {
                    continue;
                }
                let output = self.run_cmd(&line.clone().sharing(lock.clone()));
                let output = output.map_err(failed)?;
                if let Some(own) = step.compared_after {
                    compared = Some(Compared {
                        command: line.to_string(),
                        output: output.split_inclusive('\n').skip(own).collect(),
                    });
                }
            } else if (!current && action.put().map_err(failed)?) || (current && !self.flags.step) {
                self.command(action.render(&self.workspace))?;
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
                let summary = inspect::summary(&self.workspace, file).unwrap_or_default();
                if let Some(line) = summary.first() {
                    report!(self, "   {} {line}", dim("->"))?;
                }
            }
        }
        Ok(compared)
    }

    /// Runs a command line and passes on what it prints, as it comes, set apart from our own.
    fn run_cmd(&self, line: &Cmd) -> Result<String> {
        let finished = line.run(&self.workspace, &mut |event| match event {
            Event::Printed(text) => report!(self, "     {text}"),
            Event::Silence(time) => self.show(Shown::Silence(time)),
        })?;
        if !finished.status.success() {
            bail!(match self.flags.quiet {
                true => finished.complaint(line),
                false => finished.ending(line),
            });
        }
        Ok(finished.stdout())
    }

    /// One step of a stage at a time in one checkout: of two runs, the second finds done what the first has
    /// done.
    fn lock(&self, stage: &str) -> Result<Option<Arc<File>>> {
        let file = self.workspace.pipeline(".lock").with_extension(stage);
        let lock = workspace::lock(&file, || report!(self, "     {}", dim(WAITING)));
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
    run(workspace, &flags, vec![section]).map(drop)
}

const KEPT: &str = "done in the last run: kept; --fresh runs all";

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

    fn scratch(name: &str) -> (PathBuf, Workspace) {
        let folder = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let workspace = workspace.copy_at(folder.clone(), folder.join("target"));
        (folder, workspace)
    }

    fn step(stage: &'static str, script: &str) -> Step {
        Step {
            stage,
            ..Step::new("", "").run(Cmd::new("sh").args(["-c", script]))
        }
    }

    fn shared(script: &str) -> Step {
        Step {
            shared: true,
            ..step("first", script)
        }
    }

    fn independent(stage: &'static str, script: &str) -> Step {
        Step {
            is_independent: true,
            ..step(stage, script)
        }
    }

    /// Runs each list of steps as a section of its own.
    fn sections<const N: usize>(
        workspace: &Workspace,
        sections: [Vec<Step>; N],
    ) -> std::result::Result<Vec<Outcome>, String> {
        let flags = StepFlags {
            quiet: true,
            ..StepFlags::default()
        };
        let section = |steps| Section {
            steps,
            ..Section::default()
        };
        let outcomes = run(workspace, &flags, sections.map(section).into());
        outcomes.map_err(|error| error.to_string())
    }

    /// Ends when the file is there.
    fn waits(file: &str) -> String {
        format!(
            "i=0; until [ -e {file} ]; do i=$((i + 1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done"
        )
    }

    /// Each section waits for what the next one makes: in order they would wait in vain.
    #[test]
    fn a_section_waits_for_what_is_shared_and_for_nothing_else() {
        let (folder, workspace) = scratch("beside");
        let first = vec![
            shared(&format!("{}; echo >shared", waits("independent"))),
            step("first", &waits("second")),
        ];
        let then = format!("cat shared && echo >second && {}", waits("last"));
        let second = vec![independent("second", "true"), step("second", &then)];
        let last = vec![
            independent("last", "[ ! -e shared ] && echo >independent"),
            step("last", "cat shared && echo >last"),
        ];
        let outcomes = sections(&workspace, [first, second, last]).unwrap();
        assert_eq!(outcomes.len(), 3);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_failure_is_shown_in_its_turn() {
        let (folder, workspace) = scratch("fails");
        let first = vec![shared(&waits("failed"))];
        let fails = "echo >failed; echo its own words >&2; exit 3";
        let last = vec![independent("last", fails)];
        let error = sections(&workspace, [first, last]).err().unwrap();
        assert!(error.contains("its own words"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn after_a_failure_nothing_begins_and_what_is_at_work_is_ended() {
        let (folder, workspace) = scratch("ends");
        let first = vec![shared("echo the words of the first >&2; exit 1")];
        let second = vec![step("second", "echo >begun")];
        let last = vec![
            independent("last", &format!("{}; echo >made", waits("go"))),
            step("last", "echo >begun"),
        ];
        let error = sections(&workspace, [first, second, last]).err().unwrap();
        assert!(error.contains("the words of the first"), "{error}");
        fs::write(folder.join("go"), "").unwrap();
        // If anything is left of it, that ends now.
        workspace::lock(&workspace.pipeline(".lock.last"), || Ok(())).unwrap();
        assert!(!folder.join("made").exists(), "it went on");
        assert!(!folder.join("begun").exists(), "it began after a failure");
        fs::remove_dir_all(folder).unwrap();
    }
}
