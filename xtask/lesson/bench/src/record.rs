//! A run, as it is kept and shown.

use serde::{Deserialize, Serialize};

use crate::claims::{self, Verdict};
use crate::instructions::Count;
use crate::machine::Machine;
use crate::measure::Series;
use crate::runtime::Runtime;
use crate::stats::Spread;
use crate::table::{BASELINE, Row, SUBJECTS};

/// All figures of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub machine: Machine,
    pub rounds: usize,
    pub rows: Vec<RowFigures>,
    pub missing: Vec<Missing>,
    /// Empty if nothing was counted.
    pub instructions: Vec<Count>,
    /// Empty if it was not asked for, or on another system than Linux.
    pub runtimes: Vec<Runtime>,
    pub claims: Vec<Verdict>,
}

/// What was measured of a row, in the table's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowFigures {
    pub row: String,
    pub figures: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub subject: String,
    /// A call, in nanoseconds.
    pub nanoseconds: Spread,
    /// Of the rounds' ratios to the baseline.
    pub ratio: Option<Spread>,
}

/// A subject that was not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    pub subject: String,
    pub reason: String,
}

impl Missing {
    pub fn new(subject: impl Into<String>, reason: impl Into<String>) -> Missing {
        Missing {
            subject: subject.into(),
            reason: reason.into(),
        }
    }
}

impl Record {
    /// Sums up a run.
    pub fn new(
        machine: Machine,
        rows: &[&Row],
        series: &Series,
        missing: Vec<Missing>,
        instructions: Vec<Count>,
        runtimes: Vec<Runtime>,
    ) -> Record {
        let rows = rows.iter().map(|row| RowFigures {
            row: row.id.into(),
            figures: SUBJECTS
                .iter()
                .filter_map(|subject| {
                    Some(Figure {
                        subject: subject.id.into(),
                        nanoseconds: Spread::of(series.of(row.id, subject.id))?,
                        ratio: series.ratio(row.id, subject.id, BASELINE),
                    })
                })
                .collect(),
        });
        Record {
            machine,
            rounds: series.rounds(),
            rows: rows.collect(),
            claims: claims::judge(series, &instructions, &runtimes),
            missing,
            instructions,
            runtimes,
        }
    }

    /// The figure of a row and a subject.
    pub fn figure(&self, row: &str, subject: &str) -> Option<&Figure> {
        let of_row = self.rows.iter().find(|found| found.row == row)?;
        let mut figures = of_row.figures.iter();
        figures.find(|figure| figure.subject == subject)
    }

    /// Nanoseconds of a call.
    pub fn time(&self, row: &str, subject: &str) -> Option<f64> {
        Some(self.figure(row, subject)?.nanoseconds.median)
    }

    pub fn is_missing(&self, subject: &str) -> bool {
        self.missing
            .iter()
            .any(|missing| missing.subject == subject)
    }
}

/// A record with made-up figures, for tests of what is made of it.
#[cfg(test)]
pub fn example() -> Record {
    use crate::table::ROWS;

    let rounds = |middle: f64| vec![middle * 0.98, middle, middle * 1.04];
    let mut series = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        for (index, subject) in SUBJECTS.iter().enumerate() {
            if subject.id != "pyo3" && subject.applies(row) {
                let time = 1.5 * 1.6_f64.powi(index as i32) * (number + 1) as f64;
                series.push((row.id, subject.id, rounds(time)));
            }
        }
    }
    let rows: Vec<&Row> = ROWS.iter().collect();
    let runtime = |language: &str, size, load, threads| Runtime {
        language: language.into(),
        size,
        load: Spread::of(&rounds(load)).unwrap_or(Spread {
            median: load,
            low: load,
            high: load,
        }),
        memory: 4096,
        threads,
        handlers: threads,
        unloads: threads == 0,
        fork: "works".into(),
        closed_stdout: "an error".into(),
    };
    let count = |subject: &str, instructions| Count {
        row: "sqrt".into(),
        subject: subject.into(),
        instructions,
    };
    Record::new(
        Machine::example(),
        &rows,
        &Series::with(series),
        vec![Missing::new("pyo3", "no <network>")],
        vec![count("cffi-api", 700.0), count("cffi-c", 700.0)],
        vec![
            runtime("Rust", 300_000, 4e5, 0),
            runtime("Go", 1_700_000, 4e6, 5),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_a_file() {
        let record = example();
        let text = serde_json::to_string_pretty(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn a_figure_is_found() {
        let record = example();
        let figure = record.figure("sqrt", "c-rust").unwrap();
        assert!(figure.ratio.unwrap().median > 1.0);
        assert!(record.figure("sqrt", "pyo3").is_none());
        assert!(record.is_missing("pyo3"));
    }
}
