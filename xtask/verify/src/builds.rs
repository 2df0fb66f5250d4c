//! The programs that the checks run, made from the harnesses of C and Python, and the other builds of
//! the library that they need. None of it is in the pipeline's folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use abi_stages::compiler::Linkage;
use abi_stages::process::Cmd;
use abi_stages::python::{Environment, Pins, REQUIREMENTS};
use abi_stages::runner;
use abi_stages::rustflags;
use abi_stages::stages;
use abi_stages::step::{self, Step};
use abi_stages::system::TARGET;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};

use crate::generated::{self, Source};

/// Every file in here is a program, compiled together with all of [`SUPPORT`].
const PROGRAMS: &str = "c-harness/programs";

/// What programs in C share.
pub const SUPPORT: [Source<'static>; 8] = [
    ("output.c", include_str!("../support/output.c")),
    ("output.h", include_str!("../support/output.h")),
    ("parallel.c", include_str!("../support/parallel.c")),
    ("parallel.h", include_str!("../support/parallel.h")),
    ("program.c", include_str!("../support/program.c")),
    ("program.h", include_str!("../support/program.h")),
    ("footprint.c", include_str!("../c/footprint.c")),
    ("footprint.h", include_str!("../c/footprint.h")),
];

/// Whether the system has what a program needs: one that is more than ISO C says so.
fn is_portable(workspace: &Workspace, name: &str) -> bool {
    let text = workspace::read(&workspace.source(&source_of(name))).unwrap_or_default();
    let needs_unix = ["_POSIX_C_SOURCE", "_XOPEN_SOURCE", "_GNU_SOURCE"];
    workspace.system().is_unix || !needs_unix.iter().any(|word| text.contains(word))
}

/// Whether the C harness has a program of that name: not every library needs each.
pub fn has_program(workspace: &Workspace, name: &str) -> bool {
    workspace.source(&source_of(name)).is_file()
}

/// The file of a program of the C harness, from the root.
pub fn source_of(name: &str) -> String {
    format!("{PROGRAMS}/{name}.c")
}

/// The line that runs a program of the C harness, which is compiled if need be.
pub fn program(workspace: &Workspace, name: &str) -> Result<Cmd> {
    let source = workspace::read(&workspace.source(&source_of(name)))?;
    let file = format!("main_{name}.c");
    let sources = [&[(&*file, &*source)], &SUPPORT[..]].concat();
    // That one loads the library while it runs.
    let linkage = match name {
        "footprint" => Linkage::Loaded,
        _ => Linkage::Shared,
    };
    let program = generated::program(workspace, name, &sources, &["-pthread"], linkage)?;
    Ok(workspace.runs(workspace.relative(&program)))
}

/// The same, for those of the names that the C harness has.
pub fn programs_of(workspace: &Workspace, names: &[&str]) -> Result<Vec<Cmd>> {
    let has = |name: &&&str| has_program(workspace, name) && is_portable(workspace, name);
    let names = names.iter().filter(has);
    names.map(|name| program(workspace, name)).collect()
}

/// What gcc and clang call them, with an end at the first finding.
pub const SANITIZERS: [&str; 3] = [
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];

/// Builds the library and the program of stage 1, and takes the header as it is.
pub fn build_library(workspace: &Workspace) -> Result<()> {
    runner::quietly(workspace, stages::products(workspace, "rust")?)
}

/// Builds the C programs of stage 2.
pub fn build_c_stage(workspace: &Workspace) -> Result<()> {
    runner::quietly(workspace, stages::products(workspace, "c")?)
}

/// Builds the module in the environment of stage 3.
pub fn build_module(workspace: &Workspace) -> Result<()> {
    runner::quietly(workspace, stages::products(workspace, "python")?)
}

/// Whether the C compiler has the sanitizers: asked once.
pub fn has_sanitizers(workspace: &Workspace) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    let nothing = [("probe.c", "int main(void) { return 0; }\n")];
    let probe = || generated::program(workspace, "probe", &nothing, &SANITIZERS, Linkage::Loaded);
    *ANSWER.get_or_init(|| probe().is_ok())
}

/// Where the debug build is, below the folder of the checks.
pub const DEBUG: &str = "debug-build";

/// Builds the library for its debug information: the same functions, as [`cargo_abi`] can read them.
pub fn build_debug(workspace: &Workspace) -> Result<()> {
    let settings = cargo_abi::DEBUG_BUILD;
    Cmd::cargo()
        .args(["--quiet", "rustc", "--package", workspace.library().cdylib])
        .args(["--lib", "--crate-type", "cdylib", "--target-dir"])
        .arg(verify(workspace, DEBUG))
        .args(settings.iter().flat_map(|setting| ["--config", setting]))
        .check(workspace)
        .map(drop)
}

/// A build of the library that takes the shipped one's place, under the name that programs ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Its allocator notices blocks that are not its own or that are left.
    Canary,
    /// Its functions panic when the environment demands it.
    Panicking,
    /// AddressSanitizer is inside, and so sees both sides of a call.
    AddressSanitizer,
    /// The same with ThreadSanitizer.
    ThreadSanitizer,
}

impl Variant {
    /// The feature that it is built with, or what stands for the sanitizer.
    fn name(self) -> &'static str {
        match self {
            Variant::Canary => "canary",
            Variant::Panicking => "panic-on-demand",
            Variant::AddressSanitizer => "asan",
            Variant::ThreadSanitizer => "tsan",
        }
    }

    /// rustc's flags for its sanitizer, and words of the undefined symbols of what has it inside.
    fn sanitizer(self) -> Option<(&'static [&'static str], &'static str)> {
        match self {
            Variant::Canary | Variant::Panicking => None,
            Variant::AddressSanitizer => Some((&["-Zsanitizer=address"], "__asan_report_load")),
            // Rust's own library is compiled without: that is said here, or rustc refuses.
            Variant::ThreadSanitizer => Some((
                &[
                    "-Zsanitizer=thread",
                    "-Cunsafe-allow-abi-mismatch=sanitizer",
                ],
                "__tsan_read",
            )),
        }
    }

    /// The folder with it, to be searched before the pipeline's.
    pub fn folder(self, workspace: &Workspace) -> PathBuf {
        verify(workspace, self.name()).join("lib")
    }

    /// A command of cargo's for it, such as `build`.
    pub fn cargo(self, workspace: &Workspace, command: &str) -> Result<Cmd> {
        let line = Cmd::cargo()
            .args([command, "--release", "--package"])
            .arg(workspace.library().cdylib)
            .arg("--target-dir")
            .arg(workspace.relative(&verify(workspace, self.name())));
        match self.sanitizer() {
            None => Ok(line.args(["--features", self.name()])),
            // What it takes is in every toolchain, behind a variable that Rust's own builds use.
            Some((flags, _)) => {
                let line = line
                    // With the system named, the flags are for the library alone and not for build scripts.
                    .args(["--target", &workspace.system().name])
                    // A report says the line in the source.
                    .args(["--config", "profile.release.strip=false"])
                    .args(["--config", "profile.release.debug=1"])
                    .env("RUSTC_BOOTSTRAP", "1");
                rustflags::with(line, workspace, flags.iter().copied())
            }
        }
    }

    pub fn build(self, workspace: &Workspace) -> Result<()> {
        let target = verify(workspace, self.name());
        let line = self.cargo(workspace, "build")?;
        let step = Step::new("Build the library in another way", "").run(line);
        runner::quietly(workspace, vec![step])?;
        let built = built(workspace, &target, "release").context("the library was not built")?;
        if let Some((_, symbol)) = self.sanitizer()
            && !has_inside(&built, symbol)?
        {
            bail!(
                "{} has no `{symbol}` inside: the sanitizer's flags were lost",
                built.display()
            );
        }
        step::copy(
            &built,
            &self.folder(workspace).join(workspace.loader_name()?),
        )
        .map(drop)
    }

    /// The same line with it in the shipped library's place.
    pub fn under(self, workspace: &Workspace, line: Cmd) -> Cmd {
        let environment = self.environment(workspace).into_iter();
        environment.fold(line, |line, (name, value)| line.env(name, value))
    }

    /// What puts it into the shipped library's place. Without a backtrace: std keeps what it has
    /// read for one, and that would count as left. A sanitizer's first report ends the process.
    pub fn environment(self, workspace: &Workspace) -> Vec<(&'static str, OsString)> {
        let folder = workspace.root().join(self.folder(workspace));
        let mut all = vec![("LD_LIBRARY_PATH", folder.into_os_string())];
        if self.sanitizer().is_some() {
            // What the library keeps is counted by the canary; what C keeps is no matter of the library's.
            // More memory than there is gives NULL, as without it.
            let address =
                "detect_leaks=0:detect_stack_use_after_return=1:allocator_may_return_null=1";
            all.push(("ASAN_OPTIONS", address.into()));
            all.push(("TSAN_OPTIONS", "halt_on_error=1:exitcode=66".into()));
        }
        // Another place in which to panic may be named instead.
        all.push(("PANIC_ON_DEMAND", "guard".into()));
        all.push(("RUST_BACKTRACE", "0".into()));
        all
    }
}

/// Whether a file has a sanitizer inside whose symbols begin so: a build that merely ignored the flags
/// would find nothing, too.
pub fn has_inside(file: &Path, symbol: &str) -> Result<bool> {
    let imports = abi_stages::inspect::read(file)?.imports;
    Ok(imports.iter().any(|name| name.starts_with(symbol)))
}

/// The shared library that cargo has made in a target directory. It names the system if its
/// configuration does.
pub fn built(workspace: &Workspace, target: &Path, profile: &str) -> Option<PathBuf> {
    let folders = [target.join(&workspace.system().name), target.to_owned()];
    let files = folders.map(|folder| folder.join(profile).join(workspace.shared_file()));
    files.into_iter().find(|file| file.exists())
}

/// Where rustup's toolchain has the runtime of ThreadSanitizer; a distribution's may have none.
pub fn thread_sanitizer_archive(workspace: &Workspace) -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let line = Cmd::new(rustc).args(["--print", "target-libdir", "--target", TARGET]);
    let folder = line.check(workspace).ok()?.stdout();
    let files = workspace::files(Path::new(folder.trim())).ok()?.into_iter();
    let is_it = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("librustc") && name.ends_with("_rt.tsan.a")
    };
    files.into_iter().find(is_it)
}

/// Flags that link a program with the runtime, all of it, for the library to use.
pub fn thread_sanitizer_runtime(workspace: &Workspace) -> Result<Vec<String>> {
    let archive = thread_sanitizer_archive(workspace)
        .context("this Rust toolchain has no runtime of ThreadSanitizer")?;
    let archive = archive.to_string_lossy();
    Ok(vec![
        "-no-pie".to_owned(),
        format!("-Wl,--whole-archive,{archive},--no-whole-archive"),
        "-Wl,--export-dynamic".to_owned(),
    ])
}

/// What pins the packages of the environment of the checks: what the module needs, and the tools.
pub const PINS: [Pins; 2] = [
    REQUIREMENTS,
    Pins::Engine(
        "requirements-verify.txt",
        include_str!("../requirements.txt"),
    ),
];

/// The environment with the tools of the checks, in which the module is as well.
pub fn tools(workspace: &Workspace) -> Environment {
    Environment::new(verify(workspace, "python"), &PINS, (3, 11))
}

/// Builds it; the module needs the library.
pub fn build_python(workspace: &Workspace) -> Result<()> {
    build_library(workspace)?;
    let environment = tools(workspace);
    environment.make(workspace)?;
    // Only now is there an interpreter to ask what the module is made from.
    let module = environment.build_module(workspace, Step::new("Build the module", ""))?;
    runner::quietly(workspace, vec![module])
}

/// The Python that has the module.
pub fn python(workspace: &Workspace) -> Cmd {
    let python = Environment::of_pipeline(workspace).python();
    Cmd::new(workspace.relative(&python))
}

/// A file or folder of the checks.
pub fn verify(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("verify").join(path)
}
