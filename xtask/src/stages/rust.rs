//! Stage 1: the function in Rust, then the library and the header made from it.

use anyhow::Result;

use super::{Purpose, Stage};
use crate::compiler::NATIVE_LIBRARIES;
use crate::process::Line;
use crate::step::Step;
use crate::workspace::{Workspace, program_name, shared_library_name, static_library_name};

pub const STAGE: Stage = Stage {
    id: "rust",
    name: "Rust",
    title: "Hello from Rust",
    about: "A function that prints a line, called by a Rust program. Then the same function in a \
            library that any language can call, with the header that tells C what is in it.",
    steps,
};

fn steps(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Step>> {
    let hello = workspace.pipeline("rust").join(program_name("hello"));
    let build = Step::new(
        "Build the program",
        "hello-core holds the logic: safe Rust that knows nothing of C. Its program calls the \
         function and reports a failing output with an exit code.",
    )
    .about("hello-core/src/lib.rs", "pub fn hello(")
    .run(Line::cargo().args(["build", "--release", "--package", "hello-core"]))
    .copy(workspace.release(&program_name("hello")), &hello)
    .makes(&hello);

    let run = Step::new(
        "Run it",
        "This line is what the other languages have to print as well.",
    )
    .run(Line::new(workspace.relative(&hello)))
    .greets();

    Ok(vec![
        build,
        run,
        library(workspace),
        header(workspace, purpose),
        look(),
        load(),
    ])
}

fn library(workspace: &Workspace) -> Step {
    let lib = workspace.pipeline("lib");
    let native = workspace.relative(&workspace.release(NATIVE_LIBRARIES));
    let native_flag = format!("native-static-libs={}", native.to_string_lossy());
    let mut step = Step::new(
        "Build the library",
        "hello-cdylib puts the function behind the C ABI: `extern \"C\"` fixes how it is called, \
         `no_mangle` keeps its name. It becomes a shared library and a static one, and rustc notes \
         what a program has to link besides the static one.",
    )
    .about("hello-cdylib/src/nothing.rs", "extern \"C\" fn Hello(")
    .run(
        Line::cargo()
            .args([
                "rustc",
                "--release",
                "--package",
                "hello-cdylib",
                "--lib",
                "--",
            ])
            .args(["--print", &native_flag]),
    )
    .copy(
        workspace.release(&shared_library_name()),
        lib.join(shared_library_name()),
    )
    .copy(
        workspace.release(static_library_name()),
        lib.join(static_library_name()),
    )
    .copy(
        workspace.release(NATIVE_LIBRARIES),
        lib.join(NATIVE_LIBRARIES),
    )
    .makes(lib.join(shared_library_name()))
    .makes(lib.join(static_library_name()))
    .shared()
    .hint("if it is only a file that is missing, `cargo clean --release --package hello-cdylib`");
    if cfg!(windows) {
        // What the linker wants, and the library beside the programs that load it.
        let import = format!("{}.lib", shared_library_name());
        step = step
            .copy(workspace.release(&import), lib.join(&import))
            .copy(
                workspace.release(&shared_library_name()),
                workspace.pipeline("c").join(shared_library_name()),
            );
    } else {
        // The walkthrough's name for it; it asks for the same library.
        let short = shared_library_name().replacen("lib", "", 1);
        step = step.copy(workspace.release(&shared_library_name()), lib.join(short));
    }
    step
}

fn header(workspace: &Workspace, purpose: Purpose) -> Step {
    let step = Step::new(
        "Make the header",
        "cbindgen reads the Rust source and writes what C has to know: hello.h. The committed one \
         is current as long as no declaration changed, and then nobody waits for cbindgen.",
    );
    let step = match purpose {
        Purpose::Check => step.hint("`cargo xtask header` makes it"),
        Purpose::Run | Purpose::Script => step.run(Line::xtask("header").arg("--if-changed")),
    };
    step.copy(workspace.header(), workspace.pipeline("include/hello.h"))
        .makes(workspace.pipeline("include/hello.h"))
        .shared()
}

fn look() -> Step {
    Step::new(
        "Look at the libraries",
        "The exports are the functions of the header and nothing else. The name is what a program \
         that links it will ask the loader for. It needs what every C program needs: no Rust \
         runtime has to be installed anywhere.",
    )
    .run(Line::xtask("inspect"))
}

fn load() -> Step {
    Step::new(
        "Load it by its path and call it",
        "The first caller from outside: it opens the file while running, finds functions by name, \
         and trusts that their types are as it believes. Nothing checks that; from here on that is \
         what this workspace is about.",
    )
    .about("xtask/src/load.rs", "fn call(")
    .run(Line::xtask("load"))
    .greets_after(1)
}
