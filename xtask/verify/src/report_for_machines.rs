//! What a run of checks says to GitHub Actions, and to whatever reads JUnit's form.

use std::env;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use abi_stages::page::escaped;
use abi_stages::say;
use abi_stages::workspace;
use anyhow::{Context, Result};

use crate::check::{Checked, Finding, Outcome};
use crate::report::{CHECK, beginning, findings, has_failed, plain, told};

/// On GitHub Actions, a note at the file and line of each finding.
pub fn annotate(id: &str, findings: &[Finding]) -> io::Result<()> {
    if env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(());
    }
    for finding in findings {
        let place = match &finding.place {
            Some((file, line)) => format!("file={},line={line},", file.display()),
            None => String::new(),
        };
        let text = beginning(&finding.text, CHECK).join("\n");
        let text = text
            .replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        say!("::error {place}title={id}::{text}")?;
    }
    Ok(())
}

/// On GitHub Actions, the table on the page of the run, and below it all that was found.
pub fn step_summary(results: &[Checked], strict: bool) -> Result<()> {
    let Some(file) = env::var_os("GITHUB_STEP_SUMMARY") else {
        return Ok(());
    };
    let mut text = String::from("| check | result | claim |\n| --- | --- | --- |\n");
    for checked in results {
        let result = match &checked.outcome {
            _ if has_failed(checked, strict) => "**failed**",
            Outcome::Skipped(_) => "skipped",
            _ => "ok",
        };
        let _ = writeln!(
            text,
            "| `{}` | {result} | {} |",
            checked.check.id, checked.check.claim
        );
    }
    for checked in results.iter().filter(|checked| has_failed(checked, strict)) {
        let found = plain(&told(checked));
        let _ = write!(
            text,
            "\n<details><summary>{}</summary>\n\n````text\n{found}````\n\n</details>\n",
            checked.check.id
        );
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// A report in JUnit's form, as CI systems read it.
pub fn junit(file: &Path, suite: &str, results: &[Checked], strict: bool) -> Result<()> {
    let failed = results
        .iter()
        .filter(|checked| has_failed(checked, strict))
        .count();
    let is_skip = |checked: &&Checked| {
        matches!(checked.outcome, Outcome::Skipped(_)) && !has_failed(checked, strict)
    };
    let skipped = results.iter().filter(is_skip).count();
    let time: f64 = results
        .iter()
        .map(|checked| checked.time.as_secs_f64())
        .sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites>\n<testsuite name=\"{suite}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" \
         skipped=\"{skipped}\" time=\"{time:.3}\">",
        results.len()
    );
    for checked in results {
        let id = checked.check.id;
        let (boundary, name) = id.split_once('/').unwrap_or(("", id));
        let _ = write!(
            text,
            "<testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
            escaped(boundary),
            escaped(name),
            checked.time.as_secs_f64()
        );
        let told: Vec<String> = findings(checked)
            .into_iter()
            .map(|found| found.text)
            .collect();
        if has_failed(checked, strict) {
            let _ = write!(
                text,
                "<failure message=\"{}\">{}</failure>",
                escaped(checked.check.claim),
                escaped(&told.join("\n"))
            );
        } else if is_skip(&checked) {
            let _ = write!(text, "<skipped message=\"{}\"/>", escaped(&told.join(" ")));
        }
        text.push_str("</testcase>\n");
    }
    text.push_str("</testsuite>\n</testsuites>\n");
    workspace::write(file, text.as_bytes())
}
