//! The catalogue: a page and a picture, made from the faults and from what their last recorded run
//! printed.

use std::fmt::Write as _;

use anyhow::Result;
use xtask::page::{self, Page};
use xtask::term;
use xtask::workspace::Workspace;
use xtask_verify::check::Finding;
use xtask_verify::fault::copy::Copy;
use xtask_verify::fault::exhibit::{RUNS, Shown};
use xtask_verify::fault::file::{self, Catcher, Fault, Language};
use xtask_verify::fault::show;
use xtask_verify::fault::trial::{Seen, Trial};

use super::EXHIBITS;
use super::matrix::{self, Sums};
use super::record::Record;
use super::tools;

const PAGE: &str = "README.md";
const PICTURE: &str = "matrix.svg";

/// The page, the picture and the README's part, as they have to be.
pub fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let faults = file::all(workspace)?.sound;
    let record = Record::read(workspace)?;
    Ok(vec![
        Page::new(format!("{EXHIBITS}/{PAGE}"), page(&faults, &record)),
        Page::new(
            format!("{EXHIBITS}/{PICTURE}"),
            matrix::picture(&faults, &record),
        ),
        Page::with_part(
            workspace,
            "README.md",
            "faults",
            &format!(
                "\n{}{}\n",
                matrix::summary(&faults, &record),
                tools::summary(&record)
            ),
        )?,
    ])
}

/// What is wrong with the catalogue, as far as can be told without breaking anything: a fault that
/// it does not know or that has changed since, a page that is not what is made from the record.
pub fn check_pages(workspace: &Workspace) -> Result<Vec<Finding>> {
    let faults = file::all(workspace)?.sound;
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
        let text = format!("the fault `{}` {problem}", fault.name);
        findings.push(Finding::new(text).at(&fault.path, 1));
    }
    for name in record.faults.keys() {
        if !faults.iter().any(|fault| fault.name == *name) {
            findings.push(Finding::new(format!(
                "the catalogue has a fault `{name}`, which does not exist"
            )));
        }
    }
    let stale = page::stale(workspace, &pages(workspace)?, "the record and the faults");
    findings.extend(stale.iter().map(|text| Finding::new(beginning(text))));
    Ok(findings)
}

/// The first lines of a diff: where the page is another one throughout, more would tell no more.
fn beginning(diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().take(show::LINES).collect();
    lines.join("\n")
}

/// Runs the program of every exhibit, sound and damaged, and holds it against the record.
pub fn check_programs(workspace: &Workspace) -> Result<Vec<Finding>> {
    let faults = file::all(workspace)?.sound;
    let record = Record::read(workspace)?;
    let copy = Copy::of(workspace)?;
    let mut findings = Vec::new();
    for fault in faults.iter().filter(|fault| fault.exhibit.is_some()) {
        // One that cannot be tried is no reason not to try the others.
        let problem = check_program(&copy, fault, &record).unwrap_or_else(|error| {
            Some(format!(
                "the exhibit `{}` could not be tried: {error:#}",
                fault.name
            ))
        });
        findings.extend(problem.map(|text| Finding::new(text).at(&fault.path, 1)));
    }
    copy.restore()?;
    Ok(findings)
}

fn check_program(copy: &Copy, fault: &Fault, record: &Record) -> Result<Option<String>> {
    let entry = record.faults.get(&fault.name);
    let Some(recorded) = entry.and_then(|entry| entry.exhibit.as_ref()) else {
        return Ok(Some(format!(
            "the exhibit `{}` is not recorded",
            fault.name
        )));
    };
    let trial = Trial::begin(copy, fault)?;
    let before = trial.before()?;
    trial.break_it()?;
    let damage = trial.damage(&before)?;
    let seen = Seen {
        before,
        damage,
        command: recorded.command.clone(),
        told: recorded.told.clone(),
    };
    Ok(program_differs(fault, recorded, &seen))
}

/// What an exhibit's program did that is not recorded of it.
fn program_differs(fault: &Fault, recorded: &Seen, seen: &Seen) -> Option<String> {
    differs(fault, &runs(recorded), &runs(seen))
}

/// The same, and what made somebody notice.
pub fn exhibit_differs(fault: &Fault, recorded: &Seen, seen: &Seen) -> Option<String> {
    let whole = |seen| runs(seen) + &catching(seen);
    differs(fault, &whole(recorded), &whole(seen))
}

fn differs(fault: &Fault, recorded: &str, seen: &str) -> Option<String> {
    (recorded != seen).then(|| {
        format!(
            "the exhibit `{}` does not do what the catalogue shows:\n{}",
            fault.name,
            term::diff(("recorded", recorded), ("this run", seen))
        )
    })
}

fn page(faults: &[Fault], record: &Record) -> String {
    let sums = Sums::of(faults, record);
    let paragraph = |text: &str| term::wrap(text, WIDTH).join("\n");
    let mut page = format!(
        "<!-- Generated by `cargo xtask break --record` from the faults and from what they did. -->\n\n\
         # A museum of broken boundaries\n\n{}\n\n{}\n\n![Who notices which fault]({PICTURE})\n\n\
         {}\n\n{}\n\n",
        paragraph(
            "Each exhibit is a program that works, a small change to it or to the library, and what \
             happens then. To see one yourself: `cargo xtask break NAME`, with `--explain` for more \
             and `--step` to take your time."
        ),
        paragraph(&format!(
            "The sessions are what a run printed. `cargo xtask verify docs` runs the programs again, \
             sound and broken, the broken ones {RUNS} times each, and `cargo xtask break` tries all \
             the rest. The explanations are written by hand."
        )),
        paragraph(&sums.text()),
        paragraph(&format!(
            "The faults were written for these checks: the numbers say that each check bites, not how \
             often such mistakes are made. This was measured with {}.",
            record.with.join("; ")
        )),
    );
    let exhibits = || faults.iter().filter(|fault| fault.exhibit.is_some());
    page.push_str("| exhibit | what is wrong | caught by |\n| --- | --- | --- |\n");
    for fault in exhibits() {
        let (name, catcher) = (&fault.name, fault.catcher.name());
        let title = fault.title.replace('|', "\\|");
        let _ = writeln!(page, "| [{name}](#{name}) | {title} | {catcher} |");
    }
    page.push_str(
        "\n*The canary* is the library with an allocator of its own; *valgrind* is the tool of that \
         name.\n",
    );
    for fault in exhibits() {
        let entry = record.faults.get(&fault.name);
        if let Some(seen) = entry.and_then(|entry| entry.exhibit.as_ref()) {
            page.push_str(&chapter(fault, seen));
        }
    }
    page.push_str("\n## What each tool says of a mistake\n\n");
    page.push_str(&paragraph(tools::LEGEND));
    page.push_str("\n\n");
    page.push_str(&tools::table(record));
    page.push_str("\n## Every fault, and who noticed\n\n");
    page.push_str(&paragraph(
        "*cc* is the C compiler with `-Wall -Wextra -Wpedantic -Werror`, over all programs of the C \
         harness; *CFFI* builds the module and imports it. A dot: no complaint. Empty: what it needs \
         could not be built.",
    ));
    page.push_str("\n\n");
    page.push_str(&matrix::table(faults, record));
    page
}

const WIDTH: usize = 100;

fn chapter(fault: &Fault, seen: &Seen) -> String {
    let Some(exhibit) = &fault.exhibit else {
        return String::new();
    };
    let name = &fault.name;
    let paragraph = |text: &str| term::wrap(text, WIDTH).join("\n");
    let program = match exhibit.language {
        Language::C => "main.c",
        Language::Python => "main.py",
    };
    let mut text = format!(
        "\n<a id=\"{name}\"></a>\n\n## {}\n\n`cargo xtask break {name}`\n\n{}\n\n\
         The program: [{program}]({name}/{program}). The change:\n\n```diff\n{}```\n\n",
        fault.title,
        paragraph(&fault.lesson),
        fault.patch.text
    );
    text.push_str(&runs(seen));
    let _ = write!(text, "{}\n\n", show::times(exhibit));
    if let Catcher::Nobody(helps) = &fault.catcher {
        let nobody = format!("**No check and no compiler catches it.** {helps}");
        let _ = write!(text, "{}\n\n", paragraph(&nobody));
    } else {
        text.push_str(&catching(seen));
    }
    let (heading, place) = exhibit.more.parts();
    let _ = write!(
        text,
        "{}\n\n{}\n\n{}\n",
        paragraph(&format!("*How to fix it:* {}", exhibit.mend)),
        paragraph(&format!("*Why nothing else warned:* {}", exhibit.why)),
        paragraph(&format!("*{heading}:* {place}"))
    );
    text
}

/// What the program did, sound and broken.
fn runs(seen: &Seen) -> String {
    format!(
        "As it should be:\n\n{}Broken, as a user sees it:\n\n{}",
        block(&seen.before),
        block(&seen.damage)
    )
}

/// What made somebody notice.
fn catching(seen: &Seen) -> String {
    format!(
        "What catches it:\n\n```text\n$ {}\n{}\n```\n\n",
        seen.command,
        seen.told.join("\n")
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
