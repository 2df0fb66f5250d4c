//! What each reader finds of this workspace's C ABI, and `cargo xtask abi`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use abi_stages::cli::Arguments;
use abi_stages::cli::{Command, Flags, flags};
use abi_stages::compiler::Compiler;
use abi_stages::library::{self, Library};
use abi_stages::process::Cmd;
use abi_stages::say;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};
use cargo_abi::process::Finished;
use cargo_abi::{Abi, Headers, RustLibrary, cffi_reader, rust_reader, stability, symbols};

use crate::check::Finding;
use crate::{builds, python};

flags! {
    struct AbiFlags {
        freeze: "Write it to {cdylib}/abi, under the number in {PREFIX}ABI_VERSION, and beside it what \
                 the Python package offers; never overwrite",
    }
}

/// `cargo xtask abi`.
pub const ABI: Command = Command {
    summary: library::ABI,
    args: &[],
    details: "The description is the header's, as the C compiler understands it: every function, \
              struct, enum and constant, one fact a line.\n\n\
              Programs were built against a frozen description. `verify abi/stable` compares the \
              library with the one of its version: nothing in it may change, additions are \
              allowed.",
    flags: AbiFlags::ALL,
    example: "cargo xtask abi",
    run,
};

/// Rust's side: the debug information of the debug build, of what the shipped library exports.
pub fn rust(workspace: &Workspace, header: &Abi) -> Result<RustLibrary> {
    let target = builds::verify(workspace, builds::DEBUG);
    let file = builds::built(workspace, &target, "debug").context("the debug build is missing")?;
    let exported = symbols::exported(&workspace.shared_library())?;
    rust_reader(&file, &exported, header, &BTreeMap::new())
}

/// The header, as the C compiler understands it. Most checks ask for it, and it is read once.
pub fn header(workspace: &Workspace) -> Result<Abi> {
    static READ: Mutex<BTreeMap<[String; 2], Abi>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let compiler = Compiler::find(workspace)?;
    let mut line = compiler.bare();
    if workspace.system().os == "wasi" {
        // Clang's debug information for WebAssembly is not read here. What has its sizes and alignments is
        // 32-bit ARM, with another `char`.
        line = line.arg("--target=armv7-none-eabi");
        line = line.args(["-ffreestanding", "-fsigned-char"]);
    }
    let file = workspace.pipeline_header();
    let key = [line.to_string(), workspace::read(&file)?];
    if let Some(abi) = read.get(&key) {
        return Ok(abi.clone());
    }
    let run = |arguments: &[OsString]| finished(workspace, &line.clone().args(arguments));
    let abi = Headers::one(&file).read(&run, &builds::verify(workspace, "readers"))?;
    read.insert(key, abi.clone());
    Ok(abi)
}

/// Runs a line for one of the readers.
pub(crate) fn finished(workspace: &Workspace, line: &Cmd) -> Result<Finished> {
    let finished = line.output(workspace)?;
    Ok(Finished {
        success: finished.status.success(),
        stdout: finished.stdout(),
        stderr: finished.stderr(),
        report: finished.complaint(line),
    })
}

/// CFFI's declarations, and what it made of them.
pub fn cffi(workspace: &Workspace) -> Result<Abi> {
    let python = builds::python(workspace);
    let run = |arguments: &[OsString]| finished(workspace, &python.clone().args(arguments));
    let mut abi = cffi_reader(&run, workspace.library().module)?;
    // For a function `F` that frees a handle, the builder of the package adds a struct and a function
    // `python_F`, and for a struct `S` that crosses in a capsule two functions, `python_S` and
    // `python_share_S`, which the library does not have.
    let names: Vec<String> = (abi.functions.keys().chain(abi.types.keys()))
        .cloned()
        .collect();
    for name in names {
        for added in [format!("python_{name}"), format!("python_share_{name}")] {
            abi.functions.remove(&added);
            abi.types.remove(&added);
        }
    }
    Ok(abi)
}

/// `cargo xtask abi`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    builds::build_library(workspace)?;
    let abi = header(workspace)?;
    if !arguments.flags::<AbiFlags>().freeze {
        say!("{}", abi.to_string().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let version = version_of(workspace.library(), &abi)?;
    let bits = width(&abi);
    if let Some(file) = python::freeze(workspace)? {
        let file = workspace.relative(&file);
        say!(
            "{} written: the names of the package and their parameters are frozen",
            file.display()
        )?;
    }
    let path = frozen_folder(workspace).join(format!("{version}-{bits}.txt"));
    let shown = workspace.shown(&path);
    if path.exists() {
        bail!(
            "{shown} already exists, and what was released does not change\n\
             next: if the ABI changed incompatibly, give {} a new number, then freeze that",
            workspace.library().version_constant()
        );
    }
    workspace::write(&path, abi.to_string().as_bytes())?;
    say!("{shown} written: ABI version {version} is frozen for systems of {bits} bits")?;
    Ok(ExitCode::SUCCESS)
}

/// The version of the ABI that a description is of.
pub fn version_of(library: &Library, abi: &Abi) -> Result<u64> {
    let name = library.version_constant();
    let value = abi.constants.get(&name);
    let value = value.with_context(|| format!("{name} is not among the constants"))?;
    let number = value.parse();
    number.with_context(|| format!("{name} is `{value}`, not a number"))
}

/// The bits of a pointer: most layouts depend on it.
fn width(abi: &Abi) -> u64 {
    abi.pointer_size.unwrap_or_default() * 8
}

/// Where the released descriptions are: a file for each version of the ABI and each width of pointers,
/// `1-64.txt`. The one for 32 bits is i686's, where eight bytes align to four.
fn frozen_folder(workspace: &Workspace) -> PathBuf {
    workspace.source(workspace.library().cdylib).join("abi")
}

/// The files of the frozen versions for systems such as `now`'s, by version.
fn frozen_for(workspace: &Workspace, now: &Abi) -> BTreeMap<u64, PathBuf> {
    let end = format!("-{}.txt", width(now));
    let files = workspace::files(&frozen_folder(workspace)).unwrap_or_default();
    let version = |file: PathBuf| {
        let name = file.file_name()?.to_str()?.strip_suffix(&end)?;
        Some((name.parse().ok()?, file))
    };
    files.into_iter().filter_map(version).collect()
}

/// The released version that `now` says it is, and its file; nothing if that one was not released yet.
pub fn released(workspace: &Workspace, now: &Abi) -> Result<Option<(Abi, PathBuf)>> {
    let version = version_of(workspace.library(), now)?;
    let Some(file) = frozen_for(workspace, now).remove(&version) else {
        return Ok(None);
    };
    Ok(Some((Abi::read(&file)?, file)))
}

/// What changed incompatibly without a new version.
pub fn stable(workspace: &Workspace) -> Result<Vec<Finding>> {
    let now = header(workspace)?;
    let version = version_of(workspace.library(), &now)?;
    let constant = workspace.library().version_constant();
    let wrong = match frozen_for(workspace, &now).last_key_value() {
        None => format!(
            "no version of the ABI is frozen for systems of {} bits: `cargo xtask abi --freeze`",
            width(&now)
        ),
        Some((newest, _)) if version < *newest => {
            format!("{constant} is {version}, and version {newest} is frozen already")
        }
        Some(_) => {
            let Some((released, file)) = released(workspace, &now)? else {
                return Ok(Vec::new()); // A new version, not released yet: it may be anything.
            };
            let changes = stability::incompatible(&released, &now)?.into_iter();
            let file = workspace.relative(&file);
            let texts = changes.map(|change| format!("{change}; {constant} is still {version}"));
            return Ok(texts.map(|text| Finding::new(text).at(&file, 1)).collect());
        }
    };
    Ok(vec![Finding::new(wrong)])
}
