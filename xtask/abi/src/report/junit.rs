//! JUnit's XML, which nearly every CI shows: a case for each name that was compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use abi_stages::page::escaped;

use crate::check::Report;

/// The report as JUnit.
pub fn junit(report: &Report) -> String {
    let mut failures = BTreeMap::<&str, (String, String)>::new();
    for finding in report.findings.iter().filter(|of| report.fails(of)) {
        let first = (finding.kind.id(), String::new());
        let (_, all) = failures.entry(&finding.place.name).or_insert(first);
        *all += &format!("{}\n", escaped(&finding.text()));
    }
    let suites = report.compared.iter().map(|(what, names)| (*what, names));
    // What only the library has, the values of enums, and allowances.
    let is_other = |name: &&&str| suites.clone().all(|(_, names)| !names.contains(**name));
    let others = failures.keys().filter(is_other);
    let others: BTreeSet<String> = others.map(|name| (*name).to_owned()).collect();
    let title = escaped(&report.title);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (what, names) in suites.chain([("others", &others)]) {
        let has_failed = |name: &&String| failures.contains_key(name.as_str());
        let (tests, failed) = (names.len(), names.iter().filter(has_failed).count());
        let counts = format!("tests=\"{tests}\" failures=\"{failed}\"");
        let _ = writeln!(text, "  <testsuite name=\"{what}\" {counts}>");
        for name in names {
            let own = escaped(name);
            let _ = write!(text, "    <testcase classname=\"{title}\" name=\"{own}\">");
            if let Some((kind, all)) = failures.get(name.as_str()) {
                let first = all.lines().next().unwrap_or_default();
                let head = format!("type=\"{kind}\" message=\"{first}\"");
                let _ = write!(text, "<failure {head}>{all}</failure>");
            }
            text += "</testcase>\n";
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}
