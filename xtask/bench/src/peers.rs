//! Builds who is measured: the callers in C, Rust and Python, and the libraries beside ours. What
//! cannot be built is named with the reason, and the others are measured without it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use xtask::compiler::Compiler;
use xtask::play;
use xtask::process::{Line, find_program};
use xtask::python::Environment;
use xtask::stages;
use xtask::workspace::{TARGET, Workspace, program_name, shared_library_name};

use crate::table::Row;

/// A worker to be started, and the contenders that it has.
pub struct Team {
    /// The program and what comes before the rows.
    words: Vec<OsString>,
    pub contenders: Vec<&'static str>,
    /// What comes behind the contenders.
    more: Vec<OsString>,
}

impl Team {
    /// The line that starts it for these rows and these of its contenders.
    pub fn line(&self, rows: &[&Row], contenders: &[&str]) -> Line {
        self.line_under(&[], rows, contenders)
    }

    /// The same under another program, such as valgrind.
    pub fn line_under(&self, program: &[&str], rows: &[&Row], contenders: &[&str]) -> Line {
        let rows: Vec<&str> = rows.iter().map(|row| row.id).collect();
        let mut words = program
            .iter()
            .map(OsString::from)
            .chain(self.words.iter().cloned());
        Line::new(words.next().unwrap_or_default())
            .args(words)
            .arg(rows.join(","))
            .arg(contenders.join(","))
            .args(&self.more)
            // The order of sets and dictionaries is a matter of luck otherwise.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
    }
}

/// Everything that is built.
pub struct Peers {
    pub teams: Vec<Team>,
    /// Contenders that cannot be measured, and why.
    pub missing: Vec<(&'static str, String)>,
    pub python: PathBuf,
    /// The shared libraries that have the functions of hello.h, or why there is none.
    pub libraries: Vec<(&'static str, Result<PathBuf, String>)>,
}

/// A file or folder of the benchmarks.
pub fn folder(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("bench").join(path)
}

/// Where the peers' sources are.
fn source(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.source("xtask/bench/peers").join(path)
}

/// Builds all that is to be measured; `progress` hears of each.
///
/// # Errors
///
/// Something of our own does not build, or the callers do not.
pub fn build(workspace: &Workspace, progress: &mut dyn FnMut(&str) -> Result<()>) -> Result<Peers> {
    progress("our library")?;
    play::quietly(workspace, stages::products(workspace, "rust")?)?;
    let ours = workspace.shared_library();
    progress("the environment of Python")?;
    let environment = Environment::build_of_checks(workspace)?;
    let mut peers = Peers {
        teams: Vec::new(),
        missing: Vec::new(),
        python: environment.python(),
        libraries: Vec::new(),
    };
    progress("the library in C")?;
    let in_c = c_library(workspace)?;
    progress("the library in Go")?;
    let in_go = go_library(workspace).map_err(|error| told(&error));
    progress("the caller in Rust")?;
    let rust = rust_worker(workspace)?;
    progress("the callers in C")?;
    let c_callers = [
        ("c-c", Ok(&in_c)),
        ("c-rust", Ok(&ours)),
        ("c-go", in_go.as_ref()),
    ];
    for (contender, library) in c_callers {
        match library {
            Ok(library) => peers.teams.push(Team {
                words: vec![c_worker(workspace, contender, library)?.into()],
                contenders: vec![contender],
                more: Vec::new(),
            }),
            Err(reason) => peers.missing.push((contender, reason.clone())),
        }
    }
    peers.teams.insert(
        1,
        Team {
            words: vec![rust.into()],
            contenders: vec!["rust", "libloading"],
            more: vec![ours.clone().into()],
        },
    );
    progress("the callers in Python")?;
    let modules = folder(workspace, "python");
    let python = |contenders| Team {
        words: vec![
            environment.python().into(),
            source(workspace, "python/worker.py").into(),
        ],
        contenders,
        more: vec![modules.clone().into(), ours.clone().into()],
    };
    cffi_module(workspace, &environment, "rust", &ours)?;
    cffi_module(workspace, &environment, "c", &in_c)?;
    let mut contenders = vec![
        "pyhello", "prepared", "cffi-api", "cffi-abi", "ctypes", "cffi-c", "numpy", "python",
    ];
    progress("the module with PyO3")?;
    match pyo3_module(workspace, &environment, &modules) {
        Ok(()) => contenders.push("pyo3"),
        Err(error) => peers.missing.push(("pyo3", told(&error))),
    }
    peers.teams.push(python(contenders));
    // In a process of its own: its runtime shall not disturb the others.
    match &in_go {
        Ok(library) => {
            cffi_module(workspace, &environment, "go", library)?;
            peers.teams.push(python(vec!["cffi-go"]));
        }
        Err(reason) => peers.missing.push(("cffi-go", reason.clone())),
    }
    peers.libraries = vec![("Rust", Ok(ours)), ("Go", in_go), ("C", Ok(in_c))];
    Ok(peers)
}

/// The first lines of an error, in one.
fn told(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let lines: Vec<&str> = text.lines().map(str::trim).take(3).collect();
    lines.join(" ")
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
        .arg(workspace.source("c-harness"));
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

fn make_folder_of(file: &Path) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))
}
