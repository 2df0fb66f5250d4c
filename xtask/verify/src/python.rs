//! The checks of the boundary to Python.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::python::Environment;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, anyhow};

use crate::builds::{self, Variant};
use crate::c::prints_the_same;
use crate::cases::{self, Language};
use crate::check::Artifact::*;
use crate::check::Platform::*;
use crate::check::Requirement::*;
use crate::check::{Check, Finding, Need, PROC, Requirement, SkipReason};

pub const CHECKS: &[Check] = &[
    Check {
        id: "python/stage",
        claim: "Python prints what the Rust program prints",
        hint: "`cargo xtask python --explain` shows how it is made",
        needs: &[Built(Module), After("c/stage")],
        run: stage,
    },
    Check {
        id: "python/cases",
        claim: "Python, through CFFI, gives the answer that is recorded to every case, and to random ones \
                what C gives, bit for bit",
        hint: "the line of the case is named; if the new answer is right, delete the recorded one, and \
               `cargo xtask generate` writes it",
        needs: &[
            Cases,
            Built(Module),
            Built(CPrograms),
            After("c/cases-shared"),
        ],
        run: |workspace| cases::compare(workspace, Language::Python),
    },
    Check {
        id: "python/tests",
        claim: "the module does what a Python programmer expects: its tests pass",
        hint: "`target/verify/python/bin/python -m pytest py-harness` runs them alone",
        needs: &[
            Built(Canary),
            Built(PythonTools),
            After("rust/tests"),
            After("python/cases"),
        ],
        run: tests,
    },
    Check {
        id: "python/concurrency",
        claim: "threads run while the library works, and children of every kind can use it",
        hint: "a lock that is held across fork, or the interpreter's own lock held during a call",
        needs: &[
            Time,
            Built(Canary),
            Built(PythonTools),
            After("python/tests"),
        ],
        run: concurrency,
    },
    Check {
        id: "python/memory",
        claim: "after a thousand rounds of every short case from Python, failures included, the library \
                has no block left",
        hint: "the line that leaks is named",
        needs: &[
            Time,
            Cases,
            Built(Module),
            Built(Canary),
            After("python/cases"),
        ],
        run: memory,
    },
    Check {
        id: "python/types",
        claim: "mypy --strict accepts the harness, and the stubs match the module",
        hint: "correct the type, or the code, in the line that is named; only the stub of the raw `lib` is \
               generated, from the header, by the builder in py-harness",
        needs: &[Built(Library), Built(PythonTools)],
        run: types,
    },
    Check {
        id: "python/lints",
        claim: "ruff does not complain",
        hint: "with `target/verify/python/bin/python -m ruff` before them, `check --no-cache --fix \
               py-harness` puts much right and `format --no-cache py-harness` formats",
        needs: &[Built(PythonTools)],
        run: lints,
    },
    Check {
        id: "python/linkage",
        claim: "the module finds the library by its own place alone: it names no folder of this \
                machine, neither ours nor of those who built Python",
        hint: "`rpath` and `forget_rpath_of_python` in the builder decide where it looks",
        needs: &[
            On(Linux("it reads the ELF header of the module")),
            Built(Module),
        ],
        run: linkage,
    },
    Check {
        id: "python/pins",
        claim: "every package that is installed has one version, so that today's run is also \
                tomorrow's",
        hint: "pip takes the newest of what a requirement allows; `==` allows one",
        needs: &[],
        run: pins,
    },
    Check {
        id: "python/import",
        claim: "the module imports from another folder without an environment, loads the pipeline's \
                library and no other, and leaves the settings of the process as they were",
        hint: "the module's rpath leads from its own folder to target/pipeline/lib; an older \
               library elsewhere must not come first",
        needs: &[On(Linux(PROC)), Built(Module)],
        run: import,
    },
    Check {
        id: "python/stable",
        claim: "no name of the package that was released is gone, and each takes the arguments that it took",
        hint: "give a new parameter a default and put it last; keep the old name beside a new one",
        needs: &[On(Linux(PROC)), Built(Module), FROZEN],
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
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("MYPY_CACHE_DIR", builds::verify(workspace, "mypy"))
        .env("RUFF_CACHE_DIR", builds::verify(workspace, "ruff"))
        .env(
            "HYPOTHESIS_STORAGE_DIRECTORY",
            builds::verify(workspace, "hypothesis"),
        )
}

/// Runs pytest on some of the files; it has to say that tests passed.
fn pytest(workspace: &Workspace, name: &str, arguments: &[&str]) -> Result<Vec<Finding>> {
    let line = pytest_line(workspace, name, arguments);
    let finished = line.output(workspace)?;
    let output = finished.stdout();
    if !finished.status.success() {
        return Ok(vec![Finding::new(finished.complaint(&line))]);
    }
    let sums = output.lines().last().unwrap_or_default();
    Ok(if sums.contains(" passed") {
        Vec::new()
    } else {
        vec![Finding::new(format!(
            "pytest succeeded, but no test passed: {sums}"
        ))]
    })
}

/// The line that runs pytest.
pub fn pytest_line(workspace: &Workspace, name: &str, arguments: &[&str]) -> Cmd {
    let option = |name: &str, value: PathBuf| {
        let mut option = OsString::from(format!("--{name}="));
        option.push(value);
        option
    };
    tool(workspace, "pytest")
        .args(["--quiet", "--config-file", "py-harness/pyproject.toml"])
        .arg(option("canary", Variant::Canary.folder(workspace)))
        // One for each run: pytest empties it at the start.
        .arg(option(
            "basetemp",
            builds::verify(workspace, &format!("pytest-{name}")),
        ))
        .args(arguments)
        .env("RUST_BACKTRACE", "0")
}

/// What is in Python besides, in the workspace of the engine: callers of `cargo xtask bench`, and the driver
/// of the cases.
fn elsewhere(workspace: &Workspace) -> impl Iterator<Item = &'static str> {
    let folders = ["xtask/lesson/bench/peers/python", "xtask/verify/python"];
    folders
        .into_iter()
        .filter(|folder| workspace.source(folder).is_dir())
}

const CONCURRENT: [&str; 2] = [
    "py-harness/tests/test_threads.py",
    "py-harness/tests/test_processes.py",
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
        let text = format!("there is neither {} nor {}", CONCURRENT[0], CONCURRENT[1]);
        return Ok(vec![Finding::new(text)]);
    }
    pytest(workspace, "concurrency", &files)
}

fn memory(workspace: &Workspace) -> Result<Vec<Finding>> {
    cases::count(workspace, Language::Python, "memory-python")
}

fn types(workspace: &Workspace) -> Result<Vec<Finding>> {
    let of_every_library = include_str!("../stubtest-allowlist.txt");
    let mut allowlists = vec![workspace.bring("stubtest-allowlist.txt", of_every_library)?];
    let own = workspace.source("py-harness/stubtest-allowlist.txt");
    allowlists.extend(own.exists().then_some(own));
    let config = workspace.bring("stubtest.ini", include_str!("../stubtest.ini"))?;
    let mypy = || tool(workspace, "mypy").args(["--config-file", "py-harness/pyproject.toml"]);
    let mut lines = vec![mypy().arg("py-harness/src").args([
        &format!("py-harness/{}.py", workspace.library().name),
        &format!("py-harness/{}_ffi_builder.py", workspace.library().name),
        // The tests import the others of `support`.
        "py-harness/support/rust_backend.py",
        "py-harness/tests",
    ])];
    for folder in elsewhere(workspace) {
        let root = workspace.source("py-harness");
        lines.push(mypy().arg(folder).env("MYPYPATH", root));
    }
    let errors = all_succeed(workspace, &lines)?;
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
    all_succeed(workspace, &[stubtest])
}

fn lints(workspace: &Workspace) -> Result<Vec<Finding>> {
    let check = tool(workspace, "ruff").arg("check");
    let format = tool(workspace, "ruff").args(["format", "--check"]);
    let both = [check, format].map(|line| line.args(["--quiet", "--output-format=concise"]));
    let mut lines = both.clone().map(|line| line.arg("py-harness")).to_vec();
    for folder in elsewhere(workspace) {
        // Outside of the folder with the configuration, which is for both.
        let all = ["--config", "py-harness/pyproject.toml", folder];
        lines.extend(both.clone().map(|line| line.args(all)));
    }
    all_succeed(workspace, &lines)
}

fn all_succeed(workspace: &Workspace, lines: &[Cmd]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for line in lines {
        let finished = line.output(workspace)?;
        if finished.status.success() {
            continue;
        }
        let mut errors = errors(&finished.stdout());
        match errors.first_mut() {
            Some(first) => first.text += &format!("\n  seen by: {line}"),
            None => errors.push(Finding::new(finished.complaint(line))),
        }
        findings.extend(errors);
    }
    Ok(findings)
}

/// The errors in what mypy, stubtest or ruff printed, each with its place; lines that say more of an
/// error belong to it.
fn errors(printed: &str) -> Vec<Finding> {
    let mut errors: Vec<Finding> = Vec::new();
    let is_about_one = |line: &&str| !line.is_empty() && !line.starts_with("Found ");
    for line in printed.lines().filter(is_about_one) {
        match (error(line), errors.last_mut()) {
            (Some(error), _) => errors.push(error),
            (None, Some(last)) => last.text += &format!("\n  | {line}"),
            (None, None) => {}
        }
    }
    errors
}

/// `FILE:LINE: error: TEXT`, `FILE:LINE:COLUMN: TEXT` or `error: TEXT`.
fn error(line: &str) -> Option<Finding> {
    if let Some(text) = line.strip_prefix("error: ") {
        return Some(Finding::new(text));
    }
    let (file, rest) = line.split_once(':')?;
    let (number, rest) = rest.split_once(':')?;
    let (kind, text) = rest.split_once(": ")?;
    let is_error = kind == " error" || kind.parse::<usize>().is_ok();
    let number = number.parse().ok().filter(|_| is_error)?;
    Some(Finding::new(text).at(file, number))
}

fn stage(workspace: &Workspace) -> Result<Vec<Finding>> {
    let script = workspace.source(&format!("py-harness/{}.py", workspace.library().name));
    let line = Cmd::new(Environment::of_pipeline(workspace).python())
        .arg(script)
        .alone_in(Path::new("/"));
    Ok(prints_the_same(workspace, &line)?.into_iter().collect())
}

/// What `package.py` says of the package: the lines that begin with each of its three words.
struct Package {
    loads: Vec<String>,
    changed: Vec<String>,
    offers: BTreeSet<String>,
}

/// Imports the package in the environment of stage 3, from another folder and without variables.
fn package(workspace: &Workspace) -> Result<Result<Package, Finding>> {
    let library = workspace.library();
    let line = Cmd::new(Environment::of_pipeline(workspace).python())
        .args(["-c", include_str!("../python/package.py")])
        .args([library.module, library.name, &library.version_function()])
        .alone_in(Path::new("/"));
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        return Ok(Err(Finding::new(finished.complaint(&line))));
    }
    let printed = finished.stdout();
    let lines = |word: &str| -> Vec<String> {
        let lines = printed.lines();
        let lines = lines.filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        lines.map(str::to_owned).collect()
    };
    Ok(Ok(Package {
        loads: lines("loads"),
        changed: lines("changed"),
        offers: lines("offers").into_iter().collect(),
    }))
}

fn import(workspace: &Workspace) -> Result<Vec<Finding>> {
    let package = match package(workspace)? {
        Ok(package) => package,
        Err(finding) => return Ok(vec![finding]),
    };
    let mut findings: Vec<Finding> = package
        .changed
        .iter()
        .map(|what| Finding::new(format!("the import changes {what}")))
        .collect();
    let wanted = workspace.shared_library().canonicalize()?;
    if !package.loads.iter().map(Path::new).eq([wanted.as_path()]) {
        findings.push(Finding::new(format!(
            "it loads {}; it should load {} alone",
            package.loads.join(", "),
            wanted.display()
        )));
    }
    Ok(findings)
}

/// Where the names and signatures of the package are frozen, beside the ABI of the same version.
fn frozen(workspace: &Workspace) -> Result<PathBuf> {
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
    let package = package(workspace)?.map_err(|finding| anyhow!(finding.text))?;
    let lines: Vec<String> = package.offers.into_iter().collect();
    workspace::write(&file, (lines.join("\n") + "\n").as_bytes())?;
    Ok(Some(file))
}

/// What was frozen and is no longer offered, or no longer takes what it took.
fn stable(workspace: &Workspace) -> Result<Vec<Finding>> {
    let package = match package(workspace)? {
        Ok(package) => package,
        Err(finding) => return Ok(vec![finding]),
    };
    let file = frozen(workspace)?;
    let shown = workspace.relative(&file);
    let constant = workspace.library().version_constant();
    let mut findings = Vec::new();
    for (index, old) in workspace::read(&file)?.lines().enumerate() {
        if package.offers.iter().any(|now| takes_the_same(old, now)) {
            continue;
        }
        let name = |line: &str| line.split('(').next().unwrap_or_default().to_owned();
        let now = package.offers.iter().find(|now| name(now) == name(old));
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

/// Whether the signatures are frozen; a workspace that has released nothing has nothing to keep.
const FROZEN: Requirement = Other(&Need {
    what: "the frozen signatures",
    absent: |workspace| {
        let is_there = frozen(workspace).is_ok_and(|file| file.is_file());
        (!is_there).then(|| {
            let why =
                "nothing of the package is frozen for this version; `cargo xtask abi --freeze`";
            SkipReason::NotApplicable(why.into())
        })
    },
    build: |_| Ok(()),
});

fn linkage(workspace: &Workspace) -> Result<Vec<Finding>> {
    let module = Environment::of_pipeline(workspace).module(workspace)?;
    let shown = workspace.relative(&module).to_string_lossy().into_owned();
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

fn pins(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for pins in builds::tools(workspace).pins() {
        let file = &pins.put(workspace)?;
        for (index, line) in workspace::read(file)?.lines().enumerate() {
            // `NAME==VERSION`, and where it is installed behind a semicolon.
            let requirement = line.split(['#', ';']).next().unwrap_or_default().trim();
            let version = requirement.split_once("==").map(|(_, version)| version);
            let is_exact = version.is_some_and(|it| !it.contains(['*', ',']));
            if !requirement.is_empty() && !is_exact {
                let finding = Finding::new(format!(
                    "`{requirement}` has no exact version: write `NAME==VERSION`"
                ));
                findings.push(finding.at(workspace.relative(file), index + 1));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn each_error_is_a_finding_with_its_place() {
        let of_mypy = "a/b.py:3: error: Missing return  [return]\na/b.py:3: note: See it\n\
                       a/c.py:7: error: No such name\nFound 2 errors in 2 files (checked 9 source files)\n";
        let of_stubtest =
            "error: m.f is not present at runtime\nStub: in file a.pyi:1\n\nFound 1 error\n";
        let of_ruff =
            "a/b.py:3:1: F401 `x` is unused\na/d.py:2:1: unformatted: File would be reformatted\n";
        let found = |printed: &str| -> Vec<String> {
            let shown = |finding: Finding| match finding.place {
                Some((file, line)) => format!("{}:{line} {}", file.display(), finding.text),
                None => finding.text,
            };
            errors(printed).into_iter().map(shown).collect()
        };
        assert_eq!(
            found(of_mypy),
            [
                "a/b.py:3 Missing return  [return]\n  | a/b.py:3: note: See it",
                "a/c.py:7 No such name"
            ]
        );
        assert_eq!(
            found(of_stubtest),
            ["m.f is not present at runtime\n  | Stub: in file a.pyi:1"]
        );
        assert_eq!(
            found(of_ruff),
            [
                "a/b.py:3 F401 `x` is unused",
                "a/d.py:2 unformatted: File would be reformatted"
            ]
        );
    }
}
