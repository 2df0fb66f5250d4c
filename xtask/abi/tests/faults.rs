//! A header that is wrong compiles without a warning. Here each fault is reported with the culprit
//! and both values; and the right header, in all its spellings, gives no difference.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::ffi::c_char;

#[path = "sample/faults.rs"]
mod sample_faults;

use cargo_abi::arguments;
use cargo_abi::stability::incompatible;
use common::{LIBRARY, differences, header_of, scratch, source};
use sample_faults::FAULTS;

fn found_in(test: &str, header: &str) -> Vec<String> {
    differences(&LIBRARY, &header_of(header, &scratch(test)))
}

#[test]
fn the_right_header_has_no_difference() {
    assert_eq!(found_in("right", &source("sample.h")), [""; 0]);
}

/// `*const c_char` in Rust's debug information.
const CHARS: &str = if c_char::MIN == 0 {
    "*const u8"
} else {
    "*const i8"
};

#[test]
fn each_fault_is_reported() {
    let header = source("sample.h");
    for (index, (from, to, expected)) in FAULTS.iter().enumerate() {
        assert!(header.contains(from), "the header has no `{from}`");
        let found = found_in(&format!("fault {index}"), &header.replacen(from, to, 1));
        for words in *expected {
            let words = &words.replace("*const i8", CHARS);
            assert!(
                found.iter().any(|line| line == words),
                "{to}\nexpected: {words}\nfound: {found:#?}"
            );
        }
    }
}

#[test]
fn swapped_fields_are_reported() {
    let (value, root) = ("  double value;\n", "  double root;\n");
    let header =
        source("sample.h").replacen(&format!("{value}{root}"), &format!("{root}{value}"), 1);
    assert_eq!(
        found_in("swapped", &header),
        [
            "`SampleRoot.root`: Rust at offset 8, sample.h at offset 0",
            "`SampleRoot.value`: Rust at offset 0, sample.h at offset 8",
        ]
    );
}

/// The same, spelled in another way.
const SPELLINGS: &[(&str, &str)] = &[
    (
        "SAMPLE_API double sample_half(double value);",
        "extern double (sample_half)(const double);",
    ),
    (
        "double sample_half(double value);",
        "double sample_half(double value);\ndouble sample_half(double);",
    ),
    (
        "double sample_half(double value);",
        "double sample_half(double value) __attribute__((const));",
    ),
    ("const double *values,\n", "const double values[],\n"),
    ("uint64_t *count", "uint64_t *restrict count"),
    ("sample_new(const char *name", "sample_new(char const *name"),
    ("uint64_t *count", "unsigned long *count"),
    (
        "SampleVisitor visitor",
        "int32_t (*visitor)(double, void *)",
    ),
    ("SampleVisitor visitor", "int32_t visitor(double, void *)"),
    ("typedef struct {\n", "typedef struct SampleRoot {\n"),
    ("typedef struct {\n", "typedef struct sample_root_tag {\n"),
    (
        "#include <stdint.h>",
        "#include <stdint.h>\n#include <stdlib.h>\n#include <math.h>",
    ),
    (
        "#define SAMPLE_H\n",
        "#define SAMPLE_H\n#define SAMPLE_EXPORT __attribute__((visibility(\"default\")))\n",
    ),
    (
        "double sample_half(double value);",
        "double sample_half(double value);\nstatic inline double sample_two(void) { return 2; }",
    ),
];

#[test]
fn another_spelling_is_no_fault() {
    let header = source("sample.h");
    for (index, (from, to)) in SPELLINGS.iter().enumerate() {
        assert!(header.contains(from), "the header has no `{from}`");
        let found = found_in(&format!("spelling {index}"), &header.replacen(from, to, 1));
        assert_eq!(found, [""; 0], "{to}");
    }
}

#[test]
fn what_comes_in_is_found() {
    let header = header_of(&source("sample.h"), &scratch("comes in"));
    let found = arguments::unchecked(&header);
    for expected in [
        "`sample_flag`, parameter 1: a `bool` comes in",
        "`sample_many`, parameter 2: the enum `SampleKind` comes in",
    ] {
        assert!(
            found.iter().any(|input| input.text() == expected),
            "{found:#?}"
        );
    }
}

#[test]
fn a_new_field_is_no_compatible_change() {
    let header = source("sample.h");
    let frozen = header_of(&header, &scratch("frozen"));
    let more = header.replacen("  bool exact;\n", "  bool exact;\n  double cube;\n", 1);
    let now = header_of(&more, &scratch("now"));
    assert_eq!(incompatible(&frozen, &frozen).unwrap(), [""; 0]);
    assert_eq!(
        incompatible(&frozen, &now).unwrap(),
        [
            "struct `SampleRoot`: was size 24, is size 32",
            "`SampleRoot.cube`: was added"
        ]
    );
}
