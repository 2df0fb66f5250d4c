//! Builds who is measured: the callers in C, Rust and Python, and the libraries beside ours. What
//! cannot be built is named with the reason, and the others are measured without it.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use xtask::compiler::Compiler;
use xtask::play;
use xtask::process::{Line, find_program};
use xtask::python::Environment;
use xtask::stages;
use xtask::workspace::{TARGET, Workspace, program_name, shared_library_name};

use crate::table;
use crate::team::Team;

/// Everything that is built.
pub struct Peers {
    pub teams: Vec<Team>,
    /// Contenders that cannot be measured, and why.
    pub missing: Vec<(&'static str, String)>,
    /// The interpreter, if there is one that suits.
    pub python: Option<PathBuf>,
    /// The shared libraries that have the functions of hello.h, or why there is none.
    pub libraries: Vec<(&'static str, Result<PathBuf, String>)>,
}

/// A file or folder of the benchmarks.
pub fn folder(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("bench").join(path)
}

/// Where the peers' sources are.
fn source(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.source("xtask/lesson/bench/peers").join(path)
}

/// Builds all that is to be measured; `progress` hears of each.
///
/// # Errors
///
/// Something of our own does not build, or the callers in C and Rust do not.
pub fn build(workspace: &Workspace, progress: &mut dyn FnMut(&str) -> Result<()>) -> Result<Peers> {
    progress("our library")?;
    play::quietly(workspace, stages::products(workspace, "rust")?)?;
    let mut peers = Peers {
        teams: Vec::new(),
        missing: Vec::new(),
        python: None,
        libraries: Vec::new(),
    };
    let ours = workspace.shared_library();
    progress("the library in C")?;
    let in_c = c_library(workspace)?;
    progress("the library in Go")?;
    let in_go = go_library(workspace).map_err(|error| told(&error));
    progress("the callers in C and Rust")?;
    peers.add_c("c-c", &Ok(in_c.clone()), workspace)?;
    peers.teams.push(Team {
        words: vec![rust_worker(workspace)?.into()],
        contenders: vec!["rust", "libloading"],
        more: vec![ours.clone().into()],
    });
    peers.add_c("c-rust", &Ok(ours.clone()), workspace)?;
    peers.add_c("c-go", &in_go, workspace)?;
    peers.libraries = vec![("C", Ok(in_c)), ("Rust", Ok(ours)), ("Go", in_go)];
    progress("the environment of Python")?;
    match Environment::build_of_checks(workspace) {
        Ok(environment) => peers.add_python(&environment, workspace, progress)?,
        Err(error) => {
            let of_python = table::CONTENDERS.iter().filter(|one| one.from_python);
            let reason = told(&error);
            peers
                .missing
                .extend(of_python.map(|one| (one.id, reason.clone())));
        }
    }
    Ok(peers)
}

impl Peers {
    /// The library in a language, or why there is none.
    fn library(&self, language: &str) -> Result<PathBuf, String> {
        let found = self.libraries.iter().find(|(name, _)| *name == language);
        found.map_or_else(
            || Err("it was not built".into()),
            |(_, library)| library.clone(),
        )
    }

    /// The caller in C of one of the libraries.
    fn add_c(
        &mut self,
        contender: &'static str,
        library: &Result<PathBuf, String>,
        workspace: &Workspace,
    ) -> Result<()> {
        match library {
            Ok(library) => self.teams.push(Team {
                words: vec![c_worker(workspace, contender, library)?.into()],
                contenders: vec![contender],
                more: Vec::new(),
            }),
            Err(reason) => self.missing.push((contender, reason.clone())),
        }
        Ok(())
    }

    /// The callers in Python, and what they call.
    fn add_python(
        &mut self,
        environment: &Environment,
        workspace: &Workspace,
        progress: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        self.python = Some(environment.python());
        let modules = folder(workspace, "python");
        let mut contenders = vec![
            "pyhello", "prepared", "cffi-abi", "ctypes", "numpy", "python",
        ];
        let mut of_go = Vec::new();
        for (contender, language) in [("cffi-api", "Rust"), ("cffi-c", "C"), ("cffi-go", "Go")] {
            progress(&format!("the module over the library in {language}"))?;
            match self.library(language) {
                Ok(library) => {
                    cffi_module(workspace, environment, &language.to_lowercase(), &library)?;
                    // Go's runtime shall not disturb the others: it has a process of its own.
                    let team = if language == "Go" {
                        &mut of_go
                    } else {
                        &mut contenders
                    };
                    team.push(contender);
                }
                Err(reason) => self.missing.push((contender, reason)),
            }
        }
        progress("the module with PyO3")?;
        match pyo3_module(workspace, environment, &modules) {
            Ok(()) => contenders.push("pyo3"),
            Err(error) => self.missing.push(("pyo3", told(&error))),
        }
        for contenders in [contenders, of_go] {
            if contenders.is_empty() {
                continue;
            }
            self.teams.push(Team {
                words: vec![
                    environment.python().into(),
                    source(workspace, "python/worker.py").into(),
                ],
                contenders,
                more: vec![modules.clone().into(), workspace.shared_library().into()],
            });
        }
        Ok(())
    }
}

/// Why something could not be built, in a line: what the program that failed says first, if any did.
fn told(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let of_program = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("| "))
        .find(|line| line.to_lowercase().contains("error"));
    of_program
        .or_else(|| text.lines().next())
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The same functions in C, optimised as far as the release profile optimises ours.
fn c_library(workspace: &Workspace) -> Result<PathBuf> {
    let library = folder(workspace, "c").join("libhello-c.so");
    make_folder_of(&library)?;
    compile(workspace, &["c/hello.c"])?
        // A root below zero is NaN and not `errno` as well: as in Rust, one instruction.
        .args(["-O3", "-fno-math-errno", "-fPIC", "-shared", "-s"])
        .arg(name_flag("libhello-c.so"))
        .arg("-o")
        .arg(&library)
        .check(workspace)?;
    Ok(library)
}

/// The caller in C, linked with one library.
fn c_worker(workspace: &Workspace, name: &str, library: &Path) -> Result<PathBuf> {
    let worker = folder(workspace, "c").join(program_name(&format!("worker-{name}")));
    make_folder_of(&worker)?;
    let search = library.parent().context("a library without a folder")?;
    compile(workspace, &["c/worker.c"])?
        .arg("-O2")
        .arg(library)
        .arg(joined("-Wl,-rpath,", search))
        .arg("-o")
        .arg(&worker)
        .check(workspace)?;
    Ok(worker)
}

/// The line that compiles peers in C, up to what they become.
pub fn compile(workspace: &Workspace, sources: &[&str]) -> Result<Line> {
    let line = Compiler::find(workspace)?
        .bare()
        .args(["-Wpedantic", "-I"])
        .arg(workspace.pipeline("include"))
        .arg("-I")
        .arg(workspace.source("c-harness/support"));
    Ok(line.args(sources.iter().map(|file| source(workspace, file))))
}

const GO: &str = "`go` was not found; Debian, Ubuntu: apt install golang; Fedora: dnf install golang; \
                  macOS: brew install go";

/// The same functions in Go.
fn go_library(workspace: &Workspace) -> Result<PathBuf> {
    find_program("go").ok_or_else(|| anyhow!(GO))?;
    let library = folder(workspace, "go").join("libhello-go.so");
    make_folder_of(&library)?;
    let linker = format!("-s -w -extldflags={}", name_flag("libhello-go.so"));
    Line::new("go")
        .args(["build", "-C"])
        .arg(source(workspace, "go"))
        .args(["-buildmode=c-shared", "-trimpath", "-buildvcs=false"])
        .args(["-ldflags", &linker, "-o"])
        .arg(&library)
        .arg(".")
        // Nothing outside of the target directory is written, and nothing is fetched.
        .env("GOCACHE", folder(workspace, "go/cache"))
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "1")
        .env(
            "CGO_CFLAGS",
            quoted_flag("-I", &workspace.pipeline("include")),
        )
        .check(workspace)?;
    Ok(library)
}

/// The caller in Rust, with the release profile.
fn rust_worker(workspace: &Workspace) -> Result<PathBuf> {
    const PACKAGE: &str = "xtask-bench-rust";
    Line::cargo()
        .args(["build", "--quiet", "--release", "--package", PACKAGE])
        .check(workspace)?;
    Ok(workspace.release(&program_name(PACKAGE)))
}

/// A CFFI module in API mode over one of the libraries.
fn cffi_module(
    workspace: &Workspace,
    environment: &Environment,
    name: &str,
    library: &Path,
) -> Result<()> {
    let modules = folder(workspace, "python");
    fs::create_dir_all(&modules).with_context(|| format!("cannot write {}", modules.display()))?;
    let stem = library.file_stem().unwrap_or_default().to_string_lossy();
    let linked_as = stem.strip_prefix("lib").unwrap_or(&stem).to_owned();
    Line::new(environment.python())
        .arg(source(workspace, "python/build_modules.py"))
        .arg(workspace.source("py-harness"))
        .arg(workspace.pipeline("include"))
        .arg(&modules)
        .arg(name)
        .arg(library.parent().context("a library without a folder")?)
        .arg(linked_as)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .check(workspace)
        .map(drop)
}

/// The module with PyO3, where Python finds it.
fn pyo3_module(workspace: &Workspace, environment: &Environment, modules: &Path) -> Result<()> {
    let target = folder(workspace, "pyo3");
    Line::cargo()
        .args(["build", "--quiet", "--release", "--locked"])
        .arg("--manifest-path")
        .arg(source(workspace, "pyo3/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env("PYO3_PYTHON", environment.python())
        .check(workspace)?;
    let file = shared_library_name().replace("hello", "hello_pyo3");
    // Cargo names the system if its configuration does.
    let built = [target.join(TARGET).join("release"), target.join("release")]
        .map(|folder| folder.join(&file))
        .into_iter()
        .find(|file| file.exists())
        .context("cargo has built no module")?;
    xtask::step::copy(&built, &modules.join("hello_pyo3.so"))?;
    Ok(())
}

/// Tells the linker by what name the loader shall know a library.
fn name_flag(name: &str) -> String {
    if cfg!(target_os = "macos") {
        format!("-Wl,-install_name,@rpath/{name}")
    } else {
        format!("-Wl,-soname,{name}")
    }
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut word = OsString::from(flag);
    word.push(path);
    word
}

/// A flag with a path in a variable that cgo divides at spaces, quotes respected.
fn quoted_flag(flag: &str, path: &Path) -> OsString {
    let mut word = OsString::from("\"");
    word.push(joined(flag, path));
    word.push("\"");
    word
}

/// Only one run at a time in one target directory: two would measure each other. Held until it is
/// dropped.
///
/// # Errors
///
/// Another run holds it, or it cannot be written.
pub fn lock(workspace: &Workspace) -> Result<File> {
    let path = folder(workspace, ".lock");
    make_folder_of(&path)?;
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => bail!(
            "another `cargo xtask bench` is measuring: two at once would measure each other\n\
             next: run it again when that has ended"
        ),
        // A file system without locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn make_folder_of(file: &Path) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_and_the_one_that_tells() {
        let told = |text: &str| told(&anyhow!(text.to_owned()));
        assert_eq!(told(GO), GO);
        assert_eq!(
            told("this command failed, 101:\n  cargo build\n  | warning: x\n  | error: no network"),
            "error: no network"
        );
        assert_eq!(
            told("no Python was found\nnext: install it"),
            "no Python was found"
        );
    }
}
