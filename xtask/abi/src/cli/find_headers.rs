//! Finds a package's header where nobody said which it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::build::{Build, Package};
use super::config::Config;
use crate::Headers;

/// The headers: those that were named, or those that are found in the sources or were built.
pub fn find(package: &Package, config: &Config, build: &Build) -> Result<Headers> {
    if let Some(headers) = find_in_sources(package, config)? {
        return Ok(headers);
    }
    let found = build
        .out_dir
        .iter()
        .find_map(|folder| named(folder, config).or_else(|| only(folder).flatten()));
    match found {
        Some(file) => Ok(headers(vec![file], config)),
        None => bail!(
            "no header was found for `{}` (looked for {}): name it with --header FILE, or in the \
             manifest with\n\n  [package.metadata.abi]\n  headers = [\"include/name.h\"]",
            package.name,
            // The package and its library often have one name.
            config
                .names
                .iter()
                .map(|name| format!("{name}.h"))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The same, as far as they are known before a build.
pub fn find_in_sources(package: &Package, config: &Config) -> Result<Option<Headers>> {
    if !config.headers.is_empty() {
        for file in &config.headers {
            if !Headers::is_system(file) && !file.is_file() {
                bail!("the header {} is not there", file.display());
            }
        }
        return Ok(Some(headers(config.headers.clone(), config)));
    }
    const FOLDERS: [&str; 6] = [
        "include",
        "assets/capi/include",
        "assets",
        "capi/include",
        "c",
        "",
    ];
    let folders = FOLDERS.map(|folder| package.folder.join(folder));
    let found = folders.iter().find_map(|folder| named(folder, config));
    let found = found.or_else(|| folders.iter().find_map(|folder| only(folder)).flatten());
    Ok(found.map(|file| headers(vec![file], config)))
}

fn headers(files: Vec<PathBuf>, config: &Config) -> Headers {
    Headers {
        files,
        include: config.include.clone(),
        system_include: config.system_include.clone(),
        defines: config.defines.clone(),
    }
}

/// The header in a folder with one of the names.
fn named(folder: &Path, config: &Config) -> Option<PathBuf> {
    let all = all(folder);
    let plain = |name: &str| {
        let name = name.replace('-', "_").to_lowercase();
        name.trim_start_matches("lib").to_owned()
    };
    let stem = |path: &PathBuf| plain(&path.file_stem().unwrap_or_default().to_string_lossy());
    let mut names = config.names.iter();
    names.find_map(|name| all.iter().find(|path| stem(path) == plain(name)).cloned())
}

/// Whether a folder has headers, and if there is one only, which.
fn only(folder: &Path) -> Option<Option<PathBuf>> {
    let mut all = all(folder);
    match all.len() {
        0 => None,
        1 => Some(all.pop()),
        _ => Some(None),
    }
}

/// The headers in a folder, and in the folders of a folder for headers.
fn all(folder: &Path) -> Vec<PathBuf> {
    let files = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut all = files(folder);
    if folder.ends_with("include") {
        let folders: Vec<PathBuf> = all.iter().filter(|path| path.is_dir()).cloned().collect();
        all.extend(folders.iter().flat_map(|folder| files(folder)));
    }
    all.retain(|path| path.extension().is_some_and(|end| end == "h"));
    all.sort();
    all
}
