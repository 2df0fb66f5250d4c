//! The checks of the boundary to Python.

use std::path::{Path, PathBuf};

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::python::Environment;
use abi_stages::workspace::{self, Workspace};
use anyhow::Result;

use crate::builds::{self, Variant};
use crate::c::prints_the_same;
use crate::cases::{self, Language};
use crate::check::Requirement::*;
use crate::check::{Check, Finding, PROC, succeed, unsuccessful};
use crate::report;

pub const CHECKS: &[Check] = &[
    Check {
        id: "python/stage",
        claim: "Python prints what the Rust program prints",
        hint: "`cargo xtask python --explain` shows how it is made",
        needs: &[Module],
        run: stage,
    },
    Check {
        id: "python/cases",
        claim: "Python, through CFFI, gives the recorded answers, and to random cases those of C",
        hint: "if the new answer is right, delete the old one; `cargo xtask generate` writes it",
        needs: &[Cases, Module],
        run: |workspace| cases::compare(workspace, Language::Python),
    },
    Check {
        id: "python/tests",
        claim: "the module does what a Python programmer expects: its tests pass",
        hint: "`target/verify/python/bin/python -m pytest py-harness` runs them alone",
        needs: &[Canary, PythonTools],
        run: tests,
    },
    Check {
        id: "python/concurrency",
        claim: "threads run while the library works, children of every kind can use it, and \
                owners leave nothing when Python ends",
        hint: "a lock that is held across fork, or the interpreter's own lock held during a call",
        needs: &[Time, Canary, PythonTools],
        run: concurrency,
    },
    Check {
        id: "python/types",
        claim: "mypy --strict accepts the harness, and the stubs match the module",
        hint: "correct the type, or the code; the stub of the raw `lib` comes from the header",
        needs: &[Library, PythonTools],
        run: types,
    },
    Check {
        id: "python/lints",
        claim: "ruff does not complain",
        hint: "`target/verify/python/bin/python -m ruff check --fix` and `format` put much right",
        needs: &[PythonTools],
        run: lints,
    },
    Check {
        id: "python/linkage",
        claim: "the module finds the library by its own place, and names no folder of a machine",
        hint: "`rpath` and `forget_rpath_of_python` in the builder decide where it looks",
        needs: &[Linux("it reads the ELF header of the module"), Module],
        run: linkage,
    },
    Check {
        id: "python/import",
        claim: "the module imports from another folder without an environment, loads the \
                pipeline's library alone, and leaves the settings of the process as they were",
        hint: "the module's rpath leads from its own folder to target/pipeline/lib",
        needs: &[Linux(PROC), Module],
        run: import,
    },
    Check {
        id: "python/stable",
        claim: "no name of the package that was released is gone, and each takes what it took",
        hint: "give a new parameter a default and put it last; keep the old name beside a new one",
        needs: &[Linux(PROC), Module, Frozen],
        run: stable,
    },
];

/// A line that runs a module of the environment with the tools, whose caches stay out of the
/// checkout. Not the program of that name: its first line is the path of the interpreter, and in a
/// copy of the folder that of the original.
fn tool(workspace: &Workspace, module: &str) -> Cmd {
    let environment = builds::tools(workspace);
    Cmd::new(workspace.relative(&environment.python()))
        .args(["-m", module])
        // What is compiled once is a second less each time, also where it is turned off for all else.
        .env("PYTHONDONTWRITEBYTECODE", "")
        .env("PYTHONPYCACHEPREFIX", builds::verify(workspace, "bytecode"))
        .env("MYPY_CACHE_DIR", builds::verify(workspace, "mypy"))
        .env("RUFF_CACHE_DIR", builds::verify(workspace, "ruff"))
        .env(
            "HYPOTHESIS_STORAGE_DIRECTORY",
            builds::verify(workspace, "hypothesis"),
        )
}

/// Runs pytest on some of the files; it fails if there is no test in them.
fn pytest(workspace: &Workspace, name: &str, arguments: &[&str]) -> Result<Vec<Finding>> {
    let line = tool(workspace, "pytest")
        .args(["--quiet", "--tb=short"])
        .args(["--config-file", "py-harness/pyproject.toml"])
        // One for each run: pytest empties it at the start.
        .arg("--basetemp")
        .arg(builds::verify(workspace, &format!("pytest-{name}")))
        .args(arguments)
        // For tests that count blocks of memory.
        .env("CANARY", Variant::Canary.folder(workspace))
        .env("RUST_BACKTRACE", "0");
    unsuccessful(workspace, [line], report::of_pytest)
}

const CONCURRENT: [&str; 4] = [
    "py-harness/tests/test_threads.py",
    "py-harness/tests/test_processes.py",
    "py-harness/tests/test_cluster.py",
    "py-harness/tests/test_owner.py",
];

fn tests(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut arguments = vec!["py-harness/tests"];
    CONCURRENT
        .iter()
        .for_each(|file| arguments.extend(["--ignore", file]));
    pytest(workspace, "tests", &arguments)
}

fn concurrency(workspace: &Workspace) -> Result<Vec<Finding>> {
    let is_there = |file: &&str| workspace.source(file).is_file();
    let files: Vec<&str> = CONCURRENT.into_iter().filter(is_there).collect();
    if files.is_empty() {
        let text = format!("there is none of {}", CONCURRENT.join(", "));
        return Ok(vec![Finding::new(text)]);
    }
    pytest(workspace, "concurrency", &files)
}

fn types(workspace: &Workspace) -> Result<Vec<Finding>> {
    let of_every_library = include_str!("../stubtest-allowlist.txt");
    let mut allowlists = vec![workspace.bring("stubtest-allowlist.txt", of_every_library)?];
    let own = workspace.source("py-harness/stubtest-allowlist.txt");
    allowlists.extend(own.exists().then_some(own));
    let config = workspace.bring("stubtest.ini", include_str!("../stubtest.ini"))?;
    let name = workspace.library().name;
    let programs = ["{}", "{}_ffi_builder", "support/rust_backend"];
    let programs = programs.map(|program| format!("py-harness/{}.py", program.replace("{}", name)));
    let is_there = |program: &String| workspace.source(program).is_file();
    let mypy = mypy(workspace)
        // The tests of hello import the others of `support`.
        .args(["py-harness/src", "py-harness/tests"])
        .args(programs.into_iter().filter(is_there));
    let errors = succeed(workspace, [mypy])?;
    if !errors.is_empty() {
        // stubtest would report them again, and nothing else.
        return Ok(errors);
    }
    let stubtest = tool(workspace, "mypy.stubtest")
        .args(
            allowlists
                .iter()
                .flat_map(|file| ["--allowlist".as_ref(), file.as_os_str()]),
        )
        .arg("--ignore-unused-allowlist")
        .arg("--mypy-config-file")
        .arg(config)
        .arg(workspace.library().module);
    succeed(workspace, [stubtest])
}

fn mypy(workspace: &Workspace) -> Cmd {
    tool(workspace, "mypy").args(["--config-file", "py-harness/pyproject.toml"])
}

fn lints(workspace: &Workspace) -> Result<Vec<Finding>> {
    succeed(workspace, ruff(workspace, &["py-harness"]))
}

/// Its two lines, with further arguments.
fn ruff(workspace: &Workspace, arguments: &[&str]) -> [Cmd; 2] {
    let check = tool(workspace, "ruff").arg("check");
    let format = tool(workspace, "ruff").args(["format", "--check"]);
    let arguments = [&["--quiet", "--output-format=concise"], arguments].concat();
    [check, format].map(|line| line.args(&arguments))
}

fn stage(workspace: &Workspace) -> Result<Vec<Finding>> {
    let script = workspace.source(&format!("py-harness/{}.py", workspace.library().name));
    let line = Cmd::new(Environment::of_pipeline(workspace).python())
        .arg(script)
        .alone_in(Path::new("/"));
    Ok(prints_the_same(workspace, &line)?.into_iter().collect())
}

/// What `package.py` says of the package: it is imported in the environment of stage 3, from another folder
/// and without variables.
fn package(workspace: &Workspace) -> Result<String> {
    let library = workspace.library();
    let script = workspace.bring("package.py", include_str!("../python/package.py"))?;
    let line = Cmd::new(Environment::of_pipeline(workspace).python())
        .arg("-I")
        .arg(script)
        .args([library.module, library.name, &library.version_function()])
        .alone_in(Path::new("/"));
    Ok(line.check(workspace)?.stdout())
}

/// The lines of it that begin with a word.
fn said<'a>(package: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> + Clone {
    let lines = package.lines();
    lines.filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
}

fn import(workspace: &Workspace) -> Result<Vec<Finding>> {
    let package = package(workspace)?;
    let changed = said(&package, "changed");
    let mut findings: Vec<String> = changed
        .map(|what| format!("the import changes {what}"))
        .collect();
    let wanted = workspace.shared_library().canonicalize()?;
    let loads: Vec<&str> = said(&package, "loads").collect();
    if !loads.iter().map(Path::new).eq([wanted.as_path()]) {
        let (loads, wanted) = (loads.join(", "), wanted.display());
        findings.push(format!("it loads {loads}; it should load {wanted} alone"));
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

/// Where the names and signatures of the package are frozen, beside the ABI of the same version.
pub fn frozen(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.source(workspace.library().cdylib).join("abi");
    Ok(folder.join(format!("{}-python.txt", workspace.abi_version()?)))
}

/// Writes what the package offers today, unless it is frozen already; the file, if it was written.
pub fn freeze(workspace: &Workspace) -> Result<Option<PathBuf>> {
    let file = frozen(workspace)?;
    if file.exists() {
        return Ok(None);
    }
    builds::build_module(workspace)?;
    let package = package(workspace)?;
    let lines: Vec<&str> = said(&package, "offers").collect();
    workspace::write(&file, (lines.join("\n") + "\n").as_bytes())?;
    Ok(Some(file))
}

/// What was frozen and is no longer offered, or no longer takes what it took.
fn stable(workspace: &Workspace) -> Result<Vec<Finding>> {
    let package = package(workspace)?;
    let file = frozen(workspace)?;
    let shown = workspace.relative(&file);
    let constant = workspace.library().version_constant();
    let mut findings = Vec::new();
    for (index, old) in workspace::read(&file)?.lines().enumerate() {
        let mut offers = said(&package, "offers");
        if offers.clone().any(|now| takes_the_same(old, now)) {
            continue;
        }
        let name = |line: &str| line.split('(').next().unwrap_or_default().to_owned();
        let now = offers.find(|now| name(now) == name(old));
        let now = now.map_or("it is gone".to_owned(), |now| format!("now it is `{now}`"));
        let text = format!("`{old}` was released; {now}, and {constant} is the same");
        findings.push(Finding::new(text).at(&shown, index + 1));
    }
    Ok(findings)
}

/// Whether `now` takes every call that `old` took: the same parameters, and behind them only such that
/// may be left out.
fn takes_the_same(old: &str, now: &str) -> bool {
    if old == now {
        return true;
    }
    let (Some(old), Some(now)) = (old.strip_suffix(')'), now.strip_suffix(')')) else {
        return false;
    };
    // A function of CFFI does not say what it takes.
    if let Some(name) = old.strip_suffix("...") {
        return now.starts_with(name);
    }
    now.strip_prefix(old).is_some_and(|added| {
        let mut added = added.split(", ").filter(|parameter| !parameter.is_empty());
        added.all(|parameter| parameter.contains('=') || parameter.starts_with('*'))
    })
}

fn linkage(workspace: &Workspace) -> Result<Vec<Finding>> {
    // Not imported: that would need what is looked at here.
    let question = "import glob, sysconfig; \
                    print(*glob.glob(sysconfig.get_path('platlib') + '/{module}/_{library}.*[!i]'))";
    let question = workspace.library().fill(question);
    let module = builds::python(workspace).args(["-c", &question]);
    let module = PathBuf::from(module.check(workspace)?.stdout().trim());
    let shown = workspace.shown(&module);
    let folders = inspect::read(&module)?.looks_in;
    let mut findings: Vec<String> = folders
        .iter()
        .filter(|folder| !folder.starts_with("$ORIGIN"))
        .map(|folder| format!("{shown} looks for libraries in {folder}, a folder of this machine"))
        .collect();
    if folders.is_empty() {
        findings.push(format!("{shown} does not say where its library is"));
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Callers of `cargo xtask bench`, and the driver of the cases.
    #[test]
    #[ignore = "needs mypy and ruff in the environment of the checks, which pip installs"]
    fn the_engines_own_python_has_types_and_a_form() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        builds::build_python(&workspace).unwrap();
        for folder in ["xtask/lesson/bench/peers/python", "xtask/verify/python"] {
            let mypy = mypy(&workspace).arg(folder);
            let mypy = mypy.env("MYPYPATH", workspace.source("py-harness"));
            // Outside of the folder with the configuration.
            let arguments = ["--config", "py-harness/pyproject.toml", folder];
            let lines = ruff(&workspace, &arguments).into_iter().chain([mypy]);
            let findings = succeed(&workspace, lines).unwrap().into_iter();
            let texts: Vec<String> = findings.map(|finding| finding.text).collect();
            assert!(texts.is_empty(), "{}", texts.join("\n"));
        }
    }

    #[test]
    fn a_parameter_may_be_added_if_it_may_be_left_out() {
        for (old, now) in [
            ("f(a, b=1)", "f(a, b=1)"),
            ("f()", "f(a=1)"),
            ("f(a)", "f(a, *, b=2)"),
            ("f(a)", "f(a=None)"),
            ("f(...)", "f(value)"),
            ("Root.value", "Root.value"),
        ] {
            assert!(takes_the_same(old, now), "{old} -> {now}");
        }
        for (old, now) in [
            ("f(a)", "f(b)"),
            ("f(a)", "f(ab)"),
            ("f(a)", "f(a, b)"),
            ("f(a, b)", "f(a)"),
            ("f(a=1)", "f(a=12)"),
            ("f(...)", "g(value)"),
            ("Root.value", "Root.values"),
            ("f(a)", "class f(a)"),
        ] {
            assert!(!takes_the_same(old, now), "{old} -> {now}");
        }
    }
}
