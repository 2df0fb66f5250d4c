//! A header that is wrong compiles without a warning. Here each fault is reported with the culprit
//! and both values; and the right header, in all its spellings, gives no difference.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::ffi::c_char;

#[path = "sample/faults.rs"]
mod sample_faults;

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

/// An edit of the header: what is replaced, and by what.
type Edit<'a> = (&'a str, &'a str);

/// The header with as many of the edits as do not touch the same lines, and the next one with the rest:
/// reading a header takes longer than all else here.
fn headers_with<'a>(edits: &[Edit<'a>]) -> Vec<(String, Vec<Edit<'a>>)> {
    let header = source("sample.h");
    let lines = |from: &str| {
        let start = header
            .find(from)
            .unwrap_or_else(|| panic!("the header has no `{from}`"));
        let line = |at: usize| header[..at].matches('\n').count();
        line(start)..=line(start + from.trim_end().len()) + 1
    };
    let mut batches: Vec<Vec<Edit<'_>>> = Vec::new();
    for edit in edits {
        let own = lines(edit.0);
        let is_apart = |batch: &&mut Vec<Edit<'_>>| {
            let mut others = batch.iter().map(|other| lines(other.0));
            others.all(|other| other.end() < own.start() || own.end() < other.start())
        };
        match batches.iter_mut().find(is_apart) {
            Some(batch) => batch.push(*edit),
            None => batches.push(vec![*edit]),
        }
    }
    let edited = |batch: &Vec<Edit<'_>>| {
        let edit = |text: String, (from, to): &Edit<'_>| text.replacen(from, to, 1);
        batch.iter().fold(header.clone(), edit)
    };
    batches
        .into_iter()
        .map(|batch| (edited(&batch), batch))
        .collect()
}

#[test]
fn each_fault_is_reported() {
    let edits: Vec<Edit<'_>> = FAULTS.iter().map(|(from, to, _)| (*from, *to)).collect();
    let mut seen = 0;
    for (index, (header, edits)) in headers_with(&edits).into_iter().enumerate() {
        let found = found_in(&format!("fault {index}"), &header);
        for (from, to, expected) in FAULTS {
            if !edits.contains(&(*from, *to)) {
                continue;
            }
            seen += 1;
            for words in *expected {
                let words = &words.replace("*const i8", CHARS);
                assert!(
                    found.iter().any(|line| line == words),
                    "{to}\nexpected: {words}\nfound: {found:#?}"
                );
            }
        }
    }
    assert_eq!(seen, FAULTS.len());
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
const SPELLINGS: &[Edit<'_>] = &[
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
    for (index, (header, edits)) in headers_with(SPELLINGS).into_iter().enumerate() {
        let found = found_in(&format!("spelling {index}"), &header);
        assert_eq!(found, [""; 0], "{edits:#?}");
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
