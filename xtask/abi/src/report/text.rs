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
    let groups = groups(report);
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
        notes
            .entry(&note.why)
            .or_default()
            .push(format!("`{}`", note.name));
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
    let compared: Vec<String> = report
        .compared
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| term::count(names.len(), what.trim_end_matches('s')))
        .collect();
    let compared = match &compared[..] {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    };
    let counts = |severity: &Severity| {
        let findings = report.findings.iter();
        let own = findings.filter(|of| of.severity == *severity && of.allowed.is_none());
        Some(own.count()).filter(|count| *count > 0)
    };
    let found = Severity::ALL.iter();
    let found =
        found.filter_map(|of| Some(format!("{} {}", counts(of)?, report.labels[*of as usize])));
    let mut found: Vec<String> = found.collect();
    let allowed = report.findings.iter().filter(|of| of.allowed.is_some());
    let allowed = allowed.count();
    if found.is_empty() {
        let nothing = match report.done {
            "compared" => "no difference",
            _ => "nothing found",
        };
        found.push(nothing.to_owned());
    }
    if allowed > 0 {
        found.push(format!("{allowed} allowed"));
    }
    format!(
        "{}: {compared} {}; {}",
        report.title,
        report.done,
        found.join(", ")
    )
}

type Cause<'a> = (Severity, Kind, &'a str);

/// The findings that are not allowed, by cause.
fn groups(report: &Report) -> BTreeMap<Cause<'_>, Vec<&Finding>> {
    let mut groups = BTreeMap::<Cause<'_>, Vec<&Finding>>::new();
    for finding in report.findings.iter().filter(|of| of.allowed.is_none()) {
        let cause = (finding.severity, finding.kind, finding.cause.as_str());
        groups.entry(cause).or_default().push(finding);
    }
    groups
}
