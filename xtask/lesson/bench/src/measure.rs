//! Rounds: each contender has a short turn in each, so that what the machine does hits all alike.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use xtask::workspace::Workspace;

use crate::answers::Answers;
use crate::protocol::Said;
use crate::stats::{Spread, ratios};
use crate::table::{self, CONTENDERS, Row};
use crate::team::Team;
use crate::worker::Worker;

/// How long a turn is to take, in nanoseconds: long beside what it costs to read the clock and to
/// wake up, and short beside what the machine does meanwhile.
pub const TURN: f64 = 3e6;

/// No round begins after so long: the whole is to stay below three minutes on a slow machine, too.
const LONGEST: Duration = Duration::from_secs(130);

/// After so many rounds, the workers are started anew. Where a program lies in memory is a matter of
/// luck that lasts as long as it lives, and can be a tenth of a short call.
const LIFE: usize = 6;

/// Nanoseconds a call, one number for each round.
#[derive(Default)]
pub struct Series {
    rounds: BTreeMap<(&'static str, &'static str), Vec<f64>>,
}

impl Series {
    /// Of a row and a contender; nothing if it was not measured.
    pub fn of(&self, row: &str, contender: &str) -> &[f64] {
        let found = self
            .rounds
            .iter()
            .find(|((of_row, by), _)| *of_row == row && *by == contender);
        found.map_or(&[], |(_, rounds)| rounds)
    }

    /// The ratio of two contenders within the rounds.
    pub fn ratio(&self, row: &str, of: &str, to: &str) -> Option<Spread> {
        Spread::of(&ratios(self.of(row, of), self.of(row, to)))
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> usize {
        self.rounds.values().map(Vec::len).max().unwrap_or(0)
    }

    #[cfg(test)]
    pub fn with(rows: impl IntoIterator<Item = (&'static str, &'static str, Vec<f64>)>) -> Series {
        let rounds = rows
            .into_iter()
            .map(|(row, contender, rounds)| ((row, contender), rounds));
        Series {
            rounds: rounds.collect(),
        }
    }
}

/// A contender's part of a row: who makes the calls, and how many of them are a turn.
struct Entry {
    row: &'static str,
    contender: &'static str,
    worker: usize,
    calls: u64,
}

/// The workers, and what they can do.
pub struct Runner<'a> {
    workspace: &'a Workspace,
    teams: &'a [Team],
    rows: &'a [&'static Row],
    answers: Answers,
    workers: Vec<Worker>,
    entries: Vec<Entry>,
    /// Contenders that a worker does not have, and why.
    pub missing: Vec<(String, String)>,
}

impl<'a> Runner<'a> {
    /// Starts the workers, looks at the answers that they give, and finds out how many calls are a
    /// turn.
    ///
    /// # Errors
    ///
    /// A worker does not start, or a contender gives a wrong answer.
    pub fn start(
        workspace: &'a Workspace,
        teams: &'a [Team],
        rows: &'a [&'static Row],
    ) -> Result<Runner<'a>> {
        let mut runner = Runner {
            workspace,
            teams,
            rows,
            answers: Answers::default(),
            workers: Vec::new(),
            entries: Vec::new(),
            missing: Vec::new(),
        };
        let has = runner.start_workers()?;
        for (worker, row, contender) in has {
            let known = rows.iter().find(|known| known.id == row);
            let known_contender = table::contender(&contender);
            runner.entries.push(Entry {
                row: known.with_context(|| format!("nobody asked for {row}"))?.id,
                contender: known_contender
                    .with_context(|| format!("nobody knows {contender}"))?
                    .id,
                worker,
                calls: 1,
            });
        }
        // In the table's order: rows, and their contenders.
        runner.entries.sort_by_key(|entry| {
            let row = rows.iter().position(|row| row.id == entry.row);
            let contender = CONTENDERS.iter().position(|one| one.id == entry.contender);
            (row, contender)
        });
        runner.calibrate()?;
        Ok(runner)
    }

    /// Starts them, or starts them anew; returns what each has: its number, a row, a contender.
    fn start_workers(&mut self) -> Result<Vec<(usize, String, String)>> {
        self.workers.clear();
        self.missing.clear();
        let mut has = Vec::new();
        for team in self.teams {
            let line = team.line(self.rows, &team.contenders);
            let (worker, said) = Worker::start(&line, self.workspace)?;
            for said in said {
                match said {
                    Said::Has {
                        row,
                        contender,
                        answer,
                    } => {
                        self.answers.check(&row, &contender, &answer)?;
                        has.push((self.workers.len(), row, contender));
                    }
                    Said::Missing { contender, reason } => {
                        self.missing.push((contender, reason));
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
                let time = worker.run(entry.row, entry.contender, entry.calls)?;
                let is_enough = time >= TURN / 4.0;
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
                let time = worker.run(entry.row, entry.contender, entry.calls)?;
                let key = (entry.row, entry.contender);
                let rounds = series.rounds.entry(key).or_default();
                rounds.push(time / entry.calls as f64);
            }
        }
        Ok(series)
    }
}

/// How many calls take a turn, judged by what some took; not more than sixteen times as many, for
/// the first calls are slow.
fn calls_for(calls: u64, time: f64) -> u64 {
    let wanted = calls as f64 * TURN / time.max(1.0);
    (wanted.round() as u64).clamp(1, calls.saturating_mul(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_has_as_many_calls_as_fit() {
        assert_eq!(calls_for(1000, TURN / 2.0), 2000);
        assert_eq!(calls_for(1000, TURN * 2.0), 500);
        assert_eq!(calls_for(1, TURN * 10.0), 1, "one is the least");
        assert_eq!(calls_for(1, 0.0), 16, "one call tells little");
    }

    /// What becomes of a worker that is this script, in so many rounds.
    #[cfg(unix)]
    fn play(script: &str, rounds: usize) -> Result<(Series, Vec<(String, String)>)> {
        let workspace = Workspace::locate()?;
        let team = Team::of_words(&["sh", "-c", script], vec!["ctypes"]);
        let row = table::row("sqrt").context("the row is there")?;
        let (teams, rows) = ([team], [row]);
        let mut runner = Runner::start(&workspace, &teams, &rows)?;
        let series = runner.rounds(rounds, &mut |_| Ok(()))?;
        Ok((series, runner.missing))
    }

    /// Each call takes 7, and each turn of the loop 2.
    #[cfg(unix)]
    const WORKER: &str = "
        echo has sqrt ctypes 3ff6a09e667f3bcd; echo missing pyo3 gone; echo ready
        while read verb row contender calls; do echo took $((calls * 7)) $((calls * 2)); done";

    #[cfg(unix)]
    #[test]
    fn rounds_are_what_the_workers_say_also_when_they_start_anew() {
        let (series, missing) = play(WORKER, LIFE + 2).unwrap();
        assert_eq!(missing, [("pyo3".to_owned(), "gone".to_owned())]);
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
    fn a_worker_that_dies_is_told_with_its_last_words() {
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
