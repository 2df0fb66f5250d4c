//! The oldest glibc that a shared library works with.

use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::say;
use abi_stages::workspace::Workspace;
use anyhow::Result;

use crate::release::IS_ELF;

const GLIBC: &str = "GLIBC_";

/// Such as `GLIBC_2.34`: the newest version among the symbols that it needs; nothing if it is no ELF
/// file or needs none of glibc's.
pub fn newest(workspace: &Workspace, shared: &Path) -> Result<Option<String>> {
    if !IS_ELF {
        return Ok(None);
    }
    let line = Cmd::new("readelf").args(["--version-info", "--wide"]);
    let printed = line.arg(shared).check(workspace)?.stdout();
    let words = printed.split(|c: char| !c.is_alphanumeric() && !"._".contains(c));
    let versions = words.filter(|word| word.starts_with(GLIBC));
    Ok(versions.max_by_key(|it| numbers(it)).map(str::to_owned))
}

/// Says it of a shared library for a person.
pub fn report(workspace: &Workspace, shared: &Path) -> Result<()> {
    if let Some(version) = newest(workspace, shared)? {
        let version = version.replace(GLIBC, "glibc ");
        say!("The shared library needs {version} or newer.")?;
    }
    Ok(())
}

/// `GLIBC_2.3.4` as 2, 3, 4.
fn numbers(version: &str) -> Vec<u32> {
    let numbers = version.trim_start_matches(GLIBC).split('.');
    numbers.map_while(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_text() {
        assert!(numbers("GLIBC_2.34") > numbers("GLIBC_2.3.4"));
        assert!(numbers("GLIBC_2.4") < numbers("GLIBC_2.17"));
    }
}
