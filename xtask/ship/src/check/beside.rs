//! Two Rust libraries in one program.

use std::path::PathBuf;

use abi_stages::workspace::{self, Workspace};
use abi_verify::cases::Plan;
use abi_verify::check::Platform::*;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding};
use anyhow::Result;

use super::outside::{Outside, with_home};
use super::tree::{INSTALLED, installed};

pub const CHECKS: &[Check] = &[Check {
    id: "ship/beside",
    claim: "the installed static library links beside another Rust static library, made with LTO and without, \
            in both orders, and the program gives the recorded answers to the cases",
    hint: "`isolate.rs` of abi-ship says what can go wrong",
    needs: &[
        Time,
        On(Linux("the static library is isolated as an ELF file only")),
        Cases,
        INSTALLED,
    ],
    run,
}];

/// Another Rust library: it allocates, starts a thread, panics and catches it, so that it has much of the
/// runtime in it.
const OTHER: &str = r#"
use std::panic::catch_unwind;

#[unsafe(no_mangle)]
pub extern "C" fn other_sum(count: u32) -> u64 {
    let numbers: Vec<u64> = (1..=u64::from(count)).collect();
    let text = format!("{numbers:?}");
    let thread = std::thread::spawn(move || numbers.iter().sum::<u64>());
    let caught = catch_unwind(|| assert!(text.is_empty()));
    if caught.is_ok() { 0 } else { thread.join().unwrap_or(0) }
}
"#;

/// Calls it before `main`.
const CALLER: &str = r#"
#include <stdint.h>
#include <stdlib.h>

uint64_t other_sum(uint32_t count);

__attribute__((constructor)) static void call_other(void) {
    if (other_sum(4) != 10) {
        abort();
    }
}
"#;

/// How the other library is compiled.
const WAYS: [(&str, &[&str]); 2] = [
    ("without LTO", &["-O"]),
    ("with LTO", &["-O", "-Clto=fat", "-Cembed-bitcode=yes"]),
];

fn run(workspace: &Workspace) -> Result<Vec<Finding>> {
    Outside::with_drivers(workspace, |outside, plan| link(workspace, outside, plan))
}

fn link(workspace: &Workspace, outside: &Outside, plan: &Plan) -> Result<Vec<Finding>> {
    outside.copy(&installed(workspace), "usr")?;
    outside.write("other.rs", OTHER)?;
    outside.write("driver/caller.c", CALLER)?;
    let ours = outside
        .path("usr/lib")
        .join(workspace.library().static_file());
    let objects = compile(workspace, outside)?;
    let mut findings = Vec::new();
    for (way, flags) in WAYS {
        let other = outside.path("libother.a");
        let line = with_home(outside.line("rustc", &[])?)
            .args(["--edition=2024", "--crate-type=staticlib", "other.rs", "-o"])
            .arg(&other)
            .args(flags);
        line.check(workspace)?;
        for (order, archives) in [("before", [&ours, &other]), ("after", [&other, &ours])] {
            let name = format!("{order} a library made {way}");
            let found = together(workspace, outside, plan, &name, &objects, archives)?;
            findings.extend(found);
        }
    }
    Ok(findings)
}

/// The objects of the driver of the cases, and of the caller of the other library.
fn compile(workspace: &Workspace, outside: &Outside) -> Result<Vec<PathBuf>> {
    let line = outside.line("sh", &[])?.args([
        "-c",
        "cc -std=c11 -O1 -pthread -Idriver -Iusr/include -c driver/*.c",
    ]);
    line.check(workspace)?;
    let mut objects = workspace::files(&outside.path(""))?;
    objects.retain(|file| file.extension().is_some_and(|end| end == "o"));
    Ok(objects)
}

/// Links and runs it with the two libraries in this order.
fn together(
    workspace: &Workspace,
    outside: &Outside,
    plan: &Plan,
    name: &str,
    objects: &[PathBuf],
    archives: [&PathBuf; 2],
) -> Result<Vec<Finding>> {
    let program = outside.path("both");
    let line = outside
        .line("cc", &[])?
        .arg("-pthread")
        .args(objects)
        .args(archives)
        .args(["-lm", "-ldl", "-lrt", "-lutil", "-o"])
        .arg(&program);
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        // The same complaint for hundreds of names: the first says it.
        let complaints = finished.stderr();
        let first = complaints
            .lines()
            .find(|line| line.contains("ld: ") && !line.contains("in function"))
            .unwrap_or(&complaints);
        return Ok(vec![Finding::new(format!(
            "{name}, the static library does not link: {first}"
        ))]);
    }
    let line = outside.line(&program.to_string_lossy(), &[])?;
    outside.compare(workspace, plan, name, line)
}
