//! The installed tree: which files it has, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::library::Library;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::glibc;
use crate::release::{IS_ELF, Release};

/// The files, by their paths below the prefix, with slashes.
pub struct Tree {
    pub entries: BTreeMap<String, Entry>,
}

pub enum Entry {
    File {
        content: Vec<u8>,
        /// Whether it may be run, as shared libraries are on most systems.
        runs: bool,
    },
    /// To another file in the same folder.
    Link(String),
}

/// Where the manifest lies.
pub fn manifest(library: &Library) -> String {
    format!("share/{}/manifest.sha256", library.name)
}

impl Tree {
    /// `libdir` is the folder of the libraries below the prefix, with slashes; `licenses` are the texts of
    /// those of all that is inside.
    pub fn new(
        workspace: &Workspace,
        release: &Release,
        libdir: &str,
        licenses: &[PathBuf],
    ) -> Result<Tree> {
        let mut tree = Tree {
            entries: BTreeMap::new(),
        };
        let library = workspace.library();
        let name = library.name;
        // A DLL is searched for where the programs are.
        let folder = if cfg!(windows) { "bin" } else { libdir };
        let shared = format!("{folder}/{}", release.name);
        let link = format!("{libdir}/{}", library.shared_file());
        tree.copy(&shared, &release.shared, true)?;
        if !cfg!(windows) {
            tree.entries
                .insert(link.clone(), Entry::Link(release.name.clone()));
        }
        if let Some(import) = &release.import {
            tree.copy(&format!("{link}.lib"), import, false)?;
        }
        if let Some(debug) = &release.debug {
            tree.copy(&format!("{shared}.debug"), debug, false)?;
        }
        let archive = format!("{libdir}/{}", library.static_file());
        tree.copy(&archive, &release.archive.file, false)?;
        let header = format!("include/{}", library.header());
        tree.copy(&header, &workspace.header(), false)?;
        for license in licenses {
            let file = license.file_name().unwrap_or_default().to_string_lossy();
            tree.copy(&format!("share/licenses/{name}/{file}"), license, false)?;
        }
        let values = values(library, release, libdir, &shared)?;
        let cmake = format!("cmake/{name}/{name}-config");
        let texts = [
            (
                format!("pkgconfig/{name}.pc"),
                include_str!("../templates/library.pc.in"),
            ),
            (
                format!("{cmake}.cmake"),
                include_str!("../templates/config.cmake.in"),
            ),
            (
                format!("{cmake}-version.cmake"),
                include_str!("../templates/config-version.cmake.in"),
            ),
        ];
        for (path, template) in texts {
            let path = format!("{libdir}/{path}");
            let up = vec![".."; path.matches('/').count()].join("/");
            let mut text = template.replace("@up@", &up);
            for (name, value) in &values {
                text = text.replace(&format!("@{name}@"), value);
            }
            tree.add(path, text.into_bytes(), false);
        }
        let hashes = tree.hashes();
        tree.add(manifest(library), hashes.into_bytes(), false);
        Ok(tree)
    }

    fn copy(&mut self, path: &str, from: &Path, runs: bool) -> Result<()> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.add(path.to_owned(), content, runs);
        Ok(())
    }

    fn add(&mut self, path: String, content: Vec<u8>, runs: bool) {
        self.entries.insert(path, Entry::File { content, runs });
    }

    /// A line for each file, as `sha256sum --check` reads it; a link has what it leads to.
    fn hashes(&self) -> String {
        let content = |path: &str| match self.entries.get(path) {
            Some(Entry::File { content, .. }) => content.as_slice(),
            _ => &[],
        };
        let lines = self.entries.iter().map(|(path, entry)| match entry {
            Entry::File { content, .. } => format!("{}  {path}\n", sha256(content)),
            Entry::Link(to) => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let target = content(&format!("{folder}/{to}"));
                format!("{}  {path}\n", sha256(target))
            }
        });
        lines.collect()
    }

    /// Writes all of it below `prefix`, each file in one move.
    pub fn write(&self, prefix: &Path) -> Result<()> {
        for (path, entry) in &self.entries {
            let file = prefix.join(path);
            match entry {
                Entry::File { content, runs } => {
                    workspace::write(&file, content)?;
                    set_mode(&file, if *runs { 0o755 } else { 0o644 })?;
                }
                Entry::Link(to) => {
                    abi_stages::step::link(to, &file)?;
                }
            }
        }
        Ok(())
    }
}

/// What everybody may do with a file; the umask does not matter.
#[cfg(unix)]
pub fn set_mode(file: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot change who may read {}", file.display()))
}

#[cfg(not(unix))]
pub fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
}

/// The hash in lower case.
pub fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The texts of the licenses, in the workspace's root.
pub fn licenses(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(workspace.root())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("LICENSE") || name.starts_with("COPYING") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What stands for what in the templates.
fn values(
    library: &Library,
    release: &Release,
    libdir: &str,
    shared: &str,
) -> Result<[(&'static str, String); 11]> {
    let system = match IS_ELF {
        true => glibc::newest(&fs::read(&release.shared)?)?,
        false => None,
    };
    let name = if cfg!(windows) {
        let import = format!("{libdir}/{}.lib", library.shared_file());
        format!("IMPORTED_IMPLIB \"${{_{}_prefix}}/{import}\"", library.name)
    } else if IS_ELF {
        format!("IMPORTED_SONAME \"{}\"", release.name)
    } else {
        format!("IMPORTED_SONAME \"@rpath/{}\"", release.name)
    };
    Ok([
        ("library", library.name.to_owned()),
        ("version", release.version.clone()),
        ("abi_version", release.abi_version.to_string()),
        ("system", system.unwrap_or_default()),
        ("shared", shared.to_owned()),
        ("archive", library.static_file()),
        ("libdir", libdir.to_owned()),
        ("needs", release.needs.join(" ")),
        ("needs_list", release.needs.join(";")),
        ("name", name),
        ("compatible", compatible(&release.version)),
    ])
}

/// The beginning of the versions with which this one is compatible, as CMake's regular expression.
fn compatible(version: &str) -> String {
    let mut numbers = version.split('.');
    let major = numbers.next().unwrap_or_default();
    match (major, numbers.next()) {
        ("0", Some(minor)) => format!("0[.]{minor}[.]"),
        _ => format!("{major}[.]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compatible_as_cargo_has_it() {
        assert_eq!(compatible("0.3.1"), "0[.]3[.]");
        assert_eq!(compatible("2.3.1"), "2[.]");
    }

    #[test]
    fn a_hash_is_what_sha256sum_prints() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }
}
