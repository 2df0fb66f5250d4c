//! The top level has what the README names, and what Cargo, git, CI and a reader expect.

use std::path::Path;
use std::process::Command;

const EXPECTED: &[&str] = &[
    ".cargo",
    ".ci",
    ".github",
    ".gitattributes",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "c-harness",
    "hello-cdylib",
    "hello-core",
    "py-harness",
    "xtask",
];

#[test]
fn nothing_else_is_at_the_top() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let tracked = Command::new("git")
        .args(["ls-tree", "--name-only", "-z", "HEAD"])
        .current_dir(root)
        .output()
        .unwrap();
    let tracked = String::from_utf8(tracked.stdout).unwrap();
    let names: Vec<&str> = tracked.split_terminator('\0').collect();
    assert!(
        names.contains(&"README.md"),
        "is this a checkout? {names:?}"
    );
    let others: Vec<_> = names
        .iter()
        .filter(|name| !EXPECTED.contains(name))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
