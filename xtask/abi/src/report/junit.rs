//! JUnit's XML, which nearly every CI shows: a case for each name that was compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::check::{Finding, Report};

/// The report as JUnit.
pub fn junit(report: &Report) -> String {
    let mut by_name = BTreeMap::<&str, Vec<&Finding>>::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| report.fails(finding))
    {
        by_name
            .entry(&finding.place.name)
            .or_default()
            .push(finding);
    }
    let known: BTreeSet<&str> = report
        .compared
        .iter()
        .flat_map(|(_, names)| names.iter().map(String::as_str))
        .collect();
    // What only the library has, and the values of enums.
    let others: BTreeSet<String> = by_name
        .keys()
        .filter(|name| !known.contains(*name))
        .map(|name| (*name).to_owned())
        .collect();
    let suites = report.compared.iter().map(|(what, names)| (*what, names));
    let suites: Vec<_> = suites
        .chain([("others", &others)])
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (what, names) in suites {
        let failed = names
            .iter()
            .filter(|name| by_name.contains_key(name.as_str()))
            .count();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">",
            escaped(what),
            names.len()
        );
        for name in names {
            case(&mut text, &report.title, name, by_name.get(name.as_str()));
        }
        text += "  </testsuite>\n";
    }
    if !report.unused.is_empty() {
        let count = report.unused.len();
        let _ = writeln!(
            text,
            "  <testsuite name=\"allowances\" tests=\"{count}\" failures=\"{count}\">"
        );
        for allowance in &report.unused {
            let (name, why) = (escaped(&allowance.at), escaped(&allowance.why));
            let _ = writeln!(
                text,
                "    <testcase classname=\"{}\" name=\"{name}\"><failure message=\"allows nothing\">{why}</failure></testcase>",
                escaped(&report.title),
            );
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn case(text: &mut String, class: &str, name: &str, findings: Option<&Vec<&Finding>>) {
    let (class, name) = (escaped(class), escaped(name));
    let Some(findings) = findings else {
        let _ = writeln!(
            text,
            "    <testcase classname=\"{class}\" name=\"{name}\"/>"
        );
        return;
    };
    let _ = writeln!(text, "    <testcase classname=\"{class}\" name=\"{name}\">");
    let all: Vec<String> = findings.iter().map(|finding| finding.text()).collect();
    let kind = findings[0].kind.id();
    let _ = writeln!(
        text,
        "      <failure type=\"{kind}\" message=\"{}\">{}</failure>",
        escaped(&all[0]),
        escaped(&all.join("\n"))
    );
    text.push_str("    </testcase>\n");
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
