//! How many instructions a call takes, counted by valgrind: the same every time, on any machine.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use xtask::process::find_program;
use xtask::workspace::Workspace;

use crate::peers::Peers;
use crate::table::{self, Row};
use crate::worker::{Worker, warm_up};

/// The rows that are counted: the calls that are short enough to matter.
pub const ROWS: [&str; 4] = ["empty", "sqrt", "struct", "status"];

/// The contenders that are counted. valgrind does not understand Go's runtime.
pub const CONTENDERS: [&str; 5] = ["c-c", "c-rust", "pyhello", "cffi-api", "cffi-c"];

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
    pub contender: String,
    pub instructions: f64,
}

/// Why nothing can be counted here.
pub fn absent() -> Option<&'static str> {
    find_program("valgrind").is_none().then_some(INSTALL)
}

/// Counts: a program that makes more calls takes so many instructions more.
pub fn count(
    workspace: &Workspace,
    peers: &Peers,
    rows: &[&'static Row],
    progress: &mut dyn FnMut(&str) -> Result<()>,
) -> Result<Vec<Count>> {
    let mut counts = Vec::new();
    for row in rows.iter().filter(|row| ROWS.contains(&row.id)) {
        for contender in CONTENDERS {
            let Some(team) = (peers.teams.iter()).find(|team| team.contenders.contains(&contender))
            else {
                continue;
            };
            let title = table::title(contender);
            progress(&format!("{}, {title}", row.title))?;
            let line = team.line_under(&VALGRIND, &[row], &[contender]);
            let of = |calls| -> Result<u64> {
                let (mut worker, _) = Worker::start(&line, workspace)?;
                worker.count(row.id, contender, calls)?;
                let told = worker.end()?;
                references(&told).with_context(|| format!("valgrind counted nothing:\n{told}"))
            };
            let calls = MANY + warm_up(MANY) - FEW - warm_up(FEW);
            counts.push(Count {
                row: row.id.into(),
                contender: contender.into(),
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
fn references(told: &str) -> Option<u64> {
    let line = told
        .lines()
        .rev()
        .find(|line| line.contains(" I ") && line.contains("refs:"))?;
    let number = line.rsplit_once(':')?.1.trim().replace(',', "");
    number.parse().ok()
}

/// The count of a row and a contender.
pub fn find(counts: &[Count], row: &str, contender: &str) -> Option<f64> {
    let found = counts
        .iter()
        .find(|count| count.row == row && count.contender == contender);
    found.map(|count| count.instructions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_cachegrind_is_read() {
        let told = "==7== Cachegrind\n==7== \n==7== I   refs:      1,034,212\n";
        assert_eq!(references(told), Some(1_034_212));
        assert_eq!(references("==7== I refs:  12\n"), Some(12));
        assert_eq!(references("nothing"), None);
    }
}
