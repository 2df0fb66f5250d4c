//! What is made from the record and committed: the pictures, and a part of the README.

use std::path::PathBuf;

use anyhow::{Context, Result};
use xtask::workspace::{self, Workspace};

use crate::markdown;
use crate::record::Record;
use crate::svg::{self, Theme};

const BEGIN: &str = "<!-- bench: begin. `cargo xtask bench --record` writes this part. -->\n";
const END: &str = "<!-- bench: end -->\n";

/// A committed file, and what it has to be.
pub struct Made {
    /// From the root.
    pub path: &'static str,
    pub wanted: String,
    pub seen: String,
}

/// The record in the sources.
pub fn record_file(workspace: &Workspace) -> PathBuf {
    workspace.source("xtask/lesson/bench/record.json")
}

/// Reads it.
pub fn record(workspace: &Workspace) -> Result<Record> {
    let file = record_file(workspace);
    serde_json::from_str(&workspace::read(&file)?)
        .with_context(|| format!("{} is no record of a run", file.display()))
}

/// Every file that is made from the record, as it has to be and as it is.
pub fn made(workspace: &Workspace, record: &Record) -> Result<Vec<Made>> {
    let readme = workspace::read(&workspace.source("README.md"))?;
    let wanted = replaced(&readme, &markdown::block(record))?;
    // One that is not there is as good as empty.
    let seen = |path| workspace::read(&workspace.source(path)).unwrap_or_default();
    Ok(vec![
        Made {
            path: markdown::LIGHT,
            wanted: svg::picture(record, &Theme::LIGHT),
            seen: seen(markdown::LIGHT),
        },
        Made {
            path: markdown::DARK,
            wanted: svg::picture(record, &Theme::DARK),
            seen: seen(markdown::DARK),
        },
        Made {
            path: "README.md",
            wanted,
            seen: readme,
        },
    ])
}

/// Writes what differs; returns which files.
pub fn write(workspace: &Workspace, record: &Record) -> Result<Vec<&'static str>> {
    let mut written = Vec::new();
    for file in made(workspace, record)? {
        if file.wanted != file.seen {
            workspace::write(&workspace.source(file.path), file.wanted.as_bytes())?;
            written.push(file.path);
        }
    }
    Ok(written)
}

/// The README with another part between the marks.
fn replaced(readme: &str, block: &str) -> Result<String> {
    let lost = "the README has lost a mark of the part with the figures";
    let (before, rest) = readme
        .split_once(BEGIN)
        .with_context(|| format!("{lost}: `{}`", BEGIN.trim()))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("{lost}: `{}`", END.trim()))?;
    Ok(format!("{before}{BEGIN}{block}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let readme = format!("a\n{BEGIN}old\n{END}z\n");
        let new = replaced(&readme, "new\n").unwrap();
        assert_eq!(new, format!("a\n{BEGIN}new\n{END}z\n"));
        assert_eq!(replaced(&new, "new\n").unwrap(), new);
    }

    #[test]
    fn a_lost_mark_is_named() {
        let error = replaced("a\n", "").unwrap_err().to_string();
        assert!(error.contains("bench: begin"), "{error}");
        let error = replaced(BEGIN, "").unwrap_err().to_string();
        assert!(error.contains("bench: end"), "{error}");
    }
}
