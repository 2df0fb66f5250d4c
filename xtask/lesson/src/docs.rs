//! The checks of what the lesson shows.

use anyhow::Result;
use xtask::term;
use xtask::workspace::Workspace;
use xtask_bench::readme;
use xtask_verify::check::{Check, Finding, Tier};

pub const CHECKS: &[Check] = &[Check {
    id: "docs/figures",
    claim: "the README's figures and pictures are those of the run that is on record",
    hint: "`cargo xtask bench --render` makes them from the record again; `cargo xtask bench \
           --record` measures anew",
    tier: Tier::Quick,
    needs: &[],
    run: figures,
}];

fn figures(workspace: &Workspace) -> Result<Vec<Finding>> {
    let made = readme::made(workspace, &readme::record(workspace)?)?;
    let stale = made.iter().filter(|file| file.wanted != file.seen);
    Ok(stale
        .map(|file| {
            let of_record = format!("{} of the record", file.path);
            Finding::new(format!(
                "{} is not what the record makes of it:\n{}",
                file.path,
                term::diff((&of_record, &file.wanted), (file.path, &file.seen))
            ))
        })
        .collect())
}
