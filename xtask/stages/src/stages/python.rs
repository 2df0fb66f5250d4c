//! Stage 3: the same function from Python, through a module that CFFI makes.

use anyhow::Result;

use super::{Purpose, Stage};
use crate::cli::Command;
use crate::demo::DEMO;
use crate::library::Summary;
use crate::process::Cmd;
use crate::python::{Environment, PIP_HINT};
use crate::step::Step;
use crate::workspace::Workspace;

pub const STAGE: Stage = Stage {
    command: Command {
        summary: Summary::new("python", "Stage 3: the same function from Python"),
        details: "Creates a virtual environment under the target directory, builds the CFFI module in \
                  it and calls the library from Python. PYTHON names another interpreter than python3.",
        example: "cargo xtask python --dry-run | sh",
        ..DEMO
    },
    name: "Python",
    about: "CFFI in API mode: it writes C code from the header's declarations, the C compiler \
            builds that into a module, Python imports the module, and the module calls the \
            library.",
    steps,
};

fn steps(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Step>> {
    let environment = Environment::of_pipeline(workspace);
    let create = Step::new(
        "Create the environment",
        "A virtual environment of the pipeline's own, with the packages and versions that \
         requirements.txt pins. Nothing is installed anywhere else. It is created once, and again \
         when the pins change.",
    )
    .asks("What is installed, and where?")
    .about("py-harness/requirements.txt", "")
    .hint(PIP_HINT);
    let create = Step {
        is_independent: true,
        ..environment.create(workspace, create, purpose == Purpose::Script)?
    };
    let build = Step::new(
        "Build the module",
        "The declarations that CFFI reads, the cdef, are the header's, not typed again. The C compiler \
         then compares each with the header, because CFFI alone accepts a `float` for a `double`. The \
         module is a shared library with an rpath of its own, by which the loader finds lib{library}. \
         It holds the names of functions, not their code: after a change in {core} alone it is not \
         rebuilt. This module is for one Python, as its file's name says, because it is built where it \
         is used. A wheel's module uses only Python's limited API, whose ABI (abi3) stays the same: one \
         wheel serves every CPython from 3.9 on.",
    )
    .asks("How does CFFI know which functions exist? And which Python is the module for?")
    .hint(
        "its message is above; if Python.h is missing, Debian: apt install python3-dev; Fedora: \
         dnf install python3-devel; if a package is missing, delete target/pipeline/python",
    );
    let build = environment.build_module(workspace, build)?;

    let script = format!("py-harness/{}.py", workspace.library().name);
    let run = Step::new(
        "Run it",
        "No: `import {module}` works in any folder, with an empty environment. Python loads the \
         module, and the module's rpath leads to the library.",
    )
    .asks("Must an environment variable be set?")
    .about(&script, "")
    .run(Cmd::new(workspace.relative(&environment.python())).arg(script))
    .compared()
    .hint("Python's message is above; the source of {module} is py-harness/src/{module}");

    Ok(vec![create, build, run])
}
