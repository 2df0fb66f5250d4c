//! What the figures have to show, as data: two contenders, rows, and a bound.

use serde::{Deserialize, Serialize};

use crate::instructions::{self, Count};
use crate::measure::Series;
use crate::runtime::{self, Runtime};
use crate::table;

/// Something to be shown.
struct Claim {
    words: &'static str,
    measure: Measure,
    bound: Bound,
}

enum Measure {
    /// The ratio of two contenders' times, in each of the rows.
    Time {
        rows: &'static [&'static str],
        of: &'static str,
        to: &'static str,
    },
    /// The ratio of two contenders' instructions, in each of the rows.
    Instructions {
        rows: &'static [&'static str],
        of: &'static str,
        to: &'static str,
    },
    /// A figure of our library.
    Ours(fn(&Runtime) -> f64),
    /// The same against Go's.
    OursToGo(fn(&Runtime) -> f64),
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

static CLAIMS: &[Claim] = &[
    Claim {
        words: "C → Rust costs what C → C costs",
        measure: Measure::Time {
            rows: &["empty", "sqrt", "struct", "status"],
            of: "c-rust",
            to: "c-c",
        },
        bound: Bound::AtMost(1.05),
    },
    Claim {
        words: "C → Go costs many times C → Rust",
        measure: Measure::Time {
            rows: &["empty", "sqrt"],
            of: "c-go",
            to: "c-rust",
        },
        bound: Bound::AtLeast(12.0),
    },
    Claim {
        words: "CFFI → Rust takes the instructions of CFFI → C",
        measure: Measure::Instructions {
            rows: &instructions::ROWS,
            of: "cffi-api",
            to: "cffi-c",
        },
        bound: Bound::AtMost(1.02),
    },
    Claim {
        words: "pyhello adds little to the raw call",
        measure: Measure::Time {
            rows: &["sqrt"],
            of: "pyhello",
            to: "cffi-api",
        },
        bound: Bound::AtMost(1.25),
    },
    Claim {
        words: "new text from Rust, its UTF-8 checked, beside C's, which checks nothing",
        measure: Measure::Time {
            rows: &["text-16", "text-4096"],
            of: "c-rust",
            to: "c-c",
        },
        bound: Bound::AtMost(3.0),
    },
    Claim {
        words: "text through pyhello costs what CFFI by hand over C costs",
        measure: Measure::Time {
            rows: &["text-16", "text-4096"],
            of: "pyhello",
            to: "cffi-c",
        },
        bound: Bound::AtMost(1.1),
    },
    Claim {
        words: "sqrt_all beats numpy",
        measure: Measure::Time {
            rows: &["slice-10000", "slice-100000", "slice-10000000"],
            of: "pyhello",
            to: "numpy",
        },
        bound: Bound::AtMost(0.6),
    },
    Claim {
        words: "sqrt_all keeps up with numpy",
        measure: Measure::Time {
            rows: &["slice-1000"],
            of: "pyhello",
            to: "numpy",
        },
        bound: Bound::AtMost(1.2),
    },
    Claim {
        words: "a prepared pair of buffers beats numpy",
        measure: Measure::Time {
            rows: &["slice-10", "slice-1000"],
            of: "prepared",
            to: "numpy",
        },
        bound: Bound::AtMost(0.8),
    },
    Claim {
        words: "the shared library is a fraction of Go's",
        measure: Measure::OursToGo(|runtime| runtime.size as f64),
        bound: Bound::AtMost(0.25),
    },
    Claim {
        words: "it loads in a fraction of the time of Go's",
        measure: Measure::OursToGo(|runtime| runtime.load.median),
        bound: Bound::AtMost(0.5),
    },
    Claim {
        words: "it adds no thread",
        measure: Measure::Ours(|runtime| runtime.threads as f64),
        bound: Bound::AtMost(0.0),
    },
    Claim {
        words: "it adds no signal handler",
        measure: Measure::Ours(|runtime| runtime.handlers as f64),
        bound: Bound::AtMost(0.0),
    },
];

/// What became of a claim, in one of its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub claim: String,
    /// The title of the row; empty if it is about none.
    pub row: String,
    /// None if it was not measured.
    pub measured: Option<f64>,
    /// Such as `≤ 1.05`.
    pub bound: String,
    pub holds: Option<bool>,
}

impl Verdict {
    /// What became of it, in a word or two.
    pub fn word(&self) -> &'static str {
        match self.holds {
            Some(true) => "holds",
            Some(false) if self.bound.starts_with(AT_LEAST) => "not reached",
            Some(false) => "exceeded",
            None => "not measured",
        }
    }
}

/// Holds every claim against the figures.
pub fn judge(series: &Series, counts: &[Count], runtimes: &[Runtime]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for claim in CLAIMS {
        let mut add = |row: &str, measured: Option<f64>| {
            verdicts.push(Verdict {
                claim: claim.words.into(),
                row: table::row(row).map_or("", |row| row.title).into(),
                measured,
                bound: claim.bound.to_string(),
                holds: measured.map(|measured| claim.bound.holds(measured)),
            });
        };
        match &claim.measure {
            Measure::Time { rows, of, to } => {
                for row in *rows {
                    add(row, series.ratio(row, of, to).map(|ratio| ratio.median));
                }
            }
            Measure::Instructions { rows, of, to } => {
                for row in *rows {
                    let [of, to] = [of, to].map(|name| instructions::find(counts, row, name));
                    add(row, of.zip(to).map(|(of, to)| of / to));
                }
            }
            Measure::Ours(figure) => add("", runtime::find(runtimes, "Rust").map(figure)),
            Measure::OursToGo(figure) => {
                let [ours, theirs] =
                    ["Rust", "Go"].map(|language| runtime::find(runtimes, language).map(figure));
                add("", ours.zip(theirs).map(|(ours, theirs)| ours / theirs));
            }
        }
    }
    verdicts
}

const AT_LEAST: char = '≥';

impl Bound {
    fn holds(self, measured: f64) -> bool {
        match self {
            Bound::AtMost(bound) => measured <= bound,
            Bound::AtLeast(bound) => measured >= bound,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bound::AtMost(bound) => write!(f, "≤ {bound}"),
            Bound::AtLeast(bound) => write!(f, "{AT_LEAST} {bound}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_name_what_there_is() {
        for claim in CLAIMS {
            if let Measure::Time { rows, of, to } | Measure::Instructions { rows, of, to } =
                &claim.measure
            {
                assert!(rows.iter().all(|row| table::row(row).is_some()));
                assert!(table::contender(of).is_some() && table::contender(to).is_some());
            }
        }
    }

    fn of(verdicts: &[Verdict], claim: &str, row: &str) -> (Option<f64>, Option<bool>) {
        let found = verdicts
            .iter()
            .find(|verdict| verdict.claim.starts_with(claim) && verdict.row == row)
            .expect("the claim is there");
        (found.measured, found.holds)
    }

    #[test]
    fn a_claim_holds_or_is_exceeded_or_was_not_measured() {
        let series = Series::with([
            ("empty", "c-c", vec![1.0; 3]),
            ("empty", "c-rust", vec![1.04; 3]),
            ("empty", "c-go", vec![10.4; 3]),
            ("sqrt", "c-c", vec![1.0; 3]),
            ("sqrt", "c-rust", vec![1.06; 3]),
        ]);
        let verdicts = judge(&series, &[], &[]);
        let cost = "C → Rust costs";
        assert_eq!(of(&verdicts, cost, "an empty call").1, Some(true));
        assert_eq!(of(&verdicts, cost, "a number").1, Some(false));
        assert_eq!(of(&verdicts, cost, "a struct by value"), (None, None));
        // At least twelve times, and it is ten.
        let words: Vec<&str> = verdicts.iter().map(Verdict::word).collect();
        assert_eq!(
            words[..5],
            [
                "holds",
                "exceeded",
                "not measured",
                "not measured",
                "not reached"
            ]
        );
        assert_eq!(of(&verdicts, "C → Go", "an empty call").1, Some(false));
        assert_eq!(of(&verdicts, "it adds no thread", ""), (None, None));
    }

    #[test]
    fn instructions_and_runtimes_are_judged() {
        let record = crate::record::example();
        let verdicts = &record.claims;
        let instructions = of(verdicts, "CFFI → Rust", "a number");
        assert_eq!(instructions, (Some(1.0), Some(true)));
        assert_eq!(of(verdicts, "the shared library", "").1, Some(true));
        assert_eq!(
            of(verdicts, "it adds no thread", ""),
            (Some(0.0), Some(true))
        );
    }
}
