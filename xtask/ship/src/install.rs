//! `cargo xtask install`: installs the library for C users as a relocatable tree.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, usage_error};
use abi_stages::cli::{Flags, flags};
use abi_stages::library::{self, Library};
use abi_stages::process::{Cmd, quoted};
use abi_stages::workspace::Workspace;
use abi_stages::{inspect, say};
use anyhow::{Context, Result, bail};

use crate::glibc;
use crate::release::Release;
use crate::tree::{self, Entry, Tree};

flags! {
    struct InstallFlags {
        prefix = "DIR": "Where to install [default: /usr/local]",
        destdir = "DIR": "A folder that is put before the prefix, for packagers",
        libdir = "DIR": "The folder of the libraries under the prefix [default: lib]",
    }
}

/// `cargo xtask install`.
pub const INSTALL: Command = Command {
    name: library::INSTALL.name,
    group: library::INSTALL.group,
    args: &[],
    about: library::INSTALL.about,
    details: "The tree can be moved: its files find each other by relative paths. The shared \
              library has the version of the ABI in its name, so two versions can be installed \
              side by side; its debug symbols are in a file of their own. The static library \
              offers the functions of {header} and no other name, so it links beside another Rust \
              library. A manifest lists \
              every file.",
    flags: InstallFlags::ALL,
    example: "cargo xtask install --prefix \"$HOME/.local\"",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let place = Place::read(arguments)?;
    place.is_writable(workspace.library())?;
    Cmd::xtask("header").arg("--if-changed").check(workspace)?;
    let release = Release::build(workspace, None)?;
    let tree = Tree::new(
        workspace,
        &release,
        &place.libdir,
        &tree::licenses(workspace)?,
    )?;
    tree.write(&place.folder)?;
    report(workspace.library(), &place, &release, &tree)?;
    Ok(ExitCode::SUCCESS)
}

/// Where it is to go.
struct Place {
    /// The prefix, below the destination directory if there is one.
    folder: PathBuf,
    /// Below the prefix, with slashes.
    libdir: String,
}

impl Place {
    fn read(arguments: &Arguments) -> Result<Place> {
        let flags: InstallFlags = arguments.flags();
        let destdir = flags.destdir.map(PathBuf::from);
        let prefix = PathBuf::from(flags.prefix.unwrap_or_else(|| "/usr/local".into()));
        let folder = match &destdir {
            None => std::path::absolute(&prefix)
                .map_err(|_| usage_error("--prefix needs a folder, such as /usr/local"))?,
            Some(destdir) if destdir.is_relative() => {
                return Err(usage_error(format!(
                    "--destdir needs an absolute path, and `{0}` is relative\n\
                     next: --destdir \"$PWD/{0}\"",
                    destdir.display()
                )));
            }
            // A prefix that is absolute, as those are that a packager gives, goes below it.
            Some(destdir) => match prefix.strip_prefix("/") {
                Ok(below) => destdir.join(below),
                Err(_) => {
                    return Err(usage_error(format!(
                        "with --destdir, --prefix needs an absolute path, and `{0}` is relative\n\
                         next: --prefix /{0}",
                        prefix.display()
                    )));
                }
            },
        };
        let libdir = PathBuf::from(flags.libdir.unwrap_or_else(|| "lib".into()));
        let below = libdir.strip_prefix(&prefix).unwrap_or(&libdir);
        Ok(Place {
            folder,
            libdir: plain(below).ok_or_else(|| {
                usage_error(format!(
                    "--libdir needs a folder below the prefix, such as lib64, not `{}`: the files \
                     of the tree find each other by relative paths",
                    libdir.display()
                ))
            })?,
        })
    }

    /// Before anything is built: nobody waits for what cannot be written then.
    fn is_writable(&self, library: &Library) -> Result<()> {
        let probe = self.folder.join(format!(".{}-install", library.name));
        let result = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&probe, ""))
            .and_then(|()| fs::remove_file(&probe));
        let folder = self.folder.display();
        match result {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => bail!(
                "{folder} is not writable for you\n\
                 next: --prefix with a folder of your own, or --destdir to make a package"
            ),
            Err(error) => Err(error).with_context(|| format!("cannot write to {folder}")),
        }
    }
}

/// A relative path that leads down, with slashes.
fn plain(path: &Path) -> Option<String> {
    let names = path.components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let names = names.collect::<Option<Vec<_>>>()?;
    (!names.is_empty()).then(|| names.join("/"))
}

fn report(library: &Library, place: &Place, release: &Release, tree: &Tree) -> Result<()> {
    let files = tree.entries.len();
    let name = library.name;
    let folder = quoted(place.folder.as_os_str());
    say!(
        "installed lib{name} {} (ABI version {}): {files} files in {folder}",
        release.version,
        release.abi_version
    )?;
    for (path, entry) in &tree.entries {
        match entry {
            Entry::File { content, .. } => {
                say!("  {path}  {}", inspect::size(content.len() as u64))?
            }
            Entry::Link(to) => say!("  {path} -> {to}")?,
        }
    }
    glibc::report(&release.shared)?;
    if let Some(reason) = &release.archive.not_isolated {
        say!("The static library does not link beside another Rust library: {reason}.")?;
    }
    let pkgconfig = place.folder.join(&place.libdir).join("pkgconfig");
    say!(
        "The files check themselves: (cd {folder} && sha256sum --check {})",
        tree::manifest(library)
    )?;
    say!(
        "next: PKG_CONFIG_PATH={} pkg-config --cflags --libs {name}",
        quoted(OsStr::new(&pkgconfig))
    )?;
    Ok(())
}
