//! Builds who is measured: the callers in C, Rust and Python, and the libraries beside ours. What
//! cannot be built is named with the reason, and the others are measured without it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::compiler::Compiler;
use abi_stages::inspect;
use abi_stages::process::{Cmd, find_program};
use abi_stages::python::Environment;
use abi_stages::runner;
use abi_stages::stages;
use abi_stages::workspace::{TARGET, Workspace, program_name};
use abi_verify::builds;
use anyhow::{Context, Result, anyhow};

use crate::record::Missing;
use crate::table::{By, SUBJECTS};
use crate::worker::Caller;
use crate::{machine, show};

/// Everything that is built.
pub struct Peers {
    pub callers: Vec<Caller>,
    /// Subjects that cannot be measured, and why.
    pub missing: Vec<Missing>,
    /// The interpreter, if there is one that suits.
    pub python: Option<PathBuf>,
    /// The shared libraries that have the functions of hello.h, or why there is none.
    pub libraries: BTreeMap<&'static str, Result<PathBuf, String>>,
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

/// Builds all that is to be measured.
///
/// # Errors
///
/// Something of our own does not build, or the callers in C and Rust do not.
pub fn build(workspace: &Workspace) -> Result<Peers> {
    show::status("building our library")?;
    runner::quietly(workspace, stages::products(workspace, "rust")?)?;
    for part in ["c", "go", "python"] {
        let part = folder(workspace, part);
        fs::create_dir_all(&part).with_context(|| format!("cannot write {}", part.display()))?;
    }
    let ours = workspace.shared_library();
    let mut peers = Peers {
        callers: Vec::new(),
        missing: Vec::new(),
        python: None,
        libraries: [("Rust", Ok(ours.clone()))].into(),
    };
    show::status("building the libraries in C and Go")?;
    let arrays = shared(workspace, "c/arrays.c", "libbench-arrays.so", &[])?;
    for (name, is_here, flags) in builds_in_c() {
        let file = format!("libhello-{}.so", name.to_lowercase().replace(", ", "-"));
        let library = if is_here {
            Ok(shared(workspace, "c/hello.c", &file, flags)?)
        } else {
            Err("this processor lacks the registers".into())
        };
        peers.libraries.insert(name, library);
    }
    let in_go = go_library(workspace).map_err(|error| reason(&error));
    peers.libraries.insert("Go", in_go);

    show::status("building the callers in C and Rust")?;
    for subject in SUBJECTS {
        let By::C(library) = subject.by else { continue };
        match &peers.libraries[library] {
            Ok(library) => peers.callers.push(Caller {
                words: vec![c_caller(workspace, subject.id, library)?.into()],
                subjects: vec![subject.id],
            }),
            Err(reason) => peers.missing.push(Missing::new(subject.id, reason)),
        }
    }
    let in_rust = SUBJECTS.iter().filter(|subject| subject.by == By::Rust);
    peers.callers.push(Caller {
        words: [rust_caller(workspace)?, ours, arrays.clone()]
            .map(OsString::from)
            .into(),
        subjects: in_rust.map(|subject| subject.id).collect(),
    });

    show::status("building the environment of Python")?;
    match builds::build_python(workspace) {
        Ok(()) => peers.add_python(&builds::tools(workspace), &arrays, workspace)?,
        Err(error) => {
            let of_python = SUBJECTS.iter().filter(|one| one.is_from_python());
            let missing = of_python.map(|one| Missing::new(one.id, reason(&error)));
            peers.missing.extend(missing);
        }
    }
    Ok(peers)
}

impl Peers {
    /// The callers in Python, and what they call.
    fn add_python(
        &mut self,
        environment: &Environment,
        arrays: &Path,
        workspace: &Workspace,
    ) -> Result<()> {
        self.python = Some(environment.python());
        let modules = folder(workspace, "python");
        // Go's runtime shall not disturb the others: it has a process of its own.
        let (mut others, mut of_go) = (Vec::new(), Vec::new());
        for subject in SUBJECTS {
            let is_built = match subject.by {
                By::C(_) | By::Rust => continue,
                By::Python => Ok(()),
                By::Cffi(language) => match &self.libraries[language] {
                    Ok(library) => {
                        show::status(&format!(
                            "building the module over the library in {language}"
                        ))?;
                        Ok(cffi_module(workspace, environment, language, library)?)
                    }
                    Err(reason) => Err(reason.clone()),
                },
                By::Pyo3 => {
                    show::status("building the module with PyO3")?;
                    pyo3_module(workspace, environment, &modules).map_err(|error| reason(&error))
                }
            };
            match is_built {
                Ok(()) if subject.by == By::Cffi("Go") => of_go.push(subject.id),
                Ok(()) => others.push(subject.id),
                Err(reason) => self.missing.push(Missing::new(subject.id, reason)),
            }
        }
        let words = [
            environment.python(),
            source(workspace, "python/caller.py"),
            modules,
            workspace.shared_library(),
            arrays.to_owned(),
        ]
        .map(OsString::from);
        for subjects in [others, of_go] {
            if !subjects.is_empty() {
                let words = words.clone().into();
                self.callers.push(Caller { words, subjects });
            }
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
        .arg(workspace.source("xtask/verify/support"));
    Ok(line.args(sources.iter().map(|file| source(workspace, file))))
}

const GO: &str = "`go` was not found; Debian, Ubuntu: apt install golang; Fedora: dnf install golang; \
                  macOS: brew install go";

/// The same functions in Go.
fn go_library(workspace: &Workspace) -> Result<PathBuf> {
    find_program("go").ok_or_else(|| anyhow!(GO))?;
    let library = folder(workspace, "go").join("libhello-go.so");
    let mut include = joined("\"-I", &workspace.pipeline("include"));
    include.push("\"");
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
        // cgo divides it at spaces, quotes respected.
        .env("CGO_CFLAGS", include)
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
    language: &str,
    library: &Path,
) -> Result<()> {
    let exported: Vec<String> = inspect::read(library)?.exports.into_iter().collect();
    Cmd::new(environment.python())
        .arg(source(workspace, "python/build_modules.py"))
        .arg(workspace.source("py-harness"))
        .arg(workspace.pipeline("include"))
        .arg(folder(workspace, "python"))
        .arg(language.to_lowercase())
        .arg(library)
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
    let file = workspace
        .library()
        .shared_file()
        .replace("hello", "hello_pyo3");
    // Cargo names the system if its configuration does.
    let built = [target.join(TARGET).join("release"), target.join("release")]
        .map(|folder| folder.join(&file))
        .into_iter()
        .find(|file| file.exists())
        .context("cargo has built no module")?;
    abi_stages::step::copy(&built, &modules.join("hello_pyo3.so"))?;
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
