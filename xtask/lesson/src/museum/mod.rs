//! `cargo xtask break`, the museum of broken boundaries: programs that work, a small change, what a user
//! then sees, and who notices.

pub mod change;
pub mod exhibit;
pub mod show;

use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags, flags, usage_error};
use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{bold, dim};
use abi_stages::workspace::Workspace;
use abi_verify::copy::Copy;
use anyhow::{Result, bail};

use crate::hello;
use crate::named;
use crate::page::working;

use change::Change;
use exhibit::Tried;

flags! {
    struct BreakFlags {
        step: "Stop after each section; Enter goes on, b goes back, q ends",
        from = "N": "With --step: begin at the stop with that number",
    }
}

/// `cargo xtask break`.
pub const COMMAND: Command = Command {
    summary: hello::BREAK,
    args: &[(
        "[EXHIBIT]",
        "The name of an exhibit [default: the list of all]",
    )],
    details: "With the name of an exhibit: a program that works, a small change, what a user without \
              checks sees then, who notices it, and how to fix it.\n\n\
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
    let from = pace::from(flags.from.as_ref(), flags.step)?;
    let Some(name) = arguments.args.first() else {
        if flags.step {
            return Err(usage_error(
                "--step is for one exhibit\nnext: name one of `cargo xtask break`",
            ));
        }
        list(&exhibits)?;
        return Ok(ExitCode::SUCCESS);
    };
    let exhibit = named(("exhibit", "break"), &exhibits, |it| &it.name, name)?;
    if flags.step {
        // Without a terminal it is refused before anything is built.
        pace::begin(usize::MAX, from)?;
    }
    let copy = Copy::in_folder(workspace, "break")?;
    let tried = working(&format!("breaking {name}"), || {
        Tried::new(workspace, &copy, exhibit)
    });
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
    say!("\nA page each: `cargo xtask break foreign-free`")?;
    Ok(())
}
