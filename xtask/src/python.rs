//! The Python interpreter to build upon, and the virtual environment made with it.

use std::env;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};

use crate::process::Line;
use crate::step::Stamp;
use crate::workspace::Workspace;

/// The oldest Python for which the pinned packages exist.
const OLDEST: (u32, u32) = (3, 9);

const INSTALL: &str = "Debian, Ubuntu: apt install python3 python3-venv python3-dev; Fedora: dnf \
                       install python3 python3-devel; macOS: brew install python; Windows: \
                       python.org; or set PYTHON to the interpreter to use";

/// An interpreter that can make the environment.
pub struct Interpreter {
    /// How it is called, such as `python3` or `py -3`.
    words: Vec<OsString>,
    /// Its own pip can install into another environment, which spares a slow copy of pip.
    pip_reaches_out: bool,
}

/// Asks an interpreter for what matters here; one line, so that any version can answer.
const QUESTIONS: &str = "\
import sys, os, sysconfig
def has(name):
    try:
        __import__(name)
        return 1
    except Exception:
        return 0
pip = 0
if has('pip'):
    import pip as module
    pip = int(tuple(int(n) for n in module.__version__.split('.')[:2] if n.isdigit()) >= (22, 3))
header = os.path.join(sysconfig.get_path('include'), 'Python.h')
print(sys.version_info[0], sys.version_info[1], has('venv'), has('ensurepip'), pip,
      int(os.path.exists(header)))
";

impl Interpreter {
    /// The first that suits of `PYTHON`, or else `python3`, `python` and `py -3`.
    pub fn find(workspace: &Workspace) -> Result<Interpreter> {
        let candidates: Vec<Vec<OsString>> = match chosen() {
            Some(choice) => vec![vec![choice]],
            None => vec![
                vec!["python3".into()],
                vec!["python".into()],
                vec!["py".into(), "-3".into()],
            ],
        };
        let mut report = String::new();
        for words in candidates {
            let name = words
                .join(&OsString::from(" "))
                .to_string_lossy()
                .into_owned();
            match Interpreter::examine(workspace, words) {
                Ok(interpreter) => return Ok(interpreter),
                Err(reason) => {
                    let reason = reason.to_string();
                    let _ = write!(
                        report,
                        "\n  {name}: {}",
                        reason.lines().next().unwrap_or("")
                    );
                }
            }
        }
        let (major, minor) = OLDEST;
        bail!(
            "no suitable Python was found; wanted is {major}.{minor} or newer{report}\nnext: {INSTALL}"
        )
    }

    fn examine(workspace: &Workspace, words: Vec<OsString>) -> Result<Interpreter> {
        let line = Line::new(words[0].clone())
            .args(&words[1..])
            .args(["-c", QUESTIONS]);
        let finished = line.output(workspace).map_err(|_| anyhow!("not found"))?;
        let answer = finished.stdout();
        let numbers: Vec<u32> = answer.split_whitespace().flat_map(str::parse).collect();
        let &[major, minor, venv, ensurepip, pip, header] = &numbers[..] else {
            let complaint = finished.stderr();
            bail!(
                "does not run ({})",
                complaint.lines().last().unwrap_or("it printed nothing")
            );
        };
        if (major, minor) < OLDEST {
            bail!("is version {major}.{minor}");
        }
        if venv == 0 {
            bail!(
                "version {major}.{minor} lacks its module `venv` (Debian: apt install python3-venv)"
            );
        }
        if ensurepip == 0 && pip == 0 {
            bail!(
                "version {major}.{minor} lacks its module `ensurepip` and has no pip of 22.3 or newer \
                 (Debian: apt install python3-venv)"
            );
        }
        if header == 0 {
            bail!("version {major}.{minor} lacks Python.h (Debian: apt install python3-dev)");
        }
        Ok(Interpreter {
            words,
            pip_reaches_out: pip == 1,
        })
    }

    /// The lines that make the environment with what `requirements.txt` pins.
    pub fn environment_lines(&self, workspace: &Workspace) -> [Line; 2] {
        let environment = workspace.relative(&workspace.pipeline("python"));
        let python = workspace.relative(&workspace.python());
        let requirements = workspace.relative(&requirements(workspace));
        let base = Line::new(self.words[0].clone()).args(&self.words[1..]);
        let create = base.clone().args(["-m", "venv", "--clear"]);
        let pip_flags = ["--disable-pip-version-check", "install", "--requirement"];
        if self.pip_reaches_out {
            let create = create.arg("--without-pip").arg(environment);
            let pip = base.args(["-m", "pip", "--python"]).arg(python);
            [create, pip.args(pip_flags).arg(requirements)]
        } else {
            let pip = Line::new(python).args(["-m", "pip"]);
            [
                create.arg(environment),
                pip.args(pip_flags).arg(requirements),
            ]
        }
    }
}

/// What the person set, if anything.
fn chosen() -> Option<OsString> {
    env::var_os("PYTHON").filter(|value| !value.is_empty())
}

/// The pins.
pub fn requirements(workspace: &Workspace) -> PathBuf {
    workspace.source("py-harness/requirements.txt")
}

/// Current while the pins, the choice of interpreter and the interpreter itself are the same.
pub fn environment_stamp(workspace: &Workspace) -> Stamp {
    let choice = chosen().unwrap_or_default();
    Stamp::new(workspace.pipeline("python/.environment.stamp"))
        .text(choice.to_string_lossy())
        .input(requirements(workspace))
        .output(workspace.python())
}
