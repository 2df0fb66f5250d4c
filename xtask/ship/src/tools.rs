//! The Python environment with third-party tools that inspect the packages.

use std::path::PathBuf;

use abi_stages::python::{Environment, Pins};
use abi_stages::runner;
use abi_stages::step::Step;
use abi_stages::workspace::{self, Workspace};
use anyhow::Result;

use abi_verify::builds;
use abi_verify::check::{Need, Requirement, SkipReason};

/// The tools.
pub const NEEDED: Requirement = Requirement::Other(&Need {
    what: "the tools that look at what is shipped",
    absent,
    build,
});

/// With the programs that a copy is looked at with, which are the original's.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.program("ship-tools")
}

pub fn environment(workspace: &Workspace) -> Environment {
    let [module, checks] = builds::PINS;
    let tools = Pins::Engine("requirements-ship.txt", include_str!("../requirements.txt"));
    Environment::new(folder(workspace), &[module, checks, tools], (3, 11))
}

/// The folder of their programs.
pub fn programs(workspace: &Workspace) -> PathBuf {
    let python = environment(workspace).python();
    python.parent().map(PathBuf::from).unwrap_or(python)
}

fn absent(workspace: &Workspace) -> Option<SkipReason> {
    environment(workspace)
        .absent(workspace)
        .map(|_| SkipReason::Tool {
            name: "a Python of 3.11 or newer",
            install: "Debian, Ubuntu: apt install python3 python3-venv python3-dev; or set PYTHON to the \
                      interpreter to use",
        })
}

/// Makes the environment, unless it exists. Two that make it at once would take it from each other.
pub fn build(workspace: &Workspace) -> Result<()> {
    let _lock = workspace::lock(&folder(workspace).with_extension("lock"), || Ok(()))?;
    let step = Step::new("Create the environment of the tools", "").hint(
        "pip has to reach a package index once: look at the network and at `pip config list`; if ffi.h is \
         missing, install libffi-dev",
    );
    let step = environment(workspace).create(workspace, step, false)?;
    runner::quietly(workspace, vec![step])
}
