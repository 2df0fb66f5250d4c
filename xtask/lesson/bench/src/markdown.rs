//! The README's part, made from a record.

use std::fmt::Write;

use crate::instructions;
use crate::numbers;
use crate::record::Record;
use crate::show::{LANGUAGES, RUNTIME, applies};
use crate::table::{self, CONTENDERS, ROWS, Row};

/// Where the pictures are, from the README.
pub const LIGHT: &str = "xtask/lesson/bench/bench-light.svg";
pub const DARK: &str = "xtask/lesson/bench/bench-dark.svg";

/// What stands between the two marks in the README, without them.
pub fn block(record: &Record) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\n<picture>\n  <source media=\"(prefers-color-scheme: dark)\" srcset=\"{DARK}\">\n  \
         <img src=\"{LIGHT}\" width=\"800\" alt=\"Bars: the time of a call from C and from Python, \
         for each library. The figures are in the tables below.\">\n</picture>\n"
    );
    let (slices, calls): (Vec<&Row>, Vec<&Row>) =
        ROWS.iter().partition(|row| row.id.starts_with("slice-"));
    if !record.runtimes.is_empty() {
        text.push_str("What comes along with the library:\n\n");
        runtimes(&mut text, record);
        text.push('\n');
    }
    text.push_str("<details>\n<summary>All figures</summary>\n\n");
    let _ = writeln!(
        text,
        "Time of a call: the median of {} rounds.\n",
        record.rounds
    );
    times(&mut text, record, "a call with", &calls);
    text.push_str("\nThe roots of so many numbers, from one array into another:\n\n");
    times(&mut text, record, "numbers", &slices);
    if !record.instructions.is_empty() {
        text.push_str("\nInstructions of a call, with the loop around it:\n\n");
        counts(&mut text, record);
    }
    text.push_str("\n</details>\n");
    text.push_str("\n<details>\n<summary>What was demanded, and what was measured</summary>\n\n");
    claims(&mut text, record);
    text.push_str("\n</details>\n\n");
    for missing in &record.missing {
        let title = table::title(&missing.contender);
        let _ = writeln!(text, "{title} is missing: {}.\n", escaped(&missing.reason));
    }
    let _ = writeln!(
        text,
        "<sub>Measured on {}.</sub>\n",
        escaped(&record.machine.sentence())
    );
    text
}

/// A table of contenders by rows.
fn times(text: &mut String, record: &Record, corner: &str, rows: &[&Row]) {
    let shorts: Vec<&str> = rows.iter().map(|row| row.short).collect();
    table_head(text, corner, &shorts);
    for contender in CONTENDERS {
        let has_any = rows.iter().any(|row| {
            record.figure(row.id, contender.id).is_some()
                || record.is_missing(contender.id) && applies(contender, row.id)
        });
        if !has_any {
            continue;
        }
        let _ = write!(text, "| {} |", contender.title);
        for row in rows {
            let cell = match record.figure(row.id, contender.id) {
                Some(figure) => numbers::time(figure.nanoseconds.median),
                None if record.is_missing(contender.id) => "missing".into(),
                None => String::new(),
            };
            let _ = write!(text, " {} |", cell.replace(' ', "\u{a0}"));
        }
        text.push('\n');
    }
}

fn counts(text: &mut String, record: &Record) {
    let shorts = instructions::ROWS.map(|row| table::row(row).map_or(row, |row| row.short));
    table_head(text, "instructions", &shorts);
    for id in instructions::CONTENDERS {
        let title = table::title(id);
        let _ = write!(text, "| {title} |");
        for row in instructions::ROWS {
            let count = instructions::find(&record.instructions, row, id);
            let _ = write!(text, " {} |", count.map_or(String::new(), whole));
        }
        text.push('\n');
    }
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

fn runtimes(text: &mut String, record: &Record) {
    table_head(text, "the library in", &LANGUAGES);
    for (name, figure) in RUNTIME {
        let _ = write!(text, "| {name} |");
        for language in LANGUAGES {
            let of = crate::runtime::find(&record.runtimes, language);
            let _ = write!(text, " {} |", of.map_or("missing".into(), figure));
        }
        text.push('\n');
    }
}

fn claims(text: &mut String, record: &Record) {
    text.push_str("| claim | call | measured | bound | |\n| --- | --- | ---: | ---: | --- |\n");
    for verdict in &record.claims {
        let word = match verdict.holds {
            Some(false) => format!("**{}**", verdict.word()),
            _ => verdict.word().to_owned(),
        };
        let measured = verdict
            .measured
            .map_or(String::new(), numbers::three_digits);
        let _ = writeln!(
            text,
            "| {} | {} | {measured} | {} | {word} |",
            verdict.claim, verdict.row, verdict.bound
        );
    }
}

fn table_head(text: &mut String, corner: &str, columns: &[&str]) {
    let _ = writeln!(text, "| {corner} | {} |", columns.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(columns.len()));
}

/// What comes from the machine is not to be read as Markdown.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;

    #[test]
    fn every_contender_and_row_is_there() {
        let text = block(&example());
        for words in CONTENDERS.iter().map(|contender| contender.title) {
            assert!(text.contains(&format!("| {words} |")), "{words}");
        }
        for words in ROWS.iter().map(|row| row.short) {
            assert!(text.contains(&format!("| {words} |")), "{words}");
        }
    }

    #[test]
    fn what_is_missing_is_said_with_the_reason() {
        let text = block(&example());
        assert!(text.contains("PyO3 is missing: no &lt;network>."), "{text}");
        assert!(text.contains("| missing |"), "{text}");
    }

    #[test]
    fn every_table_has_as_many_cells_in_each_line() {
        let text = block(&example());
        let mut columns = None;
        for line in text.lines() {
            let cells = line.matches(" |").count();
            if line.starts_with('|') {
                assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
            } else {
                columns = None;
            }
        }
    }
}
