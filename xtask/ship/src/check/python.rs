//! Users of Python: the wheel and the source distribution, where they were installed.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::builds;
use abi_verify::cases::{Choice, Plan};
use abi_verify::check::Platform::*;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding, Need, PROC, Requirement, SkipReason, succeed};
use anyhow::{Context, Result};

use super::outside::{Outside, paths_inside};
use crate::interpreters::{self, Interpreter};
use crate::release;
use crate::{tools, tree, wheel};

/// The wheel and the source distribution.
const MADE: Requirement = Other(&Need {
    what: "the wheel and the source distribution",
    absent: |workspace| match tools::NEEDED {
        Other(tools) => (tools.absent)(workspace),
        _ => None,
    },
    build: |workspace| wheel::build(workspace, None, &made(workspace)),
});

/// Tests of what happens between several processes, which need an engine that starts them.
const CLUSTER: &str = "tests/test_cluster.py";

const TRIED: &str = "it was tried on Linux alone so far";

pub const CHECKS: &[Check] = &[
    Check {
        id: "ship/wheel",
        claim: "the wheel is one for all versions of Python: one module with the library inside, which \
                exports nothing else and needs nothing but the system's, typed, licensed, with a list \
                of what is in it; twine, check-wheel-contents, abi3audit and auditwheel are content",
        hint: "py-harness/support/rust_backend.py builds it; `python -m build py-harness`",
        needs: &[
            Time,
            On(Linux("auditwheel looks at wheels for Linux")),
            tools::NEEDED,
            MADE,
        ],
        run: contents,
    },
    Check {
        id: "ship/pythons",
        claim: "installed by pip in every Python from 3.9 on of this machine, the package gives the recorded \
                answers to the cases, from another folder, with nothing in the environment, and its tests \
                pass; one wheel serves every CPython with its lock",
        hint: "the package must not use anything newer than Python 3.9",
        needs: &[Time, On(Linux(PROC)), Cases, tools::NEEDED, MADE],
        run: pythons,
    },
    Check {
        id: "ship/tests",
        claim: "the tests of the Python package pass with the wheel, without the checkout",
        hint: "a test must not need other files of the checkout",
        needs: &[
            Time,
            On(Linux(TRIED)),
            tools::NEEDED,
            MADE,
            INSTALLED,
            After("python/tests"),
        ],
        run: |workspace| tests(workspace, &["tests", "--ignore", CLUSTER]),
    },
    Check {
        id: "ship/processes",
        claim: "dask processes use the installed package as a single process does: same results, errors \
                arrive as themselves, and what cannot be sent says so",
        hint: "py-harness/tests/test_cluster.py has the cases",
        needs: &[
            Time,
            On(Linux(TRIED)),
            HAS_CLUSTER,
            tools::NEEDED,
            MADE,
            INSTALLED,
        ],
        run: |workspace| tests(workspace, &[CLUSTER]),
    },
    Check {
        id: "ship/sdist",
        claim: "the source distribution is complete: pip builds from it, elsewhere, the same wheel, byte \
                for byte",
        hint: "`build_sdist` of py-harness/support/rust_backend.py",
        needs: &[Time, On(Linux(TRIED)), tools::NEEDED, MADE],
        run: sdist,
    },
    Check {
        id: "ship/source",
        claim: "`pip wheel ./py-harness` writes nothing into the checkout, and says in a sentence that \
                cargo is missing if it is",
        hint: "every build has to happen in a temporary folder",
        needs: &[Time, On(Linux(TRIED)), tools::NEEDED],
        run: source,
    },
];

const HAS_CLUSTER: Requirement = Other(&Need {
    what: "tests with several processes",
    absent: |workspace| {
        let is_there = workspace.source(wheel::PACKAGE).join(CLUSTER).exists();
        (!is_there).then_some(SkipReason::NotApplicable(
            "the Python package has no tests/test_cluster.py".into(),
        ))
    },
    build: |_| Ok(()),
});

fn made(workspace: &Workspace) -> PathBuf {
    builds::verify(workspace, "ship").join("dist")
}

fn the_wheel(workspace: &Workspace) -> Result<PathBuf> {
    wheel::the_one(&made(workspace), ".whl")
}

fn contents(workspace: &Workspace) -> Result<Vec<Finding>> {
    let wheel = the_wheel(workspace)?;
    let outside = Outside::new(workspace.library())?;
    wheel::unpack(workspace, &wheel, &outside.path(""))?;
    let mut findings: Vec<Finding> = described(workspace, &outside, &wheel)?
        .into_iter()
        .map(Finding::new)
        .collect();
    findings.extend(module(workspace, &outside)?);
    let sdist = wheel::the_one(&made(workspace), ".tar.gz")?;
    let tool = |name: &str, arguments: &[&str], file: &Path| {
        let line = outside.line(name, &[tools::programs(workspace)])?;
        succeed(workspace, [line.args(arguments).arg(file)])
    };
    findings.extend(tool("twine", &["--no-color", "check", "--strict"], &wheel)?);
    findings.extend(tool("twine", &["--no-color", "check", "--strict"], &sdist)?);
    findings.extend(tool("check-wheel-contents", &[], &wheel)?);
    findings.extend(tool("abi3audit", &["--strict"], &wheel)?);
    let audit = outside.line("auditwheel", &[tools::programs(workspace)])?;
    let audit = audit.arg("show").arg(&wheel).check(workspace)?.stdout();
    if !audit.contains("\"manylinux_") {
        findings.push(Finding::new(format!(
            "auditwheel finds no manylinux tag for it:\n{audit}"
        )));
    }
    Ok(findings)
}

/// What is wrong with the wheel's name and its metadata.
fn described(workspace: &Workspace, outside: &Outside, wheel: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let version = release::version(workspace)?;
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    let expected = format!("{}-{version}-cp39-abi3-", workspace.library().module);
    if !name.starts_with(&expected) {
        findings.push(format!("the wheel is {name}; expected is {expected}…"));
    }
    let info = format!("{}-{version}.dist-info", workspace.library().module);
    let mut files = vec![
        format!("{}/py.typed", workspace.library().module),
        format!(
            "{}/_{}.pyi",
            workspace.library().module,
            workspace.library().name
        ),
    ];
    for license in tree::licenses(workspace)? {
        let license = license.file_name().unwrap_or_default().to_string_lossy();
        files.push(format!("{info}/licenses/{license}"));
    }
    let missing = files.iter().filter(|file| !outside.path(file).exists());
    findings.extend(missing.map(|file| format!("{file} is not in the wheel")));
    let bill = outside.path(&format!(
        "{info}/sboms/{}.cdx.json",
        workspace.library().name
    ));
    let bill = fs::read_to_string(bill).unwrap_or_default();
    for part in [
        workspace.library().core,
        workspace.library().cdylib,
        "rust-std",
    ] {
        if !bill.contains(&format!("\"name\": \"{part}\"")) {
            findings.push(format!(
                "{part} is compiled in and not in the list of what is inside"
            ));
        }
    }
    Ok(findings)
}

/// What is wrong with the module, the only binary file in the wheel.
fn module(workspace: &Workspace, outside: &Outside) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let binaries: Vec<PathBuf> = workspace::files(&outside.path(""))?
        .into_iter()
        .filter(|file| inspect::read(file).is_ok())
        .collect();
    let [file] = &binaries[..] else {
        let text = format!(
            "{} binary files are in the wheel; expected is one",
            binaries.len()
        );
        return Ok(vec![Finding::new(text)]);
    };
    let exports = inspect::read(file)?.exports;
    let expected = format!("PyInit__{}", workspace.library().name);
    for name in exports.iter().filter(|name| **name != expected) {
        findings.push(Finding::new(format!(
            "the module exports `{name}`: another module gets it"
        )));
    }
    let content = fs::read(file)?;
    findings.extend(paths_inside(workspace, "the module", &content)?);
    Ok(findings)
}

fn pythons(workspace: &Workspace) -> Result<Vec<Finding>> {
    let plan = Plan::read(workspace, Choice::SOME)?;
    let outside = Outside::new(workspace.library())?;
    copy_harness(workspace, &outside)?;
    outside.write_drivers(workspace, &plan)?;
    let mut findings = Vec::new();
    let heads = ["", "install", "cases", "tests", "threads"].map(str::to_owned);
    let mut table = vec![heads];
    for interpreter in interpreters::all(workspace)? {
        let name = interpreter.name.clone();
        let mut trial = Trial {
            python: environment(workspace, &interpreter),
            results: vec![name.clone()],
            findings: Vec::new(),
        };
        // What cannot be tried with one of them is its own failure.
        if let Err(error) = trial.run(workspace, &interpreter, &outside, &plan) {
            trial.enter(vec![Finding::new(format!("{error:#}"))]);
        }
        trial.results.resize(table[0].len(), "not tried".to_owned());
        let of_this = |finding: Finding| Finding::new(format!("{name}: {}", finding.text));
        findings.extend(trial.findings.into_iter().map(of_this));
        table.push(std::array::from_fn(|column| trial.results[column].clone()));
    }
    println!("{}", lines_of(&table));
    Ok(findings)
}

/// What was tried with an interpreter: a word for each column of the table, and what went wrong.
struct Trial {
    python: PathBuf,
    results: Vec<String>,
    findings: Vec<Finding>,
}

impl Trial {
    fn enter(&mut self, findings: Vec<Finding>) {
        let result = if findings.is_empty() { "ok" } else { "FAILED" };
        self.results.push(result.to_owned());
        self.findings.extend(findings);
    }

    /// Installs the package, asks it for all cases, and runs its tests.
    fn run(
        &mut self,
        workspace: &Workspace,
        interpreter: &Interpreter,
        outside: &Outside,
        plan: &Plan,
    ) -> Result<()> {
        let python = self.python.clone();
        create(workspace, interpreter, &python)?;
        self.enter(install(workspace, interpreter, &python)?);
        if !self.findings.is_empty() {
            return Ok(());
        }
        let mut different = others_loaded(workspace, &interpreter.name, &python)?;
        let line = Cmd::new(python).alone_in(Path::new("/"));
        let line = line
            .arg(outside.path("cases.py"))
            .arg(workspace.library().module);
        different.extend(outside.compare(workspace, plan, &interpreter.name, line)?);
        self.enter(different);
        tested(workspace, outside, interpreter, self)
    }
}

/// The table with its columns below each other.
fn lines_of<const N: usize>(table: &[[String; N]]) -> String {
    let width = |column: usize| table.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let line = |row: &[String; N]| {
        let cells = (0..N).map(|column| format!("{:width$}", row[column], width = width(column)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    table.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The interpreter of an environment of its own.
fn environment(workspace: &Workspace, interpreter: &Interpreter) -> PathBuf {
    let name = interpreter.name.replace(' ', "-").to_lowercase();
    let folder = builds::verify(workspace, "ship").join(name);
    folder.join("bin").join(program_name("python"))
}

/// Makes the environment, unless it is there: pip is the last that is put into it.
fn create(workspace: &Workspace, interpreter: &Interpreter, python: &Path) -> Result<()> {
    if python.with_file_name(program_name("pip")).exists() {
        return Ok(());
    }
    let folder = python
        .parent()
        .and_then(Path::parent)
        .context("no folder")?;
    let line = Cmd::new(interpreter.program.clone()).args(["-m", "venv", "--clear"]);
    line.arg(folder).check(workspace).map(drop)
}

/// A finding for each file that is named like the library and loaded besides the module.
fn others_loaded(workspace: &Workspace, name: &str, python: &Path) -> Result<Vec<Finding>> {
    let line = Cmd::new(python).alone_in(Path::new("/"));
    let line = line.args(["-c", &workspace.library().fill(MAPPED)]);
    let mapped = line.output(workspace)?;
    let files = mapped.stdout();
    let text = |file| format!("{name} has {file} loaded besides the module");
    Ok(files.lines().map(text).map(Finding::new).collect())
}

/// The sixteen threads.
const THREADS: &str = "tests/test_threads.py";

/// Runs the tests of the package, and those of threads by themselves.
fn tested(
    workspace: &Workspace,
    outside: &Outside,
    interpreter: &Interpreter,
    trial: &mut Trial,
) -> Result<()> {
    if interpreter.version < (3, 11) || interpreter.name.starts_with("PyPy") {
        // For these there are no current ones.
        let reason = "no tools for it";
        trial.results.extend([reason; 2].map(str::to_owned));
        return Ok(());
    }
    let [module, tools] = builds::PINS;
    let pins = [module.put(workspace)?, tools.put(workspace)?];
    let line = pip(workspace, &trial.python).args(["install", "--quiet"]);
    let with = |line: Cmd, file: &PathBuf| line.arg("--requirement").arg(file);
    pins.iter().fold(line, with).check(workspace)?;
    let without_threads = ["tests", "--ignore", CLUSTER, "--ignore", THREADS];
    for arguments in [&without_threads[..], &[THREADS]] {
        let is_there = outside.path(wheel::PACKAGE).join(THREADS).exists();
        if !is_there && arguments == [THREADS] {
            trial.results.push("no such test".to_owned());
            continue;
        }
        let findings = pytest(workspace, outside, &trial.python, arguments)?;
        trial.enter(findings);
    }
    Ok(())
}

/// The environment's own pip: the tools' does not know the oldest Pythons any more.
fn pip(workspace: &Workspace, python: &Path) -> Cmd {
    wheel::line(workspace, python).args(wheel::PIP)
}

/// Prints every mapped file that is named like the library and is not the module.
const MAPPED: &str = "\
import {module}
with open('/proc/self/maps') as maps:
    files = {line.split(None, 5)[5].strip() for line in maps if '/' in line}
for file in files:
    name = file.rsplit('/', 1)[1]
    if '{library}' in name and not name.startswith('_{library}.'):
        print(file)
";

/// Installs the wheel, or for an interpreter that needs one of its own the package; a finding if pip
/// refuses it. What it depends on comes with it, each time: it could be missing from the metadata.
fn install(
    workspace: &Workspace,
    interpreter: &Interpreter,
    python: &Path,
) -> Result<Vec<Finding>> {
    let module = workspace.library().module;
    let before = pip(workspace, python).args(["uninstall", "--quiet", "--yes", "cffi", module]);
    let what = match interpreter.has_stable_abi {
        true => the_wheel(workspace)?,
        false => workspace.source(wheel::PACKAGE),
    };
    let line = pip(workspace, python).args(["install", "--quiet", "--no-cache-dir"]);
    succeed(workspace, [before, line.arg(what)])
}

/// Copies what uses the package, and not the package.
fn copy_harness(workspace: &Workspace, outside: &Outside) -> Result<()> {
    outside.copy(&workspace.source(wheel::PACKAGE), wheel::PACKAGE)?;
    fs::remove_dir_all(outside.path(wheel::PACKAGE).join("src"))?;
    Ok(())
}

/// The wheel, installed where the tools for tests are.
const INSTALLED: Requirement = Other(&Need {
    what: "the wheel, installed beside the tools",
    absent: |_| None,
    build: |workspace| {
        let python = beside_tools(workspace);
        let tools = tools::environment(workspace).python();
        if !python.exists() {
            let folder = builds::verify(workspace, "ship").join("tests");
            let create = Cmd::new(tools.clone()).args(["-m", "venv", "--without-pip"]);
            create.arg(folder).check(workspace)?;
            let ask = |python: &Path| -> Result<String> {
                const QUESTION: &str = "import sysconfig; print(sysconfig.get_path('purelib'))";
                Ok(Cmd::new(python)
                    .args(["-c", QUESTION])
                    .check(workspace)?
                    .stdout())
            };
            // An environment of its own, so that a copy's wheel does not get among the tools.
            let path = PathBuf::from(ask(&python)?.trim()).join("tools.pth");
            workspace::write(&path, ask(&tools)?.as_bytes())?;
        }
        Cmd::new(tools)
            .args(wheel::PIP)
            .arg("--python")
            .arg(python)
            .args(["install", "--quiet", "--force-reinstall", "--no-deps"])
            .arg(the_wheel(workspace)?)
            .check(workspace)
            .map(drop)
    },
});

fn beside_tools(workspace: &Workspace) -> PathBuf {
    let folder = builds::verify(workspace, "ship").join("tests");
    folder.join("bin").join(program_name("python"))
}

/// Runs pytest with these arguments in a copy of the harness, with the installed package.
fn tests(workspace: &Workspace, arguments: &[&str]) -> Result<Vec<Finding>> {
    let outside = Outside::new(workspace.library())?;
    copy_harness(workspace, &outside)?;
    pytest(workspace, &outside, &beside_tools(workspace), arguments)
}

fn pytest(
    workspace: &Workspace,
    outside: &Outside,
    python: &Path,
    arguments: &[&str],
) -> Result<Vec<Finding>> {
    let line = Cmd::new(python)
        .alone_in(&outside.path(wheel::PACKAGE))
        .args(["-B", "-m", "pytest", "--quiet", "-r", "s"])
        .args(arguments)
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", outside.path(""));
    let finished = line.output(workspace)?;
    let output = finished.stdout();
    let sums = output.lines().last().unwrap_or_default();
    let is_fine = finished.status.success() && sums.contains(" passed");
    Ok(Vec::from_iter(
        (!is_fine).then(|| Finding::new(finished.complaint(&line))),
    ))
}

fn sdist(workspace: &Workspace) -> Result<Vec<Finding>> {
    let sdist = wheel::the_one(&made(workspace), ".tar.gz")?;
    let outside = Outside::new(workspace.library())?;
    let python = tools::environment(workspace).python();
    let line = outside
        .line(&python.to_string_lossy(), &[])?
        .args(wheel::PIP)
        .args(["wheel", "--no-deps", "--no-build-isolation"])
        .args(["--no-cache-dir", "--wheel-dir", "built"])
        .arg(sdist);
    // Where cargo's and rustup's own files are, they know by the person's home folder.
    let line = with_home(line);
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        return Ok(vec![Finding::new(finished.complaint(&line))]);
    }
    let [here, there] = [
        the_wheel(workspace)?,
        wheel::the_one(&outside.path("built"), ".whl")?,
    ];
    let differs = fs::read(here)? != fs::read(there)?;
    let text = "the wheel of the source distribution is not that of the checkout";
    Ok(Vec::from_iter(differs.then(|| Finding::new(text))))
}

fn with_home(line: Cmd) -> Cmd {
    ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"]
        .into_iter()
        .filter_map(|name| Some((name, env::var_os(name)?)))
        .fold(line, |line, (name, value)| line.env(name, value))
}

fn source(workspace: &Workspace) -> Result<Vec<Finding>> {
    let outside = Outside::new(workspace.library())?;
    let python = tools::environment(workspace).python();
    let line = || {
        wheel::line(workspace, &python)
            .args(["-m", "pip", "wheel", "--no-deps", "--no-build-isolation"])
            .args(["--no-cache-dir", "--wheel-dir"])
            .arg(outside.path("built"))
            .arg(format!("./{}", wheel::PACKAGE))
            // Empty is unset: a person's own setting would hide what is written.
            .env("PYTHONDONTWRITEBYTECODE", "")
    };
    let before = states(workspace)?;
    let mut findings = succeed(workspace, [line()])?;
    let after = states(workspace)?;
    let changed = after
        .iter()
        .filter(|(file, state)| before.get(*file) != Some(state));
    findings.extend(changed.map(|(file, _)| {
        let file = workspace.relative(file);
        Finding::new(format!("{} was written", file.to_string_lossy()))
    }));
    // A folder without a program in it.
    fs::create_dir_all(outside.path("empty"))?;
    let line = line().env("PATH", outside.path("empty")).env("CARGO", "");
    let finished = line.output(workspace)?;
    let printed = finished.stdout() + &finished.stderr();
    if finished.status.success() || !printed.contains("cargo was not found") {
        findings.push(Finding::new(format!(
            "without cargo, this does not say that it was not found:\n{}",
            finished.complaint(&line)
        )));
    }
    Ok(findings)
}

/// Every file that the package is made from, and when it was written.
fn states(workspace: &Workspace) -> Result<BTreeMap<PathBuf, SystemTime>> {
    let mut files = vec![workspace.source("Cargo.lock")];
    for folder in [
        wheel::PACKAGE,
        workspace.library().core,
        workspace.library().cdylib,
    ] {
        files.extend(workspace::walk(&workspace.source(folder), |_| false)?);
    }
    let state = |file: PathBuf| {
        let time = file.metadata()?.modified()?;
        Ok((file, time))
    };
    files.into_iter().map(state).collect()
}
