//! The checks of the Rust side.

use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::Result;
use serde_json::Value;

use crate::builds::Variant;
use crate::check::Requirement::Tool;
use crate::check::{Check, Finding, succeed};

pub const CHECKS: &[Check] = &[
    Check {
        id: "rust/tests",
        claim: "the unit and doc tests of the library's crates pass, and those of the C ABI as it is \
                shipped and with the canary",
        hint: "`cargo test --package NAME` runs those of one crate",
        needs: &[],
        run: tests,
    },
    Check {
        id: "rust/lints",
        claim: "rustfmt and clippy do not complain about the library's crates",
        hint: "`cargo fmt --package NAME` formats one of them; clippy's report is above",
        needs: &[Tool("cargo-fmt", LINTERS), Tool("cargo-clippy", LINTERS)],
        run: lints,
    },
];

const LINTERS: &str =
    "rustup component add rustfmt clippy; Debian: apt install rustfmt rust-clippy";

fn tests(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = failures(
        workspace,
        Cmd::cargo()
            .args(["test", "--quiet", "--no-fail-fast"])
            .args(packages(workspace)?),
    )?;
    // Once more as it is shipped, where the loops are as wide as the processor, and with the canary,
    // whose own tests are run nowhere else.
    let optimised = Variant::Canary.cargo(workspace, "test")?;
    let optimised = optimised.args(["--quiet", "--lib"]);
    findings.extend(failures(workspace, optimised)?);
    Ok(findings)
}

/// The library's packages, as cargo selects them: the members of the workspace that are not in `xtask`.
fn packages(workspace: &Workspace) -> Result<Vec<String>> {
    let line = Cmd::cargo().args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&line.check(workspace)?.stdout())?;
    let tasks = workspace.source("xtask");
    let mut packages = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        if !Path::new(text("manifest_path")).starts_with(&tasks) {
            packages.extend(["--package".to_owned(), text("name").to_owned()]);
        }
    }
    Ok(packages)
}

/// What `cargo test` tells of tests that fail; if none ran, that.
pub fn failures(workspace: &Workspace, line: Cmd) -> Result<Vec<Finding>> {
    let line = line.env("RUST_BACKTRACE", "0");
    let finished = line.output(workspace)?;
    let output = finished.stdout();
    let passed: usize = output
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "))
        .filter_map(|rest| rest.split(' ').next()?.parse::<usize>().ok())
        .sum();
    let mut findings = Vec::new();
    if !finished.status.success() {
        // Only what failed: what went well is a dot.
        const WELL: [&str; 3] = ["running ", "test result: ok", "."];
        let all = output + &finished.stderr();
        let is_telling =
            |line: &&str| !line.is_empty() && !WELL.iter().any(|start| line.starts_with(start));
        let told: Vec<&str> = all.lines().filter(is_telling).collect();
        findings.push(Finding::new(format!("{line}\n{}", told.join("\n"))));
    } else if passed == 0 {
        findings.push(Finding::new("cargo test succeeded, but no test ran"));
    }
    Ok(findings)
}

fn lints(workspace: &Workspace) -> Result<Vec<Finding>> {
    let packages = packages(workspace)?;
    // Not `--all`: that formats crates of other folders that this workspace depends on.
    let format = Cmd::cargo()
        .arg("fmt")
        .args(&packages)
        .args(["--package", "xtask", "--check"]);
    let clippy = Cmd::cargo()
        .arg("clippy")
        .args(packages)
        .args(["--all-targets", "--all-features", "--quiet"])
        .args(["--", "--deny", "warnings"]);
    succeed(workspace, [format, clippy])
}
