//! Which functions of the header a program calls, and how they end.
//!
//! A library of the same name takes the real one's place: for each function of the header it has one
//! that calls the real one and counts. It is C, made from the header's own prototypes, so that it
//! needs no list of functions and no tool. The programs are the ones that run otherwise, unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xtask::compiler::Compiler;
use xtask::process::Line;
use xtask::workspace::{self, Workspace};

use crate::check::Finding;
use crate::library::{ALWAYS_FAILS, STATUS};
use crate::prototype::{Prototype, prototypes};

/// How often a function was called.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Calls {
    succeeded: u64,
    failed: u64,
}

/// Runs the lines with the counting library, and names every function of the header that `language`
/// never calls with success, or, if it can fail, with failure.
pub fn uncovered(workspace: &Workspace, language: &str, lines: &[Line]) -> Result<Vec<Finding>> {
    let header = workspace::read(&workspace.pipeline("include/hello.h"))?;
    let functions = prototypes(&header);
    if functions.is_empty() {
        bail!("no function was found in hello.h");
    }
    let folder = workspace.target().join("verify/counting");
    let library = build(workspace, &folder, &functions)?;
    let mut calls = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let counts = folder.join(format!("{language}-{index}.txt"));
        let _ = fs::remove_file(&counts);
        line.clone()
            .env("LD_LIBRARY_PATH", &folder)
            .env("COUNTED_LIBRARY", workspace.shared_library())
            .env("COUNTS_FILE", &counts)
            .check(workspace)?;
        let counted = fs::read_to_string(&counts).with_context(|| {
            format!(
                "the counting library, {}, was not loaded by: {line}",
                library.display()
            )
        })?;
        add(&mut calls, &counted)?;
    }
    Ok(gaps(&functions, &calls, language))
}

fn gaps(functions: &[Prototype], calls: &BTreeMap<String, Calls>, language: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in functions {
        let name = &function.name;
        let calls = calls.get(name).copied().unwrap_or_default();
        if calls.succeeded == 0 && name != ALWAYS_FAILS {
            findings.push(Finding::new(format!(
                "`{name}` is never called with success by {language}"
            )));
        }
        if function.result == STATUS && calls.failed == 0 {
            findings.push(Finding::new(format!(
                "`{name}` never fails when called by {language}"
            )));
        }
    }
    findings
}

fn add(calls: &mut BTreeMap<String, Calls>, counted: &str) -> Result<()> {
    for line in counted.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let &[name, succeeded, failed] = &words[..] else {
            bail!("the counting library wrote `{line}`");
        };
        let entry = calls.entry(name.to_owned()).or_default();
        entry.succeeded += succeeded.parse::<u64>()?;
        entry.failed += failed.parse::<u64>()?;
    }
    Ok(())
}

fn build(workspace: &Workspace, folder: &Path, functions: &[Prototype]) -> Result<PathBuf> {
    let source = folder.join("counting.c");
    workspace::write(&source, source_of(functions).as_bytes())?;
    let name = workspace.loader_name()?;
    let library = folder.join(&name);
    let line = Compiler::find(workspace)?
        .bare()
        .args(["-shared", "-fPIC"])
        .arg(format!("-Wl,-soname,{name}"))
        .arg("-I")
        .arg(workspace.relative(&workspace.pipeline("include")))
        .arg(workspace.relative(&source))
        .arg("-o")
        .arg(workspace.relative(&library));
    line.check(workspace)?;
    Ok(library)
}

fn source_of(functions: &[Prototype]) -> String {
    let mut source = PREAMBLE.to_owned();
    for (index, function) in functions.iter().enumerate() {
        let Prototype {
            name,
            result,
            parameters,
            names,
        } = function;
        let arguments = names.join(", ");
        let call = format!("(({result} (*)({parameters}))counted_real(\"{name}\"))({arguments})");
        let body = if result == "void" {
            format!("    {call};\n    counted_call({index}, 1);\n")
        } else {
            let success = if result == STATUS {
                "counted_result == 0"
            } else {
                "1"
            };
            format!(
                "    {result} counted_result = {call};\n    counted_call({index}, {success});\n    return counted_result;\n"
            )
        };
        source += &format!("{result} {name}({parameters}) {{\n{body}}}\n\n");
    }
    source += "static const char *const names[] = {";
    functions
        .iter()
        .for_each(|function| source += &format!("\"{}\", ", function.name));
    source += "0};\n";
    source += CONCLUSION;
    source
}

const PREAMBLE: &str = r#"
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "hello.h"

static atomic_ulong calls[1000][2];

static void counted_call(int function, int success) { calls[function][success ? 0 : 1]++; }

static void *counted_real(const char *name) {
    void *library = dlopen(getenv("COUNTED_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    void *function = library ? dlsym(library, name) : 0;
    if (!function) {
        fprintf(stderr, "counting: %s\n", dlerror());
        abort();
    }
    return function;
}

"#;

const CONCLUSION: &str = r#"
__attribute__((destructor)) static void write_counts(void) {
    FILE *file = fopen(getenv("COUNTS_FILE"), "a");
    for (int i = 0; file && names[i]; i++)
        fprintf(file, "%s %lu %lu\n", names[i], calls[i][0], calls[i][1]);
    if (file) fclose(file);
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_is_not_called_is_named() {
        let header = "double f(double x);\nHelloStatus g(void);\n";
        let functions = prototypes(header);
        let mut calls = BTreeMap::new();
        add(&mut calls, "f 3 0\ng 1 0\n").unwrap();
        let told = |calls: &BTreeMap<String, Calls>| -> Vec<String> {
            gaps(&functions, calls, "C")
                .into_iter()
                .map(|finding| finding.text)
                .collect()
        };
        assert_eq!(told(&calls), ["`g` never fails when called by C"]);
        add(&mut calls, "g 0 1\n").unwrap();
        assert!(told(&calls).is_empty());
        calls.remove("f");
        assert_eq!(told(&calls), ["`f` is never called with success by C"]);
    }
}
