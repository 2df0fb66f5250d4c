//! A check as a row of a table: what it proves, what it needs, how it is done.

use std::path::PathBuf;

use anyhow::Result;
use xtask::process::find_program;
use xtask::workspace::Workspace;

/// A claim about the workspace, and how to find out whether it holds.
pub struct Check {
    /// Boundary and name, such as `abi/header`.
    pub id: &'static str,
    /// What is proven when it passes.
    pub claim: &'static str,
    /// What to do when it fails.
    pub hint: &'static str,
    pub needs: &'static [Need],
    /// Everything that was found wrong; nothing if the claim holds. An error if it could not be
    /// found out, which is a failure too.
    pub run: fn(&Workspace) -> Result<Vec<Finding>>,
}

impl Check {
    /// The part of the id before the slash.
    pub fn boundary(&self) -> &'static str {
        self.id
            .split_once('/')
            .map_or(self.id, |(boundary, _)| boundary)
    }
}

/// What a check cannot do without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// The three stages, built.
    Pipeline,
    /// Linux: what the check looks at is not there on other systems, or is not the same.
    Linux,
}

/// Why a check does not run.
#[derive(Debug)]
pub enum Absent {
    /// A tool is missing; how to install it.
    Tool {
        name: &'static str,
        install: &'static str,
    },
    /// This system has no such thing.
    NotApplicable(&'static str),
}

impl Need {
    /// What of it is not here.
    pub fn absent(self) -> Option<Absent> {
        match self {
            Need::Pipeline => None,
            Need::Linux if cfg!(target_os = "linux") => None,
            Need::Linux => Some(Absent::NotApplicable("only on Linux")),
        }
    }
}

/// A tool that is looked up by its name.
#[allow(dead_code)]
pub fn tool(name: &'static str, install: &'static str) -> Option<Absent> {
    find_program(name)
        .is_none()
        .then_some(Absent::Tool { name, install })
}

/// One thing that is wrong.
pub struct Finding {
    /// What was seen and what was wanted, in words; it may have several lines.
    pub text: String,
    /// Where to look, relative to the root.
    pub place: Option<(PathBuf, usize)>,
}

impl Finding {
    pub fn new(text: impl Into<String>) -> Finding {
        Finding {
            text: text.into(),
            place: None,
        }
    }

    pub fn at(mut self, file: impl Into<PathBuf>, line: usize) -> Finding {
        self.place = Some((file.into(), line));
        self
    }
}
