//! A plan is put to a language, and what that language did is judged: by the recorded answers, by what
//! no call may do, and by what C did.

use std::path::PathBuf;

use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use super::calls::Did;
use super::syntax::{Answer, Expr};
use super::values::{self, plain};
use super::{Asked, Done, Language, Plan};
use crate::builds;
use crate::check::Finding;

/// So many lines are shown.
const SHOWN: usize = 10;

impl<'a> Plan<'a> {
    /// What the drivers read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes it where they find it.
    pub(super) fn write(&self, workspace: &Workspace, name: &str) -> Result<PathBuf> {
        let file = builds::verify(workspace, &format!("calls-{name}.txt"));
        workspace::write(&file, self.text.as_bytes())?;
        Ok(file)
    }

    /// What a driver did, which is run by `line`.
    pub(super) fn run(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Done> {
        let finished = line.output(workspace)?;
        let mut did = Vec::new();
        // What the library prints itself stands before what the driver says of the call.
        let mut printed: &[u8] = b"";
        let pieces = finished.stdout.split(|byte| *byte == 0x1e);
        for (index, piece) in pieces.enumerate() {
            let (said, next) = match piece.iter().position(|byte| *byte == b'\n') {
                Some(end) if index > 0 => (&piece[..end], &piece[end + 1..]),
                _ => (&b""[..], piece),
            };
            if index > 0 {
                let asked = self
                    .asked
                    .get(did.len())
                    .context("a driver says more than it was asked")?;
                let said = str::from_utf8(said)?;
                let tokens = said.strip_prefix(&asked.label);
                let tokens = tokens.with_context(|| {
                    format!("{} expected, and the driver says {said}", asked.label)
                })?;
                let mut done = asked.ready.did(self.types, asked.declarations, tokens)?;
                if !printed.is_empty() {
                    done.answer
                        .0
                        .push(("printed".to_owned(), Expr::Text(printed.to_vec())));
                }
                did.push(done);
            }
            printed = next;
        }
        let is_whole = finished.status.success() && did.len() == self.asked.len();
        let end = (!is_whole).then(|| {
            format!(
                "this ended with {}:\n  {line}\n{}",
                finished.status,
                finished.stderr()
            )
        });
        Ok(Done {
            name: name.to_owned(),
            did,
            end,
        })
    }

    /// What is wrong with what a language did, the first difference of each line.
    pub(super) fn wrong(&self, done: &Done) -> Result<Vec<Finding>> {
        let mut findings: Vec<Finding> = Vec::new();
        for (index, (asked, did)) in self.asked.iter().zip(&done.did).enumerate() {
            let mut words = did.wrong.first().cloned();
            if let (Some(handle), true, None) = (&asked.observed, did.failed, &words) {
                let around = [index.wrapping_sub(1), index + 1].map(|index| done.did.get(index));
                if let [Some(before), Some(after)] = around
                    && before.answer != after.answer
                {
                    words = Some(format!(
                        "it failed, and `{handle}` is not as before\n  before {}\n  after  {}",
                        before.answer, after.answer
                    ));
                }
            }
            if let (None, None, Some(recorded)) = (&words, asked.line.random, &asked.line.answer)
                && !asked.observes
            {
                let recorded = asked.ready.canonical(self.types, recorded);
                let recorded = recorded
                    .with_context(|| format!("{}:{}", asked.file.display(), asked.line.number))?;
                words = difference(&recorded, &did.answer);
            }
            if let Some(words) = words {
                let known = findings.last().and_then(|last| last.place.as_ref());
                if known != Some(&(asked.file.clone(), asked.line.number)) {
                    findings.push(asked.finding(&done.name, &format!("\n  {words}")));
                }
            }
        }
        if let Some(end) = &done.end {
            findings.push(match self.asked.get(done.did.len()) {
                Some(asked) => asked.finding(&done.name, &format!(" ended the process\n{end}")),
                None => Finding::new(end.clone()),
            });
        }
        Ok(first(findings))
    }

    /// What is wrong with what a driver says: beside the recorded answers, and beside C with the shared
    /// library, bit for bit.
    pub fn compare(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Vec<Finding>> {
        let done = self.run(workspace, name, line)?;
        if name == Language::C.name() {
            return self.judge(&done, &done);
        }
        let file = format!("beside-{}", name.replace(['/', ' '], "-"));
        let line = Language::C.line(workspace, self, &file)?;
        self.judge(&done, &self.run(workspace, Language::C.name(), &line)?)
    }

    pub(super) fn judge(&self, done: &Done, c: &Done) -> Result<Vec<Finding>> {
        let mut findings = self.wrong(done)?;
        let lacks = |asked: &&Asked<'_>| asked.line.random.is_none() && asked.line.answer.is_none();
        if let Some(asked) = self.asked.iter().find(lacks) {
            let words = "\n  it has no answer: `cargo xtask generate` writes it, to be reviewed";
            findings.push(asked.finding(&done.name, words));
        }
        if findings.is_empty() {
            let pairs = self.asked.iter().zip(c.did.iter().zip(&done.did));
            let differing = pairs.filter(|(_, (one, other))| one.answer != other.answer);
            let finding = |(asked, (one, other)): (&Asked<'_>, (&Did, &Did))| {
                let [one, other] = [one, other].map(|did| cut(&did.answer.to_string()));
                let words = format!("\n  {}: {one}\n  {}: {other}", c.name, done.name);
                asked.finding(&format!("{} differs from {}", done.name, c.name), &words)
            };
            findings = first(differing.map(finding).collect());
        }
        Ok(findings)
    }
}

fn first(mut findings: Vec<Finding>) -> Vec<Finding> {
    let total = findings.len();
    findings.truncate(SHOWN);
    if total > SHOWN {
        findings.push(Finding::new(format!("and {} lines more", total - SHOWN)));
    }
    findings
}

/// The first part in which an answer differs from the recorded one.
fn difference(recorded: &Answer, did: &Answer) -> Option<String> {
    let find = |answer: &Answer, label: &str| {
        let value = answer.0.iter().find(|(own, _)| own == label);
        value.map(|(_, value)| plain(value))
    };
    let labels = did.0.iter().chain(&recorded.0).map(|(label, _)| label);
    for label in labels {
        let (expected, got) = (find(recorded, label), find(did, label));
        if expected == got {
            continue;
        }
        let (mut place, mut expected, mut got) = (label.clone(), expected, got);
        if let (Some(one @ Expr::List(..)), Some(other @ Expr::List(..))) = (&expected, &got)
            && let (Ok(one), Ok(other)) = (values::items(one), values::items(other))
        {
            let same = one
                .iter()
                .zip(&other)
                .take_while(|(one, other)| one == other)
                .count();
            place += &format!("[{same}]");
            (expected, got) = (one.get(same).cloned(), other.get(same).cloned());
        }
        let shown = |value: Option<Expr>| {
            value.map_or("nothing".to_owned(), |value| cut(&value.to_string()))
        };
        return Some(format!(
            "expected {place} {}\n  got      {place} {}",
            shown(expected),
            shown(got)
        ));
    }
    None
}

/// Not more of a line than fits on a few.
pub(super) fn cut(line: &str) -> String {
    const MOST: usize = 300;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}... ({} characters)", &line[..end], line.chars().count()),
        None => line.to_owned(),
    }
}
