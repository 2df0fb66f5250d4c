//! `cargo xtask demo`, and each stage alone: runs the steps, then compares what the stages
//! printed.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cli::{Arguments, Command, Flags, usage_error};
use crate::library::Summary;
use crate::pace;
use crate::runner::{self, Compared, Runner, Section, StepFlags};
use crate::stages::{self, Purpose};
use crate::term::{self, bold, green, say};
use crate::workspace::{self, Workspace};

/// Runs all stages. The command of a single stage is this one with its own name and text.
pub const DEMO: Command = Command {
    summary: Summary::new("demo", "Run the three stages and compare what they print"),
    args: &[],
    details: "Rebuilds only what changed. Everything it builds is under target/pipeline.",
    flags: StepFlags::ALL,
    example: "cargo xtask demo --explain",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let sections = |workspace, purpose| stages::of_command(workspace, arguments.command, purpose);
    let flags: StepFlags = arguments.flags();
    if flags.dry_run {
        if flags.step || flags.fresh {
            return Err(usage_error(
                "--dry-run runs nothing, so --step and --fresh cannot go with it\nnext: omit one of them",
            ));
        }
        say!(
            "{}",
            runner::script(workspace, &sections(workspace, Purpose::Script)?)
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.quiet && (flags.step || flags.explain) {
        return Err(usage_error(
            "--quiet shows no step, so --step and --explain cannot go with it\nnext: omit one of them",
        ));
    }
    let from = pace::from(flags.from.as_ref(), flags.step)?;
    let mut workspace = workspace.clone();
    if flags.fresh {
        workspace = workspace.fresh();
        workspace::remove(workspace.target())?;
    }
    let workspace = &workspace;
    let mut sections = sections(workspace, Purpose::Run)?;
    if flags.step {
        let shown = sections.pop().context("no stage")?;
        // What one stage builds upon is no part of its lesson.
        if arguments.command != DEMO.summary.name {
            let earlier = std::mem::take(&mut sections).into_iter();
            let steps = earlier.flat_map(|section| section.steps);
            runner::quietly(workspace, steps.collect())?;
        }
        sections.push(shown);
        let steps = sections.iter().map(|section| section.steps.len());
        pace::begin(2 * steps.sum::<usize>() - 1, from)?;
    }
    let runner = Runner::new(workspace, &flags);
    let outcome = runner.run(&sections)?;
    if flags.quiet {
        for compared in &outcome.compared {
            say!("{}", compared.output.trim_end())?;
        }
        return compare(&sections, &outcome.compared).map(|()| ExitCode::SUCCESS);
    }
    compare(&sections, &outcome.compared)?;

    let lines = outcome.compared[0].output.lines().count();
    let same = match lines {
        1 => "one line, byte for byte the same".to_owned(),
        _ => format!("{lines} lines, byte for byte the same"),
    };
    let what = match outcome.compared.len() {
        1 => "it printed".to_owned(),
        _ if arguments.command == DEMO.summary.name => format!("{} stages, {same}", sections.len()),
        programs => format!("{programs} programs, {same}"),
    };
    let staged = sections.iter().zip(&outcome.times);
    let times: Vec<String> = staged
        .map(|(section, time)| format!("{} {:.1} s", section.name, time.as_secs_f64()))
        .collect();
    say!(
        "\n{} {}",
        green(&bold(&what)),
        term::dim(&format!("({})", times.join(", ")))
    )?;
    Ok(ExitCode::SUCCESS)
}

/// All must have printed what the first one did: the Rust program, where there is one.
fn compare(sections: &[Section], compared: &[Compared]) -> Result<()> {
    let Some((first, others)) = compared.split_first() else {
        bail!("no step printed the line that the stages are compared by");
    };
    if first.output.trim().is_empty() {
        bail!("`{}` printed nothing", first.command);
    }
    let mut report = String::new();
    for other in others.iter().filter(|other| other.output != first.output) {
        report.push_str(&format!(
            "\n{}: `{}` does not print what `{}` prints\n{}\n",
            sections[other.section].heading,
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

    fn compared(section: usize, output: &str) -> Compared {
        Compared {
            section,
            command: format!("command {section}"),
            output: output.into(),
        }
    }

    fn sections() -> Vec<Section> {
        ["Stage 1: Rust", "Stage 2: C"]
            .map(|heading| Section {
                heading: heading.into(),
                ..Section::default()
            })
            .into()
    }

    #[test]
    fn a_stage_that_prints_something_else_is_named_with_a_diff() {
        let compared = [compared(0, "is: 2\n"), compared(1, "is: 3\n")];
        let error = compare(&sections(), &compared).unwrap_err().to_string();
        for words in ["Stage 2: C", "`command 1`", "-is: 2", "+is: 3"] {
            assert!(error.contains(words), "{words} is not in:\n{error}");
        }
    }

    #[test]
    fn equal_lines_pass_and_silence_does_not() {
        compare(&sections(), &[compared(0, "a\n"), compared(1, "a\n")]).unwrap();
        compare(&sections(), &[compared(0, ""), compared(1, "")]).unwrap_err();
        compare(&sections(), &[]).unwrap_err();
    }
}
