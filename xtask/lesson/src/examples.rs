//! The programs that a lesson shows: one in C and one in Python for each crossing, written for readers.

use std::path::{Path, PathBuf};

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::python::Environment;
use abi_stages::workspace::{Workspace, program_name};
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
        match self {
            Language::C => workspace.shown(&program(workspace, crossing)),
            Language::Python => {
                let python = workspace.shown(&Environment::of_pipeline(workspace).python());
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

fn program(workspace: &Workspace, crossing: &Crossing) -> PathBuf {
    let folder = workspace.target().join("lesson/c");
    folder.join(program_name(crossing.file()))
}

/// Compiles the program in C of a crossing.
pub fn build(workspace: &Workspace, crossing: &Crossing) -> Result<()> {
    let source = workspace.source(&Language::C.source(crossing));
    compile(workspace, &source, &[], &program(workspace, crossing))
}

/// Compiles a program of one file in C, which finds the shared library.
pub fn compile(workspace: &Workspace, source: &Path, flags: &[&str], to: &Path) -> Result<()> {
    std::fs::create_dir_all(to.parent().unwrap_or(to))?;
    let program = Program {
        sources: vec![workspace.relative(source)],
        flags: &[&["-pthread"], flags].concat(),
        linkage: Linkage::Shared,
        to,
    };
    let compiler = Compiler::find(workspace)?;
    compiler
        .program(workspace, &program)
        .check(workspace)
        .map(drop)
}
