//! This workspace's row: the names of its library, and the parts that it has. The engine, which is all
//! else in this folder, knows nothing more of the library than this.

use crate::delegate;
use crate::names::{Library, Transcript};

pub const LIBRARY: Library = Library {
    name: "acme",
    prefix: "acme_",
    type_prefix: "Acme",
    core: "acme-core",
    cdylib: "acme-cdylib",
    module: "pyacme",
    walkthrough: None,
    panics: None,
    system_libraries: &[],
    transcript: Some(Transcript::USUAL),
    programs: &[delegate::CHECKS],
};
