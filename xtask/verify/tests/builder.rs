//! What makes a module of a header is tried by tests in Python, with the tools of the checks.
#![cfg(unix)]

#[path = "../../src/library.rs"]
mod library;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use abi_verify::builds;

#[test]
#[ignore = "needs pip"]
fn a_module_is_made_of_what_a_header_has() {
    let workspace = Workspace::locate(&library::LIBRARY).unwrap();
    builds::build_python(&workspace).unwrap();
    let line = Cmd::new(builds::tools(&workspace).python())
        .args(["-B", "-m", "pytest", "--quiet"])
        .args(["--config-file", "py-harness/pyproject.toml"])
        .arg("py-harness/support/tests");
    line.check(&workspace).unwrap();
}
