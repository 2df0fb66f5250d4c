//! Every Python on this machine.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::Workspace;
use anyhow::Result;

/// A Python from 3.9 on that can make environments.
pub struct Interpreter {
    pub program: PathBuf,
    /// Such as `CPython 3.13`, `CPython 3.14t` or `PyPy 3.11`.
    pub name: String,
    pub version: (u32, u32),
    /// Whether it takes the wheel for the stable ABI: a CPython with its lock.
    pub has_stable_abi: bool,
}

/// What the package serves, the newest known included.
pub const SERVED: &str = "CPython 3.9, CPython 3.10, CPython 3.11, CPython 3.12, CPython 3.13, CPython 3.14, \
                          CPython 3.15, CPython 3.14t, CPython 3.15t, PyPy 3.11";

/// One for each name.
pub fn all(workspace: &Workspace) -> Result<Vec<Interpreter>> {
    let mut found = BTreeMap::new();
    for program in candidates().into_iter().filter(|it| it.exists()) {
        if let Some(interpreter) = examine(workspace, program)?
            && interpreter.version >= OLDEST
        {
            let order = (!interpreter.has_stable_abi, interpreter.version);
            let name = interpreter.name.clone();
            found.entry((order, name)).or_insert(interpreter);
        }
    }
    Ok(found.into_values().collect())
}

const OLDEST: (u32, u32) = (3, 9);

/// The person's choice, those of the search path, and those of pyenv, which are not in it.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = env::var_os("PYTHON")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    candidates.extend(find_program("python3"));
    let versions = (9..30).flat_map(|minor| ["", "t"].map(|kind| format!("python3.{minor}{kind}")));
    candidates.extend(versions.filter_map(|name| find_program(&name)));
    candidates.extend(find_program("pypy3"));
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| Some(env::home_dir()?.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|root| root.join("versions").read_dir().ok()) {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        candidates.extend(versions.iter().map(|version| version.join("bin/python3")));
    }
    candidates
}

/// What it is, if it can make an environment.
fn examine(workspace: &Workspace, program: PathBuf) -> Result<Option<Interpreter>> {
    const QUESTION: &str = "\
import sys, sysconfig, ensurepip, venv
kind = {'cpython': 'CPython', 'pypy': 'PyPy'}[sys.implementation.name]
print(kind, *sys.version_info[:2], 't' if sysconfig.get_config_var('Py_GIL_DISABLED') else '')
";
    let finished = Cmd::new(&program)
        .args(["-c", QUESTION])
        .output(workspace)?;
    let answer = finished.stdout();
    let words: Vec<&str> = answer.split_whitespace().collect();
    let [kind, major, minor, ref threads @ ..] = words[..] else {
        return Ok(None);
    };
    Ok(Some(Interpreter {
        program,
        name: format!("{kind} {major}.{minor}{}", threads.concat()),
        version: (major.parse()?, minor.parse()?),
        has_stable_abi: kind == "CPython" && threads.is_empty(),
    }))
}
