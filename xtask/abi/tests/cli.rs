//! `cargo abi` as a user has it: a package, a header, what is printed, the exit code.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::Path;

use common::package::{MANIFEST, Package};
use common::{scratch, source};

const ADD: &str =
    "#[unsafe(no_mangle)]\npub extern \"C\" fn simple_add(a: i32, b: i32) -> i32 { a + b }\n";

#[test]
fn a_library_of_one_function() {
    let package = Package::new("one", ADD, "int simple_add(int, int);\n");
    let check = package.abi(&["check"]);
    check.expect(
        0,
        "sample 1.2.3, sample.h: 1 function compared; no difference\n",
    );
    package
        .abi(&["dump"])
        .expect(0, "pointer size 8\nfn simple_add(i32, i32) -> i32\n");
}

#[test]
fn what_cannot_be_read_is_said_in_one_message() {
    let package = Package::new("unreadable", ADD, "unknown_t simple_add(int, int);\n");
    let answer = package.abi(&["check"]);
    answer.could_not_look("the C compiler cannot read sample.h");
    assert!(answer.stderr.contains("unknown_t"), "{}", answer.stderr);

    package.write(
        "include/sample.h",
        "#include <cstdint>\nnamespace a { int simple_add(int, int); }\n",
    );
    package.abi(&["check"]).could_not_look("it looks like C++");

    package.write("include/sample.h", "int simple_add(int, int);\n");
    let answer = package.abi(&["check", "--cc", "no-such-compiler"]);
    answer.could_not_look("the C compiler `no-such-compiler` was not found");
    let answer = package.abi(&["check", "--header", "nowhere.h"]);
    answer.could_not_look("the header nowhere.h is not there");

    package.add_to_manifest("[profile.dev.package.sample]\ndebug = 0\n");
    let answer = package.abi(&["check"]);
    answer.could_not_look("cannot read the debug information of");
    package.add_to_manifest("");

    package.write("src/lib.rs", "compile_error!(\"no\");");
    package
        .abi(&["check"])
        .could_not_look("the package `sample` does not build");
    package.write("src/lib.rs", "pub fn nothing_for_c() {}");
    package.abi(&["check"]).could_not_look("exports nothing");
    package.write("src/main.rs", "fn main() {}");
    fs::remove_file(package.folder.join("src/lib.rs")).unwrap();
    package.write(
        "Cargo.toml",
        &MANIFEST.replace("[lib]\ncrate-type = [\"cdylib\"]\n", ""),
    );
    package
        .abi(&["check"])
        .could_not_look("the package `sample` has no library");
}

#[test]
fn no_header_is_a_message_that_says_where_to_name_one() {
    let package = Package::new("no header", ADD, "");
    fs::remove_dir_all(package.folder.join("include")).unwrap();
    let answer = package.abi(&["check"]);
    answer.could_not_look("no header was found for `sample`");
    assert!(answer.stderr.contains("headers = [\"include/name.h\"]"));
}

#[test]
fn what_is_missing_is_said_before_anything_is_built() {
    let package = Package::new("nothing to build", "compile_error!(\"built\");", "");
    fs::remove_dir_all(package.folder.join("include")).unwrap();
    let answer = package.abi(&["check"]);
    answer.could_not_look("no header was found for `sample`");
    assert!(!answer.stderr.contains("built"), "{}", answer.stderr);
    package.write("include/a.h", "");
    package.write("include/b.h", "");
    package
        .abi(&["check"])
        .could_not_look("there are include/a.h, include/b.h): name it");

    let package = Package::new("needs", ADD, "size_t simple_add(int, int);\n");
    package
        .abi(&["check"])
        .could_not_look("it does not include <stddef.h>: --header '<stddef.h>'");
    package.write("include/sample.h", "#include \"nowhere.h\"\n");
    let answer = package.abi(&["check"]);
    let (_, report) = answer.stderr.split_once("error: ").unwrap();
    let lines = report.lines().filter(|line| line.starts_with("  | "));
    let mut first = lines.take(2);
    assert!(
        first.any(|line| line.contains("nowhere.h: No such file")),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_feature_that_would_export_something_is_named() {
    let package = Package::new(
        "features",
        &format!("#[cfg(feature = \"ffi\")] {ADD}"),
        "int simple_add(int, int);\n",
    );
    package.add_to_manifest("[features]\nffi = []\n");
    let answer = package.abi(&["check"]);
    answer.could_not_look("perhaps it needs --features ffi");
    assert_eq!(package.abi(&["check", "--features", "ffi"]).code, 0);
}

#[test]
fn what_a_build_renews_is_read_after_it() {
    let package = Package::new("renewed", ADD, "int old(void);\n");
    package.write("build.rs", "fn main() { std::fs::write(\"include/sample.h\", \"int simple_add(int, int);\\n\").unwrap(); }");
    package
        .abi(&["dump"])
        .expect(0, "pointer size 8\nfn simple_add(i32, i32) -> i32\n");
    // In a folder of the build's own, where cargo-c takes it from.
    package.write("build.rs", "fn main() { let out = std::env::var(\"OUT_DIR\").unwrap();\n\
        std::fs::create_dir_all(format!(\"{out}/include\")).unwrap();\n\
        std::fs::write(format!(\"{out}/include/other.h\"), \"int simple_add(int, int);\\n\").unwrap(); }");
    fs::remove_dir_all(package.folder.join("include")).unwrap();
    let good = "sample 1.2.3, other.h: 1 function compared; no difference\n";
    package.abi(&["check"]).expect(0, good);
    package.add_to_manifest("[package.metadata.capi.install.include]\ngenerated = [{ from = \"include/other.h\", to = \"\" }]\n");
    package.abi(&["check"]).expect(0, good);
}

#[test]
fn the_version_that_a_header_tells_is_the_packages() {
    let header = "int simple_add(int, int);\n#define SAMPLE_VERSION_MAJOR 1\n#define SAMPLE_VERSION_MINOR 2\n\
                  #define SAMPLE_VERSION_PATCH 3\n#define SAMPLE_VERSION \"1.2.3\"\n\
                  #define SAMPLE_VERSION_NUMBER ((SAMPLE_VERSION_MAJOR << 16) | (SAMPLE_VERSION_MINOR << 8) | SAMPLE_VERSION_PATCH)\n";
    let package = Package::new("version", ADD, header);
    package.abi(&["check"]).expect(
        0,
        "sample 1.2.3, sample.h: 1 function and 5 constants compared; no difference\n",
    );
    package.replace_in_header("| SAMPLE_VERSION_PATCH", "| SAMPLE_VERSION_MINOR");
    package.replace_in_header("\"1.2.3\"", "\"1.2.2\"");
    package.abi(&["check"]).expect(
        1,
        "type[version]: sample.h \"1.2.2\", the package 1.2.3\n  include/sample.h:5: `SAMPLE_VERSION`\n\
         type[version]: sample.h 66050 (1.2.2), the package 1.2.3\n  include/sample.h:6: `SAMPLE_VERSION_NUMBER`\n\n\
         sample 1.2.3, sample.h: 1 function and 5 constants compared; 2 type\n",
    );
}

#[test]
fn differences_are_grouped_by_cause_and_constants_are_compared() {
    let package = Package::sample("differences");
    package.write(
        "src/lib.rs",
        &(source("sample.rs") + "\nconst SAMPLE_VERSION: u32 = 1;\n"),
    );
    let all = "16 functions, 1 variable, 7 types and 1 constant compared";
    package.abi(&["check"]).expect(
        0,
        &format!("sample 1.2.3, sample.h: {all}; no difference\n"),
    );
    package.replace_in_header("SAMPLE_VERSION 1", "SAMPLE_VERSION 2");
    package.replace_in_header("sample_half(double value)", "sample_half(float value)");
    package.replace_in_header("sample_root(double value)", "sample_root(float value)");
    package.replace_in_header("sample_new(const char", "sample_new(char");
    let answer = package.abi(&["check"]);
    answer.expect(
        1,
        &format!(
            "break[size]: Rust `f64`, sample.h `float`\n  \
             include/sample.h:61: `sample_half`, parameter 1 (`value`)\n  \
             include/sample.h:62: `sample_root`, parameter 1 (`value`)\n\
             break[value]: Rust 1, sample.h 2\n  include/sample.h:8: `SAMPLE_VERSION`\n\
             style[const]: Rust `*const i8`, sample.h `char *`\n  \
             include/sample.h:68: `sample_new`, parameter 1 (`name`)\n\n\
             sample 1.2.3, sample.h: {all}; 3 break, 1 style\n"
        ),
    );
}

#[test]
fn an_allowance_has_a_reason_and_a_use() {
    let package = Package::new("allowances", ADD, "int simple_add(int, unsigned);\n");
    assert_eq!(package.abi(&["check"]).code, 1);
    let allow = |entry: &str| {
        package.add_to_manifest(&format!("[package.metadata.abi]\nallow = [{entry}]\n"))
    };
    allow("{ at = \"simple_add.2\", kind = \"sign\", why = \"never negative\" }");
    let good = "sample 1.2.3, sample.h: 1 function compared; no difference, 1 allowed\n";
    package.abi(&["check"]).expect(0, good);
    allow("{ at = \"simple_add.2\", kind = \"size\", why = \"never negative\" }");
    let answer = package.abi(&["check"]);
    assert_eq!(answer.code, 1);
    let unused = "the allowance at `simple_add.2`, kind `size` (\"never negative\") matches no finding: remove it";
    assert!(answer.stdout.contains(unused), "{}", answer.stdout);
    for (entry, expected) in [
        (
            "{ at = \"a\", why = \" \" }",
            "the allowance at `a` needs a reason",
        ),
        ("{ at = \"a\" }", "missing field `why`"),
        (
            "{ at = \"a\", kind = \"sice\", why = \"b\" }",
            "unknown variant `sice`, expected one of `not-exported`, ",
        ),
    ] {
        allow(entry);
        let answer = package.abi(&["check"]);
        assert_eq!(answer.code, 2, "{}", answer.stderr);
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    let package = Package::new("usage", ADD, "int simple_add(int, int);\n");
    for arguments in [
        &["chekc"][..],
        &["check", "--formt"],
        &["diff"],
        &["diff", "neither-file-nor-revision"],
        &["check", "-p", "other"],
    ] {
        let answer = package.abi(arguments);
        assert_eq!(
            (answer.code, answer.stdout.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(answer.stderr.contains("--help"), "{}", answer.stderr);
    }
    let answer = package.abi(&["check", "--strct"]);
    assert!(answer.stderr.contains("'--strict'"), "{}", answer.stderr);
    assert!(
        package
            .abi(&["--help"])
            .stdout
            .starts_with("Compare a library's C header with the library\n")
    );
    assert_eq!(
        package.abi(&["--version"]).stdout,
        concat!("cargo-abi ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn a_baseline_holds_what_was_released() {
    let package = Package::new(
        "baseline",
        ADD,
        "int simple_add(int, int);\n#define LIMIT 1\n",
    );
    let answer = package.abi(&["freeze"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let file = package.folder.join("abi/baseline-64.txt");
    let frozen = fs::read_to_string(&file).unwrap();
    assert_eq!(
        frozen,
        "pointer size 8\nconstant LIMIT = 1\nfn simple_add(i32, i32) -> i32\n"
    );
    package
        .abi(&["freeze"])
        .could_not_look("already exists, and what was released does not change");
    assert_eq!(package.abi(&["check"]).code, 0);
    // Both sides change, and agree; what was built before does not know.
    package.write(
        "src/lib.rs",
        &ADD.replace("b: i32", "b: i64")
            .replace("a + b", "a + b as i32"),
    );
    package.write(
        "include/sample.h",
        "int simple_add(int, long);\n#define LIMIT 2\n",
    );
    let answer = package.abi(&["check"]);
    assert_eq!(answer.code, 1);
    let expected = "break[size]: since the baseline: was `int32_t`, is `int64_t`\n  include/sample.h:1: `simple_add`, parameter 2\n";
    assert!(answer.stdout.contains(expected), "{}", answer.stdout);
    assert!(
        answer
            .stdout
            .contains("break[value]: since the baseline: was 1, is 2\n"),
        "{}",
        answer.stdout
    );
    package.add_to_manifest(
        "[package.metadata.abi]\nallow = [{ at = \"LIMIT\", why = \"it grows\" }]\n",
    );
    assert!(!package.abi(&["check"]).stdout.contains("break[value]"));
}

#[test]
fn two_headers_or_descriptions_need_no_package() {
    let folder = scratch("diff");
    let package = Package { folder };
    package.write(
        "old.h",
        "struct point { int x; };\nint f(struct point *);\nint g(int);\n",
    );
    package.write(
        "new.h",
        "struct point { int x, y; };\nint f(struct point *);\nint h(void);\n",
    );
    let answer = package.abi(&["diff", "old.h", "new.h"]);
    answer.expect(
        1,
        "break[missing]: was removed\n  `g`\n\
         break[size]: was size 4, is size 8\n  new.h:1: struct `point`\n\
         break[field]: was added\n  new.h:1: `point.y`\n\
         compatible[missing]: was added\n  new.h:3: `h`\n\n\
         old.h to new.h: 1 function and 1 type compared; 3 break, 1 compatible\n",
    );
    let old = package.abi(&["dump", "--header", "old.h"]);
    package.write("old.txt", &old.stdout);
    assert_eq!(
        package.abi(&["diff", "old.txt", "new.h"]).stdout,
        answer.stdout.replace("old.h to", "old.txt to")
    );
    package.abi(&["diff", "old.txt", "old.h"]).expect(
        0,
        "old.txt to old.h: 2 functions and 1 type compared; no difference\n",
    );
    package.write(
        "narrow.txt",
        &old.stdout.replace("pointer size 8", "pointer size 4"),
    );
    package
        .abi(&["diff", "old.h", "narrow.txt"])
        .could_not_look("pointers of 64 bits, the other of one with 32 bits");
}

#[test]
fn what_other_programs_read() {
    let package = Package::new("formats", ADD, "int simple_add(int, long);\n/* <&> */\n");
    package
        .add_to_manifest("[package.metadata.abi]\nallow = [{ at = \"nothing\", why = \"<&>\" }]\n");
    let json: serde_json::Value =
        serde_json::from_str(&package.abi(&["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["good"], false);
    assert_eq!(json["compared"]["functions"], 1);
    let finding = &json["findings"][0];
    assert_eq!(
        (&finding["kind"], &finding["at"]),
        (&"size".into(), &"simple_add.2".into())
    );
    assert_eq!(finding["location"]["file"], "include/sample.h");
    let unused = &json["findings"][1];
    assert_eq!(unused["kind"], "unused-allowance");
    assert!(unused["text"].as_str().unwrap().contains("<&>"));

    let sarif: serde_json::Value =
        serde_json::from_str(&package.abi(&["check", "--format", "sarif"]).stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "size");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "size"));
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "include/sample.h");
    assert_eq!(place["region"]["startLine"], 1);
    assert_eq!(run["results"][1]["ruleId"], "unused-allowance");

    let junit = package.abi(&["check", "--format", "junit"]).stdout;
    assert!(
        junit.contains("<testsuite name=\"functions\" tests=\"1\" failures=\"1\">"),
        "{junit}"
    );
    assert!(
        junit.contains("<failure type=\"size\" message=\"`simple_add`, parameter 2"),
        "{junit}"
    );
    assert!(junit.contains("&lt;&amp;&gt;"), "{junit}");
}

#[test]
fn what_is_not_compared_is_named() {
    let package = Package::new(
        "not compared",
        "#[repr(C)] pub struct Flags { pub bits: u32, pub size: u32 }\n\
         #[repr(C)] pub enum Data { A(u8), B(u64) }\n\
         #[unsafe(no_mangle)] pub extern \"C\" fn flags(_: *const Flags, _: *const Data) -> i32 { 0 }\n",
        "#include <stdint.h>\ntypedef struct Flags { uint32_t a : 3, b : 5; uint32_t size; } Flags;\n\
         typedef struct Data { int tag; union { uint8_t a; uint64_t b; }; } Data;\n\
         typedef struct Unknown { int x; } Unknown;\n\
         int32_t flags(const Flags *, const Data *);\n",
    );
    let expected = "not compared: `Unknown`: Rust does not show what is in it\n\
                    not compared: `Flags`: its bit-fields, which Rust does not have\n\
                    not compared: `Data`: what is in it, beside size and alignment: it is an enum with fields\n\n\
                    sample 1.2.3, sample.h: 1 function and 2 types compared; no difference\n";
    package.abi(&["check"]).expect(0, expected);
    package.abi(&["check", "--strict"]).expect(1, expected);
    // Each can be accepted with a reason; the others still count.
    let accept = |name: &str| {
        let entry = |at| format!("{{ at = \"{at}\", kind = \"not-compared\", why = \"by hand\" }}");
        let entries = ["Unknown", "Flags", name].map(entry).join(", ");
        package.add_to_manifest(&format!("[package.metadata.abi]\nallow = [{entries}]\n"));
        package.abi(&["check", "--strict"])
    };
    accept("Data").expect(
        0,
        "sample 1.2.3, sample.h: 1 function and 2 types compared; no difference\n",
    );
    let answer = accept("Date");
    for expected in ["not compared: `Data`", "the allowance at `Date`"] {
        assert!(
            answer.code == 1 && answer.stdout.contains(expected),
            "{}",
            answer.stdout
        );
    }
    package.add_to_manifest("");
    // What is beside the bit-fields is compared all the same, and so is the size of the enum.
    package.replace_in_header("uint32_t size", "float size");
    package.replace_in_header("uint64_t b;", "uint32_t b;");
    let answer = package.abi(&["check"]);
    assert_eq!(answer.code, 1);
    for expected in ["`Flags.size`", "break[size]: Rust size 16, sample.h size 8"] {
        assert!(answer.stdout.contains(expected), "{}", answer.stdout);
    }
}

#[test]
fn what_counts_can_be_chosen() {
    let library = "#[unsafe(no_mangle)] pub extern \"C\" fn one_flag(_: bool, _: *const u8) {}\n\
                   #[unsafe(no_mangle)] pub extern \"C\" fn two() {}\n";
    let package = Package::new(
        "chosen",
        library,
        "#include <stdbool.h>\nvoid one_flag(bool, unsigned char *);\n",
    );
    let answer = package.abi(&["check"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.stdout.contains("type[not-declared]"),
        "{}",
        answer.stdout
    );
    let only_style = "style[const]: Rust `*const u8`, sample.h `uint8_t *`\n  \
                      include/sample.h:2: `one_flag`, parameter 2\n\n\
                      sample 1.2.3, sample.h: 1 function compared; 1 style\n";
    package
        .abi(&["check", "--prefix", "one_"])
        .expect(0, only_style);
    package
        .abi(&["check", "--prefix", "one_", "--strict"])
        .expect(1, only_style);
    let lint = "type[bool-in]: a `bool` comes in\n  include/sample.h:2: `one_flag`, parameter 1\n";
    let answer = package.abi(&["check", "--prefix", "one_", "--lints"]);
    assert!(
        answer.code == 1 && answer.stdout.starts_with(lint),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_thousand_findings_are_a_page() {
    let mut library = String::new();
    let mut header = String::new();
    for index in 0..1000 {
        library += &format!(
            "#[unsafe(no_mangle)] pub extern \"C\" fn many_{index}(a: i32) -> i32 {{ a }}\n"
        );
        let of = ["long", "short", "unsigned", "float"][index % 4];
        header += &format!("int many_{index}({of});\n");
    }
    let package = Package::new("many", &library, &header);
    let answer = package.abi(&["check"]);
    assert_eq!(answer.code, 1);
    let lines = answer.stdout.lines().count();
    assert!(lines <= 30, "{lines} lines:\n{}", answer.stdout);
    assert!(
        answer.stdout.contains("and 246 more places"),
        "{}",
        answer.stdout
    );
    assert!(package.abi(&["check", "--all"]).stdout.lines().count() > 1000);
    let json = package.abi(&["check", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1000);
}

#[test]
fn what_is_known_to_cargo_c_and_cbindgen_needs_no_line() {
    let library = "pub struct Inner(u8);\n#[cfg(feature = \"capi\")] #[unsafe(no_mangle)]\n\
                   pub extern \"C\" fn point_new() -> *mut Inner { std::ptr::null_mut() }\n\
                   #[cfg(feature = \"capi\")] #[unsafe(no_mangle)]\n\
                   pub extern \"C\" fn point_same(a: *mut Inner) -> *mut Inner { a }\n";
    let package = Package::new("capi", library, "");
    fs::remove_dir_all(package.folder.join("include")).unwrap();
    package.add_to_manifest(
        "[features]\ncapi = []\n[package.metadata.capi.header]\nname = \"points\"\nsubdirectory = false\n",
    );
    // One of the two places is wrong, so that nothing could be learned.
    package.write(
        "assets/points.h",
        "typedef struct A A;\ntypedef struct B B;\nA *point_new(void);\nA *point_same(B *);\n",
    );
    package.write(
        "cbindgen.toml",
        "[export.rename]\n\"Inner\" = \"B\"\n\"Other\" = \"const char *\"\n",
    );
    let answer = package.abi(&["check"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    assert!(
        answer.stdout.contains("Rust `*mut B`, points.h `A *`"),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("2 type"), "{}", answer.stdout);
}

#[test]
fn another_system_and_another_compiler() {
    for name in common::compilers() {
        let package = Package::new("compiler", ADD, "int simple_add(int, int);\n");
        let name = name.to_string_lossy().into_owned();
        assert_eq!(package.abi(&["check", "--cc", &name]).code, 0, "{name}");
    }
    if cargo_abi::process::exists("clang".as_ref()) {
        let package = Package::new("narrow", ADD, "long simple_add(long *, __SIZE_TYPE__);\n");
        let dump = |target: &str| {
            package.abi(&["dump", "--header", "include/sample.h", "--target", target])
        };
        dump("i686-unknown-linux-gnu")
            .expect(0, "pointer size 4\nfn simple_add(*mut i32, u32) -> i32\n");
        dump("s390x-unknown-linux-gnu")
            .expect(0, "pointer size 8\nfn simple_add(*mut i64, u64) -> i64\n");
    }
}

/// One may know more of C than another: `_BitInt`.
#[cfg(unix)]
#[test]
fn what_the_first_compiler_refuses_another_may_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let package = Package::new("refused", ADD, "int simple_add(int, int);\n");
    let script = "#!/bin/sh\necho \"sample.h:1: error: ‘_BitInt’ is not known\" >&2\nexit 1\n";
    package.write("first/cc", script);
    let compiler = package.folder.join("first/cc");
    fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", package.folder.join("first").display());
    let dump = |more: &[&str]| {
        let arguments = [&["dump", "--header", "include/sample.h"], more].concat();
        package.abi_with(&arguments, |command| command.env("PATH", &path))
    };
    let answer = dump(&[]);
    let by = &common::compilers()[0];
    assert_eq!(
        answer.stderr,
        format!(
            "note: `cc` does not understand the header; `{}` does, and its answer counts\n",
            by.display()
        )
    );
    answer.expect(0, "pointer size 8\nfn simple_add(i32, i32) -> i32\n");
    // Neither one that was named, nor what none of them understands.
    dump(&["--cc", "cc"]).could_not_look("the C compiler cannot read sample.h");
    package.write("include/sample.h", "unknown_t simple_add(int, int);\n");
    dump(&[]).could_not_look("cannot read sample.h");
}

#[test]
fn nothing_is_written_beside_the_sources() {
    let package = Package::new("clean", ADD, "int simple_add(int, int);\n#define A 1\n");
    let target = package.folder.join("elsewhere");
    let answer = package.abi_with(&["check"], |command| {
        command.env("CARGO_TARGET_DIR", &target)
    });
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let mut names: Vec<String> = fs::read_dir(&package.folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["Cargo.lock", "Cargo.toml", "elsewhere", "include", "src"]
    );
    assert!(Path::new(&target).join("abi").is_dir());
}

#[test]
fn a_first_check_can_allow_what_it_finds() {
    let package = Package::new("write allow", ADD, "int simple_add(int, unsigned);\n");
    assert_eq!(package.abi(&["check"]).code, 1);
    let answer = package.abi(&["check", "--write-allow"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(
        answer.stdout.starts_with("1 allowance written to "),
        "{answer:?}"
    );
    let file = package.folder.join("abi/allow.toml");
    let text = fs::read_to_string(&file).unwrap();
    let why = "not looked at yet: `simple_add`, parameter 2 (`b`): Rust `i32`, sample.h `uint32_t`";
    let entry = format!("[[allow]]\nat = \"simple_add.2\"\nkind = \"sign\"\nwhy = \"{why}\"\n");
    assert!(text.ends_with(&entry), "{text}");
    let good = "sample 1.2.3, sample.h: 1 function compared; no difference, 1 allowed\n";
    package.abi(&["check"]).expect(0, good);
    // What comes later shows, and an entry stays as it is.
    package.write("include/sample.h", "short simple_add(int, unsigned);\n");
    let answer = package.abi(&["check"]);
    assert!(
        answer
            .stdout
            .starts_with("break[size]: Rust `i32`, sample.h `int16_t`\n"),
        "{answer:?}"
    );
    package.write("include/sample.h", "int simple_add(int, int);\n");
    let answer = package.abi(&["check"]);
    assert!(
        answer
            .stdout
            .contains("the allowance at `simple_add.2`, kind `sign`"),
        "{answer:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    fs::write(&file, "[[allow]]\nat = 1\n").unwrap();
    package.abi(&["check"]).could_not_look("allow.toml");
}

#[test]
fn each_command_has_its_own_help() {
    let package = Package::new("help", "", "");
    for (arguments, has, has_not) in [
        (&["check", "--help"][..], "--lints", "--force"),
        (&["help", "freeze"], "--force", "--lints"),
        (
            &["diff", "-h"],
            "Usage: cargo abi diff [OPTIONS] <OLD> [NEW]\n",
            "--cffi",
        ),
        (&["new", "--help"], "--core <CRATE>", "--header"),
        (&["help"], "Usage: cargo abi <COMMAND>\n", "--header"),
    ] {
        let answer = package.abi(arguments);
        assert_eq!(answer.code, 0, "{answer:?}");
        let text = answer.stdout;
        assert!(
            text.contains(has) && !text.contains(has_not),
            "{arguments:?}: {text}"
        );
    }
    let answer = package.abi(&[]);
    assert_eq!((answer.code, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("Usage: cargo abi <COMMAND>\n"));
}

#[test]
fn what_would_make_a_header_is_named_and_it_is_sought_under_the_names_of_the_package() {
    let package = Package::new("no header", ADD, "");
    fs::remove_file(package.folder.join("include/sample.h")).unwrap();
    package
        .abi(&["check"])
        .could_not_look("no header was found for `sample` (looked for sample.h): name it");
    package.write("cbindgen.toml", "");
    package
        .abi(&["check"])
        .could_not_look("cbindgen makes one: `cbindgen --output include/name.h`");
    package.add_to_manifest("[package.metadata.capi.library]\nname = \"sample\"\n");
    package
        .abi(&["check"])
        .could_not_look("cargo-c makes one: `cargo capi build` writes it");
    // A build script is waited for only if it may make one.
    package.write("build.rs", "fn main() {}");
    let answer = package.abi(&["check"]);
    assert!(!answer.stderr.contains("Compiling"), "{answer:?}");
    // The package's name has endings that its header has not.
    package.write(
        "Cargo.toml",
        &MANIFEST.replace("\"sample\"", "\"simple_c_api_impl\""),
    );
    package.write("include/simple.h", "int simple_add(int, int);\n");
    package.write("include/other.h", "");
    assert_eq!(
        package.abi(&["dump"]).stdout,
        "pointer size 8\nfn simple_add(i32, i32) -> i32\n"
    );
}
