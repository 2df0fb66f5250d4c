//! `cargo xtask generate`: everything that is generated and committed.

use std::process::ExitCode;

use anyhow::Result;
use xtask::cli::Arguments;
use xtask::delegate::GenerateFlags;
use xtask::term::{bold, red};
use xtask::workspace::Workspace;
use xtask::{header, page, say};

use crate::suite;

/// `cargo xtask generate`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: GenerateFlags = arguments.flags();
    if flags.check {
        let (stale, outdated) = stale(workspace)?;
        stale.iter().try_for_each(|it| say!("{it}"))?;
        if !stale.is_empty() {
            say!("{} `cargo xtask generate` writes it", bold(&red("stale:")))?;
        }
        outdated.iter().try_for_each(|it| say!("{it}"))?;
        if !stale.is_empty() || !outdated.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
        say!("everything that is generated is current")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut written = Vec::new();
    if header::write_if_different(workspace)? {
        let header = workspace.relative(&workspace.header());
        written.push(header.to_string_lossy().into_owned());
    }
    for pages in suite::pages() {
        let pages = (pages.make)(workspace)?;
        let paths = page::write(workspace, &pages)?;
        written.extend(paths.into_iter().map(str::to_owned));
    }
    if written.is_empty() {
        say!("everything that is generated is current")?;
    }
    written.iter().try_for_each(|path| say!("wrote {path}"))?;
    Ok(ExitCode::SUCCESS)
}

/// A complaint for each generated file that is not what it has to be, and for each that is made from
/// what does not hold any more.
fn stale(workspace: &Workspace) -> Result<(Vec<String>, Vec<String>)> {
    let mut stale: Vec<String> = header::check(workspace)?.into_iter().collect();
    let mut outdated = Vec::new();
    for pages in suite::pages() {
        let made = (pages.make)(workspace)?;
        stale.extend(page::stale(workspace, &made, pages.made_from));
        outdated.extend(page::outdated(&made));
    }
    Ok((stale, outdated))
}
