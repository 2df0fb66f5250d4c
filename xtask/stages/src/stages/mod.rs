//! The three stages of the walkthrough, as lists of steps.

pub mod c;
mod python;
mod rust;

use anyhow::{Context, Result};

use crate::cli::Command;
use crate::runner::Section;
use crate::step::Step;
use crate::workspace::Workspace;

pub struct Stage {
    /// The command that runs it alone, after what it builds upon.
    pub command: Command,
    /// The language, for headings and for the sum at the end.
    pub name: &'static str,
    pub about: &'static str,
    steps: fn(&Workspace, Purpose) -> Result<Vec<Step>>,
}

impl Stage {
    fn steps(&self, workspace: &Workspace, purpose: Purpose) -> Result<Vec<Step>> {
        let mut steps = (self.steps)(workspace, purpose)?;
        for step in &mut steps {
            step.stage = self.command.summary.name;
        }
        Ok(steps)
    }
}

/// What the steps are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Run,
    /// To be printed: with every command, also of what need not be done again here.
    Script,
    /// For the checks: the sources are taken as they are, and the header is not regenerated.
    Check,
}

pub static STAGES: [Stage; 3] = [rust::STAGE, c::STAGE, python::STAGE];

/// What a command runs: one stage, after what it builds upon of those before it, if it is a stage's own, or
/// else all stages.
pub fn of_command(workspace: &Workspace, command: &str, purpose: Purpose) -> Result<Vec<Section>> {
    let count = STAGES.len();
    let mut stages = STAGES.iter();
    let alone = stages.position(|stage| stage.command.summary.name == command);
    let last = alone.unwrap_or(count - 1);
    let mut sections = Vec::new();
    for (index, stage) in STAGES[..=last].iter().enumerate() {
        let mut section = Section {
            name: stage.name,
            heading: format!("Stage {} of {count}: {}", index + 1, stage.name),
            about: stage.about,
            steps: stage.steps(workspace, purpose)?,
        };
        if alone.is_some() && index < last {
            section.heading = format!("From stage {}, which this one builds upon", index + 1);
            section.about = "";
            section.steps.retain(|step| step.shared);
        }
        sections.push(section);
    }
    sections.retain(|section| !section.steps.is_empty());
    Ok(sections)
}

/// Only what one stage makes, without the steps that show it.
pub fn products(workspace: &Workspace, id: &str) -> Result<Vec<Step>> {
    let stage = STAGES
        .iter()
        .find(|stage| stage.command.summary.name == id)
        .context("there is no such stage")?;
    let mut steps = stage.steps(workspace, Purpose::Check)?;
    steps.retain(|step| step.stamp.is_some() || step.makes().next().is_some());
    Ok(steps)
}
