//! This workspace's configuration: the library's names, and the programs that serve the lesson's commands.

use abi_stages::cli::Group;
use abi_stages::library::{self, Library, Program, Summary};

pub static LIBRARY: Library = Library {
    xtask: env!("CARGO_MANIFEST_DIR"),
    version: env!("CARGO_PKG_VERSION"),
    name: "hello",
    prefix: "hello_",
    type_prefix: "Hello",
    core: "hello-core",
    cdylib: "hello-cdylib",
    module: "pyhello",
    walkthrough: Some("Hello"),
    panics: Some("hello_panic"),
    system_libraries: &[],
    programs: &[
        Program {
            about: "the checks and the lesson (half a minute on two processors)",
            commands: &[
                CROSSINGS,
                EXERCISE,
                BREAK,
                BOOK,
                library::VERIFY,
                library::MACHINES,
                library::ABI,
                library::GENERATE,
                library::INSTALL,
                library::DIST,
            ],
            ..Program::CHECKS
        },
        Program {
            package: "xtask",
            feature: Some("bench"),
            binary: "xtask-bench",
            about: "the benchmark",
            commands: &[BENCH],
        },
        Program {
            package: "cargo-abi",
            feature: None,
            binary: "cargo-abi",
            about: "cargo abi",
            commands: &[NEW],
        },
    ],
};

const CROSSINGS: Summary = Summary {
    name: "crossings",
    group: Group::Learn,
    about: "Show every kind of crossing, from every language; with a name, its lesson",
};

const EXERCISE: Summary = Summary {
    name: "exercise",
    group: Group::Learn,
    about: "Repair broken copies, judged by the workspace's own checks",
};

const BENCH: Summary = Summary {
    name: "bench",
    group: Group::Learn,
    about: "Measure what a crossing costs, beside C, Go, PyO3 and others",
};

const BREAK: Summary = Summary {
    name: "break",
    group: Group::Prove,
    about: "Inject a known bug into a copy; show the damage and who notices it",
};

const BOOK: Summary = Summary {
    name: "book",
    group: Group::Learn,
    about: "Write the lesson as a site: target/book/index.html",
};

const NEW: Summary = Summary {
    name: "new",
    group: Group::Build,
    about: "Create a workspace of this shape for a library of your own",
};
