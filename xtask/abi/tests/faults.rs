//! A header that is wrong compiles without a warning. Here each fault is reported with the culprit
//! and both values; and the right header, in all its spellings, gives no difference.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::ffi::c_char;

use cargo_abi::arguments;
use cargo_abi::stability::incompatible;
use common::{LIBRARY, differences, header_of, scratch, source};

fn found_in(test: &str, header: &str) -> Vec<String> {
    differences(&LIBRARY, &header_of(header, &scratch(test)))
}

#[test]
fn the_right_header_has_no_difference() {
    assert_eq!(found_in("right", &source("sample.h")), [""; 0]);
}

/// What is changed in the header, from and to, and what is said about it.
const FAULTS: &[(&str, &str, &[&str])] = &[
    (
        "double sample_half(double value)",
        "double sample_half(float value)",
        &["`sample_half`, parameter 1 (`value`): Rust `f64`, sample.h `float`"],
    ),
    (
        "double sample_half(double value)",
        "float sample_half(double value)",
        &["`sample_half`, result: Rust `f64`, sample.h `float`"],
    ),
    (
        "size_t count,",
        "uint32_t count,",
        &["`sample_each`, parameter 2 (`count`): Rust `usize`, sample.h `uint32_t`"],
    ),
    (
        "sample_new(const char *name",
        "sample_new(char *name",
        &["`sample_new`, parameter 1 (`name`): Rust `*const i8`, sample.h `char *`"],
    ),
    (
        "const char *sample_name(",
        "char *sample_name(",
        &["`sample_name`, result: Rust `*const i8`, sample.h `char *`"],
    ),
    (
        "sample_count(const SampleHandle *handle",
        "sample_count(SampleHandle *handle",
        &[
            "`sample_count`, parameter 1 (`handle`): Rust `*const SampleHandle`, sample.h \
           `SampleHandle *`",
        ],
    ),
    (
        "uint64_t *count",
        "uint32_t *count",
        &["`sample_count`, parameter 2 (`count`): Rust `*mut u64`, sample.h `uint32_t *`"],
    ),
    (
        "sample_name(int32_t status)",
        "sample_name(SampleStatus status)",
        &["`sample_name`, parameter 1 (`status`): Rust `i32`, sample.h `SampleStatus`"],
    ),
    (
        "size_t sample_inner(void)",
        "ptrdiff_t sample_inner(void)",
        &["`sample_inner`, result: Rust `usize`, sample.h `ptrdiff_t`"],
    ),
    (
        "sample_count(const SampleHandle *handle, uint64_t *count)",
        "sample_count(const SampleHandle *handle)",
        &[
            "`sample_count`, parameters: Rust 2 `(*const SampleHandle, *mut u64)`, sample.h 1 `(const \
           SampleHandle *)`",
        ],
    ),
    (
        "double sample_half(double value)",
        "double sample_half()",
        &["`sample_half`, parameters: Rust 1 `(f64)`, sample.h 0 `()`"],
    ),
    (
        "SampleStatus sample_new(",
        "void sample_new(",
        &["`sample_new`, result: Rust `SampleStatus`, sample.h `void`"],
    ),
    (
        "typedef int32_t (*SampleVisitor)(double value",
        "typedef int32_t (*SampleVisitor)(float value",
        &[
            "`sample_each`, parameter 3 (`visitor`), a callback, parameter 1: Rust `f64`, sample.h \
           `float`",
        ],
    ),
    (
        "typedef int32_t (*SampleVisitor)",
        "typedef bool (*SampleVisitor)",
        &[
            "`sample_each`, parameter 3 (`visitor`), a callback, result: Rust `i32`, sample.h `bool`",
        ],
    ),
    (
        "double value, void *context);\n\nvoid",
        "double value);\n\nvoid",
        &[
            "`sample_each`, parameter 3 (`visitor`), a callback, parameters: Rust 2 `(f64, *mut \
           void)`, sample.h 1 `(double)`",
        ],
    ),
    (
        "  double value;\n",
        "  float value;\n",
        &["`SampleRoot.value`: Rust `f64`, sample.h `float`"],
    ),
    (
        "  bool exact;\n",
        "",
        &[
            "struct `SampleRoot`: Rust size 24, sample.h size 16",
            "`SampleRoot.exact`: Rust has it, sample.h does not",
        ],
    ),
    (
        "  bool exact;\n} SampleRoot;",
        "  bool exact;\n} __attribute__((packed)) SampleRoot;",
        &[
            "struct `SampleRoot`: Rust size 24, sample.h size 17",
            "struct `SampleRoot`: Rust alignment 8, sample.h alignment 1",
        ],
    ),
    (
        "SAMPLE_STATUS_IO_ERROR = 8",
        "SAMPLE_STATUS_IO_ERROR = 10",
        &["`SAMPLE_STATUS_IO_ERROR`: Rust 8, sample.h 10"],
    ),
    (
        "SAMPLE_KIND_BELOW_ZERO = -1",
        "SAMPLE_KIND_BELOW_ZERO = -2",
        &["`SAMPLE_KIND_BELOW_ZERO`: Rust -1, sample.h -2"],
    ),
    (
        "SAMPLE_STATUS_IO_ERROR = 8",
        "SAMPLE_STATUS_IO_ERROR = 8,\n  SAMPLE_STATUS_MORE = 10",
        &["`SAMPLE_STATUS_MORE`: sample.h has it, Rust does not"],
    ),
    (
        "uint8_t bytes[4]",
        "uint8_t bytes[3]",
        &["`SampleMany.bytes`: Rust `[u8; 4]`, sample.h `uint8_t [3]`"],
    ),
    (
        "int8_t grid[3][2]",
        "int8_t grid[2][3]",
        &["`SampleMany.grid`: Rust `[[i8; 2]; 3]`, sample.h `int8_t [2][3]`"],
    ),
    (
        "int64_t whole",
        "int32_t whole",
        &["`SampleNumber.whole`: Rust `i64`, sample.h `int32_t`"],
    ),
    (
        "sample_contained(uint32_t *a",
        "sample_contained(uint16_t *a",
        &["`sample_contained`, parameter 1 (`a`): Rust `*mut u32`, sample.h `uint16_t *`"],
    ),
    (
        "double sample_half(double value);",
        "double sample_half(double value);\ndouble sample_cbrt(double value);",
        &[
            "`sample_cbrt`: sample.h declares it, the shared library does not export it",
            "`sample_cbrt`: sample.h has it, Rust does not",
        ],
    ),
    (
        "SAMPLE_API double sample_half(double value);",
        "",
        &[
            "`sample_half`: the shared library exports it, sample.h does not declare it",
            "`sample_half`: Rust has it, sample.h does not",
        ],
    ),
];

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
