//! A plan is put to a language, and what that language did is judged: by the recorded answers, by what
//! no call may do, and by what C did.

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};

use super::answers::{Answer, Did, Said, cut};
use super::{Asked, Language, Plan, text};
use crate::check::Finding;

/// So many lines are shown.
const SHOWN: usize = 10;

/// What one language did.
pub struct Done {
    pub name: String,
    /// For each call that was asked, as far as the driver came.
    pub did: Vec<Did>,
    /// Why it came no further.
    pub end: Option<String>,
}

impl Plan {
    /// What a driver did, which is run by `line`.
    pub(super) fn run(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Done> {
        let finished = line.output(workspace)?;
        let mut did = Vec::new();
        // What the library prints itself stands before what the driver says of the call.
        let mut pieces = finished.stdout.split(|byte| *byte == 0x1e);
        let mut printed = pieces.next().unwrap_or_default();
        for piece in pieces {
            let end = piece
                .iter()
                .position(|byte| *byte == b'\n')
                .unwrap_or(piece.len());
            let said = str::from_utf8(&piece[..end])?;
            let asked = self.asked.get(did.len());
            let asked = asked.filter(|asked| said.split(' ').next() == Some(&asked.label));
            let asked = asked.with_context(|| format!("this was not asked: {said}"))?;
            let mut words = Said {
                types: &self.types,
                declarations: &self.files[asked.file].declarations,
                words: said.split(' ').peekable(),
            };
            words.words.next();
            let (mut answer, status, wrong) = words.read(&asked.call)?;
            let mut said = said.to_owned();
            if !printed.is_empty() {
                let printed = text::quoted(printed);
                said += &printed;
                answer.0.push(("printed".to_owned(), printed));
            }
            did.push(Did {
                answer,
                said,
                status,
                wrong,
            });
            printed = piece.get(end + 1..).unwrap_or_default();
        }
        let is_whole = finished.status.success() && did.len() == self.asked.len();
        let end = (!is_whole).then(|| {
            let (status, words) = (finished.status, finished.stderr());
            format!("this ended with {status}:\n  {line}\n{words}")
        });
        let name = name.to_owned();
        Ok(Done { name, did, end })
    }

    fn finding(&self, asked: &Asked, who: &str, words: &str) -> Finding {
        let (file, line) = self.place(asked);
        let text = format!("{who}: {}{words}", cut(&asked.call.text));
        Finding::new(text).at(&file.path, line.number)
    }

    /// What is wrong with what a language did, the first difference of each line.
    pub(super) fn wrong(&self, done: &Done) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (index, (asked, did)) in self.asked.iter().zip(&done.did).enumerate() {
            let line = self.place(asked).1;
            let mut words = did.wrong.first().cloned();
            if let (Some(handle), None) = (&asked.observed, &words)
                && did.status != 0
                && let (before, Some(after)) =
                    (&done.did[index - 1].answer, done.did.get(index + 1))
                && *before != after.answer
            {
                let after = &after.answer;
                words = Some(format!(
                    "it failed, and `{handle}` is not as before\n  before {before}\n  after  {after}"
                ));
            }
            if let (None, None, Some(recorded)) = (&words, line.random, &line.answer)
                && !asked.observes
            {
                words = Answer::recorded(&self.types, recorded).difference(&did.answer);
            }
            if let Some(words) = words {
                let finding = self.finding(asked, &done.name, &format!("\n  {words}"));
                if findings
                    .last()
                    .is_none_or(|last| last.place != finding.place)
                {
                    findings.push(finding);
                }
            }
        }
        if let Some(end) = &done.end {
            findings.push(match self.asked.get(done.did.len()) {
                Some(asked) => {
                    self.finding(asked, &done.name, &format!(" ended the process\n{end}"))
                }
                None => Finding::new(end.clone()),
            });
        }
        first(findings)
    }

    /// What is wrong with what a driver says: beside the recorded answers, and beside C with the shared
    /// library, bit for bit.
    pub fn compare(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Vec<Finding>> {
        let done = self.run(workspace, name, line)?;
        if name == Language::C.name() {
            return Ok(self.judge(&done, &done));
        }
        let file = format!("beside-{}", name.replace(['/', ' '], "-"));
        let line = Language::C.line(workspace, self, &file)?;
        Ok(self.judge(&done, &self.run(workspace, Language::C.name(), &line)?))
    }

    pub(super) fn judge(&self, done: &Done, c: &Done) -> Vec<Finding> {
        let mut findings = self.wrong(done);
        if let Some(asked) = self
            .asked
            .iter()
            .find(|asked| self.place(asked).1.lacks_answer())
        {
            let words = "\n  it has no answer: `cargo xtask generate` writes it, to be reviewed";
            findings.push(self.finding(asked, &done.name, words));
        }
        if findings.is_empty() {
            let pairs = self.asked.iter().zip(c.did.iter().zip(&done.did));
            let differing = pairs.filter(|(_, (one, other))| one.said != other.said);
            let finding = |(asked, (one, other)): (&Asked, (&Did, &Did))| {
                let mut shown = [one, other].map(|did| did.answer.to_string());
                if shown[0] == shown[1] {
                    // A NaN has other bits.
                    shown = [one, other].map(|did| did.said.clone());
                }
                let [one, other] = shown.map(|shown| cut(&shown));
                let words = format!("\n  {}: {one}\n  {}: {other}", c.name, done.name);
                self.finding(
                    asked,
                    &format!("{} differs from {}", done.name, c.name),
                    &words,
                )
            };
            findings = first(differing.map(finding).collect());
        }
        findings
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
