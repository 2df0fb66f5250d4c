//! `cargo xtask dist`: all files of a release, with their hashes.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command};
use abi_stages::cli::{Flags, flags};
use abi_stages::library;
use abi_stages::process::Cmd;
use abi_stages::say;
use abi_stages::workspace::{self, TARGET, Workspace};
use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

use crate::release::{IS_ELF, Release, folder};
use crate::tree::{self, Entry, Tree};
use crate::{glibc, tools, wheel, zig};

flags! {
    struct DistFlags {
        glibc = "VERSION": "The oldest glibc to run with, such as 2.17; needs zig",
    }
}

/// `cargo xtask dist`.
pub const DIST: Command = Command {
    name: library::DIST.name,
    group: library::DIST.group,
    args: &[],
    about: library::DIST.about,
    details: "In target/dist: the tree of `cargo xtask install` as an archive, a wheel for every \
              version of Python, the source distribution, a list of what is inside (SBOM), and \
              SHA256SUMS. The same sources give the same bytes, in every folder.\n\n\
              It needs Python 3.11 or newer.",
    flags: DistFlags::ALL,
    example: "cargo xtask dist",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: DistFlags = arguments.flags();
    let linker = match &flags.glibc {
        Some(version) => Some(zig::compiler(workspace, &version.to_string_lossy())?),
        None => None,
    };
    Cmd::xtask("header").arg("--if-changed").check(workspace)?;
    tools::build(workspace)?;
    let to = workspace.target().join("dist");
    let release = make(workspace, linker.as_deref(), &to)?;
    for file in workspace::files(&to)? {
        let name = workspace.relative(&file).to_string_lossy().into_owned();
        say!("{name}  {} KB", file.metadata()?.len().div_ceil(1000))?;
    }
    glibc::report(&release.shared)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes all of it in `to`, which is emptied before. The [tools] have to be there.
pub fn make(workspace: &Workspace, linker: Option<&Path>, to: &Path) -> Result<Release> {
    let release = Release::build(workspace, linker)?;
    // Next to its destination, then renamed: the destination is never incomplete.
    let draft = workspace::draft_of(to);
    wheel::build(workspace, linker, &draft)?;
    let wheel = wheel::the_one(&draft, ".whl")?;
    // The wheel has the licenses of all that is compiled in, and the list of it.
    let scratch = folder(workspace, "unpacked");
    wheel::unpack(workspace, &wheel, &scratch)?;
    let name = format!("{}-{}", workspace.library().name, release.version);
    let bill = wheel::the_one(&scratch, ".cdx.json")?;
    let papers = workspace::files(bill.parent().context("no folder")?)?;
    let tree = Tree::new(workspace, &release, "lib", &papers)?;
    fs::rename(&bill, draft.join(format!("{name}.cdx.json")))
        .with_context(|| format!("cannot move {}", bill.display()))?;
    fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    if IS_ELF {
        name_by_glibc(workspace, &wheel, &draft)?;
    }
    let name = format!("{name}-{TARGET}");
    pack(&tree, &name, &draft.join(format!("{name}.tar.gz")))?;
    write_hashes(&draft)?;
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
    }
    fs::rename(&draft, to).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(release)
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
    for (path, entry) in &tree.entries {
        let path = format!("{name}/{path}");
        let mut header = tar::Header::new_gnu();
        header.set_mtime(MADE);
        match entry {
            Entry::File { content, runs } => {
                header.set_mode(if *runs { 0o755 } else { 0o644 });
                header.set_size(content.len() as u64);
                archive
                    .append_data(&mut header, path, content.as_slice())
                    .with_context(failed)?;
            }
            Entry::Link(target) => {
                header.set_mode(0o777);
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                archive
                    .append_link(&mut header, path, target)
                    .with_context(failed)?;
            }
        }
    }
    let packed = archive.into_inner().with_context(failed)?;
    packed
        .finish()
        .with_context(failed)?
        .flush()
        .with_context(failed)
}

/// The name of the file with the hashes.
pub const HASHES: &str = "SHA256SUMS";

fn write_hashes(folder: &Path) -> Result<()> {
    let mut text = String::new();
    for file in workspace::files(folder)? {
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        text += &format!("{}  {name}\n", tree::sha256(&content));
    }
    workspace::write(&folder.join(HASHES), text.as_bytes())
}
