//! Which tool sees which mistake: a table of what was seen when each program ran under each tool.

use std::fmt::Write as _;

use abi_stages::workspace::Workspace;
use abi_verify::check::Finding;
use abi_verify::fault::copy::Copy;
use abi_verify::fault::file::{self, Exhibit, Fault};
use abi_verify::fault::tools::{Saw, TOOLS};
use abi_verify::fault::trial::{Entry, Trial};
use anyhow::Result;

use super::matrix::mark;
use super::record::Record;

pub const LEGEND: &str = "Each program of a mistake with memory or between threads ran under each tool, \
     sound, which no tool complains of, and broken. *In C*: the program is compiled with the sanitizer, and \
     the library is the one that is shipped. *On both sides*: the library is compiled with it, too. *ASan* is \
     AddressSanitizer with UBSan, *TSan* ThreadSanitizer. *cc* is the compiler with `-Wall -Wextra \
     -Wpedantic -Werror`, which compiles the program; *CFFI* reads the same header, builds the module and \
     imports it: it sees no program in C. A dot: it says nothing. A signal: the program ends by it, and \
     the tool says nothing.";

/// The table in Markdown.
pub fn table(record: &Record) -> String {
    let names: Vec<&str> = ["cc", "CFFI"].into_iter().chain(tools()).collect();
    let mut text = format!("| mistake | {} |\n", names.join(" | "));
    let _ = writeln!(text, "| --- | {} |", vec![":-:"; names.len()].join(" | "));
    for (name, entry) in rows(record) {
        let [_, cc, cffi] = entry.noticed;
        let mut cells: Vec<String> = [cc, cffi].map(|by| mark(by).to_owned()).into();
        cells.extend(entry.tools.iter().map(cell));
        let _ = writeln!(text, "| [{name}](#{name}) | {} |", cells.join(" | "));
    }
    text
}

/// Runs every such program under every tool again, and compares with the record.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let faults = file::all(workspace)?.sound;
    let record = Record::read(workspace)?;
    let copy = Copy::of(workspace)?;
    let mut watched: Vec<&Fault> = faults.iter().filter(|fault| is_watched(fault)).collect();
    // The library is compiled for each tool whenever it changes: first all that do not change it.
    watched.sort_by_key(|fault| !changes_only_its_program(fault));
    let sound = |fault: &&Fault| -> Result<_> {
        let trial = Trial::begin(&copy, fault)?;
        let before = trial.before()?;
        trial.tools_before()?;
        Ok(before)
    };
    let all_sound: Vec<Result<_>> = watched.iter().map(sound).collect();
    let mut findings = Vec::new();
    for (fault, sound) in watched.into_iter().zip(all_sound) {
        let recorded = record.faults.get(&fault.name);
        let recorded = recorded.map_or(&[][..], |entry| &entry.tools);
        let seen = sound.and_then(|before| {
            let trial = Trial::begin(&copy, fault)?;
            trial.break_it()?;
            trial.damage(&before)?;
            trial.tools()
        });
        let problems = seen.map(|seen| differences(&fault.name, recorded, &seen));
        findings.extend(super::findings(fault, problems));
    }
    copy.restore()?;
    Ok(findings)
}

fn is_watched(fault: &Fault) -> bool {
    let exhibit = fault.exhibit.as_ref();
    exhibit.is_some_and(|exhibit| exhibit.mistake.is_some())
}

fn changes_only_its_program(fault: &Fault) -> bool {
    let is_of_it = |exhibit: &Exhibit| {
        let mut files = fault.patch.files.iter();
        files.all(|file| file.path.starts_with(&exhibit.folder))
    };
    fault.exhibit.as_ref().is_some_and(is_of_it)
}

fn differences(name: &str, recorded: &[Saw], seen: &[Saw]) -> Vec<String> {
    if recorded.len() != seen.len() {
        return vec![format!(
            "the exhibit `{name}` is not recorded with what each tool says of it"
        )];
    }
    let differs = |(tool, (recorded, seen)): (&str, (&Saw, &Saw))| {
        (!recorded.is_like(seen)).then(|| {
            format!(
                "`{name}`: on record, {tool} {}; in this run it {}",
                recorded.text(),
                seen.text()
            )
        })
    };
    let both = recorded.iter().zip(seen);
    tools().zip(both).filter_map(differs).collect()
}

fn tools() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|tool| tool.name)
}

fn rows(record: &Record) -> impl Iterator<Item = (&String, &Entry)> {
    let entries = record.faults.iter();
    entries.filter(|(_, entry)| entry.tools.len() == TOOLS.len())
}

fn cell(saw: &Saw) -> String {
    match saw {
        Saw::Nothing => "·".to_owned(),
        Saw::Mistake(words) => format!("`{words}`"),
        // "ended by signal 6 (SIGABRT)"
        Saw::End(words) => match words.split_once('(') {
            Some((_, signal)) => signal.trim_end_matches(')').to_owned(),
            None => words.clone(),
        },
        Saw::Missing(_) => "**not here**".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use abi_verify::fault::strict::Noticed;

    use super::*;

    fn record(tools: Vec<Saw>) -> Record {
        let entry = Entry {
            fingerprint: String::new(),
            noticed: [Noticed::No; 3],
            exhibit: None,
            tools,
        };
        Record {
            with: Vec::new(),
            faults: [("mistake".to_owned(), entry)].into(),
        }
    }

    #[test]
    fn a_tool_that_is_missing_is_a_gap_and_not_silence() {
        let mut tools = vec![Saw::Nothing; TOOLS.len()];
        tools[0] = Saw::End("ended by signal 6 (SIGABRT)".to_owned());
        tools[1] = Saw::Missing("apt install valgrind".to_owned());
        tools[2] = Saw::Mistake("double-free".to_owned());
        let record = record(tools);
        let expected = "| · | · | SIGABRT | **not here** | `double-free` | · | · | · | · |\n";
        assert!(table(&record).ends_with(expected), "{}", table(&record));
    }

    #[test]
    fn what_differs_is_named_with_the_tool() {
        let recorded = vec![Saw::Nothing; TOOLS.len()];
        let mut seen = recorded.clone();
        assert!(differences("mistake", &recorded, &seen).is_empty());
        assert_eq!(differences("mistake", &[], &seen).len(), 1);
        seen[3] = Saw::Mistake("stack-buffer-overflow".to_owned());
        assert_eq!(
            differences("mistake", &recorded, &seen),
            [
                "`mistake`: on record, ASan on both sides says nothing; in this run it says \
              `stack-buffer-overflow`"
            ]
        );
        // The words are those of one version of a tool.
        let mut others = seen.clone();
        others[3] = Saw::Mistake("heap-buffer-overflow".to_owned());
        assert!(differences("mistake", &seen, &others).is_empty());
    }
}
