//! The picture of a record: for a few rows, bars from nothing, beside each other those of a caller in
//! C and those of a caller in Python, each group on a scale of its own.

use std::fmt::Write;

use crate::numbers;
use crate::record::Record;
use crate::show::applies;
use crate::table::{self, CONTENDERS, Code, Contender};

/// The colours of a picture.
pub struct Theme {
    background: &'static str,
    text: &'static str,
    faint: &'static str,
    line: &'static str,
    c: &'static str,
    rust: &'static str,
    go: &'static str,
    other: &'static str,
}

impl Theme {
    /// For a white page.
    pub const LIGHT: Theme = Theme {
        background: "#ffffff",
        text: "#1f2328",
        faint: "#59636e",
        line: "#d1d9e0",
        c: "#6e7781",
        rust: "#c4500f",
        go: "#0a7ea4",
        other: "#8250df",
    };
    /// For a dark page.
    pub const DARK: Theme = Theme {
        background: "#0d1117",
        text: "#f0f6fc",
        faint: "#9198a1",
        line: "#3d444d",
        c: "#9198a1",
        rust: "#f0883e",
        go: "#39c5e0",
        other: "#b083f0",
    };

    fn of(&self, code: Code) -> &'static str {
        match code {
            Code::C => self.c,
            Code::Rust => self.rust,
            Code::Go => self.go,
            Code::Other => self.other,
        }
    }
}

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

/// Draws it.
pub fn picture(record: &Record, theme: &Theme) -> String {
    let mut body = String::new();
    let mut y = HEAD;
    for row in SHOWN {
        y = draw_row(&mut body, record, theme, row, y);
    }
    let height = y + MARGIN / 2;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 \
         {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title description\" font-family=\"{FONT}\" \
         font-size=\"12\">\n<title id=\"title\">{TITLE}</title>\n<desc id=\"description\">{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"{}\"/>\n",
        escaped(&description(record)),
        theme.background
    );
    head(&mut svg, record, theme);
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    svg
}

const FONT: &str = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', \
                    Helvetica, Arial, sans-serif";
const TITLE: &str = "What a call across the boundary costs";

fn head(svg: &mut String, record: &Record, theme: &Theme) {
    text(
        svg,
        (MARGIN, 36),
        theme.text,
        "font-size=\"18\" font-weight=\"600\"",
        TITLE,
    );
    let about = format!(
        "Time of a call, median of {} rounds. Each group of bars has a scale of its own, from 0; a bar \
         with a gap is cut.",
        record.rounds
    );
    text(svg, (MARGIN, 57), theme.faint, "", &about);
    let mut x = MARGIN;
    for (code, name, width) in [
        (Code::Rust, "a library in Rust", 124),
        (Code::C, "in C", 54),
        (Code::Go, "in Go", 60),
        (Code::Other, "numpy, Python itself", 0),
    ] {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"71\" width=\"10\" height=\"10\" rx=\"2\" fill=\"{}\"/>",
            theme.of(code)
        );
        text(svg, (x + 15, 80), theme.faint, "font-size=\"11\"", name);
        x += width;
    }
}

/// Draws a row at `y`; returns where it ends.
fn draw_row(svg: &mut String, record: &Record, theme: &Theme, id: &str, y: u32) -> u32 {
    let row = table::row(id).map_or((id, ""), |row| (row.title, row.about));
    let right = WIDTH - MARGIN;
    let _ = writeln!(
        svg,
        "<line x1=\"{MARGIN}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\" stroke=\"{}\"/>",
        theme.line
    );
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"{}\" fill=\"{}\"><tspan font-size=\"13\" \
         font-weight=\"600\">{}</tspan><tspan dx=\"8\" fill=\"{}\" font-size=\"11\">{}</tspan></text>",
        y + 20,
        theme.text,
        escaped(&capitalised(row.0)),
        theme.faint,
        escaped(row.1)
    );
    let mut end = y;
    for group in &GROUPS {
        text(
            svg,
            (group.labels_end + 8, y + 40),
            theme.faint,
            "font-size=\"10\"",
            group.title,
        );
        end = end.max(draw_group(svg, record, theme, id, group, y + ROW_HEAD));
    }
    end + 12
}

/// Draws the bars of a group from `y` on; returns where they end.
fn draw_group(
    svg: &mut String,
    record: &Record,
    theme: &Theme,
    id: &str,
    group: &Group,
    mut y: u32,
) -> u32 {
    let shown = |contender: &&Contender| {
        contender.from_python == group.from_python
            && applies(contender, id)
            && (record.figure(id, contender.id).is_some() || record.is_missing(contender.id))
    };
    let time = |contender: &Contender| {
        let figure = record.figure(id, contender.id)?;
        Some(figure.nanoseconds.median)
    };
    let members: Vec<&Contender> = CONTENDERS.iter().filter(shown).collect();
    let most = scale(
        &members
            .iter()
            .filter_map(|one| time(one))
            .collect::<Vec<_>>(),
    );
    for contender in members {
        let baseline = y + BAR - 1;
        let weight = if ["c-rust", "pyhello"].contains(&contender.id) {
            "text-anchor=\"end\" font-weight=\"600\""
        } else {
            "text-anchor=\"end\""
        };
        text(
            svg,
            (group.labels_end, baseline),
            theme.text,
            weight,
            contender.title,
        );
        let start = group.labels_end + 8;
        match time(contender) {
            Some(nanoseconds) => {
                let is_cut = nanoseconds > most;
                let length = f64::from(group.longest) * (nanoseconds / most).min(1.0);
                let length = length.max(1.0);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{start}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"1.5\" \
                     fill=\"{}\"/>",
                    theme.of(contender.code)
                );
                if is_cut {
                    gap(svg, start + group.longest - 24, y, theme.background);
                }
                let after = start + length.ceil() as u32 + 6;
                let words = numbers::time(nanoseconds);
                text(
                    svg,
                    (after, baseline),
                    theme.text,
                    "font-size=\"11\"",
                    &words,
                );
            }
            None => text(
                svg,
                (start, baseline),
                theme.faint,
                "font-size=\"11\" font-style=\"italic\"",
                "missing",
            ),
        }
        y += PITCH;
    }
    y
}

/// The time of the longest bar. One that would leave the others without a length is not asked.
fn scale(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    match sorted[..] {
        [longest, next, ..] if longest > 4.0 * next && sorted.len() > 5 => next,
        [longest, ..] => longest,
        [] => 1.0,
    }
}

/// Two slanted lines through a bar.
fn gap(svg: &mut String, x: u32, y: u32, colour: &str) {
    for x in [x, x + 6] {
        let (top, bottom) = (y - 2, y + BAR + 2);
        let _ = writeln!(
            svg,
            "<line x1=\"{}\" y1=\"{top}\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"{colour}\" \
             stroke-width=\"2.5\"/>",
            x + 5
        );
    }
}

/// The figures in words, for whoever does not see the picture.
fn description(record: &Record) -> String {
    let mut words = String::new();
    for id in SHOWN {
        let title = table::row(id).map_or(id, |row| row.title);
        let figures: Vec<String> = CONTENDERS
            .iter()
            .filter_map(|contender| {
                let figure = record.figure(id, contender.id)?;
                let time = numbers::time(figure.nanoseconds.median);
                Some(format!("{} {time}", contender.title))
            })
            .collect();
        let _ = write!(words, "{}: {}. ", capitalised(title), figures.join(", "));
    }
    words + &record.machine.sentence()
}

fn text(svg: &mut String, (x, y): (u32, u32), colour: &str, attributes: &str, words: &str) {
    let space = if attributes.is_empty() { "" } else { " " };
    let words = escaped(words);
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\"{space}{attributes}>{words}</text>"
    );
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::example;

    #[test]
    fn every_bar_has_its_figure_and_stays_in_the_picture() {
        let svg = picture(&example(), &Theme::LIGHT);
        for line in svg.lines().filter(|line| line.starts_with("<rect x=")) {
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
        let svg = picture(&example(), &Theme::DARK);
        assert!(svg.contains(">missing</text>"));
        assert!(svg.contains("Example &amp; Sons &lt;8>"));
    }

    #[test]
    fn both_themes_draw_the_same() {
        let [light, dark] = [Theme::LIGHT, Theme::DARK].map(|theme| {
            let svg = picture(&example(), &theme);
            svg.lines().count()
        });
        assert_eq!(light, dark);
    }
}
