//! A function that nobody has told this tool about: what it takes and returns is covered, and what
//! Rust, cbindgen and C each call it in their own way is no difference.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::Path;

use xtask_abi::arguments;

#[test]
fn what_is_new_is_covered_unasked() {
    let copy = common::scratch("copy");
    copy_folder(&common::workspace(), &copy);
    let source = copy.join("hello-cdylib/src");
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/new_function.rs"),
        source.join("crossing/new.rs"),
    )
    .unwrap();
    let lib = fs::read_to_string(source.join("crossing/mod.rs")).unwrap();
    fs::write(
        source.join("crossing/mod.rs"),
        lib.replacen("mod status;", "mod status;\n\npub mod new;", 1),
    )
    .unwrap();

    let text = header(&copy);
    let header = common::header_of(&text, &common::scratch("header"));
    let library = common::twin(&copy);
    assert_eq!(common::differences(&library, &header), [""; 0], "{text}");

    // It was there to be seen.
    let rendered = header.to_string();
    for line in [
        "fn hello_new(*const HelloNew, HelloNewVisitor) -> HelloNew",
        "fn hello_new_each(*const HelloNew, fn(*const HelloNew, HelloKind) -> i32) -> HelloStatus",
        "enum HelloKind HELLO_KIND_BELOW_ZERO = -1",
        "struct HelloNew .bytes @32 [u8; 4]",
        "struct HelloId .id @0 u64",
        "opaque HelloHidden",
        "union HelloNumber .whole @0 i64",
    ] {
        let line = line.replace("HelloNewVisitor", "fn(*const HelloNew, HelloKind) -> i32");
        assert!(rendered.contains(&line), "{line}\n{rendered}");
    }
    let comes_in = arguments::unchecked(&header);
    let expected = "`hello_new_flag`, parameter 1: a `bool` comes in";
    assert!(
        comes_in.iter().any(|words| words == expected),
        "{comes_in:#?}"
    );

    for (from, to, expected) in [
        (
            "uint8_t bytes[4]",
            "uint8_t bytes[3]",
            "`HelloNew.bytes`: Rust `[u8; 4]`, hello.h `uint8_t [3]`",
        ),
        (
            "HELLO_KIND_BELOW_ZERO = -1",
            "HELLO_KIND_BELOW_ZERO = -2",
            "`HELLO_KIND_BELOW_ZERO`: Rust -1, hello.h -2",
        ),
        (
            "int64_t whole",
            "int32_t whole",
            "`HelloNumber.whole`: Rust `i64`, hello.h `int32_t`",
        ),
    ] {
        assert!(text.contains(from), "{from}\n{text}");
        let header = common::header_of(&text.replacen(from, to, 1), &common::scratch("fault"));
        let told = common::differences(&library, &header);
        assert!(
            told.iter().any(|line| line == expected),
            "{expected}\n{told:#?}"
        );
    }
}

/// The header that cbindgen makes of the copy.
fn header(root: &Path) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header");
    let mut arguments = vec![
        "run".into(),
        "--quiet".into(),
        "--package".into(),
        "xtask-header".into(),
    ];
    arguments.extend(["--manifest-path".into(), root.join("Cargo.toml").into()]);
    arguments.extend(["--target-dir".into(), target.into()]);
    arguments.extend(["--".into(), root.join("hello-cdylib").into()]);
    common::cargo(&arguments)
}

/// The sources alone.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(name)).unwrap();
        } else if name != "target" && name != ".git" {
            copy_folder(&entry.path(), &to.join(name));
        }
    }
}
