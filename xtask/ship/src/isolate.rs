//! Makes a static library that links beside another Rust library.
//!
//! rustc's static library contains Rust's runtime, with global names. A second Rust library in the same
//! program, made by another rustc or with LTO, defines the same names, and the linker refuses both. Here
//! everything is linked into one object file in which only the functions of the C ABI are global.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};

use crate::release::IS_ELF;

/// Makes the static library `file` of `archive`, with `functions` global and nothing else; where libraries are
/// no ELF files, it is the same as `archive`.
pub fn isolate(
    workspace: &Workspace,
    archive: &Path,
    functions: &BTreeSet<String>,
    file: &Path,
) -> Result<()> {
    match IS_ELF {
        true => link(workspace, archive, functions, file),
        false => fs::copy(archive, file)
            .map(drop)
            .with_context(|| format!("cannot copy {}", archive.display())),
    }
}

/// Without it, groups of sections stay groups under their names, and the linker takes those of the library
/// that comes first for both. GNU ld has it since 2.29.
const GROUPS: &str = "--force-group-allocation";

fn link(
    workspace: &Workspace,
    archive: &Path,
    functions: &BTreeSet<String>,
    file: &Path,
) -> Result<()> {
    let object = file.with_file_name(format!("{}.o", workspace.library().name));
    let each = |option: &str| {
        let options = functions.iter().map(|name| format!("{option}={name}"));
        options.collect::<Vec<_>>()
    };
    let _ = fs::remove_file(file); // `ar` adds to an existing archive.
    let commands = [
        // What the functions need, and nothing else.
        Cmd::new("ld")
            .args(["-r", "--gc-sections", GROUPS])
            .args(each("--undefined"))
            .arg(workspace.relative(archive))
            .arg("-o")
            .arg(workspace.relative(&object)),
        Cmd::new("objcopy")
            .args(each("--keep-global-symbol"))
            // rustc's own code for LTO, of which `ar` cannot read the part that is left.
            .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
            .arg("--strip-unneeded")
            .arg(workspace.relative(&object)),
        // D: no time stamp, no owner.
        Cmd::new("ar")
            .arg("rcD")
            .arg(workspace.relative(file))
            .arg(workspace.relative(&object)),
    ];
    for command in commands {
        command.check(workspace)?;
    }
    fs::remove_file(&object).with_context(|| format!("cannot remove {}", object.display()))
}
