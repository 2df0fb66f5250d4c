//! The program of an exhibit: built and run as by a user without checks.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::process::{Cmd, Event};
use abi_stages::python::Environment;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::file::{Exhibit, Language, Sees};
use super::tools;
use crate::builds;
use crate::check::{Requirement, SkipReason};

/// How often the damaged program is run.
pub const RUNS: usize = 10;

/// A command, and what it printed on both outputs, as it appears in a terminal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shown {
    pub command: String,
    pub output: Vec<String>,
    /// How it ended, if not well.
    pub end: Option<String>,
}

impl Exhibit {
    /// What is not here and would be needed to run it.
    pub fn absent(&self, workspace: &Workspace) -> Option<SkipReason> {
        let python = self.needs_numpy.then_some(Requirement::PythonTools);
        let mut needs = [Requirement::LinuxX86].into_iter().chain(python);
        needs.find_map(|need| need.absent(workspace))
    }

    /// Builds what the program needs besides what the stages make.
    pub fn prepare(&self, workspace: &Workspace) -> Result<()> {
        builds::build_library(workspace)?;
        match (self.language, self.needs_numpy) {
            (Language::C, _) => Ok(()),
            (Language::Python, false) => builds::build_module(workspace),
            (Language::Python, true) => builds::build_python(workspace),
        }
    }

    /// Compiles the program, if it is one to be compiled; returns the line.
    pub fn compile(&self, workspace: &Workspace) -> Result<Option<Shown>> {
        if self.language == Language::Python {
            return Ok(None);
        }
        let to = tools::program(workspace, "{main}");
        std::fs::create_dir_all(to.parent().context("no folder")?)?;
        let line = if self.has_build_script {
            Cmd::new("sh").arg(format!("{}/build.sh", self.folder))
        } else {
            let sources = self.sources(workspace)?;
            let program = Program {
                sources: sources.into_iter().map(Into::into).collect(),
                flags: &["-pthread"],
                linkage: Linkage::Shared,
                to: &to,
            };
            Compiler::find(workspace)?.program(workspace, &program)
        };
        line.check(workspace)?;
        Ok(Some(Shown {
            command: masked(&line.to_string(), workspace).trim_end().to_owned(),
            output: Vec::new(),
            end: None,
        }))
    }

    /// `main.c` alone, or with what it needs beside it, from the root.
    pub fn sources(&self, workspace: &Workspace) -> Result<Vec<PathBuf>> {
        let files = workspace::files(&workspace.root().join(&self.folder))?.into_iter();
        let sources = files.filter(|path| path.extension().is_some_and(|end| end == "c"));
        Ok(sources
            .map(|path| workspace.relative(&path).into())
            .collect())
    }

    /// Runs the program once, in every way that the exhibit shows.
    pub fn run(&self, workspace: &Workspace) -> Result<Vec<Shown>> {
        let runs = self.runs.iter();
        runs.map(|run| shell(workspace, &self.filled_in(run, workspace)))
            .collect()
    }

    /// Runs the damaged program [`RUNS`] times, and returns what it did at first; `before` is what
    /// the sound one did. An error if the damage is not seen each time.
    pub fn damage(&self, workspace: &Workspace, before: &[Shown]) -> Result<Vec<Shown>> {
        let mut shown = Vec::new();
        let mut times = 0;
        for round in 0..RUNS {
            let run = self.run(workspace)?;
            times += usize::from(match self.sees {
                Sees::Nothing => text(&run) == text(before),
                Sees::Words(_) => self.sees_it(&run),
            });
            if round == 0 {
                shown = run;
            }
        }
        if times < RUNS {
            bail!(
                "the damage was seen in {times} of {RUNS} runs of the program; at first it \
                 printed:\n{}",
                text(&shown)
            );
        }
        Ok(shown)
    }

    /// Whether the damage shows in the words.
    pub fn sees_it(&self, shown: &[Shown]) -> bool {
        let text = text(shown);
        match &self.sees {
            Sees::Nothing => false,
            Sees::Words(words) => words.iter().all(|words| text.contains(words)),
        }
    }

    /// A line of the exhibit's with its placeholders filled in.
    pub fn filled_in(&self, line: &str, workspace: &Workspace) -> String {
        let path = |path: &Path| workspace.relative(path).to_string_lossy().into_owned();
        let environment = match self.needs_numpy {
            false => Environment::of_pipeline(workspace),
            true => builds::tools(workspace),
        };
        let main = match self.language {
            Language::C => path(&tools::program(workspace, "{main}")),
            Language::Python => format!("{} {}/main.py", path(&environment.python()), self.folder),
        };
        let line = line
            .replace("{main}", &main)
            .replace("{lib}", &path(&workspace.pipeline("lib")));
        tools::filled_in(&line, workspace)
    }
}

/// Runs a line as a shell does that has both outputs on one terminal.
pub fn shell(workspace: &Workspace, line: &str) -> Result<Shown> {
    // Alone, the program takes the shell's place, and so the status is its own.
    let alone = match line.split_once(' ') {
        _ if line.contains(['|', ';', '&']) => "",
        Some((assignment, _)) if assignment.contains('=') => "exec env ",
        _ => "exec ",
    };
    let command = Cmd::new("sh")
        .arg("-c")
        .arg(format!("{PRELUDE}{alone}{line}"))
        .env("RUST_BACKTRACE", "0");
    let finished = command.run(workspace, &mut |event| match event {
        Event::Silence(time) if time >= LIMIT => Err(std::io::Error::other(format!(
            "it has not ended within {} s",
            LIMIT.as_secs()
        ))),
        _ => Ok(()),
    });
    let finished = finished.with_context(|| format!("while running: {line}"))?;
    let output = masked(&finished.stdout(), workspace);
    Ok(Shown {
        command: line.to_owned(),
        output: output.lines().map(str::to_owned).collect(),
        end: match (finished.status.code(), signal(finished.status)) {
            (Some(0), _) => None,
            (Some(code), _) => Some(format!("exit status {code}")),
            (None, signal) => Some(ended_by(signal.unwrap_or_default())),
        },
    })
}

/// No core files; Python buffers as it does by itself; errors stand where they happen.
const PRELUDE: &str = "ulimit -c 0; unset PYTHONUNBUFFERED; exec 2>&1; ";

/// No exhibit hangs. If one does all the same, it is ended and named: after much longer than a busy
/// machine takes for any of them.
const LIMIT: Duration = Duration::from_secs(600);

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

fn ended_by(signal: i32) -> String {
    let name = match signal {
        4 => " (SIGILL)",
        5 => " (SIGTRAP)",
        6 => " (SIGABRT)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        14 => " (SIGALRM)",
        _ => "",
    };
    format!("ended by signal {signal}{name}")
}

/// All that was printed, and how it ended.
pub fn text(shown: &[Shown]) -> String {
    let lines = shown.iter().flat_map(|shown| {
        let lines = shown.output.iter().map(String::as_str);
        lines.chain(shown.end.as_deref())
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The text without what differs from run to run and from machine to machine: the folder of the
/// copy, addresses, numbers of threads and processes, the frames of a backtrace.
pub fn masked(text: &str, workspace: &Workspace) -> String {
    let root = workspace.root().to_string_lossy();
    let text = text.replace(&format!("{root}/"), "").replace(&*root, ".");
    let mut masked = String::new();
    let mut is_backtrace = false;
    for line in text.lines() {
        // A frame is indented, and so is the place in the source below it.
        if is_backtrace && line.starts_with("  ") {
            continue;
        }
        is_backtrace = line == "stack backtrace:";
        masked += &without_addresses(&without_numbers(line));
        masked += if is_backtrace { "\n  ...\n" } else { "\n" };
    }
    masked
}

/// Without the number of the thread that panicked, of valgrind's or a sanitizer's process, of rustc's
/// commit.
fn without_numbers(line: &str) -> String {
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let is_hash = |word: &str| word.len() == 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut pieces: Vec<&str> = line.split("==").collect();
    if let [_, process, _, ..] = &mut pieces[..]
        && is_number(process)
    {
        *process = "N";
    }
    let line = pieces.join("==");
    let mut pieces: Vec<&str> = line.split('/').collect();
    pieces.retain(|piece| !is_hash(piece));
    let mut line = pieces.join("/");
    if let Some((before, rest)) = line.split_once("(pid=")
        && let Some((process, after)) = rest.split_once(')')
        && is_number(process)
    {
        line = format!("{before}(pid=N){after}");
    }
    if !line.starts_with("thread '") {
        return line;
    }
    let words = line.split(' ');
    let words = words.filter(|word| {
        let number = word
            .strip_prefix('(')
            .and_then(|word| word.strip_suffix(')'));
        !number.is_some_and(is_number)
    });
    words.collect::<Vec<_>>().join(" ")
}

fn without_addresses(line: &str) -> String {
    let mut rest = line;
    let mut clean = String::new();
    while let Some(start) = rest.find("0x") {
        let digits = rest[start + 2..]
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len() - start - 2);
        clean.push_str(&rest[..start + 2]);
        clean.push_str(if digits >= 6 {
            "..."
        } else {
            &rest[start + 2..][..digits]
        });
        rest = &rest[start + 2 + digits..];
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_masked() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let root = workspace.root().display();
        let hash = "59807616e1fa2540724bfbac14d7976d7e4a3860";
        let text = format!(
            "{root}/a.c in {root}\nthread 'main' (123) panicked at /rustc/{hash}/library/x.rs:1:2:\n\
             stack backtrace:\n   0: 0x7f00ff00ff00 - f\n          at b.c:1\nended\n\
             ==42== at 0xdeadbeef: f (0x10)\nWARNING: a race (pid=7)\nThe square root of 4 is: 2\n"
        );
        assert_eq!(
            masked(&text, &workspace),
            "a.c in .\nthread 'main' panicked at /rustc/library/x.rs:1:2:\nstack backtrace:\n  ...\n\
             ended\n==N== at 0x...: f (0x10)\nWARNING: a race (pid=N)\nThe square root of 4 is: 2\n"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_line_is_run_as_in_a_terminal() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let shown = shell(&workspace, "echo one; echo two >&2; exit 3").unwrap();
        assert_eq!(shown.output, ["one", "two"]);
        assert_eq!(shown.end.as_deref(), Some("exit status 3"));
        let killed = shell(&workspace, "A=b sh -c 'kill -6 $$'").unwrap();
        assert_eq!(killed.end.as_deref(), Some("ended by signal 6 (SIGABRT)"));
        assert_eq!(shell(&workspace, "true").unwrap().end, None);
    }
}
