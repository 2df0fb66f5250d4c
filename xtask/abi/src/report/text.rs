//! For people: grouped by cause, the gravest first, and cut to what can be read.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use abi_stages::term;

use super::{plain, shown};
use crate::check::{Finding, Report};
use crate::compare::{Kind, Severity};

/// How many causes are shown, how many places of each, and how many names with one reason.
const CAUSES: usize = 20;
const PLACES: usize = 4;
const NAMES: usize = 8;

/// The report as text: with `all` everything, however long that is.
pub fn text(report: &Report, folder: &Path, all: bool) -> String {
    let text = plain(&without_color(report, folder, all));
    let paint = |line: &str| {
        let (label, rest) = line.split_once(": ").unwrap_or_default();
        let word = label.split('[').next();
        let label = match report.labels.map(|own| Some(own) == word) {
            [true, ..] => term::red(label),
            [_, true, _] => term::yellow(label),
            [.., true] => term::cyan(label),
            _ => return line.to_owned(),
        };
        format!("{label}: {rest}")
    };
    text.split_inclusive('\n').map(paint).collect()
}

fn without_color(report: &Report, folder: &Path, all: bool) -> String {
    let mut text = String::new();
    let mut groups = BTreeMap::<(Severity, Kind, &str), Vec<&Finding>>::new();
    for of in report.findings.iter().filter(|of| of.allowed.is_none()) {
        let cause = (of.severity, of.kind, of.cause.as_str());
        groups.entry(cause).or_default().push(of);
    }
    let limit = |limit: usize| if all { usize::MAX } else { limit };
    for ((severity, kind, cause), findings) in groups.iter().take(limit(CAUSES)) {
        let label = report.labels[*severity as usize];
        let _ = writeln!(text, "{label}[{}]: {cause}", kind.id());
        for finding in findings.iter().take(limit(PLACES)) {
            let place = &finding.place;
            let _ = match &finding.location {
                Some(location) => writeln!(text, "  {}: {place}", shown(location, folder)),
                None => writeln!(text, "  {place}"),
            };
        }
        if findings.len() > limit(PLACES) {
            let more = term::count(findings.len() - PLACES, "more place");
            let _ = writeln!(text, "  and {more}");
        }
    }
    if groups.len() > limit(CAUSES) {
        let more = term::count(groups.len() - CAUSES, "more cause");
        let places: usize = groups.values().skip(CAUSES).map(Vec::len).sum();
        let places = term::count(places, "place");
        let _ = writeln!(text, "and {more}, in {places}: --all shows them");
    }
    let mut notes = BTreeMap::<&str, Vec<String>>::new();
    for note in &report.notes {
        let names = notes.entry(&note.why).or_default();
        names.push(format!("`{}`", note.name));
    }
    for (why, mut names) in notes {
        let more = names.len().saturating_sub(limit(NAMES));
        names.truncate(limit(NAMES));
        if more > 0 {
            names.push(format!("{more} more (--all)"));
        }
        let _ = writeln!(text, "not {}: {}: {why}", report.done, names.join(", "));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text + &summary(report) + "\n"
}

/// "sample.h: 16 functions and 7 types agree" or what does not.
fn summary(report: &Report) -> String {
    let compared = report.compared.iter().filter(|(_, of)| !of.is_empty());
    let compared = compared.map(|(what, of)| term::count(of.len(), what.trim_end_matches('s')));
    let compared = match &compared.collect::<Vec<_>>()[..] {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    };
    let (mut counts, mut allowed) = ([0; 3], 0);
    for finding in &report.findings {
        match finding.allowed {
            Some(_) => allowed += 1,
            None => counts[finding.severity as usize] += 1,
        }
    }
    let labels = report.labels.into_iter().chain(["allowed"]);
    let found = counts.into_iter().chain([allowed]).zip(labels);
    let found = found.filter(|(count, _)| *count > 0);
    let mut found: Vec<String> = found.map(|(count, of)| format!("{count} {of}")).collect();
    if counts == [0; 3] {
        let nothing = match report.done {
            "compared" => "no difference",
            _ => "nothing found",
        };
        found.insert(0, nothing.to_owned());
    }
    let (title, done, found) = (&report.title, report.done, found.join(", "));
    format!("{title}: {compared} {done}; {found}")
}
