//! Who speaks in a transcript: the programs that read the cases, one for each way to the library.

use std::path::{Path, PathBuf};

use anyhow::Result;
use xtask::process::Line;
use xtask::workspace::{self, Workspace};

use crate::harness;
use crate::transcript;

/// A way to the library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speaker {
    /// The logic, called directly: what the others are measured by.
    Core,
    /// Rust through the shared library, opened by its path.
    Library,
    /// C with the shared library.
    CShared,
    /// C with the static library inside.
    CStatic,
    /// Python through pyhello.
    Python,
}

pub const ALL: [Speaker; 5] = [
    Speaker::Core,
    Speaker::Library,
    Speaker::CShared,
    Speaker::CStatic,
    Speaker::Python,
];

impl Speaker {
    /// What it is called in a report.
    pub fn name(self) -> &'static str {
        match self {
            Speaker::Core => "Rust",
            Speaker::Library => "Rust through the library",
            Speaker::CShared => "C",
            Speaker::CStatic => "C, static",
            Speaker::Python => "Python",
        }
    }

    /// The line that prints its transcript.
    pub fn line(self, workspace: &Workspace, cases: &Path) -> Line {
        let cases = workspace.relative(cases);
        match self {
            Speaker::Core => Line::xtask("transcript").arg("core").arg(cases),
            Speaker::Library => Line::xtask("transcript").arg("library").arg(cases),
            Speaker::CShared => harness::CROSSINGS.line(workspace).arg(cases),
            Speaker::CStatic => harness::CROSSINGS_STATIC.line(workspace).arg(cases),
            Speaker::Python => harness::python_crossings(workspace).arg(cases),
        }
    }

    /// Its transcript.
    pub fn transcript(self, workspace: &Workspace, cases: &Path) -> Result<Vec<u8>> {
        Ok(self.line(workspace, cases).check(workspace)?.stdout)
    }
}

/// Writes the fixed cases but for the few that are long, for runs with many rounds.
pub fn write_short_cases(workspace: &Workspace) -> Result<PathBuf> {
    let file = workspace.target().join("verify").join("cases-short.txt");
    let cases: String = transcript::fixed()
        .lines()
        .filter(|case| case.len() < 1000)
        .flat_map(|case| [case, "\n"])
        .collect();
    workspace::write(&file, cases.as_bytes())?;
    Ok(file)
}

/// Writes the fixed cases, and `count` random ones, where the programs find them.
pub fn write_cases(workspace: &Workspace, seed: u64, count: usize) -> Result<PathBuf> {
    let file = workspace
        .target()
        .join("verify")
        .join(format!("cases-{seed}-{count}.txt"));
    let cases = transcript::fixed() + &transcript::random(seed, count);
    workspace::write(&file, cases.as_bytes())?;
    Ok(file)
}
