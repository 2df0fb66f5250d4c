//! Crates of the registry.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources of a crate, fetched by cargo.
pub fn fetched(package: &str, version: &str) -> PathBuf {
    let fetched = Command::new("cargo")
        .args(["info", &format!("{package}@{version}")])
        .output()
        .unwrap();
    assert!(
        fetched.status.success(),
        "{}",
        String::from_utf8_lossy(&fetched.stderr)
    );
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| Path::new(&env::var_os("HOME").unwrap()).join(".cargo"));
    let name = format!("{package}-{version}");
    let registries = fs::read_dir(home.join("registry/src")).unwrap().flatten();
    let mut found = registries
        .map(|of| of.path().join(&name))
        .filter(|of| of.is_dir());
    found.next().expect("cargo has fetched it")
}
