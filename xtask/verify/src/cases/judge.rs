//! A plan is put to a language, and what that language did is judged: by the recorded answers, by what
//! no call may do, and by what C did.

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};

use super::answers::{Answer, Did, cut};
use super::{Asked, Language, Plan, text};
use crate::check::Finding;

/// How many findings are shown.
const SHOWN: usize = 10;

/// What one language did.
pub struct Done {
    pub name: String,
    /// For each call that was asked, as far as the driver came.
    pub did: Vec<Did>,
    /// What is wrong with further rounds, and why it came no further.
    pub end: Vec<Finding>,
}

impl Plan {
    /// What a driver did, which is run by `line`. In every round after the first it has to do the same, and
    /// to leave as many blocks of the library's memory, if they are counted.
    pub(super) fn run(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Done> {
        let finished = line.output(workspace)?;
        let (mut did, mut end, mut live): (Vec<Did>, _, Vec<u64>) =
            (Vec::new(), Vec::new(), Vec::new());
        let count = self.asked.len().max(1);
        // What the library prints itself stands before what the driver says of the call.
        let mut pieces = finished.stdout.split(|byte| *byte == 0x1e);
        let mut printed = pieces.next().unwrap_or_default();
        for (index, piece) in pieces.enumerate() {
            let (said, after) = split_once(piece, b'\n');
            let said = str::from_utf8(said)?;
            let (said, blocks) = said.split_once(" #").unwrap_or((said, "0"));
            live.push(blocks.parse()?);
            let mut words = said.split(' ').peekable();
            let label = words.next();
            let asked = self
                .asked
                .get(index % count)
                .filter(|asked| Some(&*asked.label) == label);
            let asked = asked.with_context(|| format!("this was not asked: {said}"))?;
            // What one round shows, the others show again.
            if index >= 2 * count && !end.is_empty() {
                break;
            }
            if index >= count {
                let wrong = match said == did[index % count].said {
                    true => self.leak(index, &live),
                    false => Some(format!(
                        "it did something else than at first\n  now {}",
                        cut(said)
                    )),
                };
                end.extend(wrong.map(|wrong| self.finding(asked, name, &format!("\n  {wrong}"))));
                continue;
            }
            let file = &self.files[asked.at.0];
            did.push(Did::read(&self.types, file, &asked.call, &mut words)?);
            did[index].said = said.to_owned();
            if !printed.is_empty() {
                did[index].answer("printed", text::quoted(printed));
            }
            printed = after;
        }
        if !finished.status.success() || live.len() < count {
            let words = crate::c::cause(&finished.stderr());
            let words = format!("this ended with {}:\n  {line}\n{words}", finished.status);
            end.push(match self.asked.get(live.len() % count) {
                Some(asked) if live.len() % count > 0 || live.is_empty() => {
                    self.finding(asked, name, &format!(" ended the process\n{words}"))
                }
                _ => Finding::new(words),
            });
        }
        let (name, end) = (name.to_owned(), first(end));
        Ok(Done { name, did, end })
    }

    /// Whether there are other blocks of memory after a call than there were before it, or after its round.
    fn leak(&self, index: usize, live: &[u64]) -> Option<String> {
        let count = self.asked.len();
        let call = &self.asked[index % count].call;
        let before = match (index + 1) % count {
            0 if index >= 2 * count => live[index - count],
            _ if call.has_handle => live[index],
            _ => live[index - 1],
        };
        let is = live[index];
        (is != before).then(|| {
            format!("the library had {before} live blocks before it and has {is} after it")
        })
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
            if let (None, Some(recorded), false) = (&words, &line.answer, asked.observes) {
                words = Answer::recorded(&self.types, recorded).difference(&did.answer);
            }
            if let Some(words) = words {
                findings.push(self.finding(asked, &done.name, &format!("\n  {words}")));
            }
        }
        findings.extend(done.end.iter().cloned());
        findings.dedup_by(|one, other| one.place.is_some() && one.place == other.place);
        first(findings)
    }

    /// What is wrong with what a driver says: beside the recorded answers, and beside C with the shared
    /// library, bit for bit.
    pub fn compare(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Vec<Finding>> {
        let done = self.run(workspace, name, line)?;
        if name == Language::C.name() || !workspace.system().has_shared {
            return Ok(self.judge(&done, &done));
        }
        let file = format!("beside-{}", name.replace(['/', ' '], "-"));
        let line = Language::C.line(workspace, self, &file)?;
        Ok(self.judge(&done, &self.run(workspace, Language::C.name(), &line)?))
    }

    pub(super) fn judge(&self, done: &Done, c: &Done) -> Vec<Finding> {
        let mut findings = self.wrong(done);
        let mut asked = self.asked.iter();
        if let Some(asked) = asked.find(|asked| self.place(asked).1.lacks_answer()) {
            let words = "\n  it has no answer: `cargo xtask generate` writes it, to be reviewed";
            findings.push(self.finding(asked, &done.name, words));
        }
        if findings.is_empty() {
            let who = format!("{} differs from {}", done.name, c.name);
            for (asked, (one, other)) in self.asked.iter().zip(c.did.iter().zip(&done.did)) {
                // A NaN may have other bits.
                let words = match one.answer == other.answer {
                    true if one.said == other.said => continue,
                    true => [one.said.clone(), other.said.clone()],
                    false => [one.answer.to_string(), other.answer.to_string()],
                };
                let [one, other] = words.map(|words| cut(&words));
                let words = format!("\n  {}: {one}\n  {}: {other}", c.name, done.name);
                findings.push(self.finding(asked, &who, &words));
            }
        }
        first(findings)
    }
}

fn split_once(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| *byte == at)
        .unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

fn first(mut findings: Vec<Finding>) -> Vec<Finding> {
    let total = findings.len();
    findings.truncate(SHOWN);
    if total > SHOWN {
        findings.push(Finding::new(format!("and {} lines more", total - SHOWN)));
    }
    findings
}
