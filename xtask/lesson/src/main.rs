//! What the lesson adds to the engine's checks and commands.

mod crossings;
mod docs;

use std::process::ExitCode;

use xtask::cli::Command;
use xtask::library::lesson;

fn main() -> ExitCode {
    let crossings = &Command {
        run: crossings::run,
        ..lesson::CROSSINGS
    };
    xtask_verify::main(vec![docs::CHECKS], vec![crossings])
}
