//! Random sequences of calls, under a watcher who sees what a single call does not show:
//! AddressSanitizer, the canary, ThreadSanitizer.

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::Result;

use super::interface::Interface;
use super::program;
use super::sequences::{SOURCES, has_owners, source_of};
use crate::builds::{self, Variant};
use crate::check::Finding;

/// What goes wrong in sequences of one thread.
pub fn random_calls_are_clean(workspace: &Workspace) -> Result<Vec<Finding>> {
    seen_by(workspace, &[ADDRESS_SANITIZER, CANARY])
}

/// What goes wrong between two threads that take turns.
pub fn races(workspace: &Workspace) -> Result<Vec<Finding>> {
    seen_by(workspace, &[THREAD_SANITIZER])
}

fn seen_by(workspace: &Workspace, watchers: &[Watcher]) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let mut findings = Vec::new();
    for watcher in watchers {
        let line = watcher.line(workspace, &interface)?;
        findings.extend(run(workspace, &interface, &line, watcher)?);
    }
    Ok(findings)
}

/// Who watches the library.
struct Watcher {
    name: &'static str,
    /// What is among its words when it sees something.
    words: &'static str,
    /// What the program is called, and how it is run.
    program: &'static str,
    arguments: &'static [&'static str],
    library: Variant,
}

const ADDRESS_SANITIZER: Watcher = Watcher {
    name: "AddressSanitizer",
    words: "ERROR: AddressSanitizer",
    program: "sequences-asan",
    arguments: &["--calls", "1000000"],
    library: Variant::AddressSanitizer,
};

const CANARY: Watcher = Watcher {
    name: "the canary",
    words: "blocks of memory more each time",
    program: "sequences",
    arguments: &["--canary", "--calls", "1000000"],
    library: Variant::Canary,
};

/// Threads that take turns are slower, and there are fewer states to meet.
const THREAD_SANITIZER: Watcher = Watcher {
    name: "ThreadSanitizer",
    words: "WARNING: ThreadSanitizer: data race",
    program: "sequences-tsan",
    arguments: &["--by-turns", "--calls", "20000"],
    library: Variant::ThreadSanitizer,
};

impl Watcher {
    /// Compiles the program and returns the line that runs it with the library that is watched.
    fn line(&self, workspace: &Workspace, interface: &Interface) -> Result<Cmd> {
        let flags = match self.library {
            Variant::AddressSanitizer => builds::SANITIZERS.map(str::to_owned).to_vec(),
            // Only the library is watched: what hands the turn over must be no order to it.
            Variant::ThreadSanitizer => builds::thread_sanitizer_runtime(workspace)?,
            _ => Vec::new(),
        };
        let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        flags.extend(["-pthread", "-ldl"]);
        let source = source_of(interface)?;
        let line = Cmd::new(program(workspace, self.program, SOURCES, &source, &flags)?);
        Ok(self.library.under(workspace, line).args(self.arguments))
    }
}

/// A finding if AddressSanitizer does not see a caller's mistake that happens inside the library.
pub fn is_blind(workspace: &Workspace) -> Result<Option<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let line = ADDRESS_SANITIZER.line(workspace, &interface)?;
    blindness(workspace, &interface, &line, &ADDRESS_SANITIZER)
}

/// Runs it as it is, which has to end well.
fn run(
    workspace: &Workspace,
    interface: &Interface,
    line: &Cmd,
    watcher: &Watcher,
) -> Result<Option<Finding>> {
    let finished = line.output(workspace)?;
    let report = finished.stdout();
    if finished.status.success() && report.lines().last() == Some("end") {
        return blindness(workspace, interface, line, watcher);
    }
    let stderr = finished.stderr();
    let words: Vec<&str> = stderr.lines().take(30).collect();
    let words = match words.is_empty() {
        true => finished.status.to_string(),
        false => words.join("\n"),
    };
    Ok(Some(Finding::new(format!(
        "seen by {}:\n  {line}\n{report}{words}",
        watcher.name
    ))))
}

/// Runs it with a caller who makes a mistake, which the watcher has to see: if not, it does not watch.
/// A caller who owns nothing has no such mistake to make.
fn blindness(
    workspace: &Workspace,
    interface: &Interface,
    line: &Cmd,
    watcher: &Watcher,
) -> Result<Option<Finding>> {
    if !has_owners(interface) {
        return Ok(None);
    }
    let careless = line.clone().arg("--careless");
    let finished = careless.output(workspace)?;
    let is_seen = !finished.status.success() && finished.stderr().contains(watcher.words);
    Ok((!is_seen).then(|| {
        Finding::new(format!(
            "{} does not see a caller's mistake:\n{}",
            watcher.name,
            finished.complaint(&careless)
        ))
    }))
}
