//! The checks of the Rust side.

use anyhow::Result;
use xtask::LIBRARY;
use xtask::process::Cmd;
use xtask::workspace::Workspace;

use crate::builds;
use crate::check::{Check, Finding, Requirement, Tier};

pub const CHECKS: &[Check] = &[
    Check {
        id: "rust/tests",
        claim: "the unit and doc tests of every crate that is developed here pass, and those of the C \
                ABI as it is shipped and with the canary",
        hint: "`cargo test --workspace -- --include-ignored` runs them alone",
        tier: Tier::Quick,
        needs: &[
            Requirement::Generator,
            Requirement::Library,
            Requirement::Module,
        ],
        run: tests,
    },
    Check {
        id: "rust/lints",
        claim: "rustfmt and clippy have nothing to say",
        hint: "`cargo fmt --all` formats; clippy's words are above",
        tier: Tier::Quick,
        needs: &[],
        run: lints,
    },
];

fn tests(workspace: &Workspace) -> Result<Vec<Finding>> {
    // The ignored ones need the stages, which are there by now.
    let line = Cmd::cargo()
        .args(["test", "--no-fail-fast"])
        .args(packages())
        .args(["--", "--include-ignored"]);
    let mut findings = failures(workspace, line)?;
    // Once more as it is shipped, where the loops are as wide as the processor, and with the canary,
    // whose own tests are run nowhere else.
    let optimised = Cmd::cargo()
        .args(["test", "--release", "--package", LIBRARY.cdylib, "--lib"])
        .args(["--features", "canary", "--target-dir"])
        .arg(workspace.relative(&builds::verify(workspace, "canary")));
    findings.extend(failures(workspace, optimised)?);
    Ok(findings)
}

/// The packages that are developed here: all, or all but the engine's.
fn packages() -> Vec<&'static str> {
    const ENGINE: [&str; 6] = [
        "cargo-abi",
        "xtask",
        "xtask-header",
        "xtask-new",
        "xtask-ship",
        "xtask-verify",
    ];
    let mut packages = vec!["--workspace"];
    if !LIBRARY.develops_engine {
        packages.extend(ENGINE.iter().flat_map(|package| ["--exclude", package]));
    }
    packages
}

fn failures(workspace: &Workspace, line: Cmd) -> Result<Vec<Finding>> {
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
        // Only what failed: what went well is hundreds of lines.
        const WELL: [&str; 5] = [
            "running ",
            "test result: ok",
            "   Doc-tests",
            "     Running ",
            "all doct",
        ];
        let all = output + &finished.stderr();
        let is_telling = |line: &&str| {
            !line.is_empty()
                && !line.ends_with("... ok")
                && !line.trim_start().starts_with("Compiling ")
                && !WELL.iter().any(|start| line.starts_with(start))
        };
        let told: Vec<&str> = all.lines().filter(is_telling).collect();
        findings.push(Finding::new(format!("{line}\n{}", told.join("\n"))));
    } else if passed == 0 {
        findings.push(Finding::new("cargo test ended well, but no test ran"));
    }
    Ok(findings)
}

fn lints(workspace: &Workspace) -> Result<Vec<Finding>> {
    let lines = [
        Cmd::cargo().args(["fmt", "--all", "--check"]),
        Cmd::cargo()
            .arg("clippy")
            .args(packages())
            .args(["--all-targets", "--all-features", "--quiet"])
            .args(["--", "--deny", "warnings"]),
    ];
    let mut findings = Vec::new();
    for line in lines {
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            findings.push(Finding::new(finished.complaint(&line)));
        }
    }
    Ok(findings)
}
