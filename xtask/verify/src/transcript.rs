//! Where two transcripts differ first, in words.

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::Result;

use crate::check::Finding;

/// What is wrong with what an implementation prints, which is run by `line`.
pub fn findings(
    workspace: &Workspace,
    name: &str,
    line: &Cmd,
    wanted: &[u8],
) -> Result<Vec<Finding>> {
    let finished = line.output(workspace)?;
    let mut findings = Vec::new();
    if !finished.status.success() {
        // Its output is megabytes of transcript; only what it complains about is shown.
        findings.push(Finding::new(format!(
            "this ended with {}:\n  {line}\n{}",
            finished.status,
            finished.stderr()
        )));
    }
    let difference = difference(name, wanted, &finished.stdout);
    findings.extend(difference.map(Finding::new));
    Ok(findings)
}

/// The first difference between the measure and what a language printed: the crossing, the line, and
/// both answers.
pub fn difference(language: &str, wanted: &[u8], seen: &[u8]) -> Option<String> {
    if wanted == seen {
        return None;
    }
    let (wanted, seen) = (
        String::from_utf8_lossy(wanted),
        String::from_utf8_lossy(seen),
    );
    let mut wanted_lines = wanted.lines();
    let mut seen_lines = seen.lines();
    let mut number = 0;
    loop {
        number += 1;
        let (want, see) = (wanted_lines.next(), seen_lines.next());
        if want == see && want.is_some() {
            continue;
        }
        let of = match crossing(want.unwrap_or_default()).or(crossing(see.unwrap_or_default())) {
            Some(name) => format!("the crossing `{name}`"),
            None => "a line that the library prints itself".to_owned(),
        };
        let shown = |line: Option<&str>| line.map_or("no line".to_owned(), around(want, see));
        return Some(format!(
            "{language} differs at line {number} of its transcript, {of}:\n  wanted {}\n  seen   {}",
            shown(want),
            shown(see)
        ));
    }
}

/// The name of the crossing in a line `7 scalar 4000000000000000`.
pub fn crossing(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(' ')?;
    number.parse::<usize>().ok()?;
    rest.split(' ').next()
}

/// Shortens a line of megabytes to where the two begin to differ.
fn around<'a>(a: Option<&'a str>, b: Option<&'a str>) -> impl Fn(&str) -> String + use<'a> {
    const BEFORE: usize = 40;
    const LENGTH: usize = 160;
    let same = match (a, b) {
        (Some(a), Some(b)) => a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    move |line| {
        if line.len() <= LENGTH {
            return line.to_owned();
        }
        let start = line.floor_char_boundary(same.saturating_sub(BEFORE));
        let end = line.floor_char_boundary((start + LENGTH).min(line.len()));
        let dots = if start > 0 { "..." } else { "" };
        format!("{dots}{}... ({} bytes)", &line[start..end], line.len())
    }
}

/// The lines of a transcript that are of one of the crossings; with each, what the library printed
/// itself just before.
pub fn of_crossing(transcript: &str, names: &[&str]) -> Vec<String> {
    let mut printed: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for line in transcript.lines() {
        match crossing(line) {
            None => printed.push(line),
            Some(name) if names.contains(&name) => {
                lines.extend(printed.drain(..).map(str::to_owned));
                lines.push(line.to_owned());
            }
            Some(_) => printed.clear(),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: &[u8] = b"1 scalar 40\nA line!\n2 nothing void\n3 panic \"boom\"\n";

    #[test]
    fn a_changed_digit_is_told_with_crossing_language_and_line() {
        let told = difference("C", WANTED, b"1 scalar 41\nA line!\n2 nothing void\n").unwrap();
        for words in [
            "C differs at line 1",
            "`scalar`",
            "wanted 1 scalar 40",
            "seen   1 scalar 41",
        ] {
            assert!(told.contains(words), "{words} is not in {told}");
        }
    }

    #[test]
    fn a_missing_line_is_told() {
        let told = difference("Python", WANTED, b"1 scalar 40\n2 nothing void\n").unwrap();
        assert!(
            told.contains("line 2") && told.contains("seen   2 nothing void"),
            "{told}"
        );
        let told = difference("Python", WANTED, &WANTED[..WANTED.len() - 15]).unwrap();
        assert!(
            told.contains("`panic`") && told.contains("seen   no line"),
            "{told}"
        );
    }

    #[test]
    fn equal_is_equal_and_long_lines_are_shortened() {
        assert!(difference("C", WANTED, WANTED).is_none());
        let long = |last: char| format!("1 text-out {}{last}\n", "x".repeat(100_000)).into_bytes();
        let told = difference("C", &long('a'), &long('b')).unwrap();
        assert!(told.len() < 1000 && told.contains("xa"), "{told}");
    }

    #[test]
    fn the_lines_of_a_crossing_come_with_what_was_printed() {
        let lines = of_crossing(str::from_utf8(WANTED).unwrap(), &["nothing"]);
        assert_eq!(lines, ["A line!", "2 nothing void"]);
    }
}
