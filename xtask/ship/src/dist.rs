//! `cargo xtask dist`: all files of a release, with their hashes.

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command};
use abi_stages::library;
use abi_stages::process::Cmd;
use abi_stages::say;
use abi_stages::workspace::{self, TARGET, Workspace};
use anyhow::{Context, Result};
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::HeaderMode;

use crate::release::{IS_ELF, Release, folder};
use crate::tree::Tree;
use crate::{tools, wheel};

/// `cargo xtask dist`.
pub const DIST: Command = Command {
    summary: library::DIST,
    args: &[],
    details: "In target/dist: the tree of `cargo xtask install` as an archive, a wheel for every \
              version of Python, the source distribution, a list of what is inside (SBOM), and \
              SHA256SUMS. The same sources give the same bytes, in every folder. Cargo's own variables and CC choose the \
              linker, for an older glibc than this machine's, for example.\n\n\
              It needs Python 3.11 or newer.",
    flags: &[],
    example: "cargo xtask dist",
    run,
};

fn run(workspace: &Workspace, _: &Arguments) -> Result<ExitCode> {
    Cmd::xtask("header").arg("--if-changed").check(workspace)?;
    tools::build(workspace)?;
    let to = workspace.target().join("dist");
    make(workspace, &to)?;
    for file in workspace::files(&to)? {
        let name = workspace.shown(&file);
        say!("{name}  {} KB", file.metadata()?.len().div_ceil(1000))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes all of it in `to`, which is emptied before. The [tools] have to be there.
pub fn make(workspace: &Workspace, to: &Path) -> Result<()> {
    let release = Release::build(workspace)?;
    wheel::build(workspace, to)?;
    let wheel = wheel::the_one(to, ".whl")?;
    let [unpacked, installed] = ["unpacked", "installed"].map(|name| folder(workspace, name));
    for scratch in [&unpacked, &installed] {
        workspace::remove(scratch)?; // What an earlier run left.
    }
    // The wheel has the licenses of all that is compiled in, and the list of it.
    wheel::unpack(workspace, &wheel, &unpacked)?;
    let bill = wheel::the_one(&unpacked, ".cdx.json")?;
    let papers = workspace::files(bill.parent().context("no folder")?)?;
    let tree = Tree::install(workspace, &release, "lib", &papers, &installed)?;
    let library = workspace.library();
    let name = format!("{}-{}", library.name, library.version);
    fs::copy(&bill, to.join(format!("{name}.cdx.json")))
        .with_context(|| format!("cannot copy {}", bill.display()))?;
    if IS_ELF {
        name_by_glibc(workspace, &wheel, to)?;
    }
    let name = format!("{name}-{TARGET}");
    pack(&tree, &name, &to.join(format!("{name}.tar.gz")))?;
    write_hashes(to)
}

/// Gives the wheel the tag of the oldest Linux that it runs on, by what auditwheel sees in it.
fn name_by_glibc(workspace: &Workspace, wheel: &Path, to: &Path) -> Result<()> {
    let programs = tools::programs(workspace);
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(std::iter::once(programs.clone()).chain(env::split_paths(&path)))?;
    Cmd::new(programs.join("auditwheel"))
        .args(["repair", "--plat", "auto", "--wheel-dir"])
        .arg(to)
        .arg(wheel)
        .env("PATH", path)
        .env("SOURCE_DATE_EPOCH", MADE.to_string())
        .check(workspace)?;
    fs::remove_file(wheel).with_context(|| format!("cannot remove {}", wheel.display()))
}

/// What archives say of when their files were made, at every time: 1980, before which zip knows none.
const MADE: u64 = 315_532_800;

/// The tree as an archive whose bytes depend on nothing but the tree.
fn pack(tree: &Tree, name: &str, to: &Path) -> Result<()> {
    let failed = || format!("cannot write {}", to.display());
    let file = File::create(to).with_context(failed)?;
    let packed = GzBuilder::new().mtime(0).write(file, Compression::best());
    let mut archive = tar::Builder::new(packed);
    archive.mode(HeaderMode::Deterministic);
    archive.follow_symlinks(false);
    for path in &tree.paths {
        archive
            .append_path_with_name(tree.prefix.join(path), format!("{name}/{path}"))
            .with_context(failed)?;
    }
    let packed = archive.into_inner().and_then(GzEncoder::finish);
    packed.map(drop).with_context(failed)
}

/// The name of the file with the hashes.
pub const HASHES: &str = "SHA256SUMS";

/// A line for each file, as `sha256sum --check` reads it.
fn write_hashes(folder: &Path) -> Result<()> {
    let mut lines = String::new();
    for file in workspace::files(folder)? {
        let digest = Sha256::digest(fs::read(&file)?);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        lines += &format!("{digest}  {name}\n");
    }
    workspace::write(&folder.join(HASHES), lines.as_bytes())
}
