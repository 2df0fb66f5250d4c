//! A folder outside the checkout, where a consumer is built and run with nothing but what was installed.

use std::env;
use std::path::{Path, PathBuf};

use abi_stages::inspect;
use abi_stages::library::Library;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use abi_verify::cases::{Choice, Plan, driver};
use abi_verify::check::Finding;
use abi_verify::paths;
use anyhow::{Context, Result};
use tempfile::{Builder, TempDir};

use crate::release::{self, IS_ELF};

/// The file with the calls, which a driver gets as its last argument.
pub const CALLS: &str = "calls.txt";

/// Removed with all that is in it when it goes out of scope.
pub struct Outside(TempDir);

impl Outside {
    pub fn new(library: &Library) -> Result<Outside> {
        // With a space, which not every build system is prepared for.
        let name = format!("{} installed ", library.name);
        let folder = Builder::new()
            .prefix(&name)
            .tempdir_in(env::temp_dir().canonicalize()?);
        folder
            .map(Outside)
            .context("cannot make a temporary folder")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub fn write(&self, path: &str, content: &str) -> Result<()> {
        workspace::write(&self.path(path), content.as_bytes())
    }

    /// Copies a folder to `path`, links as links.
    pub fn copy(&self, workspace: &Workspace, from: &Path, path: &str) -> Result<()> {
        let line = Cmd::new("cp")
            .args(["-R", "-P", "-p"])
            .args([from, &self.path(path)]);
        line.check(workspace).map(drop)
    }

    /// Calls `work` with such a folder in which is what makes the calls of the cases: the sources of the
    /// driver in C as the folder `driver`, the driver in Python as `python`, and the calls.
    pub fn with_drivers(
        workspace: &Workspace,
        work: impl FnOnce(&Outside, &Plan) -> Result<Vec<Finding>>,
    ) -> Result<Vec<Finding>> {
        let plan = &Plan::read(workspace, Choice::Few)?;
        let outside = Outside::new(workspace.library())?;
        let generated = plan.in_c(true);
        for (name, text) in driver::sources(&generated) {
            outside.write(&format!("driver/{name}"), text)?;
        }
        outside.copy(workspace, &driver::python(workspace, plan)?, "python")?;
        outside.write(CALLS, plan.text())?;
        work(&outside, plan)
    }

    /// A command that runs here and knows of no other place but the system's and `programs`.
    pub fn line(&self, program: &str, programs: &[PathBuf]) -> Result<Cmd> {
        let system = env::var_os("PATH").unwrap_or_default();
        let system = env::split_paths(&system).collect::<Vec<_>>();
        let path = env::join_paths(programs.iter().chain(&system))?;
        Ok(Cmd::new(program)
            .alone_in(self.0.path())
            .env("PATH", path)
            .env("HOME", self.0.path()))
    }
}

/// A finding for each path of this machine that a file has inside, and for each folder where it has the
/// loader look for other libraries.
pub fn paths_inside(workspace: &Workspace, name: &str, content: &[u8]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in release::paths_of_this_machine(workspace)? {
        if paths::below(content, &path).next().is_some() {
            let text = format!("{name} has the path {} inside", path.display());
            findings.push(Finding::new(text));
        }
    }
    if IS_ELF && let Ok(binary) = inspect::parse(content) {
        let places = binary.looks_in.into_iter();
        findings.extend(
            places.map(|place| {
                Finding::new(format!("{name} has {place} searched for other libraries"))
            }),
        );
    }
    Ok(findings)
}

/// With what cargo and rustup find their own files by.
pub fn with_home(line: Cmd) -> Cmd {
    ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]
        .into_iter()
        .filter_map(|name| Some((name, env::var_os(name)?)))
        .fold(line, |line, (name, value)| line.env(name, value))
}
