//! Plays a list of steps: runs them, with reasons or at a teacher's pace, or prints them as a script.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use crate::LIBRARY;
use crate::cli::{Arguments, Flag, usage_error};
use crate::inspect;
use crate::process::{Event, Line, SEARCH_VARIABLES, Shown};
use crate::quote;
use crate::step::{Action, Step};
use crate::term::{self, bold, cyan, dim, say, yellow};
use crate::workspace::{self, Workspace};

/// The flags of every command that plays steps.
pub const FLAGS: &[Flag] = &[
    Flag::switch(
        "explain",
        "before each step its reason and source, after it what came out",
    ),
    Flag::switch("step", "waits for Enter between steps"),
    Flag::switch(
        "dry-run",
        "prints the steps as a POSIX shell script and runs nothing",
    ),
];

/// A heading and the steps under it.
pub struct Part {
    /// A word for the sum at the end.
    pub name: &'static str,
    pub heading: String,
    /// One or two sentences under the heading, for `--explain`.
    pub about: &'static str,
    pub steps: Vec<Step>,
}

/// What a step that greets printed.
pub struct Greeting {
    /// Index of the part.
    pub part: usize,
    pub command: String,
    pub output: String,
}

/// How the parts went.
pub struct Played {
    pub greetings: Vec<Greeting>,
    /// The time that each part took, without a teacher's pauses.
    pub times: Vec<Duration>,
}

pub struct Player<'a> {
    workspace: &'a Workspace,
    explain: bool,
    pause: bool,
    /// Nobody is told anything, unless it fails.
    silent: bool,
    /// Whether it was said that another run is being waited for.
    has_waited: Cell<bool>,
}

/// Says a line, if anybody is told.
macro_rules! tell {
    ($player:expr, $($text:tt)*) => {
        if $player.silent { Ok(()) } else { say!($($text)*) }
    };
}

impl<'a> Player<'a> {
    pub fn new(workspace: &'a Workspace, arguments: &Arguments) -> Result<Player<'a>> {
        if arguments.has("step") && arguments.has("dry-run") {
            return Err(usage_error(
                "--step and --dry-run exclude each other: a script runs alone",
            ));
        }
        let pause = pauses(arguments)?;
        Ok(Player {
            workspace,
            explain: arguments.has("explain"),
            pause,
            silent: false,
            has_waited: Cell::new(false),
        })
    }

    /// One that only does it.
    pub fn quiet(workspace: &'a Workspace) -> Player<'a> {
        Player {
            workspace,
            explain: false,
            pause: false,
            silent: true,
            has_waited: Cell::new(false),
        }
    }

    /// Plays the parts in order, up to the first step that fails.
    pub fn play(&self, parts: &[Part]) -> Result<Played> {
        let mut played = Played {
            greetings: Vec::new(),
            times: Vec::new(),
        };
        let last = parts.iter().map(|part| part.steps.len()).sum::<usize>();
        let mut done = 0;
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                tell!(self, "")?;
            }
            tell!(self, "{}", bold(&format!("== {} ==", part.heading)))?;
            if self.explain && !part.about.is_empty() {
                self.paragraph(part.about, "")?;
            }
            let mut time = Duration::ZERO;
            for (number, step) in part.steps.iter().enumerate() {
                tell!(
                    self,
                    "\n{}",
                    bold(&format!("{}. {}", number + 1, step.title))
                )?;
                let started = Instant::now();
                let greeting = self.step(step)?;
                time += started.elapsed();
                if let Some((command, output)) = greeting {
                    played.greetings.push(Greeting {
                        part: index,
                        command,
                        output,
                    });
                }
                done += 1;
                if self.pause && done < last {
                    wait_for_enter()?;
                }
            }
            played.times.push(time);
        }
        Ok(played)
    }

    /// Runs a step; returns what it printed if it greets.
    fn step(&self, step: &Step) -> Result<Option<(String, String)>> {
        if self.explain {
            self.paragraph(step.why, "   ")?;
            if let Some(source) = &step.source {
                tell!(self, "   {}", dim(&source.file.display().to_string()))?;
                let file = self.workspace.root().join(&source.file);
                for line in quote::item(&file, &source.item)?.lines() {
                    tell!(self, "   {} {}", dim("|"), line)?;
                }
            }
        }
        let _lock = self.lock()?;
        let current = match &step.stamp {
            Some(stamp) => stamp.is_current(),
            None => step.actions.is_empty(),
        };
        let mut greeting = None;
        if let (Some(stamp), false) = (&step.stamp, current) {
            stamp.remove()?;
        }
        for action in &step.actions {
            match action {
                _ if current => tell!(
                    self,
                    "   {}",
                    cyan(&format!("$ {}", action.render(self.workspace)))
                )?,
                Action::Run(line) => {
                    tell!(self, "   {}", cyan(&format!("$ {line}")))?;
                    let output = self
                        .run(line)
                        .map_err(|error| with_hint(error, step.hint))?;
                    if let Some(own) = step.greets_after {
                        let output = output.split_inclusive('\n').skip(own).collect();
                        greeting = Some((line.to_string(), output));
                    }
                }
                Action::Copy { .. } | Action::Link { .. } => {
                    if action.put().map_err(|error| with_hint(error, step.hint))? {
                        tell!(
                            self,
                            "   {}",
                            cyan(&format!("$ {}", action.render(self.workspace)))
                        )?;
                    }
                }
            }
        }
        if current {
            tell!(self, "     {}", dim("unchanged since the last run: kept"))?;
        } else if let Some(stamp) = &step.stamp {
            stamp.write().map_err(|error| with_hint(error, step.hint))?;
        }
        if self.explain {
            for file in &step.makes {
                for line in inspect::summary(self.workspace, file)? {
                    tell!(self, "   {} {line}", dim("->"))?;
                }
            }
        }
        Ok(greeting)
    }

    /// Runs a command line and passes on what it prints, as it comes, set apart from our own.
    fn run(&self, line: &Line) -> Result<String> {
        let mut waiting = false;
        let finished = line.run(self.workspace, &mut |event| match event {
            Event::Line(text) => {
                if std::mem::take(&mut waiting) {
                    term::clear_status()?;
                }
                // Empty lines would look like the end of the step.
                if text.is_empty() {
                    Ok(())
                } else {
                    tell!(self, "     {text}")
                }
            }
            Event::Silence(time) if term::is_terminal() && !self.silent => {
                waiting = true;
                term::status(&format!("     ... {} s", time.as_secs()))
            }
            Event::Silence(_) => Ok(()),
        })?;
        if waiting {
            term::clear_status()?;
        }
        if !finished.status.success() {
            let shown = if self.silent {
                Shown::Nothing
            } else {
                Shown::Everything
            };
            return Err(finished.failure(line, shown).into());
        }
        Ok(finished.stdout())
    }

    /// One step at a time in one checkout: of two runs, the second finds done what the first has done.
    fn lock(&self) -> Result<Option<File>> {
        workspace::lock(&self.workspace.pipeline(".lock"), || {
            if !self.has_waited.replace(true) {
                let text = "another `cargo xtask` is at work in this checkout: waiting for it";
                tell!(self, "     {}", dim(text))?;
            }
            Ok(())
        })
    }

    fn paragraph(&self, text: &str, indent: &str) -> io::Result<()> {
        term::wrap(&LIBRARY.fill(text), 92)
            .iter()
            .try_for_each(|line| tell!(self, "{indent}{line}"))
    }
}

/// Does the steps without a word, unless one fails.
pub fn quietly(workspace: &Workspace, steps: Vec<Step>) -> Result<()> {
    let part = Part {
        name: "",
        heading: String::new(),
        about: "",
        steps,
    };
    Player::quiet(workspace).play(&[part]).map(drop)
}

/// Prints the parts as a script that does the same when it is piped into `sh`.
pub fn print_script(workspace: &Workspace, parts: &[Part]) -> Result<()> {
    say!("#!/bin/sh")?;
    say!("set -eu")?;
    say!(
        "cd {}",
        crate::process::quoted(workspace.root().as_os_str())
    )?;
    say!("unset {}", SEARCH_VARIABLES.join(" "))?;
    if !workspace.has_default_target() {
        let target = crate::process::quoted(workspace.target().as_os_str());
        say!("export CARGO_TARGET_DIR={target}")?;
    }
    let mut made: Vec<String> = Vec::new();
    for part in parts {
        say!("\n# == {} ==", part.heading)?;
        for (number, step) in part.steps.iter().enumerate() {
            say!("\n# {}. {}", number + 1, step.title)?;
            let folders = step.actions.iter().filter_map(Action::folder);
            for folder in folders.chain(step.makes.iter().filter_map(|file| file.parent())) {
                let folder = crate::process::quoted(&workspace.relative(folder));
                if !made.contains(&folder) {
                    say!("mkdir -p {folder}")?;
                    made.push(folder);
                }
            }
            for action in &step.actions {
                say!("{}", action.script(workspace))?;
            }
        }
    }
    Ok(())
}

fn with_hint(error: Error, hint: &str) -> Error {
    if hint.is_empty() {
        error
    } else {
        anyhow::anyhow!("{error:#}\nnext: {}", LIBRARY.fill(hint))
    }
}

/// Whether `--step` was given; without a terminal nobody could go on.
pub fn pauses(arguments: &Arguments) -> Result<bool> {
    let pause = arguments.has("step");
    if pause && !(io::stdin().is_terminal() && term::is_terminal()) {
        return Err(usage_error(
            "--step waits for Enter and so needs a terminal for input and output\n\
             next: leave --step away, or run it in a terminal",
        ));
    }
    Ok(pause)
}

/// Waits until whoever looks on has seen enough.
pub fn wait_for_enter() -> Result<()> {
    term::status(&yellow("   [Enter]"))?;
    let mut line = String::new();
    if io::stdin().read_line(&mut line)? == 0 {
        anyhow::bail!(
            "the input ended before the last step\nnext: run it in a terminal, or without --step"
        );
    }
    Ok(())
}
