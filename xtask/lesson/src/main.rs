//! What the lesson adds to the engine's checks and commands.

mod crossings;
mod docs;

use std::process::ExitCode;

use xtask::cli::Command;
use xtask::delegate;

fn main() -> ExitCode {
    let crossings = &Command {
        run: crossings::run,
        ..delegate::CROSSINGS
    };
    let mut commands = xtask_ship::COMMANDS.to_vec();
    commands.push(crossings);
    xtask_verify::main([xtask_ship::CHECKS, &[docs::CHECKS]].concat(), commands)
}
