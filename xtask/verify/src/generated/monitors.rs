//! Random sequences of calls, under a sanitizer, which sees what a single call does not show.

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::Tables;

use super::caller::driver;
use super::interface::Interface;
use crate::builds::{self, Variant};
use crate::check::Finding;

const SEED: u64 = 1;

/// What AddressSanitizer sees in sequences of one thread.
pub fn random_calls_are_clean(workspace: &Workspace) -> Result<Vec<Finding>> {
    let flags = &builds::SANITIZERS;
    seen(workspace, Variant::AddressSanitizer, flags, 1_000_000)
}

/// What ThreadSanitizer sees between two threads that take turns: they are slower, and there are fewer states to
/// meet. Only the library is watched: what hands the turn over must be no order to it.
pub fn races(workspace: &Workspace) -> Result<Vec<Finding>> {
    let runtime = builds::thread_sanitizer_runtime(workspace)?;
    let flags: Vec<&str> = runtime.iter().map(String::as_str).collect();
    seen(workspace, Variant::ThreadSanitizer, &flags, 20_000)
}

/// What the sanitizer inside the library sees.
fn seen(
    workspace: &Workspace,
    library: Variant,
    flags: &[&str],
    calls: usize,
) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let tables = Tables::new(&interface);
    let flags = [flags, &["-pthread", "-lm", "-ldl"]].concat();
    let has_threads = library == Variant::ThreadSanitizer;
    let name = if has_threads {
        "ThreadSanitizer"
    } else {
        "AddressSanitizer"
    };
    let mut driver = driver(workspace, &tables, name, &flags, Some(library))?;
    driver.by_turns = has_threads;
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
