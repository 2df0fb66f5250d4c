//! What a crossing costs, beside its alternatives: `cargo xtask bench`.
//!
//! The way through it: `bench/peers/python/table.py`, the rows and subjects -> `measure.py`, which builds the
//! peers and measures in rounds -> a record and what shows it, which `render.py` writes. This module
//! starts that, and holds what is committed against the sources.

pub mod record;

use std::num::NonZero;
use std::process::ExitCode;

use crate::hello;
use abi_stages::cli::{Arguments, Command, Flags, flags, number};
use abi_stages::process::{Cmd, Event, find_program};
use abi_stages::term::{self, dim};
use abi_stages::workspace::{self, Workspace};
use abi_stages::{page, runner, say, stages};
use abi_verify::builds;
use anyhow::{Result, bail};

flags! {
    struct BenchFlags {
        rounds = "N": "How many batches each subject gets [default: 30]",
        instructions: "Also count instructions, with valgrind, and fail if a bound does not hold",
        record: "Keep this run as this processor's record, and write what is generated from the \
                 records",
    }
}

/// `cargo xtask bench`.
pub const COMMAND: Command = Command {
    summary: hello::BENCH,
    args: &[],
    details: "The callers take turns, a batch of calls each, in many rounds, so that a busy \
              machine slows all of them. A time is the median of the rounds, and of the calling \
              thread's processor time; in Python that of an empty loop is subtracted. Instructions \
              repeat: they are what a bound is held against. What is missing is named; a wrong \
              answer is not timed.",
    flags: BenchFlags::ALL,
    example: "cargo xtask bench --instructions",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: BenchFlags = arguments.flags();
    let rounds: Option<NonZero<u32>> = number("rounds", flags.rounds.as_ref())?;
    let rounds = rounds.map_or(30, NonZero::get);
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
    builds::build_python(workspace)?;
    let mut line = Cmd::new(builds::tools(workspace).python())
        .arg(workspace.source("xtask/lesson/bench/peers/python/measure.py"))
        .args([
            &folder,
            &workspace.shared_library(),
            &workspace.pipeline("include"),
        ])
        .args(["--rounds", &rounds.to_string()])
        // The order of sets is a matter of luck otherwise.
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if counted {
        line = line.arg("--instructions");
    }
    if flags.record {
        line = line
            .arg("--record")
            .arg(workspace.source("xtask/lesson/bench/records"))
            .arg(record::measured(workspace)?);
    }
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
    Ok(ExitCode::from(u8::from(!finished.status.success())))
}
