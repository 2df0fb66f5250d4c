//! The files of the installed tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use abi_stages::{header, inspect};
use abi_verify::builds;
use abi_verify::check::Artifact::*;
use abi_verify::check::Platform::*;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, ELF, Finding, Need, Requirement, succeed};
use anyhow::{Context, Result};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSection, ObjectSymbol};

use super::outside::paths_inside;
use crate::glibc;
use crate::release::{IS_ELF, Release};
use crate::tree::{self, Tree};

/// The tree, installed and moved.
pub const INSTALLED: Requirement = Other(&Need {
    what: "the installed tree",
    absent: |_| None,
    build,
});

pub const CHECKS: &[Check] = &[
    Check {
        id: "ship/files",
        claim: "the installed files are those of the manifest, unchanged: libraries, header, debug \
                symbols, what build systems read, and the text of each license",
        hint: "`cargo xtask install` lists what it installs; `tree.rs` of abi-ship says what that is",
        needs: &[Time, INSTALLED],
        run: files,
    },
    Check {
        id: "ship/exports",
        claim: "the installed libraries, shared and static, export the functions of the header and no \
                other name, and the shared one has the version of the ABI in its name",
        hint: "what is exported is `pub`, `extern \"C\"`, `#[unsafe(no_mangle)]` and in the header",
        needs: &[Time, INSTALLED, Built(Generator)],
        run: exports,
    },
    Check {
        id: "ship/abi",
        claim: "`cargo abi check` finds no difference between the installed header and the library",
        hint: "`cargo xtask header` makes the header say what Rust says",
        needs: &[Time, On(Linux(ELF)), INSTALLED],
        run: abi,
    },
    Check {
        id: "ship/paths",
        claim: "no installed file contains a path of this machine, and no library says where to search \
                for others",
        hint: "`include_str!`, `file!` and `env!` bring paths in; an rpath is for programs, not \
               for installed libraries",
        needs: &[Time, INSTALLED],
        run: paths,
    },
    Check {
        id: "ship/glibc",
        claim: "the installed tree says which version of glibc the library needs, and it needs no newer one",
        hint: "the line `system` of the pkg-config file",
        needs: &[
            Time,
            On(Linux("glibc is the C library of Linux")),
            INSTALLED,
        ],
        run: system,
    },
];

/// Where the tree is, after it was moved.
pub fn installed(workspace: &Workspace) -> PathBuf {
    builds::verify(workspace, "ship").join("moved here/usr")
}

/// The installed shared library; a DLL is installed beside the programs.
fn shared_library(workspace: &Workspace) -> PathBuf {
    let folder = if cfg!(windows) { "bin" } else { "lib" };
    let folder = installed(workspace).join(folder);
    folder.join(workspace.library().shared_file())
}

fn build(workspace: &Workspace) -> Result<()> {
    let release = Release::build(workspace, None)?;
    let tree = Tree::new(workspace, &release, "lib", &tree::licenses(workspace)?)?;
    let first = builds::verify(workspace, "ship").join("installed there/usr");
    let moved = installed(workspace);
    for folder in [&first, &moved] {
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
    }
    tree.write(&first)?;
    fs::create_dir_all(moved.parent().context("no folder")?)?;
    fs::rename(&first, &moved).with_context(|| format!("cannot move {}", first.display()))
}

/// Every installed file with its content, links followed, by its path below the prefix.
pub fn contents(workspace: &Workspace) -> Result<BTreeMap<String, Vec<u8>>> {
    let prefix = installed(workspace);
    let files = workspace::files(&prefix)?.into_iter().map(|file| {
        let path = file.strip_prefix(&prefix)?.to_string_lossy();
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok((path.replace('\\', "/"), content))
    });
    files.collect()
}

fn files(workspace: &Workspace) -> Result<Vec<Finding>> {
    let files = contents(workspace)?;
    let mut findings = Vec::new();
    let manifest = tree::manifest(workspace.library());
    let listed: BTreeSet<String> = text(&files, &manifest)?
        .lines()
        .map(str::to_owned)
        .collect();
    let others = files.iter().filter(|(path, _)| **path != manifest);
    let seen = others.map(|(path, content)| format!("{}  {path}", tree::sha256(content)));
    let seen: BTreeSet<String> = seen.collect();
    findings.extend(
        listed
            .difference(&seen)
            .map(|line| format!("the manifest has this line, and no installed file is so: {line}")),
    );
    findings.extend(
        seen.difference(&listed)
            .map(|line| format!("this is installed, and the manifest does not say so: {line}")),
    );
    let header = format!("include/{}", workspace.library().header());
    if files.get(&header) != Some(&fs::read(workspace.header())?) {
        findings.push(format!("{header} is not the header of the checkout"));
    }
    for license in licenses(workspace)? {
        let is_there = files.keys().any(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            path.starts_with("share/licenses/") && names_license(name, &license)
        });
        if !is_there {
            findings.push(format!(
                "the package's license is `{license}`, among others, and its text is not installed"
            ));
        }
    }
    if IS_ELF {
        findings.extend(debug_symbols(workspace)?);
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, path: &str) -> Result<&'a str> {
    let content = files
        .get(path)
        .with_context(|| format!("{path} is not installed"))?;
    Ok(std::str::from_utf8(content)?)
}

/// The licenses of the package, as its manifest names them, or the workspace's.
fn licenses(workspace: &Workspace) -> Result<Vec<String>> {
    let manifest = workspace
        .source(workspace.library().cdylib)
        .join("Cargo.toml");
    let manifests =
        workspace::read(&manifest)? + &workspace::read(&workspace.source("Cargo.toml"))?;
    let mut lines = manifests.lines();
    let expression = lines.find_map(|line| line.strip_prefix("license = \""));
    let words = expression.context("no manifest names the license")?;
    let words = words.split(|c: char| !c.is_alphanumeric() && !"-.+".contains(c));
    let names = words.filter(|word| !["", "OR", "AND", "WITH"].contains(word));
    Ok(names.map(str::to_owned).collect())
}

/// Whether a file such as LICENSE-APACHE has the text of `Apache-2.0`.
fn names_license(file: &str, license: &str) -> bool {
    let name = license.split('-').next().unwrap_or(license).to_uppercase();
    file.to_uppercase().ends_with(&format!("-{name}")) || file == "LICENSE" || file == "COPYING"
}

/// Whether a debugger that opens the library finds its symbols.
fn debug_symbols(workspace: &Workspace) -> Result<Vec<String>> {
    let lib = installed(workspace).join("lib");
    let name = workspace.loader_name()?;
    let library = fs::read(lib.join(&name))?;
    let library = object::File::parse(&*library)?;
    let Some((debug, _)) = library.gnu_debuglink()? else {
        return Ok(vec![format!(
            "{name} does not name the file of its debug symbols"
        )]);
    };
    let debug = String::from_utf8_lossy(debug).into_owned();
    let symbols = fs::read(lib.join(&debug)).with_context(|| {
        format!("{name} has its debug symbols in {debug}, which is not installed")
    })?;
    let symbols = object::File::parse(&*symbols)?;
    let lines = symbols.section_by_name(".debug_line");
    let faults = [
        (
            symbols.build_id()? != library.build_id()?,
            format!("{debug} belongs to another library than {name}"),
        ),
        (
            lines.is_none_or(|section| section.size() == 0),
            format!("{debug} has no line of the source in it"),
        ),
    ];
    let found = faults.into_iter().filter(|(is_wrong, _)| *is_wrong);
    Ok(found.map(|(_, text)| text).collect())
}

fn exports(workspace: &Workspace) -> Result<Vec<Finding>> {
    let library = workspace.library();
    let declared = header::symbols(workspace)?;
    let shared = inspect::read(&shared_library(workspace))?;
    let mut offered = vec![(library.shared_file(), shared.exports)];
    if IS_ELF {
        let archive = library.static_file();
        let names = defined(&installed(workspace).join("lib").join(&archive))?;
        offered.push((archive, names));
    }
    let header = library.header();
    let mut findings = Vec::new();
    for (file, names) in &offered {
        let missing = declared.difference(names);
        findings.extend(
            missing.map(|name| format!("`{name}`: {header} declares it, {file} has it not")),
        );
        let more = names.difference(&declared);
        findings.extend(
            more.map(|name| format!("`{name}`: {file} offers it, {header} does not declare it")),
        );
    }
    let name = workspace.loader_name()?;
    let expected = match cfg!(target_os = "macos") {
        true => format!("@rpath/{name}"),
        false => name,
    };
    if !cfg!(windows) && shared.name.as_ref() != Some(&expected) {
        let seen = shared.name.unwrap_or_else(|| "none".to_owned());
        findings.push(format!(
            "the installed library's name for the loader is {seen}; expected is {expected}"
        ));
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

/// The global names that a static library defines.
fn defined(archive: &Path) -> Result<BTreeSet<String>> {
    let data = fs::read(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let mut names = BTreeSet::new();
    for member in ArchiveFile::parse(&*data)?.members() {
        let file = object::File::parse(member?.data(&*data)?)?;
        let symbols = file.symbols();
        for symbol in symbols.filter(|symbol| symbol.is_global() && symbol.is_definition()) {
            names.insert(symbol.name()?.to_owned());
        }
    }
    Ok(names)
}

fn abi(workspace: &Workspace) -> Result<Vec<Finding>> {
    let header = installed(workspace)
        .join("include")
        .join(workspace.library().header());
    // This program serves `cargo abi` as well.
    let line = Cmd::new(std::env::current_exe().context("cannot find this program's own file")?)
        .args(["abi", "check", "--color", "never"])
        .args(["--package", workspace.library().cdylib])
        .arg("--target-dir")
        .arg(builds::verify(workspace, "ship").join("abi"))
        .arg("--header")
        .arg(header);
    succeed(workspace, [line])
}

fn paths(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, content) in contents(workspace)? {
        findings.extend(paths_inside(workspace, &path, &content)?);
    }
    Ok(findings)
}

fn system(workspace: &Workspace) -> Result<Vec<Finding>> {
    let file = format!("lib/pkgconfig/{}.pc", workspace.library().name);
    let files = contents(workspace)?;
    let said = text(&files, &file)?
        .lines()
        .find_map(|line| line.strip_prefix("system="))
        .unwrap_or_default();
    let library = shared_library(workspace);
    // binutils' word, not that of the code which has written the line.
    let line = Cmd::new("readelf")
        .args(["--version-info", "--wide"])
        .arg(library);
    let printed = line.check(workspace)?.stdout();
    let words = printed.split(|c: char| !c.is_alphanumeric() && !"._".contains(c));
    let newest = words
        .filter(|word| word.starts_with("GLIBC_2"))
        .max_by_key(|word| glibc::numbers(word))
        .unwrap_or_default();
    let text = || format!("{file} says {said:?}; the library needs {newest:?}");
    Ok(Vec::from_iter(
        (said != newest).then(|| Finding::new(text())),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_is_known_by_its_file() {
        assert!(names_license("LICENSE-APACHE", "Apache-2.0"));
        assert!(names_license("LICENSE-MIT", "MIT"));
        assert!(!names_license("LICENSE-MIT", "Zlib"));
        assert!(names_license("LICENSE", "Zlib"));
    }
}
