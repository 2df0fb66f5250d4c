//! The checks, what ships, and the lesson.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_lesson::main()
}
