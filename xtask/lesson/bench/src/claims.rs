//! What the figures have to show, as data: two subjects, rows, and a bound.
//!
//! A bound is one on any processor: what is compared does the same work there, and where that is
//! arithmetic, the same arithmetic is the limit of both.

use serde::{Deserialize, Serialize};

use crate::instructions::{self, Count};
use crate::measure::Series;
use crate::runtime::{self, Runtime};
use crate::table::{self, C_OF_ANY_WIDTH};

/// Something to be shown.
struct Claim {
    words: &'static str,
    measure: Measure,
    bound: Bound,
}

/// What is measured, where, and against whom. Against several is against whichever is fastest there.
enum Measure {
    Time(Rows, &'static str, &'static [&'static str]),
    Instructions(Rows, &'static str, &'static str),
    /// A figure of our library.
    Ours(fn(&Runtime) -> f64),
    /// The same against Go's.
    OursToGo(fn(&Runtime) -> f64),
}

type Rows = &'static [&'static str];

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};

/// So many numbers that the processor's square roots take most of the time: a bound on such a ratio
/// holds on any processor, however fast its unit for them is.
const MANY: Rows = &["slice-10000", "slice-100000", "slice-10000000"];
const TEXT: Rows = &["text-16", "text-4096"];

static CLAIMS: &[Claim] = &[
    Claim {
        words: "C → Rust costs what C → C costs",
        measure: Measure::Time(&["empty", "sqrt", "struct", "status"], "c-rust", &["c-c"]),
        bound: AtMost(1.05),
    },
    Claim {
        words: "C → Go costs many times C → Rust",
        measure: Measure::Time(&["empty", "sqrt"], "c-go", &["c-rust"]),
        bound: AtLeast(12.0),
    },
    Claim {
        words: "CFFI → Rust takes the instructions of CFFI → C",
        measure: Measure::Instructions(&instructions::ROWS, "cffi-api", "cffi-c"),
        bound: AtMost(1.02),
    },
    Claim {
        words: "pyhello adds little to the raw call",
        measure: Measure::Time(&["sqrt"], "pyhello", &["cffi-api"]),
        bound: AtMost(1.25),
    },
    Claim {
        words: "new text from Rust, its UTF-8 checked, beside C's, which checks nothing",
        measure: Measure::Time(TEXT, "c-rust", &["c-c"]),
        bound: AtMost(3.0),
    },
    Claim {
        words: "text through pyhello costs what CFFI by hand over C costs",
        measure: Measure::Time(TEXT, "pyhello", &["cffi-c"]),
        bound: AtMost(1.1),
    },
    Claim {
        words: "hello_sqrt_all() is as fast as the best loop in C of any width",
        measure: Measure::Time(MANY, "c-rust", &C_OF_ANY_WIDTH),
        bound: AtMost(1.05),
    },
    Claim {
        words: "sqrt_all of many numbers costs what numpy costs, or less",
        measure: Measure::Time(MANY, "pyhello", &["numpy"]),
        bound: AtMost(1.05),
    },
    Claim {
        words: "a prepared pair of buffers costs what numpy costs, or less",
        measure: Measure::Time(
            &["slice-10", "slice-1000", "slice-10000", "slice-100000"],
            "prepared",
            &["numpy"],
        ),
        bound: AtMost(1.05),
    },
    Claim {
        words: "the shared library is a fraction of Go's",
        measure: Measure::OursToGo(|runtime| runtime.size as f64),
        bound: AtMost(0.25),
    },
    Claim {
        words: "it loads in a fraction of the time of Go's",
        measure: Measure::OursToGo(|runtime| runtime.load.median),
        bound: AtMost(0.5),
    },
    Claim {
        words: "it adds no thread",
        measure: Measure::Ours(|runtime| runtime.threads as f64),
        bound: AtMost(0.0),
    },
    Claim {
        words: "it adds no signal handler",
        measure: Measure::Ours(|runtime| runtime.handlers as f64),
        bound: AtMost(0.0),
    },
];

/// What became of a claim, in one of its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub claim: String,
    /// The title of the row; empty if it is about none.
    pub row: String,
    /// Whom it was measured against; empty if nobody.
    pub against: String,
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

/// Compares the figures with every claim.
pub fn judge(series: &Series, counts: &[Count], runtimes: &[Runtime]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for claim in CLAIMS {
        let mut add = |row: &str, against: &str, measured: Option<f64>| {
            verdicts.push(Verdict {
                claim: claim.words.into(),
                row: table::row(row).map_or("", |row| row.title).into(),
                against: table::title(against).into(),
                measured,
                bound: claim.bound.to_string(),
                holds: measured.map(|measured| claim.bound.holds(measured)),
            });
        };
        let runtime = |language| runtime::find(runtimes, language);
        match claim.measure {
            Measure::Time(rows, of, to) => {
                for row in rows {
                    let to = series.fastest(row, to).unwrap_or(to[0]);
                    add(row, to, series.ratio(row, of, to).map(|ratio| ratio.median));
                }
            }
            Measure::Instructions(rows, of, to) => {
                for row in rows {
                    let [ours, theirs] = [of, to].map(|id| instructions::find(counts, row, id));
                    let ratio = ours.zip(theirs).map(|(ours, theirs)| ours / theirs);
                    add(row, to, ratio);
                }
            }
            Measure::Ours(figure) => add("", "", runtime("Rust").map(figure)),
            Measure::OursToGo(figure) => {
                let both = runtime("Rust").zip(runtime("Go"));
                let ratio = both.map(|(ours, theirs)| figure(ours) / figure(theirs));
                add("", "Go", ratio);
            }
        }
    }
    verdicts
}

const AT_LEAST: char = '≥';

impl Bound {
    fn holds(self, measured: f64) -> bool {
        match self {
            AtMost(bound) => measured <= bound,
            AtLeast(bound) => measured >= bound,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AtMost(bound) => write!(f, "≤ {bound}"),
            AtLeast(bound) => write!(f, "{AT_LEAST} {bound}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_name_what_there_is() {
        for claim in CLAIMS {
            let (rows, subjects) = match claim.measure {
                Measure::Time(rows, of, to) => (rows, [&[of], to].concat()),
                Measure::Instructions(rows, of, to) => (rows, vec![of, to]),
                Measure::Ours(_) | Measure::OursToGo(_) => continue,
            };
            for row in rows {
                let row = table::row(row).expect("the row is there");
                let applies = |id: &&str| table::subject(id).is_some_and(|one| one.applies(row));
                assert!(subjects.iter().all(applies), "{}, {}", claim.words, row.id);
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
    fn of_several_the_fastest_is_the_one_to_beat() {
        let rust_takes = |time: f64| {
            let series = Series::with([
                ("slice-10000", "c-c", vec![4.0; 3]),
                ("slice-10000", "c-avx2", vec![2.0; 3]),
                ("slice-10000", "c-avx512", vec![2.2; 3]),
                ("slice-10000", "c-rust", vec![time; 3]),
            ]);
            let verdicts = judge(&series, &[], &[]);
            let mut of_row = verdicts
                .into_iter()
                .filter(|one| one.row == "10 000 numbers");
            of_row
                .find(|one| one.claim.contains("any width"))
                .expect("the claim is there")
        };
        let verdict = rust_takes(2.08);
        assert_eq!(
            (verdict.against.as_str(), verdict.holds),
            ("C → C, AVX2", Some(true))
        );
        // Faster than two of the three.
        let verdict = rust_takes(2.12);
        assert_eq!((verdict.measured, verdict.holds), (Some(1.06), Some(false)));
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
