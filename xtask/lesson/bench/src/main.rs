//! `cargo xtask bench`: from the command line to the figures. `cargo xtask` compiles this package when
//! it is asked for it and hands the command line over.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::json;
use xtask::cli::{self, Arguments, Command, did_you_mean, number, usage_error};
use xtask::library::lesson::{self, BenchFlags};
use xtask::process::{Cmd, Event, find_program};
use xtask::python::Environment;
use xtask::term::{self, bold, dim};
use xtask::workspace::{self, Workspace};
use xtask::{page, runner, say, stages};
use xtask_bench::record;
use xtask_bench::table::{BOUNDS, ROWS, Row, SUBJECTS};

static COMMANDS: &[&Command] = &[&Command {
    run,
    ..lesson::BENCH
}];

fn main() -> ExitCode {
    cli::main(COMMANDS, std::env::args_os().skip(1))
}

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
    let line = Cmd::new(Environment::build_of_checks(workspace)?.python())
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
