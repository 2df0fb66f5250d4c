//! The programs that the checks run, made from the harnesses of C and Python, and the other builds of
//! the library that they need. None of it is in the pipeline's folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::process::Cmd;
use abi_stages::python::{Environment, Pins, REQUIREMENTS};
use abi_stages::runner;
use abi_stages::rustflags;
use abi_stages::stages;
use abi_stages::step::{self, Stamp, Step};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};

use crate::generated::other_version;

/// A file of this package, by its path.
macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../", $path)))
    };
}

/// Every file in here is a program, compiled together with all of [`SUPPORT`].
const PROGRAMS: &str = "c-harness/programs";

/// What the programs of the C harness share: a file for each, by its name.
const SUPPORT: &[(&str, &str)] = &[
    file!("support/output.c"),
    file!("support/output.h"),
    file!("support/parallel.c"),
    file!("support/parallel.h"),
    file!("support/process.c"),
    file!("support/process.h"),
    file!("support/program.c"),
    file!("support/program.h"),
    // The programs that the checks generate have it as well.
    file!("c/footprint.c"),
    file!("c/footprint.h"),
];

/// Those that load the library while they run, and are not linked with it.
const LOADING: [&str; 1] = ["footprint"];

/// The names of the programs that this library's C harness has.
fn programs(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.source(PROGRAMS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = workspace::files(&folder)?.into_iter();
    let sources = files.filter(|file| file.extension().is_some_and(|end| end == "c"));
    let name = |file: PathBuf| Some(file.file_stem()?.to_string_lossy().into_owned());
    let mut names: Vec<String> = sources.filter_map(name).collect();
    names.retain(|name| is_portable(workspace, name));
    Ok(names)
}

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

/// The line that runs a program of the C harness.
pub fn program(workspace: &Workspace, name: &str) -> Cmd {
    workspace.runs(workspace.relative(&program_file(workspace, name)))
}

/// The same, for those of the names that the C harness has.
pub fn programs_of<'a>(
    workspace: &'a Workspace,
    names: &'a [&'a str],
) -> impl Iterator<Item = Cmd> + 'a {
    let has = |name: &&&str| has_program(workspace, name) && is_portable(workspace, name);
    names
        .iter()
        .filter(has)
        .map(|name| program(workspace, name))
}

/// Where a program of the C harness is.
pub fn program_file(workspace: &Workspace, name: &str) -> PathBuf {
    verify(workspace, "c").join(workspace.program_file(name))
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

/// Whether the C compiler has them: asked once, by compiling a program.
pub fn has_sanitizers(workspace: &Workspace) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| compiles(workspace, "probe-asan", &SANITIZERS).unwrap_or(false))
}

/// Whether the C compiler has ThreadSanitizer: asked once.
pub fn has_thread_sanitizer_in_c(workspace: &Workspace) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    let flags = ["-fsanitize=thread"];
    *ANSWER.get_or_init(|| compiles(workspace, "probe-tsan", &flags).unwrap_or(false))
}

/// Whether the C compiler makes a program with these flags.
fn compiles(workspace: &Workspace, name: &str, flags: &[&str]) -> Result<bool> {
    let program = verify(workspace, "c").join(name);
    let source = program.with_extension("c");
    workspace::write(&source, b"int main(void) { return 0; }\n")?;
    let line = Compiler::find(workspace)?
        .bare()
        .args(flags)
        .arg(workspace.relative(&source))
        .arg("-o")
        .arg(workspace.relative(&program));
    Ok(line.output(workspace)?.status.success())
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

    pub fn build(self, workspace: &Workspace) -> Result<()> {
        let target = verify(workspace, self.name());
        let line = Cmd::cargo()
            .args([
                "build",
                "--release",
                "--package",
                workspace.library().cdylib,
            ])
            .arg("--target-dir")
            .arg(workspace.relative(&target));
        let line = match self.sanitizer() {
            None => line.args(["--features", self.name()]),
            // What it takes is in every toolchain, behind a variable that Rust's own builds use.
            Some((flags, _)) => {
                let line = line
                    // With the system named, the flags are for the library alone and not for build scripts.
                    .args(["--target", &workspace.system().name])
                    // A report says the line in the source.
                    .args(["--config", "profile.release.strip=false"])
                    .args(["--config", "profile.release.debug=1"])
                    .env("RUSTC_BOOTSTRAP", "1");
                rustflags::with(line, workspace, flags.iter().copied())?
            }
        };
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
            let address = "detect_leaks=0:detect_stack_use_after_return=1";
            all.push(("ASAN_OPTIONS", address.into()));
            all.push(("TSAN_OPTIONS", "halt_on_error=1:exitcode=66".into()));
        }
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

/// Builds a library that has another ABI version under the name that programs ask for, and does nothing
/// else; returns its folder.
pub fn build_other_version(workspace: &Workspace) -> Result<PathBuf> {
    Ok(other_version::replacement(workspace)?.0)
}

/// Where rustup's toolchain has the runtime of ThreadSanitizer; a distribution's may have none.
fn thread_sanitizer_archive(workspace: &Workspace) -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let line = Cmd::new(rustc).args(["--print", "target-libdir"]);
    let folder = PathBuf::from(line.check(workspace).ok()?.stdout().trim());
    let files = workspace::files(&folder).ok()?.into_iter();
    let is_it = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("librustc") && name.ends_with("_rt.tsan.a")
    };
    files.into_iter().find(is_it)
}

/// Whether it is here: asked once.
pub fn has_thread_sanitizer(workspace: &Workspace) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| thread_sanitizer_archive(workspace).is_some())
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
        "-lm".to_owned(),
        "-ldl".to_owned(),
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
    let create = Step::new("Create the environment of the checks", "").hint(
        "pip has to reach a package index once: look at the network and at `pip config list`; if ffi.h is \
         missing, install libffi-dev",
    );
    let create = environment.create(workspace, create, false)?;
    runner::quietly(workspace, vec![create])?;
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

/// Builds the C programs. They need the pipeline.
pub fn build_c(workspace: &Workspace) -> Result<()> {
    let compiler = Compiler::find(workspace)?;
    std::fs::create_dir_all(verify(workspace, "c"))?;
    let programs = programs(workspace)?;
    if programs.is_empty() {
        return Ok(());
    }
    let mut steps = vec![compile_support(workspace, &compiler)?];
    for name in &programs {
        steps.push(compile_program(workspace, &compiler, name, &[], name)?);
    }
    runner::quietly(workspace, steps)
}

/// The folder of what the programs of the C harness share, from the root.
pub fn support(workspace: &Workspace) -> String {
    let folder = workspace.relative(&workspace.engine("c-support"));
    folder.to_string_lossy().into_owned()
}

fn support_object(workspace: &Workspace) -> PathBuf {
    verify(workspace, "c").join("support.o")
}

/// The sources and headers that the programs of the C harness share.
pub fn support_files(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let put = |(path, text): &(&str, &str)| {
        let (_, name) = path.split_once('/').unwrap_or(("", path));
        workspace.bring(&format!("c-support/{name}"), text)
    };
    SUPPORT.iter().map(put).collect()
}

/// All of it, compiled once for all programs.
fn compile_support(workspace: &Workspace, compiler: &Compiler) -> Result<Step> {
    let to = support_object(workspace);
    let files = support_files(workspace)?;
    let sources = files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "c"));
    let line = compiler
        .bare()
        .args(["-Wpedantic", "-O2", "-pthread", "-I"])
        .arg(support(workspace))
        .args(sources.map(|file| workspace.relative(file)))
        .args(["-r", "-o"])
        .arg(workspace.relative(&to));
    let stamp = Stamp::new(to.with_extension("o.stamp"))
        .text(&line)
        .output(&to);
    let stamp = files.into_iter().fold(stamp, Stamp::input);
    Ok(Step::new("Compile what the C harness shares", "")
        .run(line)
        .stamped(stamp))
}

/// Compiles a program of the C harness with the sanitizers, and returns the line that runs it.
pub fn sanitized(workspace: &Workspace, name: &str) -> Result<Cmd> {
    let as_name = format!("{name}-asan");
    let compiler = Compiler::find(workspace)?;
    let step = compile_program(workspace, &compiler, name, &SANITIZERS, &as_name)?;
    runner::quietly(workspace, vec![step])?;
    Ok(program(workspace, &as_name))
}

fn compile_program(
    workspace: &Workspace,
    compiler: &Compiler,
    name: &str,
    flags: &[&str],
    as_name: &str,
) -> Result<Step> {
    let to = program_file(workspace, as_name);
    let linkage = match LOADING.contains(&name) {
        true => Linkage::Loaded,
        false => Linkage::Shared,
    };
    let object = support_object(workspace);
    let source = format!("{PROGRAMS}/{name}.c");
    let line = compiler.program(
        workspace,
        &Program {
            sources: vec![source.as_str().into(), workspace.relative(&object)],
            flags: &[&["-pthread", "-I", &support(workspace)], flags].concat(),
            linkage,
            to: &to,
        },
    );
    let stamp = Stamp::new(to.with_extension("stamp"))
        .command(workspace, &line)
        .input(workspace.pipeline_header())
        .input(workspace.source(&source))
        .output(&to);
    // Any of the headers may be included, and all of it is linked.
    let stamp = support_files(workspace)?
        .into_iter()
        .fold(stamp, Stamp::input);
    let step = Step::new("Compile a program of the C harness", "").run(line);
    Ok(beside(workspace, step.stamped(stamp), &to))
}

/// Puts a DLL beside the program that is made, where it is looked for.
pub fn beside(workspace: &Workspace, step: Step, program: &Path) -> Step {
    match workspace.system().os.as_str() {
        "windows" => step.copy(
            workspace.shared_library(),
            program.with_file_name(workspace.shared_file()),
        ),
        _ => step,
    }
}
