//! One fault, shown: what is changed, what a user sees, who notices, how it is mended.

use std::io;
use std::process::ExitCode;

use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{self, bold, cyan, dim, green, red, yellow};
use anyhow::{Result, bail};

use super::copy::Copy;
use super::exhibit::{RUNS, Shown};
use super::file::{Catcher, Exhibit, Fault, Sees};
use super::strict::{BUILDERS, Noticed, StrictBuild};
use super::trial::{Caught, Trial, Verdict};
use crate::report;

/// How many lines of a long output are shown.
pub const LINES: usize = 40;

const WIDTH: usize = 92;

/// Shows a fault from the title to the remedy; the exit code says whether it was caught.
pub fn show(copy: &Copy, fault: &Fault, explain: bool) -> Result<ExitCode> {
    say!("{}", bold(&format!("== {} ==", fault.title)))?;
    paragraph(&fault.lesson)?;
    let exhibit = fault.exhibit.as_ref();
    if let Some(absent) = exhibit.and_then(|exhibit| exhibit.absent(&copy.workspace)) {
        bail!("it cannot be shown here: {}", report::reason(&absent));
    }
    let trial = Trial::begin(copy, fault)?;

    heading("What is changed, in a copy")?;
    diff(&fault.patch.text)?;
    let folder = copy.workspace.root().display();
    say!(
        "   {}",
        dim(&format!(
            "(The copy is {folder}; the lines below run there.)"
        ))
    )?;
    wait()?;

    let mut before = Vec::new();
    if fault.exhibit.is_some() {
        heading("As it should be")?;
        before = working("building it as it should be", || trial.before())?;
        sessions(&before)?;
        wait()?;
    }

    heading("Broken: what a strict build says")?;
    let build = working("building it broken", || {
        trial.break_it()?;
        trial.build()
    })?;
    strict_build(&build)?;

    heading("What a user sees")?;
    let damage = working("running it", || trial.damage(&before))?;
    sessions(&damage)?;
    if let Some(exhibit) = &fault.exhibit {
        say!("   {}", dim(&times(exhibit)))?;
    }
    wait()?;

    heading("What catches it")?;
    let verdict = working("looking who notices", || trial.catch())?;
    let code = caught(fault, &verdict)?;
    wait()?;

    heading("How to fix it")?;
    match &fault.exhibit {
        Some(exhibit) => paragraph(&exhibit.mend)?,
        None => match fault.catcher {
            Catcher::Check(check) => paragraph(&format!(
                "Undo the change. The check's own hint: {}.",
                check.next(copy.workspace.library())
            ))?,
            _ => paragraph("Undo the change.")?,
        },
    }
    if let Some(exhibit) = &fault.exhibit {
        heading("Why nothing else warned")?;
        if explain {
            paragraph(&exhibit.why)?;
            let (name, place) = exhibit.more.parts();
            heading(name)?;
            say!("   {place}")?;
        } else {
            paragraph(essence(&exhibit.why))?;
            let command = format!("cargo xtask break {} --explain", fault.name);
            say!(
                "\n{}",
                dim(&format!("More, and where people met it: {command}"))
            )?;
        }
    }
    Ok(code)
}

/// With `--step`, lets the reader say when it goes on.
fn wait() -> io::Result<()> {
    pace::stop("Enter goes on")
}

/// The first sentence.
fn essence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

fn heading(text: &str) -> io::Result<()> {
    say!("\n{}", bold(text))
}

fn paragraph(text: &str) -> io::Result<()> {
    let mut lines = term::wrap(text, WIDTH - 3).into_iter();
    lines.try_for_each(|line| say!("   {line}"))
}

/// Does something that takes a while; on a terminal it says what.
pub fn working<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    term::status(&dim(&format!("{what} ...")))?;
    let done = work();
    term::clear_status()?;
    done
}

fn diff(patch: &str) -> io::Result<()> {
    for line in patch.lines() {
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

fn sessions(shown: &[Shown]) -> io::Result<()> {
    for one in shown {
        say!("   {}", cyan(&format!("$ {}", one.command)))?;
        for line in one.output.iter().take(LINES) {
            say!("     {line}")?;
        }
        if one.output.len() > LINES {
            say!("     {}", dim(&format!("({} lines)", one.output.len())))?;
        }
        if let Some(end) = &one.end {
            say!("     {}", yellow(&format!("[{end}]")))?;
        }
    }
    Ok(())
}

fn strict_build(build: &StrictBuild) -> io::Result<()> {
    let with = [
        "",
        " -Wall -Wextra -Wpedantic -Werror",
        ", build and import",
    ];
    for (index, builder) in BUILDERS.iter().enumerate() {
        let name = format!("{:42}", format!("{builder}{}", with[index]));
        match build.noticed[index] {
            Noticed::Yes => say!("   {name} {}", green(&build.words[index]))?,
            Noticed::No => say!("   {name} {}", dim("no complaint"))?,
            Noticed::Unreached => say!("   {name} {}", dim("not reached"))?,
        }
    }
    Ok(())
}

/// How sure the damage is.
pub fn times(exhibit: &Exhibit) -> String {
    match exhibit.sees {
        Sees::Nothing => {
            format!("The same as before, in {RUNS} of {RUNS} runs: nothing shows.")
        }
        Sees::Words(_) => format!("The damage is there in {RUNS} of {RUNS} runs."),
    }
}

fn caught(fault: &Fault, verdict: &Verdict) -> Result<ExitCode> {
    if let Catcher::Nobody(text) = &fault.catcher {
        say!("   {}", yellow("No check, and no compiler. What helps:"))?;
        paragraph(text)?;
    } else if !verdict.command.is_empty() {
        say!("   {}", cyan(&format!("$ {}", verdict.command)))?;
    }
    told(fault, &verdict.told)?;
    Ok(match &verdict.result {
        Caught::Yes => ExitCode::SUCCESS,
        Caught::No(problem) => {
            say!("   {} {problem}", red("MISSED:"))?;
            ExitCode::FAILURE
        }
        Caught::Skipped(reason) => {
            say!("   {} {reason}", yellow("skipped:"))?;
            ExitCode::SUCCESS
        }
    })
}

/// All that was said, or, if that is much, what the fault has to say.
fn told(fault: &Fault, told: &str) -> io::Result<()> {
    let is_wanted = |line: &str| fault.says.iter().any(|words| line.contains(words));
    let is_long = told.lines().count() > LINES / 2;
    let mut was_left_out = false;
    for line in told.lines() {
        if is_wanted(line) {
            say!("     {}", bold(line))?;
        } else if !is_long {
            say!("     {line}")?;
        } else if !was_left_out {
            say!("     {}", dim("..."))?;
        }
        was_left_out = is_long && !is_wanted(line);
    }
    Ok(())
}
