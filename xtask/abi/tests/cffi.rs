//! CFFI takes our word for what the functions are: it builds a module from wrong declarations
//! without a warning. The witness sees what it was told.
//!
//! Needs the Python environment, and so is not among the tests that run everywhere:
//!
//! ```text
//! cargo xtask python
//! cargo test --package xtask-abi --test cffi -- --ignored
//! ```

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask_abi::compare::{Side, Words, layout, signatures};
use xtask_abi::{Abi, cffi_witness, run};

fn pipeline() -> PathBuf {
    // CARGO_TARGET_TMPDIR is `tmp` in the target folder.
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pipeline")
}

fn true_header() -> String {
    fs::read_to_string(pipeline().join("include/hello.h")).unwrap()
}

fn python() -> PathBuf {
    pipeline().join("python/bin/python")
}

/// What the witness says of a module that was built from these declarations.
fn told_by_module(declarations: &str, name: &str) -> Result<Abi> {
    let folder = common::scratch(name);
    let told = folder.join("told.h");
    fs::write(&told, declarations).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lying_module.py");
    let builder = common::workspace().join("py-harness/hello_ffi_builder.py");
    let [include, lib] = ["include", "lib"].map(|part| pipeline().join(part));
    let words = [script, builder, told, include, lib, folder.clone()].map(OsString::from);
    let mut arguments = vec!["-B".into()];
    arguments.extend(words);
    run::program(&python())(&arguments).unwrap();

    // It is not installed, so it has to be found by PYTHONPATH, which `-I` leaves out.
    let in_folder = |arguments: &[OsString]| {
        let arguments = arguments.iter().filter(|argument| *argument != "-I");
        let output = Command::new(python())
            .args(arguments)
            .env("PYTHONPATH", &folder)
            .output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{complaint}");
        Ok(String::from_utf8(output.stdout)?)
    };
    cffi_witness(&in_folder, "lying")
}

fn differences(cffi: &Abi, name: &str) -> Vec<String> {
    let header = common::header_of(&true_header(), &common::scratch(name));
    let header = Side {
        name: "hello.h",
        words: Words::C,
        abi: &header,
    };
    let cffi = Side {
        name: "CFFI",
        words: Words::C,
        abi: cffi,
    };
    [signatures(header, cffi), layout(header, cffi)].concat()
}

#[test]
#[ignore = "needs the Python environment: cargo xtask python"]
fn the_true_module_is_true() {
    let cffi = cffi_witness(&run::program(&python()), common::LIBRARY.module).unwrap();
    assert_eq!(differences(&cffi, "header true"), [""; 0]);
}

#[test]
#[ignore = "needs the Python environment: cargo xtask python"]
fn each_lie_is_told_in_words() {
    for (index, (from, to, expected)) in [
        (
            "double hello_sqrt(double value)",
            "float hello_sqrt(double value)",
            "`hello_sqrt`, result: hello.h `double`, CFFI `float`",
        ),
        (
            "hello_status_name(int32_t status)",
            "hello_status_name(int64_t status)",
            "`hello_status_name`, parameter 1: hello.h `int32_t`, CFFI `int64_t`",
        ),
        (
            "size_t capacity",
            "uint32_t capacity",
            "`hello_sentence`, parameter 3: hello.h `size_t`, CFFI `uint32_t`",
        ),
        (
            "HelloVisitor visitor",
            "void (*visitor)(double, double, void *)",
            "`hello_each_root`, parameter 3, a callback, result: hello.h `int32_t`, CFFI `void`",
        ),
        (
            "double hello_sqrt(double value);",
            "",
            "`hello_sqrt`: hello.h has it, CFFI does not",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let header = true_header();
        assert!(header.contains(from), "the header has no `{from}`");
        let cffi = told_by_module(&header.replacen(from, to, 1), &format!("cffi {index}")).unwrap();
        assert_eq!(differences(&cffi, &format!("header {index}")), [expected]);
    }
}

#[test]
#[ignore = "needs the Python environment: cargo xtask python"]
fn what_cffi_finds_itself_is_told_in_its_words() {
    for (index, (from, to, expected)) in [
        (
            "  bool exact;\n",
            "",
            "HelloRoot: wrong total size (cdef says 16, but C compiler says 24)",
        ),
        (
            "  double value;\n",
            "  float value;\n",
            "wrong size for field 'value' (cdef says 4, but C compiler says 8)",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let header = true_header();
        assert!(header.contains(from), "the header has no `{from}`");
        let error =
            told_by_module(&header.replacen(from, to, 1), &format!("own {index}")).unwrap_err();
        let told = format!("{error:#}");
        assert!(told.contains(expected), "wanted: {expected}\nseen: {told}");
    }
}
