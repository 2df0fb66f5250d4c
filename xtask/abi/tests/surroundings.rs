//! What else is in a package's folder, or in the folder for temporary files, changes nothing.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use common::package::{MANIFEST, Package};
use common::scratch;

const LIBRARY: &str = "pub const SIMPLE_SIZE: u32 = 1;\n\
                       #[unsafe(no_mangle)] pub extern \"C\" fn simple_add(a: i32, b: i32) -> i32 { a + b }\n";
const HEADER: &str = "int simple_add(int, int);\n#define SIMPLE_SIZE 1\n";
const GOOD: &str = "sample 1.2.3, sample.h: 1 function and 1 constant compared; no difference\n";

#[test]
fn odd_files_beside_the_sources_are_none_of_its_business() {
    let package = Package::new("odd", LIBRARY, HEADER);
    let path = |name: &str| package.folder.join(name);
    symlink("build/compile_commands.json", path("compile_commands.json")).unwrap();
    symlink(".", path("self")).unwrap();
    symlink("user@machine.1234:5678", path("src/.#lib.rs")).unwrap();
    // The path of a socket has a limit: it is made where that is short, and moved.
    let socket = std::env::temp_dir().join(format!("abi-{}.sock", std::process::id()));
    let listener = UnixListener::bind(&socket).unwrap();
    let moved = Command::new("mv")
        .arg(&socket)
        .arg(path("agent.sock"))
        .status()
        .unwrap();
    let pipe = Command::new("mkfifo")
        .arg(path("control"))
        .status()
        .unwrap();
    let pipe_as_header = Command::new("mkfifo")
        .arg(path("include/zzz.h"))
        .status()
        .unwrap();
    assert!(moved.success() && pipe.success() && pipe_as_header.success());
    fs::create_dir_all(path("src/fixtures")).unwrap();
    fs::write(path("src/fixtures/latin.rs"), b"// caf\xe9\n").unwrap();
    // It has no content that would have to be on the disk.
    fs::File::create(path("core"))
        .unwrap()
        .set_len(3 << 30)
        .unwrap();
    package.write("src/target/mod.rs", "pub const SIMPLE_TARGET: u32 = 2;\n");
    package.write("src/lib.rs", &format!("{LIBRARY}mod target;\n"));
    package.abi(&["check"]).expect(0, GOOD);
    package.write(
        "include/sample.h",
        &format!("{HEADER}#define SIMPLE_TARGET 3\n"),
    );
    let answer = package.abi(&["check"]);
    assert!(
        answer.stdout.contains("Rust 2, sample.h 3"),
        "{}",
        answer.stdout
    );
    drop(listener);
}

#[test]
fn sources_outside_of_the_package_are_sources() {
    let package = Package::new("outside", "", HEADER);
    fs::remove_dir_all(package.folder.join("src")).unwrap();
    package.write("../shared outside/lib.rs", LIBRARY);
    package.write(
        "Cargo.toml",
        &MANIFEST.replace("[lib]", "[lib]\npath = \"../shared outside/lib.rs\""),
    );
    package.abi(&["check"]).expect(0, GOOD);
    package.write("Cargo.toml", MANIFEST);
    symlink("../shared outside", package.folder.join("src")).unwrap();
    package.write("include/sample.h", &HEADER.replace("SIZE 1", "SIZE 2"));
    assert!(
        package
            .abi(&["check"])
            .stdout
            .contains("Rust 1, sample.h 2")
    );
}

#[test]
fn a_temporary_folder_is_new_has_no_name_that_others_know_and_is_removed() {
    let package = Package::new("temporary", LIBRARY, HEADER);
    let folder = scratch("temporary files");
    // A compiler that says where it was asked to work, and how it looks there.
    let compiler = package.folder.join("cc");
    fs::write(
        &compiler,
        "#!/bin/sh\nstat -c %a \"$TMPDIR\"/* >> modes.txt; ls \"$TMPDIR\" >> names.txt\nexec cc \"$@\"\n",
    )
    .unwrap();
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
    for _ in 0..2 {
        let answer = package.abi_with(
            &["dump", "--header", "include/sample.h", "--cc", "./cc"],
            |command| command.env("TMPDIR", &folder),
        );
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }
    let read = |name: &str| fs::read_to_string(package.folder.join(name)).unwrap();
    assert!(
        read("modes.txt").lines().all(|mode| mode == "700"),
        "{}",
        read("modes.txt")
    );
    let text = read("names.txt");
    let mut names: Vec<&str> = text.lines().collect();
    names.dedup();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_ne!(names[0], names[1]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}
