//! How many instructions a call takes, counted by valgrind: the same every time, on any machine.

use abi_stages::process::find_program;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::peers::Peers;
use crate::show;
use crate::table::{self, Row};
use crate::worker::{Worker, warm_up};

/// The rows that are counted: the calls that are short enough to matter.
pub const ROWS: [&str; 4] = ["empty", "sqrt", "struct", "status"];

/// The subjects that are counted. valgrind does not understand Go's runtime.
pub const SUBJECTS: [&str; 5] = ["c-c", "c-rust", "pyhello", "cffi-api", "cffi-c"];

/// How many calls the two programs make whose difference is taken.
const FEW: u64 = 1600;
const MANY: u64 = 4800;

/// What to do without it.
pub const INSTALL: &str = "valgrind was not found; Debian, Ubuntu: apt install valgrind; Fedora: dnf \
                           install valgrind";

/// Instructions a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Count {
    pub row: String,
    pub subject: String,
    pub instructions: f64,
}

/// Why nothing can be counted here.
pub fn absent() -> Option<&'static str> {
    find_program("valgrind").is_none().then_some(INSTALL)
}

/// Counts: a program that makes more calls takes so many instructions more.
pub fn count(workspace: &Workspace, peers: &Peers, rows: &[&'static Row]) -> Result<Vec<Count>> {
    let mut counts = Vec::new();
    for row in rows.iter().filter(|row| ROWS.contains(&row.id)) {
        for subject in SUBJECTS {
            let mut callers = peers.callers.iter();
            let Some(caller) = callers.find(|caller| caller.subjects.contains(&subject)) else {
                continue;
            };
            let title = table::title(subject);
            show::status(&format!("counting instructions: {}, {title}", row.title))?;
            let line = caller.line(&VALGRIND, &[row], &[subject]);
            let of = |calls| -> Result<u64> {
                let (mut worker, _) = Worker::start(&line, workspace)?;
                worker.count(row.id, subject, calls)?;
                let printed = worker.end()?;
                references(&printed)
                    .with_context(|| format!("valgrind counted nothing:\n{printed}"))
            };
            let calls = MANY + warm_up(MANY) - FEW - warm_up(FEW);
            counts.push(Count {
                row: row.id.into(),
                subject: subject.into(),
                instructions: (of(MANY)? as f64 - of(FEW)? as f64) / calls as f64,
            });
        }
    }
    Ok(counts)
}

const VALGRIND: [&str; 4] = [
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
];

/// What cachegrind says at its end: `==1== I refs:      1,234,567`.
fn references(printed: &str) -> Option<u64> {
    let line = printed
        .lines()
        .rev()
        .find(|line| line.contains(" I ") && line.contains("refs:"))?;
    let number = line.rsplit_once(':')?.1.trim().replace(',', "");
    number.parse().ok()
}

/// The count of a row and a subject.
pub fn find(counts: &[Count], row: &str, subject: &str) -> Option<f64> {
    let found = counts
        .iter()
        .find(|count| count.row == row && count.subject == subject);
    found.map(|count| count.instructions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_cachegrind_is_read() {
        let printed = "==7== Cachegrind\n==7== \n==7== I   refs:      1,034,212\n";
        assert_eq!(references(printed), Some(1_034_212));
        assert_eq!(references("==7== I refs:  12\n"), Some(12));
        assert_eq!(references("nothing"), None);
    }
}
