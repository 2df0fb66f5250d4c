//! `--step`: the pace of a teacher, who presses Enter to continue.
//!
//! What is printed between two stops fits on one page: a full page is a stop, too. Lines are read as the terminal delivers them, so its settings are never touched.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process;
use std::sync::{Mutex, MutexGuard};

use anyhow::Result;

use crate::cli::{number, usage_error};
use crate::term::{self, yellow};

/// Columns and rows of a page: a terminal in letters that the last row can read.
pub const PAGE: (usize, usize) = (100, 30);

/// What is being shown; nothing, if nobody stops.
static SHOW: Mutex<Option<Show>> = Mutex::new(None);

struct Show {
    /// How many rows of the page are written.
    rows: usize,
    /// The page that is being written.
    page: String,
    /// How many stops there were, without full pages, and how many there will be.
    stops: usize,
    total: usize,
    /// The page to begin with, counted by stops from 1: the pages before it are not shown.
    from: usize,
    /// The pages that were shown, each with the question at its end.
    shown: Vec<(String, String)>,
}

/// From now on [`stop`] stops, and so does a page that is full. There will be `total` stops; the first pages, up
/// to the one with the number `from`, are left out.
pub fn begin(total: usize, from: Option<usize>) -> Result<()> {
    if !(io::stdin().is_terminal() && term::is_terminal()) {
        return Err(usage_error(
            "--step waits for Enter and so needs a terminal for input and output\n\
             next: omit --step, or run it in a terminal",
        ));
    }
    let from = from.unwrap_or(1);
    if !(1..=total).contains(&from) {
        return Err(usage_error(format!(
            "--from takes the number of a stop, and there are {total}\nnext: --from 1 is the beginning"
        )));
    }
    *show() = Some(Show {
        rows: 0,
        page: String::new(),
        stops: 0,
        total,
        from,
        shown: Vec::new(),
    });
    Ok(())
}

/// The number that `--from` has. It needs `--step`.
pub fn from(value: Option<&OsString>, step: bool) -> Result<Option<usize>> {
    if value.is_some() && !step {
        return Err(usage_error(
            "--from says at which stop --step begins\nnext: add --step",
        ));
    }
    number("from", value)
}

/// Waits for Enter; `b` shows an earlier page again. With q, or at the end of the input, the person has seen
/// enough: the program ends, and that is no failure. After the last stop there is nothing to go on to, and it does not ask.
pub fn stop(label: &str) -> io::Result<()> {
    ask(label, true)
}

fn ask(label: &str, counts: bool) -> io::Result<()> {
    // What is written while the question is asked is not part of a page.
    let Some(mut current) = show().take_if(|show| !counts || show.stops < show.total) else {
        return Ok(());
    };
    current.stops += usize::from(counts);
    if current.stops >= current.from {
        let question = format!("{} of {}: {label}", current.stops, current.total);
        let page = std::mem::take(&mut current.page);
        current.shown.push((page, question));
        current.answer()?;
    }
    current.rows = 0;
    *show() = Some(current);
    Ok(())
}

impl Show {
    /// Shows pages again until the reader has come back to the last one and goes on.
    fn answer(&self) -> io::Result<()> {
        let last = self.shown.len() - 1;
        let mut at = last;
        loop {
            let question = &self.shown[at].1;
            let keys = format!("   [{question}, b Enter goes back, q Enter ends]");
            term::status(&yellow(&keys))?;
            let mut answer = String::new();
            let read = io::stdin().read_line(&mut answer)?;
            if read == 0 {
                // No line break was typed: what comes next begins on a line of its own.
                term::line(format_args!(""))?;
            }
            at = match answer.trim() {
                "" if read == 0 => process::exit(0),
                "q" | "Q" => process::exit(0),
                "" if at == last => return Ok(()),
                "" => at + 1,
                "b" | "B" => at.saturating_sub(1),
                _ => continue,
            };
            term::line(format_args!("{}", self.shown[at].0.trim_end()))?;
        }
    }
}

/// Called before a line is written; says whether it is shown.
pub(crate) fn make_room(line: &str) -> io::Result<bool> {
    let needed = line.split('\n').map(rows_of).sum::<usize>();
    // The last row is the question's.
    let is_full = |show: &Show| show.rows > 0 && show.rows + needed >= PAGE.1;
    let full = show().as_ref().is_some_and(is_full);
    if full {
        ask("the page is full: Enter goes on", false)?;
    }
    let mut show = show();
    let Some(show) = show.as_mut() else {
        return Ok(true);
    };
    let is_shown = show.stops + 1 >= show.from;
    if is_shown {
        show.rows += needed;
        show.page += &format!("{line}\n");
    }
    Ok(is_shown)
}

/// How many rows a line takes; colours count as if they were letters.
fn rows_of(line: &str) -> usize {
    line.chars().count().div_ceil(PAGE.0).max(1)
}

fn show() -> MutexGuard<'static, Option<Show>> {
    SHOW.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_the_terminal_breaks_them() {
        assert_eq!(rows_of(""), 1);
        assert_eq!(rows_of(&"x".repeat(100)), 1);
        assert_eq!(rows_of(&"x".repeat(101)), 2);
    }
}
