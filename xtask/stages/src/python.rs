//! The Python interpreter to build upon, and the virtual environment made with it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};

use crate::process::Cmd;
use crate::runner;
use crate::step::{Stamp, Step};
use crate::workspace::{self, Workspace};

const INSTALL: &str = "Debian, Ubuntu: apt install python3 python3-venv python3-dev; Fedora: dnf \
                       install python3 python3-devel; macOS: brew install python; Windows: \
                       python.org; or set PYTHON to the interpreter to use";

/// An interpreter that can make the environment.
struct Interpreter {
    /// How it is called, such as `python3` or `py -3`.
    line: Cmd,
    /// Its own pip can install into another environment, which spares a slow copy of pip.
    pip_reaches_out: bool,
}

/// Asks an interpreter what it lacks, in words that any version understands, and whether its pip can install
/// into another environment.
const QUESTION: &str = "\
import sys, os, sysconfig
def has(name):
    try:
        return __import__(name)
    except Exception:
        return None
pip = has('pip')
pip = pip and [int(n) for n in pip.__version__.split('.')[:2] if n.isdigit()] >= [22, 3]
header = os.path.join(sysconfig.get_path('include'), 'Python.h')
lacks = [
    ('is version %d.%d' % sys.version_info[:2], sys.version_info[:2] >= OLDEST),
    ('lacks its module `venv` (Debian: apt install python3-venv)', has('venv')),
    ('lacks its module `ensurepip` and has no pip of 22.3 or newer (Debian: apt install python3-venv)',
     has('ensurepip') or pip),
    ('lacks Python.h (Debian: apt install python3-dev)', os.path.exists(header)),
]
print(([what for what, is_there in lacks if not is_there] + ['pip' if pip else 'no pip'])[0])
";

impl Interpreter {
    /// The first that suits of `PYTHON`, or else `python3`, `python` and `py -3`.
    fn find(workspace: &Workspace, oldest: (u32, u32)) -> Result<Interpreter> {
        let candidates = match chosen() {
            Some(choice) => vec![Cmd::new(choice)],
            None => vec![
                Cmd::new("python3"),
                Cmd::new("python"),
                Cmd::new("py").arg("-3"),
            ],
        };
        let mut report = String::new();
        for line in candidates {
            match Interpreter::examine(workspace, line.clone(), oldest) {
                Ok(interpreter) => return Ok(interpreter),
                Err(reason) => report += &format!("\n  {line}: {reason}"),
            }
        }
        let (major, minor) = oldest;
        bail!(
            "no suitable Python was found: {major}.{minor} or newer is needed{report}\nnext: {INSTALL}"
        )
    }

    fn examine(workspace: &Workspace, line: Cmd, oldest: (u32, u32)) -> Result<Interpreter> {
        let question = QUESTION.replace("OLDEST", &format!("{oldest:?}"));
        let finished = line.clone().args(["-c", &question]).output(workspace);
        let finished = finished.map_err(|_| anyhow!("not found"))?;
        let pip_reaches_out = match finished.stdout().trim() {
            "pip" => true,
            "no pip" => false,
            "" => {
                let complaint = finished.stderr();
                // Neither where in the code it happened, nor what else may be done about it.
                let aside =
                    |of: &str| of.is_empty() || of.starts_with(' ') || of.starts_with("Traceback");
                let said = complaint.lines().find(|line| !aside(line));
                bail!("does not run ({})", said.unwrap_or("it printed nothing"));
            }
            lacks => bail!("{lacks}"),
        };
        Ok(Interpreter {
            line,
            pip_reaches_out,
        })
    }

    /// The lines that make an environment with what its requirements pin.
    fn environment_lines(
        &self,
        workspace: &Workspace,
        environment: &Environment,
    ) -> Result<[Cmd; 2]> {
        let folder = workspace.relative(&environment.folder);
        let python = workspace.relative(&environment.python());
        let create = self.line.clone().args(["-m", "venv", "--clear"]);
        let (create, pip) = if self.pip_reaches_out {
            let pip = self
                .line
                .clone()
                .args(["-m", "pip", "--python"])
                .arg(python);
            (create.arg("--without-pip").arg(folder), pip)
        } else {
            (create.arg(folder), Cmd::new(python).args(["-m", "pip"]))
        };
        // Of what is installed, a small part is imported: Python compiles that by itself, sooner than pip
        // compiles it all.
        let quietly = ["--disable-pip-version-check", "--quiet"];
        let mut install = pip.args(quietly).args(["install", "--no-compile"]);
        for pins in &environment.pins {
            let file = pins.put(workspace)?;
            install = install.arg("--requirement").arg(workspace.relative(&file));
        }
        Ok([create, install])
    }
}

/// What the person set, if anything.
fn chosen() -> Option<OsString> {
    env::var_os("PYTHON").filter(|value| !value.is_empty())
}

/// A virtual environment in which the library's module can be imported.
pub struct Environment {
    folder: PathBuf,
    pins: Vec<Pins>,
    oldest: (u32, u32),
}

/// What to do when pip cannot install into an environment.
pub const PIP_HINT: &str = "pip must reach a package index once; if it could not, check the network and pip's \
      settings (`pip config list`), then run this again. Where cffi has no wheel, pip compiles it: if \
      ffi.h is missing, Debian: apt install libffi-dev; Fedora: dnf install libffi-devel";

/// What pins the packages that the module needs.
pub const REQUIREMENTS: Pins = Pins::Workspace("py-harness/requirements.txt");

/// A file that pins packages.
#[derive(Clone, Copy)]
pub enum Pins {
    /// One of the workspace, from the root.
    Workspace(&'static str),
    /// One that the engine brings along: its name, and its text.
    Engine(&'static str, &'static str),
}

impl Pins {
    /// The file, which exists now.
    pub fn put(self, workspace: &Workspace) -> Result<PathBuf> {
        match self {
            Pins::Workspace(path) => Ok(workspace.source(path)),
            Pins::Engine(name, text) => workspace.bring(name, text),
        }
    }
}

impl Environment {
    /// One in a folder, with the packages that the files pin, for Python `oldest` or newer.
    pub fn new(folder: PathBuf, pins: &[Pins], oldest: (u32, u32)) -> Environment {
        Environment {
            folder,
            pins: pins.to_vec(),
            oldest,
        }
    }

    /// The one of stage 3.
    pub fn of_pipeline(workspace: &Workspace) -> Environment {
        let folder = workspace.pipeline("python");
        // The oldest for which the pinned packages exist.
        let oldest = (3, 9);
        Environment::new(folder, &[REQUIREMENTS], oldest)
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        })
    }

    /// Why it cannot be made: no Python is new enough. An existing one is not questioned.
    pub fn absent(&self, workspace: &Workspace) -> Option<String> {
        if self.stamp(workspace).is_current() {
            return None;
        }
        Interpreter::find(workspace, self.oldest)
            .err()
            .map(|error| error.to_string())
    }

    /// Current while the pins, the place, the choice of interpreter and the interpreter itself are
    /// the same.
    fn stamp(&self, workspace: &Workspace) -> Stamp {
        // A link is the environment that it leads to.
        let place = fs::read_link(&self.folder);
        let stamp = Stamp::new(self.folder.join(".environment.stamp"))
            .text(chosen().unwrap_or_default().to_string_lossy())
            // What pip installs has the path of its interpreter inside: in a copy, the original's.
            .text(place.as_ref().unwrap_or(&self.folder).display())
            .output(self.python());
        self.pins.iter().fold(stamp, |stamp, pins| match *pins {
            Pins::Workspace(path) => stamp.input(workspace.source(path)),
            Pins::Engine(_, text) => stamp.text(text),
        })
    }

    /// Makes `step` create it. With `always`, the lines are there even if there is nothing to do.
    pub fn create(&self, workspace: &Workspace, step: Step, always: bool) -> Result<Step> {
        let stamp = self.stamp(workspace);
        let mut step = step;
        if always || !stamp.is_current() {
            let interpreter = Interpreter::find(workspace, self.oldest)?;
            for line in interpreter.environment_lines(workspace, self)? {
                step = step.run(line);
            }
        }
        Ok(step.stamped(stamp))
    }

    /// Creates it, unless it exists. Two that create it at once would take it from each other.
    pub fn make(&self, workspace: &Workspace) -> Result<()> {
        let _lock = workspace::lock(&self.folder.with_extension("lock"), || Ok(()))?;
        let step = Step::new("Create the environment", "").hint(PIP_HINT);
        runner::quietly(workspace, vec![self.create(workspace, step, false)?])
    }

    /// Makes `step` build the module in it.
    pub fn build_module(&self, workspace: &Workspace, step: Step) -> Result<Step> {
        let library = workspace.library();
        let package = workspace.source("py-harness/src").join(library.module);
        let line = Cmd::new(workspace.relative(&self.python()));
        // A workspace may have a builder of its own, as the original post has.
        let own = format!("py-harness/{}_ffi_builder.py", library.name);
        let mut files = workspace::files(&package)?;
        let (line, builder) = if workspace.source(&own).is_file() {
            let support = workspace.source("py-harness/support");
            files.extend([workspace.source(&own), support.join("capsule.c")]);
            // It imports what lies beside it, where nothing is to be written.
            (line.args(["-B", &own]), support.join("ffi_builder.py"))
        } else {
            for (name, text) in abi_python::FFI_BUILDER {
                files.push(workspace.bring(name, text)?);
            }
            let builder = workspace.engine("ffi_builder.py");
            let line = line.arg(workspace.relative(&builder)).arg(library.name);
            (line.arg(workspace.relative(&package)), builder)
        };
        let line = line.arg(workspace.relative(&workspace.target().join("pipeline")));
        let mut stamp = Stamp::new(self.folder.join(".module.stamp"))
            .command(workspace, &line)
            .input(workspace.pipeline_header())
            .input(builder.clone())
            // Goes and comes with the environment.
            .input(self.folder.join(".environment.stamp"));
        for file in files {
            stamp = stamp.text(file.display()).input(file);
        }
        let step = step.about(workspace.relative(&builder), "def builder(");
        Ok(step.run(line).stamped(stamp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn of_what_an_interpreter_says_instead_the_reason_is_shown() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        for (script, expected) in [
            (
                "echo 'pyenv: python3.13: command not found'; echo; echo 'Note: see'; echo '  more.'",
                "does not run (pyenv: python3.13: command not found)",
            ),
            (
                "echo 'Traceback (most recent call last):'; echo '  File \"x\"'; echo 'OSError: lost'",
                "does not run (OSError: lost)",
            ),
            (
                "echo 'This is no Python'",
                "does not run (This is no Python)",
            ),
            ("true", "does not run (it printed nothing)"),
        ] {
            let script = format!("{{ {script}; }} >&2");
            let line = Cmd::new("sh").args(["-c", &script]);
            let error = Interpreter::examine(&workspace, line, (3, 9))
                .err()
                .unwrap();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn an_interpreter_of_another_age_is_named_by_its_version() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let python = Cmd::new(chosen().unwrap_or_else(|| "python3".into()));
        if python.clone().arg("-V").output(&workspace).is_err() {
            eprintln!("skipped: there is no Python");
            return;
        }
        let error = Interpreter::examine(&workspace, python, (99, 0))
            .err()
            .unwrap();
        let error = error.to_string();
        assert!(error.starts_with("is version 3."), "{error}");
    }
}
