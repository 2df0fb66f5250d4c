//! `cargo xtask demo`, and each stage alone: plays the steps, then holds what the stages printed
//! against each other.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::cli::{Arguments, Command, Flags, usage_error};
use crate::pace;
use crate::play::{self, Greeting, Part, Player, StepFlags};
use crate::stages::{self, Purpose};
use crate::term::{self, bold, green, say};
use crate::workspace::Workspace;

pub static DEMO: Command = Command {
    name: "demo",
    args: "",
    about: "the three stages in order: Rust, C, Python; then whether all printed the same",
    details: "What needs rebuilding is rebuilt and nothing else. Everything that it makes is under \
              target/pipeline.",
    flags: StepFlags::ALL,
    example: "cargo xtask demo --explain",
    run: |workspace, arguments| play(workspace, arguments, Scope::All),
};

pub static RUST: Command = Command {
    name: "rust",
    args: "",
    about: "stage 1: the function in Rust, the library, the header",
    details: "Builds and runs the program, builds the library and the header, looks at them, loads \
              the library by its path and calls it.",
    flags: StepFlags::ALL,
    example: "cargo xtask rust --step",
    run: |workspace, arguments| play(workspace, arguments, Scope::One("rust")),
};

pub static C: Command = Command {
    name: "c",
    args: "",
    about: "stage 2: the same function from C",
    details: "Compiles c-harness/{library}.c with the compiler that CC names or the system has, with \
              the shared library and with the static one, and runs both.",
    flags: StepFlags::ALL,
    example: "cargo xtask c --explain",
    run: |workspace, arguments| play(workspace, arguments, Scope::One("c")),
};

pub static PYTHON: Command = Command {
    name: "python",
    args: "",
    about: "stage 3: the same function from Python",
    details: "Creates a virtual environment under the target directory, builds the CFFI module in \
              it and calls the library from Python. PYTHON names another interpreter than python3.",
    flags: StepFlags::ALL,
    example: "cargo xtask python --dry-run | sh",
    run: |workspace, arguments| play(workspace, arguments, Scope::One("python")),
};

/// What is played.
enum Scope {
    All,
    One(&'static str),
}

fn play(workspace: &Workspace, arguments: &Arguments, what: Scope) -> Result<ExitCode> {
    let parts = |workspace, purpose| match what {
        Scope::All => stages::all(workspace, purpose),
        Scope::One(stage) => stages::one(workspace, stage, purpose),
    };
    let flags: StepFlags = arguments.flags();
    if flags.dry_run {
        if flags.step || flags.fresh {
            return Err(usage_error(
                "--dry-run runs nothing, so --step and --fresh cannot go with it\nnext: omit one of them",
            ));
        }
        say!(
            "{}",
            play::script(workspace, &parts(workspace, Purpose::Script)?)
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.step {
        pace::begin()?;
    }
    let fresh;
    let workspace = if flags.fresh {
        fresh = play::fresh(workspace)?;
        &fresh
    } else {
        workspace
    };
    let player = Player::new(workspace, &flags);
    let parts = parts(workspace, Purpose::Run)?;
    let played = player.play(&parts)?;
    compare(&parts, &played.greetings)?;

    let programs = played.greetings.len();
    let what = match what {
        Scope::All => format!("{} stages, one line, byte for byte the same", parts.len()),
        Scope::One(_) if programs == 1 => "the line is there".to_owned(),
        Scope::One(_) => format!("{programs} programs, one line, byte for byte the same"),
    };
    let staged = parts.iter().zip(&played.times);
    let times: Vec<String> = staged
        .map(|(part, time)| format!("{} {:.1} s", part.name, time.as_secs_f64()))
        .collect();
    say!(
        "\n{} {}",
        green(&bold(&what)),
        term::dim(&format!("({})", times.join(", ")))
    )?;
    Ok(ExitCode::SUCCESS)
}

/// All must have printed what the first one did: the Rust program, where there is one.
fn compare(parts: &[Part], greetings: &[Greeting]) -> Result<()> {
    let Some((first, others)) = greetings.split_first() else {
        bail!("no step printed the line that the stages are compared by");
    };
    if first.output.trim().is_empty() {
        bail!("`{}` printed nothing", first.command);
    }
    let mut report = String::new();
    for other in others.iter().filter(|other| other.output != first.output) {
        report.push_str(&format!(
            "\n{}: `{}` does not print what `{}` prints\n{}\n",
            parts[other.part].heading,
            other.command,
            first.command,
            term::diff(
                (&first.command, &first.output),
                (&other.command, &other.output)
            )
        ));
    }
    if !report.is_empty() {
        bail!("the stages do not print the same{report}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(part: usize, output: &str) -> Greeting {
        Greeting {
            part,
            command: format!("command {part}"),
            output: output.into(),
        }
    }

    fn parts() -> Vec<Part> {
        ["Stage 1: Rust", "Stage 2: C"]
            .map(|heading| Part {
                name: "",
                heading: heading.into(),
                about: "",
                steps: Vec::new(),
            })
            .into()
    }

    #[test]
    fn a_stage_that_prints_something_else_is_named_with_a_diff() {
        let greetings = [greeting(0, "is: 2\n"), greeting(1, "is: 3\n")];
        let error = compare(&parts(), &greetings).unwrap_err().to_string();
        for words in ["Stage 2: C", "`command 1`", "-is: 2", "+is: 3"] {
            assert!(error.contains(words), "{words} is not in:\n{error}");
        }
    }

    #[test]
    fn equal_lines_pass_and_silence_does_not() {
        compare(&parts(), &[greeting(0, "a\n"), greeting(1, "a\n")]).unwrap();
        compare(&parts(), &[greeting(0, ""), greeting(1, "")]).unwrap_err();
        compare(&parts(), &[]).unwrap_err();
    }
}
