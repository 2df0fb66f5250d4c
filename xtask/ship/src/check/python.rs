//! Users of Python: the wheel and the source distribution, where they were installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::builds;
use abi_verify::cases::Plan;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding, Need, Requirement, succeed};
use abi_verify::machines::{self, Column};
use abi_verify::report;
use anyhow::Result;

use super::outside::{CALLS, Outside, paths_inside, with_home};
use crate::{interpreters, tools, tree, wheel};

/// The wheel and the source distribution.
const MADE: Requirement = Other(&Need {
    what: "the wheel and the source distribution",
    // What they are made with is asked for before.
    absent: |_| None,
    build: |workspace| wheel::build(workspace, &made(workspace)),
});

pub const TRIED: &str = "it was tried on Linux alone so far";

pub const CHECKS: &[Check] = &[
    Check {
        id: "ship/wheel",
        claim: "the wheel is one for all versions of Python: one module with the library inside, which \
                exports nothing else and needs nothing but the system's, typed, licensed, with a list \
                of what is in it; twine, check-wheel-contents, abi3audit and auditwheel are content",
        hint: "py-harness/support/rust_backend.py builds it; `python -m build py-harness`",
        needs: &[
            Time,
            Linux("auditwheel looks at wheels for Linux"),
            tools::NEEDED,
            MADE,
        ],
        run: contents,
    },
    Check {
        id: "ship/pythons",
        claim: "installed by pip in every Python from 3.9 on of this machine, the package gives the recorded \
                answers to the cases, from another folder, with nothing in the environment, and its tests \
                pass without the checkout; one wheel serves every CPython with its lock",
        hint: "the package must not use anything newer than Python 3.9, and a test no file of the checkout",
        needs: &[Time, Linux(TRIED), Cases, tools::NEEDED, MADE],
        run: pythons,
    },
    Check {
        id: "ship/sdist",
        claim: "the source distribution is complete: pip builds from it, elsewhere, the same wheel, byte \
                for byte",
        hint: "`build_sdist` of py-harness/support/rust_backend.py",
        needs: &[Time, Linux(TRIED), tools::NEEDED, MADE],
        run: sdist,
    },
];

/// What is seen of a target by its Python.
pub const COLUMNS: &[Column] = &[
    Column {
        name: "wheel",
        claim: "the wheel that pip makes gives the recorded answers",
        run: |there| installed(there, there.source(wheel::PACKAGE)),
    },
    Column {
        name: "sdist",
        claim: "the source distribution, made here and installed there, gives the recorded answers",
        run: |there| {
            let home = there.home();
            tools::build(&home)?;
            wheel::build(&home, &made(&home))?;
            installed(there, wheel::the_one(&made(&home), ".tar.gz")?)
        },
    },
];

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
    // W002: the licenses of two packages may have the same text.
    findings.extend(tool("check-wheel-contents", &["--ignore", "W002"], &wheel)?);
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
    let library = workspace.library();
    let name = format!("{}-{}", library.module, library.version);
    let mut findings = Vec::new();
    let file = wheel.file_name().unwrap_or_default().to_string_lossy();
    if !file.starts_with(&format!("{name}-cp39-abi3-")) {
        findings.push(format!(
            "the wheel is {file}; expected is {name}-cp39-abi3-…"
        ));
    }
    let papers = format!("{name}.dist-info/licenses");
    let mut files = ["py.typed", &format!("_{}.pyi", library.name)]
        .map(|file| format!("{}/{file}", library.module))
        .to_vec();
    for license in tree::licenses(workspace)? {
        let license = license.file_name().unwrap_or_default().to_string_lossy();
        files.push(format!("{papers}/{license}"));
    }
    files.push(format!("{papers}/LICENSES.cdx.json"));
    let missing = files.iter().filter(|file| !outside.path(file).exists());
    findings.extend(missing.map(|file| format!("{file} is not in the wheel")));
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
        let count = binaries.len();
        let text = format!("{count} binary files are in the wheel; expected is one");
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
    Outside::with_drivers(workspace, |outside, plan| {
        // What uses the package, and not the package.
        outside.copy(workspace, &workspace.source(wheel::PACKAGE), wheel::PACKAGE)?;
        fs::remove_dir_all(outside.path(wheel::PACKAGE).join("src"))?;
        let mut findings = Vec::new();
        print(["", "install", "cases", "tests", "threads"]);
        let found = interpreters::all(workspace)?;
        let wheel = the_wheel(workspace)?;
        let trial = |name: &'static str| {
            // Of a CPython with its lock.
            let has_stable_abi = name.starts_with("CPython") && !name.ends_with('t');
            Some(Trial {
                workspace,
                name,
                program: found.get(name)?,
                package: match has_stable_abi {
                    true => wheel.clone(),
                    false => workspace.source(wheel::PACKAGE),
                },
                outside,
                plan,
            })
        };
        let names: Vec<&str> = interpreters::SERVED.split(", ").collect();
        for two in names.chunks(2) {
            thread::scope(|scope| {
                let tried = two.iter().map(|name| (name, trial(name)));
                let tried = tried.map(|(name, trial)| {
                    (name, trial.map(|trial| scope.spawn(move || trial.run())))
                });
                for (name, running) in tried.collect::<Vec<_>>() {
                    match running.map(|it| it.join().expect("a trial panicked")) {
                        Some((cells, found)) => {
                            print(cells);
                            findings.extend(found);
                        }
                        None => print([name, "not on this machine"]),
                    }
                }
            });
        }
        Ok(findings)
    })
}

/// Prints a line of the table.
fn print<const N: usize>(cells: [&str; N]) {
    let cells = cells.map(|cell| format!("{cell:<16}"));
    println!("{}", cells.concat().trim_end());
}

struct Trial<'a> {
    workspace: &'a Workspace,
    name: &'static str,
    program: &'a Path,
    /// What is installed.
    package: PathBuf,
    outside: &'a Outside,
    plan: &'a Plan,
}

impl Trial<'_> {
    /// Tries one after the other and says how it went; after a failure nothing more is tried.
    fn run(&self) -> ([&'static str; 5], Vec<Finding>) {
        let name = self.name;
        let mut findings = Vec::new();
        let mut judge = |run: &dyn Fn() -> Result<Vec<Finding>>| {
            if !findings.is_empty() {
                return "not tried";
            }
            let failed = |error| vec![Finding::new(format!("{error:#}"))];
            let found = run().unwrap_or_else(failed).into_iter();
            findings.extend(found.map(|it| Finding::new(format!("{name}: {}", it.text))));
            match findings.is_empty() {
                true => "ok",
                false => "FAILED",
            }
        };
        let install = judge(&|| self.install().map(|()| Vec::new()));
        let cases = judge(&|| self.cases());
        // The tests are for today's pytest. numpy, which some of them use, has no wheel for PyPy.
        let is_new = !["CPython 3.9", "CPython 3.10"].contains(&name);
        let tests = match (is_new, name.starts_with("PyPy")) {
            (false, _) => "need 3.11",
            (true, true) => "no numpy for it",
            (true, false) => judge(&|| self.tests(false, &["tests", "--ignore", THREADS])),
        };
        let has_threads = self.outside.path(wheel::PACKAGE).join(THREADS).exists();
        let threads = match (is_new, has_threads) {
            (false, _) => "need 3.11",
            (true, false) => "no such test",
            (true, true) => judge(&|| self.tests(true, &[THREADS])),
        };
        ([name, install, cases, tests, threads], findings)
    }

    /// Its environment.
    fn folder(&self) -> PathBuf {
        let name = self.name.replace(' ', "-").to_lowercase();
        builds::verify(self.workspace, "ship").join(name)
    }

    fn python(&self) -> PathBuf {
        self.folder().join("bin").join(program_name("python"))
    }

    /// What the package depends on comes with it, each time: it could be missing from the metadata.
    fn install(&self) -> Result<()> {
        let workspace = self.workspace;
        let probe = self.pip_of_program().arg(self.program).arg("--version");
        let reaches_out = probe.output(workspace)?.status.success();
        // What is made last.
        let (made, without): (_, &[&str]) = match reaches_out {
            true => (self.python(), &["--without-pip"]),
            false => (self.own_pip(), &[]),
        };
        if !made.exists() {
            let line = Cmd::new(self.program).args(["-m", "venv", "--clear"]);
            let line = line.args(without).arg(self.folder());
            line.check(workspace)?;
        }
        let module = workspace.library().module;
        let before = self
            .pip()
            .args(["uninstall", "--quiet", "--yes", "cffi", module]);
        before.check(workspace)?;
        let line = self.pip().args(["install", "--quiet", "--no-cache-dir"]);
        line.arg(&self.package).check(workspace).map(drop)
    }

    /// The pip that installs into the environment: the interpreter's, which spares a slow copy of pip, or if
    /// that is too old, the environment's own. The tools' does not know the oldest Pythons any more.
    fn pip(&self) -> Cmd {
        match self.own_pip().exists() {
            true => wheel::line(self.workspace, &self.python()).args(wheel::PIP),
            false => self.pip_of_program().arg(self.python()),
        }
    }

    /// Without the Python into whose environment it is to install.
    fn pip_of_program(&self) -> Cmd {
        let line = wheel::line(self.workspace, self.program);
        line.args(wheel::PIP).arg("--python")
    }

    fn own_pip(&self) -> PathBuf {
        self.python().with_file_name(program_name("pip"))
    }

    /// Asks for all cases.
    fn cases(&self) -> Result<Vec<Finding>> {
        let (workspace, library) = (self.workspace, self.workspace.library());
        let line = Cmd::new(self.python())
            .alone_in(Path::new("/"))
            .arg(self.outside.path("python/cases.py"))
            .arg(library.module)
            .arg(self.outside.path(CALLS));
        self.plan.compare(workspace, self.name, &line)
    }

    /// Runs tests of the package: with numpy and what the package's author pinned, or with pytest alone. The
    /// other tools of the checks are not for tests.
    fn tests(&self, alone: bool, arguments: &[&str]) -> Result<Vec<Finding>> {
        let workspace = self.workspace;
        let [package, tools] = builds::PINS;
        let line = self.pip().args(["install", "--quiet", "--no-compile"]);
        let line = match alone {
            true => line.arg("--constraint"),
            false => line.args(["numpy", "--requirement"]),
        };
        let line = line.arg(package.put(workspace)?).arg("--constraint");
        let line = line.arg(tools.put(workspace)?);
        let line = line.args(["pytest", "hypothesis"]);
        line.check(workspace)?;
        let line = Cmd::new(self.python())
            .alone_in(&self.outside.path(wheel::PACKAGE))
            .args(["-m", "pytest", "--quiet", "-r", "s"])
            .args(arguments)
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.outside.path(""));
        let finished = line.output(workspace)?;
        let output = finished.stdout();
        let sums = output.lines().last().unwrap_or_default();
        let is_fine = finished.status.success() && sums.contains(" passed");
        Ok(Vec::from_iter((!is_fine).then(|| {
            Finding::new(report::of_pytest(&finished, &line))
        })))
    }
}

/// What is wrong when a target's Python has the package.
fn installed(there: &Workspace, package: PathBuf) -> Result<Vec<Finding>> {
    let program = machines::python(there).unwrap_or_else(|| "python3".into());
    Outside::with_drivers(there, |outside, plan| {
        let trial = Trial {
            workspace: there,
            name: "Python",
            program: Path::new(&program),
            package,
            outside,
            plan,
        };
        trial.install()?;
        trial.cases()
    })
}

/// The sixteen threads.
const THREADS: &str = "tests/test_threads.py";

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
    let findings = succeed(workspace, [with_home(line)])?;
    if !findings.is_empty() {
        return Ok(findings);
    }
    let [here, there] = [
        the_wheel(workspace)?,
        wheel::the_one(&outside.path("built"), ".whl")?,
    ];
    let differs = fs::read(here)? != fs::read(there)?;
    let text = "the wheel of the source distribution is not that of the checkout";
    Ok(Vec::from_iter(differs.then(|| Finding::new(text))))
}
