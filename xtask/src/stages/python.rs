//! Stage 3: the same function from Python, through a module that CFFI makes.

use anyhow::Result;

use super::{Purpose, Stage};
use crate::LIBRARY;
use crate::process::Cmd;
use crate::python::Environment;
use crate::step::Step;
use crate::workspace::Workspace;

pub const STAGE: Stage = Stage {
    id: "python",
    name: "Python",
    about: "CFFI in API mode: from the header's declarations it writes a C program, the C compiler \
            makes it a module that Python imports, and the module calls the library.",
    steps,
};

fn steps(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Step>> {
    let environment = Environment::of_pipeline(workspace);
    let create = Step::new(
        "Create the environment",
        "A virtual environment of the pipeline's own, with the packages and versions that \
         requirements.txt pins: nothing is installed anywhere else. Made once, kept while the pins \
         hold.",
    )
    .about("py-harness/requirements.txt", "")
    .hint(
        "pip has to reach a package index once: if it could not, look at the network and at \
         pip's settings (`pip config list`), then run this again",
    );
    let create = environment.create(workspace, create, purpose == Purpose::Script)?;

    let build = Step::new(
        "Build the module",
        "The declarations that CFFI reads are those of the header, not typed again. The C compiler \
         then checks each against the header, for CFFI alone would take a `float` for a `double`. \
         The module holds the names of functions, not their code: after a change in {core} \
         alone it is not built again.",
    )
    .hint(
        "its own words are above; if Python.h is what is missing, Debian: apt install python3-dev; \
         Fedora: dnf install python3-devel; if a package is, delete target/pipeline/python",
    );
    let build = environment.build_module(workspace, build)?;

    let script = format!("py-harness/{}.py", LIBRARY.name);
    let run = Step::new("Run it", "The same line, from Python.")
        .about(&script, "")
        .run(Cmd::new(workspace.relative(&environment.python())).arg(script))
        .compared()
        .hint("Python's own words are above; the source of {module} is py-harness/src/{module}");

    Ok(vec![create, build, run])
}
