//! What a run of checks says to people: live, and at the end.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use abi_stages::page::escaped;
use abi_stages::process::{Cmd, Finished};
use abi_stages::say;
use abi_stages::term::{self, bold, dim, green, red, yellow};
use abi_stages::workspace::{self, Workspace};
use anyhow::Result;

use crate::check::{Check, Checked, Finding, Outcome, SkipReason};
use crate::{builds, suite};

/// The table of checks.
pub fn list(workspace: &Workspace, checks: &[&Check]) -> io::Result<()> {
    for check in checks {
        let state = match check.needs.iter().find_map(|need| need.absent(workspace)) {
            None => String::new(),
            Some(absent) => yellow(&format!("  [{}]", reason(&absent))),
        };
        let slow = if check.is_slow() { "slow" } else { "" };
        let id = bold(&format!("{:21}", check.id));
        say!(
            "{id}  {}  {}{state}",
            dim(&format!("{slow:4}")),
            check.claim
        )?;
    }
    say!("\nThe slow ones run with --all, or if they or their boundary are named.")
}

/// Reports a run: what is being done, a line for each check that ended, and at the end what was found, in the
/// order of the table: what others build upon comes first. One mistake is a page, however many checks notice it:
/// they share the lines that are shown, and all that was found stands in a file for each check.
pub struct Report<'a> {
    workspace: &'a Workspace,
    strict: bool,
    running: Vec<&'static str>,
    pub ended: Vec<Checked>,
}

/// How many lines of what was found are shown: of a check at most, in all, and of a check at least.
pub const LINES: usize = 20;
const PAGE: usize = 30;
const LEAST: usize = 4;

impl<'a> Report<'a> {
    pub fn begin(workspace: &'a Workspace, strict: bool) -> Report<'a> {
        Report {
            workspace,
            strict,
            running: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// A check has begun.
    pub fn begun(&mut self, check: &'static Check) -> io::Result<()> {
        self.running.push(check.id);
        self.show_running()
    }

    /// On a terminal: the checks that are running.
    fn show_running(&self) -> io::Result<()> {
        match self.running[..] {
            [] => term::clear_status(),
            _ => term::status(&dim(&format!("         {} ...", self.running.join(", ")))),
        }
    }

    /// A check has ended.
    pub fn ended(&mut self, checked: Checked) -> io::Result<()> {
        let (id, failed) = (checked.check.id, has_failed(&checked, self.strict));
        self.running.retain(|running| *running != id);
        let seconds = checked.time.as_secs_f64();
        term::clear_status()?;
        if failed {
            say!("{} {id} {seconds:.1} s", red("FAILED"))?;
        } else if matches!(checked.outcome, Outcome::Passed) {
            say!("{}     {id} {seconds:.1} s", green("ok"))?;
        }
        self.ended.push(checked);
        self.show_running()
    }

    /// What was found comes first, then what was skipped, then the sums.
    pub fn finish(mut self, name: &str, junit_file: Option<&Path>) -> Result<ExitCode> {
        let order = |checked: &Checked| {
            let mut all = suite::checks();
            all.position(|check| check.id == checked.check.id)
        };
        let (mut ended, strict) = (std::mem::take(&mut self.ended), self.strict);
        ended.sort_by_key(order);
        let failed = ended.iter().filter(|it| has_failed(it, strict));
        let failed: Vec<&Checked> = failed.collect();
        let room = (PAGE / failed.len().max(1)).clamp(LEAST, LINES);
        let mut unbuilt = Vec::new();
        for checked in &failed {
            let (check, findings) = (checked.check, findings(checked));
            if let Outcome::Unbuilt { what, .. } = &checked.outcome {
                if !unbuilt.contains(what) {
                    let id = format!("the build of {what}");
                    self.show(&id, "what needs it fails", &findings, "", room)?;
                    unbuilt.push(what);
                }
                say!("{} {}: it needs {what}", red("FAILED"), check.id)?;
                continue;
            }
            // What was found may say itself what to do: install a tool, build something else first.
            let says_next = |finding: &Finding| finding.text.contains("\nnext: ");
            let has_next = is_skipped(checked) || findings.iter().any(says_next);
            let hint = check.next(self.workspace.library());
            let hint = if has_next { "" } else { &hint };
            self.show(check.id, check.claim, &findings, hint, room)?;
        }
        let mut skipped = 0;
        for checked in ended.iter().filter(|it| !has_failed(it, strict)) {
            if let Outcome::Skipped(absent) = &checked.outcome {
                skipped += 1;
                let id = checked.check.id;
                say!("{} {id}: {}", yellow("skipped"), reason(absent))?;
            }
        }
        if let Some(file) = junit_file {
            write_junit(file, name, &ended, strict)?;
        }
        let passed = ended.len() - failed.len() - skipped;
        let mut sums = format!("{passed} passed, {} failed", failed.len());
        if skipped > 0 {
            let _ = write!(sums, ", {skipped} skipped");
        }
        say!("\n{sums}")?;
        Ok(ExitCode::from(u8::from(!failed.is_empty())))
    }

    /// A failure, with the beginning of what was found.
    fn show(
        &self,
        id: &str,
        claim: &str,
        findings: &[Finding],
        hint: &str,
        room: usize,
    ) -> Result<()> {
        say!("\n{} {}: {claim}", red(&bold("FAILED")), bold(id))?;
        let text = all_of(findings);
        let lines = beginning(&text, room);
        for line in &lines {
            say!("  {line}")?;
        }
        if lines.len() < text.lines().count() {
            say!("  {} {}", bold("all of it:"), self.keep(id, &text)?)?;
        }
        if !hint.is_empty() {
            say!("  {} {hint}", bold("next:"))?;
        }
        Ok(())
    }

    /// Writes to a file what a check has found, and returns its path from the root.
    fn keep(&self, id: &str, text: &str) -> Result<String> {
        let name = id.replace(['/', ' ', '\''], "-");
        let file = builds::verify(self.workspace, "findings").join(format!("{name}.txt"));
        workspace::write(&file, text.as_bytes())?;
        Ok(self.workspace.shown(&file))
    }
}

/// All findings as they are told, each with its place.
fn all_of(findings: &[Finding]) -> String {
    let text = |finding: &Finding| {
        let place = match &finding.place {
            Some((file, line)) => format!("{}:{line}\n", file.display()),
            None => String::new(),
        };
        format!("{place}{}\n", finding.text.trim_end())
    };
    findings.iter().map(text).collect()
}

/// How pytest failed, without its dots, which tell nothing.
pub fn of_pytest(finished: &Finished, line: &Cmd) -> String {
    let text = finished.complaint(line);
    let lines = text.lines().filter(|line| !line.ends_with("%]"));
    lines.collect::<Vec<_>>().join("\n")
}

/// As many lines as there is room for.
pub fn beginning(text: &str, room: usize) -> Vec<String> {
    let count = text.lines().count();
    let shown = if count > room { room - 1 } else { count };
    let mut lines: Vec<String> = text.lines().take(shown).map(str::to_owned).collect();
    if shown < count {
        lines.push(format!("... and {} lines more", count - shown));
    }
    lines
}

pub fn has_failed(checked: &Checked, strict: bool) -> bool {
    match &checked.outcome {
        Outcome::Passed | Outcome::Skipped(SkipReason::NotApplicable(_)) => false,
        Outcome::Failed(_) | Outcome::Broken(_) | Outcome::Unbuilt { .. } => true,
        Outcome::Skipped(SkipReason::Tool { .. }) => strict,
    }
}

/// Writes the results in JUnit's form, as CI systems read it.
fn write_junit(file: &Path, suite: &str, results: &[Checked], strict: bool) -> Result<()> {
    let has_failed = |checked: &&Checked| has_failed(checked, strict);
    let is_skip = |checked: &&Checked| is_skipped(checked) && !has_failed(checked);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{suite}\" tests=\"{}\" \
         failures=\"{}\" skipped=\"{}\">\n",
        results.len(),
        results.iter().filter(has_failed).count(),
        results.iter().filter(is_skip).count(),
    );
    for checked in results {
        let id = checked.check.id;
        let (boundary, name) = id.split_once('/').unwrap_or(("", id));
        let _ = write!(
            text,
            "<testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
            escaped(boundary),
            escaped(name),
            checked.time.as_secs_f64()
        );
        let told = escaped(told(checked).trim_end());
        if has_failed(&checked) {
            let claim = escaped(checked.check.claim);
            let _ = write!(text, "<failure message=\"{claim}\">{told}</failure>");
        } else if is_skip(&checked) {
            let _ = write!(text, "<skipped message=\"{told}\"/>");
        }
        text.push_str("</testcase>\n");
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    workspace::write(file, text.as_bytes())
}

/// Why something does not run, and what to install for it.
pub fn reason(absent: &SkipReason) -> String {
    match absent {
        SkipReason::Tool { name, install } => format!("{name} was not found; {install}"),
        SkipReason::NotApplicable(why) => format!("not applicable: {why}"),
    }
}

/// All that a check found, as text; nothing if it passed.
pub fn told(checked: &Checked) -> String {
    all_of(&findings(checked))
}

/// Whether a check did not run.
pub fn is_skipped(checked: &Checked) -> bool {
    matches!(checked.outcome, Outcome::Skipped(_))
}

/// What is reported of a check that did not pass.
pub fn findings(checked: &Checked) -> Vec<Finding> {
    match &checked.outcome {
        Outcome::Passed => Vec::new(),
        Outcome::Failed(findings) => findings.clone(),
        Outcome::Broken(error) => vec![Finding::new(format!("{error:#}"))],
        Outcome::Unbuilt { why, .. } => vec![Finding::new(why)],
        Outcome::Skipped(absent) => vec![Finding::new(reason(absent))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_run_shows_no_more_than_a_page() {
        assert_eq!(beginning("a\nb\n", 2), ["a", "b"]);
        assert_eq!(beginning("a\nb\nc\n", 2), ["a", "... and 2 lines more"]);
    }
}
