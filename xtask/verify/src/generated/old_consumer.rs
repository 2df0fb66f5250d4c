//! A program that was compiled against a released version of the ABI, with the library of today.
//!
//! Nobody keeps the old header: it is written from the frozen description. The driver of the cases, compiled
//! against that header, shows what every call did in the words of it: statuses and fields by name. Those are
//! the words in which the answers are recorded.

use abi_stages::compiler::Linkage;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};

use super::program;
use crate::cases::{Choice, Language, Plan, driver};
use crate::check::Finding;
use crate::readers;

/// What a program sees otherwise that was compiled against the version of the ABI that today's library
/// says it has. Nothing if that one was not released yet.
pub fn old_program_sees_the_same(workspace: &Workspace) -> Result<Vec<Finding>> {
    let now = readers::header(workspace)?;
    let Some((mut abi, _)) = readers::released(workspace, &now)? else {
        return Ok(Vec::new());
    };
    let version = readers::version_of(workspace.library(), &now)?;
    abi.is_big_endian = now.is_big_endian;
    // That a function is not there any more, `abi/stable` says.
    abi.functions
        .retain(|name, _| now.functions.contains_key(name));
    let header = abi.header_in_c();
    let header = header.context("the released version cannot be written as C")?;
    let is_added = |name: &&String| !abi.functions.contains_key(*name);
    let added: Vec<&String> = now.functions.keys().filter(is_added).collect();
    let plan = Plan::of(workspace, abi.clone(), &added, Choice::Recorded)?;

    let generated = plan.in_c(true);
    let mut sources = driver::sources(&generated);
    // It lies beside the others, and is found before today's.
    let name = workspace.library().header();
    sources.push((&name, &header));
    let (flags, linkage) = (driver::FLAGS, Linkage::Shared);
    let program = program(workspace, "old-consumer", &sources, &flags, linkage)?;
    let line = workspace
        .runs(workspace.relative(&program))
        .arg(plan.put(workspace)?);
    let name = format!("a program for version {version}");
    let done = plan.run(workspace, &name, &line)?;
    let mut findings = plan.wrong(&done);
    if findings.is_empty() {
        return Ok(findings);
    }
    // What today's programs see just so is no matter of the ABI: the cases say it.
    let plan = Plan::read(workspace, Choice::Recorded)?;
    let today = plan.compare(workspace, &name, &Language::C.line(workspace, &plan)?)?;
    let is_so_today = |it: &Finding| today.iter().any(|same| same.text == it.text);
    findings.retain(|it| !is_so_today(it));
    Ok(findings)
}
