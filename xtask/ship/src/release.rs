//! The library as it is shipped: built in a folder of its own, without a path of this machine, its debug
//! symbols in a file beside it, and the static one isolated.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::compiler::NATIVE_LIBRARIES;
use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::runner;
use abi_stages::stages;
use abi_stages::workspace::{self, TARGET, Workspace};
use anyhow::{Context, Result};

use crate::isolate::{self, Archive};

/// Whether libraries here are ELF files, which binutils can take apart.
pub const IS_ELF: bool = cfg!(all(unix, not(target_vendor = "apple")));

pub struct Release {
    /// The version of the package.
    pub version: String,
    /// The version of the ABI.
    pub abi_version: u32,
    /// The name of the shared library's file.
    pub name: String,
    pub shared: PathBuf,
    /// Its debug symbols, where they are a file of their own.
    pub debug: Option<PathBuf>,
    pub archive: Archive,
    /// What else the linker needs with the static library, such as `-lpthread`.
    pub needs: Vec<String>,
    /// What else the linker needs with the shared library, on Windows.
    pub import: Option<PathBuf>,
}

impl Release {
    /// Builds it; with `linker` in place of the system's, if there is one.
    pub fn build(workspace: &Workspace, linker: Option<&Path>) -> Result<Release> {
        let cargo = match linker {
            // Beside what it has linked, for cargo does not notice another linker.
            Some(linker) => linker.with_file_name("cargo"),
            None => folder(workspace, "cargo"),
        };
        cargo_build(workspace, linker, &cargo)?;
        // Cargo names the system if its configuration does.
        let built = [cargo.join(TARGET), cargo].map(|folder| folder.join("release"));
        let built = built
            .iter()
            .find(|folder| folder.join(workspace.library().shared_file()).exists())
            .context("cargo has built no shared library")?;
        let lib = folder(workspace, "lib");
        // Whole or not at all: of what an interrupted run left, nothing is taken.
        let _ = fs::remove_dir_all(&lib);
        fs::create_dir_all(&lib).with_context(|| format!("cannot write {}", lib.display()))?;

        let name = workspace.loader_name()?;
        let (from, shared) = (
            built.join(workspace.library().shared_file()),
            lib.join(&name),
        );
        let debug = if IS_ELF {
            let debug = lib.join(format!("{name}.debug"));
            separate(workspace, &from, &shared, &debug)?;
            Some(debug)
        } else {
            fs::copy(&from, &shared).with_context(|| format!("cannot copy {}", from.display()))?;
            None
        };
        let functions = inspect::read(&shared)?.exports;
        let archive = built.join(workspace.library().static_file());
        let import = built.join(format!("{}.lib", workspace.library().shared_file()));
        Ok(Release {
            version: version(workspace)?,
            abi_version: workspace.abi_version()?,
            archive: isolate::isolate(workspace, &archive, &functions, &lib)?,
            needs: native_libraries(workspace)?,
            import: import.exists().then_some(import),
            name,
            shared,
            debug,
        })
    }
}

/// A file or folder of what is shipped.
pub fn folder(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("ship").join(path)
}

fn cargo_build(workspace: &Workspace, linker: Option<&Path>, target: &Path) -> Result<()> {
    let settings = [
        // Taken out afterwards, into a file of their own.
        "profile.release.debug=\"full\"",
        "profile.release.strip=\"none\"",
        // For the next edit, which does not come here.
        "profile.release.incremental=false",
    ];
    let line = Cmd::cargo()
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            workspace.library().cdylib,
        ])
        .arg("--target-dir")
        .arg(target)
        .args(settings.iter().flat_map(|setting| ["--config", setting]));
    let line = match linker {
        Some(linker) => {
            let target = TARGET.to_uppercase().replace('-', "_");
            line.env(format!("CARGO_TARGET_{target}_LINKER"), linker)
        }
        None => line,
    };
    with_neutral_paths(line, workspace)?
        .check(workspace)
        .map(drop)
}

/// The paths of this machine, as debug symbols and panics' messages shall name them.
fn neutral_paths(workspace: &Workspace) -> Result<Vec<(PathBuf, String)>> {
    let sysroot = Cmd::new("rustc").args(["--print", "sysroot"]);
    let sysroot = sysroot.check(workspace)?.stdout();
    let sources = format!(
        "/usr/src/{}-{}",
        workspace.library().name,
        version(workspace)?
    );
    let mut paths = vec![(PathBuf::from(sysroot.trim()), "/rust".to_owned())];
    paths.extend(cargo_home().map(|home| (home, "/cargo".to_owned())));
    // The last one that fits is taken, and the workspace may be within another.
    paths.push((workspace.root().to_owned(), sources));
    Ok(paths)
}

/// Every path that nothing shipped may have inside.
pub fn paths_of_this_machine(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = neutral_paths(workspace)?
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    paths.push(workspace.target().to_owned());
    paths.extend(env::home_dir());
    // A container's home may be as short as `/`, which is everywhere.
    paths.retain(|path| path.components().count() > 1);
    Ok(paths)
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// The same line, with rustc's flags for the paths after those that the person has set.
fn with_neutral_paths(line: Cmd, workspace: &Workspace) -> Result<Cmd> {
    const SEPARATOR: &str = "\u{1f}";
    let mut flags: Vec<OsString> = Vec::new();
    if let Some(set) = env::var_os("CARGO_ENCODED_RUSTFLAGS") {
        flags.push(set);
    } else if let Some(set) = env::var_os("RUSTFLAGS") {
        flags.extend(set.to_string_lossy().split_whitespace().map(Into::into));
    }
    for (path, neutral) in neutral_paths(workspace)? {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(path);
        flag.push(format!("={neutral}"));
        flags.push(flag);
    }
    flags.retain(|flag| !flag.is_empty());
    Ok(line.env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR.as_ref())))
}

/// Takes the debug symbols out of `from`: `shared` is the library without them, `debug` has them. A
/// debugger finds them there, for the library names the file.
fn separate(workspace: &Workspace, from: &Path, shared: &Path, debug: &Path) -> Result<()> {
    let mut link = OsString::from("--add-gnu-debuglink=");
    link.push(debug);
    let lines = [
        Cmd::new("objcopy")
            .args(["--only-keep-debug", "--compress-debug-sections"])
            .args([from, debug]),
        Cmd::new("objcopy")
            .arg("--strip-all")
            .arg(link)
            .args([from, shared]),
    ];
    for line in lines {
        line.check(workspace)?;
    }
    Ok(())
}

/// The version of the package, as cargo understands its manifest.
pub fn version(workspace: &Workspace) -> Result<String> {
    let line = Cmd::cargo().args([
        "pkgid",
        "--offline",
        "--package",
        workspace.library().cdylib,
    ]);
    let id = line.check(workspace)?.stdout();
    // `path+file:///folder#package@1.2.3`, or `...#1.2.3` if the folder has the package's name.
    let version = id.trim().rsplit(['#', '@']).next();
    Ok(version.context("cargo printed no version")?.to_owned())
}

/// What rustc says that the static library needs.
fn native_libraries(workspace: &Workspace) -> Result<Vec<String>> {
    fs::create_dir_all(workspace.pipeline("lib"))?;
    runner::quietly(workspace, vec![stages::c::native_libraries(workspace)])?;
    let list = workspace::read(&workspace.pipeline("lib").join(NATIVE_LIBRARIES))?;
    Ok(list.split_whitespace().map(str::to_owned).collect())
}
