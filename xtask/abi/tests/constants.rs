//! Constants of every kind: the values that a C program has, and those that Rust has.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use common::package::Package;

const ADD: &str =
    "#[unsafe(no_mangle)]\npub extern \"C\" fn simple_add(a: i32, b: i32) -> i32 { a + b }\n";

/// A package with these constants, each with its type and value in Rust and its line in the header.
fn package(name: &str, constants: &[(&str, &str)]) -> Package {
    let mut library = ADD.to_owned();
    let mut header = "#include <stdbool.h>\n#include <stdint.h>\nint simple_add(int, int);\n\
                      typedef struct Pair { int32_t a, b; } Pair;\n"
        .to_owned();
    for (rust, c) in constants {
        library += &format!("{rust}\n");
        header += &format!("{c}\n");
    }
    Package::new(name, &library, &header)
}

/// In Rust, in a header that is right, in one that is wrong, and what is said of it.
const KINDS: &[[&str; 4]] = &[
    [
        "pub const LABEL: &core::ffi::CStr = c\"one 2\";",
        "#define LABEL \"one 2\"",
        "#define LABEL \"one 1\"",
        "Rust \"one 2\", sample.h \"one 1\"",
    ],
    [
        "pub const PARTS: &str = concat!(\"a\", \"\\n\");",
        "#define PARTS \"a\" \"\\n\"",
        "#define PARTS \"a\" \"n\"",
        "Rust \"a\\012\", sample.h \"an\"",
    ],
    [
        "pub const BYTES: &[u8; 3] = b\"ab\\0\";",
        "#define BYTES \"ab\"",
        "#define BYTES \"abc\"",
        "Rust \"ab\", sample.h \"abc\"",
    ],
    [
        "pub const SCALE: f64 = 4.5;",
        "#define SCALE 45e-1",
        "#define SCALE 2.5",
        "Rust 4.5, sample.h 2.5",
    ],
    [
        "pub const STEP: f32 = 0.1;",
        "#define STEP 0.1f",
        "#define STEP 0.2f",
        "Rust 0.1",
    ],
    [
        "pub const HALF: f64 = 0.5;",
        "#define HALF 0x1p-1",
        "#define HALF (1.0 / 4)",
        "Rust 0.5, sample.h 0.25",
    ],
    [
        "pub const FAST: bool = true;",
        "#define FAST true",
        "#define FAST false",
        "Rust 1, sample.h 0",
    ],
    [
        "pub const MARK: u8 = b'y';",
        "#define MARK 'y'",
        "#define MARK 'x'",
        "Rust 121, sample.h 120",
    ],
    // A value that is cut to the width of Rust's type would be the same.
    [
        "pub const SMALL: u8 = 0;",
        "#define SMALL 0",
        "#define SMALL 256",
        "Rust 0, sample.h 256",
    ],
    [
        "pub const ALL: u32 = u32::MAX;",
        "#define ALL 0xffffffff",
        "#define ALL 0xfffffffe",
        "Rust 4294967295, sample.h 4294967294",
    ],
    [
        "const fn twice(x: u32) -> u32 { 2 * x } pub const COMPUTED: u32 = twice(4);",
        "#define COMPUTED (1 << 3)",
        "#define COMPUTED 9",
        "Rust 8, sample.h 9",
    ],
    [
        "pub const SAMPLES: u32 = 64;",
        "enum { SAMPLES = 64 };",
        "enum { SAMPLES = 32 };",
        "Rust 64, sample.h 32",
    ],
    [
        "pub const BUSY: u32 = 2;",
        "typedef struct State { enum { BUSY = 2 } now; } State;",
        "typedef struct State { enum { BUSY = 1 } now; } State;",
        "Rust 2, sample.h 1",
    ],
    [
        "pub const LIMIT: i16 = -3;",
        "static const int16_t LIMIT = -3;",
        "static const int16_t LIMIT = 3;",
        "Rust -3, sample.h 3",
    ],
    [
        "pub const RATIO: f32 = 1.5;",
        "static const float RATIO = 1.5f;",
        "static const float RATIO = 2.5f;",
        "Rust 1.5, sample.h 2.5",
    ],
    [
        "pub const TITLE: &str = \"t\";",
        "static const char TITLE[] = \"t\";",
        "static const char TITLE[] = \"u\";",
        "Rust \"t\", sample.h \"u\"",
    ],
    [
        "pub struct Flags; impl Flags { pub const LOUD: u32 = 0x10; }",
        "#define FLAGS_LOUD 16",
        "#define FLAGS_LOUD 8",
        "Rust 16 (`LOUD`), sample.h 8",
    ],
    [
        "#[repr(u32)] pub enum Kind { First = 3, Last }",
        "#define KIND_LAST 4",
        "#define KIND_LAST 5",
        "Rust 4 (`Last`), sample.h 5",
    ],
    // What cbindgen's `prefix` puts before a name.
    [
        "mod inner { pub const MAX_LEN: u64 = 6; }",
        "#define SAMPLE_MAX_LEN 6",
        "#define SAMPLE_MAX_LEN 7",
        "Rust 6 (`MAX_LEN`), sample.h 7",
    ],
    [
        "pub const r#gen: u8 = 1;",
        "#define gen 1",
        "#define gen 2",
        "Rust 1, sample.h 2",
    ],
    [
        "macro_rules! constant { ($n:ident) => { pub const $n: u8 = 1; } } constant!(MADE);",
        "#define MADE 1",
        "#define MADE 2",
        "Rust 1, sample.h 2",
    ],
];

#[test]
fn constants_of_every_kind_are_compared() {
    let right: Vec<_> = KINDS.iter().map(|of| (of[0], of[1])).collect();
    let count = KINDS.len();
    let answer = package("right", &right).abi(&["check"]);
    let all = format!("1 function and {count} constants compared; no difference\n");
    assert!(
        answer.code == 0 && answer.stdout.ends_with(&all),
        "{}",
        answer.stdout
    );

    let wrong: Vec<_> = KINDS.iter().map(|of| (of[0], of[2])).collect();
    let answer = package("wrong", &wrong).abi(&["check", "--all"]);
    for [rust, _, _, words] in KINDS {
        assert!(
            answer.stdout.contains(words),
            "{rust}\n{words}\n{}",
            answer.stdout
        );
    }
    let all = format!("{count} constants compared; {count} break\n");
    assert!(
        answer.code == 1 && answer.stdout.ends_with(&all),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_constant_that_is_not_compared_is_named_and_not_counted() {
    let package = package(
        "unknown",
        &[
            ("", "#define ABSENT 1"),
            (
                "pub const COMPUTED_TEXT: &str = text(); const fn text() -> &'static str { \"a\" }",
                "#define COMPUTED_TEXT \"b\"",
            ),
            (
                "pub struct Bits(u32); impl Bits { pub const ONE: Bits = Bits(1); }",
                "#define BITS_ONE 2",
            ),
            (
                "pub const ORIGIN: (i32, i32) = (1, 2);",
                "#define ORIGIN (Pair){ .a = 0, .b = 0 }",
            ),
            (
                "pub const TWICE: u8 = 1; mod inner { pub const AGAIN: u8 = 1; } mod other { pub const AGAIN: u8 = 2; }",
                "#define AGAIN 1",
            ),
            (
                "mod private { pub const EDITION: u8 = 0; }",
                "#define SAMPLE_EDITION \"first\"",
            ),
            (
                "",
                "#define NOTHING\n#define CALLED __attribute__((cold))\n#define OF_TYPE unsigned int",
            ),
        ],
    );
    let expected = "\
not compared: `ABSENT`, `AGAIN`, `SAMPLE_EDITION`: no constant in the Rust source has this name
not compared: `BITS_ONE`, `COMPUTED_TEXT`: rustdoc does not show the value that it has in Rust
not compared: `ORIGIN`: the C compiler takes it for no constant
not compared: `Pair`: Rust does not show what is in it

sample 1.2.3, sample.h: 1 function compared; no difference
";
    let answer = package.abi(&["check"]);
    let mut lines: Vec<&str> = answer.stdout.lines().collect();
    lines[..4].sort_unstable();
    assert_eq!(
        (answer.code, lines.join("\n") + "\n"),
        (0, expected.to_owned()),
        "{}",
        answer.stderr
    );
    // What was not compared is no success where all has to be compared.
    assert_eq!(package.abi(&["check", "--strict"]).code, 1);
    // A file that is no module is not compiled: what is in it proves nothing.
    package.write("src/unused.rs", "pub const ABSENT: u8 = 2;\n");
    assert!(package.abi(&["check"]).stdout.contains("`ABSENT`"));
    // The version of something else, which is not that of the package.
    package.write(
        "include/sample.h",
        "int simple_add(int, int);\n#define SAMPLE_VERSION \"1.2.3\"\n",
    );
    let library = ADD.to_owned() + "mod engine { pub const VERSION: &str = \"0.7.1\"; }\n";
    package.write("src/lib.rs", &library);
    let answer = package.abi(&["check", "--strict"]);
    let good = "sample.h: 1 function and 1 constant compared; no difference\n";
    assert!(answer.stdout.ends_with(good), "{answer:?}");
    // One that agrees with neither is named.
    package.write(
        "include/sample.h",
        "int simple_add(int, int);\n#define SAMPLE_VERSION \"1.2.2\"\n",
    );
    let answer = package.abi(&["check"]);
    assert!(answer.stdout.contains("sample.h \"1.2.2\""), "{answer:?}");
}

#[test]
fn what_was_built_is_what_is_described() {
    let package = Package::new(
        "configured",
        &format!(
            "{ADD}#[cfg(size = \"large\")] pub const SIZE: u8 = 2;\n\
             #[cfg(not(size = \"large\"))] pub const SIZE: u8 = if cfg!(feature = \"tiny\") {{ 0 }} else {{ 1 }};\n"
        ),
        "int simple_add(int, int);\n#define SIZE 1\n",
    );
    package.add_to_manifest("[features]\ntiny = []\n");
    let found = |arguments: &[&str]| package.abi(&[&["check"], arguments].concat()).stdout;
    assert!(found(&[]).ends_with("1 constant compared; no difference\n"));
    assert!(found(&["--features", "tiny"]).contains("Rust 0, sample.h 1"));
    // Nothing is compiled for it, but it is that library's again.
    assert!(found(&[]).ends_with("1 constant compared; no difference\n"));
    assert!(found(&["--features", "tiny"]).contains("Rust 0, sample.h 1"));
    package.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"--cfg\", \"size=\\\"large\\\"\"]\n",
    );
    assert!(found(&[]).contains("Rust 2, sample.h 1"));
}

#[test]
fn where_rustdoc_does_not_run_it_is_said() {
    let package = package(
        "no rustdoc",
        &[("pub const SIZE: u8 = 2;", "#define SIZE 1")],
    );
    for (program, expected) in [
        (
            "/nowhere/rustdoc",
            "rustdoc failed: No such file or directory",
        ),
        ("false", "rustdoc failed: "),
    ] {
        let answer = package.abi_with(&["check"], |command| command.env("RUSTDOC", program));
        let words = format!("not compared: `SIZE`, `calling conventions`: {expected}");
        assert!(answer.stdout.contains(&words), "{}", answer.stdout);
        assert!(
            answer.stdout.contains("sample.h: 1 function compared"),
            "{}",
            answer.stdout
        );
        package.write(
            "src/lib.rs",
            &format!("{ADD}pub const SIZE: u8 = 2; // {program}\n"),
        );
        // Where it runs again, all is compared.
        let answer = package.abi(&["check"]);
        assert!(
            answer.stdout.contains("Rust 2, sample.h 1"),
            "{}",
            answer.stdout
        );
        package.write("src/lib.rs", &format!("{ADD}pub const SIZE: u8 = 2;\n"));
    }
}
