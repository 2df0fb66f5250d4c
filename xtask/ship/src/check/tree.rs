//! The files of the installed tree.

use std::fs;
use std::path::PathBuf;

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding, Need, Requirement};
use abi_verify::{abi, builds};
use anyhow::{Context, Result};

use super::outside::paths_inside;
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
        claim: "everybody may read what is installed: the header of the checkout, debug symbols \
                that a debugger finds, the texts of the licenses",
        hint: "`tree.rs` of abi-ship says what is installed",
        needs: &[Time, INSTALLED],
        run: files,
    },
    Check {
        id: "ship/exports",
        claim: "the installed libraries, shared and static, export the functions of the header and no \
                other name, and the shared one has the version of the ABI in its name",
        hint: "what is exported is `pub`, `extern \"C\"`, `#[unsafe(no_mangle)]` and in the header",
        needs: &[Time, INSTALLED, Library],
        run: exports,
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
];

/// Where the tree is, after it was moved.
pub fn installed(workspace: &Workspace) -> PathBuf {
    builds::verify(workspace, "ship").join("moved here/usr")
}

/// The installed shared library; a DLL is installed beside the programs.
fn shared_library(workspace: &Workspace) -> PathBuf {
    let folder = if cfg!(windows) { "bin" } else { "lib" };
    let folder = installed(workspace).join(folder);
    folder.join(workspace.shared_file())
}

fn build(workspace: &Workspace) -> Result<()> {
    let release = Release::build(workspace)?;
    let first = builds::verify(workspace, "ship").join("installed there/usr");
    let moved = installed(workspace);
    for folder in [&first, &moved] {
        workspace::remove(folder)?;
    }
    Tree::install(
        workspace,
        &release,
        "lib",
        &tree::licenses(workspace)?,
        &first,
    )?;
    fs::create_dir_all(moved.parent().context("no folder")?)?;
    fs::rename(&first, &moved).with_context(|| format!("cannot move {}", first.display()))
}

/// Every installed file, by its path below the prefix, with slashes.
fn installed_files(workspace: &Workspace) -> Result<Vec<String>> {
    let prefix = installed(workspace);
    let files = workspace::files(&prefix)?.into_iter().map(|file| {
        let path = file.strip_prefix(&prefix)?.to_string_lossy();
        Ok(path.replace('\\', "/"))
    });
    files.collect()
}

fn files(workspace: &Workspace) -> Result<Vec<Finding>> {
    let prefix = installed(workspace);
    let mut findings = Vec::new();
    let header = format!("include/{}", workspace.library().header());
    if workspace::read(&prefix.join(&header))? != workspace::read(&workspace.header())? {
        findings.push(format!("{header} is not the header of the checkout"));
    }
    if tree::licenses(workspace)?.is_empty() {
        findings
            .push("no license is installed: no file LICENSE… or COPYING… is in the root".into());
    }
    if IS_ELF {
        findings.extend(debug_symbols(workspace)?);
    }
    if cfg!(unix) {
        // A link has no mode of its own.
        let odd = "! -type l ! -perm 644 ! -perm 755".split(' ');
        let odd = Cmd::new("find").arg(&prefix).args(odd).check(workspace)?;
        let text = |it: &str| format!("{it} has neither the mode 644 nor 755");
        findings.extend(odd.stdout().lines().map(text));
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

/// Whether a debugger that opens the library finds its symbols: addr2line looks for them as it does, in the
/// file that the library names.
fn debug_symbols(workspace: &Workspace) -> Result<Option<String>> {
    let library = installed(workspace)
        .join("lib")
        .join(workspace.loader_name()?);
    let function = workspace.library().version_function();
    let names = Cmd::new("nm").arg("--dynamic").arg(&library);
    let names = names.check(workspace)?.stdout();
    // `ADDRESS T NAME`
    let end = format!(" T {function}");
    let address = names.lines().find_map(|line| line.strip_suffix(&end));
    let line = Cmd::new("addr2line").arg("--exe").arg(library);
    let seen = line.arg(address.unwrap_or_default()).check(workspace)?;
    let seen = seen.stdout().trim().to_owned();
    let text = format!("no debugger finds the debug symbols of `{function}`: there is `{seen}`");
    Ok((!seen.contains(".rs:")).then_some(text))
}

fn exports(workspace: &Workspace) -> Result<Vec<Finding>> {
    let library = shared_library(workspace);
    let archive = installed(workspace)
        .join("lib")
        .join(workspace.static_file());
    let mut findings = abi::names(workspace, &archive, Some(&library))?;
    let shared = inspect::read(&library)?;
    let name = workspace.loader_name()?;
    let expected = match cfg!(target_os = "macos") {
        true => format!("@rpath/{name}"),
        false => name,
    };
    if !cfg!(windows) && shared.name.as_ref() != Some(&expected) {
        let seen = shared.name.unwrap_or_else(|| "none".to_owned());
        findings.push(Finding::new(format!(
            "the installed library's name for the loader is {seen}; expected is {expected}"
        )));
    }
    Ok(findings)
}

fn paths(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in installed_files(workspace)? {
        let content = fs::read(installed(workspace).join(&path))?;
        findings.extend(paths_inside(workspace, &path, &content)?);
    }
    Ok(findings)
}
