//! One exhibit, shown: the program that works, the change, what a user sees, who notices.

use std::io;

use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{bold, cyan, dim, green, red, yellow};
use abi_stages::workspace::{self, Workspace};
use abi_verify::copy::Copy;
use anyhow::{Context, Result, bail};

use super::change::{Change, Noticed};
use super::exhibit::{RUNS, Trial};
use crate::prose::{LINES, paragraph, sessions, working};
use crate::shell::Shown;

/// Shows an exhibit from the title to the remedy; an error if it was not noticed.
pub fn show(workspace: &Workspace, copy: &Copy, exhibit: &Change, explain: bool) -> Result<()> {
    say!("{}", bold(&format!("== {} ==", exhibit.title)))?;
    paragraph(&exhibit.lesson, "   ")?;
    let program = exhibit.program.as_ref();
    let program = program.context("it has no program")?;
    let trial = Trial::begin(workspace, copy, exhibit)?;
    if let Some(reason) = trial.absent()? {
        bail!("it cannot be shown here: {reason}");
    }

    heading("A program that works")?;
    let before = working("building it as it should be", || trial.before())?;
    sessions(&before, "   ")?;
    wait()?;

    heading("What is changed, in a copy")?;
    diff(&workspace::read(&exhibit.diff(workspace))?)?;
    let folder = copy.workspace.root().display();
    let note = format!("(The copy is {folder}; the lines here run there.)");
    say!("   {}", dim(&note))?;
    wait()?;

    heading("What a user sees")?;
    let damage = working("building it broken", || trial.damage(&before))?;
    sessions(&damage, "   ")?;
    let times = match program.sees[..] {
        [] => format!("The same as before, in {RUNS} of {RUNS} runs: nothing shows."),
        _ => format!("The damage is there in {RUNS} of {RUNS} runs."),
    };
    say!("   {}", dim(&times))?;
    wait()?;

    heading("Who notices")?;
    let notice = working("looking who notices", || trial.notice())?;
    if let Noticed::Nobody { helps } = &exhibit.noticed {
        say!("   {}", yellow("No check, and no compiler. What helps:"))?;
        paragraph(helps, "   ")?;
    } else {
        told(&notice, exhibit.noticed.says())?;
    }
    wait()?;

    heading("How to fix it")?;
    paragraph(&program.mend, "   ")?;
    heading("Why nothing else warned")?;
    let why = &program.why;
    if !explain {
        let essence = why.find(". ").map_or(&why[..], |end| &why[..=end]);
        paragraph(essence, "   ")?;
        let command = format!("cargo xtask break {} --explain", exhibit.name);
        let text = format!("More, and where people met it: {command}");
        return Ok(say!("\n{}", dim(&text))?);
    }
    paragraph(why, "   ")?;
    let (met, read) = ("Where people met it", "Where to read more");
    for (name, place) in [(met, &program.met), (read, &program.read)] {
        if let Some(place) = place {
            heading(name)?;
            say!("   {place}")?;
        }
    }
    Ok(())
}

/// With `--step`, lets the reader say when it goes on.
fn wait() -> io::Result<()> {
    pace::stop("Enter goes on")
}

fn heading(text: &str) -> io::Result<()> {
    say!("\n{}", bold(text))
}

fn diff(text: &str) -> io::Result<()> {
    for line in text.lines() {
        let line = match line.as_bytes().first() {
            Some(b'+') => green(line),
            Some(b'-') => red(line),
            Some(b'@') => cyan(line),
            _ => line.to_owned(),
        };
        say!("   {line}")?;
    }
    Ok(())
}

/// All that was said, or, if that is much, the lines that matter.
fn told(shown: &Shown, says: &[String]) -> io::Result<()> {
    say!("   {}", cyan(&format!("$ {}", shown.command)))?;
    let is_telling = |line: &str| says.iter().any(|words| line.contains(words));
    let is_long = shown.output.len() > LINES / 2;
    let mut was_left_out = false;
    for line in &shown.output {
        if is_telling(line) {
            say!("     {}", bold(line))?;
        } else if !is_long {
            say!("     {line}")?;
        } else if !was_left_out {
            say!("     {}", dim("..."))?;
        }
        was_left_out = is_long && !is_telling(line);
    }
    Ok(())
}
