//! This workspace's row: the names of its library, and the parts that it has. The engine, which is all
//! else in this folder, knows nothing more of the library than this.

use crate::names::{Implementation, Library, Transcript};

pub const LIBRARY: Library = Library {
    name: "hello",
    prefix: "hello_",
    type_prefix: "Hello",
    core: "hello-core",
    cdylib: "hello-cdylib",
    module: "pyhello",
    walkthrough: Some("Hello"),
    panics: Some("hello_panic"),
    transcript: Some(Transcript {
        cases: &["cargo", "xtask", "transcript", "cases"],
        implementations: &[
            Implementation {
                name: "Rust",
                command: &["cargo", "xtask", "transcript", "core"],
            },
            Implementation {
                name: "Rust through the library",
                command: &["cargo", "xtask", "transcript", "library"],
            },
            Implementation {
                name: "C",
                command: &["{c}/crossings"],
            },
            Implementation {
                name: "C, static",
                command: &["{c}/crossings-static"],
            },
            Implementation {
                name: "Python",
                command: &["{python}", "py-harness/crossings.py"],
            },
        ],
    }),
    programs: &[],
};
