//! Every Python on this machine.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::Workspace;
use anyhow::Result;

/// What the package serves, the newest known included.
pub const SERVED: &str = "CPython 3.9, CPython 3.10, CPython 3.11, CPython 3.12, CPython 3.13, CPython 3.14, \
                          CPython 3.15, CPython 3.14t, CPython 3.15t, PyPy 3.11";

/// Each from 3.9 on that can make environments, by its name, such as those that are [`SERVED`].
pub fn all(workspace: &Workspace) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for program in candidates().into_iter().filter(|it| it.exists()) {
        let line = Cmd::new(&program).args(["-c", QUESTION]);
        let name = line.output(workspace)?.stdout().trim().to_owned();
        found.entry(name).or_insert(program);
    }
    Ok(found)
}

/// Its name, if it can.
const QUESTION: &str = "\
import sys, sysconfig, ensurepip, venv
assert sys.version_info >= (3, 9)
kind = {'cpython': 'CPython', 'pypy': 'PyPy'}[sys.implementation.name]
threads = 't' if sysconfig.get_config_var('Py_GIL_DISABLED') else ''
print(f'{kind} {sys.version_info[0]}.{sys.version_info[1]}{threads}')
";

/// The person's choice, those of the search path, and those of pyenv, which are not in it.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = env::var_os("PYTHON").map(Into::into).into_iter().collect();
    let programs = SERVED
        .replace("CPython ", "python")
        .replace("PyPy ", "pypy");
    let programs = programs.split(", ").chain(["python3", "pypy3"]);
    candidates.extend(programs.filter_map(find_program));
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| Some(env::home_dir()?.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|root| root.join("versions").read_dir().ok()) {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        candidates.extend(versions.iter().map(|version| version.join("bin/python3")));
    }
    candidates
}
