//! A plan is put to a language, and what that language did is judged: by the recorded answers, by what
//! no call may do, and by what C did.

use std::sync::PoisonError;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Result, bail};

use super::answers::{Answer, Did, cut};
use super::{Asked, Language, Plan, text};
use crate::check::Finding;

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
    pub fn run(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Done> {
        let finished = line.output(workspace)?;
        let (mut did, mut end) = (self.said(&finished.stdout)?, Vec::new());
        let live: Vec<u64> = did.iter().map(|did| did.live_blocks).collect();
        let count = self.asked.len().max(1);
        let further = did.split_off(count.min(did.len()));
        for (index, now) in (count..).zip(further) {
            // What one round shows, the others show again.
            if index >= 2 * count && !end.is_empty() {
                break;
            }
            let wrong = match now.answer == did[index % count].answer {
                true => self.leak(index, &live),
                false => {
                    let now = cut(&now.answer.to_string());
                    Some(format!("it did something else than at first\n  now {now}"))
                }
            };
            let asked = &self.asked[index % count];
            end.extend(wrong.map(|wrong| self.finding(asked, name, &format!("\n  {wrong}"))));
        }
        for did in &mut did {
            if let Some(printed) = did.printed.take() {
                did.answer("printed", printed);
            }
        }
        if !finished.status.success() || live.len() < count {
            let words = crate::c::cause(&finished.stderr());
            // The driver's own alarm.
            let late = "SIGALRM): a call did not end within a minute";
            let status = finished.status.to_string().replace("SIGALRM)", late);
            let words = format!("this ended with {status}:\n  {line}\n{words}");
            let is_between = live.len().is_multiple_of(count) && !live.is_empty();
            let asked = self.asked.get(live.len() % count).filter(|_| !is_between);
            end.push(asked.map_or_else(
                || Finding::new(&words),
                |asked| self.finding(asked, name, &format!(" ended the process\n{words}")),
            ));
        }
        let name = name.to_owned();
        Ok(Done { name, did, end })
    }

    /// What a driver says that it did, in all rounds.
    pub fn said(&self, printed: &[u8]) -> Result<Vec<Did>> {
        // What the library prints itself stands before what the driver says of the call.
        let mut pieces = printed.split(|byte| *byte == 0x1e);
        let mut printed = pieces.next().unwrap_or_default();
        let said = pieces.zip(self.asked.iter().cycle()).map(|(piece, asked)| {
            let end = piece.iter().position(|byte| *byte == b'\n');
            let (said, after) = piece.split_at(end.unwrap_or(piece.len()));
            let said = str::from_utf8(said)?;
            let (said, blocks) = said.split_once(" #").unwrap_or((said, "0"));
            let mut words = said.split(' ');
            if words.next() != Some(&asked.label) {
                bail!("this was not asked: {said}");
            }
            let file = &self.files[asked.at.0];
            let mut last = asked.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.0 != said {
                let did = Did::read(&self.types, file, &asked.call, &mut words)?;
                *last = (said.to_owned(), did);
            }
            let mut did = last.1.clone();
            did.live_blocks = blocks.parse()?;
            did.printed = (!printed.is_empty()).then(|| text::quoted(printed));
            printed = after.get(1..).unwrap_or_default();
            Ok(did)
        });
        said.collect()
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
    pub fn wrong(&self, done: &Done) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for (asked, did) in self.asked.iter().zip(&done.did) {
            let line = self.place(asked).1;
            let recorded = line.answer.as_ref();
            let differs = |recorded: &String| {
                Answer::recorded(&self.types, recorded).difference(&did.answer.plain())
            };
            let wrong = did.wrong.first().cloned();
            if let Some(words) = wrong.or_else(|| recorded.and_then(differs)) {
                findings.push(self.finding(asked, &done.name, &format!("\n  {words}")));
            }
        }
        findings.extend(done.end.iter().cloned());
        findings.dedup_by(|one, other| one.place.is_some() && one.place == other.place);
        findings
    }

    /// What is wrong with what a driver says: beside the recorded answers, and beside C with the shared
    /// library, bit for bit.
    pub fn compare(&self, workspace: &Workspace, name: &str, line: &Cmd) -> Result<Vec<Finding>> {
        let done = self.run(workspace, name, line)?;
        let mut findings = self.wrong(&done);
        let mut asked = self.asked.iter();
        if let Some(asked) = asked.find(|asked| self.place(asked).1.lacks_answer()) {
            let words = "\n  it has no answer: `cargo xtask generate` writes it, to be reviewed";
            findings.push(self.finding(asked, name, words));
        }
        let is_c = name == Language::C.name() || !workspace.system().has_shared;
        if is_c || !findings.is_empty() {
            return Ok(findings);
        }
        let c = self.run(workspace, "C", &Language::C.line(workspace, self)?)?;
        for (asked, (one, other)) in self.asked.iter().zip(c.did.iter().zip(&done.did)) {
            if one.answer != other.answer {
                let [one, other] = [one, other].map(|did| cut(&did.answer.to_string()));
                let words = format!(" differs from C\n  C: {one}\n  {name}: {other}");
                findings.push(self.finding(asked, name, &words));
            }
        }
        Ok(findings)
    }
}
