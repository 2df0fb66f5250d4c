//! The installed tree: which files it has, and what is in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::step;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use crate::release::{IS_ELF, Release};

/// What build systems read.
const PKG_CONFIG: &str = include_str!("../templates/library.pc.in");
const CMAKE: &str = include_str!("../templates/config.cmake.in");
const CMAKE_VERSION: &str = include_str!("../templates/config-version.cmake.in");

/// What was installed.
pub struct Tree {
    pub prefix: PathBuf,
    /// The files, by their paths below the prefix, with slashes.
    pub paths: BTreeSet<String>,
}

impl Tree {
    /// Installs it below `prefix`, each file in one move. `libdir` is the folder of the libraries there, with
    /// slashes; `licenses` are the texts of those of all that is inside.
    pub fn install(
        workspace: &Workspace,
        release: &Release,
        libdir: &str,
        licenses: &[PathBuf],
        prefix: &Path,
    ) -> Result<Tree> {
        let mut tree = Tree {
            prefix: prefix.to_owned(),
            paths: BTreeSet::new(),
        };
        let library = workspace.library();
        let name = library.name;
        // A DLL is searched for where the programs are.
        let folder = if cfg!(windows) { "bin" } else { libdir };
        let shared = format!("{folder}/{}", release.name);
        let link = format!("{libdir}/{}", workspace.shared_file());
        let static_file = workspace.static_file();
        tree.copy(&shared, &release.shared)?;
        set_mode(&prefix.join(&shared), 0o755)?;
        if !cfg!(windows) {
            step::link(&release.name, &prefix.join(&link))?;
            tree.paths.insert(link.clone());
        }
        if let Some(import) = &release.import {
            tree.copy(&format!("{link}.lib"), import)?;
        }
        if let Some(debug) = &release.debug {
            tree.copy(&format!("{shared}.debug"), debug)?;
        }
        tree.copy(&format!("{libdir}/{static_file}"), &release.archive)?;
        tree.copy(
            &format!("include/{}", library.header()),
            &workspace.header(),
        )?;
        for license in licenses {
            let file = license.file_name().unwrap_or_default().to_string_lossy();
            tree.copy(&format!("share/licenses/{name}/{file}"), license)?;
        }
        let values = values(workspace, release, libdir, &shared)?;
        let cmake = format!("cmake/{name}/{name}-config");
        let texts = [
            (format!("pkgconfig/{name}.pc"), PKG_CONFIG),
            (format!("{cmake}.cmake"), CMAKE),
            (format!("{cmake}-version.cmake"), CMAKE_VERSION),
        ];
        for (path, template) in texts {
            let path = format!("{libdir}/{path}");
            let up = vec![".."; path.matches('/').count()].join("/");
            let mut text = template.replace("@up@", &up);
            for (name, value) in &values {
                text = text.replace(&format!("@{name}@"), value);
            }
            tree.put(path, text.as_bytes())?;
        }
        Ok(tree)
    }

    fn copy(&mut self, path: &str, from: &Path) -> Result<()> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.put(path.to_owned(), &content)
    }

    fn put(&mut self, path: String, content: &[u8]) -> Result<()> {
        let file = self.prefix.join(&path);
        let folders = file.ancestors().skip(1);
        let new: Vec<&Path> = folders.take_while(|folder| !folder.exists()).collect();
        workspace::write(&file, content)?;
        new.iter().try_for_each(|folder| set_mode(folder, 0o755))?;
        set_mode(&file, 0o644)?;
        self.paths.insert(path);
        Ok(())
    }
}

/// What everybody may do with a file or folder; the umask does not matter.
#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot change who may read {}", file.display()))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> Result<()> {
    Ok(())
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
    workspace: &Workspace,
    release: &Release,
    libdir: &str,
    shared: &str,
) -> Result<[(&'static str, String); 10]> {
    let library = workspace.library();
    let name = if cfg!(windows) {
        let import = format!("{libdir}/{}.lib", workspace.shared_file());
        format!("IMPORTED_IMPLIB \"${{_{}_prefix}}/{import}\"", library.name)
    } else if IS_ELF {
        format!("IMPORTED_SONAME \"{}\"", release.name)
    } else {
        format!("IMPORTED_SONAME \"@rpath/{}\"", release.name)
    };
    Ok([
        ("library", library.name.to_owned()),
        ("version", library.version.to_owned()),
        ("abi_version", workspace.abi_version()?.to_string()),
        ("shared", shared.to_owned()),
        ("archive", workspace.static_file()),
        ("libdir", libdir.to_owned()),
        ("needs", release.needs.join(" ")),
        ("needs_list", cmake_list(&release.needs)),
        ("name", name),
        ("compatible", compatible(library.version)),
    ])
}

/// What the linker needs, as a list of CMake's: a framework and its name are one element.
fn cmake_list(needs: &[String]) -> String {
    needs.join(";").replace("-framework;", "-framework ")
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
    #[cfg(unix)]
    fn everybody_may_read_what_is_installed_under_every_umask() {
        use std::env;
        use std::os::unix::fs::PermissionsExt;
        use std::process::Command;

        // A umask is the process's.
        if env::var_os("HAS_A_UMASK").is_none() {
            let line = "umask 077; exec \"$0\" --exact \
                        tree::tests::everybody_may_read_what_is_installed_under_every_umask";
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).arg(env::current_exe().unwrap());
            let finished = shell.env("HAS_A_UMASK", "1").output().unwrap();
            let said = String::from_utf8_lossy(&finished.stdout);
            assert!(said.contains("1 passed"), "{finished:?}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Tree {
            prefix: folder.path().join("opt/usr"),
            paths: BTreeSet::new(),
        };
        for path in ["lib/pkgconfig/tiny.pc", "lib/cmake/tiny/tiny.cmake"] {
            tree.put(path.to_owned(), b"").unwrap();
            let file = tree.prefix.join(path);
            let parts = file.ancestors().take_while(|it| *it != folder.path());
            for part in parts {
                let mode = fs::metadata(part).unwrap().permissions().mode() & 0o777;
                let expected = if part.is_dir() { 0o755 } else { 0o644 };
                assert_eq!(mode, expected, "{}: {mode:o}", part.display());
            }
        }
    }

    #[test]
    fn a_framework_stays_with_its_name() {
        let needs = ["-framework", "Security", "-lc", "-framework", "Metal"].map(str::to_owned);
        assert_eq!(
            cmake_list(&needs),
            "-framework Security;-lc;-framework Metal"
        );
    }
}
