//! The programs that the checks run, made from the harnesses of C and Python, and the other builds of
//! the library that they need. None of it is in the pipeline's folder.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, Result};
use xtask::compiler::{Compiler, Linkage, NATIVE_LIBRARIES, Program};
use xtask::process::Cmd;
use xtask::python::Environment;
use xtask::runner;
use xtask::stages;
use xtask::step::{self, Stamp, Step};
use xtask::workspace::{self, TARGET, Workspace, program_name, shared_library_name};

use crate::generated::other_version;

/// Every file in here is a program, compiled together with all of [`SUPPORT`].
const PROGRAMS: &str = "c-harness/programs";
const SUPPORT: &str = "c-harness/support";

/// The program that prints a transcript. It is the one that is also linked statically.
pub const TRANSCRIPT: &str = "crossings";
/// Those that are also built to notice what C does wrong with memory and with values.
const SANITIZED: [&str; 2] = [TRANSCRIPT, "hostile"];
/// Those that load the library while they run, and are not linked with it.
const LOADING: [&str; 1] = ["footprint"];

/// A way to build a program of the C harness.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    Usual,
    Static,
    Sanitized,
}

impl Build {
    fn suffix(self) -> &'static str {
        match self {
            Build::Usual => "",
            Build::Static => "-static",
            Build::Sanitized => "-sanitized",
        }
    }

    fn is_for(self, name: &str) -> bool {
        match self {
            Build::Usual => true,
            Build::Static => name == TRANSCRIPT,
            Build::Sanitized => SANITIZED.contains(&name),
        }
    }
}

/// The names of the programs that this library's C harness has.
fn programs(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.source(PROGRAMS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let files = workspace::files(&folder)?.into_iter();
    let sources = files.filter(|file| file.extension().is_some_and(|end| end == "c"));
    let name = |file: PathBuf| Some(file.file_stem()?.to_string_lossy().into_owned());
    Ok(sources.filter_map(name).collect())
}

/// Whether the C harness has a program of that name: not every library needs each.
pub fn has_program(workspace: &Workspace, name: &str) -> bool {
    let source = format!("{PROGRAMS}/{name}.c");
    workspace.source(&source).is_file()
}

/// The line that runs a program of the C harness; `crossings-static` and `NAME-sanitized` are other
/// builds of it.
pub fn program(workspace: &Workspace, name: &str) -> Cmd {
    Cmd::new(workspace.relative(&program_file(workspace, name)))
}

/// The same, for those of the names that the C harness has.
pub fn programs_of<'a>(
    workspace: &'a Workspace,
    names: &'a [&'a str],
) -> impl Iterator<Item = Cmd> + 'a {
    let there = names.iter().filter(|name| has_program(workspace, name));
    there.map(|name| program(workspace, name))
}

/// Where a program of the C harness is.
pub fn program_file(workspace: &Workspace, name: &str) -> PathBuf {
    verify(workspace, "c").join(program_name(name))
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

/// Builds the C programs. They need the pipeline.
pub fn build_c(workspace: &Workspace) -> Result<()> {
    compile(workspace, &[Build::Usual, Build::Static])
}

/// Builds the C programs with sanitizers.
pub fn build_sanitized(workspace: &Workspace) -> Result<()> {
    compile(workspace, &[Build::Sanitized])
}

/// Whether the C compiler has them: asked once, by compiling a program.
pub fn has_sanitizers(workspace: &Workspace) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    let ask = || -> Result<bool> {
        let [source, program] = ["probe.c", "probe"].map(|name| verify(workspace, "c").join(name));
        workspace::write(&source, b"int main(void) { return 0; }\n")?;
        let line = Compiler::find(workspace)?
            .bare()
            .args(SANITIZERS)
            .arg(workspace.relative(&source))
            .arg("-o")
            .arg(workspace.relative(&program));
        Ok(line.output(workspace)?.status.success())
    };
    *ANSWER.get_or_init(|| ask().unwrap_or(false))
}

/// Builds the twin of the library, for its debug information.
pub fn build_twin(workspace: &Workspace) -> Result<()> {
    let arguments = crate::library::LIBRARY.twin(&verify(workspace, "twin"));
    Cmd::cargo()
        .arg("--quiet")
        .args(arguments)
        .check(workspace)
        .map(drop)
}

/// Builds the library whose allocator notices blocks that are not its own or that are left.
pub fn build_canary(workspace: &Workspace) -> Result<()> {
    build_with_feature(workspace, "canary")
}

/// Builds the library whose functions panic when the environment demands it.
pub fn build_panicking(workspace: &Workspace) -> Result<()> {
    build_with_feature(workspace, "panic-on-demand")
}

fn build_with_feature(workspace: &Workspace, feature: &str) -> Result<()> {
    let line = Cmd::cargo()
        .args([
            "build",
            "--release",
            "--package",
            xtask::LIBRARY.cdylib,
            "--features",
            feature,
        ])
        .arg("--target-dir")
        .arg(workspace.relative(&verify(workspace, feature)));
    // Cargo names the system if its configuration does.
    let target = verify(workspace, feature);
    let built = [target.join(TARGET), target.clone()];
    let built = built.map(|folder| folder.join("release").join(shared_library_name()));
    let step = Step::new("Build the library with a feature", "").run(line);
    runner::quietly(workspace, vec![step])?;
    let file = built.iter().find(|file| file.exists());
    step::copy(
        file.context("the library with a feature was not built")?,
        &folder_of_feature(workspace, feature).join(workspace.loader_name()?),
    )
    .map(drop)
}

/// The folder with the canary, to be searched before the pipeline's.
pub fn canary_folder(workspace: &Workspace) -> PathBuf {
    folder_of_feature(workspace, "canary")
}

/// The folder of a library that was built with a feature, under the name that programs ask for.
pub fn folder_of_feature(workspace: &Workspace, feature: &str) -> PathBuf {
    verify(workspace, feature).join("lib")
}

/// The same line with the canary in the library's place. Without a backtrace: std keeps what it has
/// read for one, and that would count as left.
pub fn with_canary(workspace: &Workspace, line: Cmd) -> Cmd {
    line.env("LD_LIBRARY_PATH", canary_folder(workspace))
        .env("RUST_BACKTRACE", "0")
}

/// Builds a library that has another ABI version under the name that programs ask for, and does nothing
/// else; returns its folder.
pub fn build_other_version(workspace: &Workspace) -> Result<PathBuf> {
    Ok(other_version::stand_in(workspace)?.0)
}

/// Builds the environment with the tools of the checks, and the module in it.
pub fn build_python(workspace: &Workspace) -> Result<()> {
    Environment::build_of_checks(workspace).map(drop)
}

/// The Python program that prints a transcript.
pub fn python_crossings(workspace: &Workspace) -> Cmd {
    let python = Environment::of_pipeline(workspace).python();
    Cmd::new(workspace.relative(&python)).arg("py-harness/crossings.py")
}

/// A file or folder of the checks.
pub fn verify(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("verify").join(path)
}

fn compile(workspace: &Workspace, builds: &[Build]) -> Result<()> {
    let compiler = Compiler::find(workspace)?;
    std::fs::create_dir_all(verify(workspace, "c"))?;
    let programs = programs(workspace)?;
    if programs.is_empty() {
        return Ok(());
    }
    let mut steps = vec![
        stages::c::native_libraries(workspace),
        compile_support(workspace, &compiler, builds.contains(&Build::Sanitized))?,
    ];
    for build in builds {
        for name in programs.iter().filter(|name| build.is_for(name)) {
            steps.push(compile_program(workspace, &compiler, name, *build)?);
        }
    }
    runner::quietly(workspace, steps)
}

fn flags(sanitized: bool) -> Vec<&'static str> {
    let mut flags = vec!["-pthread", "-I", SUPPORT];
    if sanitized {
        flags.extend(SANITIZERS);
    }
    flags
}

fn support_object(workspace: &Workspace, sanitized: bool) -> PathBuf {
    let name = if sanitized {
        "support-sanitized.o"
    } else {
        "support.o"
    };
    verify(workspace, "c").join(name)
}

/// All of `c-harness/support`, compiled once for all programs.
fn compile_support(workspace: &Workspace, compiler: &Compiler, sanitized: bool) -> Result<Step> {
    let to = support_object(workspace, sanitized);
    let files = workspace::files(&workspace.source(SUPPORT))?;
    let sources = files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "c"));
    let line = compiler
        .bare()
        .args(["-Wpedantic", "-O2"])
        .args(flags(sanitized))
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

fn compile_program(
    workspace: &Workspace,
    compiler: &Compiler,
    name: &str,
    build: Build,
) -> Result<Step> {
    let to = program_file(workspace, &format!("{name}{}", build.suffix()));
    let sanitized = build == Build::Sanitized;
    let linkage = match build {
        Build::Static => Linkage::Static,
        _ if LOADING.contains(&name) => Linkage::Loaded,
        _ => Linkage::Shared,
    };
    let support = support_object(workspace, sanitized);
    let source = format!("{PROGRAMS}/{name}.c");
    let object = workspace.relative(&support).to_string_lossy().into_owned();
    let line = compiler.program(
        workspace,
        &Program {
            sources: &[&source, &object],
            flags: &flags(sanitized),
            linkage,
            to: &to,
        },
    );
    let stamp = Stamp::new(to.with_extension("stamp"))
        .command(workspace, &line)
        .input(workspace.pipeline("include").join(xtask::LIBRARY.header()))
        .input(workspace.source(&source))
        .output(&to);
    // Any of the headers may be included, and all of it is linked.
    let files = workspace::files(&workspace.source(SUPPORT))?;
    let mut stamp = files.into_iter().fold(stamp, Stamp::input);
    if linkage == Linkage::Static {
        let lib = workspace.pipeline("lib");
        stamp = stamp.large_input(lib.join(workspace::static_library_name()));
        stamp = stamp.input(lib.join(NATIVE_LIBRARIES));
    }
    Ok(Step::new("Compile a program of the C harness", "")
        .run(line)
        .stamped(stamp))
}
