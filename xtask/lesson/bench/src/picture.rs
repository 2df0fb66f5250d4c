//! The picture of a record: for a few rows, bars from nothing, beside each other those of a caller in
//! C and those of a caller in Python, each group on a scale of its own. It follows the reader's light
//! or dark scheme.

use std::fmt::Write;

use abi_stages::page::escaped;

use crate::numbers;
use crate::record::Record;
use crate::table::{self, Code, Row, SUBJECTS, Subject};

/// The rows that are shown: one of each kind that differs in its look.
const SHOWN: [&str; 4] = ["sqrt", "text-16", "callback", "slice-100000"];

const WIDTH: u32 = 800;
const MARGIN: u32 = 24;
const HEAD: u32 = 96;
/// The title of a row, and the distance to what is above it.
const ROW_HEAD: u32 = 48;
const BAR: u32 = 11;
const PITCH: u32 = 18;

/// Bars under each other: where their labels end, and how long the longest is.
struct Group {
    title: &'static str,
    from_python: bool,
    labels_end: u32,
    longest: u32,
}

const GROUPS: [Group; 2] = [
    Group {
        title: "called from C or Rust",
        from_python: false,
        labels_end: 126,
        longest: 150,
    },
    Group {
        title: "called from Python",
        from_python: true,
        labels_end: 488,
        longest: 208,
    },
];

const TITLE: &str = "What a call across the boundary costs";

const STYLE: &str = "\
text { font: 12px -apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', \
Helvetica, Arial, sans-serif; fill: #1f2328 }
.head { font-size: 18px; font-weight: 600 }
.row { font-size: 13px; font-weight: 600 }
.group { font-size: 10px; fill: #59636e }
.small { font-size: 11px }
.faint { fill: #59636e }
.ours { font-weight: 600 }
.label { text-anchor: end }
.missing { font-style: italic }
.paper { fill: #ffffff }
.gap { stroke: #ffffff; stroke-width: 2.5 }
.line { stroke: #d1d9e0 }
.c { fill: #6e7781 } .rust { fill: #c4500f } .go { fill: #0a7ea4 } .other { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .group, .faint { fill: #9198a1 } .line { stroke: #3d444d }
.paper { fill: #0d1117 } .gap { stroke: #0d1117 }
.c { fill: #9198a1 } .rust { fill: #f0883e } .go { fill: #39c5e0 } .other { fill: #b083f0 }
}
";

/// The rows that are drawn, in order.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    SHOWN.into_iter().filter_map(table::row)
}

/// Draws it.
pub fn of(record: &Record) -> String {
    let mut body = String::new();
    let mut y = HEAD;
    for row in rows() {
        y = draw_row(&mut body, record, row, y);
    }
    let height = y + MARGIN / 2;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 \
         {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title description\">\n\
         <title id=\"title\">{TITLE}</title>\n<desc id=\"description\">{}</desc>\n\
         <style>\n{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n",
        escaped(&description(record)),
    );
    draw_head(&mut svg, record);
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    svg
}

fn draw_head(svg: &mut String, record: &Record) {
    text(svg, (MARGIN, 36), "head", TITLE);
    let about = format!(
        "{}: time of a call, median of {} rounds. Each group of bars has a scale of its own, from 0.",
        record.machine.processor, record.rounds
    );
    text(svg, (MARGIN, 57), "faint", &about);
    let mut x = MARGIN;
    for (code, name, width) in [
        (Code::Rust, "a library in Rust", 124),
        (Code::C, "in C", 54),
        (Code::Go, "in Go", 60),
        (Code::Other, "numpy, Python itself", 140),
    ] {
        bar(svg, code, (x, 71), 10.0);
        text(svg, (x + 15, 80), "small faint", name);
        x += width;
    }
    text(svg, (x, 80), "small faint", "a bar with a gap is cut");
}

/// Draws a row at `y`; returns where it ends.
fn draw_row(svg: &mut String, record: &Record, row: &Row, y: u32) -> u32 {
    let right = WIDTH - MARGIN;
    let _ = writeln!(
        svg,
        "<line class=\"line\" x1=\"{MARGIN}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>\n\
         <text x=\"{MARGIN}\" y=\"{}\"><tspan class=\"row\">{}</tspan><tspan class=\"small faint\" \
         dx=\"8\">{}</tspan></text>",
        y + 20,
        escaped(&capitalised(row.title)),
        escaped(row.about)
    );
    let mut end = y;
    for group in &GROUPS {
        text(svg, (group.labels_end + 8, y + 40), "group", group.title);
        end = end.max(draw_group(svg, record, row, group, y + ROW_HEAD));
    }
    end + 12
}

/// Draws the bars of a group from `y` on; returns where they end.
fn draw_group(svg: &mut String, record: &Record, row: &Row, group: &Group, mut y: u32) -> u32 {
    let time = |subject: &Subject| record.time(row.id, subject.id);
    let members = SUBJECTS.iter().filter(|subject| {
        subject.is_from_python() == group.from_python
            && subject.applies(row)
            && (time(subject).is_some() || record.is_missing(subject.id))
    });
    let most = scale(&members.clone().filter_map(time).collect::<Vec<_>>());
    for subject in members {
        let baseline = y + BAR - 1;
        let is_ours = ["c-rust", "pyhello"].contains(&subject.id);
        let class = if is_ours { "label ours" } else { "label" };
        text(svg, (group.labels_end, baseline), class, subject.title);
        let start = group.labels_end + 8;
        match time(subject) {
            Some(nanoseconds) => {
                let length = f64::from(group.longest) * (nanoseconds / most).min(1.0);
                let length = length.max(1.0);
                bar(svg, subject.code, (start, y), length);
                if nanoseconds > most {
                    gap(svg, start + group.longest - 24, y);
                }
                let after = start + length.ceil() as u32 + 6;
                text(svg, (after, baseline), "small", &numbers::time(nanoseconds));
            }
            None => text(svg, (start, baseline), "small faint missing", "missing"),
        }
        y += PITCH;
    }
    y
}

/// The time of the longest bar. One that would leave the others without a length does not count.
fn scale(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    match sorted[..] {
        [longest, next, ..] if longest > 4.0 * next && sorted.len() > 5 => next,
        [longest, ..] => longest,
        [] => 1.0,
    }
}

fn bar(svg: &mut String, code: Code, (x, y): (u32, u32), length: f64) {
    let class = match code {
        Code::C => "c",
        Code::Rust => "rust",
        Code::Go => "go",
        Code::Other => "other",
    };
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"1.5\"/>"
    );
}

/// Two slanted lines through a bar.
fn gap(svg: &mut String, x: u32, y: u32) {
    for x in [x, x + 6] {
        let _ = writeln!(
            svg,
            "<line class=\"gap\" x1=\"{}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\"/>",
            x + 5,
            y - 2,
            y + BAR + 2
        );
    }
}

/// The figures in words, for whoever does not see the picture.
fn description(record: &Record) -> String {
    let mut words = String::new();
    for row in rows() {
        let figures: Vec<String> = SUBJECTS
            .iter()
            .filter_map(|subject| {
                let time = numbers::time(record.time(row.id, subject.id)?);
                Some(format!("{} {time}", subject.title))
            })
            .collect();
        let (title, figures) = (capitalised(row.title), figures.join(", "));
        let _ = write!(words, "{title}: {figures}. ");
    }
    words + &record.machine.sentence()
}

fn text(svg: &mut String, (x, y): (u32, u32), class: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>"
    );
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;

    #[test]
    fn every_bar_has_its_figure_and_stays_in_the_picture() {
        let svg = of(&example());
        let bars: Vec<&str> = svg
            .lines()
            .filter(|line| line.contains(" rx=\"1.5\""))
            .collect();
        assert!(bars.len() > 40, "{}", bars.len());
        for line in bars {
            let attribute = |name: &str| -> f64 {
                let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
                rest.split_once('"').unwrap().0.parse().unwrap()
            };
            let end = attribute("x") + attribute("width");
            // Room for the figure behind it.
            assert!(end + 60.0 < f64::from(WIDTH), "{line}");
        }
        for group in &GROUPS {
            assert!(group.labels_end + 8 + group.longest + 60 < WIDTH);
        }
        assert!(GROUPS[0].labels_end + 8 + GROUPS[0].longest + 60 < GROUPS[1].labels_end - 110);
    }

    #[test]
    fn a_bar_that_would_hide_the_others_is_cut() {
        assert_eq!(scale(&[1.0, 1.0, 2.0, 1.0, 1.0, 40.0]), 2.0);
        assert_eq!(scale(&[1.0, 1.0, 2.0, 1.0, 1.0, 5.0]), 5.0);
        // Among few bars, the long one is what there is to see.
        assert_eq!(scale(&[1.0, 1.0, 40.0]), 40.0);
        assert_eq!(scale(&[]), 1.0);
    }

    #[test]
    fn what_is_missing_is_shown_and_names_are_escaped() {
        let svg = of(&example());
        assert!(svg.contains(">missing</text>"));
        assert!(svg.contains("Example &amp; Sons &lt;8&gt;"));
    }

    #[test]
    fn every_class_has_a_colour_in_both_schemes() {
        let (light, dark) = STYLE
            .split_once("@media (prefers-color-scheme: dark) {")
            .unwrap();
        for class in [
            "text", ".c", ".rust", ".go", ".other", ".paper", ".gap", ".line", ".faint",
        ] {
            for scheme in [light, dark] {
                let colours = |rule: &&str| rule.contains("fill:") || rule.contains("stroke:");
                let of_class = |rule: &&str| {
                    let names = rule.split('{').next().unwrap_or_default();
                    names.split([',', ' ', '\n']).any(|name| name == class)
                };
                let mut rules = scheme.split('}').filter(colours);
                assert!(rules.any(|rule| of_class(&rule)), "{class} in {scheme}");
            }
        }
    }
}
