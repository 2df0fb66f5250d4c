//! Who noticed which fault: as sums, as a table, as a picture.

use std::fmt::Write as _;

use abi_stages::page::escaped;
use abi_verify::fault::file::{Catcher, Fault};
use abi_verify::fault::strict::{BUILDERS, Noticed};
use abi_verify::fault::trial::Entry;

use super::record::Record;

/// How many faults each noticed.
pub struct Sums {
    faults: usize,
    by_builder: [usize; 3],
    /// Noticed by none of the builders.
    unseen: usize,
    /// Caught by the check that has to, or by a tool.
    by_check: usize,
    by_tool: usize,
    uncatchable: usize,
}

impl Sums {
    /// Of those faults that are in the record.
    pub fn of(faults: &[Fault], record: &Record) -> Sums {
        Sums::of_rows(&rows(faults, record))
    }

    fn of_rows(rows: &[Row]) -> Sums {
        let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
        Sums {
            faults: rows.len(),
            by_builder: [0, 1, 2]
                .map(|builder| count(&|row| row.1.noticed[builder] == Noticed::Yes)),
            unseen: count(&|row| !row.1.noticed.contains(&Noticed::Yes)),
            by_check: count(&|row| matches!(row.0.catcher, Catcher::Check(_))),
            by_tool: count(&|row| matches!(row.0.catcher, Catcher::Tool { .. })),
            uncatchable: count(&|row| matches!(row.0.catcher, Catcher::Nobody(_))),
        }
    }

    pub fn text(&self) -> String {
        let [rustc, cc, cffi] = self.by_builder;
        let mut text = format!(
            "Of {} faults, an ordinary strict build lets {} through: rustc notices {rustc}, cc with \
             -Wall -Wextra -Wpedantic -Werror {cc}, CFFI {cffi}. The checks catch {}",
            self.faults, self.unseen, self.by_check
        );
        for (count, words) in [
            (self.by_tool, "a tool under which the program runs"),
            (self.uncatchable, "nobody"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {words} {count}");
            }
        }
        text + "."
    }
}

/// A fault, and what it led to.
type Row<'a> = (&'a Fault, &'a Entry);

fn rows<'a>(faults: &'a [Fault], record: &'a Record) -> Vec<Row<'a>> {
    let row = |fault: &'a Fault| Some((fault, record.faults.get(&fault.name)?));
    faults.iter().filter_map(row).collect()
}

/// The table in Markdown; exhibits lead to their chapter.
pub fn table(faults: &[Fault], record: &Record) -> String {
    let mut text = String::from("| fault | rustc | cc | CFFI | caught by |\n");
    text.push_str("| --- | :-: | :-: | :-: | --- |\n");
    for (fault, entry) in rows(faults, record) {
        let name = if fault.exhibit.is_some() {
            format!("[{}](#{})", fault.name, fault.name)
        } else {
            format!("[{0}](../faults/{0}.patch)", fault.name)
        };
        let catcher = match fault.catcher {
            Catcher::Check(check) => {
                let also = fault.also.iter().copied();
                let checks = [check].into_iter().chain(also);
                let checks: Vec<String> = checks.map(|check| format!("`{}`", check.id)).collect();
                checks.join(", ")
            }
            Catcher::Tool { .. } => fault.catcher.name().to_owned(),
            Catcher::Nobody(_) => "**nobody**".to_owned(),
        };
        let _ = writeln!(
            text,
            "| {name}: {} | {} | {catcher} |",
            fault.title.replace('|', "\\|"),
            entry.noticed.map(mark).join(" | ")
        );
    }
    text
}

/// What a table says of a builder.
pub fn mark(noticed: Noticed) -> &'static str {
    match noticed {
        Noticed::Yes => "notices",
        Noticed::No => "·",
        Noticed::Unreached => "",
    }
}

const CELL: usize = 12;
const GAP: usize = 2;
const LEFT: usize = 104;
const TOP: usize = 64;
const ROW: usize = 30;
/// As wide as a page of Markdown is shown, so that the letters keep their size.
const WIDTH: usize = 830;
/// Between two groups, and between two bands of them.
const SPACE: usize = 14;

/// The picture: a strip for each who may notice, a cell for each fault; cells stand below each other
/// for the same fault. The groups go on in a band below where the width ends. It follows the reader's
/// light or dark scheme.
pub fn picture(faults: &[Fault], record: &Record) -> String {
    let rows = rows(faults, record);
    let sums = Sums::of_rows(&rows);
    let bands = bands(groups(&rows));
    let band_height = 4 * ROW + 2 * SPACE;
    let height = TOP + bands.len() * band_height + 14;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n\
         <style>\n\
         text {{ font: 14px system-ui, sans-serif; fill: #1f2328 }}\n\
         .small {{ font-size: 13px; fill: #59636e }}\n\
         .head {{ font-size: 16px; font-weight: 600 }}\n\
         .paper {{ fill: #ffffff }}\n\
         .yes {{ fill: #1a7f37 }}\n\
         .tool {{ fill: #0969da }}\n\
         .no {{ fill: #d8dee4 }}\n\
         .unreached {{ fill: none; stroke: #d8dee4 }}\n\
         .never {{ fill: #cf222e }}\n\
         @media (prefers-color-scheme: dark) {{\n\
         text {{ fill: #f0f6fc }} .small {{ fill: #9198a1 }} .paper {{ fill: #0d1117 }}\n\
         .yes {{ fill: #3fb950 }} .tool {{ fill: #4493f8 }} .no {{ fill: #30363d }}\n\
         .unreached {{ stroke: #30363d }} .never {{ fill: #f85149 }}\n\
         }}\n\
         </style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\n\
         <text class=\"head\" x=\"16\" y=\"26\">Who notices {} planted faults?</text>\n",
        escaped(&sums.text()),
        sums.faults
    );
    let mut top = TOP;
    for band in &bands {
        for (index, name) in BUILDERS.iter().chain(&["the checks"]).enumerate() {
            let y = top + index * ROW + 17;
            let _ = writeln!(svg, "<text x=\"16\" y=\"{y}\">{name}</text>");
        }
        let mut x = LEFT;
        for (name, rows) in band {
            let _ = writeln!(
                svg,
                "<text class=\"small\" x=\"{x}\" y=\"{}\">{name}</text>",
                top - 8
            );
            for (index, (fault, entry)) in rows.iter().enumerate() {
                column(&mut svg, (x + index * (CELL + GAP), top), fault, entry);
            }
            x += width_of(name, rows.len());
        }
        top += band_height;
    }
    legend(&mut svg, top - SPACE);
    svg.push_str("</svg>\n");
    svg
}

/// The groups that stand side by side. One that is wider than a band goes on in the next.
fn bands<'a>(groups: Vec<Group<'a>>) -> Vec<Vec<Group<'a>>> {
    let mut bands: Vec<Vec<Group>> = Vec::new();
    let mut left = 0;
    for (name, mut rows) in groups {
        while !rows.is_empty() {
            let fits = left / (CELL + GAP);
            // A group is begun where it ends, or where it has a band of its own.
            let is_whole = width_of(name, rows.len()) <= left + SPACE;
            if bands.is_empty() || !is_whole && left < WIDTH - LEFT - SPACE {
                bands.push(Vec::new());
                left = WIDTH - LEFT - SPACE;
                continue;
            }
            let rest = rows.split_off(rows.len().min(fits));
            left -= width_of(name, rows.len()).min(left);
            bands.last_mut().expect("there is one").push((name, rows));
            rows = rest;
        }
    }
    bands
}

/// Of a group with its name above it, and the space to the next.
fn width_of(name: &str, faults: usize) -> usize {
    (faults * (CELL + GAP)).max(8 * name.len()) + SPACE
}

/// What the colours say.
fn legend(svg: &mut String, y: usize) {
    let words = [
        ("yes", "noticed"),
        ("tool", "a tool notices, not a check"),
        ("never", "nobody"),
        ("no", "no complaint"),
        ("unreached", "not reached"),
    ];
    let mut x = LEFT;
    for (class, words) in words {
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\"/>\
             <text class=\"small\" x=\"{}\" y=\"{}\">{words}</text>",
            x + 2 * CELL - 3,
            y + CELL
        );
        x += 40 + 7 * words.len();
    }
}

fn column(svg: &mut String, (x, top): (usize, usize), fault: &Fault, entry: &Entry) {
    let ours = match fault.catcher {
        Catcher::Check(_) => "yes",
        Catcher::Tool { .. } => "tool",
        Catcher::Nobody(_) => "never",
    };
    let classes = entry.noticed.map(|noticed| match noticed {
        Noticed::Yes => "yes",
        Noticed::No => "no",
        Noticed::Unreached => "unreached",
    });
    let _ = writeln!(svg, "<g><title>{}</title>", escaped(&fault.title));
    for (index, class) in classes.into_iter().chain([ours]).enumerate() {
        let y = top + index * ROW;
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"24\" rx=\"1.5\"/>"
        );
    }
    svg.push_str("</g>\n");
}

/// A name, and the faults under it.
type Group<'a> = (&'static str, Vec<Row<'a>>);

/// The exhibits, then the faults by the boundary whose check catches them.
fn groups<'a>(rows: &[Row<'a>]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let name = match (&row.0.exhibit, &row.0.catcher) {
            (None, Catcher::Check(check)) => check.boundary(),
            _ => "exhibits",
        };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push(*row),
            None => groups.push((name, vec![*row])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use abi_stages::workspace::Workspace;

    use abi_verify::fault::file;

    use super::*;

    /// Every fault, noticed by nobody but the C compiler, and that once.
    fn record(faults: &[Fault]) -> Record {
        let entry = |(index, fault): (usize, &Fault)| {
            let mut noticed = [Noticed::No; 3];
            if index == 0 {
                noticed[1] = Noticed::Yes;
            }
            let entry = Entry {
                fingerprint: String::new(),
                noticed,
                exhibit: None,
                tools: Vec::new(),
            };
            (fault.name.clone(), entry)
        };
        Record {
            with: Vec::new(),
            faults: faults.iter().enumerate().map(entry).collect(),
        }
    }

    #[test]
    fn the_sums_and_the_table_and_the_picture_tell_of_every_fault() {
        abi_verify::add(vec![&crate::ROWS]);
        let faults = file::all(&Workspace::locate(&crate::hello::LIBRARY).unwrap())
            .unwrap()
            .sound;
        let record = record(&faults);
        let sums = Sums::of(&faults, &record);
        assert_eq!(
            (sums.faults, sums.by_builder, sums.unseen),
            (faults.len(), [0, 1, 0], faults.len() - 1)
        );
        let caught = sums.by_check + sums.by_tool + sums.uncatchable;
        assert_eq!(caught, faults.len());

        let table = table(&faults, &record);
        assert_eq!(table.lines().count(), faults.len() + 2);
        assert_eq!(table.matches("| notices |").count(), 1);

        let picture = picture(&faults, &record);
        let cells = |class: &str| picture.matches(&format!("rect class=\"{class}\"")).count();
        // Each once more in the legend.
        assert_eq!(cells("yes"), 1 + sums.by_check + 1);
        assert_eq!(cells("tool"), sums.by_tool + 1);
        assert_eq!(cells("never"), sums.uncatchable + 1);
        assert_eq!(cells("no"), 3 * faults.len() - 1 + 1);
    }

    #[test]
    fn a_fault_that_was_not_tried_is_in_no_sum() {
        abi_verify::add(vec![&crate::ROWS]);
        let faults = file::all(&Workspace::locate(&crate::hello::LIBRARY).unwrap())
            .unwrap()
            .sound;
        assert_eq!(Sums::of(&faults, &Record::default()).faults, 0);
        assert!(picture(&faults, &Record::default()).contains("Who notices 0 planted faults?"));
    }
}
