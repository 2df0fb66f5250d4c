//! Stage 1: the function in Rust, then the library and the header made from it.

use std::path::Path;

use anyhow::Result;

use super::{Purpose, Stage};
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
    let run = Step::new(
        "Run it",
        "This line is what the other languages have to print as well.",
    )
    .run(Line::new(workspace.relative(&hello)))
    .greets();

    Ok(vec![
        build(workspace, &hello),
        run,
        header(workspace, purpose),
        look(),
        load(),
    ])
}

fn build(workspace: &Workspace, hello: &Path) -> Step {
    let lib = workspace.pipeline("lib");
    let (shared, archive) = (shared_library_name(), static_library_name());
    let mut step = Step::new(
        "Build the program and the library",
        "hello-core holds the logic: safe Rust that knows nothing of C. Its program calls the \
         function and reports a failing output with an exit code. hello-cdylib puts the same \
         function behind the C ABI, in a shared library and in a static one.",
    )
    .about("hello-core/src/lib.rs", "pub fn hello(")
    .run(Line::cargo().args(["build", "--release"]).args([
        "--package",
        "hello-core",
        "--package",
        "hello-cdylib",
    ]))
    .copy(workspace.release(&program_name("hello")), hello)
    .copy(workspace.release(&shared), lib.join(&shared))
    .copy(workspace.release(archive), lib.join(archive))
    .makes(hello)
    .makes(lib.join(&shared))
    .makes(lib.join(archive))
    .shared();
    if cfg!(windows) {
        // What the linker wants, and the library beside the programs that load it.
        let import = format!("{shared}.lib");
        step = step
            .copy(workspace.release(&import), lib.join(&import))
            .copy(
                workspace.release(&shared),
                workspace.pipeline("c").join(&shared),
            );
    } else {
        // The walkthrough's name for it; it asks for the same library.
        let short = shared.replacen("lib", "", 1);
        step = step.copy(workspace.release(&shared), lib.join(short));
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
        "`extern \"C\"` fixes how the function is called, `no_mangle` keeps its name. The exports are \
         the functions of the header and nothing else. The library's name is what a program \
         that links it will ask the loader for. It needs what every C program needs: no Rust \
         runtime has to be installed anywhere.",
    )
    .about("hello-cdylib/src/crossing/nothing.rs", "extern \"C\" fn Hello(")
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
