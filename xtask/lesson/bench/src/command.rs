//! `cargo xtask bench`: from the command line to the figures.

use std::process::ExitCode;

use crate::record;
use crate::table::{BOUNDS, ROWS, Row, SUBJECTS};
use abi_stages::cli::{Arguments, Command, Flags, Group, did_you_mean, flags, number, usage_error};
use abi_stages::process::{Cmd, Event, find_program};
use abi_stages::term::{self, bold, dim};
use abi_stages::workspace::{self, Workspace};
use abi_stages::{page, runner, say, stages};
use abi_verify::builds;
use anyhow::{Result, bail};
use serde_json::json;

flags! {
    struct BenchFlags {
        list: "List the rows and the subjects",
        rounds = "N": "How many batches each subject gets [default: 30]",
        instructions: "Also count instructions, with valgrind, and fail if a bound does not hold",
        json = "FILE": "Write all figures as JSON",
        record: "Keep this run as this processor's record, and write what is generated from the \
                 records",
    }
}

/// `cargo xtask bench`.
pub const COMMAND: Command = Command {
    name: "bench",
    group: Group::Learn,
    args: &[("[ROW]...", "A row of the table [default: all]")],
    about: "Measure what each kind of crossing costs, beside C, Go, PyO3 and others",
    details: "Without arguments, every row of the table: an empty call, a number, a struct, text, \
              arrays, a callback, a handle, an error. Each is measured for every subject that can be \
              built; one that is missing is named, with the reason.\n\n\
              The callers run side by side and take turns, a batch of calls of a few milliseconds \
              each, many rounds, so that a busy machine slows all of them. A time is the median of the \
              rounds; a ratio is that of the ratios within each round. Time is the calling thread's \
              processor time. In Python the time of an empty loop is subtracted.\n\n\
              Instructions repeat: they are what a bound is held against. Each subject has to give the \
              right answer before it is timed.",
    flags: BenchFlags::ALL,
    example: "cargo xtask bench sqrt text-16",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: BenchFlags = arguments.flags();
    let rows = choose(&arguments.args)?;
    if flags.list {
        let rows = ROWS.iter().map(|it| (it.id, it.about));
        let subjects = SUBJECTS.iter().map(|it| (it.title, it.about));
        for (name, about) in rows.chain(subjects) {
            say!("  {}  {about}", bold(&format!("{name:16}")))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let is_whole = rows.len() == ROWS.len();
    if flags.record && !is_whole {
        return Err(usage_error(
            "--record keeps a whole run; it does not take a row\nnext: omit the row",
        ));
    }
    let rounds = number("rounds", flags.rounds.as_ref())?.unwrap_or(30);
    if rounds == 0 {
        return Err(usage_error("--rounds takes a number from 1 on, not `0`"));
    }
    if !cfg!(unix) {
        bail!("the caller in C is written for Linux and macOS\nnext: run it there");
    }
    let counted = flags.instructions || flags.record;
    if counted && find_program("valgrind").is_none() {
        bail!("`valgrind` was not found\nnext: Debian, Ubuntu: apt install valgrind");
    }
    let folder = workspace.target().join("bench");
    // Two runs at once would measure each other.
    let _lock = workspace::lock(&folder.join(".lock"), || {
        say!("another `cargo xtask bench` is measuring; waiting for its end")
    })?;
    runner::quietly(workspace, stages::products(workspace, "rust")?)?;
    let plan = json!({
        "folder": folder,
        "library": workspace.shared_library(),
        "include": workspace.pipeline("include"),
        "rows": rows,
        "subjects": SUBJECTS,
        "bounds": BOUNDS,
        "rounds": rounds,
        "counted": counted,
        // What comes along belongs to no row: it is asked for with the whole.
        "footprints": is_whole && cfg!(target_os = "linux"),
        "measured": record::measured(workspace)?,
        "json": flags.json.map(|file| std::path::absolute(file).unwrap_or_default()),
        "record": flags.record.then(|| workspace.source("xtask/lesson/bench/records")),
    });
    let file = folder.join("plan.json");
    workspace::write(&file, plan.to_string().as_bytes())?;
    builds::build_python(workspace)?;
    let line = Cmd::new(builds::tools(workspace).python())
        .arg(workspace.source("xtask/lesson/bench/peers/python/measure.py"))
        .arg(&file)
        // The order of sets is a matter of luck otherwise.
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let finished = line.run(workspace, &mut |event| match event {
        Event::Printed(text) => term::status(&dim(text)),
        Event::Silence(_) => Ok(()),
    })?;
    term::clear_status()?;
    // 3: a bound does not hold.
    if !matches!(finished.status.code(), Some(0 | 3)) {
        bail!(finished.complaint(&line));
    }
    say!("{}", finished.stdout().trim_end())?;
    if flags.record {
        for path in page::write(workspace, &record::pages(workspace)?)? {
            say!("wrote {path}")?;
        }
    }
    let holds = finished.status.success();
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The rows that the arguments name, in the table's order; without arguments, all.
fn choose(words: &[String]) -> Result<Vec<&'static Row>> {
    for word in words {
        if !ROWS.iter().any(|row| row.id == word) {
            let suggestion = did_you_mean(word, ROWS.iter().map(|row| row.id));
            return Err(usage_error(format!(
                "there is no row `{word}`{suggestion}\nnext: `cargo xtask bench --list` shows all"
            )));
        }
    }
    let is_chosen = |row: &&Row| words.is_empty() || words.iter().any(|word| word == row.id);
    Ok(ROWS.iter().filter(is_chosen).collect())
}
