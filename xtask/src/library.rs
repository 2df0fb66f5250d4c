//! This workspace's configuration: the library's names, and what its commands are called.

use abi_stages::library::{self, Library, Summary};

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
    commands: &[
        CROSSINGS,
        EXERCISE,
        BENCH,
        BREAK,
        BOOK,
        library::VERIFY,
        library::MACHINES,
        library::ABI,
        library::GENERATE,
        library::INSTALL,
        library::DIST,
        NEW,
    ],
};

pub const CROSSINGS: Summary = Summary::new("crossings", "Show the kinds of crossing, or one");

pub const EXERCISE: Summary = Summary::new("exercise", "Repair broken copies, judged by checks");

pub const BENCH: Summary =
    Summary::new("bench", "Measure a crossing, beside C, Go, PyO3 and numpy");

pub const BREAK: Summary =
    Summary::new("break", "Break a copy; show the damage and who notices it");

pub const BOOK: Summary = Summary::new("book", "Write the lesson as a site, target/book");

pub const NEW: Summary = Summary::new("new", "Create a workspace of this shape for your library");
