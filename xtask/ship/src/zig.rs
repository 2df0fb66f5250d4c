//! zig as a linker for an older glibc than this machine's: it knows the symbols of each version.

use std::path::PathBuf;

use abi_stages::cli::usage_error;
use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::{self, TARGET, Workspace};
use anyhow::{Context, Result, bail};

use crate::release::folder;
use crate::tree::set_mode;

/// Writes a C compiler that links for glibc `version`, such as `2.17`, and returns where it is.
pub fn compiler(workspace: &Workspace, version: &str) -> Result<PathBuf> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    if version.split('.').count() != 2 || !version.split('.').all(is_number) {
        return Err(usage_error(format!(
            "`{version}` is not a version of glibc\nnext: for example --glibc 2.17"
        )));
    }
    let Some(processor) = TARGET.strip_suffix("-unknown-linux-gnu") else {
        bail!("--glibc is for Linux with glibc, and this builds for {TARGET}");
    };
    let zig = find(workspace)?;
    let script =
        format!("#!/bin/sh\nexec {zig} cc -target {processor}-linux-gnu.{version} \"$@\"\n");
    let file = folder(workspace, &format!("glibc-{version}")).join("cc");
    workspace::write(&file, script.as_bytes())?;
    set_mode(&file, 0o755)?;
    Ok(file)
}

/// What runs zig: itself, or the package of that name.
fn find(workspace: &Workspace) -> Result<String> {
    if let Some(zig) = find_program("zig") {
        return Ok(abi_stages::process::quoted(zig.as_os_str()));
    }
    let python = Cmd::new("python3").args(["-c", "import sys, ziglang; print(sys.executable)"]);
    let found = python.output(workspace).ok();
    let found = found.filter(|finished| finished.status.success());
    let python = found.context(
        "--glibc needs zig, for its linker knows older versions of glibc\n\
         next: python3 -m pip install ziglang",
    )?;
    let python = python.stdout();
    Ok(format!(
        "{} -m ziglang",
        abi_stages::process::quoted(python.trim().as_ref())
    ))
}
