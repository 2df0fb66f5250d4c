//! An exhibit on its way: its program as it should be, the change, the damage, and who notices.

use std::path::{Path, PathBuf};

use abi_stages::compiler::{Compiler, Linkage};
use abi_stages::process::Cmd;
use abi_stages::python::Environment;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::builds::{self, SANITIZERS, Variant};
use abi_verify::check::{Artifact, Platform, Requirement, Tool};
use abi_verify::copy::{Copy, unsaid};
use abi_verify::report;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::change::{Change, Noticed, Program};
use crate::shell::{self, Shown};

/// How often the program is run after the change: the damage has to be there each time.
pub const RUNS: usize = 10;

/// The placeholders of a line, and what each requires.
const NEEDS: [(&str, Requirement); 4] = [
    ("{main-asan}", Requirement::With(Tool::AddressSanitizer)),
    ("{asan}", Requirement::Built(Artifact::LibraryAsan)),
    ("{canary}", Requirement::Built(Artifact::Canary)),
    ("valgrind ", Requirement::With(Tool::Valgrind)),
];

/// An exhibit, and the copy that it is tried on. The methods are to be called in their order.
pub struct Trial<'a> {
    original: &'a Workspace,
    copy: &'a Copy,
    change: &'a Change,
    program: &'a Program,
}

/// All that was printed in a trial.
#[derive(Default, Deserialize, Serialize)]
pub struct Tried {
    /// What this machine lacks for it, if anything; then nothing was run.
    pub absent: Option<String>,
    pub before: Vec<Shown>,
    pub damage: Vec<Shown>,
    pub notice: Vec<Shown>,
}

impl Tried {
    pub fn new(workspace: &Workspace, copy: &Copy, exhibit: &Change) -> Result<Tried> {
        let trial = Trial::begin(workspace, copy, exhibit)?;
        let absent = trial.absent()?;
        if absent.is_some() {
            return Ok(Tried {
                absent,
                ..Tried::default()
            });
        }
        let before = trial.before()?;
        let damage = trial.damage(&before)?;
        let notice = vec![trial.notice()?];
        Ok(Tried {
            absent,
            before,
            damage,
            notice,
        })
    }
}

impl<'a> Trial<'a> {
    /// With the copy as it should be.
    pub fn begin(original: &'a Workspace, copy: &'a Copy, change: &'a Change) -> Result<Self> {
        copy.restore()?;
        let program = change.program.as_ref();
        Ok(Trial {
            original,
            copy,
            change,
            program: program.with_context(|| format!("{} has no program", change.name))?,
        })
    }

    /// What it requires and this machine lacks.
    pub fn absent(&self) -> Result<Option<String>> {
        let mut needs = vec![Requirement::On(Platform::LinuxX86)];
        needs.extend(
            self.program
                .numpy
                .then_some(Requirement::Built(Artifact::PythonTools)),
        );
        match &self.change.noticed {
            Noticed::Check { id, .. } => needs.extend(abi_verify::check(id)?.needs),
            Noticed::Tool { line, .. } => {
                let stands = |(name, _): &&(&str, _)| line.contains(name);
                needs.extend(NEEDS.iter().filter(stands).map(|(_, need)| need));
            }
            Noticed::Nobody { .. } => {}
        }
        let absent = needs.iter().find_map(|need| need.absent(self.workspace()));
        Ok(absent.map(|absent| report::reason(&absent)))
    }

    /// What the program prints as long as nothing is broken.
    pub fn before(&self) -> Result<Vec<Shown>> {
        self.build()?;
        let shown = self.run()?;
        let text = shell::text(&shown);
        if !self.program.sees.is_empty() && unsaid(&text, &self.program.sees).is_empty() {
            bail!("the program shows the damage before anything is broken:\n{text}");
        }
        Ok(shown)
    }

    /// What it prints after the change; an error if the damage is not seen in each of [`RUNS`] runs.
    pub fn damage(&self, before: &[Shown]) -> Result<Vec<Shown>> {
        self.change.apply(self.original, self.copy)?;
        self.build()?;
        let mut shown = Vec::new();
        for round in 1..=RUNS {
            shown = self.run()?;
            let text = shell::text(&shown);
            let is_seen = match &self.program.sees[..] {
                [] => text == shell::text(before),
                words => unsaid(&text, words).is_empty(),
            };
            ensure!(
                is_seen,
                "the damage was not seen in run {round} of {RUNS}:\n{text}"
            );
        }
        Ok(shown)
    }

    /// What the one said who must notice, and the line that asked; an error if it did not.
    pub fn notice(&self) -> Result<Shown> {
        let shown = match &self.change.noticed {
            Noticed::Nobody { .. } => return Ok(Shown::default()),
            Noticed::Tool { line, .. } => self.under_tool(line)?,
            Noticed::Check { id, .. } => {
                let told = self.copy.check(id)?;
                let end = (!told.is_empty()).then(|| "exit status 1".to_owned());
                Shown::new(format!("cargo xtask verify {id}"), &told, end)
            }
        };
        let (line, told) = (&shown.command, shell::text(std::slice::from_ref(&shown)));
        ensure!(shown.end.is_some(), "`{line}` ends well in spite of it");
        let unsaid = unsaid(&told, self.change.noticed.says());
        ensure!(
            unsaid.is_empty(),
            "`{line}` does not say {unsaid:?}; it says:\n{told}"
        );
        Ok(shown)
    }

    fn workspace(&self) -> &Workspace {
        &self.copy.workspace
    }

    fn is_c(&self) -> bool {
        self.folder().join("main.c").exists()
    }

    fn folder(&self) -> PathBuf {
        self.workspace().root().join(&self.change.folder)
    }

    /// Builds the library, the module and the program.
    fn build(&self) -> Result<()> {
        let workspace = self.workspace();
        builds::build_library(workspace)?;
        match (self.is_c(), self.program.numpy) {
            (true, _) => self.compile("{main}", &[]),
            (false, true) => builds::build_python(workspace),
            (false, false) => builds::build_module(workspace),
        }
    }

    fn run(&self) -> Result<Vec<Shown>> {
        let lines = self.program.run.iter();
        let runs = lines.map(|line| shell::run(self.workspace(), &self.filled_in(line)));
        runs.collect()
    }

    fn under_tool(&self, line: &str) -> Result<Shown> {
        let workspace = self.workspace();
        for (name, variant) in VARIANTS {
            if line.contains(name) {
                variant.build(workspace)?;
            }
        }
        if line.contains("{main-asan}") {
            self.compile("{main-asan}", &SANITIZERS)?;
        }
        shell::run(workspace, &self.filled_in(line))
    }

    /// Compiles the program to the path of its placeholder.
    fn compile(&self, placeholder: &str, flags: &[&str]) -> Result<()> {
        let workspace = self.workspace();
        let to = program(workspace, placeholder);
        std::fs::create_dir_all(to.parent().context("no folder")?)?;
        let script = self.folder().join("build.sh");
        let line = if script.exists() {
            Cmd::new("sh").arg(workspace.relative(&script))
        } else {
            let files = workspace::files(&self.folder())?.into_iter();
            let sources = files.filter(|path| path.extension().is_some_and(|end| end == "c"));
            let program = abi_stages::compiler::Program {
                sources: sources.map(|path| workspace.relative(&path)).collect(),
                flags: &[&["-pthread"], flags].concat(),
                linkage: Linkage::Shared,
                to: &to,
            };
            Compiler::find(workspace)?.program(workspace, &program)
        };
        line.check(workspace).map(drop)
    }

    /// A line with its placeholders filled in.
    fn filled_in(&self, line: &str) -> String {
        let workspace = self.workspace();
        let path = |path: &Path| workspace.relative(path).to_string_lossy().into_owned();
        let environment = match self.program.numpy {
            false => Environment::of_pipeline(workspace),
            true => builds::tools(workspace),
        };
        let main = match self.is_c() {
            true => path(&program(workspace, "{main}")),
            false => {
                let script = path(&self.folder().join("main.py"));
                format!("{} {script}", path(&environment.python()))
            }
        };
        let mut line = line
            .replace("{main}", &main)
            .replace("{main-asan}", &path(&program(workspace, "{main-asan}")))
            .replace("{lib}", &path(&workspace.pipeline("lib")));
        for (name, variant) in VARIANTS {
            line = line.replace(name, &path(&variant.folder(workspace)));
        }
        line
    }
}

/// Other builds of the library; their folders are placeholders.
const VARIANTS: [(&str, Variant); 2] = [
    ("{asan}", Variant::AddressSanitizer),
    ("{canary}", Variant::Canary),
];

/// The path of the program that a placeholder names.
fn program(workspace: &Workspace, placeholder: &str) -> PathBuf {
    let name = program_name(placeholder.trim_matches(['{', '}']));
    workspace.target().join("exhibit").join(name)
}
