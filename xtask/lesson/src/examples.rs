//! The programs that a lesson shows: one in C and one in Python for each crossing, written for readers.

use std::path::PathBuf;

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::process::Cmd;
use abi_stages::python::Environment;
use abi_stages::runner;
use abi_stages::step::{Stamp, Step};
use abi_stages::term;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::builds::{self, SANITIZERS};
use abi_verify::check::{Finding, succeed};
use abi_verify::fault::exhibit::{self, Shown};
use anyhow::Result;

use crate::crossings::{CROSSINGS, Crossing};

/// What the programs print, a file for each crossing.
const EXPECTED: &str = "xtask/lesson/examples";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    C,
    Python,
}

impl Language {
    pub const BOTH: [Language; 2] = [Language::C, Language::Python];

    pub fn name(self) -> &'static str {
        match self {
            Language::C => "C",
            Language::Python => "Python",
        }
    }

    /// The program's source, from the root.
    pub fn source(self, crossing: &Crossing) -> String {
        match self {
            Language::C => format!("c-harness/examples/{}.c", crossing.file()),
            Language::Python => format!("py-harness/examples/{}.py", crossing.file()),
        }
    }

    /// The line that runs the program.
    pub fn line(self, workspace: &Workspace, crossing: &Crossing) -> String {
        let shown = |file: PathBuf| workspace.relative(&file).to_string_lossy().into_owned();
        match self {
            Language::C => shown(program(workspace, crossing, false)),
            Language::Python => {
                let python = shown(Environment::of_pipeline(workspace).python());
                format!("{python} {}", self.source(crossing))
            }
        }
    }
}

/// Where the output goes: a terminal, or, for a crossing that can fail in no other way, a full disk.
pub fn redirections(crossing: &Crossing) -> &'static [&'static str] {
    match crossing.name {
        "nothing" => &["", " > /dev/full"],
        _ => &[""],
    }
}

/// Runs a program in each of its ways, as a terminal shows it.
pub fn run(workspace: &Workspace, language: Language, crossing: &Crossing) -> Result<Vec<Shown>> {
    let line = language.line(workspace, crossing);
    let runs = redirections(crossing).iter();
    runs.map(|to| exhibit::shell(workspace, &(line.clone() + to)))
        .collect()
}

fn program(workspace: &Workspace, crossing: &Crossing, is_sanitized: bool) -> PathBuf {
    let suffix = if is_sanitized { "-sanitized" } else { "" };
    let name = program_name(&format!("{}{suffix}", crossing.file()));
    workspace.target().join("lesson/c").join(name)
}

/// Compiles the programs in C of these crossings.
pub fn build<'a>(
    workspace: &Workspace,
    crossings: impl IntoIterator<Item = &'a Crossing>,
    is_sanitized: bool,
) -> Result<()> {
    let compiler = Compiler::find(workspace)?;
    std::fs::create_dir_all(workspace.target().join("lesson/c"))?;
    let steps = crossings.into_iter().map(|crossing| {
        let source = Language::C.source(crossing);
        let to = program(workspace, crossing, is_sanitized);
        let line = compiler.program(
            workspace,
            &Program {
                sources: vec![source.as_str().into()],
                flags: if is_sanitized { &SANITIZERS } else { &[] },
                linkage: Linkage::Shared,
                to: &to,
            },
        );
        let stamp = Stamp::new(to.with_extension("stamp"))
            .command(workspace, &line)
            .input(workspace.source(&source))
            .input(workspace.pipeline_header())
            .output(&to);
        Step::new("Compile an example", "").run(line).stamped(stamp)
    });
    runner::quietly(workspace, steps.collect())
}

/// The check `docs/examples`.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    build(workspace, CROSSINGS, false)?;
    build(workspace, CROSSINGS, true)?;
    let mut findings = Vec::new();
    for crossing in CROSSINGS {
        let file = format!("{EXPECTED}/{}.txt", crossing.file());
        let expected = workspace::read(&workspace.source(&file))?;
        let printed = printed(workspace, crossing)?;
        if printed != expected {
            let difference = term::diff((&file, &expected), ("what the programs print", &printed));
            findings.push(Finding::new(difference).at(&file, 1));
        }
        findings.extend(under_tools(workspace, crossing)?);
    }
    let mypy = Cmd::new(workspace.relative(&builds::tools(workspace).python()))
        .args(["-m", "mypy", "--config-file", "py-harness/pyproject.toml"])
        .args(CROSSINGS.iter().map(|it| Language::Python.source(it)))
        .env("MYPY_CACHE_DIR", builds::verify(workspace, "mypy"));
    findings.extend(succeed(workspace, [mypy])?);
    Ok(findings)
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
            let shown = exhibit::shell(workspace, &(line.clone() + quiet))?;
            printed += &format!("$ {}{to}\n", language.source(crossing));
            printed += &exhibit::text(&[shown]);
        }
    }
    Ok(printed)
}

fn under_tools(workspace: &Workspace, crossing: &Crossing) -> Result<Vec<Finding>> {
    let memcheck = Cmd::new("valgrind")
        .args(["--quiet", "--error-exitcode=9", "--leak-check=full"])
        .arg(workspace.relative(&program(workspace, crossing, false)));
    let sanitized = Cmd::new(workspace.relative(&program(workspace, crossing, true)));
    succeed(workspace, [memcheck, sanitized])
}
