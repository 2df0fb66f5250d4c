//! This workspace's row: the names of its library, and the parts that it has. The engine, which is all
//! else in this folder, knows nothing more of the library than this.

use crate::delegate;
use crate::names::{Implementation, Library, Transcript};

// lesson: begin
#[path = "lesson/commands.rs"]
pub mod lesson;
// lesson: end

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
        reference: Some("hello-core/examples/transcript/reference.txt"),
    }),
    programs: &[
        delegate::CHECKS,
        // lesson: begin
        lesson::CHECKS,
        lesson::BENCHMARKS,
        // lesson: end
    ],
};

/// The program of hello-core that knows the cases and Rust's answers.
const fn transcript(what: &'static str) -> [&'static str; 9] {
    [
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--package",
        "hello-core",
        "--example",
        "transcript",
        what,
    ]
}
