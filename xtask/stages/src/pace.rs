//! `--step`: the pace of a teacher, who presses Enter to continue.
//!
//! What is printed between two stops fits on one page: a full page is a stop, too. Lines are read as the terminal delivers them, so its settings are never touched.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::Mutex;

use anyhow::Result;

use crate::cli::usage_error;
use crate::term::{self, yellow};

/// Columns and rows of a page: a terminal in letters that the last row can read.
pub const PAGE: (usize, usize) = (100, 30);

/// How many rows of the page are written; nothing, if nobody stops.
static ROWS: Mutex<Option<usize>> = Mutex::new(None);

/// The person has seen enough. Not a failure.
#[derive(Debug)]
pub struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ended by q")
    }
}

impl Error for Ended {}

impl Ended {
    /// Whether this is why a command returned.
    pub fn is_in(error: &anyhow::Error) -> bool {
        let causes = error.chain();
        let mut errors = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
        errors.any(|error| error.get_ref().is_some_and(|inner| inner.is::<Ended>()))
    }
}

/// From now on [`stop`] stops, and so does a page that is full.
pub fn begin() -> Result<()> {
    if !(io::stdin().is_terminal() && term::is_terminal()) {
        return Err(usage_error(
            "--step waits for Enter and so needs a terminal for input and output\n\
             next: omit --step, or run it in a terminal",
        ));
    }
    set(Some(0));
    Ok(())
}

/// Waits for Enter. An error that [`Ended::is_in`] if the answer is q, or the end of the input.
pub fn stop(label: &str) -> io::Result<()> {
    if get().is_none() {
        return Ok(());
    }
    // What is written while the question is asked does not count.
    set(None);
    term::status(&yellow(&format!("   [{label}, q ends]")))?;
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer)?;
    if read == 0 {
        // No line break was typed: what comes next begins on a line of its own.
        term::line(format_args!(""))?;
    }
    if read == 0 || answer.trim().eq_ignore_ascii_case("q") {
        return Err(io::Error::other(Ended));
    }
    set(Some(0));
    Ok(())
}

/// Called before a line is written.
pub(crate) fn make_room(line: &str) -> io::Result<()> {
    let Some(rows) = get() else {
        return Ok(());
    };
    let needed = line.split('\n').map(rows_of).sum::<usize>();
    // The last row is the question's.
    let full = rows > 0 && rows + needed >= PAGE.1;
    if full {
        stop("the page is full: Enter goes on")?;
    }
    set(Some(if full { needed } else { rows + needed }));
    Ok(())
}

/// How many rows a line takes, its colours aside.
fn rows_of(line: &str) -> usize {
    let mut columns: usize = 0;
    let mut is_escape = false;
    for c in line.chars() {
        match c {
            '\x1b' => is_escape = true,
            'm' if is_escape => is_escape = false,
            '\t' if !is_escape => columns += 8 - columns % 8,
            _ => columns += usize::from(!is_escape),
        }
    }
    columns.div_ceil(PAGE.0).max(1)
}

fn get() -> Option<usize> {
    *ROWS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn set(rows: Option<usize>) {
    *ROWS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = rows;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_the_terminal_breaks_them() {
        assert_eq!(rows_of(""), 1);
        assert_eq!(rows_of(&"x".repeat(100)), 1);
        assert_eq!(rows_of(&"x".repeat(101)), 2);
        assert_eq!(rows_of(&format!("\x1b[1m{}\x1b[0m", "x".repeat(100))), 1);
        assert_eq!(rows_of(&"\t".repeat(13)), 2);
    }

    #[test]
    fn the_end_is_found_wherever_it_was_wrapped() {
        use anyhow::Context;
        let error: Result<()> = Err(io::Error::other(Ended)).context("step 3");
        assert!(Ended::is_in(&error.unwrap_err()));
        assert!(!Ended::is_in(&anyhow::anyhow!("ended by q")));
    }
}
