//! `cargo xtask demo`, and each stage alone: runs the steps, then compares what the stages
//! printed.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cli::{Arguments, Command, Flags, usage_error};
use crate::library::Summary;
use crate::pace;
use crate::runner::{self, Outcome, StepFlags};
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
    let outcomes = runner::run(workspace, &flags, sections)?;
    let compared: Vec<_> = outcomes.iter().flat_map(|it| &it.compared).collect();
    if flags.quiet {
        for it in &compared {
            say!("{}", it.output.trim_end())?;
        }
        return compare(&outcomes).map(|()| ExitCode::SUCCESS);
    }
    compare(&outcomes)?;

    let lines = compared[0].output.lines().count();
    let same = match lines {
        1 => "one line, byte for byte the same".to_owned(),
        _ => format!("{lines} lines, byte for byte the same"),
    };
    let what = match compared.len() {
        1 => format!("{} printed it", outcomes.last().map_or("", |it| it.name)),
        _ if arguments.command == DEMO.summary.name => format!("{} stages, {same}", outcomes.len()),
        programs => format!("{programs} programs, {same}"),
    };
    let times: Vec<String> = outcomes
        .iter()
        .map(|it| format!("{} {:.1} s", it.name, it.time.as_secs_f64()))
        .collect();
    say!(
        "\n{} {}",
        green(&bold(&what)),
        term::dim(&format!("({})", times.join(", ")))
    )?;
    Ok(ExitCode::SUCCESS)
}

/// All must have printed what the first one did: the Rust program, where there is one.
fn compare(outcomes: &[Outcome]) -> Result<()> {
    let Some(first) = outcomes.iter().find_map(|it| it.compared.first()) else {
        bail!("no step printed the line that the stages are compared by");
    };
    if first.output.trim().is_empty() {
        bail!("`{}` printed nothing", first.command);
    }
    let mut report = String::new();
    for outcome in outcomes {
        let others = outcome.compared.iter();
        for other in others.filter(|it| it.output != first.output) {
            let sides = [first, other].map(|it| (&*it.command, &*it.output));
            let [(expected, _), (command, _)] = sides;
            let (heading, diff) = (&outcome.heading, term::diff(sides[0], sides[1]));
            report += &format!(
                "\n{heading}: `{command}` does not print what `{expected}` prints\n{diff}\n"
            );
        }
    }
    if !report.is_empty() {
        bail!("the stages do not print the same{report}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::runner::Compared;

    fn outcomes(outputs: &[&str]) -> Vec<Outcome> {
        let number = |(index, output): (usize, &&str)| Outcome {
            name: "",
            heading: format!("Stage {}", index + 1),
            compared: vec![Compared {
                command: format!("command {index}"),
                output: (*output).into(),
            }],
            time: Duration::ZERO,
        };
        outputs.iter().enumerate().map(number).collect()
    }

    #[test]
    fn a_stage_that_prints_something_else_is_named_with_a_diff() {
        let error = compare(&outcomes(&["is: 2\n", "is: 3\n"]))
            .unwrap_err()
            .to_string();
        for words in ["Stage 2: ", "`command 1`", "-is: 2", "+is: 3"] {
            assert!(error.contains(words), "{words} is not in:\n{error}");
        }
    }

    #[test]
    fn equal_lines_pass_and_silence_does_not() {
        compare(&outcomes(&["a\n", "a\n"])).unwrap();
        compare(&outcomes(&["", ""])).unwrap_err();
        compare(&[]).unwrap_err();
    }
}
