//! Stage 3: the same function from Python, through a module that CFFI makes.

use anyhow::Result;

use super::{Purpose, Stage};
use crate::process::Line;
use crate::python::{Interpreter, environment_stamp, requirements};
use crate::step::{Stamp, Step};
use crate::workspace::Workspace;

pub const STAGE: Stage = Stage {
    id: "python",
    name: "Python",
    title: "Hello from Python",
    about: "CFFI in API mode: from the header's declarations it writes a C program, the C compiler \
            makes it a module that Python imports, and the module calls the library.",
    steps,
};

const BUILDER: &str = "py-harness/hello_ffi_builder.py";

/// What the module is made from, besides the header.
const MODULE: [&str; 2] = [BUILDER, "py-harness/src/pyhello/__init__.py"];

fn steps(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Step>> {
    let python = workspace.relative(&workspace.python());

    let stamp = environment_stamp(workspace);
    let mut environment = Step::new(
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
    if purpose == Purpose::Script || !stamp.is_current() {
        for line in Interpreter::find(workspace)?.environment_lines(workspace) {
            environment = environment.run(line);
        }
    }
    let environment = environment.stamped(stamp);

    let build = Line::new(python.clone())
        .arg(BUILDER)
        .arg(workspace.relative(&workspace.pipeline("")));
    let mut stamp = Stamp::new(workspace.pipeline("python/.module.stamp"))
        .text(&build)
        .input(workspace.pipeline("include/hello.h"))
        .input(requirements(workspace))
        .output(workspace.python());
    for file in MODULE {
        stamp = stamp.input(workspace.source(file));
    }
    let module = Step::new(
        "Build the module",
        "The declarations that CFFI reads are those of the header, not typed again. The C compiler \
         then checks each against the header, for CFFI alone would take a `float` for a `double`. \
         The module holds the names of functions, not their code: after a change in hello-core \
         alone it is not built again.",
    )
    .about(BUILDER, "def cdef_of(")
    .run(build)
    .stamped(stamp)
    .hint(
        "the compiler's own words are above; if Python.h is what is missing, Debian: \
           apt install python3-dev; Fedora: dnf install python3-devel",
    );

    let script = "py-harness/hello.py";
    let run = Step::new("Run it", "The same line, from Python.")
        .about(script, "")
        .run(Line::new(python).arg(script))
        .greets();

    Ok(vec![environment, module, run])
}
