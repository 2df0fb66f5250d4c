//! Stage 2: the same function from C, with the header and the library of stage 1.

use std::ffi::OsString;

use anyhow::Result;

use super::{Purpose, Stage};
use crate::cli::Command;
use crate::compiler::{Compiler, Linkage, NATIVE_LIBRARIES, program_of};
use crate::demo::DEMO;
use crate::library::Summary;
use crate::process::Cmd;
use crate::step::{Stamp, Step};
use crate::workspace::Workspace;

pub const STAGE: Stage = Stage {
    command: Command {
        summary: Summary::new("c", "Stage 2: the same function from C"),
        details: "Compiles c-harness/{library}.c, links it with the shared library and with the static \
                  one, and runs both programs. CC names another compiler than the system's.",
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
    let name = workspace.library().name;
    let source = format!("c-harness/{name}.c");
    let stamp = |file: &str, line: &Cmd| {
        Stamp::new(workspace.pipeline("c").join(file)).command(workspace, line)
    };

    let object = workspace.pipeline("c").join(format!("{name}.o"));
    let line = compiler.object(workspace, &source, &object);
    let compile = Step::new(
        "Compile it",
        "The `cc` crate finds the compiler, as in a build script, and respects CC and CFLAGS. It is \
         strict C11, and warnings are errors. Of the library it needs the header alone: the object file \
         notes the names of the functions that it calls.",
    )
    .asks("Which compiler? And what does it need of the library?")
    .about(&source, "")
    .stamped(
        stamp(&format!(".{name}.o.stamp"), &line)
            .input(workspace.source(&source))
            .input(workspace.pipeline_header())
            .output(&object),
    )
    .run(line)
    .hint(
        "the compiler's message is above; if it is about the header, run `cargo xtask header \
         --check`",
    );

    let shared = program_of(workspace, name);
    let line = compiler.link(workspace, &object, Linkage::Shared, &shared);
    let link_shared = Step::new(
        "Link it with the shared library",
        "`-l{library}` notes in the program that it needs the library; the rpath says where to look for \
         it. `$ORIGIN` is the program's own folder, so program and library can be moved together, and \
         LD_LIBRARY_PATH is not needed.",
    )
    .asks("How will the program find the library?")
    .stamped(
        stamp(&format!(".{name}.stamp"), &line)
            .input(&object)
            .input(workspace.source(workspace.library().cdylib).join("build.rs"))
            .output(&shared),
    )
    .run(line);

    let with_static = program_of(workspace, &format!("{name}-static"));
    let line = compiler.link(workspace, &object, Linkage::Static, &with_static);
    let link_static = Step::new(
        "Link it with the static library",
        "The library's code goes into the program, which then needs no file beside it. Rust's \
         standard library comes along; the linker keeps the part that is used. What that part \
         needs of the system is the list from the step before. So the program is linked again after \
         every change of the library.",
    )
    .asks("What does static linking change?")
    .stamped(
        stamp(&format!(".{name}-static.stamp"), &line)
            .input(&object)
            .input(workspace.pipeline("lib").join(NATIVE_LIBRARIES))
            .large_input(workspace.static_library())
            .output(&with_static),
    )
    .run(line);

    Ok(vec![
        compile,
        link_shared,
        Step::new(
            "Run it",
            "Only when a declaration changes. The program holds the function's name, and not its code: \
             after a change in {core} alone it loads the changed library as it is.",
        )
        .asks("When does C have to be compiled again?")
        .run(Cmd::new(workspace.relative(&shared)))
        .compared(),
        native_libraries(workspace),
        link_static,
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
    Step {
        stage: STAGE.command.summary.name,
        ..step.run(clean).run(build)
    }
}
