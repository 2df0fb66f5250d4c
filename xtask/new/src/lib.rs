//! `cargo xtask new NAME DIR`: a workspace of this shape for another library.

mod name;
pub mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use abi_stages::cli::{self, Arguments, Command, usage_error};
use abi_stages::delegate;
use abi_stages::process::quoted;
use abi_stages::say;
use abi_stages::workspace::Workspace;

/// The program that serves the command.
pub fn main() -> ExitCode {
    static COMMANDS: &[&Command] = &[&Command {
        run,
        ..delegate::NEW
    }];
    cli::main(COMMANDS, std::env::args_os().skip(1))
}

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let [name, folder] = &arguments.args[..] else {
        return Err(usage_error(
            "`new` takes a name and a folder that does not exist yet\n\
             next: `cargo xtask new acme ../acme`",
        ));
    };
    name::check(name)?;
    let folder = PathBuf::from(folder);
    let written = write::workspace(workspace, name, &folder)?;
    say!(
        "wrote {}: {} files of your library {name}, {} generated from them, {} of the machinery around \
         it, {} of the engine",
        folder.display(),
        written.own,
        written.generated,
        written.shared,
        written.engine
    )?;
    say!(
        "next: cd {} && cargo xtask demo",
        quoted(folder.as_os_str())
    )?;
    Ok(ExitCode::SUCCESS)
}
