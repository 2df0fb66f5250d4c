//! `cargo xtask bench`. `cargo xtask` compiles this package when it is asked for it and hands the
//! command line over.

mod command;

use std::process::ExitCode;

use xtask::cli::{self, Command};
use xtask::library::lesson;

static COMMANDS: &[&Command] = &[&Command {
    run: command::run,
    ..lesson::BENCH
}];

fn main() -> ExitCode {
    cli::main(COMMANDS, std::env::args_os().skip(1))
}
