//! Stage 1: the function in Rust, then the library and the header made from it.

use std::path::Path;

use anyhow::Result;

use super::{Purpose, Stage};
use crate::cli::Command;
use crate::demo::DEMO;
use crate::library::Summary;
use crate::process::Cmd;
use crate::step::Step;
use crate::workspace::Workspace;

pub const STAGE: Stage = Stage {
    command: Command {
        summary: Summary::new("rust", "Stage 1: the function in Rust, library, header"),
        details: "Builds and runs the program, builds the library and the header, shows what is in the \
                  library, loads it by its path and calls it.",
        example: "cargo xtask rust --step",
        ..DEMO
    },
    name: "Rust",
    about: "A Rust program calls a function that prints a line. Then the same function is put into \
            a library that any language can call, with a header that declares it to C.",
    steps,
};

fn steps(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Step>> {
    let program = workspace.program_file(workspace.library().name);
    let shown = workspace.pipeline("rust").join(&program);
    let run = Step::new(
        "Run it",
        "The line that this program prints, byte for byte: at the end the stages are compared.",
    )
    .asks("What must the other languages print?")
    .run(Cmd::new(workspace.relative(&shown)))
    .compared();

    Ok(vec![
        build(workspace, &program, &shown)?,
        run,
        header(workspace, purpose),
        look(workspace),
        load(workspace),
    ])
}

fn build(workspace: &Workspace, program: &str, shown: &Path) -> Result<Step> {
    let [core, cdylib] = [workspace.library().core, workspace.library().cdylib];
    let mut build = Cmd::cargo().args(["build", "--release", "--package", core]);
    if workspace.system().has_shared && cdylib != core {
        build = build.args(["--package", cdylib]);
    }
    let mut step = Step::new(
        "Build the program and the library",
        "A program, and a library for other languages. {core} holds the logic: safe Rust that knows \
         nothing of C. Its program calls the function, and exits with an error if the output fails. \
         {cdylib} puts the same function behind the C ABI, in a shared library and in a static one.",
    )
    .asks("What is built?")
    .run(build);
    if !workspace.system().has_shared {
        let library = ["rustc", "--release", "--lib", "--crate-type", "staticlib"];
        step = step.run(Cmd::cargo().args(library).args(["--package", cdylib]));
    }
    step = step.copy(workspace.release(program), shown).copy(
        workspace.release(&workspace.static_file()),
        workspace.static_library(),
    );
    step.shared = true;
    if workspace.system().has_shared {
        step = with_shared(workspace, step)?;
    }
    let logic = format!("pub fn {}(", workspace.library().name);
    Ok(step.about_item(workspace, core, &logic))
}

/// The shared library, under the names that linker and loader look for.
fn with_shared(workspace: &Workspace, step: Step) -> Result<Step> {
    let lib = workspace.pipeline("lib");
    let (shared, loaded) = (workspace.shared_file(), workspace.loader_name()?);
    let mut step = step.copy(workspace.release(&shared), lib.join(&loaded));
    if let Some(import) = workspace.system().import_file(workspace.library().name) {
        // What the linker needs, and the library beside the programs that load it.
        step = step
            .copy(workspace.release(&import), lib.join(&import))
            .copy(
                workspace.release(&shared),
                workspace.pipeline("c").join(&shared),
            );
    } else {
        // The linker's name for it, and the walkthrough's: both ask for the same file.
        let short = shared.replacen("lib", "", 1);
        step = step.link(&loaded, lib.join(&shared));
        step = step.link(&loaded, lib.join(short));
    }
    Ok(step)
}

fn header(workspace: &Workspace, purpose: Purpose) -> Step {
    let step = Step::new(
        "Generate the header",
        "cbindgen generates {header} from the Rust source: all that C has to know. The header is \
         committed, because cbindgen is slow to compile. A hash in it shows whether it is current: a \
         changed declaration or comment regenerates it, a changed function body does not.",
    )
    .asks("Where does the header come from?");
    let step = match purpose {
        Purpose::Check => step.hint("`cargo xtask header` generates it"),
        Purpose::Run | Purpose::Script => step
            .run(Cmd::xtask("header").arg("--if-changed"))
            .hint(
                "the reason is above; if it is about the header, that was edited by hand, or something in \
                 {cdylib}/src does not compile as C, such as `/*` in a comment",
            ),
    };
    let step = step.copy(workspace.header(), workspace.pipeline_header());
    Step {
        shared: true,
        ..step
    }
}

fn look(workspace: &Workspace) -> Step {
    let step = Step::new(
        "Look at the libraries",
        "`extern \"C\"` fixes how the function is called, `no_mangle` keeps its name. The library \
         exports the functions of the header and nothing else. It has a name inside, the SONAME, which \
         ends with the version of the ABI. `-l{library}` makes the linker open lib{library}.so, a link to \
         the library, and record the SONAME; the loader then looks for a file of that name, and not for a \
         path on the machine where the program was built. The library needs what every C program needs: \
         no Rust runtime has to be installed.",
    )
    .asks("What does the library export, and by which name do programs ask for it?")
    .run(Cmd::xtask("inspect"));
    match workspace.library().walkthrough {
        Some(name) => {
            let function = format!("extern \"C\" fn {name}(");
            step.about_item(workspace, workspace.library().cdylib, &function)
        }
        None => step,
    }
}

fn load(workspace: &Workspace) -> Step {
    let mut step = Step::new(
        "Load it by its path and call it",
        "Nobody. The `libloading` crate opens the file at run time, as a program with plug-ins does, and \
         returns an address; the caller claims its type. The loader does not compare types with the \
         header's. That is why there is `cargo xtask verify`.",
    )
    .asks("Who checks the types when a function is loaded by its name?")
    // The engine's own source, where that is in the workspace.
    .about_item(workspace, "xtask/stages", "fn call(")
    .run(Cmd::xtask("load"));
    // The line before says what was loaded.
    step.compared_after = workspace.library().walkthrough.map(|_| 1);
    step
}
