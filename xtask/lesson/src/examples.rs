//! The programs that a lesson shows: one in C and one in Python for each crossing, written for readers.

use std::path::PathBuf;

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::python::Environment;
use abi_stages::runner;
use abi_stages::step::{Stamp, Step};
use abi_stages::workspace::{Workspace, program_name};
use abi_verify::builds::SANITIZERS;
use anyhow::Result;

use crate::crossings::Crossing;
use crate::shell::{self, Shown};

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
    runs.map(|to| shell::run(workspace, &(line.clone() + to)))
        .collect()
}

pub fn program(workspace: &Workspace, crossing: &Crossing, is_sanitized: bool) -> PathBuf {
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
