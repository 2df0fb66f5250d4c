//! One exhibit, shown: the program that works, the change, what a user sees, who notices.

use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use super::change::{Change, Noticed};
use super::exhibit::RUNS;
use crate::page::{Block, LINES, Page};
use crate::shell::Shown;

/// What is run for a page.
pub enum Run {
    /// The program as it should be.
    Before,
    /// The same after the change.
    Damage,
    /// What notices.
    Notice,
}

/// How many stops the page of an exhibit has.
pub const STOPS: usize = 7;

/// Shows an exhibit from the title to the remedy; `run` runs it, or says what was printed when it was run.
pub fn show(
    workspace: &Workspace,
    exhibit: &Change,
    run: &mut dyn FnMut(Run) -> Result<Vec<Shown>>,
    page: &mut dyn Page,
) -> Result<()> {
    let program = exhibit.program.as_ref();
    let program = program.context("it has no program")?;
    let quote = |title: &str, file: &str, page: &mut dyn Page| {
        let path = exhibit.folder.join(file);
        let text = workspace::read(&workspace.root().join(&path))?;
        page.code(title, &path.to_string_lossy(), None, &text)
    };
    page.put(Block::Title(&exhibit.title))?;
    let is_c = workspace
        .root()
        .join(&exhibit.folder)
        .join("main.c")
        .exists();
    let source = if is_c { "main.c" } else { "main.py" };
    quote("A program that works", source, page)?;
    page.put(Block::Question("What does it print?"))?;
    page.put(Block::Shell(&run(Run::Before)?))?;
    page.put(Block::Stop("Enter shows the change"))?;

    quote("What is changed, in a copy", "change.diff", page)?;
    page.put(Block::Aside(
        "(The copy is in target/break/workspace; the lines here run there.)",
    ))?;
    page.put(Block::Question("What does a user see now?"))?;
    page.put(Block::Shell(&run(Run::Damage)?))?;
    page.put(Block::Text(&match program.sees[..] {
        [] => format!("The same as before, in {RUNS} of {RUNS} runs: nothing shows."),
        _ => format!("The damage is there in {RUNS} of {RUNS} runs."),
    }))?;
    page.put(Block::Stop("Enter goes on"))?;

    page.put(Block::Question(
        "Who notices: the compiler, a check, a tool, or nobody?",
    ))?;
    let notice = run(Run::Notice)?;
    if let Noticed::Nobody { helps } = &exhibit.noticed {
        page.put(Block::Text("No check, and no compiler. What helps:"))?;
        page.put(Block::Text(helps))?;
    } else {
        let says = exhibit.noticed.says();
        let notice: Vec<Shown> = notice.iter().map(|one| essence(one, says)).collect();
        page.put(Block::Shell(&notice))?;
    }
    page.put(Block::Stop("Enter says what it teaches"))?;

    page.put(Block::Heading("What it teaches"))?;
    page.put(Block::Text(&exhibit.lesson))?;
    page.put(Block::Stop("Enter goes on"))?;
    page.put(Block::Heading("How to fix it"))?;
    page.put(Block::Text(&program.mend))?;
    page.put(Block::Heading("Why nothing else warned"))?;
    page.put(Block::Text(&program.why))?;
    let (met, read) = ("Where people met it", "Where to read more");
    for (name, place) in [(met, &program.met), (read, &program.read)] {
        if let Some(place) = place {
            page.put(Block::Heading(name))?;
            page.put(Block::Text(place))?;
        }
    }
    Ok(())
}

/// All that was printed, or, if that is much, the lines that matter.
fn essence(shown: &Shown, says: &[String]) -> Shown {
    let mut output: Vec<String> = Vec::new();
    let is_long = shown.output.len() > LINES / 2;
    for line in &shown.output {
        if !is_long || says.iter().any(|words| line.contains(words)) {
            output.push(line.clone());
        } else if output.last().is_none_or(|last| last != "...") {
            output.push("...".to_owned());
        }
    }
    Shown {
        output,
        ..shown.clone()
    }
}
