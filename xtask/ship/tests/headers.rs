//! The builder of Python's module on the headers of public libraries.

#![cfg(target_os = "linux")]

use std::env;
use std::path::Path;
use std::process::{self, Command};

#[test]
#[ignore = "needs the package indexes of cargo and of pip, and takes minutes"]
fn all_of_a_public_header_is_taken_or_named() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let pins = tests.join("../../../py-harness/requirements.txt");
    let folder = env::temp_dir().join(format!("headers-{}", process::id()));
    let system = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let python = folder.join("bin/python");
    let lines = [
        Command::new(system)
            .args(["-m", "venv"])
            .arg(&folder)
            .status(),
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(pins)
            .status(),
        Command::new(&python)
            .arg("-B")
            .arg(tests.join("headers.py"))
            .status(),
    ];
    std::fs::remove_dir_all(folder).unwrap();
    for status in lines {
        assert!(status.unwrap().success());
    }
}
