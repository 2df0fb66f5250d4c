//! The checks, what ships, and the lesson.

mod library;

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_lesson::main(&library::LIBRARY)
}
