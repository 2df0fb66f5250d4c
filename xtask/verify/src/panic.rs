//! Whether every function that can fail turns a panic into its status.
//!
//! In a test build the guard panics before it does anything else, so that the arguments do not matter
//! and every function of the header can be called, by C that is made from the header's prototypes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use xtask::compiler::Compiler;
use xtask::workspace::{self, Workspace, program_name};

use crate::check::{Finding, succeeds};
use crate::harness;
use crate::library::STATUS;
use crate::prototype::{Prototype, prototypes};

/// Every function whose panic does not arrive as a status.
pub fn unguarded(workspace: &Workspace) -> Result<Vec<Finding>> {
    let header = workspace::read(&workspace.pipeline("include/hello.h"))?;
    let functions: Vec<Prototype> = prototypes(&header)
        .into_iter()
        .filter(|function| function.result == STATUS)
        .collect();
    if functions.is_empty() {
        bail!("no function of hello.h returns a {STATUS}");
    }
    let source = harness::verify(workspace, "panic/panic.c");
    let program = source.with_file_name(program_name("panic"));
    workspace::write(&source, source_of(&functions).as_bytes())?;
    let [include, lib] =
        ["include", "lib"].map(|name| workspace.relative(&workspace.pipeline(name)));
    Compiler::find(workspace)?
        .bare()
        .arg("-I")
        .arg(include)
        .arg(workspace.relative(&source))
        .arg("-L")
        .arg(lib)
        .args(["-lhello", "-o"])
        .arg(workspace.relative(&program))
        .check(workspace)?;
    let line = xtask::process::Line::new(workspace.relative(&program))
        .env(
            "LD_LIBRARY_PATH",
            harness::folder_of_feature(workspace, "panic-on-demand"),
        )
        .env("PANIC_ON_DEMAND", "guard")
        .env("RUST_BACKTRACE", "0");
    let finished = line.output(workspace)?;
    let answers = read(&finished.stdout())?;
    let wanted = answers.get("").context("the program did not begin")?;
    let mut findings: Vec<Finding> = functions
        .iter()
        .filter_map(|function| {
            let name = &function.name;
            match answers.get(name) {
                Some(status) if status == wanted => None,
                Some(status) => Some(Finding::new(format!(
                    "`{name}` returned the status {status} when the guard had to panic; wanted is \
                     HELLO_STATUS_PANIC, {wanted}: it does not go through the guard"
                ))),
                None => Some(Finding::new(format!(
                    "`{name}` did not return, or a function before it ended the process"
                ))),
            }
        })
        .collect();
    if !finished.status.success() {
        findings.push(Finding::new(format!(
            "the process did not live: {}",
            finished.status
        )));
    }
    let within = harness::PANIC_IN_CORE
        .line(workspace)
        .env(
            "LD_LIBRARY_PATH",
            harness::folder_of_feature(workspace, "panic-on-demand"),
        )
        .env("PANIC_ON_DEMAND", "core");
    findings.extend(succeeds(workspace, &within)?);
    Ok(findings)
}

/// The lines `NAME STATUS`; the one without a name has the status that is wanted.
fn read(output: &str) -> Result<BTreeMap<String, String>> {
    output
        .lines()
        .map(|line| {
            let (name, status) = line
                .split_once(' ')
                .context("the program printed nonsense")?;
            Ok((name.to_owned(), status.to_owned()))
        })
        .collect()
}

fn source_of(functions: &[Prototype]) -> String {
    let mut source = String::from(
        "#include <stdio.h>\n#include <string.h>\n#include \"hello.h\"\n\nint main(void) {\n    \
         setvbuf(stdout, 0, _IONBF, 0);\n    printf(\" %d\\n\", HELLO_STATUS_PANIC);\n",
    );
    for function in functions {
        source += "    {\n";
        for (parameter, name) in function.parameters.split(',').zip(&function.names) {
            source +=
                &format!("        {parameter};\n        memset(&{name}, 0, sizeof {name});\n");
        }
        let (name, arguments) = (&function.name, function.names.join(", "));
        source += &format!("        printf(\"{name} %d\\n\", (int){name}({arguments}));\n    }}\n");
    }
    source + "    return 0;\n}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_is_called_with_zeroes_of_its_types() {
        let source = source_of(&prototypes(
            "HelloStatus f(const double *x, Visitor visitor);\n",
        ));
        for line in [
            "const double *x;",
            "memset(&visitor, 0, sizeof visitor);",
            "f(x, visitor)",
        ] {
            assert!(source.contains(line), "{line} is not in\n{source}");
        }
    }
}
