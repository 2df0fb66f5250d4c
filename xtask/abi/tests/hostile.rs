//! `cargo abi hostile` on a library with faults, and on the same library without.
#![cfg(target_os = "linux")]

mod common;

use std::process::Command;

use common::package::{Answer, Package};

const PLANTED: &str = include_str!("hostile/planted.rs");
const HEADER: &str = include_str!("hostile/planted.h");

/// Without what stands between `// fault:` and the next blank line, or without the rest of such a function.
fn honest() -> String {
    let mut text = String::new();
    let mut is_fault = false;
    for line in PLANTED.lines() {
        is_fault = line.trim_start().starts_with("// fault:") || is_fault && !line.is_empty();
        if !is_fault {
            text += &format!("{line}\n");
        }
    }
    text
}

fn package(name: &str, library: &str) -> Package {
    // What follows a `return` that is the fault is the honest code.
    Package::new(
        name,
        &format!("#![allow(unreachable_code)]\n{library}"),
        HEADER,
    )
}

fn findings(answer: &Answer) -> Vec<&str> {
    let lines = answer.stdout.lines();
    lines.filter(|line| line.contains("]: `")).collect()
}

#[test]
fn each_fault_is_found_by_a_call() {
    let package = package("planted", PLANTED);
    let answer = package.abi(&["hostile", "--all", "--sanitize", "--timeout", "2"]);
    assert_eq!(answer.code, 1, "{}\n{}", answer.stdout, answer.stderr);
    let found = findings(&answer);
    for words in [
        "type[memory]: `store_sum`, called a thousand times: it keeps ",
        "break[null]: `text_first`, `text` is NULL: signal ",
        "break[null]: `io_read`, the callback `read` of `io` is NULL: signal 6 (SIGABRT): panicked at src/lib.rs",
        "break[elements]: `each_number`, of 4294967297 elements: its callback was called 1 times, and 3 times where \
         there are 5 elements",
        "break[null]: `wait_for`, `flag` is NULL: it did not end within 2 s",
        "break[sequence]: `area_is_wide`, after other calls",
        "AddressSanitizer: heap-use-after-free",
    ] {
        assert!(
            found.iter().any(|line| line.contains(words)),
            "{words}\n{}",
            answer.stdout
        );
    }
    // What the header forbids is no finding, and what is well is none.
    for name in ["text_length", "store_new"] {
        assert!(
            !found
                .iter()
                .any(|line| line.contains(&format!(": `{name}`"))),
            "{found:?}"
        );
    }
    assert!(
        answer
            .stdout
            .contains("(with debug assertions and in a release)"),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_program_of_a_few_lines_repeats_what_was_found() {
    let package = package("repeats", PLANTED);
    let answer = package.abi(&["hostile", "--function", "text_first"]);
    let lines = answer
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  |"));
    let program: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    assert!(program.len() < 10, "{program:?}");
    package.write("repeats.c", &program.join("\n"));
    let folder = package.folder.join("target/abi/release");
    let mut compiler = Command::new("cc");
    compiler.args(["-Iinclude", "repeats.c", "-o", "repeats", "-lsample", "-L"]);
    compiler.arg(&folder).current_dir(&package.folder);
    assert!(compiler.status().unwrap().success(), "{program:?}");
    let mut repeats = Command::new(package.folder.join("repeats"));
    let status = repeats.env("LD_LIBRARY_PATH", folder).status().unwrap();
    assert!(status.to_string().contains("signal: 11"), "{status}");
}

#[test]
fn an_honest_library_has_no_finding() {
    let package = package("honest", &honest());
    let answer = package.abi(&["hostile", "--sanitize", "--rounds", "5"]);
    assert_eq!(answer.code, 0, "{}\n{}", answer.stdout, answer.stderr);
    assert!(
        answer
            .stdout
            .ends_with("10 functions called; nothing found\n"),
        "{}",
        answer.stdout
    );
}

#[test]
fn what_is_meant_is_allowed_with_a_reason() {
    let package = package("allowed", PLANTED);
    let allow = "[package.metadata.abi]\nallow = [{ at = \"text_first.1\", kind = \"null\", why = \"tried\" }]\n";
    package.add_to_manifest(allow);
    let only = ["hostile", "--function", "text_first"];
    let answer = package.abi(&only);
    assert_eq!(answer.code, 0, "{}\n{}", answer.stdout, answer.stderr);
    assert!(answer.stdout.contains("1 allowed"), "{}", answer.stdout);
    // It is none of what `check` knows.
    assert_eq!(package.abi(&["check"]).code, 0);
    let json = package.abi(&[&only[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["findings"][0]["kind"], "null", "{json}");
    let unknown = package.abi(&["hostile", "--function", "nothing"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(
        unknown.stderr.contains("no function `nothing`"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn after_a_constructor_that_fails_another_is_tried() {
    // It stands first in the header and by its name, and parses nothing that is drawn.
    const LOAD: &str = "\
#[unsafe(no_mangle)]
pub unsafe extern \"C\" fn store_load(text: *const c_char) -> *mut Store {
    let is_known = !text.is_null() && unsafe { CStr::from_ptr(text) } == c\"store: 1\";
    if is_known { store_new(1) } else { std::ptr::null_mut() }
}
";
    let package = Package::new(
        "constructors",
        &format!("#![allow(unreachable_code)]\n{PLANTED}{LOAD}"),
        &HEADER.replacen(
            "Store *store_new",
            "Store *store_load(const char *text);\nStore *store_new",
            1,
        ),
    );
    let answer = package.abi(&["hostile", "--function", "store_sum"]);
    let found = findings(&answer);
    let words = "`store_sum`, called a thousand times: it keeps ";
    assert!(
        found.iter().any(|line| line.contains(words)),
        "{}\n{}",
        answer.stdout,
        answer.stderr
    );
}
