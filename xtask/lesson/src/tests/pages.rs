//! What a teacher shows step by step, on a pseudo-terminal: it fits its pages, q leaves the terminal as it
//! was, and without a terminal it is refused.

use std::path::Path;

use abi_stages::pace;
use abi_stages::process::Cmd;
use abi_stages::python::Environment;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::builds;
use anyhow::{Context, Result};

use crate::crossings::CROSSINGS;

/// Plays the person in front of the terminal, and measures each page.
const TERMINAL: &str = "xtask/tests/terminal.py";

/// One of the exhibits: at everything at which `break` can stop, it does.
const EXHIBIT: &str = "float-in-the-header";

/// What is shown is written to `target/verify/pages`, a file for each command.
#[test]
#[ignore = "minutes: it shows every lesson, one of the museum included"]
fn what_is_shown_step_by_step_fits_its_pages() {
    let workspace = &Workspace::locate(&crate::hello::LIBRARY).unwrap();
    for build in [builds::build_c_stage, builds::build_module] {
        build(workspace).unwrap();
    }
    let build = [
        "build",
        "--quiet",
        "--package",
        "xtask",
        "--features",
        "checks",
    ];
    Cmd::cargo().args(build).check(workspace).unwrap();
    let [stages, lesson] =
        ["xtask", "xtask-checks"].map(|program| workspace.program(&program_name(program)));
    let mut shown = vec![
        (&stages, "demo --step".to_owned()),
        (&stages, "demo --step --explain".to_owned()),
        (&lesson, format!("break {EXHIBIT} --step")),
        (&lesson, "exercise".to_owned()),
    ];
    let names = CROSSINGS.iter().map(|crossing| crossing.name);
    shown.extend(names.map(|name| (&lesson, format!("crossings {name} --step"))));
    for (program, line) in shown {
        let problem = problem(workspace, program, &line).unwrap();
        assert_eq!(problem, None, "`cargo xtask {line}`");
    }
}

fn problem(workspace: &Workspace, program: &Path, line: &str) -> Result<Option<String>> {
    let python = workspace.relative(&Environment::of_pipeline(workspace).python());
    let words = || line.split(' ');
    let session = |flags: &[&str]| -> Result<String> {
        let terminal = Cmd::new(&python).arg(TERMINAL).args(flags);
        let finished = terminal.arg(program).args(words()).check(workspace)?;
        Ok(finished.stdout())
    };
    let text = session(&[])?;
    let name = line.replace(" --", "-").replace(' ', "-");
    let file = builds::verify(workspace, "pages").join(name + ".txt");
    workspace::write(&file, text.as_bytes())?;
    let (pages, end) = parts(&text)?;
    for page in pages.lines() {
        let (rows, label) = page.split_once(": ").context("a page without a label")?;
        if rows.parse::<usize>()? > pace::PAGE.1 {
            return Ok(Some(format!(
                "a page has {rows} rows, and {} fit: the one before `{label}`\nnext: see {}",
                pace::PAGE.1,
                workspace.relative(&file).display()
            )));
        }
    }
    // One count for all: it ends with its last stop.
    let last = pages
        .lines()
        .rfind(|page| !page.ends_with(": the end") && !page.contains("is full"));
    let count = last
        .and_then(|page| page.split(": ").nth(1))
        .unwrap_or_default();
    if line.ends_with("--step") && count.split_once(" of ").is_none_or(|(at, all)| at != all) {
        return Ok(Some(format!("the last stop is `{count}`")));
    }
    const KEPT: &str = "0\nsettings: kept\n";
    if !end.starts_with(KEPT) {
        return Ok(Some(format!("it ended with exit code {end}")));
    }
    if !line.ends_with("--step") {
        return Ok(None);
    }
    let text = session(&["--at", "1", "q"])?;
    let (pages, end) = parts(&text)?;
    if pages.lines().count() != 2 || !end.starts_with(KEPT) {
        return Ok(Some(format!("q does not end it at once:\n{text}")));
    }
    let refused = Cmd::new(program).args(words()).output(workspace)?;
    let says_why = refused.stderr().contains("needs a terminal");
    Ok((refused.status.code() != Some(2) || !says_why)
        .then(|| "without a terminal it is not refused".to_owned()))
}

/// The rows and the label of each page, a line for each; and the rest.
fn parts(text: &str) -> Result<(&str, &str)> {
    text.split_once("exit code: ").context("no exit code")
}

#[test]
fn the_pages_of_a_session_are_told_from_its_end() {
    let (pages, end) = parts("12: Enter goes on\nexit code: 0\nsettings: kept\n").unwrap();
    assert_eq!((pages, end), ("12: Enter goes on\n", "0\nsettings: kept\n"));
}
