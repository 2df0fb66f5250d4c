//! Rounds: each contender has a short turn in each, so that what the machine does hits all alike.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use xtask::workspace::Workspace;

use crate::answers;
use crate::peers::Team;
use crate::protocol::Said;
use crate::stats::{Spread, ratios};
use crate::table::{CONTENDERS, Row};
use crate::worker::Worker;

/// How long a turn is to take, in nanoseconds: long beside what it costs to read the clock and to
/// wake up, and short beside what the machine does meanwhile.
pub const TURN: f64 = 3e6;

/// No round begins after so long: the whole is to stay below three minutes on a slow machine, too.
const LONGEST: Duration = Duration::from_secs(130);

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
pub struct Runner {
    workers: Vec<Worker>,
    entries: Vec<Entry>,
    /// Contenders that a worker does not have, and why.
    pub missing: Vec<(String, String)>,
}

impl Runner {
    /// Starts the workers and looks at the answers that they give.
    ///
    /// # Errors
    ///
    /// A worker does not start, or a contender gives a wrong answer.
    pub fn start(workspace: &Workspace, teams: &[Team], rows: &[&'static Row]) -> Result<Runner> {
        let mut runner = Runner {
            workers: Vec::new(),
            entries: Vec::new(),
            missing: Vec::new(),
        };
        for team in teams {
            let line = team.line(rows, &team.contenders);
            let (worker, said) = Worker::start(&line, workspace)?;
            for said in said {
                match said {
                    Said::Has {
                        row,
                        contender,
                        answer,
                    } => runner.enter(rows, &row, &contender, &answer)?,
                    Said::Missing { contender, reason } => {
                        runner.missing.push((contender, reason));
                    }
                    Said::Ready | Said::Took { .. } => {}
                }
            }
            runner.workers.push(worker);
        }
        // In the table's order: rows, and their contenders.
        runner.entries.sort_by_key(|entry| {
            let row = rows.iter().position(|row| row.id == entry.row);
            let contender = CONTENDERS
                .iter()
                .position(|contender| contender.id == entry.contender);
            (row, contender)
        });
        Ok(runner)
    }

    fn enter(
        &mut self,
        rows: &[&'static Row],
        row: &str,
        contender: &str,
        answer: &str,
    ) -> Result<()> {
        answers::check(row, contender, answer)?;
        let known = rows.iter().find(|known| known.id == row);
        let known_contender = crate::table::contender(contender);
        self.entries.push(Entry {
            row: known.with_context(|| format!("nobody asked for {row}"))?.id,
            contender: known_contender
                .with_context(|| format!("nobody knows {contender}"))?
                .id,
            worker: self.workers.len(),
            calls: 1,
        });
        Ok(())
    }

    /// Finds out how many calls are a turn.
    pub fn calibrate(&mut self) -> Result<()> {
        for entry in &mut self.entries {
            loop {
                let time =
                    self.workers[entry.worker].run(entry.row, entry.contender, entry.calls)?;
                let wanted = calls_for(entry.calls, time);
                let is_enough = time >= TURN / 4.0;
                entry.calls = wanted;
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
