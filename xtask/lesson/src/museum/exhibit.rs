//! An exhibit is tried: its program as it should be, the change, the damage, and who notices.

use std::path::{Path, PathBuf};

use abi_stages::process::Cmd;
use abi_stages::workspace::{Workspace, program_name};
use abi_verify::builds::{self, SANITIZERS, Variant};
use abi_verify::check::Requirement::{
    self, AddressSanitizer, Canary, LibraryAsan, LinuxX86, PythonTools,
};
use abi_verify::check::VALGRIND;
use abi_verify::copy::{Copy, unsaid};
use abi_verify::report;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::change::{Change, Noticed, Program};
use crate::examples;
use crate::page::working;
use crate::record::Records;
use crate::shell::{self, Shown};

/// How often the program is run after the change: the damage has to be there each time.
pub const RUNS: usize = 10;

/// The words of a line for which something is needed, and the builds of the library that take its place: for their
/// folders a word stands.
const NEEDS: [(&str, Requirement, Option<Variant>); 4] = [
    ("{main-asan}", AddressSanitizer, None),
    ("{asan}", LibraryAsan, Some(Variant::AddressSanitizer)),
    ("{canary}", Canary, Some(Variant::Canary)),
    ("valgrind ", VALGRIND, None),
];

/// All that was printed when an exhibit was tried.
#[derive(Default, Deserialize, Serialize)]
pub struct Tried {
    /// What this machine lacks for it, if anything; then nothing was run.
    pub absent: Option<String>,
    pub before: Vec<Shown>,
    pub damage: Vec<Shown>,
    pub notice: Shown,
}

impl Tried {
    /// Tries it in the copy. An error if the program shows the damage before anything is broken, if it
    /// does not in each of [`RUNS`] runs after the change, or if who has to notice does not say so.
    pub fn new(original: &Workspace, copy: &Copy, change: &Change) -> Result<Tried> {
        copy.restore()?;
        let program = change.program.as_ref();
        let program = program.with_context(|| format!("{} has no program", change.name))?;
        let source = copy.workspace.root().join(change.source(&copy.workspace));
        let trial = Trial {
            workspace: &copy.workspace,
            copy,
            is_c: source.extension().is_some_and(|end| end == "c"),
            source,
            change,
            program,
        };
        if let Some(absent) = trial.absent()? {
            return Ok(Tried {
                absent: Some(absent),
                ..Tried::default()
            });
        }
        trial.build()?;
        let before = trial.run()?;
        let as_before = shell::text(&before);
        let shows_damage = |text: &str| match &program.sees[..] {
            [] => text == as_before,
            words => unsaid(text, words).is_empty(),
        };
        ensure!(
            program.sees.is_empty() || !shows_damage(&as_before),
            "the program shows the damage before anything is broken:\n{as_before}"
        );
        change.apply(original, copy)?;
        trial.build()?;
        let mut damage = Vec::new();
        for round in 1..=RUNS {
            damage = trial.run()?;
            let text = shell::text(&damage);
            ensure!(
                shows_damage(&text),
                "the damage was not seen in run {round} of {RUNS}:\n{text}"
            );
        }
        Ok(Tried {
            absent: None,
            before,
            damage,
            notice: trial.notice()?,
        })
    }
}

/// What was printed when an exhibit was last tried; it is tried in the copy if something has changed since.
pub fn kept(
    workspace: &Workspace,
    records: &Records<'_>,
    copy: &Copy,
    exhibit: &Change,
) -> Result<Tried> {
    working(&format!("breaking {}", exhibit.name), || {
        let make = || Tried::new(workspace, copy, exhibit);
        let made_from = [&exhibit.file, &exhibit.folder()];
        let tried = records.kept(&exhibit.name, &made_from, make)?;
        match tried.absent {
            Some(_) => make(), // What was missing may have been installed.
            None => Ok(tried),
        }
    })
}

/// An exhibit, and the copy that it is tried on.
struct Trial<'a> {
    copy: &'a Copy,
    workspace: &'a Workspace,
    /// The program's file in the copy.
    source: PathBuf,
    is_c: bool,
    change: &'a Change,
    program: &'a Program,
}

impl Trial<'_> {
    /// What it requires and this machine lacks.
    fn absent(&self) -> Result<Option<String>> {
        let mut needs = vec![LinuxX86];
        if !self.is_c {
            needs.push(PythonTools);
        }
        match &self.change.noticed {
            Noticed::Check { id, .. } => needs.extend(abi_verify::check(id)?.needs),
            Noticed::Tool { line, .. } => {
                let stands = NEEDS.iter().filter(|(name, ..)| line.contains(name));
                needs.extend(stands.map(|(_, need, _)| need));
            }
            Noticed::Nobody { .. } => {}
        }
        let absent = needs.iter().find_map(|need| need.absent(self.workspace));
        Ok(absent.map(|absent| report::reason(&absent)))
    }

    /// What the one said who must notice, and the line that asked; an error if it did not.
    fn notice(&self) -> Result<Shown> {
        let shown = match &self.change.noticed {
            Noticed::Nobody { .. } => return Ok(Shown::default()),
            Noticed::Tool { line, .. } => self.shown(line)?,
            Noticed::Check { id, .. } => {
                let told = self.copy.check(id)?;
                let end = (!told.is_empty()).then(|| "exit status: 1".to_owned());
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

    /// Builds the library, the module and the program.
    fn build(&self) -> Result<()> {
        let workspace = self.workspace;
        builds::build_library(workspace)?;
        match self.is_c {
            true => self.compile("main", &[]),
            false => builds::build_python(workspace),
        }
    }

    fn run(&self) -> Result<Vec<Shown>> {
        let lines = self.program.run.iter();
        lines.map(|line| self.shown(line)).collect()
    }

    /// Compiles the program under that name.
    fn compile(&self, name: &str, flags: &[&str]) -> Result<()> {
        let workspace = self.workspace;
        let script = self.source.with_file_name("build.sh");
        let to = program(workspace, name);
        if !script.exists() {
            return examples::compile(workspace, &self.source, flags, &to);
        }
        std::fs::create_dir_all(to.parent().context("no folder")?)?;
        let line = Cmd::new("sh").arg(workspace.relative(&script));
        line.check(workspace).map(drop)
    }

    /// Runs a line with its placeholders filled in; what they stand for is built first.
    fn shown(&self, line: &str) -> Result<Shown> {
        let workspace = self.workspace;
        let path = |path: &Path| workspace.shown(path);
        let main = if self.is_c {
            path(&program(workspace, "main"))
        } else {
            let python = builds::tools(workspace).python();
            format!("{} {}", path(&python), path(&self.source))
        };
        let mut line = line.replace("{main}", &main);
        line = line.replace("{lib}", &path(&workspace.pipeline("lib")));
        if line.contains("{main-asan}") {
            self.compile("main-asan", &SANITIZERS)?;
            line = line.replace("{main-asan}", &path(&program(workspace, "main-asan")));
        }
        for (name, _, variant) in NEEDS {
            if let Some(variant) = variant
                && line.contains(name)
            {
                variant.build(workspace)?;
                line = line.replace(name, &path(&variant.folder(workspace)));
            }
        }
        shell::run(workspace, &line)
    }
}

fn program(workspace: &Workspace, name: &str) -> PathBuf {
    let folder = workspace.target().join("exhibit");
    folder.join(program_name(name))
}
