//! The checks of what the lesson shows.

use anyhow::Result;
use xtask::page;
use xtask::workspace::Workspace;
use xtask_bench::pages;
use xtask_verify::check::{Check, Finding, Tier};

pub const CHECKS: &[Check] = &[Check {
    id: "docs/figures",
    claim: "the README's figures and the picture are those of the runs that are on record",
    hint: "`cargo xtask bench --render` makes them from the records again; `cargo xtask bench \
           --record` measures anew",
    tier: Tier::Quick,
    needs: &[],
    run: figures,
}];

fn figures(workspace: &Workspace) -> Result<Vec<Finding>> {
    let pages = pages::pages(workspace, &pages::records(workspace)?)?;
    let stale = page::stale(workspace, &pages, "the records");
    Ok(stale.into_iter().map(Finding::new).collect())
}
