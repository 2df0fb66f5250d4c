//! Finds a package's header where nobody said which it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result, anyhow, bail};
use serde_json::Value;

use super::Subject;
use super::build::Build;
use super::config::Config;
use crate::Headers;

/// The headers: those that were named, or those that are found in the sources or were built.
pub fn find(subject: &Subject<'_>, build: &Build) -> Result<Headers> {
    if let Some(headers) = find_in_sources(subject)? {
        return Ok(headers);
    }
    let config = &subject.config;
    if let Some(out_dir) = &build.out_dir {
        let generated = assets(subject, "/capi/install/include/generated", out_dir);
        if !generated.is_empty() {
            return Ok(config.headers.with(generated));
        }
        let folders = [out_dir.clone(), out_dir.join("include")];
        if let Some(file) = search(&folders, config) {
            return Ok(config.headers.with(vec![file]));
        }
    }
    Err(none(subject))
}

/// That there is none, before anything is built that could not make one.
pub fn require(subject: &Subject<'_>) -> Result<()> {
    let script = subject.package.build_script().map(fs::read_to_string);
    let may_make_one = |text: String| text.contains("cbindgen") || text.contains(".h\"");
    let is_made = script.is_some_and(|text| text.is_ok_and(may_make_one));
    match find_in_sources(subject)? {
        None if !is_made => Err(none(subject)),
        _ => Ok(()),
    }
}

fn none(subject: &Subject<'_>) -> Error {
    let config = &subject.config;
    // The package and its library often have one name.
    let names = config.names.iter().map(|name| format!("{name}.h"));
    let names = Vec::from_iter(names.collect::<BTreeSet<_>>()).join(", ");
    let package = &subject.package;
    let folder = package.folder();
    let others = FOLDERS.iter().flat_map(|of| all(&folder.join(of)));
    let shown = |file: PathBuf| {
        let file = file.strip_prefix(folder).unwrap_or(&file);
        file.display().to_string()
    };
    let mut others = Vec::from_iter(others.map(shown)).join(", ");
    if !others.is_empty() {
        others.insert_str(0, "; there are ");
    }
    let made = match () {
        () if package.metadata.get("capi").is_some() || package.features.contains_key("capi") => {
            "; cargo-c makes one: `cargo capi build` writes it to the target directory, in `include`"
        }
        () if folder.join("cbindgen.toml").is_file() => {
            "; cbindgen makes one: `cbindgen --output include/name.h`"
        }
        () => "",
    };
    anyhow!(
        "no header was found for `{}` (looked for {names}{others}){made}: name it with --header FILE, or \
         in the manifest with\n\n  [package.metadata.abi]\n  headers = [\"include/name.h\"]",
        package.name
    )
}

const FOLDERS: [&str; 6] = [
    "include",
    "assets/capi/include",
    "assets",
    "capi/include",
    "c",
    "",
];

/// The headers that cargo-c installs, by one of its tables.
fn assets(subject: &Subject<'_>, table: &str, folder: &Path) -> Vec<PathBuf> {
    let table = subject.package.metadata.pointer(table);
    let assets = table.and_then(Value::as_array).into_iter().flatten();
    let files = assets.filter_map(|asset| Some(folder.join(asset["from"].as_str()?)));
    files.filter(|file| is_header(file)).collect()
}

/// The same, as far as they are known before a build.
pub fn find_in_sources(subject: &Subject<'_>) -> Result<Option<Headers>> {
    let config = &subject.config;
    if !config.headers.files.is_empty() {
        for file in &config.headers.files {
            if !Headers::is_system(file) && !file.is_file() {
                bail!("the header {} is not there", file.display());
            }
        }
        return Ok(Some(config.headers.clone()));
    }
    let folder = subject.package.folder();
    let installed = assets(subject, "/capi/install/include/asset", folder);
    if !installed.is_empty() {
        return Ok(Some(config.headers.with(installed)));
    }
    let folders = FOLDERS.map(|of| folder.join(of));
    Ok(search(&folders, config).map(|file| config.headers.with(vec![file])))
}

/// The header with one of the names, or the only one.
fn search(folders: &[PathBuf], config: &Config) -> Option<PathBuf> {
    let all: Vec<PathBuf> = folders.iter().flat_map(|folder| all(folder)).collect();
    let plain = |name: &str| {
        let name = name.replace('-', "_").to_lowercase();
        name.trim_start_matches("lib").to_owned()
    };
    let stem = |path: &PathBuf| plain(&path.file_stem().unwrap_or_default().to_string_lossy());
    let mut names = config.names.iter();
    let named = names.find_map(|name| all.iter().find(|path| stem(path) == plain(name)));
    named.or(all.first().filter(|_| all.len() == 1)).cloned()
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
    all.retain(|path| is_header(path));
    all.sort();
    all
}

/// A named pipe would be read without an end.
fn is_header(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "h") && path.is_file()
}
