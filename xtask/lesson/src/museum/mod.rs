//! `cargo xtask break`, the museum of broken boundaries: programs that work, a small change, what a user
//! then sees, and who notices.

pub mod change;
pub mod exhibit;
pub mod show;

use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags};
use abi_stages::say;
use abi_stages::term::{bold, dim};
use abi_stages::workspace::Workspace;
use abi_verify::copy::Copy;
use anyhow::{Result, bail};

use crate::hello;
use crate::named;
use crate::page::{PageFlags, pace, working};

use change::Change;
use exhibit::Tried;

/// `cargo xtask break`.
pub const COMMAND: Command = Command {
    summary: hello::BREAK,
    args: &[(
        "[EXHIBIT]",
        "The name of an exhibit [default: the list of all]",
    )],
    details: "With the name of an exhibit: a program that works, a small change, what a user \
              without checks sees then, who notices it, and how to fix it. The copy is under the \
              target directory; your files are never touched.",
    flags: PageFlags::ALL,
    example: "cargo xtask break foreign-free --step",
    run,
};

/// Where the exhibits are.
pub const EXHIBITS: &str = "xtask/lesson/exhibits";

/// `cargo xtask break`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let exhibits = Change::all(workspace, EXHIBITS)?;
    let (step, from) = pace(arguments)?;
    let Some(name) = arguments.args.first() else {
        return list(&exhibits);
    };
    let exhibit = named(("exhibit", "break"), &exhibits, |it| &it.name, name)?;
    let copy = Copy::in_folder(workspace, "break")?;
    let tried = working(&format!("breaking {name}"), || {
        Tried::new(workspace, &copy, exhibit)
    });
    copy.restore()?;
    let tried = tried?;
    if let Some(reason) = tried.absent {
        bail!("it cannot be shown here: {reason}");
    }
    show::page(workspace, exhibit, &tried)?.show(step, from)?;
    Ok(ExitCode::SUCCESS)
}

fn list(exhibits: &[Change]) -> Result<ExitCode> {
    let width = exhibits.iter().map(|exhibit| exhibit.name.len()).max();
    let width = width.unwrap_or_default();
    for exhibit in exhibits {
        let name = bold(&format!("{:width$}", exhibit.name));
        let by = dim(&format!("[{}]", exhibit.noticed.by()));
        say!("{name}  {} {by}", exhibit.title)?;
    }
    say!("\nA page each: `cargo xtask break foreign-free`")?;
    Ok(ExitCode::SUCCESS)
}
