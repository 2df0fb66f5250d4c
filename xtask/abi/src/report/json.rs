//! For programs: all of it.

use std::path::Path;

use serde_json::{Value, json};

use super::relative;
use crate::check::{Finding, Report};
use crate::model::Note;

/// The report as JSON.
pub fn json(report: &Report, folder: &Path) -> Value {
    let findings = report.findings.iter();
    let findings: Vec<Value> = findings.map(|of| finding(report, of, folder)).collect();
    let compared = report.compared.iter();
    let compared = compared.map(|(what, names)| ((*what).to_owned(), json!(names.len())));
    json!({
        "title": report.title,
        "good": report.is_good(),
        "compared": compared.collect::<serde_json::Map<_, _>>(),
        "findings": findings,
        "not_compared": report.notes.iter().map(Note::to_string).collect::<Vec<_>>(),
    })
}

fn finding(report: &Report, finding: &Finding, folder: &Path) -> Value {
    let location = finding
        .location
        .as_ref()
        .map(|location| json!({"file": relative(&location.file, folder), "line": location.line}));
    json!({
        "kind": finding.kind.id(),
        "severity": finding.severity.id(),
        "fails": report.fails(finding),
        "at": finding.place.id(),
        "text": finding.text(),
        "cause": finding.cause,
        "location": location,
        "allowed": finding.allowed,
    })
}
