//! One exhibit, shown: the program that works, the change, what a user sees, who notices.

use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use super::change::{Change, Noticed};
use super::exhibit::{RUNS, Tried};
use crate::page::{Block, Page};

/// The page of an exhibit that was tried, from the title to the remedy.
pub fn page(workspace: &Workspace, exhibit: &Change, tried: &Tried) -> Result<Page> {
    use Block::{Heading, Question, Shell, Stop, Text, Title};
    let program = exhibit.program.as_ref();
    let program = program.context("it has no program")?;
    let mut page = Page::default();
    page.put(Title, &exhibit.title);
    let source = exhibit.source(workspace);
    let text = workspace::read(&workspace.root().join(&source))?;
    let name = source.to_string_lossy();
    page.code("A program that works", &name, None, text);
    page.put(Question, "What does it print?");
    page.blocks.push(Shell(tried.before.clone()));
    page.put(Stop, "Enter shows the change");

    page.change("What is changed, in a copy", exhibit);
    page.put(Question, "What does a user see now?");
    page.blocks.push(Shell(tried.damage.clone()));
    let seen = match program.sees[..] {
        [] => format!("The same as before, in {RUNS} of {RUNS} runs: nothing shows."),
        _ => format!("The damage is there in {RUNS} of {RUNS} runs."),
    };
    page.put(Text, &seen);
    page.put(Stop, "Enter goes on");

    let who = "Who notices: the compiler, a check, a tool, or nobody?";
    page.put(Question, who);
    if let Noticed::Nobody { helps } = &exhibit.noticed {
        page.put(Text, "No check, and no compiler. What helps:");
        page.put(Text, helps);
    } else {
        let notice = tried.notice.essence(exhibit.noticed.says());
        page.blocks.push(Shell(vec![notice]));
    }
    page.put(Stop, "Enter says what it teaches");

    page.put(Heading, "What it teaches");
    page.put(Text, &exhibit.lesson);
    page.put(Stop, "Enter goes on");
    let rest = [
        ("How to fix it", Some(&program.mend)),
        ("Why nothing else warned", Some(&program.why)),
        ("Reported in", program.met.as_ref()),
        ("Where to read more", program.read.as_ref()),
    ];
    for (heading, text) in rest {
        if let Some(text) = text {
            page.put(Heading, heading);
            page.put(Text, text);
        }
    }
    Ok(page)
}
