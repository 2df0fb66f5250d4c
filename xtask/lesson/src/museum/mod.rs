//! `cargo xtask break`, the museum of broken boundaries: programs that work, a small change, what a user
//! then sees, and who notices.

pub mod change;
pub mod exhibit;
pub mod show;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use abi_stages::cli::{Arguments, Command, Flags, Group, flags, usage_error};
use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{bold, dim, green, red, yellow};
use abi_stages::workspace::Workspace;
use abi_verify::copy::Copy;
use anyhow::{Result, bail};

use crate::named;
use crate::page::working;
use crate::record::Records;

use change::Change;
use exhibit::Tried;

flags! {
    struct BreakFlags {
        list: "List the exhibits",
        step: "Stop after each section; Enter goes on, b goes back, q ends",
        from = "N": "With --step: begin at the stop with that number",
    }
}

/// `cargo xtask break`.
pub const COMMAND: Command = Command {
    name: "break",
    group: Group::Learn,
    args: &[("[EXHIBIT]", "The name of an exhibit [default: tries all]")],
    about: "Break a copy in a known way; show the damage and who notices it",
    details: "With the name of an exhibit: a program that works, a small change, what a user without \
              checks sees then, who notices it, and how to fix it. Without a name, tries every \
              exhibit and says whether each was noticed.\n\n\
              An exhibit is a diff in xtask/lesson/exhibits, with the words of the check or tool that \
              must notice, and a folder with a program. The copy is under the target directory; your \
              files are never touched.",
    flags: BreakFlags::ALL,
    example: "cargo xtask break foreign-free --step",
    run,
};

/// Where the exhibits are.
pub const EXHIBITS: &str = "xtask/lesson/exhibits";

/// `cargo xtask break`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: BreakFlags = arguments.flags();
    let exhibits = Change::all(workspace, EXHIBITS)?;
    if flags.list {
        list(&exhibits)?;
        return Ok(ExitCode::SUCCESS);
    }
    let name = arguments.args.first();
    let chosen = name
        .map(|name| named(("exhibit", "break --list"), &exhibits, |it| &it.name, name))
        .transpose()?;
    if chosen.is_none() && flags.step {
        return Err(usage_error(
            "--step is for one exhibit\nnext: name one of `cargo xtask break --list`",
        ));
    }
    let from = pace::from(flags.from.as_ref(), flags.step)?;
    if flags.step {
        // Without a terminal it is refused before anything is built.
        pace::begin(usize::MAX, from)?;
    }
    let copy = Copy::in_folder(workspace, "break")?;
    let Some(exhibit) = chosen else {
        let result = try_all(workspace, &copy, &exhibits);
        copy.restore()?;
        return result;
    };
    let tried = attempt(workspace, &copy, exhibit);
    copy.restore()?;
    let tried = tried?;
    if let Some(reason) = tried.absent {
        bail!("it cannot be shown here: {reason}");
    }
    show::page(workspace, exhibit, &tried)?.show(flags.step, from)?;
    Ok(ExitCode::SUCCESS)
}

fn list(exhibits: &[Change]) -> Result<()> {
    let width = exhibits.iter().map(|exhibit| exhibit.name.len()).max();
    let width = width.unwrap_or_default();
    for exhibit in exhibits {
        let name = bold(&format!("{:width$}", exhibit.name));
        let by = dim(&format!("[{}]", exhibit.noticed.by()));
        say!("{name}  {} {by}", exhibit.title)?;
    }
    Ok(())
}

/// A line for each exhibit, then the sums.
fn try_all(workspace: &Workspace, copy: &Copy, exhibits: &[Change]) -> Result<ExitCode> {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let count = exhibits.len();
    say!(
        "{}",
        dim(&format!(
            "all {count} are tried, which takes minutes; `cargo xtask break NAME` shows one, --list has the names"
        ))
    )?;
    for exhibit in exhibits {
        let started = Instant::now();
        // One that cannot be tried is no reason not to try the others.
        let tried = attempt(workspace, copy, exhibit);
        let (count, word, problem) = match tried.map(|tried| tried.absent) {
            Ok(None) => (&mut passed, green("noticed"), None),
            Ok(Some(reason)) => (&mut skipped, yellow("skipped"), Some(reason)),
            Err(error) => (&mut failed, red("FAILED "), Some(format!("{error:#}"))),
        };
        *count += 1;
        let time = dim(&format!("{:.1} s", started.elapsed().as_secs_f64()));
        let by = exhibit.noticed.by();
        say!("{word}  {:29}  {by:30}  {time}", exhibit.name)?;
        for line in problem.iter().flat_map(|problem| problem.lines()) {
            say!("  {line}")?;
        }
    }
    // What CI lacks is nobody's wish.
    if env::var_os("CI").is_some_and(|value| value == "true") {
        failed += std::mem::take(&mut skipped);
    }
    let note = match skipped {
        0 => String::new(),
        _ => format!(", {skipped} skipped"),
    };
    say!("\n{passed} passed, {failed} failed{note}")?;
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Tries an exhibit, and keeps what is printed for the book.
fn attempt(workspace: &Workspace, copy: &Copy, exhibit: &Change) -> Result<Tried> {
    working(&format!("breaking {}", exhibit.name), || {
        let records = Records::of(workspace)?;
        let made_from = [&exhibit.file, &exhibit.folder()];
        records.forget(&exhibit.name, &made_from)?;
        let make = || Tried::new(workspace, copy, exhibit);
        records.kept(&exhibit.name, &made_from, make)
    })
}
