//! This workspace's row: the names of its library, and the parts that it has. The engine, which is all
//! else in this folder, knows nothing more of the library than this.

use crate::delegate;
use crate::names::{Library, Transcript};

#[path = "lesson/commands.rs"]
pub mod lesson;

pub const LIBRARY: Library = Library {
    name: "hello",
    prefix: "hello_",
    type_prefix: "Hello",
    core: "hello-core",
    cdylib: "hello-cdylib",
    module: "pyhello",
    walkthrough: Some("Hello"),
    panics: Some("hello_panic"),
    transcript: Some(Transcript::USUAL),
    programs: &[delegate::CHECKS, lesson::CHECKS, lesson::BENCHMARKS],
};
