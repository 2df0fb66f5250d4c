//! What a run of checks says: live, at the end, to GitHub and to machines.

use std::env;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use xtask::say;
use xtask::term::{self, bold, dim, green, red, yellow};
use xtask::workspace::{self, Workspace};

use crate::check::{Absent, Check, Checked, Finding, Outcome};

/// The table of checks.
pub fn list(workspace: &Workspace, checks: &[&Check]) -> io::Result<()> {
    for check in checks {
        let state = match check.needs.iter().find_map(|need| need.absent(workspace)) {
            None => String::new(),
            Some(absent) => yellow(&format!("  [{}]", reason(&absent))),
        };
        say!(
            "{}  {}{state}",
            bold(&format!("{:22}", check.id)),
            check.claim
        )?;
    }
    Ok(())
}

/// On a terminal: what is being built.
pub fn building(what: &str) -> io::Result<()> {
    if term::is_terminal() {
        term::status(&dim(&format!("building {what} ...")))
    } else {
        Ok(())
    }
}

/// One line as soon as something is built.
pub fn built(what: &str, time: Duration) -> io::Result<()> {
    clear()?;
    say!(
        "built    {what}  {}",
        dim(&format!("{:.1} s", time.as_secs_f64()))
    )
}

/// On a terminal: the checks that are running.
pub fn running(ids: &[&str]) -> io::Result<()> {
    match (term::is_terminal(), ids) {
        (false, _) => Ok(()),
        (true, []) => term::clear_status(),
        (true, _) => term::status(&dim(&format!("         {} ...", ids.join(", ")))),
    }
}

fn clear() -> io::Result<()> {
    if term::is_terminal() {
        term::clear_status()
    } else {
        Ok(())
    }
}

/// One line as soon as a check has ended.
pub fn progress(checked: &Checked) -> io::Result<()> {
    clear()?;
    let time = dim(&format!("{:.1} s", checked.time.as_secs_f64()));
    say!("{}  {:22}  {time}", word(checked, false), checked.check.id)
}

/// Failures first, with everything that was found; then what was skipped; then the sums.
pub fn summary(results: &[Checked], strict: bool) -> Result<ExitCode> {
    for checked in results.iter().filter(|checked| has_failed(checked, strict)) {
        let check = checked.check;
        say!(
            "\n{} {}: {}",
            red(&bold("FAILED")),
            bold(check.id),
            check.claim
        )?;
        for finding in findings(checked) {
            if let Some((file, line)) = &finding.place {
                say!("  {}:{line}", file.display())?;
            }
            for line in finding.text.lines() {
                say!("  {line}")?;
            }
        }
        // What was found may say itself what to do: install a tool, build something else first.
        if !is_skipped(checked) && !told(checked).contains("\nnext: ") {
            say!("  {} {}", bold("next:"), check.hint)?;
        }
        say!("  {} cargo xtask verify {}", bold("again:"), check.id)?;
        annotate(checked)?;
    }
    let mut skipped = 0;
    for checked in results {
        if let Outcome::Skipped(absent) = &checked.outcome {
            if has_failed(checked, strict) {
                continue;
            }
            skipped += 1;
            say!(
                "{} {}: {}",
                yellow("skipped"),
                checked.check.id,
                reason(absent)
            )?;
        }
    }
    let failed = results
        .iter()
        .filter(|checked| has_failed(checked, strict))
        .count();
    let passed = results.len() - failed - skipped;
    step_summary(results, strict)?;
    let sums = format!("{passed} passed, {failed} failed");
    let sums = if skipped > 0 {
        format!("{sums}, {skipped} skipped")
    } else {
        sums
    };
    say!("\n{sums}")?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn has_failed(checked: &Checked, strict: bool) -> bool {
    match &checked.outcome {
        Outcome::Passed | Outcome::Skipped(Absent::NotApplicable(_)) => false,
        Outcome::Failed(_) | Outcome::Broken(_) => true,
        Outcome::Skipped(Absent::Tool { .. }) => strict,
    }
}

fn word(checked: &Checked, strict: bool) -> String {
    match &checked.outcome {
        _ if has_failed(checked, strict) => red("FAILED "),
        Outcome::Skipped(_) => yellow("skipped"),
        _ => green("ok     "),
    }
}

/// Why something does not run, and what to install for it.
pub fn reason(absent: &Absent) -> String {
    match absent {
        Absent::Tool { name, install } => format!("{name} is not here; {install}"),
        Absent::NotApplicable(why) => format!("not applicable: {why}"),
    }
}

/// All that a check found, as text; nothing if it passed.
pub fn told(checked: &Checked) -> String {
    findings(checked)
        .into_iter()
        .map(|finding| finding.text + "\n")
        .collect()
}

/// Whether a check did not run.
pub fn is_skipped(checked: &Checked) -> bool {
    matches!(checked.outcome, Outcome::Skipped(_))
}

/// What is to be told of a check that did not pass.
fn findings(checked: &Checked) -> Vec<Finding> {
    let copy = |finding: &Finding| Finding {
        text: finding.text.clone(),
        place: finding.place.clone(),
    };
    match &checked.outcome {
        Outcome::Passed => Vec::new(),
        Outcome::Failed(findings) => findings.iter().map(copy).collect(),
        Outcome::Broken(error) => vec![Finding::new(format!("{error:#}"))],
        Outcome::Skipped(absent) => vec![Finding::new(reason(absent))],
    }
}

/// On GitHub Actions, a note at the file and line of each finding.
fn annotate(checked: &Checked) -> io::Result<()> {
    if env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(());
    }
    for finding in findings(checked) {
        let place = match &finding.place {
            Some((file, line)) => format!("file={},line={line},", file.display()),
            None => String::new(),
        };
        let text = finding
            .text
            .replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        say!("::error {place}title={}::{text}", checked.check.id)?;
    }
    Ok(())
}

/// On GitHub Actions, the table on the page of the run.
fn step_summary(results: &[Checked], strict: bool) -> Result<()> {
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
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// A report in JUnit's form, as CI systems read it.
pub fn junit(file: &Path, results: &[Checked], strict: bool) -> Result<()> {
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
        "<testsuites>\n<testsuite name=\"verify\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" \
         skipped=\"{skipped}\" time=\"{time:.3}\">",
        results.len()
    );
    for checked in results {
        let (boundary, name) = checked
            .check
            .id
            .split_once('/')
            .unwrap_or(("", checked.check.id));
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

/// Text for XML: escaped, and without the characters that XML does not allow at all.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
