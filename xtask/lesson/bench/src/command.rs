//! From the command line to the figures.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use crate::machine::Machine;
use crate::measure::Runner;
use crate::record::{Missing, Record};
use crate::table::{ROWS, Row};
use crate::{instructions, pages, peers, picture, runtime, show};
use abi_stages::cli::{Arguments, did_you_mean, number, usage_error};
use abi_stages::cli::{Command, Flags, Group, flags};
use abi_stages::page;
use abi_stages::say;
use abi_stages::term::{self, dim};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, bail};

flags! {
    struct BenchFlags {
        list: "List the rows and the subjects",
        rounds = "N": "How many batches each subject gets [default: 60]",
        instructions: "Also count instructions, with valgrind; takes a minute more",
        json = "FILE": "Write all figures as JSON",
        svg = "FILE": "Write the picture",
        strict: "Fail if a claim does not hold",
        record: "Keep this run as this processor's record, and write what is generated from the \
                 records",
    }
}

/// `cargo xtask bench`.
pub const BENCH: Command = Command {
    name: "bench",
    group: Group::Learn,
    args: &[("[ROW]...", "A row of the table [default: all]")],
    about: "Measure what each kind of crossing costs, beside C, Go, PyO3 and others",
    details: "Without arguments, every row of the table: an empty call, a number, a struct, text, slices, \
              a callback, an error. Each is timed for every subject that is here; what is missing \
              is named, with how to install it.\n\n\
              The callers run side by side and take turns, a batch of calls of a few \
              milliseconds each, many rounds, so that a busy machine slows all of them; every few \
              rounds they are started again. A figure is the median of the rounds; a ratio is that of the ratios within each round. \
              Time is the calling thread's processor time: other programs do not count, and \
              neither do other threads of a library. In C and Rust the loop is part of a \
              call; in Python the time of an empty loop is taken in each round and subtracted.\n\n\
              Before anything is timed, each subject has to give the right answer, bit for bit.",
    flags: BenchFlags::ALL,
    example: "cargo xtask bench sqrt text-16",
    run: run,
};

/// How many batches each subject gets.
const ROUNDS: usize = 60;

/// `cargo xtask bench`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: BenchFlags = arguments.flags();
    let rows = choose(&arguments.args)?;
    if flags.list {
        show::list()?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.record && rows.len() < ROWS.len() {
        return Err(usage_error(
            "--record keeps a whole run; it does not take a row\nnext: omit the row",
        ));
    }
    if !cfg!(unix) {
        bail!("the callers in C are written for Linux and macOS\nnext: run it there");
    }
    let record = measure(workspace, &flags, &rows)?;
    show::record(&record)?;
    if let Some(file) = &flags.json {
        write(file, &in_full(&record)?)?;
    }
    if let Some(file) = &flags.svg {
        write(file, &picture::of(&record))?;
    }
    if flags.record {
        let file = pages::file_of(&record);
        workspace::write(&workspace.source(&file), in_full(&record)?.as_bytes())?;
        say!("\nwrote {file}")?;
        // What follows from the records.
        let pages = pages::pages(workspace, &pages::records(workspace)?)?;
        for path in page::write(workspace, &pages)? {
            say!("wrote {path}")?;
        }
    }
    let exceeded = record
        .claims
        .iter()
        .any(|verdict| verdict.holds == Some(false));
    Ok(if exceeded && flags.strict {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The rows that the arguments name, in the table's order; without arguments, all.
fn choose(words: &[String]) -> Result<Vec<&'static Row>> {
    for word in words {
        if !ROWS.iter().any(|row| row.id == word) {
            let known = ROWS.iter().map(|row| row.id);
            return Err(usage_error(format!(
                "there is no row `{word}`{}\nnext: `cargo xtask bench --list` shows all",
                did_you_mean(word, known)
            )));
        }
    }
    let is_chosen = |row: &&Row| words.is_empty() || words.iter().any(|word| word == row.id);
    Ok(ROWS.iter().filter(is_chosen).collect())
}

fn measure(workspace: &Workspace, flags: &BenchFlags, rows: &[&'static Row]) -> Result<Record> {
    let rounds = rounds(flags)?;
    let counting = flags.instructions || flags.record;
    // Two runs at once would measure each other.
    let _lock = workspace::lock(&peers::folder(workspace, ".lock"), || {
        say!("another `cargo xtask bench` is measuring; waiting for its end")
    })?;
    let begun = Instant::now();
    let peers = peers::build(workspace)?;
    show::status("checking the answers, and finding out how many calls are a batch")?;
    let mut runner = Runner::start(workspace, &peers.callers, rows)?;
    let series = runner.rounds(rounds, &mut |round| {
        Ok(show::status(&format!("round {} of {rounds}", round + 1))?)
    })?;
    let mut missing = [peers.missing.clone(), runner.missing.clone()].concat();
    missing.sort_by(|a, b| a.subject.cmp(&b.subject));
    drop(runner);

    let counts = match instructions::absent() {
        None if counting => instructions::count(workspace, &peers, rows)?,
        Some(reason) if counting => {
            missing.push(Missing::new("instructions", reason));
            Vec::new()
        }
        _ => Vec::new(),
    };
    // What comes along belongs to no row: it is asked for with the whole.
    let runtimes = if cfg!(target_os = "linux") && rows.len() == ROWS.len() {
        runtime::measure(workspace, &peers)?
    } else {
        Vec::new()
    };
    let machine = Machine::look(workspace, peers.python.as_deref());
    term::clear_status()?;
    let seconds = begun.elapsed().as_secs_f64();
    say!("{}", dim(&format!("measured in {seconds:.0} s")))?;
    Ok(Record::new(
        machine, rows, &series, missing, counts, runtimes,
    ))
}

/// How many rounds are asked for; 0 is none.
fn rounds(flags: &BenchFlags) -> Result<usize> {
    match number("rounds", flags.rounds.as_ref())? {
        Some(0) => Err(usage_error("--rounds takes a number from 1 on, not `0`")),
        given => Ok(given.unwrap_or(ROUNDS)),
    }
}

fn in_full(record: &Record) -> Result<String> {
    Ok(serde_json::to_string_pretty(record)? + "\n")
}

fn write(file: impl Into<OsString>, text: &str) -> Result<()> {
    workspace::write(&std::path::absolute(file.into())?, text.as_bytes())
}
