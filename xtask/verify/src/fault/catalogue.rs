//! The catalogue: a page and a picture, made from the faults and from what their last recorded run
//! printed. Nothing in it is typed.

use std::fmt::Write as _;

use anyhow::Result;
use xtask::term;
use xtask::workspace::{self, Workspace};

use super::copy::Copy;
use super::exhibit::Shown;
use super::file::{self, Catcher, EXHIBITS, Fault};
use super::matrix::{self, Sums};
use super::record::{self, Record, Seen};
use super::show;
use super::trial::Trial;
use crate::check::Finding;

const PAGE: &str = "README.md";
const PICTURE: &str = "matrix.svg";

/// Writes what is made from the record.
pub fn write(workspace: &Workspace, faults: &[Fault], record: &Record) -> Result<()> {
    for (name, text) in pages(faults, record) {
        let path = workspace.source(&format!("{EXHIBITS}/{name}"));
        workspace::write(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Every file that is made, with its content.
fn pages(faults: &[Fault], record: &Record) -> [(&'static str, String); 2] {
    [
        (PAGE, page(faults, record)),
        (PICTURE, matrix::picture(faults, record)),
    ]
}

/// What is wrong with the catalogue, as far as can be told without breaking anything: a fault that
/// it does not know or that has changed since, a page that is not what is made from the record.
pub fn check_pages(workspace: &Workspace) -> Result<Vec<Finding>> {
    let faults = file::all(workspace)?;
    let record = Record::read(workspace)?;
    let mut findings = Vec::new();
    for fault in &faults {
        let problem = match record.faults.get(&fault.name) {
            None => "is not in the catalogue",
            Some(entry) if entry.fingerprint != fault.fingerprint => {
                "has changed since the catalogue was made"
            }
            Some(_) => continue,
        };
        let text = format!(
            "the fault `{0}` {problem}\nnext: `cargo xtask break {0} --record`",
            fault.name
        );
        findings.push(Finding::new(text).at(&fault.path, 1));
    }
    for name in record.faults.keys() {
        if !faults.iter().any(|fault| fault.name == *name) {
            findings.push(Finding::new(format!(
                "the catalogue has a fault `{name}` that there is not"
            )));
        }
    }
    for (name, wanted) in pages(&faults, &record) {
        let path = format!("{EXHIBITS}/{name}");
        let seen = workspace::read(&workspace.source(&path)).unwrap_or_default();
        if seen != wanted {
            findings.push(Finding::new(format!(
                "{path} is not what is made from {}:\n{}",
                record::path(),
                beginning(&term::diff(("what is made", &wanted), (&path, &seen)))
            )));
        }
    }
    Ok(findings)
}

/// The first lines of a diff: where the page is another one throughout, more would tell no more.
fn beginning(diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().take(show::LINES).collect();
    lines.join("\n")
}

/// Runs the program of every exhibit, sound and damaged, and holds it against the record.
pub fn check_programs(workspace: &Workspace) -> Result<Vec<Finding>> {
    let faults = file::all(workspace)?;
    let record = Record::read(workspace)?;
    let copy = Copy::of(workspace)?;
    let mut findings = Vec::new();
    for fault in faults.iter().filter(|fault| fault.exhibit.is_some()) {
        let entry = record.faults.get(&fault.name);
        let Some(recorded) = entry.and_then(|entry| entry.exhibit.as_ref()) else {
            findings.push(Finding::new(format!("`{}` is not recorded", fault.name)));
            continue;
        };
        let trial = Trial::begin(&copy, fault)?;
        let before = trial.before()?;
        trial.break_it()?;
        let damage = trial.damage(&before)?;
        let seen = Seen {
            before,
            damage,
            command: recorded.command.clone(),
            told: recorded.told.clone(),
        };
        findings.extend(difference(fault, recorded, &seen).map(Finding::new));
    }
    copy.restore()?;
    Ok(findings)
}

/// What an exhibit did that is not recorded of it.
pub fn difference(fault: &Fault, recorded: &Seen, seen: &Seen) -> Option<String> {
    let (recorded, seen) = (runs(recorded), runs(seen));
    (recorded != seen).then(|| {
        format!(
            "the exhibit `{}` does not do what the catalogue shows:\n{}",
            fault.name,
            term::diff(("recorded", &recorded), ("this run", &seen))
        )
    })
}

fn page(faults: &[Fault], record: &Record) -> String {
    let sums = Sums::of(faults, record);
    let mut page = format!(
        "<!-- Made by `cargo xtask break --record` from the faults and from what they did. -->\n\n\
         # A museum of broken boundaries\n\n\
         Each exhibit is a program that works, a small change to it or to the library, and what \
         happens then.\nAll of it is what a run printed, and `cargo xtask verify docs` runs it \
         again. To see one yourself:\n`cargo xtask break NAME`, with `--explain` for more and \
         `--step` to take your time.\n\n\
         ![Who notices which fault]({PICTURE})\n\n{}\nThis was measured with {}.\n\n",
        term::wrap(&sums.text(), 100).join("\n") + "\n",
        record.with.join("; ")
    );
    let exhibits = || faults.iter().filter(|fault| fault.exhibit.is_some());
    page.push_str("| exhibit | what is wrong | caught by |\n| --- | --- | --- |\n");
    for fault in exhibits() {
        let _ = writeln!(
            page,
            "| [{0}](#{0}) | {1} | {2} |",
            fault.name,
            fault.title,
            fault.catcher.name()
        );
    }
    for fault in exhibits() {
        if let Some(seen) = record
            .faults
            .get(&fault.name)
            .and_then(|entry| entry.exhibit.as_ref())
        {
            page.push_str(&chapter(fault, seen));
        }
    }
    page.push_str("\n## Every fault, and who noticed\n\n");
    page.push_str(
        "*cc* is the C compiler with `-Wall -Wextra -Wpedantic -Werror`, over all programs of the C \
         harness; *CFFI*\nbuilds the module and imports it. A dot: not a word. Empty: what it needs \
         could not be built.\n\n",
    );
    page.push_str(&matrix::table(faults, record));
    page
}

fn chapter(fault: &Fault, seen: &Seen) -> String {
    let Some(exhibit) = &fault.exhibit else {
        return String::new();
    };
    let paragraph = |text: &str| term::wrap(text, 100).join("\n");
    let program = match exhibit.language {
        file::Language::C => "main.c",
        file::Language::Python => "main.py",
    };
    let mut text = format!(
        "\n## {}\n\n{}\n\nThe program: [{program}]({}/{program}). The change:\n\n```diff\n{}```\n\n",
        fault.name,
        paragraph(&format!("**{}.** {}", fault.title, fault.lesson)),
        fault.name,
        fault.patch
    );
    text.push_str(&runs(seen));
    if let Catcher::Nobody(helps) = &fault.catcher {
        let _ = write!(
            text,
            "**No check and no compiler catches it.** {}\n\n",
            paragraph(helps)
        );
    } else {
        let _ = write!(
            text,
            "What catches it:\n\n```text\n$ {}\n{}\n```\n\n",
            seen.command,
            seen.told.join("\n")
        );
    }
    let _ = write!(
        text,
        "{}\n\n{}\n\n{}\n",
        paragraph(&format!("*Mended:* {}", exhibit.mend)),
        paragraph(&format!("*Why nothing else warned:* {}", exhibit.why)),
        paragraph(&format!("*Where people met it:* {}", exhibit.met))
    );
    text
}

/// What the program did, sound and broken.
fn runs(seen: &Seen) -> String {
    format!(
        "As it should be:\n\n{}Broken, as a user sees it:\n\n{}{}\n\n",
        block(&seen.before),
        block(&seen.damage.shown),
        show::repeated(&seen.damage)
    )
}

fn block(shown: &[Shown]) -> String {
    let mut text = String::from("```text\n");
    for one in shown {
        let _ = writeln!(text, "$ {}", one.command);
        for line in one.output.iter().take(show::LINES) {
            let _ = writeln!(text, "{line}");
        }
        if let Some(end) = &one.end {
            let _ = writeln!(text, "[{end}]");
        }
    }
    text + "```\n\n"
}
