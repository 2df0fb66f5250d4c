//! Rounds: each subject has a short batch of calls in each, so that what the machine does hits all alike.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};

use crate::answers::Answers;
use crate::protocol::Said;
use crate::record::Missing;
use crate::stats::{Spread, ratios};
use crate::table::{self, Row, SUBJECTS};
use crate::worker::{Caller, Worker};

/// How long a batch is to take, in nanoseconds: long beside what it costs to read the clock and to
/// wake up, and short beside what the machine does meanwhile.
pub const BATCH: f64 = 3e6;

/// No round begins after so long: the whole is to stay below three minutes on a slow machine, too.
const LONGEST: Duration = Duration::from_secs(130);

/// After so many rounds, the workers are started again. Where a program lies in memory is a matter of
/// luck that lasts as long as it lives, and can be a tenth of a short call.
const LIFE: usize = 6;

/// Nanoseconds a call, one number for each round.
#[derive(Default)]
pub struct Series {
    rounds: BTreeMap<(&'static str, &'static str), Vec<f64>>,
}

impl Series {
    /// Of a row and a subject; nothing if it was not measured.
    pub fn of(&self, row: &str, subject: &str) -> &[f64] {
        let mut all = self.rounds.iter();
        let found = all.find(|(of, _)| **of == (row, subject));
        found.map_or(&[], |(_, rounds)| rounds)
    }

    /// The ratio of two subjects within the rounds.
    pub fn ratio(&self, row: &str, of: &str, to: &str) -> Option<Spread> {
        Spread::of(&ratios(self.of(row, of), self.of(row, to)))
    }

    /// The one of these subjects that is fastest in a row.
    pub fn fastest<'a>(&self, row: &str, of: &[&'a str]) -> Option<&'a str> {
        let median = |id: &&'a str| Some((Spread::of(self.of(row, id))?.median, *id));
        let least = of
            .iter()
            .filter_map(median)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        least.map(|(_, id)| id)
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> usize {
        self.rounds.values().map(Vec::len).max().unwrap_or(0)
    }

    #[cfg(test)]
    pub fn with(rows: impl IntoIterator<Item = (&'static str, &'static str, Vec<f64>)>) -> Series {
        let rounds = rows
            .into_iter()
            .map(|(row, subject, rounds)| ((row, subject), rounds));
        Series {
            rounds: rounds.collect(),
        }
    }
}

/// A subject's part of a row: who makes the calls, and how many of them are a batch.
struct Entry {
    row: &'static str,
    subject: &'static str,
    worker: usize,
    calls: u64,
}

/// The workers, and what they can do.
pub struct Runner<'a> {
    workspace: &'a Workspace,
    callers: &'a [Caller],
    rows: &'a [&'static Row],
    answers: Answers,
    workers: Vec<Worker>,
    entries: Vec<Entry>,
    /// Subjects that a worker does not have, and why.
    pub missing: Vec<Missing>,
}

impl<'a> Runner<'a> {
    /// Starts the workers, looks at the answers that they give, and finds out how many calls are a
    /// batch.
    ///
    /// # Errors
    ///
    /// A worker does not start, or a subject gives a wrong answer.
    pub fn start(
        workspace: &'a Workspace,
        callers: &'a [Caller],
        rows: &'a [&'static Row],
    ) -> Result<Runner<'a>> {
        let mut runner = Runner {
            workspace,
            callers,
            rows,
            answers: Answers::default(),
            workers: Vec::new(),
            entries: Vec::new(),
            missing: Vec::new(),
        };
        let has = runner.start_workers()?;
        for (worker, row, name) in has {
            let row = rows.iter().find(|known| known.id == row);
            let row = row.with_context(|| format!("{name} has a row that was not asked for"))?;
            let subject = table::subject(&name);
            let subject = subject.with_context(|| format!("`{name}` is not in the table"))?;
            if subject.applies(row) {
                runner.entries.push(Entry {
                    row: row.id,
                    subject: subject.id,
                    worker,
                    calls: 1,
                });
            }
        }
        // In the table's order: rows, and their subjects.
        runner.entries.sort_by_key(|entry| {
            let row = rows.iter().position(|row| row.id == entry.row);
            let subject = SUBJECTS.iter().position(|one| one.id == entry.subject);
            (row, subject)
        });
        runner.calibrate()?;
        Ok(runner)
    }

    /// Starts them, or starts them again; returns what each has: its number, a row, a subject.
    fn start_workers(&mut self) -> Result<Vec<(usize, String, String)>> {
        self.workers.clear();
        self.missing.clear();
        let mut has = Vec::new();
        for caller in self.callers {
            let line = caller.line(&[], self.rows, &caller.subjects);
            let (worker, said) = Worker::start(&line, self.workspace)?;
            for said in said {
                match said {
                    Said::Has {
                        row,
                        subject,
                        answer,
                    } => {
                        self.answers.check(&row, &subject, &answer)?;
                        has.push((self.workers.len(), row, subject));
                    }
                    Said::Missing { subject, reason } => {
                        self.missing.push(Missing { subject, reason });
                    }
                    Said::Ready | Said::Took { .. } => {}
                }
            }
            self.workers.push(worker);
        }
        Ok(has)
    }

    fn calibrate(&mut self) -> Result<()> {
        for entry in &mut self.entries {
            let worker = &mut self.workers[entry.worker];
            loop {
                let time = worker.run(entry.row, entry.subject, entry.calls)?;
                let is_enough = time >= BATCH / 4.0;
                entry.calls = calls_for(entry.calls, time);
                if is_enough {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Goes round so many times; `progress` hears of each round that begins.
    pub fn rounds(
        &mut self,
        rounds: usize,
        progress: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<Series> {
        let mut series = Series::default();
        let started = Instant::now();
        for round in 0..rounds {
            if started.elapsed() > LONGEST {
                break;
            }
            progress(round)?;
            if round > 0 && round % LIFE == 0 {
                self.start_workers()?;
            }
            for entry in &self.entries {
                let worker = &mut self.workers[entry.worker];
                let time = worker.run(entry.row, entry.subject, entry.calls)?;
                let key = (entry.row, entry.subject);
                let rounds = series.rounds.entry(key).or_default();
                rounds.push(time / entry.calls as f64);
            }
        }
        Ok(series)
    }
}

/// How many calls are a batch, judged by what some took; not more than sixteen times as many, for
/// the first calls are slow.
fn calls_for(calls: u64, time: f64) -> u64 {
    let fitting = calls as f64 * BATCH / time.max(1.0);
    (fitting.round() as u64).clamp(1, calls.saturating_mul(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_as_many_calls_as_fit() {
        assert_eq!(calls_for(1000, BATCH / 2.0), 2000);
        assert_eq!(calls_for(1000, BATCH * 2.0), 500);
        assert_eq!(calls_for(1, BATCH * 10.0), 1, "one is the least");
        assert_eq!(calls_for(1, 0.0), 16, "one call tells little");
    }

    /// What becomes of a worker that is this script, in so many rounds.
    #[cfg(unix)]
    fn play(script: &str, rounds: usize) -> Result<(Series, Vec<Missing>)> {
        let workspace = Workspace::locate(&crate::hello::LIBRARY)?;
        let caller = Caller {
            words: ["sh", "-c", script].map(Into::into).into(),
            subjects: vec!["ctypes"],
        };
        let row = table::row("sqrt").context("the row is there")?;
        let (callers, rows) = ([caller], [row]);
        let mut runner = Runner::start(&workspace, &callers, &rows)?;
        let series = runner.rounds(rounds, &mut |_| Ok(()))?;
        Ok((series, runner.missing))
    }

    /// Each call takes 7, and each round of the loop 2.
    #[cfg(unix)]
    const WORKER: &str = "
        echo has sqrt ctypes 3ff6a09e667f3bcd; echo missing pyo3 gone; echo ready
        while read verb row subject calls; do echo took $((calls * 7)) $((calls * 2)); done";

    #[cfg(unix)]
    #[test]
    fn rounds_are_what_the_workers_say_also_when_they_start_again() {
        let (series, missing) = play(WORKER, LIFE + 2).unwrap();
        assert_eq!(missing, [Missing::new("pyo3", "gone")]);
        assert_eq!(series.of("sqrt", "ctypes"), [5.0; LIFE + 2]);
    }

    #[cfg(unix)]
    #[test]
    fn a_contender_with_a_wrong_answer_is_not_timed() {
        let wrong_in_the_last_bit = WORKER.replace("3bcd", "3bcc");
        let error = play(&wrong_in_the_last_bit, 1).err().expect("refused");
        let words = "ctypes gives a wrong answer for sqrt";
        assert!(error.to_string().contains(words), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_worker_that_dies_is_named_with_its_last_words() {
        let dies = "echo no memory >&2; exit 3";
        let later = "echo has sqrt ctypes 3ff6a09e667f3bcd; echo ready; read line; ";
        for script in [dies.to_owned(), later.to_owned() + dies] {
            let error = play(&script, 1).err().expect("it is dead").to_string();
            assert!(error.contains("| no memory"), "{error}");
            assert!(error.contains("exit status: 3"), "{error}");
        }
    }

    #[test]
    fn the_ratio_is_that_within_the_rounds() {
        let series = Series::with([
            ("sqrt", "c-c", vec![1.0, 2.0, 3.0]),
            ("sqrt", "c-rust", vec![2.0, 4.0, 6.0]),
        ]);
        assert_eq!(series.ratio("sqrt", "c-rust", "c-c").unwrap().median, 2.0);
        assert!(series.ratio("sqrt", "pyo3", "c-c").is_none());
        assert_eq!(series.rounds(), 3);
    }
}
