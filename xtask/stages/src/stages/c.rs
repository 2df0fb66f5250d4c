//! Stage 2: the same function from C, with the header and the library of stage 1.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;

use super::{Purpose, Stage};
use crate::cli::Command;
use crate::compiler::{Compiler, Linkage, NATIVE_LIBRARIES, Program, program_of};
use crate::demo::DEMO;
use crate::library::Summary;
use crate::process::Cmd;
use crate::step::{Stamp, Step};
use crate::workspace::Workspace;

pub const STAGE: Stage = Stage {
    command: Command {
        summary: Summary::new("c", "Stage 2: the same function from C"),
        details: "Compiles c-harness/{library}.c with the shared library and with the static one, and \
                  runs both. CC names another compiler than the system's.",
        example: "cargo xtask c --explain",
        ..DEMO
    },
    name: "C",
    about: "A C program includes {header} and calls the function, once through the shared library \
            and once with the static library inside.",
    steps,
};

fn steps(workspace: &Workspace, _: Purpose) -> Result<Vec<Step>> {
    let compiler = Compiler::find(workspace)?;
    let source = format!("c-harness/{}.c", workspace.library().name);
    let name = workspace.library().name;
    let compile = |linkage: Linkage, to: &Path| {
        let program = Program {
            sources: vec![source.as_str().into()],
            flags: &[],
            linkage,
            to,
        };
        compiler.program(workspace, &program)
    };
    let stamp = |file: &str, line: &Cmd| {
        Stamp::new(workspace.pipeline("c").join(file))
            .command(workspace, line)
            .input(workspace.source(&source))
            .input(workspace.pipeline_header())
    };

    let shared = program_of(workspace, name);
    let line = compile(Linkage::Shared, &shared);
    let compile_shared = Step::new(
        "Compile it, with the shared library",
        "The `cc` crate finds the compiler, as in a build script, and respects CC and CFLAGS. In a build \
         script it stops at object files; here the same command links, because the result is a program. \
         It is strict C11, and warnings are errors. `-l{library}` notes in the program that it needs the \
         library; the rpath says where to look for it. `$ORIGIN` is the program's own folder, so program \
         and library can be moved together, and LD_LIBRARY_PATH is not needed.",
    )
    .asks("Which compiler? And how will the program find the library?")
    .about(&source, "")
    .stamped(
        stamp(&format!(".{name}.stamp"), &line)
            .input(workspace.source(workspace.library().cdylib).join("build.rs"))
            .output(&shared),
    )
    .run(line)
    .hint(
        "the compiler's message is above; if it is about the header, run `cargo xtask header \
         --check`",
    );

    let with_static = program_of(workspace, &format!("{name}-static"));
    let line = compile(Linkage::Static, &with_static);
    let archive = workspace.static_library();
    let compile_static = Step::new(
        "Compile it, with the static library",
        "The library's code goes into the program, which then needs no file beside it. Rust's \
         standard library comes along; the linker keeps the part that is used. What that part \
         needs of the system is the list from the step before. So the program is linked again after \
         every change of the library.",
    )
    .asks("What does static linking change?")
    .stamped(
        stamp(&format!(".{name}-static.stamp"), &line)
            .input(workspace.pipeline("lib").join(NATIVE_LIBRARIES))
            .large_input(archive)
            .output(&with_static),
    )
    .run(line);

    Ok(vec![
        compile_shared,
        Step::new(
            "Run it",
            "Only when a declaration changes. The program holds the function's name, and not its code: \
             after a change in {core} alone it loads the changed library as it is.",
        )
        .asks("When does C have to be compiled again?")
        .run(Cmd::new(workspace.relative(&shared)))
        .compared(),
        native_libraries(workspace),
        compile_static,
        Step::new(
            "Run that",
            "Then types may differ, which nothing in C notices. Both programs compare the version in the \
             header that they were compiled with to the library's, and refuse to run if they differ.",
        )
        .asks("What if the library is older than the header?")
        .run(Cmd::new(workspace.relative(&with_static)))
        .compared(),
    ])
}

/// What spares a build its optimisation, and what is kept for the next one.
const IN_HASTE: [&str; 6] = [
    "--config",
    "profile.release.opt-level=0",
    "--config",
    "profile.release.lto=false",
    "--config",
    "profile.release.incremental=false",
];

/// Writes down what a program has to link in addition to the static library. It takes another build, because
/// rustc says it only when it makes the library, and the build of the stages must not change.
pub fn native_libraries(workspace: &Workspace) -> Step {
    let list = workspace.pipeline("lib").join(NATIVE_LIBRARIES);
    let mut flag = OsString::from("native-static-libs=");
    flag.push(workspace.relative(&list));
    // For another system the standard library may be built as well: once is enough.
    let (folder, settings): (_, &[&str]) = match workspace.system().is_foreign() {
        true => (workspace.target().to_owned(), &[]),
        false => (workspace.target().join("native"), &IN_HASTE),
    };
    let folder = workspace.relative(&folder);
    let line = |command: &str| {
        let line = Cmd::cargo().args([command, "--quiet", "--release", "--package"]);
        line.args([workspace.library().cdylib, "--target-dir"])
            .arg(&folder)
    };
    let (clean, build) = (line("clean"), line("rustc").args(settings));
    let build = build.args(["--lib", "--crate-type", "staticlib", "--", "--print"]);
    let build = build.arg(flag);
    let step = Step::new(
        "Ask what the static library needs",
        "Rust's standard library is inside it, and calls libraries of the system. rustc reports \
         which ones; of this build nothing else is used, so it is not optimised. The answer changes only \
         with a dependency or with rustc, so it is kept.",
    )
    .asks("What does a program need that has the library inside?")
    .stamped(
        Stamp::new(workspace.pipeline("lib/.native.stamp"))
            .command(workspace, &build)
            .input(workspace.source("Cargo.lock"))
            .input(
                workspace
                    .source(workspace.library().cdylib)
                    .join("Cargo.toml"),
            )
            .large_input(workspace.target().join(".rustc_info.json"))
            .output(&list),
    );
    step.run(clean).run(build)
}
