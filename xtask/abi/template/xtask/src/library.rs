//! What the engine has to know of this library.

use abi_tasks::library::{self, Library};

pub static LIBRARY: Library = Library {
    xtask: env!("CARGO_MANIFEST_DIR"),
    version: env!("CARGO_PKG_VERSION"),
    name: "acme",
    prefix: "acme_",
    type_prefix: "Acme",
// example: begin
    core: "acme-core",
// example: end
// core: begin
    // The program of stage 1 is in the package with the C ABI.
    core: "acme-cdylib",
// core: end
    cdylib: "acme-cdylib",
    module: "pyacme",
    walkthrough: None,
    panics: None,
    system_libraries: &[],
    commands: library::COMMANDS,
};
