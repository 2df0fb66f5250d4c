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
    /// From 3.11 on, for which today's pytest is.
    pub is_new: bool,
    /// Whether it takes the wheel for the stable ABI: a CPython with its lock.
    pub has_stable_abi: bool,
}

/// What the package serves, the newest known included.
pub const SERVED: &str = "CPython 3.9, CPython 3.10, CPython 3.11, CPython 3.12, CPython 3.13, CPython 3.14, \
                          CPython 3.15, CPython 3.14t, CPython 3.15t, PyPy 3.11";

/// One for each name, such as those that are [`SERVED`].
pub fn all(workspace: &Workspace) -> Result<BTreeMap<String, Interpreter>> {
    let mut found = BTreeMap::new();
    for program in candidates().into_iter().filter(|it| it.exists()) {
        if let Some((name, interpreter)) = examine(workspace, program)? {
            found.entry(name).or_insert(interpreter);
        }
    }
    Ok(found)
}

/// The person's choice, those of the search path, and those of pyenv, which are not in it.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = env::var_os("PYTHON").map(Into::into).into_iter().collect();
    let versions = (9..30).flat_map(|minor| ["", "t"].map(|kind| format!("python3.{minor}{kind}")));
    let mut names = vec!["python3".to_owned(), "pypy3".to_owned()];
    names.extend(versions);
    candidates.extend(names.iter().filter_map(|name| find_program(name)));
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| Some(env::home_dir()?.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|root| root.join("versions").read_dir().ok()) {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        candidates.extend(versions.iter().map(|version| version.join("bin/python3")));
    }
    candidates
}

/// Its name and what it is, if it can make an environment.
fn examine(workspace: &Workspace, program: PathBuf) -> Result<Option<(String, Interpreter)>> {
    const QUESTION: &str = "\
import sys, sysconfig, ensurepip, venv
assert sys.version_info >= (3, 9)
kind = {'cpython': 'CPython', 'pypy': 'PyPy'}[sys.implementation.name]
threads = 't' if sysconfig.get_config_var('Py_GIL_DISABLED') else ''
print(f'{kind} {sys.version_info[0]}.{sys.version_info[1]}{threads}')
print(sys.version_info >= (3, 11))
";
    let line = Cmd::new(&program).args(["-c", QUESTION]);
    let answer = line.output(workspace)?.stdout();
    Ok(answer.split_once('\n').map(|(name, is_new)| {
        let interpreter = Interpreter {
            program,
            is_new: is_new.trim() == "True",
            has_stable_abi: name.starts_with("CPython") && !name.ends_with('t'),
        };
        (name.trim().to_owned(), interpreter)
    }))
}
