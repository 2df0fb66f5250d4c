//! Random sequences of calls, under a sanitizer, which sees what a single call does not show.

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::{Driver, Tables};

use super::caller::driver;
use super::interface::Interface;
use crate::builds::{self, Variant};
use crate::check::Finding;

const SEED: u64 = 1;

/// What AddressSanitizer sees in sequences of one thread.
pub fn random_calls_are_clean(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let tables = Tables::new(&interface);
    let flags = [&builds::SANITIZERS[..], &FLAGS].concat();
    let library = Some(Variant::AddressSanitizer);
    let driver = driver(workspace, &tables, "sequences-asan", &flags, library)?;
    seen_by("AddressSanitizer", driver, 1_000_000)
}

/// What ThreadSanitizer sees between two threads that take turns: they are slower, and there are fewer states to
/// meet. Only the library is watched: what hands the turn over must be no order to it.
pub fn races(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let tables = Tables::new(&interface);
    let runtime = builds::thread_sanitizer_runtime(workspace)?;
    let flags: Vec<&str> = runtime.iter().map(String::as_str).chain(FLAGS).collect();
    let library = Some(Variant::ThreadSanitizer);
    let mut driver = driver(workspace, &tables, "sequences-tsan", &flags, library)?;
    driver.by_turns = true;
    seen_by("ThreadSanitizer", driver, 20_000)
}

const FLAGS: [&str; 3] = ["-pthread", "-lm", "-ldl"];

fn seen_by(name: &str, mut driver: Driver<'_>, calls: usize) -> Result<Vec<Finding>> {
    let crashes = driver.random(calls, SEED, 1)?;
    let findings = crashes.iter().map(|crash| {
        let stderr: Vec<&str> = crash.played.stderr.lines().take(30).collect();
        let (origin, program) = (&crash.origin, &crash.program);
        let died = crash.played.died.as_deref().unwrap_or_default();
        Finding::new(format!(
            "seen by {name} ({origin}): {died}\n{program}{}",
            stderr.join("\n")
        ))
    });
    Ok(findings.collect())
}
