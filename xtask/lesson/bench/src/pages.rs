//! What is made from the records and committed: a picture, a page, and a part of the README. The
//! newest record is the one that is shown; all stand side by side in the claims.

use std::fmt::Write;
use std::path::PathBuf;

use abi_stages::page::{Page, escaped};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use crate::numbers;
use crate::picture;
use crate::record::Record;
use crate::table::{self, Row};
use crate::tables;

const FOLDER: &str = "xtask/lesson/bench";
const PICTURE: &str = "figures.svg";
const PAGE: &str = "figures.md";

/// Where a record is kept: a file for each processor, from the root.
pub fn file_of(record: &Record) -> String {
    let letters = record.machine.processor.to_lowercase();
    let words = letters.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    format!("{FOLDER}/records/{}.json", words.join("-"))
}

/// Every record in the sources, the newest first.
///
/// # Errors
///
/// There is none, or one cannot be read.
pub fn records(workspace: &Workspace) -> Result<Vec<Record>> {
    let folder = workspace.source(&format!("{FOLDER}/records"));
    let read = |file: &PathBuf| -> Result<Record> {
        let text = workspace::read(file)?;
        let again = "next: `cargo xtask bench --record` writes one for this processor";
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a record of a run\n{again}", file.display()))
    };
    let files = workspace::files(&folder)?;
    let mut records = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    records.sort_by(|a, b| {
        let (a, b) = (&a.machine, &b.machine);
        (b.date.cmp(&a.date)).then_with(|| a.processor.cmp(&b.processor))
    });
    Ok(records)
}

/// Every file that is made from the records.
///
/// # Errors
///
/// There is no record, or the README has lost a marker.
pub fn pages(workspace: &Workspace, records: &[Record]) -> Result<Vec<Page>> {
    let newest = records.first().context("no run is on record")?;
    Ok(vec![
        Page::new(format!("{FOLDER}/{PICTURE}"), picture::of(newest)),
        Page::new(format!("{FOLDER}/{PAGE}"), page(records)),
        Page::with_part(workspace, "README.md", "bench", &summary(newest))?,
    ])
}

/// The README's part.
fn summary(record: &Record) -> String {
    let mut text = format!(
        "\n<img src=\"{FOLDER}/{PICTURE}\" width=\"800\" alt=\"Bars: the time of a call from C and \
         from Python, for each library.\">\n\n"
    );
    let _ = writeln!(text, "<sub>Measured on {}.</sub>\n", measured_on(record));
    text.push_str(&why_slices_differ(record));
    if !record.runtimes.is_empty() {
        text.push_str("What comes along with the library:\n\n");
        text.push_str(&tables::runtimes(record).markdown());
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "[Why the bars differ, all figures, and what is claimed of them]({FOLDER}/{PAGE}).\n"
    );
    text
}

/// Why the boundary seems to make code faster; nothing where it does not.
fn why_slices_differ(record: &Record) -> String {
    let time = |subject| record.time("slice-100000", subject);
    let (Some(core), Some(library), Some(wide)) = (time("rust"), time("c-rust"), time("c-avx2"))
    else {
        return String::new();
    };
    if core < 1.05 * library {
        return String::new();
    }
    let [core, library, wide] = [core, library, wide].map(numbers::time);
    format!(
        "**Why is C → Rust faster than Rust → Rust for many numbers?** Not because of the boundary. The \
         loop is the same, but `hello-cdylib` contains it compiled for AVX2 as well, and chooses at \
         run time. `hello-core` alone, PyO3 over it and plain C are compiled for the registers that \
         every processor of this kind has. C compiled for AVX2 gains as much: for 100 000 numbers Rust → Rust \
         takes {core}, C → Rust {library}, and C → C with AVX2 {wide}.\n\n"
    )
}

/// All figures.
fn page(records: &[Record]) -> String {
    let mut text = String::from(
        "<!-- `cargo xtask generate` makes this page from the records beside it. -->\n\n\
         # What a crossing costs\n\n\
         A figure is true on the processor that it was measured on, and each says which that is. A \
         claim is a ratio that has to hold on every processor, because what is compared does the same \
         work there.\n\n## What is claimed, and what was measured\n\n",
    );
    text.push_str(&tables::claims(records).markdown());
    text.push_str("\n## Why the bars differ\n\n");
    if let Some(newest) = records.first() {
        let _ = writeln!(
            text,
            "![{}]({PICTURE})\n",
            escaped(&newest.machine.processor)
        );
    }
    for row in picture::rows() {
        let _ = writeln!(text, "* *{}*: {}", row.title, row.why);
    }
    for record in records {
        let _ = writeln!(
            text,
            "\n## {}\n\nThe median of {} rounds, on {}.\n",
            escaped(&record.machine.processor),
            record.rounds,
            measured_on(record)
        );
        let calls = tables::times(record, "a call with", |row| !row.is_slice());
        text.push_str(&calls.markdown());
        text.push_str("\nThe roots of so many numbers, from one array into another:\n\n");
        text.push_str(&tables::times(record, "numbers", Row::is_slice).markdown());
        if !record.instructions.is_empty() {
            text.push_str("\nInstructions of a call, with the loop around it:\n\n");
            text.push_str(&tables::instructions(record).markdown());
        }
        if !record.runtimes.is_empty() {
            text.push_str("\nWhat comes along with the library:\n\n");
            text.push_str(&tables::runtimes(record).markdown());
        }
        for missing in &record.missing {
            let title = table::title(&missing.subject);
            let _ = writeln!(text, "\n{title} is missing: {}.", escaped(&missing.reason));
        }
    }
    text
}

fn measured_on(record: &Record) -> String {
    escaped(&record.machine.sentence())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;

    #[test]
    fn a_record_is_filed_by_its_processor() {
        let file = "xtask/lesson/bench/records/example-sons-8.json";
        assert_eq!(file_of(&example()), file);
    }

    #[test]
    fn every_record_is_on_the_page_and_names_its_processor() {
        let (one, mut other) = (example(), example());
        other.machine.processor = "Another".into();
        let text = page(&[one, other]);
        assert!(
            text.contains("\n## Example &amp; Sons &lt;8&gt;\n"),
            "{text}"
        );
        assert!(text.contains("\n## Another\n"), "{text}");
        for row in picture::rows() {
            assert!(!row.why.is_empty(), "{}", row.id);
            assert!(text.contains(row.why), "{}", row.id);
        }
        assert_eq!(
            text.matches("PyO3 is missing: no &lt;network&gt;.").count(),
            2
        );
    }

    #[test]
    fn the_readme_names_the_processor_and_says_why_slices_differ() {
        let mut record = example();
        let why = "Not because of the boundary";
        let mut set = |subject: &str, time: f64| {
            let mut rows = record.rows.iter_mut();
            let row = rows.find(|row| row.row == "slice-100000").unwrap();
            let mut figures = row.figures.iter_mut();
            let figure = figures.find(|figure| figure.subject == subject).unwrap();
            figure.nanoseconds.median = time;
        };
        set("rust", 90_000.0);
        set("c-rust", 45_000.0);
        set("c-avx2", 44_000.0);
        let text = summary(&record);
        assert!(
            text.contains("Measured on Example &amp; Sons &lt;8&gt;"),
            "{text}"
        );
        assert!(
            text.contains(why) && text.contains("Rust → Rust takes 90.0 µs"),
            "{text}"
        );
        // Where the boundary seems to make nothing faster, nothing is to be explained.
        for row in &mut record.rows {
            row.figures.retain(|figure| figure.subject != "c-avx2");
        }
        assert!(!summary(&record).contains(why));
    }
}
