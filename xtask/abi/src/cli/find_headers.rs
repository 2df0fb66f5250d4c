//! Finds a package's header where nobody said which it is.

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
        .find_map(|folder| in_folder(folder, config));
    match found {
        Some(file) => Ok(headers(vec![file], config)),
        None => bail!(
            "no header was found for `{}` (looked for {}): name it with --header FILE, or in the \
             manifest with\n\n  [package.metadata.abi]\n  headers = [\"include/name.h\"]",
            package.name,
            config
                .names
                .iter()
                .map(|name| format!("{name}.h"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The same, as far as they are known before a build.
pub fn find_in_sources(package: &Package, config: &Config) -> Result<Option<Headers>> {
    if !config.headers.is_empty() {
        for file in &config.headers {
            if !file.is_file() {
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
    let folders = FOLDERS.iter().map(|folder| package.folder.join(folder));
    let found = folders
        .into_iter()
        .find_map(|folder| in_folder(&folder, config));
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

/// The header with one of the names, or the only one that there is.
fn in_folder(folder: &Path, config: &Config) -> Option<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() && folder.ends_with("include") {
            let inner = fs::read_dir(&path)
                .ok()?
                .flatten()
                .map(|entry| entry.path());
            all.extend(inner);
        } else {
            all.push(path);
        }
    }
    all.retain(|path| path.extension().is_some_and(|end| end == "h"));
    all.sort();
    let plain = |name: &str| {
        name.replace('-', "_")
            .trim_start_matches("lib")
            .to_lowercase()
    };
    let stem = |path: &PathBuf| plain(&path.file_stem().unwrap_or_default().to_string_lossy());
    let named = config
        .names
        .iter()
        .find_map(|name| all.iter().find(|path| stem(path) == plain(name)));
    match (named, &all[..]) {
        (Some(path), _) => Some(path.clone()),
        (None, [only]) => Some(only.clone()),
        _ => None,
    }
}
