//! `cargo xtask load`: opens the shared library by its path with `libloading`, as a program with plug-ins
//! would, and finds its functions by name.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use libloading::Library;

use crate::cli::{Arguments, Command};
use crate::library::Summary;
use crate::term::say;
use crate::workspace::Workspace;

pub static COMMAND: Command = Command {
    summary: Summary::new("load", "Load the shared library by its path and call it"),
    args: &[
        ("[FILE]", "The library [default: that of the pipeline]"),
        (
            "[FUNCTION]...",
            "The names of functions to look up in it as well",
        ),
    ],
    details: "It says which file it loaded.",
    flags: &[],
    example: "cargo xtask load",
    run,
};

const BUILD: &str = "`cargo xtask rust` builds the library that belongs to this checkout";

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let path = match arguments.args.first() {
        Some(file) => PathBuf::from(file),
        None => workspace.shared_library(),
    };
    let path = path
        .canonicalize()
        .map_err(|error| anyhow!("cannot find {}: {error}\nnext: {BUILD}", path.display()))?;
    let library = open(&path)?;
    call(workspace, &library, &path)?;
    for name in arguments.args.iter().skip(1) {
        // SAFETY: the address is only looked up, and neither called nor read.
        unsafe { library.get::<*const ()>(name) }
            .with_context(|| format!("`{name}` was not found in {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The types are those of the header: that is all that makes these calls sound.
fn call(workspace: &Workspace, library: &Library, path: &Path) -> Result<()> {
    let expected = workspace.abi_version()?;
    let version = workspace.library().version_function();
    // SAFETY: the header declares it as uint32_t f(void).
    let version = unsafe { library.get::<extern "C" fn() -> u32>(&version) };
    let version = version.with_context(|| not_ours(path))?();
    if version != expected {
        bail!(
            "{} has ABI version {version}, and this checkout has {expected}\nnext: {BUILD}",
            path.display()
        );
    }
    let shown = workspace.relative(path);
    say!("loaded {} (ABI version {version})", shown.display())?;

    if let Some(name) = workspace.library().walkthrough {
        // SAFETY: the header declares it as void f(void).
        let function = unsafe { library.get::<extern "C" fn()>(name) };
        function.with_context(|| not_ours(path))?();
    }
    Ok(())
}

fn open(path: &Path) -> Result<Library> {
    // SAFETY: loading runs the library's initialisers; this one has none, and the caller chose it.
    let library = unsafe { Library::new(path) };
    library.map_err(|error| {
        let error = anyhow::Error::from(error);
        anyhow!("cannot load {}: {error:#}\nnext: {BUILD}", path.display())
    })
}

fn not_ours(path: &Path) -> String {
    format!("{} is not this workspace's library", path.display())
}
