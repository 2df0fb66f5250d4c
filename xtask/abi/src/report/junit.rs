//! JUnit's XML, which nearly every CI shows: a case for each name that was compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Finding, Report};

/// The report as JUnit.
pub fn junit(report: &Report) -> String {
    let mut by_name = BTreeMap::<&str, Vec<&Finding>>::new();
    for finding in report.findings.iter().filter(|of| report.fails(of)) {
        let name = finding.place.name.as_str();
        by_name.entry(name).or_default().push(finding);
    }
    // What only the library has, and the values of enums.
    let is_known = |name: &&str| {
        report
            .compared
            .iter()
            .any(|(_, names)| names.contains(*name))
    };
    let others = by_name.keys().filter(|name| !is_known(name));
    let others: BTreeSet<String> = others.map(|name| (*name).to_owned()).collect();
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    let suites = report.compared.iter().map(|(what, names)| (*what, names));
    for (what, names) in suites.chain([("others", &others)]) {
        let findings = names.iter().map(|name| by_name.get(name.as_str()));
        let failed = findings.clone().flatten().count();
        let cases = names.iter().zip(findings);
        let cases = cases.map(|(name, findings)| case(&report.title, name, findings));
        suite(&mut text, what, failed, &cases.collect::<Vec<_>>());
    }
    let unused = report.unused.iter().map(|allowance| {
        let (class, name) = (escaped(&report.title), escaped(&allowance.at));
        let why = escaped(&allowance.why);
        format!(
            "    <testcase classname=\"{class}\" name=\"{name}\"><failure message=\"allows nothing\">{why}</failure></testcase>\n"
        )
    });
    let unused: Vec<String> = unused.collect();
    suite(&mut text, "allowances", unused.len(), &unused);
    text + "</testsuites>\n"
}

fn suite(text: &mut String, what: &str, failed: usize, cases: &[String]) {
    if !cases.is_empty() {
        let (what, tests) = (escaped(what), cases.len());
        *text += &format!(
            "  <testsuite name=\"{what}\" tests=\"{tests}\" failures=\"{failed}\">\n{}  </testsuite>\n",
            cases.concat()
        );
    }
}

fn case(class: &str, name: &str, findings: Option<&Vec<&Finding>>) -> String {
    let (class, name) = (escaped(class), escaped(name));
    let Some(findings) = findings else {
        return format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n");
    };
    let all: Vec<String> = findings.iter().map(|of| escaped(&of.text())).collect();
    let (kind, first, all) = (findings[0].kind.id(), &all[0], all.join("\n"));
    format!(
        "    <testcase classname=\"{class}\" name=\"{name}\">\n      \
         <failure type=\"{kind}\" message=\"{first}\">{all}</failure>\n    </testcase>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write these.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    escaped
}
