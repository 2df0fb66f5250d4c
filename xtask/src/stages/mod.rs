//! The three stages of the walkthrough, as lists of steps.

pub mod c;
mod python;
mod rust;

use anyhow::{Context, Result};

use crate::runner::Section;
use crate::step::Step;
use crate::workspace::Workspace;

pub struct Stage {
    /// The command that runs it alone.
    pub id: &'static str,
    /// The language, for headings and for the sum at the end.
    pub name: &'static str,
    pub about: &'static str,
    steps: fn(&Workspace, Purpose) -> Result<Vec<Step>>,
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

pub const STAGES: [Stage; 3] = [rust::STAGE, c::STAGE, python::STAGE];

/// All stages, in order.
pub fn all(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Section>> {
    (0..STAGES.len())
        .map(|index| section(workspace, index, purpose))
        .collect()
}

/// One stage, after what it builds upon of those before it.
pub fn one(workspace: &Workspace, id: &str, purpose: Purpose) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    for (index, stage) in STAGES.iter().enumerate() {
        let mut section = section(workspace, index, purpose)?;
        if stage.id == id {
            sections.push(section);
            break;
        }
        section.steps.retain(|step| step.shared);
        if !section.steps.is_empty() {
            section.heading = format!("From stage {}, which this one builds upon", index + 1);
            section.about = "";
            sections.push(section);
        }
    }
    Ok(sections)
}

/// Only what one stage makes, without the steps that show it.
pub fn products(workspace: &Workspace, id: &str) -> Result<Vec<Step>> {
    let stage = STAGES
        .iter()
        .find(|stage| stage.id == id)
        .context("there is no such stage")?;
    let mut steps = (stage.steps)(workspace, Purpose::Check)?;
    steps.retain(|step| step.stamp.is_some() || !step.makes.is_empty());
    Ok(steps)
}

fn section(workspace: &Workspace, index: usize, purpose: Purpose) -> Result<Section> {
    let stage = &STAGES[index];
    Ok(Section {
        name: stage.name,
        heading: format!("Stage {} of {}: {}", index + 1, STAGES.len(), stage.name),
        about: stage.about,
        steps: (stage.steps)(workspace, purpose)?,
    })
}
