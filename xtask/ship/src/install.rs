//! `cargo xtask install`: installs the library for C users as a relocatable tree.

use std::ffi::OsString;
use std::path::{Component, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, usage_error};
use abi_stages::cli::{Flags, flags};
use abi_stages::library;
use abi_stages::process::{Cmd, quoted};
use abi_stages::say;
use abi_stages::workspace::Workspace;
use anyhow::{Result, anyhow};

use crate::release::Release;
use crate::tree::{self, Tree};

flags! {
    struct InstallFlags {
        prefix = "DIR": "Where to install [default: /usr/local]",
        destdir = "DIR": "A folder that is put before the prefix, for packagers",
        libdir = "DIR": "The folder of the libraries under the prefix [default: lib]",
    }
}

/// `cargo xtask install`.
pub const INSTALL: Command = Command {
    summary: library::INSTALL,
    args: &[],
    details: "The tree can be moved: its files find each other by relative paths. Two versions of \
              the ABI can be installed side by side. Debug symbols are in a file of their own. The \
              static library offers the functions of {header} alone, so it links beside another \
              Rust library.",
    flags: InstallFlags::ALL,
    example: "cargo xtask install --prefix \"$HOME/.local\"",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let (prefix, libdir) = place(arguments.flags())?;
    Cmd::xtask("header").arg("--if-changed").check(workspace)?;
    let release = Release::build(workspace)?;
    let licenses = tree::licenses(workspace)?;
    let tree = Tree::install(workspace, &release, &libdir, &licenses, &prefix);
    let tree = tree.map_err(|error| {
        anyhow!(
            "{error:#}\nnext: --prefix with a folder of your own, or --destdir to make a package"
        )
    })?;
    let library = workspace.library();
    say!(
        "installed lib{} {} (ABI version {}): {} files in {}",
        library.name,
        library.version,
        workspace.abi_version()?,
        tree.paths.len(),
        quoted(prefix.as_os_str())
    )?;
    say!(
        "next: PKG_CONFIG_PATH={} pkg-config --cflags --libs {}",
        quoted(prefix.join(libdir).join("pkgconfig").as_os_str()),
        library.name
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Where it is to go: the prefix, below the destination directory if there is one, and the folder of the
/// libraries below the prefix, with slashes.
fn place(flags: InstallFlags) -> Result<(PathBuf, String)> {
    let folder = |path: OsString| {
        std::path::absolute(&path)
            .map_err(|_| usage_error("--prefix and --destdir need a folder, such as /usr/local"))
    };
    let prefix = folder(flags.prefix.unwrap_or_else(|| "/usr/local".into()))?;
    let libdir = PathBuf::from(flags.libdir.unwrap_or_else(|| "lib".into()));
    let below = libdir.strip_prefix(&prefix).unwrap_or(&libdir);
    let names = below.components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let names: Option<Vec<&str>> = names.collect();
    let names = names.filter(|names| !names.is_empty()).ok_or_else(|| {
        usage_error(format!(
            "--libdir needs a folder below the prefix, such as lib64, not `{}`: the files \
             of the tree find each other by relative paths",
            libdir.display()
        ))
    })?;
    let prefix = match flags.destdir {
        Some(destdir) => folder(destdir)?.join(prefix.strip_prefix("/").unwrap_or(&prefix)),
        None => prefix,
    };
    Ok((prefix, names.join("/")))
}
