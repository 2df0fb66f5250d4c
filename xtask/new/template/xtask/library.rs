//! This workspace's row: the names of its library, and the parts that it has. The engine, which is all
//! else in this folder, knows nothing more of the library than this.

use crate::delegate;
use crate::names::{Implementation, Library, Transcript};

pub const LIBRARY: Library = Library {
    name: "acme",
    prefix: "acme_",
    type_prefix: "Acme",
    core: "acme-core",
    cdylib: "acme-cdylib",
    module: "pyacme",
    walkthrough: None,
    panics: None,
    transcript: Some(Transcript {
        cases: &transcript("cases"),
        implementations: &[
            Implementation {
                name: "Rust",
                command: &transcript("answers"),
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
        reference: Some("acme-core/examples/transcript/reference.txt"),
    }),
    programs: &[delegate::CHECKS],
};

/// The program of acme-core that knows the cases and Rust's answers.
const fn transcript(what: &'static str) -> [&'static str; 9] {
    [
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--package",
        "acme-core",
        "--example",
        "transcript",
        what,
    ]
}
