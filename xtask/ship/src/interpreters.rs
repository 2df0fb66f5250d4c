//! The CPythons that are installed on this machine.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::Workspace;
use anyhow::Result;

/// Its version, and its program: one for each version from 3.9 on that can make environments.
pub fn all(workspace: &Workspace) -> Result<BTreeMap<(u32, u32), PathBuf>> {
    let mut found = BTreeMap::new();
    for program in candidates() {
        if let Some(version) = version(workspace, &program)?
            && version >= OLDEST
        {
            found.entry(version).or_insert(program);
        }
    }
    Ok(found)
}

const OLDEST: (u32, u32) = (3, 9);

/// The person's choice, those of the search path, and those of pyenv, which are not in it.
fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = env::var_os("PYTHON")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    candidates.extend(find_program("python3"));
    candidates.extend((9..30).filter_map(|minor| find_program(&format!("python3.{minor}"))));
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| Some(env::home_dir()?.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|root| root.join("versions").read_dir().ok()) {
        let mut versions: Vec<PathBuf> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        candidates.extend(versions.iter().map(|version| version.join("bin/python3")));
    }
    candidates
}

/// What it is, if it is a CPython with the lock that can make an environment with pip.
fn version(workspace: &Workspace, program: &Path) -> Result<Option<(u32, u32)>> {
    const QUESTION: &str = "\
import sys, sysconfig, ensurepip, venv
if sys.implementation.name == 'cpython' and not sysconfig.get_config_var('Py_GIL_DISABLED'):
    print(sys.version_info[0], sys.version_info[1])
";
    if !program.exists() {
        return Ok(None);
    }
    let finished = Cmd::new(program).args(["-c", QUESTION]).output(workspace)?;
    let answer = finished.stdout();
    let mut numbers = answer.split_whitespace().flat_map(str::parse);
    Ok(numbers.next().zip(numbers.next()))
}
