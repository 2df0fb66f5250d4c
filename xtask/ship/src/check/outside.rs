//! A folder outside the checkout, where a consumer is built and run with nothing but what was installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use abi_stages::inspect;
use abi_stages::library::Library;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use abi_verify::cases::{Choice, Plan, driver};
use abi_verify::check::Finding;
use abi_verify::paths;
use anyhow::{Context, Result};

use crate::release::{self, IS_ELF};

/// Removed with all that is in it when it goes out of scope.
pub struct Outside {
    folder: PathBuf,
}

impl Outside {
    pub fn new(library: &Library) -> Result<Outside> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // With a space, which not every build system is prepared for.
        let name = format!("{} installed {}-{number}", library.name, process::id());
        let folder = env::temp_dir().canonicalize()?.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot write {}", folder.display()))?;
        Ok(Outside { folder })
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    pub fn write(&self, path: &str, content: &str) -> Result<()> {
        workspace::write(&self.path(path), content.as_bytes())
    }

    /// Copies a folder to `path`, links as links, without target directories.
    pub fn copy(&self, from: &Path, path: &str) -> Result<()> {
        copy(from, &self.path(path))
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
        outside.copy(&driver::python(workspace, plan)?, "python")?;
        outside.write("calls.txt", plan.text())?;
        work(&outside, plan)
    }

    /// What is wrong with the answers of a driver, which gets the calls as its last argument.
    pub fn compare(
        &self,
        workspace: &Workspace,
        plan: &Plan,
        name: &str,
        line: Cmd,
    ) -> Result<Vec<Finding>> {
        plan.compare(workspace, name, &line.arg(self.path("calls.txt")))
    }

    /// A command that runs here and knows of no other place but the system's and `programs`.
    pub fn line(&self, program: &str, programs: &[PathBuf]) -> Result<Cmd> {
        let system = env::var_os("PATH").unwrap_or_default();
        let system = env::split_paths(&system).collect::<Vec<_>>();
        let path = env::join_paths(programs.iter().chain(&system))?;
        Ok(Cmd::new(program)
            .alone_in(&self.folder)
            .env("PATH", path)
            .env("HOME", &self.folder))
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // What cannot be removed is the system's to remove: it is the folder for that.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    // What git and cargo keep is not among the sources.
    let is_kept = |folder: &Path| folder.ends_with(".git") || folder.join("CACHEDIR.TAG").exists();
    for file in workspace::walk(from, is_kept)? {
        let to = to.join(file.strip_prefix(from)?);
        let failed = || format!("cannot copy {} to {}", file.display(), to.display());
        fs::create_dir_all(to.parent().context("no folder")?).with_context(failed)?;
        if let Ok(target) = fs::read_link(&file) {
            abi_stages::step::link(&target.to_string_lossy(), &to)?;
        } else {
            fs::copy(&file, &to).with_context(failed)?;
        }
    }
    Ok(())
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
