//! `cargo abi diff`: what a change does to a program that was built, and to one that is compiled again.

mod common;

use std::fs;
use std::process::Command;

use common::package::{MANIFEST, Package};
use common::scratch;

const HEADER: &str = "\
#include <stdint.h>
#define GAUGE_LIMIT 8
#define GAUGE_VERSION_PATCH 3
typedef enum Level { LEVEL_LOW = 0, LEVEL_HIGH = 1 } Level;
typedef struct Point { double x; double y; uint32_t flags; uint32_t reserved[2]; } Point;
typedef struct Alone { int a; } Alone;
typedef union Word { uint32_t number; float real; } Word;
typedef struct Handle Handle;
Handle *gauge_new(void);
double gauge_length(const Point *point, Level level);
void gauge_set(Handle *handle, char *name, Word word);
const char *gauge_name(const Handle *handle);
long double gauge_exact(void);
extern int gauge_count;
";

/// What is replaced, by what, and the beginning of the only lines about it.
const CHANGES: &[(&str, &str, &[&str])] = &[
    (
        "double y;",
        "double height;",
        &["source[renamed]: `Point.y`: was `y`, is `height`"],
    ),
    (
        "LEVEL_HIGH",
        "LEVEL_TOP",
        &["source[renamed]: `LEVEL_HIGH`: was `LEVEL_HIGH`, is `LEVEL_TOP`"],
    ),
    (
        "LEVEL_HIGH = 1",
        "LEVEL_HIGH = 2",
        &["breaks[value]: `LEVEL_HIGH`"],
    ),
    (
        ", LEVEL_HIGH = 1",
        ", LEVEL_HIGH = 1, LEVEL_MORE = 2",
        &["compatible: `LEVEL_MORE`"],
    ),
    (
        ", LEVEL_HIGH = 1",
        "",
        &["breaks[variant]: `LEVEL_HIGH`: was removed"],
    ),
    ("double y;", "int64_t y;", &["breaks[register]: `Point.y`"]),
    (
        "double x; double y;",
        "double y; double x;",
        &["breaks[offset]: `Point.x`", "breaks[offset]: `Point.y`"],
    ),
    (
        "uint32_t reserved[2];",
        "uint32_t more; uint32_t reserved[1];",
        &[
            "compatible: `Point.more`",
            "compatible: `Point.reserved`",
            "compatible: `Point.reserved`",
        ],
    ),
    (
        "uint32_t flags;",
        "float flags;",
        &["breaks[register]: `Point.flags`"],
    ),
    (
        "int a;",
        "int a, b;",
        &["compatible: struct `Alone`", "compatible: `Alone.b`"],
    ),
    ("int a;", "int c;", &["source[renamed]: `Alone.a`"]),
    (
        "float real;",
        "float real; int32_t sign;",
        &["compatible: `Word.sign`"],
    ),
    (
        "float real;",
        "uint32_t real;",
        &["breaks[register]: `Word.real`"],
    ),
    (" float real;", "", &["source[field]: `Word.real`"]),
    (
        "typedef struct Handle Handle;",
        "typedef struct Handle { int x; } Handle;",
        &["compatible: `Handle`"],
    ),
    (
        "Handle",
        "Gauge",
        &["source[renamed]: `Handle`: was `Handle`, is `Gauge`"],
    ),
    (
        "GAUGE_LIMIT 8",
        "GAUGE_LIMIT 9",
        &["breaks[value]: `GAUGE_LIMIT`"],
    ),
    (
        "#define GAUGE_LIMIT 8\n",
        "",
        &["source[missing]: `GAUGE_LIMIT`: was removed"],
    ),
    ("PATCH 3", "PATCH 4", &["compatible: `GAUGE_VERSION_PATCH`"]),
    (
        "char *name",
        "const char *name",
        &["compatible: `gauge_set`, parameter 2"],
    ),
    (
        "const Point *",
        "Point *",
        &["source[const]: `gauge_length`, parameter 1"],
    ),
    (
        "const char *gauge_name",
        "char *gauge_name",
        &["compatible: `gauge_name`, result"],
    ),
    (
        "extern int",
        "extern const int",
        &["breaks[const]: `gauge_count`"],
    ),
    (
        "double gauge_length",
        "float gauge_length",
        &["breaks[size]: `gauge_length`, result"],
    ),
    (
        "Level level)",
        "Level level, int more)",
        &["breaks[parameters]: `gauge_length`"],
    ),
    (
        "Word word",
        "Word *word",
        &["breaks[pointer]: `gauge_set`, parameter 3"],
    ),
    (
        "long double",
        "__float128",
        &["breaks[type]: `gauge_exact`, result: was `long double`, is `"],
    ),
    (
        "Handle *gauge_new(void);\n",
        "",
        &["breaks[missing]: `gauge_new`: was removed"],
    ),
    (
        "extern int",
        "int gauge_more(void);\nextern int",
        &["compatible: `gauge_more`: was added"],
    ),
];

#[test]
fn what_each_change_does() {
    let package = Package {
        folder: scratch("changes"),
    };
    package.write("old.h", HEADER);
    for (from, to, expected) in CHANGES {
        assert!(HEADER.contains(from), "{from}");
        package.write("new.h", &HEADER.replace(from, to));
        let answer = package.abi(&["diff", "old.h", "new.h"]);
        let lines: Vec<&str> = answer
            .stdout
            .lines()
            .take_while(|line| !line.is_empty())
            .collect();
        for words in *expected {
            assert!(
                lines.iter().any(|line| line.starts_with(words)),
                "{from} {to} {words}\n{}",
                answer.stdout
            );
        }
        assert_eq!(
            lines.len(),
            expected.len(),
            "{from} {to}\n{}",
            answer.stdout
        );
        let is_good = expected.iter().all(|line| line.starts_with("compatible"));
        assert_eq!(answer.code, i32::from(!is_good), "{from} {to}");
    }
}

#[test]
fn formats_and_rules_are_those_of_check() {
    let package = Package::new("rules", "", HEADER);
    package.write("old.h", HEADER);
    package.write(
        "new.h",
        &HEADER
            .replace("GAUGE_LIMIT 8", "GAUGE_LIMIT 9")
            .replace("double gauge_length", "int gauge_length"),
    );
    let files = ["diff", "old.h", "new.h"];
    let with = |more: &[&str]| package.abi(&[&files, more].concat());
    assert_eq!(
        with(&["--prefix", "other_"])
            .stdout
            .matches("breaks[")
            .count(),
        1
    );
    package.add_to_manifest(
        "[package.metadata.abi]\nmay-change = [\"GAUGE_LIMIT\"]\n\
         allow = [{ at = \"gauge_length\", why = \"nobody calls it\" }]\n",
    );
    let answer = with(&[]);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
    assert!(
        answer
            .stdout
            .starts_with("allowed (nobody calls it): `gauge_length`, result: "),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stdout.contains("\ncompatible: `GAUGE_LIMIT`"),
        "{}",
        answer.stdout
    );
    let json: serde_json::Value =
        serde_json::from_str(&with(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 2);
    assert_eq!(json["good"], true);
    package.add_to_manifest("");
    let sarif: serde_json::Value =
        serde_json::from_str(&with(&["--format", "sarif"]).stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["level"], "error");
    assert!(
        with(&["--format", "junit"])
            .stdout
            .contains("<failure type=\"size\"")
    );
}

#[test]
fn a_revision_of_git_is_what_the_header_was() {
    let package = Package {
        folder: scratch("revisions"),
    };
    package.write("capi/Cargo.toml", MANIFEST);
    package.write("capi/src/lib.rs", "");
    package.write(
        "capi/include/sample.h",
        "#include \"detail/size.h\"\nint f(size);\n",
    );
    package.write("capi/include/detail/size.h", "typedef int size;\n");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(&package.folder).args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
        ]);
        assert!(
            command.args(arguments).output().unwrap().status.success(),
            "{arguments:?}"
        );
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    let capi = Package {
        folder: package.folder.join("capi"),
    };
    capi.abi(&["diff", "HEAD"]).expect(0, "no difference\n");
    capi.write("include/detail/size.h", "typedef long size;\n");
    let answer = capi.abi(&["diff", "HEAD"]);
    assert!(
        answer
            .stdout
            .starts_with("breaks[size]: `f`, parameter 1: was `int32_t`, is `int64_t`\n")
    );
    git(&["commit", "--quiet", "--all", "--message", "second"]);
    assert_eq!(capi.abi(&["diff", "HEAD~1", "HEAD"]).stdout, answer.stdout);
    // The user's own index is as it was.
    let status = Command::new("git")
        .args(["status", "--short"])
        .current_dir(&package.folder)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&status.stdout), "?? capi/target/\n");
    fs::remove_dir_all(package.folder.join("capi/include")).unwrap();
    git(&["commit", "--quiet", "--all", "--message", "third"]);
    capi.abi(&["diff", "HEAD~1", "HEAD"])
        .could_not_look("HEAD has no header of the package in git");
}
