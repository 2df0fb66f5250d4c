//! From the command line to the figures.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xtask::cli::{Arguments, did_you_mean, number, usage_error};
use xtask::library::lesson::BenchFlags;
use xtask::say;
use xtask::term::{self, dim};
use xtask::workspace::{self, Workspace};
use xtask_bench::machine::Machine;
use xtask_bench::measure::Runner;
use xtask_bench::record::{Missing, Record};
use xtask_bench::svg::{self, Theme};
use xtask_bench::table::{ROWS, Row};
use xtask_bench::{compare, instructions, peers, readme, runtime, show};

/// How many turns each contender gets.
const ROUNDS: usize = 60;

/// `cargo xtask bench`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: BenchFlags = arguments.flags();
    if flags.compare {
        return hold_against_each_other(&arguments.args);
    }
    let rows = choose(&arguments.args)?;
    if flags.list {
        show::list()?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.render {
        return render(workspace, &readme::record(workspace)?);
    }
    let recording = flags.record;
    if recording && rows.len() < ROWS.len() {
        return Err(usage_error(
            "--record keeps a whole run, and a row was named\nnext: leave the row away",
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
    if let Some(folder) = &flags.svg {
        for (name, theme) in [
            ("bench-light.svg", Theme::LIGHT),
            ("bench-dark.svg", Theme::DARK),
        ] {
            write(
                PathBuf::from(folder).join(name).as_os_str(),
                &svg::picture(&record, &theme),
            )?;
        }
    }
    if recording {
        workspace::write(
            &readme::record_file(workspace),
            in_full(&record)?.as_bytes(),
        )?;
        say!("\nwrote xtask/lesson/bench/record.json")?;
        render(workspace, &record)?;
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

/// The rows that the words name, in the table's order; all without a word.
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
    let wants_all = flags.record;
    let counting = flags.instructions || wants_all;
    let _lock = peers::lock(workspace)?;
    let begun = Instant::now();
    let peers = peers::build(workspace, &mut |what| status(&format!("building {what}")))?;
    status("checking the answers, and finding out how many calls are a turn")?;
    let mut runner = Runner::start(workspace, &peers.teams, rows)?;
    let series = runner.rounds(rounds, &mut |round| {
        status(&format!("round {} of {rounds}", round + 1))
    })?;
    let mut missing: Vec<Missing> = (peers.missing.iter())
        .map(|(contender, reason)| ((*contender).to_owned(), reason.clone()))
        .chain(runner.missing.drain(..))
        .map(|(contender, reason)| Missing { contender, reason })
        .collect();
    missing.sort_by(|a, b| a.contender.cmp(&b.contender));
    drop(runner);

    let counts = match instructions::absent() {
        None if counting => instructions::count(workspace, &peers, rows, &mut |what| {
            status(&format!("counting instructions: {what}"))
        })?,
        Some(reason) if counting => {
            missing.push(Missing {
                contender: "instructions".into(),
                reason: reason.into(),
            });
            Vec::new()
        }
        _ => Vec::new(),
    };
    // What comes along belongs to no row: it is asked for with the whole.
    let runtimes = if cfg!(target_os = "linux") && rows.len() == ROWS.len() {
        runtime::measure(workspace, &peers, &mut status)?
    } else {
        Vec::new()
    };
    let machine = Machine::look(workspace, peers.python.as_deref());
    done(begun)?;
    Ok(Record::new(
        machine, rows, &series, missing, counts, runtimes,
    ))
}

/// Writes what follows from a record.
fn render(workspace: &Workspace, record: &Record) -> Result<ExitCode> {
    for path in readme::write(workspace, record)? {
        say!("wrote {path}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn hold_against_each_other(words: &[String]) -> Result<ExitCode> {
    let [first, second] = words else {
        return Err(usage_error(
            "--compare takes two files that --json has written\n\
             next: `cargo xtask bench --json FILE`, twice",
        ));
    };
    let read = |file: &String| -> Result<Record> {
        serde_json::from_str(&workspace::read(Path::new(file))?)
            .with_context(|| format!("{file} is no record of a run"))
    };
    let pairs = compare::pairs(&read(first)?, &read(second)?);
    if pairs.is_empty() {
        bail!("the two runs have no row in common");
    }
    show::comparison(&pairs)?;
    Ok(ExitCode::SUCCESS)
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

/// Tells a person who waits what is being done.
fn status(what: &str) -> Result<()> {
    if term::is_terminal() {
        term::status(&dim(&format!("{what} ...")))?;
    }
    Ok(())
}

fn done(begun: Instant) -> Result<()> {
    if term::is_terminal() {
        term::clear_status()?;
    }
    say!(
        "{}",
        dim(&format!(
            "measured in {:.0} s",
            begun.elapsed().as_secs_f64()
        ))
    )?;
    Ok(())
}
