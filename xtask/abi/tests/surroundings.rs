//! What else is in a package's folder, or in the folder for temporary files, changes nothing.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::thread;

use cargo_abi::{Abi, rust_reader};
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

#[test]
fn a_folder_may_have_any_name() {
    let package = Package::new("odd [name] 'ä'", LIBRARY, HEADER);
    package.abi(&["check"]).expect(0, GOOD);
    let quoted = Package::new("a \"quoted\" name", LIBRARY, HEADER);
    quoted.abi(&["check"]).expect(0, GOOD);
}

#[test]
fn checkouts_that_build_in_one_folder_have_a_library_each() {
    let [one, other] =
        ["one checkout", "other checkout"].map(|name| Package::new(name, LIBRARY, HEADER));
    other.write(
        "src/lib.rs",
        &LIBRARY
            .replace("b: i32", "b: i64")
            .replace("a + b", "a + b as i32"),
    );
    let target = scratch("shared target");
    let check = |package: &Package| {
        package.abi_with(&["check"], |command| {
            command.env("CARGO_TARGET_DIR", &target)
        })
    };
    check(&one).expect(0, GOOD);
    assert!(
        check(&other)
            .stdout
            .contains("Rust `i64`, sample.h `int32_t`")
    );
    check(&one).expect(0, GOOD);
}

#[test]
fn no_control_character_reaches_a_terminal() {
    let package = Package::new("control", "", HEADER);
    package.write(
        "old.txt",
        "pointer size 8\nconstant A = \u{1b}[2J\u{9b}1m\n",
    );
    package.write("new.txt", "pointer size 8\nconstant A = 2\n");
    let answer = package.abi(&["diff", "old.txt", "new.txt"]);
    assert!(
        answer.stdout.contains("break[value]: was "),
        "{}",
        answer.stdout
    );
    let is_control = |c: char| c.is_control() && c != '\n';
    assert!(!answer.stdout.contains(is_control), "{:?}", answer.stdout);
    let answer = package.abi(&["diff", "\u{1b}[2J", "new.txt"]);
    assert!(!answer.stderr.contains(is_control), "{:?}", answer.stderr);
}

#[test]
fn a_type_that_leads_to_itself_is_refused() {
    let package = Package::new("cycle", "", HEADER);
    // What no compiler writes: a pointer to itself.
    package.write(
        "cycle.s",
        ".section .debug_abbrev,\"\",@progbits\n.byte 1,17,1,19,11,0,0, 2,15,0,73,19,0,0, 3,52,0,3,8,73,19,0,0, 0\n\
         .section .debug_info,\"\",@progbits\nstart: .long end-from\nfrom: .value 4\n.long 0\n.byte 8\n.byte 1,29\n\
         pointer: .byte 2\n.long pointer-start\n.byte 3\n.string \"add\"\n.long pointer-start\n.byte 0\nend:\n\
         .data\n.globl add\n.type add,@object\n.size add,8\nadd: .quad 0\n",
    );
    package.write("include/sample.h", "extern void *add;\n");
    let library = package.folder.join("libcycle.so");
    let mut command = Command::new("cc");
    command.args(["-shared", "-nostdlib", "-o"]).arg(&library);
    assert!(
        command
            .arg(package.folder.join("cycle.s"))
            .status()
            .unwrap()
            .success()
    );
    let look = move || {
        let exported = ["add".to_owned()].into();
        let read = rust_reader(&library, &exported, &Abi::default(), &BTreeMap::new());
        format!("{:#}", read.expect_err("it leads to itself"))
    };
    // With the stack that the command has.
    let thread = thread::Builder::new().stack_size(256 << 20).spawn(look);
    let error = thread.unwrap().join().unwrap();
    assert!(error.contains("a type leads to itself"), "{error}");
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_symbol_and_its_version_are_not_without_each_other() {
    // A version script does not get past rustc's own; what libraries do is `.symver`.
    let versioned = |name: &str, version: &str| {
        format!(
            "#[unsafe(no_mangle)] pub extern \"C\" fn {name}() {{}}\n\
             std::arch::global_asm!(\".symver {name}, {name}@@{version}\");\n"
        )
    };
    let package = Package::new(
        "symbol versions",
        "",
        "void simple_old(void);\nvoid simple_new(void);\n",
    );
    package.write("simple.map", "SIMPLE_1 { };\nSIMPLE_2 { } SIMPLE_1;\n");
    package.write(
        "build.rs",
        "fn main() { println!(\"cargo::rustc-cdylib-link-arg=-Wl,--version-script=simple.map\"); }",
    );
    let check = |new: &str| {
        package.write("src/lib.rs", &(versioned("simple_old", "SIMPLE_1") + new));
        package.abi(&["check"])
    };
    let answer = check(&versioned("simple_new", "SIMPLE_2"));
    assert!(
        answer
            .stdout
            .ends_with("2 functions compared; no difference\n"),
        "{answer:?}"
    );
    // A name of the same function that older programs ask for; and one that is a function of its own.
    let another = format!(
        "{}std::arch::global_asm!(\".symver simple_new, simple_former@@SIMPLE_1\");\n",
        versioned("simple_new", "SIMPLE_2")
    );
    let answer = check(&another);
    assert!(
        answer
            .stdout
            .ends_with("2 functions compared; no difference\n"),
        "{answer:?}"
    );
    let another = versioned("simple_new", "SIMPLE_2") + &versioned("simple_other", "SIMPLE_1");
    let answer = check(&another);
    assert!(
        answer
            .stdout
            .contains("sample.h does not declare it\n  src/lib.rs:5: `simple_other`\n"),
        "{answer:?}"
    );
    let answer = check("#[unsafe(no_mangle)] pub extern \"C\" fn simple_new() {}");
    for expected in [
        "type[symbol-version]: it has no symbol version; the library defines SIMPLE_1, SIMPLE_2\n",
        "`simple_new`\n",
        "type[symbol-version]: the library defines this symbol version, and no symbol has it\n  `SIMPLE_2`\n",
    ] {
        assert!(answer.stdout.contains(expected), "{answer:?}");
    }
}
