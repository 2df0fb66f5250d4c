//! The tables of a record, the same on the terminal and on a page.

use crate::instructions;
use crate::numbers;
use crate::record::Record;
use crate::runtime::{self, LANGUAGES, Runtime};
use crate::table::{self, ROWS, Row, SUBJECTS};

/// Rows of cells below a heading; the first column names them.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The time of a call: subjects by rows.
pub fn times(record: &Record, corner: &str, is_shown: fn(&Row) -> bool) -> Table {
    let rows: Vec<&Row> = ROWS.iter().filter(|row| is_shown(row)).collect();
    let cell = |row: &&Row, subject: &table::Subject| match record.time(row.id, subject.id) {
        Some(time) => numbers::time(time),
        None if record.is_missing(subject.id) && subject.applies(row) => "missing".into(),
        None => String::new(),
    };
    let lines = SUBJECTS.iter().map(|subject| {
        let cells = rows.iter().map(|row| cell(row, subject));
        [subject.title.into()].into_iter().chain(cells).collect()
    });
    Table {
        head: head(corner, rows.iter().map(|row| row.short)),
        rows: lines
            .filter(|cells: &Vec<String>| cells[1..].iter().any(|cell| !cell.is_empty()))
            .collect(),
    }
}

/// The instructions of a call, counted by valgrind.
pub fn instructions(record: &Record) -> Table {
    let short = |id| table::row(id).map_or(id, |row| row.short);
    let cell = |row: &str, subject: &str| {
        let count = instructions::find(&record.instructions, row, subject);
        count.map_or(String::new(), |count| format!("{count:.0}"))
    };
    Table {
        head: head("instructions", instructions::ROWS.into_iter().map(short)),
        rows: (instructions::SUBJECTS.iter())
            .map(|subject| {
                let cells = instructions::ROWS.map(|row| cell(row, subject));
                [vec![table::title(subject).into()], cells.into()].concat()
            })
            .collect(),
    }
}

/// A fact about a runtime: its name, and the figure in words.
type Fact = (&'static str, fn(&Runtime) -> String);

static FACTS: &[Fact] = &[
    ("size, stripped", |it| numbers::bytes(it.size as f64)),
    ("load and first call", |it| numbers::time(it.load.median)),
    ("memory it adds", |it| {
        numbers::bytes(it.memory.max(0) as f64)
    }),
    ("threads it adds", |it| it.threads.to_string()),
    ("signal handlers it sets", |it| it.handlers.to_string()),
    ("dlclose() unloads it", |it| {
        if it.unloads { "yes" } else { "no" }.into()
    }),
    ("a forked child", |it| it.fork.clone()),
    ("printing to a closed pipe", |it| it.closed_stdout.clone()),
];

/// What comes along with the library in each language.
pub fn runtimes(record: &Record) -> Table {
    let of = |(name, figure): &Fact| {
        let cells = LANGUAGES.map(|language| {
            let found = runtime::find(&record.runtimes, language);
            found.map_or("missing".into(), figure)
        });
        [vec![(*name).into()], cells.into()].concat()
    };
    Table {
        head: head("the library in", LANGUAGES),
        rows: FACTS.iter().map(of).collect(),
    }
}

/// What was claimed, and what was measured on each processor.
pub fn claims(records: &[Record]) -> Table {
    let newest = records.first().map_or(&[][..], |record| &record.claims);
    let rows = newest.iter().map(|claim| {
        let of_record = |record: &Record| {
            let mut verdicts = record.claims.iter();
            let same = verdicts.find(|one| one.claim == claim.claim && one.row == claim.row);
            same.map_or(String::new(), |one| match one.measured {
                Some(measured) => {
                    format!("{}, {}", numbers::three_digits(measured), one.word())
                }
                None => one.word().into(),
            })
        };
        let words = [&claim.claim, &claim.row, &claim.against, &claim.bound];
        let words = words.into_iter().cloned();
        words.chain(records.iter().map(of_record)).collect()
    });
    let columns = ["call", "against", "bound"].into_iter();
    let processors = records.iter().map(|it| it.machine.processor.as_str());
    Table {
        head: head("claim", columns.chain(processors)),
        rows: rows.collect(),
    }
}

fn head<'a>(corner: &'a str, columns: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let all = [corner].into_iter().chain(columns);
    all.map(str::to_owned).collect()
}

impl Table {
    pub fn markdown(&self) -> String {
        let line = |cells: &Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| cell_of(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("| --- |{}\n", " ---: |".repeat(self.head.len() - 1));
        let rows = self.rows.iter().map(line);
        [line(&self.head), rule].into_iter().chain(rows).collect()
    }

    /// Lines with aligned columns, without the heading's first cell.
    pub fn text(&self) -> Vec<String> {
        let mut head = self.head.clone();
        head[0].clear();
        let all: Vec<&Vec<String>> = [&head].into_iter().chain(&self.rows).collect();
        let length = |cell: &String| cell.chars().count();
        let width = |column: usize| all.iter().map(|row| length(&row[column])).max();
        let widths: Vec<usize> = (0..head.len()).filter_map(width).collect();
        let line = |row: &&Vec<String>| {
            let cells = row.iter().zip(&widths).skip(1);
            let cells = cells.map(|(cell, width)| format!("  {cell:>width$}"));
            let first = format!("{:1$}", row[0], widths[0]);
            format!("{first}{}", cells.collect::<String>())
        };
        all.iter().map(line).collect()
    }
}

/// A figure and its unit stay together, and what comes from the machine is not read as Markdown.
fn cell_of(text: &str) -> String {
    let text = abi_stages::page::escaped(text).replace('|', "\\|");
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.replace(' ', "\u{a0}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;

    #[test]
    fn every_subject_and_row_has_its_place() {
        let record = example();
        let calls = times(&record, "a call", |row| !row.is_slice());
        let slices = times(&record, "numbers", Row::is_slice);
        for (table, is_slice) in [(&calls, false), (&slices, true)] {
            let heads: Vec<&String> = table.head[1..].iter().collect();
            let shorts: Vec<&str> = (ROWS.iter().filter(|row| row.is_slice() == is_slice))
                .map(|row| row.short)
                .collect();
            assert_eq!(heads, shorts);
            let names: Vec<&String> = table.rows.iter().map(|row| &row[0]).collect();
            let titles: Vec<&str> = (SUBJECTS.iter())
                .filter(|subject| is_slice || !subject.only_slices)
                .map(|subject| subject.title)
                .collect();
            assert_eq!(names, titles);
        }
        let pyo3 = calls.rows.iter().find(|row| row[0] == "PyO3").unwrap();
        assert!(pyo3[1..].iter().all(|cell| cell == "missing"), "{pyo3:?}");
    }

    #[test]
    fn every_row_has_as_many_cells_as_the_head_and_as_many_columns() {
        let record = example();
        let records = [record.clone(), record];
        let tables = [
            times(&records[0], "a call", |_| true),
            instructions(&records[0]),
            runtimes(&records[0]),
            claims(&records),
        ];
        for table in tables {
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
            let markdown = table.markdown();
            let mut cells = markdown.lines().map(|line| line.matches(" |").count());
            assert!(cells.all(|count| count == table.head.len()), "{markdown}");
            let text = table.text();
            let mut widths = text.iter().map(|line| line.chars().count());
            let first = widths.next().unwrap();
            assert!(widths.all(|width| width == first), "{}", text.join("\n"));
        }
    }

    #[test]
    fn processors_stand_side_by_side() {
        let (newer, mut older) = (example(), example());
        older.machine.processor = "Another".into();
        older.claims.remove(0);
        older.claims[0].holds = Some(false);
        let table = claims(&[newer, older]);
        assert_eq!(table.head[4..], ["Example & Sons <8>", "Another"]);
        assert!(table.rows[0][4].ends_with("holds") || table.rows[0][4].ends_with("exceeded"));
        assert_eq!(table.rows[0][5], "", "it was not claimed then");
        assert!(table.rows[1][5].ends_with("exceeded"));
        assert!(
            table
                .markdown()
                .contains("| Example &amp; Sons &lt;8&gt; |")
        );
    }
}
