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
        &["break[value]: `LEVEL_HIGH`"],
    ),
    (
        ", LEVEL_HIGH = 1",
        ", LEVEL_HIGH = 1, LEVEL_MORE = 2",
        &["compatible: `LEVEL_MORE`"],
    ),
    (
        ", LEVEL_HIGH = 1",
        "",
        &["break[variant]: `LEVEL_HIGH`: was removed"],
    ),
    ("double y;", "int64_t y;", &["break[register]: `Point.y`"]),
    (
        "double x; double y;",
        "double y; double x;",
        &["break[offset]: `Point.x`", "break[offset]: `Point.y`"],
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
        &["break[register]: `Point.flags`"],
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
        &["break[register]: `Word.real`"],
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
        &["break[value]: `GAUGE_LIMIT`"],
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
        &["break[const]: `gauge_count`"],
    ),
    (
        "double gauge_length",
        "float gauge_length",
        &["break[size]: `gauge_length`, result"],
    ),
    (
        "Level level)",
        "Level level, int more)",
        &["break[parameters]: `gauge_length`"],
    ),
    (
        "Word word",
        "Word *word",
        &["break[pointer]: `gauge_set`, parameter 3"],
    ),
    (
        "long double",
        "__float128",
        &["break[type]: `gauge_exact`, result: was `long double`, is `"],
    ),
    (
        "Handle *gauge_new(void);\n",
        "",
        &["break[missing]: `gauge_new`: was removed"],
    ),
    (
        "extern int",
        "int gauge_more(void);\nextern int",
        &["compatible: `gauge_more`: was added"],
    ),
];

#[test]
fn what_each_change_does() {
    compare("changes", HEADER, CHANGES);
}

const QUALIFIED: &str = "\
typedef const int Serial;
typedef Serial Number;
typedef struct Sensor {
    int rate; volatile int raw; _Atomic int hits; Number serial; volatile int *port; int table[2];
} Sensor;
void gauge_watch(const Sensor *sensor, int *place);
volatile int *gauge_port(void);
extern int gauge_flag;
extern const char gauge_title[];
";

/// What a compiler does with `volatile` and `const` concerns those who compile again, and not where it takes what
/// there was for what there is. A program that was built before does not lock.
const QUALIFIERS: &[(&str, &str, &[&str])] = &[
    (
        "int rate;",
        "_Atomic int rate;",
        &["break[qualifier]: `Sensor.rate`: was `int32_t`, is `_Atomic int32_t`"],
    ),
    (
        "_Atomic int hits",
        "int hits",
        &["break[qualifier]: `Sensor.hits`: was `_Atomic int32_t`, is `int32_t`"],
    ),
    (
        "int rate;",
        "_Atomic long rate;",
        &[
            "break[size]: `Sensor.rate`",
            "break[size]: struct `Sensor`",
            "break[offset]: `Sensor.raw`",
            "break[offset]: `Sensor.hits`",
            "break[offset]: `Sensor.serial`",
            "break[offset]: `Sensor.port`",
            "break[offset]: `Sensor.table`",
        ],
    ),
    (
        "int rate;",
        "volatile int rate;",
        &["source[qualifier]: `Sensor.rate`: was `int32_t`, is `volatile int32_t`"],
    ),
    ("volatile int raw", "int raw", &["compatible: `Sensor.raw`"]),
    (
        "int rate;",
        "const int rate;",
        &["source[const]: `Sensor.rate`: was `int32_t`, is `const int32_t`"],
    ),
    (
        "Number serial",
        "int serial",
        &["compatible: `Sensor.serial`"],
    ),
    (
        "typedef Serial Number",
        "typedef int Number",
        &["compatible: `Sensor.serial`"],
    ),
    (
        "volatile int *port",
        "int *port",
        &["source[qualifier]: `Sensor.port`: was `volatile int32_t *`, is `int32_t *`"],
    ),
    (
        "volatile int *port",
        "volatile int *const port",
        &["source[const]: `Sensor.port`"],
    ),
    (
        "int table[2]",
        "const int table[2]",
        &["source[const]: `Sensor.table`"],
    ),
    (
        "int table[2]",
        "_Atomic int table[2]",
        &["break[qualifier]: `Sensor.table`"],
    ),
    (
        "int *place",
        "volatile int *place",
        &["compatible: `gauge_watch`, parameter 2"],
    ),
    (
        "int *place",
        "_Atomic(int) *place",
        &["break[qualifier]: `gauge_watch`, parameter 2: was `int32_t *`, is `_Atomic int32_t *`"],
    ),
    // The function's own copies.
    ("int *place", "int *volatile const place", &[]),
    (
        "volatile int *gauge_port",
        "int *gauge_port",
        &["compatible: `gauge_port`, result"],
    ),
    (
        "extern int gauge_flag",
        "extern volatile int gauge_flag",
        &["source[qualifier]: `gauge_flag`"],
    ),
    (
        "extern int gauge_flag",
        "extern const int gauge_flag",
        &["break[const]: `gauge_flag`: was `int32_t`, is `const int32_t`"],
    ),
    (
        "extern const char gauge_title[]",
        "extern char gauge_title[8]",
        &["compatible: `gauge_title`: was `const char []`, is `char [8]`"],
    ),
];

#[test]
fn qualifiers_are_part_of_a_declaration() {
    let package = compare("qualifiers", QUALIFIED, QUALIFIERS);
    // A description has them, too.
    let description = package.abi(&["dump", "--header", "old.h"]).stdout;
    package.write("old.txt", &description);
    package.abi(&["diff", "old.txt", "old.h"]).expect(
        0,
        "old.txt to old.h: 2 functions, 2 variables and 1 type compared; no difference\n",
    );
    package.write("new.h", &QUALIFIED.replace("_Atomic int", "int"));
    let answer = package.abi(&["diff", "old.txt", "new.h"]);
    assert_eq!(
        changes_in(&answer.stdout),
        ["break[qualifier]: `Sensor.hits`: was `_Atomic int32_t`, is `int32_t`"]
    );
}

/// On most systems a variable of each thread is found in another way than one of all.
#[cfg(target_os = "linux")]
#[test]
fn a_variable_of_each_thread_is_another_one() {
    let header = "typedef struct Failure { int code; char text[60]; } Failure;\n\
                  extern _Thread_local Failure gauge_failure;\nextern __thread volatile int gauge_depth;\n\
                  extern int gauge_level;\nint gauge_read(void);\n";
    let changes: &[(&str, &str, &[&str])] = &[
        (
            "int code;",
            "int code, more;",
            &[
                "break[size]: struct `Failure`: was size 64, is size 68",
                "break[offset]: `Failure.text`",
                "break[field]: `Failure.more`",
            ],
        ),
        (
            "_Thread_local ",
            "",
            &["break[qualifier]: `gauge_failure`: was `_Thread_local Failure`, is `Failure`"],
        ),
        (
            "extern int",
            "extern __thread int",
            &["break[qualifier]: `gauge_level`: was `int32_t`, is `_Thread_local int32_t`"],
        ),
        (
            "__thread volatile int gauge_depth",
            "__thread volatile long gauge_depth",
            &["break[size]: `gauge_depth`"],
        ),
        (
            "extern int gauge_level;\n",
            "",
            &["break[missing]: `gauge_level`: was removed"],
        ),
    ];
    compare("threads", header, changes);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn another_calling_convention_is_a_break() {
    let header =
        "double gauge_sum(double, int);\n__attribute__((ms_abi)) int gauge_scale(int *, double);\n";
    let changes: &[(&str, &str, &[&str])] = &[
        (
            "double gauge_sum",
            "__attribute__((__ms_abi__)) double gauge_sum",
            &["break[convention]: `gauge_sum`: was C's, is ms_abi"],
        ),
        (
            "__attribute__((ms_abi)) ",
            "",
            &["break[convention]: `gauge_scale`: was ms_abi, is C's"],
        ),
        (
            "int *, double",
            "int *, float",
            &["break[size]: `gauge_scale`, parameter 2"],
        ),
        // What C's convention is called here, and what makes no difference here.
        (
            "double gauge_sum",
            if cfg!(windows) {
                "__attribute__((ms_abi)) double gauge_sum"
            } else {
                "__attribute__((sysv_abi)) double gauge_sum"
            },
            &[],
        ),
        (
            "double gauge_sum",
            "__attribute__((stdcall)) double gauge_sum",
            &[],
        ),
    ];
    compare("another convention", header, changes);
}

/// An enum or a constant that a function does not mention may be meant for an integer of it. Not if its header says
/// that it is nobody's business.
#[test]
fn what_a_header_calls_internal_is_no_interface() {
    let package = Package {
        folder: scratch("internal"),
    };
    let header = |file: &str| {
        format!(
            "#include \"{file}\"\ntypedef struct Point {{ int x; }} Point;\nint gauge_move(Point);\n"
        )
    };
    let mode = "#define MODE_LIMIT 4\ntypedef enum Mode { MODE_A = 0, MODE_B = 1 } Mode;\n";
    let diff = |file: &str, from: &str, more: &str| {
        for (folder, text) in [("old", mode), ("new", &*mode.replace(from, "9"))] {
            package.write(&format!("{folder}/{file}"), &format!("{text}{more}"));
            package.write(&format!("{folder}/gauge.h"), &header(file));
        }
        package.abi(&["diff", "old/gauge.h", "new/gauge.h"])
    };
    for file in ["mode_internal.h", "private/mode.h"] {
        for (from, name) in [("1", "MODE_B"), ("4", "MODE_LIMIT")] {
            let answer = diff(file, from, "");
            let expected = format!("compatible: `{name}`: was {from}, is 9");
            assert_eq!(changes_in(&answer.stdout), [expected]);
            assert_eq!(answer.code, 0, "{file} {name}");
        }
    }
    // It was one until now.
    package.write("old/gauge.h", &header("mode.h"));
    package.write("old/mode.h", mode);
    package.write("new/mode_internal.h", &mode.replace("1", "9"));
    package.write("new/gauge.h", &header("mode_internal.h"));
    let answer = package.abi(&["diff", "old/gauge.h", "new/gauge.h"]);
    assert_eq!(
        changes_in(&answer.stdout),
        ["break[value]: `MODE_B`: was 1, is 9"]
    );
    for (file, more) in [
        ("mode.h", ""),
        ("internalise.h", ""),
        // A function takes it, or stands there.
        ("mode_internal.h", "struct Point;\nint gauge_set(Mode);\n"),
        ("detail/mode.h", "int gauge_set(int mode);\n"),
    ] {
        let answer = diff(file, "1", more);
        let changes = changes_in(&answer.stdout);
        let expected = "break[value]: `MODE_B`: was 1, is 9";
        assert_eq!(
            changes.first().map(String::as_str),
            Some(expected),
            "{file}"
        );
    }
}

/// Each change in a line: what it does, where, and what it is.
fn changes_in(report: &str) -> Vec<String> {
    let (mut changes, mut label, mut cause) = (Vec::new(), "", "");
    for line in report.lines().take_while(|line| !line.is_empty()) {
        match line.strip_prefix("  ") {
            Some(place) => {
                let at = place.find('`').unwrap_or_default();
                let what = ["struct ", "union ", "enum "];
                let at = what
                    .iter()
                    .find_map(|of| place.find(&format!("{of}`")))
                    .unwrap_or(at);
                changes.push(format!("{label}: {}: {cause}", &place[at..]));
            }
            None => (label, cause) = line.split_once(": ").unwrap_or_default(),
        }
        if label.starts_with("compatible") {
            label = "compatible";
        }
    }
    changes
}

/// Makes each of the changes, alone, and looks at what is said of it.
fn compare(name: &str, header: &str, changes: &[(&str, &str, &[&str])]) -> Package {
    let package = Package {
        folder: scratch(name),
    };
    package.write("old.h", header);
    for (from, to, expected) in changes {
        assert!(header.contains(from), "{from}");
        package.write("new.h", &header.replace(from, to));
        let answer = package.abi(&["diff", "old.h", "new.h"]);
        let lines = changes_in(&answer.stdout);
        for words in *expected {
            assert!(
                lines.iter().any(|line| line.starts_with(words)),
                "{from} {to} {words}\n{}{}",
                answer.stdout,
                answer.stderr
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
    package
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
            .matches("break[")
            .count(),
        1
    );
    package.add_to_manifest(
        "[package.metadata.abi]\n\
         allow = [{ at = \"gauge_length\", why = \"nobody calls it\" }, { at = \"GAUGE_LIMIT\", why = \"it grows\" }]\n",
    );
    let answer = with(&[]);
    assert_eq!(answer.code, 0, "{}", answer.stdout);
    assert!(
        answer.stdout.ends_with("; no difference, 2 allowed\n"),
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
    capi.abi(&["diff", "HEAD"]).expect(
        0,
        "HEAD to what is there: 1 function compared; no difference\n",
    );
    capi.write("include/detail/size.h", "typedef long size;\n");
    let answer = capi.abi(&["diff", "HEAD"]);
    assert_eq!(
        changes_in(&answer.stdout),
        ["break[size]: `f`, parameter 1: was `int32_t`, is `int64_t`"]
    );
    git(&["commit", "--quiet", "--all", "--message", "second"]);
    assert_eq!(
        changes_in(&capi.abi(&["diff", "HEAD~1", "HEAD"]).stdout),
        changes_in(&answer.stdout)
    );
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
