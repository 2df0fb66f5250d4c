//! Builds who is measured: the callers in C, Rust and Python, and the libraries beside ours. What
//! cannot be built is named with the reason, and the others are measured without it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use xtask::compiler::Compiler;
use xtask::inspect;
use xtask::process::{Cmd, find_program};
use xtask::python::Environment;
use xtask::runner;
use xtask::stages;
use xtask::workspace::{TARGET, Workspace, program_name, shared_library_name};

use crate::caller::Caller;
use crate::machine;
use crate::table::{self, BASELINE};

/// Everything that is built.
pub struct Peers {
    pub callers: Vec<Caller>,
    /// Subjects that cannot be measured, and why.
    pub missing: Vec<(&'static str, String)>,
    /// The interpreter, if there is one that suits.
    pub python: Option<PathBuf>,
    /// The shared libraries that have the functions of hello.h, or why there is none.
    libraries: Vec<(&'static str, Result<PathBuf, String>)>,
}

/// A file or folder of the benchmarks.
pub fn folder(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("bench").join(path)
}

/// Where the peers' sources are.
fn source(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.source("xtask/lesson/bench/peers").join(path)
}

/// The builds of the library in C: a name, whether it can run here, and the compiler's flags. The
/// first is compiled for what every processor of its kind has, as ours is.
fn builds_in_c() -> [(&'static str, bool, &'static [&'static str]); 3] {
    const WIDEST: &[&str] = &["-mavx512f", "-mprefer-vector-width=512"];
    [
        ("C", true, &[]),
        ("C, AVX2", machine::has_avx2(), &["-mavx2"]),
        ("C, AVX-512", machine::has_avx512(), WIDEST),
    ]
}

/// The subjects that the caller in C calls, and the library that each is linked with.
const IN_C: [(&str, &str); 5] = [
    (BASELINE, "C"),
    ("c-avx2", "C, AVX2"),
    ("c-avx512", "C, AVX-512"),
    ("c-rust", "Rust"),
    ("c-go", "Go"),
];

/// The same of CFFI's modules.
const IN_CFFI: [(&str, &str); 3] = [("cffi-api", "Rust"), ("cffi-c", "C"), ("cffi-go", "Go")];

/// The other subjects of the caller in Python.
const IN_PYTHON: [&str; 6] = [
    "pyhello", "prepared", "cffi-abi", "ctypes", "numpy", "python",
];

/// Builds all that is to be measured; `progress` hears of each.
///
/// # Errors
///
/// Something of our own does not build, or the callers in C and Rust do not.
pub fn build(workspace: &Workspace, progress: &mut dyn FnMut(&str) -> Result<()>) -> Result<Peers> {
    progress("our library")?;
    runner::quietly(workspace, stages::products(workspace, "rust")?)?;
    let ours = workspace.shared_library();
    let mut peers = Peers {
        callers: Vec::new(),
        missing: Vec::new(),
        python: None,
        libraries: vec![("Rust", Ok(ours.clone()))],
    };
    progress("the libraries in C and Go")?;
    let arrays = shared(workspace, "c/arrays.c", "libbench-arrays.so", &[])?;
    for (name, is_here, flags) in builds_in_c() {
        let file = format!("libhello-{}.so", name.to_lowercase().replace(", ", "-"));
        let library = if is_here {
            Ok(shared(workspace, "c/hello.c", &file, flags)?)
        } else {
            Err("this processor lacks the registers".into())
        };
        peers.libraries.push((name, library));
    }
    let in_go = go_library(workspace).map_err(|error| reason(&error));
    peers.libraries.push(("Go", in_go));

    progress("the callers in C and Rust")?;
    for (subject, library) in IN_C {
        match peers.library(library) {
            Ok(library) => peers.callers.push(Caller {
                words: vec![c_caller(workspace, subject, &library)?.into()],
                subjects: vec![subject],
                more: Vec::new(),
            }),
            Err(reason) => peers.missing.push((subject, reason)),
        }
    }
    peers.callers.push(Caller {
        words: vec![rust_caller(workspace)?.into()],
        subjects: vec!["rust", "libloading"],
        more: vec![ours.into(), arrays.clone().into()],
    });

    progress("the environment of Python")?;
    match Environment::build_of_checks(workspace) {
        Ok(environment) => peers.add_python(&environment, &arrays, workspace, progress)?,
        Err(error) => {
            let of_python = table::SUBJECTS.iter().filter(|one| one.from_python);
            let missing = of_python.map(|one| (one.id, reason(&error)));
            peers.missing.extend(missing);
        }
    }
    Ok(peers)
}

impl Peers {
    /// The library of this name, or why there is none.
    pub fn library(&self, name: &str) -> Result<PathBuf, String> {
        let found = self.libraries.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| Err("it was not built".into()), |(_, it)| it.clone())
    }

    /// The callers in Python, and what they call.
    fn add_python(
        &mut self,
        environment: &Environment,
        arrays: &Path,
        workspace: &Workspace,
        progress: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        self.python = Some(environment.python());
        let modules = folder(workspace, "python");
        let mut subjects = IN_PYTHON.to_vec();
        for (subject, language) in IN_CFFI {
            progress(&format!("the module over the library in {language}"))?;
            match self.library(language) {
                Ok(library) => {
                    cffi_module(workspace, environment, &language.to_lowercase(), &library)?;
                    subjects.push(subject);
                }
                Err(reason) => self.missing.push((subject, reason)),
            }
        }
        progress("the module with PyO3")?;
        match pyo3_module(workspace, environment, &modules) {
            Ok(()) => subjects.push("pyo3"),
            Err(error) => self.missing.push(("pyo3", reason(&error))),
        }
        // Go's runtime shall not disturb the others: it has a process of its own.
        let (of_go, others): (Vec<_>, Vec<_>) =
            subjects.into_iter().partition(|one| *one == "cffi-go");
        for subjects in [others, of_go] {
            if subjects.is_empty() {
                continue;
            }
            self.callers.push(Caller {
                words: vec![
                    environment.python().into(),
                    source(workspace, "python/caller.py").into(),
                ],
                subjects,
                more: vec![
                    modules.clone().into(),
                    workspace.shared_library().into(),
                    arrays.into(),
                ],
            });
        }
        Ok(())
    }
}

/// Why something could not be built, in a line: what the program that failed says first, if any did.
fn reason(error: &anyhow::Error) -> String {
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

/// A shared library in C, optimised as far as the release profile optimises ours.
fn shared(workspace: &Workspace, file: &str, name: &str, flags: &[&str]) -> Result<PathBuf> {
    let library = folder(workspace, "c").join(name);
    make_folder_of(&library)?;
    compile(workspace, &[file])?
        // A root below zero is NaN and not `errno` as well: as in Rust, one instruction.
        .args(["-O3", "-fno-math-errno", "-fPIC", "-shared", "-s"])
        .args(flags)
        .arg(name_flag(name))
        .arg("-o")
        .arg(&library)
        .check(workspace)?;
    Ok(library)
}

/// The caller in C, linked with one library.
fn c_caller(workspace: &Workspace, name: &str, library: &Path) -> Result<PathBuf> {
    let caller = folder(workspace, "c").join(program_name(&format!("caller-{name}")));
    make_folder_of(&caller)?;
    let search = library.parent().context("a library without a folder")?;
    compile(workspace, &["c/caller.c", "c/arrays.c"])?
        .arg("-O2")
        // macOS: a function that the library lacks is looked up when the program starts, and is NULL.
        .args(cfg!(target_os = "macos").then_some("-Wl,-undefined,dynamic_lookup"))
        .arg(library)
        .arg(joined("-Wl,-rpath,", search))
        .arg("-o")
        .arg(&caller)
        .check(workspace)?;
    Ok(caller)
}

/// The line that compiles peers in C, up to what they become.
pub fn compile(workspace: &Workspace, sources: &[&str]) -> Result<Cmd> {
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
    Cmd::new("go")
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
fn rust_caller(workspace: &Workspace) -> Result<PathBuf> {
    const PACKAGE: &str = "xtask-bench-rust";
    Cmd::cargo()
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
    let exported: Vec<String> = inspect::read(library)?.exports.into_iter().collect();
    let stem = library.file_stem().unwrap_or_default().to_string_lossy();
    let linked_as = stem.strip_prefix("lib").unwrap_or(&stem).to_owned();
    Cmd::new(environment.python())
        .arg(source(workspace, "python/build_modules.py"))
        .arg(workspace.source("py-harness"))
        .arg(workspace.pipeline("include"))
        .arg(&modules)
        .arg(name)
        .arg(library.parent().context("a library without a folder")?)
        .arg(linked_as)
        .arg(exported.join(","))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .check(workspace)
        .map(drop)
}

/// The module with PyO3, where Python finds it.
fn pyo3_module(workspace: &Workspace, environment: &Environment, modules: &Path) -> Result<()> {
    let target = folder(workspace, "pyo3");
    Cmd::cargo()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_and_the_one_that_tells() {
        let reason = |text: &str| reason(&anyhow!(text.to_owned()));
        assert_eq!(reason(GO), GO);
        assert_eq!(
            reason(
                "this command failed, 101:\n  cargo build\n  | warning: x\n  | error: no network"
            ),
            "error: no network"
        );
        assert_eq!(
            reason("no Python was found\nnext: install it"),
            "no Python was found"
        );
    }
}
