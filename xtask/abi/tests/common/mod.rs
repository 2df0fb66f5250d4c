//! What the tests share: the sample library, built once for each test program, and header files.
#![allow(dead_code)] // Each test file uses a part of it.

pub mod package;
pub mod released;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use cargo_abi::compare::{Side, compare};
use cargo_abi::process::{Finished, program, run};
use cargo_abi::{Abi, Headers, rust_reader, symbols};

/// The shared library.
pub static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| library("sample", &source("sample.rs")));

pub fn source(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A folder for one test, empty, whose name commands have to get along with.
pub fn scratch(name: &str) -> PathBuf {
    let program = env::current_exe().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("äbi \"[test]\"")
        .join(program.file_stem().unwrap())
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Builds a shared library from one file of Rust, with its debug information.
pub fn library(name: &str, text: &str) -> PathBuf {
    let folder = scratch(&format!("library {name}"));
    let source = folder.join(format!("{name}.rs"));
    let library = folder.join(format!("lib{name}.so"));
    fs::write(&source, text).unwrap();
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args([
        "--edition",
        "2024",
        "--crate-type",
        "cdylib",
        "-Cdebuginfo=2",
        "-o",
    ]);
    run(command.arg(&library).arg(&source))
        .unwrap()
        .checked()
        .unwrap();
    library
}

/// Every C compiler that is at hand and whose debug information can be read here.
pub fn compilers() -> Vec<OsString> {
    let known = ["gcc", "clang"].map(OsString::from);
    let present = known
        .into_iter()
        .filter(|name| cargo_abi::process::exists(name));
    let present: Vec<_> = present.collect();
    assert!(!present.is_empty(), "these tests need gcc or clang");
    present
}

pub fn compiler(name: &OsStr) -> impl Fn(&[OsString]) -> anyhow::Result<Finished> {
    program(name, &[])
}

/// What the header reader makes of a header with this text.
pub fn header_of(text: &str, folder: &Path) -> Abi {
    let path = folder.join("sample.h");
    fs::write(&path, text).unwrap();
    read(&Headers::one(&path), folder)
}

pub fn read(headers: &Headers, folder: &Path) -> Abi {
    headers
        .read(&compiler(&compilers()[0]), &folder.join("scratch"))
        .unwrap()
}

pub fn exported(library: &Path) -> BTreeSet<String> {
    symbols::exported(library).unwrap()
}

/// Everything in which a library and a header differ.
pub fn differences(library: &Path, header: &Abi) -> Vec<String> {
    let exported = exported(library);
    let rust = rust_reader(library, &exported, header, &BTreeMap::new())
        .unwrap()
        .abi;
    let (rust, side) = (Side::rust(&rust), Side::c("sample.h", header));
    let declared = symbols::declared(header);
    let missing = declared.difference(&exported);
    let missing = missing.map(|name| {
        format!("`{name}`: sample.h declares it, the shared library does not export it")
    });
    let more = exported.difference(&declared);
    let more = more.map(|name| {
        format!("`{name}`: the shared library exports it, sample.h does not declare it")
    });
    let mut found = Vec::from_iter(missing.chain(more));
    let differences = compare(rust, side).differences.into_iter();
    found.extend(differences.map(|difference| difference.text(rust.name, side.name)));
    found
}
