//! SARIF 2.1.0, which code hosts show beside the lines.

use std::path::Path;

use clap::ValueEnum as _;
use serde_json::{Value, json};

use super::relative;
use crate::check::{Finding, Report};
use crate::compare::{Kind, Severity};

/// The report as SARIF. Files are named as seen from `folder`.
pub fn sarif(report: &Report, folder: &Path) -> Value {
    let kinds = Kind::value_variants().iter();
    let rules: Vec<Value> = kinds.map(|kind| rule(*kind)).collect();
    let findings = report.findings.iter();
    let results: Vec<Value> = findings.map(|of| result(of, folder)).collect();
    let note = |of| json!({"level": "note", "message": {"text": format!("not compared: {of}")}});
    let notes: Vec<Value> = report.notes.iter().map(note).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "cargo-abi",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notes}],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    ["error", "warning", "note"][severity as usize]
}

fn rule(kind: Kind) -> Value {
    json!({
        "id": kind.id(),
        "shortDescription": {"text": kind.text()},
        "defaultConfiguration": {"level": level(kind.severity())},
        "properties": {"severity": kind.severity().id()},
    })
}

fn result(finding: &Finding, folder: &Path) -> Value {
    let mut result = json!({
        "ruleId": finding.kind.id(),
        "level": level(finding.severity),
        "message": {"text": finding.text()},
        "partialFingerprints": {"place/v1": format!("{} {}", finding.kind.id(), finding.place.id())},
    });
    if let Some(location) = &finding.location {
        let file = relative(&location.file, folder);
        let uri = file.to_string_lossy().replace('\\', "/");
        result["locations"] = json!([{"physicalLocation": {
            "artifactLocation": {"uri": encoded(&uri)},
            "region": {"startLine": location.line.max(1)},
        }}]);
    }
    if let Some(why) = &finding.allowed {
        result["suppressions"] = json!([{"kind": "external", "justification": why}]);
    }
    result
}

/// A path as a URI reference: bytes that have a meaning there, or none, are written as `%20`.
fn encoded(path: &str) -> String {
    let absolute = if path.starts_with('/') { "file://" } else { "" };
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    absolute.to_owned() + &path.bytes().map(byte).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri() {
        assert_eq!(encoded("a b/ä.h"), "a%20b/%C3%A4.h");
        assert_eq!(encoded("/a/b.h"), "file:///a/b.h");
    }
}
