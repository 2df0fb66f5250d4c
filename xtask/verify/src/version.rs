//! Whether programs that were built for another version of the ABI refuse, in words.
//!
//! A library takes the real one's place that has every function of the header and does nothing,
//! except that it says another version. It is C, made from the header's prototypes.

use anyhow::{Context, Result};
use xtask::compiler::{Compiler, program_of};
use xtask::process::Line;
use xtask::python::Environment;
use xtask::workspace::{self, Workspace};

use crate::check::Finding;
use crate::harness;
use crate::library::{LIBRARY, VERSION_FUNCTION};
use crate::prototype::{Prototype, prototypes};
use crate::witnesses;

/// Every program that goes on in spite of another version, or does not say which two there are.
pub fn unrefused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let known = LIBRARY.version_of(&witnesses::header(workspace)?)?;
    let other = known + 1;
    let folder = harness::verify(workspace, "other-version");
    build(workspace, &folder, other)?;
    let python = Environment::of_pipeline(workspace).python();
    let import = format!("import {}", LIBRARY.module);
    let lines = [
        Line::new(workspace.relative(&program_of(workspace, "hello"))),
        harness::CROSSINGS.line(workspace).arg("no-cases"),
        harness::HOSTILE.line(workspace),
        Line::new(workspace.relative(&python)).args(["-c", &import]),
    ];
    let mut findings = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        let line = line.env("LD_LIBRARY_PATH", &folder);
        let finished = line.output(workspace)?;
        let said = finished.stderr();
        let is_python = index == 3;
        let mut words = vec![format!("version {known}"), format!("version {other}")];
        if is_python {
            words.push("ImportError".to_owned());
        }
        if finished.status.success() {
            findings.push(format!(
                "this goes on with a library of version {other}:\n  {line}"
            ));
        } else if let Some(missing) = words.iter().find(|words| !said.contains(*words)) {
            findings.push(format!(
                "this refuses, but does not say `{missing}`:\n  {line}\n{said}"
            ));
        }
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

fn build(workspace: &Workspace, folder: &std::path::Path, version: u64) -> Result<()> {
    let header = workspace::read(&workspace.pipeline("include/hello.h"))?;
    let functions = prototypes(&header);
    functions
        .iter()
        .find(|function| function.name == VERSION_FUNCTION)
        .with_context(|| format!("hello.h does not declare `{VERSION_FUNCTION}`"))?;
    // Under the name that the programs ask for: a library that says its version by its name alone would
    // be refused by the loader, in its own words.
    let name = workspace.loader_name()?;
    let source = folder.join("other_version.c");
    workspace::write(&source, source_of(&functions, version).as_bytes())?;
    Compiler::find(workspace)?
        .bare()
        .args(["-Wno-unused-parameter", "-shared", "-fPIC"])
        .arg(format!("-Wl,-soname,{name}"))
        .arg("-I")
        .arg(workspace.relative(&workspace.pipeline("include")))
        .arg(workspace.relative(&source))
        .arg("-o")
        .arg(workspace.relative(&folder.join(&name)))
        .check(workspace)
        .map(drop)
}

fn source_of(functions: &[Prototype], version: u64) -> String {
    let mut source = String::from("#include <string.h>\n#include \"hello.h\"\n\n");
    for Prototype {
        name,
        result,
        parameters,
        ..
    } in functions
    {
        let body = match result.as_str() {
            _ if name == VERSION_FUNCTION => format!("return {version};"),
            "void" => String::new(),
            _ => format!("{result} nothing; memset(&nothing, 0, sizeof nothing); return nothing;"),
        };
        source += &format!("{result} {name}({parameters}) {{ {body} }}\n");
    }
    source
}
