//! A run on the terminal.

use std::io;

use abi_stages::say;
use abi_stages::term::{self, bold, cyan, dim, green, red, yellow};

use crate::claims::Verdict;
use crate::numbers;
use crate::record::{Figure, Record};
use crate::table::{self, Code, ROWS, SUBJECTS};
use crate::tables::{self, Table};

/// Columns of the longest bar.
const BAR: f64 = 28.0;

/// The rows and the subjects.
pub fn list() -> io::Result<()> {
    say!("{}", bold("rows"))?;
    for row in ROWS {
        say!("  {}  {}", bold(&format!("{:14}", row.id)), row.about)?;
    }
    say!("\n{}", bold("subjects"))?;
    SUBJECTS.iter().try_for_each(|subject| {
        let name = bold(&format!("{:18}", subject.title));
        say!("  {name}  {}", subject.about)
    })
}

/// Tells a person who waits what is being done.
pub fn status(what: &str) -> io::Result<()> {
    term::status(&dim(&format!("{what} ...")))
}

/// All of it.
pub fn record(record: &Record) -> io::Result<()> {
    say!("{}", record.machine.sentence())?;
    let text = format!(
        "A call, the median of {} rounds; ± half the distance of the quarters; the ratio to C → C; bars \
         are logarithmic",
        record.rounds
    );
    say!("{}", dim(&text))?;
    for figures in &record.rows {
        row(record, &figures.row, &figures.figures)?;
    }
    if !record.instructions.is_empty() {
        let about = "with the loop around it, counted by valgrind";
        let table = tables::instructions(record);
        show("instructions of a call", about, &table)?;
    }
    if !record.runtimes.is_empty() {
        let table = tables::runtimes(record);
        show("what comes along with the library", "", &table)?;
    }
    for (number, missing) in record.missing.iter().enumerate() {
        let title = table::title(&missing.subject);
        let gap = if number == 0 { "\n" } else { "" };
        say!("{gap}{} {title}: {}", yellow("missing"), missing.reason)?;
    }
    claims(record)
}

fn show(title: &str, about: &str, table: &Table) -> io::Result<()> {
    say!("\n{}  {}", bold(title), dim(about))?;
    let lines = table.text();
    lines.iter().try_for_each(|line| say!("  {line}"))
}

fn row(record: &Record, id: &str, figures: &[Figure]) -> io::Result<()> {
    let Some(row) = table::row(id) else {
        return Ok(());
    };
    say!("\n{}  {}", bold(row.title), dim(row.about))?;
    let medians = || figures.iter().map(|figure| figure.nanoseconds.median);
    let least = medians().fold(f64::INFINITY, f64::min);
    let most = medians().fold(0.0, f64::max);
    for subject in SUBJECTS.iter().filter(|one| one.applies(row)) {
        let Some(figure) = record.figure(id, subject.id) else {
            if record.is_missing(subject.id) {
                say!("  {:18} {}", subject.title, dim("missing"))?;
            }
            continue;
        };
        let time = figure.nanoseconds;
        // The shortest is half a decade long, so that it is seen.
        let scale = (most / least).log10() + 0.5;
        let length = BAR * ((time.median / least).log10() + 0.5) / scale;
        let spread = format!("±{:.0} %", time.relative() * 50.0);
        let ratio = figure
            .ratio
            .map_or(String::new(), |ratio| numbers::ratio(ratio.median));
        say!(
            "  {:18} {:>8} {} {ratio:>7}  {}",
            subject.title,
            numbers::time(time.median),
            dim(&format!("{spread:>6}")),
            paint(subject.code, &bar(length))
        )?;
    }
    Ok(())
}

/// A bar of so many columns, to an eighth.
fn bar(length: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (length * 8.0).round().max(1.0) as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

fn paint(code: Code, text: &str) -> String {
    match code {
        Code::Rust => yellow(text),
        Code::Go => cyan(text),
        Code::C | Code::Other => dim(text),
    }
}

fn claims(record: &Record) -> io::Result<()> {
    // Of a few rows, only what is about them.
    let is_whole = record.rows.len() == ROWS.len();
    let is_shown = |verdict: &&Verdict| is_whole || verdict.holds.is_some();
    let shown = record.claims.iter().filter(is_shown);
    for (number, verdict) in shown.enumerate() {
        if number == 0 {
            say!("\n{}", bold("claims"))?;
        }
        let word = format!("{:12}", verdict.word());
        let word = match verdict.holds {
            Some(true) => green(&word),
            Some(false) => red(&word),
            None => dim(&word),
        };
        let measured = verdict.measured.map_or("-".into(), numbers::three_digits);
        let mut about = verdict.claim.clone();
        for (before, words) in [(", ", &verdict.row), (", against ", &verdict.against)] {
            if !words.is_empty() {
                about = about + before + words;
            }
        }
        let bound = dim(&format!("{:7}", verdict.bound));
        say!("  {word}  {measured:>6} {bound} {about}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_it_says() {
        assert_eq!(bar(3.0), "███");
        assert_eq!(bar(2.5), "██▌");
        assert_eq!(bar(0.0), "▏", "what is there is seen");
    }
}
