//! What the tests share: the workspace, its twin, and header files with a fault.
#![allow(dead_code)] // Each test file uses a part of it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use xtask_abi::compare::{Side, Words, layout, signatures};
use xtask_abi::{Abi, Library, header_witness, run, rust_witness, symbols};

pub const LIBRARY: Library<'_> = Library {
    package: "hello-cdylib",
    name: "hello",
    header: "hello.h",
    module: "pyhello",
    version: "HELLO_ABI_VERSION",
};

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A folder for one test, empty.
pub fn scratch(name: &str) -> PathBuf {
    // A name that commands have to get along with.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("äbi test")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn cargo(arguments: &[std::ffi::OsString]) -> String {
    run::program(Path::new(env!("CARGO")))(arguments).unwrap()
}

/// The twin of the library of the workspace in `root`.
pub fn twin(root: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("twin");
    let mut arguments = LIBRARY.twin(&target);
    arguments.extend(["--manifest-path".into(), root.join("Cargo.toml").into()]);
    cargo(&arguments);
    target.join("debug").join(LIBRARY.shared_file())
}

pub fn exported(library: &Path) -> BTreeSet<String> {
    symbols::exported(library).unwrap()
}

/// What the header witness says about a header with this text.
pub fn header_of(text: &str, folder: &Path) -> Abi {
    let path = folder.join(LIBRARY.header);
    fs::write(&path, text).unwrap();
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    header_witness(
        &run::program(Path::new(&compiler)),
        &path,
        &folder.join("scratch"),
    )
    .unwrap()
}

/// Everything in which the library and a header differ.
pub fn differences(library: &Path, header: &Abi) -> Vec<String> {
    let exported = exported(library);
    let rust = rust_witness(library, &exported, header).unwrap();
    let rust = Side {
        name: "Rust",
        words: Words::Rust,
        abi: &rust,
    };
    let side = Side {
        name: LIBRARY.header,
        words: Words::C,
        abi: header,
    };
    [
        symbols::exports_differ(&exported, header, LIBRARY.header),
        signatures(rust, side),
        layout(rust, side),
    ]
    .concat()
}
