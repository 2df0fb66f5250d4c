//! What xtask says on the terminal, and in which colours.
//!
//! Nothing here panics when standard output is full or closed, as `println!` would: [`say!`]
//! returns the error, and `main` turns it into an exit code.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use crate::pace;

/// Whether this run colours what it prints.
fn has_color() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && is_terminal()
}

/// Whether a person is likely to be looking.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes a line to standard output.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => { $crate::term::line(format_args!($($text)*)) };
}
pub use say;

pub fn line(text: fmt::Arguments<'_>) -> io::Result<()> {
    let mut text = text.to_string();
    if is_terminal() {
        text = printable(&text);
    }
    if !pace::make_room(&text)? {
        return Ok(());
    }
    print(format_args!("{text}\n"))
}

/// The text with every character that a terminal would obey written as Rust writes it: names of files and
/// what programs print are others' to choose. Lines, tabs and colours stay.
pub fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (at, c) in text.char_indices() {
        let is_kept = match c {
            '\n' | '\t' => true,
            '\x1b' => begins_color(&text[at..]),
            other => !other.is_control(),
        };
        match is_kept {
            true => shown.push(c),
            false => shown.extend(c.escape_default()),
        }
    }
    shown
}

/// Whether it begins like `\x1b[31m`.
fn begins_color(text: &str) -> bool {
    let codes = text.strip_prefix("\x1b[").unwrap_or_default();
    codes
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
        .starts_with('m')
}

/// `1 line`, `2 lines`.
pub fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

fn print(text: fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_fmt(text)
        .and_then(|()| out.flush())
        .map_err(|error| {
            // The kind is kept: a closed pipe is not reported.
            io::Error::new(
                error.kind(),
                format!("cannot write to standard output: {error}"),
            )
        })
}

/// Shows `text` on the terminal's last line, if there is one, to be overwritten by the next
/// [`clear_status`].
pub fn status(text: &str) -> io::Result<()> {
    if !is_terminal() {
        return Ok(());
    }
    print(format_args!("\r\x1b[K{text}"))
}

/// Takes away what [`status`] showed.
pub fn clear_status() -> io::Result<()> {
    status("")
}

pub fn bold(text: &str) -> String {
    paint("1", text)
}

pub fn dim(text: &str) -> String {
    paint("2", text)
}

pub fn green(text: &str) -> String {
    paint("32", text)
}

pub fn red(text: &str) -> String {
    paint("31", text)
}

pub fn yellow(text: &str) -> String {
    paint("33", text)
}

pub fn cyan(text: &str) -> String {
    paint("36", text)
}

fn paint(code: &str, text: &str) -> String {
    if has_color() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Breaks a paragraph into lines of at most `width` characters.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// What is in `expected` and not in `seen`, and the other way round, at each place where they differ.
pub fn diff(expected: (&str, &str), seen: (&str, &str)) -> String {
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    let [old, new] = [expected.1, seen.1].map(lines);
    // With its end, if that could not be seen.
    let shown = |line: &str| match line.strip_suffix('\n') {
        Some(line) if line.trim_end() == line => line.to_owned(),
        _ => format!("{line:?}"),
    };
    let mut lines = vec![
        red(&format!("--- {}", expected.0)),
        green(&format!("+++ {}", seen.0)),
    ];
    let (mut at, mut to) = (0, 0);
    while at < old.len() || to < new.len() {
        if old.get(at) == new.get(to) {
            (at, to) = (at + 1, to + 1);
            continue;
        }
        // The nearest place from which both go on alike, for three lines or to the end.
        let mut near = (1..).flat_map(|far| (0..=far).map(move |it| (at + it, to + far - it)));
        let is_alike = |(at, to): &(usize, usize)| match (old.get(*at..), new.get(*to..)) {
            (Some(old), Some(new)) => old.iter().take(3).eq(new.iter().take(3)),
            _ => false,
        };
        let (end, new_end) = near.find(is_alike).expect("the ends are alike");
        let (gone, added) = (&old[at..end], &new[to..new_end]);
        lines.push(cyan(&format!("@@ line {} @@", at + 1)));
        lines.extend(gone.iter().map(|line| red(&format!("-{}", shown(line)))));
        lines.extend(added.iter().map(|line| green(&format!("+{}", shown(line)))));
        (at, to) = (end, new_end);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_printed_that_a_terminal_obeys_but_colours() {
        let colored = "a\tb\n\x1b[1;31mé\x1b[0m";
        assert_eq!(printable(colored), colored);
        assert_eq!(printable("\x1b]0;title\x07"), r"\u{1b}]0;title\u{7}");
        assert_eq!(
            printable("\x1b[2J\x1b[1\r\u{9b}"),
            r"\u{1b}[2J\u{1b}[1\r\u{9b}"
        );
    }

    #[test]
    fn a_paragraph_is_wrapped_at_words() {
        assert_eq!(wrap("aa bb  cc\ndd", 5), ["aa bb", "cc dd"]);
        assert_eq!(wrap("longer than that", 4), ["longer", "than", "that"]);
    }

    #[test]
    fn a_diff_begins_and_ends_where_the_texts_differ() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let text = diff(("a", old), ("b", &old.replace("5\n6\n", "five\n")));
        assert_eq!(text, "--- a\n+++ b\n@@ line 5 @@\n-5\n-6\n+five");
        // A file that is empty, or becomes it.
        let text = diff(("a", ""), ("b", "1\n"));
        assert_eq!(text, "--- a\n+++ b\n@@ line 1 @@\n+1");
        let text = diff(("a", "1\n"), ("b", ""));
        assert_eq!(text, "--- a\n+++ b\n@@ line 1 @@\n-1");
    }

    #[test]
    fn each_place_that_differs_is_shown_by_itself() {
        let old: Vec<String> = (1..=400).map(|number| number.to_string()).collect();
        let mut new = old.clone();
        new[6] = "a hash".to_owned();
        new.insert(300, "declared".to_owned());
        new.truncate(400);
        let [old, new] = [old, new].map(|lines| lines.join("\n") + "\n");
        let text = diff(("a", &old), ("b", &new));
        let expected = "--- a\n+++ b\n@@ line 7 @@\n-7\n+a hash\n@@ line 301 @@\n+declared\n@@ line 400 @@\n-400";
        assert_eq!(text, expected);
        // Nothing is alike.
        let text = diff(("a", "1\n2\n3\n"), ("b", "x\ny\n"));
        assert_eq!(text, "--- a\n+++ b\n@@ line 1 @@\n-1\n-2\n-3\n+x\n+y");
    }

    #[test]
    fn a_difference_that_cannot_be_seen_is_shown() {
        for (seen, shown) in [
            ("1", "\"1\""),
            ("1 \n", "\"1 \\n\""),
            ("1\r\n", "\"1\\r\\n\""),
        ] {
            let text = diff(("a", "1\n"), ("b", seen));
            assert_eq!(text, format!("--- a\n+++ b\n@@ line 1 @@\n-1\n+{shown}"));
        }
    }
}
