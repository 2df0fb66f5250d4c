//! The museum of broken boundaries: the faults as exhibits, and what is kept of what they led to.

mod catalogue;
mod matrix;
mod record;
mod tools;

use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags, flags, usage_error};
use abi_stages::page;
use abi_stages::say;
use abi_stages::term::{bold, dim, red};
use abi_stages::workspace::Workspace;
use abi_verify::check::Finding;
use abi_verify::fault::BreakFlags;
use abi_verify::fault::copy::Copy;
use abi_verify::fault::file::Fault;
use abi_verify::fault::trial::Entry;
use abi_verify::fault::{Keeper, break_with};
use anyhow::Result;

use record::Record;

flags! {
    struct MuseumFlags {
        list: "List the exhibits and the faults",
        explain: "Also say why nothing else warned, and where people met it",
        step: "Stop after each section; Enter goes on, q ends",
        cut: "Open the fault's files in an editor, and make the patch from your edit",
        record: "Write what happened into the catalogue, xtask/lesson/exhibits/README.md",
    }
}

/// `cargo xtask break`, with what the museum adds to it.
pub const COMMAND: Command = Command {
    details: "With the name of a fault: what is changed, what a user without checks sees, who \
              catches it, and how to fix it. Without a name, tries every fault and reports who \
              noticed: rustc, the C compiler, CFFI, the check.\n\n\
              A fault is a patch with the check that must catch it and the words that it must say; an \
              exhibit, in xtask/lesson/exhibits, also has a program that shows the damage. The copy \
              is under the target directory; your files are never touched.",
    flags: MuseumFlags::ALL,
    example: "cargo xtask break foreign-free --explain",
    run,
    ..abi_verify::fault::BREAK
};

pub use catalogue::{check_pages, check_programs, pages};
pub use tools::check as check_tools;

/// Where the exhibits are, and what the catalogue is made of.
pub const EXHIBITS: &str = "xtask/lesson/exhibits";

/// `cargo xtask break`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: MuseumFlags = arguments.flags();
    let shows = flags.list || flags.explain || flags.step || flags.cut;
    if flags.record && shows {
        return Err(usage_error(
            "--record tries faults and shows none\nnext: use --record alone",
        ));
    }
    let names = &arguments.args;
    let mut museum = Museum {
        recorded: Record::read(workspace)?,
        with: Vec::new(),
        recording: flags.record,
    };
    let is_shown = names.len() == 1 && !flags.record;
    let keeper: Option<&mut dyn Keeper> = if is_shown { None } else { Some(&mut museum) };
    break_with(workspace, names, &BreakFlags::read(arguments), keeper)
}

/// What is wrong with an exhibit. That one cannot be tried is no reason not to try the others.
fn findings(fault: &Fault, problems: Result<Vec<String>>) -> impl Iterator<Item = Finding> {
    let untried = |error| {
        vec![format!(
            "the exhibit `{}` could not be tried: {error:#}",
            fault.name
        )]
    };
    let problems = problems.unwrap_or_else(untried).into_iter();
    problems.map(|text| Finding::new(text).at(&fault.path, 1))
}

/// Keeps what the faults led to, or compares it with what was kept.
struct Museum {
    recorded: Record,
    /// The compilers and interpreters of this run.
    with: Vec<String>,
    recording: bool,
}

impl Keeper for Museum {
    fn begin(&mut self, copy: &Copy, is_all: bool) -> Result<()> {
        self.with = record::versions(&copy.workspace)?;
        if self.recording && !is_all && self.recorded.with != self.with {
            return Err(usage_error(format!(
                "the catalogue was recorded with {}, and this machine has {}\nnext: `cargo xtask break --record` \
                 records all of it again",
                self.recorded.with.join("; "),
                self.with.join("; ")
            )));
        }
        Ok(())
    }

    fn keeps_tools(&self) -> bool {
        self.recording
    }

    fn end(
        &mut self,
        workspace: &Workspace,
        all: &[Fault],
        caught: Vec<(&Fault, Entry)>,
    ) -> Result<usize> {
        let name = |(fault, entry): (&Fault, Entry)| (fault.name.clone(), entry);
        let seen = Record {
            with: self.with.clone(),
            faults: caught.into_iter().map(name).collect(),
        };
        if seen.faults.len() > 1 {
            say!("\n{}", matrix::Sums::of(all, &seen).text())?;
        }
        if self.recording {
            self.record(workspace, all, seen)?;
            return Ok(0);
        }
        self.compare(all, &seen)
    }
}

impl Museum {
    fn record(&self, workspace: &Workspace, all: &[Fault], seen: Record) -> Result<()> {
        let mut record = self.recorded.clone();
        record.with = seen.with;
        record.faults.extend(seen.faults);
        let is_known = |name: &str| all.iter().any(|fault| fault.name == name);
        record.faults.retain(|name, _| is_known(name));
        record.write(workspace)?;
        page::write(workspace, &pages(workspace)?)?;
        Ok(say!("wrote {}, and what is made from it", record::path())?)
    }

    fn compare(&self, all: &[Fault], seen: &Record) -> Result<usize> {
        let recorded = &self.recorded;
        if recorded.with != seen.with {
            let text = format!(
                "the catalogue was recorded with {}: what others notice is not compared",
                recorded.with.join("; ")
            );
            say!("{}", dim(&text))?;
        }
        let differences = differences(all, seen, recorded);
        if differences.is_empty() {
            return Ok(0);
        }
        say!(
            "{} the catalogue shows something else:\n{}\n{} `cargo xtask break --record` writes down \
             what happens today",
            red("FAILED"),
            differences.join("\n"),
            bold("next:")
        )?;
        Ok(1)
    }
}

/// What of the run is not as it is recorded. Other compilers may notice other faults and say other
/// words, and that is no mistake of the record's.
fn differences(all: &[Fault], seen: &Record, recorded: &Record) -> Vec<String> {
    let mut differences = Vec::new();
    for fault in all {
        let Some(entry) = seen.faults.get(&fault.name) else {
            continue;
        };
        let Some(known) = recorded.faults.get(&fault.name) else {
            differences.push(format!("`{}` is not in it", fault.name));
            continue;
        };
        if seen.with != recorded.with {
            continue;
        }
        if known.noticed != entry.noticed {
            differences.push(format!(
                "`{}`: {} was noticed by {:?}, and is now by {:?}",
                fault.name, fault.title, known.noticed, entry.noticed
            ));
        }
        if let (Some(known), Some(exhibit)) = (&known.exhibit, &entry.exhibit) {
            differences.extend(catalogue::exhibit_differs(fault, known, exhibit));
        }
    }
    differences
}
