//! The same sources give the same files in every folder.

use std::path::Path;

use abi_stages::workspace::{self, Workspace};
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding};
use abi_verify::{builds, mirror};
use anyhow::Result;

use super::outside::Outside;
use super::python::TRIED;
use crate::{dist, tools};

pub const CHECKS: &[Check] = &[Check {
    id: "ship/reproducible",
    claim: "`cargo xtask dist` of a copy in another folder makes the same files, byte for byte",
    hint: "a path, a time or a random number is in the build",
    needs: &[Time, Linux(TRIED), tools::NEEDED],
    run,
}];

fn run(workspace: &Workspace) -> Result<Vec<Finding>> {
    let outside = Outside::new(workspace.library())?;
    mirror::write(&outside.path("copy"), &mirror::read(workspace.root())?)?;
    let copy = workspace.copy_at(outside.path("copy"), outside.path("copy/target"));
    let here = builds::verify(workspace, "ship").join("reproducible");
    let there = outside.path("dist");
    let hashes = |workspace: &Workspace, to: &Path| {
        dist::make(workspace, to)?;
        workspace::read(&to.join(dist::HASHES))
    };
    let (here, there) = (hashes(workspace, &here)?, hashes(&copy, &there)?);
    let differs = |line: &&str| !there.lines().any(|other| other == *line);
    let findings = here.lines().filter(differs).map(|line| {
        let name = line.split_whitespace().last().unwrap_or_default();
        Finding::new(format!(
            "{name} has other bytes when it is made in another folder"
        ))
    });
    Ok(findings.collect())
}
