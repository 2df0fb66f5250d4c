//! What the last recorded run of every fault printed: the catalogue is made from it.

use std::collections::BTreeMap;

use abi_stages::compiler::Compiler;
use abi_stages::process::Cmd;
use abi_stages::python::Environment;
use abi_stages::workspace::{self, Workspace};
use abi_verify::fault::trial::Entry;
use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};

use super::EXHIBITS;

/// The file, from the root.
pub fn path() -> String {
    format!("{EXHIBITS}/record.json")
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Record {
    /// What it was made with.
    pub with: Vec<String>,
    pub faults: BTreeMap<String, Entry>,
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
                "cannot make sense of {}: {error}\nnext: `git checkout {}`, or delete it and record \
                 it again with `cargo xtask break --record`",
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
