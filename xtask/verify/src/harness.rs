//! The programs that the checks run, made from the harnesses of C and Python, and the other builds of
//! the library that they need. None of it is in the pipeline's folder.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, Result};
use xtask::compiler::{Compiler, Linkage, NATIVE_LIBRARIES, Program};
use xtask::play;
use xtask::process::Line;
use xtask::python::Environment;
use xtask::stages;
use xtask::step::{self, Stamp, Step};
use xtask::workspace::{self, TARGET, Workspace, program_name, shared_library_name};

use crate::library::LIBRARY;

/// A program of the C harness: a file of `c-harness/programs`, compiled together with all of
/// `c-harness/support`.
#[derive(Clone, Copy)]
pub struct CProgram {
    /// What it is called, and its file unless `source` says otherwise.
    name: &'static str,
    source: &'static str,
    linkage: Linkage,
    /// Built to notice what C does wrong with memory and with values.
    sanitized: bool,
}

impl CProgram {
    const fn shared(name: &'static str) -> CProgram {
        CProgram {
            name,
            source: name,
            linkage: Linkage::Shared,
            sanitized: false,
        }
    }

    /// The line that runs it.
    pub fn line(&self, workspace: &Workspace) -> Line {
        Line::new(workspace.relative(&self.path(workspace)))
    }

    /// Where it is.
    pub fn path(&self, workspace: &Workspace) -> PathBuf {
        c_program(workspace, self.name)
    }
}

pub const CROSSINGS: CProgram = CProgram::shared("crossings");
pub const CROSSINGS_STATIC: CProgram = CProgram {
    name: "crossings-static",
    linkage: Linkage::Static,
    ..CROSSINGS
};
pub const HOSTILE: CProgram = CProgram::shared("hostile");
pub const THREADS: CProgram = CProgram::shared("threads");
pub const COUNTING: CProgram = CProgram::shared("counting");
pub const OUT_OF_MEMORY: CProgram = CProgram::shared("out_of_memory");
pub const PANIC_IN_CORE: CProgram = CProgram::shared("panic_in_core");
pub const FORK: CProgram = CProgram::shared("fork");
pub const FOOTPRINT: CProgram = CProgram {
    linkage: Linkage::Loaded,
    ..CProgram::shared("footprint")
};
pub const FOREIGN_FREE: CProgram = CProgram::shared("foreign_free");

const USUAL: &[CProgram] = &[
    CROSSINGS,
    CROSSINGS_STATIC,
    HOSTILE,
    THREADS,
    COUNTING,
    OUT_OF_MEMORY,
    PANIC_IN_CORE,
    FORK,
    FOOTPRINT,
    FOREIGN_FREE,
];

pub const HOSTILE_SANITIZED: CProgram = CProgram {
    name: "hostile-sanitized",
    sanitized: true,
    ..HOSTILE
};
pub const CROSSINGS_SANITIZED: CProgram = CProgram {
    name: "crossings-sanitized",
    sanitized: true,
    ..CROSSINGS
};

const SANITIZED: &[CProgram] = &[HOSTILE_SANITIZED, CROSSINGS_SANITIZED];

/// What gcc and clang call them, with an end at the first finding.
pub const SANITIZERS: [&str; 3] = [
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
];

/// Builds the library and the program of stage 1, and takes the header as it is.
pub fn build_library(workspace: &Workspace) -> Result<()> {
    play::quietly(workspace, stages::products(workspace, "rust")?)
}

/// Builds the C programs of stage 2.
pub fn build_c_stage(workspace: &Workspace) -> Result<()> {
    play::quietly(workspace, stages::products(workspace, "c")?)
}

/// Builds the module in the environment of stage 3.
pub fn build_module(workspace: &Workspace) -> Result<()> {
    play::quietly(workspace, stages::products(workspace, "python")?)
}

/// Builds the C programs. They need the pipeline.
pub fn build_c(workspace: &Workspace) -> Result<()> {
    compile(workspace, USUAL)
}

/// Builds the C programs with sanitizers.
pub fn build_sanitized(workspace: &Workspace) -> Result<()> {
    compile(workspace, SANITIZED)
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
    let arguments = LIBRARY.twin(&verify(workspace, "twin"));
    Line::cargo()
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
    let line = Line::cargo()
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
    play::quietly(workspace, vec![step])?;
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
pub fn with_canary(workspace: &Workspace, line: Line) -> Line {
    line.env("LD_LIBRARY_PATH", canary_folder(workspace))
        .env("RUST_BACKTRACE", "0")
}

/// Builds the environment with the tools of the checks, and the module in it.
pub fn build_python(workspace: &Workspace) -> Result<()> {
    Environment::build_of_checks(workspace).map(drop)
}

/// The Python program that prints a transcript.
pub fn python_crossings(workspace: &Workspace) -> Line {
    let python = Environment::of_pipeline(workspace).python();
    Line::new(workspace.relative(&python)).arg("py-harness/crossings.py")
}

/// A program of the C harness.
pub fn c_program(workspace: &Workspace, name: &str) -> PathBuf {
    verify(workspace, "c").join(program_name(name))
}

/// A file or folder of the checks.
pub fn verify(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("verify").join(path)
}

fn compile(workspace: &Workspace, programs: &[CProgram]) -> Result<()> {
    let compiler = Compiler::find(workspace)?;
    std::fs::create_dir_all(verify(workspace, "c"))?;
    let mut steps = vec![stages::c::native_libraries(workspace)];
    for sanitized in [false, true] {
        let programs = programs
            .iter()
            .filter(|program| program.sanitized == sanitized);
        for (index, program) in programs.enumerate() {
            if index == 0 {
                steps.push(compile_support(workspace, &compiler, sanitized)?);
            }
            steps.push(compile_program(workspace, &compiler, program)?);
        }
    }
    play::quietly(workspace, steps)
}

fn flags(sanitized: bool) -> Vec<&'static str> {
    let mut flags = vec!["-pthread", "-I", SUPPORT];
    if sanitized {
        flags.extend(SANITIZERS);
    }
    flags
}

const SUPPORT: &str = "c-harness/support";

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

fn compile_program(workspace: &Workspace, compiler: &Compiler, program: &CProgram) -> Result<Step> {
    let to = program.path(workspace);
    let support = support_object(workspace, program.sanitized);
    let source = format!("c-harness/programs/{}.c", program.source);
    let object = workspace.relative(&support).to_string_lossy().into_owned();
    let line = compiler.program(
        workspace,
        &Program {
            sources: &[&source, &object],
            flags: &flags(program.sanitized),
            linkage: program.linkage,
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
    if program.linkage == Linkage::Static {
        let lib = workspace.pipeline("lib");
        stamp = stamp.large_input(lib.join(workspace::static_library_name()));
        stamp = stamp.input(lib.join(NATIVE_LIBRARIES));
    }
    Ok(Step::new("Compile a program of the C harness", "")
        .run(line)
        .stamped(stamp))
}
