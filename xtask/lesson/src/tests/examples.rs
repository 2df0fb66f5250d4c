//! The programs that a lesson shows compile strictly, are clean under valgrind, AddressSanitizer, UBSan and
//! mypy, and print what is written down.

use abi_stages::process::Cmd;
use abi_stages::term;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::builds::{self, SANITIZERS};
use abi_verify::check::succeed;
use anyhow::Result;

use crate::crossings::{CROSSINGS, Crossing};
use crate::examples::{Language, build, compile, redirections};
use crate::shell;

/// What the programs print, in the order of the crossings.
const EXPECTED: &str = "xtask/lesson/examples.txt";

#[test]
#[ignore = "a minute: every program, also under valgrind and with sanitizers"]
fn the_examples_print_what_is_written_down_and_are_clean_under_every_tool() {
    let workspace = &Workspace::locate(&crate::hello::LIBRARY).unwrap();
    // It builds the library as well, which the module needs.
    builds::build_python(workspace).unwrap();
    builds::build_module(workspace).unwrap();
    let sanitized = |crossing: &Crossing| {
        let folder = workspace.target().join("lesson/c-sanitized");
        folder.join(program_name(crossing.file()))
    };
    let mut all = String::new();
    for crossing in CROSSINGS {
        build(workspace, crossing).unwrap();
        let source = workspace.source(&Language::C.source(crossing));
        compile(workspace, &source, &SANITIZERS, &sanitized(crossing)).unwrap();
        all += &printed(workspace, crossing).unwrap();
    }
    let expected = workspace::read(&workspace.source(EXPECTED)).unwrap();
    let difference = term::diff((EXPECTED, &expected), ("printed", &all));
    assert!(all == expected, "{difference}");
    let memcheck = |crossing| {
        Cmd::new("valgrind")
            .args(["--quiet", "--error-exitcode=9", "--leak-check=full"])
            .arg(Language::C.line(workspace, crossing))
    };
    let sanitized = |crossing| Cmd::new(workspace.relative(&sanitized(crossing)));
    let mypy = Cmd::new(workspace.relative(&builds::tools(workspace).python()))
        .args(["-m", "mypy", "--config-file", "py-harness/pyproject.toml"])
        .args(CROSSINGS.iter().map(|it| Language::Python.source(it)))
        .env("MYPY_CACHE_DIR", builds::verify(workspace, "mypy"));
    let lines = CROSSINGS.iter().map(memcheck);
    let lines = lines.chain(CROSSINGS.iter().map(sanitized)).chain([mypy]);
    let findings = succeed(workspace, lines).unwrap();
    let texts: Vec<String> = findings.into_iter().map(|finding| finding.text).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
}

/// What both programs of a crossing print, each with its source above. What the library reports on
/// standard error names lines of its source; only where standard output goes elsewhere is it the
/// program's own message, and looked at.
fn printed(workspace: &Workspace, crossing: &Crossing) -> Result<String> {
    let mut printed = String::new();
    for language in Language::BOTH {
        let line = language.line(workspace, crossing);
        for to in redirections(crossing) {
            let quiet = if to.is_empty() { " 2> /dev/null" } else { to };
            let shown = shell::run(workspace, &(line.clone() + quiet))?;
            printed += &format!("$ {}{to}\n", language.source(crossing));
            printed += &shell::text(&[shown]);
        }
    }
    Ok(printed)
}
