//! The Python environment with third-party tools that inspect the packages.

use std::path::PathBuf;

use abi_stages::python::{Environment, Pins};
use abi_stages::workspace::Workspace;
use anyhow::Result;

use abi_verify::builds;
use abi_verify::check::{Need, Requirement};

/// The tools.
pub const NEEDED: Requirement = Requirement::Other(&Need {
    what: "the tools that look at what is shipped",
    // The tools of the checks need the same Python.
    absent: |workspace| Requirement::PythonTools.absent(workspace),
    build,
});

/// With the programs that a copy is looked at with, which are the original's.
pub fn environment(workspace: &Workspace) -> Environment {
    let [module, checks] = builds::PINS;
    let tools = Pins::Engine("requirements-ship.txt", include_str!("../requirements.txt"));
    let folder = workspace.program("ship-tools");
    Environment::new(folder, &[module, checks, tools], (3, 11))
}

/// The folder of their programs.
pub fn programs(workspace: &Workspace) -> PathBuf {
    let python = environment(workspace).python();
    python.parent().map(PathBuf::from).unwrap_or(python)
}

/// Makes the environment, unless it exists.
pub fn build(workspace: &Workspace) -> Result<()> {
    environment(workspace).make(workspace)
}
