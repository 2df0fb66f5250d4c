//! The checks of the boundary to Python.

use std::path::Path;

use anyhow::Result;
use xtask::process::Line;
use xtask::workspace::{Workspace, program_name};

use crate::c::compare;
use crate::check::{Check, Finding, Need};

pub const CHECKS: &[Check] = &[
    Check {
        id: "python/hello",
        claim: "Python prints what the Rust program prints",
        hint: "`cargo xtask python --explain` shows how it is made",
        needs: &[Need::Pipeline],
        run: hello,
    },
    Check {
        id: "python/import",
        claim: "pyhello imports from another folder without an environment, and loads the \
                pipeline's library and no other",
        hint: "the module's rpath leads from its own folder to target/pipeline/lib; an older \
               library elsewhere must not come first",
        needs: &[Need::Pipeline, Need::Linux],
        run: import,
    },
];

fn hello(workspace: &Workspace) -> Result<Vec<Finding>> {
    let oracle = Line::new(workspace.pipeline("rust").join(program_name("hello")));
    let wanted = oracle.check(workspace)?.stdout();
    let script = workspace.source("py-harness/hello.py");
    let line = Line::new(workspace.python())
        .arg(script)
        .alone_in(Path::new("/"));
    Ok(compare(&wanted, &line, workspace)?.into_iter().collect())
}

/// Prints every file named like the library that the process has mapped.
const MAPPED: &str = "\
import pyhello
pyhello.lib.hello_sqrt(4.0)
with open('/proc/self/maps') as maps:
    files = {line.split(None, 5)[5].strip() for line in maps if '/' in line}
print('\\n'.join(sorted(file for file in files if 'hello' in file.rsplit('/', 1)[1]
                        and not file.rsplit('/', 1)[1].startswith('_hello'))))
";

fn import(workspace: &Workspace) -> Result<Vec<Finding>> {
    let line = Line::new(workspace.python())
        .args(["-c", MAPPED])
        .alone_in(Path::new("/"));
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        return Ok(vec![Finding::new(finished.complaint(&line))]);
    }
    let wanted = workspace.shared_library().canonicalize()?;
    let seen = finished.stdout();
    let is_wanted = seen.lines().map(Path::new).eq([wanted.as_path()]);
    Ok(if is_wanted {
        Vec::new()
    } else {
        let seen = seen.lines().collect::<Vec<_>>().join(", ");
        vec![Finding::new(format!(
            "loaded is {seen}; wanted is {} alone",
            wanted.display()
        ))]
    })
}
