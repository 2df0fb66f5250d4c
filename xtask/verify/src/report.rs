//! What a run of checks says to people: live, and at the end.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use abi_stages::say;
use abi_stages::term::{self, bold, dim, green, red, yellow};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use crate::check::{Artifact, Check, Checked, Finding, Outcome, Requirement, SkipReason};
use crate::{builds, report_for_machines};

/// The table of checks.
pub fn list(workspace: &Workspace, checks: &[&Check]) -> io::Result<()> {
    for check in checks {
        let state = match check.needs.iter().find_map(|need| need.absent(workspace)) {
            None => String::new(),
            Some(absent) => yellow(&format!("  [{}]", reason(&absent))),
        };
        let slow = match check.needs.contains(&Requirement::Time) {
            true => "slow",
            false => "",
        };
        let id = bold(&format!("{:21}", check.id));
        say!(
            "{id}  {}  {}{state}",
            dim(&format!("{slow:4}")),
            check.claim
        )?;
    }
    say!("\nThe slow ones run with --all, or if they or their boundary are named.")
}

/// Reports a run while it goes on. What passes takes a few words; a failure is shown as soon as the
/// checks have ended that the failed one builds upon. If one of those has failed as well, the failure is
/// one line that says so. All that was found stands in a file for each check.
pub struct Report<'a> {
    workspace: &'a Workspace,
    chosen: Vec<&'static Check>,
    strict: bool,
    /// Only failures and the sums are shown.
    quiet: bool,
    /// The words that have not filled a line yet, and what their line begins with.
    line: (&'static str, String),
    /// How many more lines of findings may be shown.
    left: usize,
    running: Vec<&'static str>,
    ended: Vec<Checked>,
    /// Failures that wait for others to end.
    held_back: Vec<&'static Check>,
    /// Failures that follow from no other, each with those that may follow from it.
    roots: Vec<(String, Vec<&'static str>)>,
}

/// How many lines of findings are shown: of a run, of a check at most and at least; and how many
/// characters of a line. So one mistake is a page, however many checks notice it.
const RUN: usize = 30;
pub const CHECK: usize = 20;
const LEAST: usize = 4;
const WIDTH: usize = 160;

impl<'a> Report<'a> {
    /// Takes the files of the last run away that this one will write.
    pub fn begin(
        workspace: &'a Workspace,
        chosen: &[&'static Check],
        (strict, quiet): (bool, bool),
    ) -> Result<Report<'a>> {
        let ids = chosen.iter().map(|check| check.id.to_owned());
        for id in ids.chain(Artifact::ALL.map(|(_, what, _)| build_of(what))) {
            let file = file_of(workspace, &id);
            if file.exists() {
                fs::remove_file(&file)
                    .with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
        Ok(Report {
            workspace,
            chosen: chosen.to_vec(),
            strict,
            quiet,
            line: ("", String::new()),
            left: RUN,
            running: Vec::new(),
            ended: Vec::new(),
            held_back: Vec::new(),
            roots: Vec::new(),
        })
    }

    /// On a terminal: what is being built.
    pub fn building(&self, what: &str) -> io::Result<()> {
        term::status(&dim(&format!("building {what} ...")))
    }

    /// What was built, or why it could not be; the checks that need it follow from that.
    pub fn built(&mut self, what: &str, failure: Option<&str>, time: Duration) -> Result<()> {
        match failure {
            None => Ok(self.flow("built", what, time)?),
            Some(why) => self.root(&build_of(what), time, "", &[Finding::new(why)], ""),
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

    /// A check has ended: reports it, and the failures that have waited for it.
    pub fn ended(&mut self, checked: Checked) -> Result<()> {
        self.running.retain(|id| *id != checked.check.id);
        if matches!(checked.outcome, Outcome::Passed) {
            self.flow("ok", checked.check.id, checked.time)?;
        }
        let ready = self.keep(checked)?;
        ready.into_iter().try_for_each(|check| self.failed(check))?;
        Ok(self.show_running()?)
    }

    /// Keeps how a check ended, and returns the failures that need not wait any longer: first those
    /// that the others may follow from.
    fn keep(&mut self, checked: Checked) -> Result<Vec<&'static Check>> {
        let is_unbuilt = matches!(checked.outcome, Outcome::Unbuilt { .. });
        if has_failed(&checked, self.strict) && !is_unbuilt {
            let file = file_of(self.workspace, checked.check.id);
            workspace::write(&file, plain(&all_of(&findings(&checked))).as_bytes())?;
            self.held_back.push(checked.check);
        }
        self.ended.push(checked);
        let has_ended = |id: &str| self.ended.iter().any(|other| other.check.id == id);
        let bases = |check: &&'static Check| bases(check, &self.chosen);
        let is_ready = |check: &&'static Check| bases(check).iter().all(|base| has_ended(base.id));
        let held_back = self.held_back.iter().copied();
        let (mut ready, waiting): (Vec<_>, Vec<_>) = held_back.partition(is_ready);
        // What a check builds upon builds upon less.
        ready.sort_by_key(|check| bases(check).len());
        self.held_back = waiting;
        Ok(ready)
    }

    fn failed(&mut self, check: &'static Check) -> Result<()> {
        let place = self
            .ended
            .iter()
            .position(|other| other.check.id == check.id);
        let checked = &self.ended[place.context("a check that has not ended")?];
        let from = failed_bases(check, &self.chosen, &self.ended);
        let file = self.workspace.relative(&file_of(self.workspace, check.id));
        if from.is_empty() {
            let time = checked.time;
            let findings = findings(checked);
            // What was found may say itself what to do: install a tool, build something else first.
            let says_next = findings
                .iter()
                .any(|finding| finding.text.contains("\nnext: "));
            let hint = match is_skipped(checked) || says_next {
                true => String::new(),
                false => check.next(self.workspace.library()),
            };
            report_for_machines::annotate(check.id, &findings)?;
            return self.root(check.id, time, check.claim, &findings, &hint);
        }
        for (root, followers) in &mut self.roots {
            if from.contains(root) {
                followers.push(check.id);
            }
        }
        let text = format!("it may follow from {}", from.join(", "));
        report_for_machines::annotate(check.id, &[Finding::new(&text)])?;
        let seconds = checked.time.as_secs_f64();
        self.end_line()?;
        say!(
            "{}  {} {seconds:.1} s: {text}; what was found: {}",
            red("FAILED "),
            check.id,
            dim(&file.to_string_lossy())
        )?;
        Ok(())
    }

    /// A failure that follows from no other, with as much of what was found as there is room for.
    fn root(
        &mut self,
        id: &str,
        time: Duration,
        claim: &str,
        findings: &[Finding],
        hint: &str,
    ) -> Result<()> {
        self.end_line()?;
        let seconds = time.as_secs_f64();
        let claim = match claim {
            "" => String::new(),
            _ => format!(": {claim}"),
        };
        say!(
            "{}  {} {seconds:.1} s{claim}",
            red(&bold("FAILED ")),
            bold(id)
        )?;
        let text = all_of(findings);
        let lines = beginning(&text, self.left.clamp(LEAST, CHECK));
        self.left = self.left.saturating_sub(lines.len());
        for line in &lines {
            say!("  {line}")?;
        }
        if lines.len() < text.lines().count() || lines.iter().any(|line| line.ends_with('…')) {
            let file = file_of(self.workspace, id);
            workspace::write(&file, plain(&text).as_bytes())?;
            let file = self.workspace.relative(&file);
            say!("  {} {}", bold("all of it:"), file.to_string_lossy())?;
        }
        if !hint.is_empty() {
            say!("  {} {hint}", bold("next:"))?;
        }
        self.roots.push((id.to_owned(), Vec::new()));
        Ok(())
    }

    /// Words that stand side by side, because nobody has to read them.
    fn flow(&mut self, word: &'static str, what: &str, time: Duration) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let words = format!("{what} {:.1} s", time.as_secs_f64());
        if self.line.0 != word || self.line.1.len() + words.len() > 88 {
            self.end_line()?;
            self.line.0 = word;
        }
        if !self.line.1.is_empty() {
            self.line.1 += ", ";
        }
        self.line.1 += &words;
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        term::clear_status()?;
        let (word, words) = std::mem::take(&mut self.line);
        if words.is_empty() {
            return Ok(());
        }
        say!("{} {words}", green(&format!("{word:8}")))
    }

    /// What the failures follow from comes first; then what was skipped; then the sums.
    pub fn finish(mut self, junit_file: Option<&Path>) -> Result<ExitCode> {
        self.end_line()?;
        if !self.roots.is_empty() {
            say!("")?;
        }
        let order = |checked: &Checked| {
            let same = |check: &&'static Check| check.id == checked.check.id;
            self.chosen.iter().position(same)
        };
        self.ended.sort_by_key(order);
        let has_failed = |checked: &&Checked| has_failed(checked, self.strict);
        let mut again = Vec::new();
        for (root, followers) in &mut self.roots {
            for checked in self.ended.iter().filter(has_failed) {
                if let Outcome::Unbuilt { what, .. } = checked.outcome
                    && build_of(what) == *root
                {
                    followers.push(checked.check.id);
                }
                if checked.check.id == root {
                    again.push(checked.check.id);
                }
            }
            let text = match &followers[..] {
                [] => String::new(),
                _ => format!(", from which may follow: {}", followers.join(", ")),
            };
            say!("{} {}{text}", red(&bold("FAILED")), bold(root))?;
        }
        if !again.is_empty() {
            say!("{} cargo xtask verify {}", bold("again:"), again.join(" "))?;
        }
        let mut skipped = 0;
        for checked in &self.ended {
            if let Outcome::Skipped(absent) = &checked.outcome
                && !has_failed(&checked)
            {
                skipped += 1;
                let id = checked.check.id;
                if !self.quiet {
                    say!("{} {id}: {}", yellow("skipped"), reason(absent))?;
                }
            }
        }
        let failed = self.ended.iter().filter(has_failed).count();
        let passed = self.ended.len() - failed - skipped;
        report_for_machines::step_summary(&self.ended, self.strict)?;
        if let Some(file) = junit_file {
            report_for_machines::junit(file, "verify", &self.ended, self.strict)?;
        }
        let mut sums = format!("{passed} passed, {failed} failed");
        if skipped > 0 {
            let _ = write!(sums, ", {skipped} skipped");
        }
        let gap = if self.quiet { "" } else { "\n" };
        say!("{gap}{sums}")?;
        Ok(match failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

/// Those of the chosen checks that a check builds upon, directly or not.
pub fn bases(check: &Check, chosen: &[&'static Check]) -> Vec<&'static Check> {
    let mut found: Vec<&'static Check> = Vec::new();
    let mut ids: Vec<&str> = check.bases().collect();
    while let Some(id) = ids.pop() {
        let base = chosen.iter().find(|base| base.id == id);
        // One that was not chosen leads nowhere: it has not failed in this run.
        if let Some(base) = base.filter(|base| found.iter().all(|known| known.id != base.id)) {
            found.push(base);
            ids.extend(base.bases());
        }
    }
    found
}

/// What a failure may follow from: those failures below it that follow from none themselves, or the
/// builds that they had to do without.
fn failed_bases(check: &Check, chosen: &[&'static Check], ended: &[Checked]) -> Vec<String> {
    let failure = |check: &Check| {
        let mut ended = ended.iter();
        let checked = ended.find(|checked| checked.check.id == check.id)?;
        match checked.outcome {
            Outcome::Failed(_) | Outcome::Broken(_) => Some(check.id.to_owned()),
            Outcome::Unbuilt { what, .. } => Some(build_of(what)),
            Outcome::Passed | Outcome::Skipped(_) => None,
        }
    };
    let failed = |check: &Check| {
        let bases = bases(check, chosen).into_iter();
        bases.filter(|base| failure(base).is_some())
    };
    let roots = failed(check).filter(|base| failed(base).next().is_none());
    let mut names: Vec<String> = roots.filter_map(failure).collect();
    names.sort();
    names.dedup();
    names
}

/// A build that failed is named like a check that others build upon.
fn build_of(what: &str) -> String {
    format!("the build of {what}")
}

/// Where all stands that a check has found in the last run.
fn file_of(workspace: &Workspace, id: &str) -> PathBuf {
    let name = id.replace(['/', ' ', '\''], "-");
    builds::verify(workspace, "findings").join(format!("{name}.txt"))
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

/// As many lines as there is room for; long ones are cut.
pub fn beginning(text: &str, room: usize) -> Vec<String> {
    let count = text.lines().count();
    let shown = if count > room { room - 1 } else { count };
    let mut lines: Vec<String> = text
        .lines()
        .take(shown)
        .map(|line| match line.char_indices().nth(WIDTH) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        })
        .collect();
    if shown < count {
        lines.push(format!("... and {} lines more", count - shown));
    }
    lines
}

/// Without colours, for a file.
pub fn plain(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + piece.split_once('m').map_or(piece, |(_, rest)| rest)
    })
}

pub fn has_failed(checked: &Checked, strict: bool) -> bool {
    match &checked.outcome {
        Outcome::Passed | Outcome::Skipped(SkipReason::NotApplicable(_)) => false,
        Outcome::Failed(_) | Outcome::Broken(_) | Outcome::Unbuilt { .. } => true,
        Outcome::Skipped(SkipReason::Tool { .. }) => strict,
    }
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
    findings(checked)
        .into_iter()
        .map(|finding| finding.text + "\n")
        .collect()
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
    use crate::check::Requirement;

    static CORE: Check = check("x/core", &[]);
    static C: Check = check("x/c", &[Requirement::After("x/core")]);
    static PYTHON: Check = check(
        "x/python",
        &[
            Requirement::On(crate::check::Platform::Linux("")),
            Requirement::After("x/c"),
        ],
    );

    const fn check(id: &'static str, needs: &'static [Requirement]) -> Check {
        Check {
            id,
            claim: "",
            hint: "",
            needs,
            run: |_| Ok(Vec::new()),
        }
    }

    fn ended(check: &'static Check, outcome: Outcome) -> Checked {
        Checked {
            check,
            outcome,
            time: Duration::ZERO,
        }
    }

    fn failed(check: &'static Check) -> Checked {
        ended(check, Outcome::Failed(vec![Finding::new("seen")]))
    }

    #[test]
    fn a_failure_follows_from_the_deepest_one_below_it() {
        let all: [&Check; 3] = [&CORE, &C, &PYTHON];
        let from = |ended: &[Checked]| failed_bases(&PYTHON, &all, ended);
        assert_eq!(from(&[failed(&PYTHON)]), [""; 0]);
        assert_eq!(from(&[failed(&PYTHON), failed(&C)]), ["x/c"]);
        assert_eq!(
            from(&[failed(&PYTHON), failed(&C), failed(&CORE)]),
            ["x/core"]
        );
        let passed = ended(&C, Outcome::Passed);
        assert_eq!(from(&[failed(&PYTHON), passed, failed(&CORE)]), ["x/core"]);
        let unbuilt = Outcome::Unbuilt {
            what: "the library",
            why: String::new(),
        };
        let from_unbuilt = from(&[failed(&PYTHON), ended(&C, unbuilt)]);
        assert_eq!(from_unbuilt, ["the build of the library"]);
        // A tool that is missing breaks nothing.
        let skipped = ended(&C, Outcome::Skipped(SkipReason::NotApplicable("".into())));
        assert_eq!(from(&[failed(&PYTHON), skipped]), [""; 0]);
        // One that was not chosen has not failed.
        assert_eq!(failed_bases(&PYTHON, &[&PYTHON], &[]), [""; 0]);
    }

    #[test]
    fn a_failure_waits_for_what_it_may_follow_from() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let mut report = Report::begin(&workspace, &[&CORE, &C, &PYTHON], (false, false)).unwrap();
        let mut ready = |checked| -> Vec<&str> {
            let ready = report.keep(checked).unwrap().into_iter();
            ready.map(|check| check.id).collect()
        };
        assert_eq!(ready(failed(&PYTHON)), [""; 0]);
        assert_eq!(ready(ended(&C, Outcome::Passed)), [""; 0]);
        assert_eq!(ready(failed(&CORE)), ["x/core", "x/python"]);
        let file = file_of(&workspace, PYTHON.id);
        assert_eq!(fs::read_to_string(&file).unwrap(), "seen\n");
        // What is left of an earlier run says nothing about the next one.
        Report::begin(&workspace, &[&CORE, &C, &PYTHON], (false, false)).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_run_shows_no_more_than_a_page() {
        assert_eq!(beginning("a\nb\n", 2), ["a", "b"]);
        assert_eq!(beginning("a\nb\nc\n", 2), ["a", "... and 2 lines more"]);
        let long = "é".repeat(WIDTH + 1);
        assert_eq!(beginning(&long, 1), ["é".repeat(WIDTH) + "…"]);
    }

    #[test]
    fn a_file_has_no_colours() {
        assert_eq!(plain("a \x1b[31mred\x1b[0m word\n"), "a red word\n");
    }
}
