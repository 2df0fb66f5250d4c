//! What the last recorded run of every fault printed: the catalogue is made from it.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use xtask::compiler::Compiler;
use xtask::process::Cmd;
use xtask::python::Environment;
use xtask::workspace::{self, Workspace};

use super::exhibit::{self, Shown};
use super::file::{EXHIBITS, Fault};
use super::strict::Noticed;

/// The file, from the root.
pub fn path() -> String {
    format!("{EXHIBITS}/record.json")
}

#[derive(Default, Serialize, Deserialize)]
pub struct Record {
    /// What it was made with.
    pub with: Vec<String>,
    pub faults: BTreeMap<String, Entry>,
}

/// What one fault led to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Of the fault as it was then.
    pub fingerprint: String,
    /// By rustc, the C compiler, CFFI.
    pub noticed: [Noticed; 3],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhibit: Option<Seen>,
}

/// What an exhibit's program printed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen {
    pub before: Vec<Shown>,
    pub damage: Vec<Shown>,
    /// What made somebody notice, and the lines in which it says what the exhibit wants said; empty
    /// if nothing can.
    pub command: String,
    pub told: Vec<String>,
}

impl Record {
    /// The one in the sources; an empty one if there is none.
    pub fn read(workspace: &Workspace) -> Result<Record> {
        let file = workspace.source(&path());
        if !file.exists() {
            return Ok(Record::default());
        }
        serde_json::from_str(&workspace::read(&file)?).map_err(|error| {
            anyhow!(
                "cannot make sense of {}: {error}\nnext: `git checkout {}`, or delete it and write \
                 it anew with `cargo xtask break --record`",
                file.display(),
                path()
            )
        })
    }

    pub fn write(&self, workspace: &Workspace) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        workspace::write(&workspace.source(&path()), text.as_bytes())
    }
}

/// The lines of `told` that say what the fault wants said, each once, as they are on any machine.
pub fn telling(fault: &Fault, told: &str, workspace: &Workspace) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in told.lines() {
        let is_wanted = fault.says.iter().any(|words| line.contains(words));
        // pytest shows more of the reason where `CI` is set.
        let line = match line.split_once(" - ") {
            Some((test, _)) if test.contains("FAILED ") => test,
            _ => line,
        };
        let line = exhibit::masked(line, workspace).trim_end().to_owned();
        if is_wanted && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The names and versions of the compilers and interpreters.
pub fn versions(workspace: &Workspace) -> Result<Vec<String>> {
    let python = Environment::of_pipeline(workspace).python();
    let cffi = "import sys, cffi; print('Python %d.%d.%d, CFFI %s' % (*sys.version_info[:3], cffi.__version__))";
    let lines = [
        Cmd::new("rustc").arg("--version"),
        Compiler::find(workspace)?.bare().arg("--version"),
        Cmd::new(workspace.relative(&python)).args(["-c", cffi]),
    ];
    let first = |line: &Cmd| -> Result<String> {
        let text = line.check(workspace)?.stdout();
        Ok(text.lines().next().unwrap_or_default().to_owned())
    };
    lines.iter().map(first).collect()
}
