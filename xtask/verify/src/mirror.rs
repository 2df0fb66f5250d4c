//! One folder as a copy of another, where only what differs is written: cargo builds again what is newer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::workspace;
use anyhow::{Context, Result};

/// What a folder is to have: the content of each file, by its path in it, and the file that it is from,
/// which says whether it can be run.
pub type Files = BTreeMap<PathBuf, (Vec<u8>, PathBuf)>;

/// The sources below a folder.
pub fn read(folder: &Path) -> Result<Files> {
    let files = workspace::sources(folder)?.into_iter();
    files
        .map(|path| {
            let from = folder.join(&path);
            let failed = || format!("cannot read {}", from.display());
            let bytes = fs::read(&from).with_context(failed)?;
            Ok((path, (bytes, from)))
        })
        .collect()
}

/// What the sources below a folder contain whose names have one of these endings; Rust's without tests, which are
/// in nothing that is measured.
pub fn contents(folder: &Path, endings: &[&str]) -> Result<Vec<String>> {
    let mut files = workspace::sources(folder)?;
    files.retain(|path| {
        endings
            .iter()
            .any(|it| path.extension() == Some(it.as_ref()))
    });
    let read = |path: &PathBuf| -> Result<String> {
        let text = workspace::read(&folder.join(path))?;
        let tested = text.split("\n#[cfg(test)]\nmod tests {").next();
        Ok(tested.unwrap_or_default().to_owned())
    };
    files.iter().map(read).collect()
}

/// Makes the sources below `root` be the files and no others.
pub fn write(root: &Path, files: &Files) -> Result<()> {
    for (path, (bytes, from)) in files {
        let to = root.join(path);
        if fs::read(&to).ok().as_ref() != Some(bytes) {
            workspace::write(&to, bytes)?;
        }
        fs::set_permissions(&to, fs::metadata(from)?.permissions())?;
    }
    for path in workspace::sources(root)? {
        if !files.contains_key(&path) {
            fs::remove_file(root.join(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_has_no_tests() {
        let folder = std::env::temp_dir().join(format!("xtask-{}-measured", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write(
            "a.rs",
            "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n",
        );
        write("c.txt", "#[cfg(test)]\n");
        write("d.md", "no\n");
        let contents = contents(&folder, &["rs", "txt"]).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(contents, ["fn a() {}\n", "#[cfg(test)]\n"]);
    }
}
