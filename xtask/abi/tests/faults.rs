//! A header that lies compiles without a warning. Here each lie is told in words, with the culprit
//! and both values; and the true header, in all its spellings, gives no difference.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::ffi::c_char;
use std::fs;
use std::sync::LazyLock;

use xtask_abi::stability::incompatible;

static TWIN: LazyLock<std::path::PathBuf> = LazyLock::new(|| common::twin(&common::workspace()));

fn true_header() -> String {
    fs::read_to_string(common::workspace().join("hello-cdylib/include/hello.h")).unwrap()
}

fn told_of(test: &str, header: &str) -> Vec<String> {
    let abi = common::header_of(header, &common::scratch(test));
    common::differences(&TWIN, &abi)
}

#[test]
fn the_true_header_is_true() {
    assert_eq!(told_of("true", &true_header()), [""; 0]);
}

/// What is changed in the header, from and to, and what is said about it.
const FAULTS: &[(&str, &str, &[&str])] = &[
    (
        "double hello_sqrt(double value)",
        "double hello_sqrt(float value)",
        &["`hello_sqrt`, parameter 1 (`value`): Rust `f64`, hello.h `float`"],
    ),
    (
        "double hello_sqrt(double value)",
        "float hello_sqrt(double value)",
        &["`hello_sqrt`, result: Rust `f64`, hello.h `float`"],
    ),
    (
        "                           size_t capacity,",
        "                           uint32_t capacity,",
        &["`hello_sentence`, parameter 3 (`capacity`): Rust `usize`, hello.h `uint32_t`"],
    ),
    (
        "HelloStatus hello_greet(const char *name",
        "HelloStatus hello_greet(char *name",
        &["`hello_greet`, parameter 1 (`name`): Rust `*const i8`, hello.h `char *`"],
    ),
    (
        "const char *hello_version(void)",
        "char *hello_version(void)",
        &["`hello_version`, result: Rust `*const i8`, hello.h `char *`"],
    ),
    (
        "hello_greeter_count(const HelloGreeter *greeter",
        "hello_greeter_count(HelloGreeter *greeter",
        &[
            "`hello_greeter_count`, parameter 1 (`greeter`): Rust `*const HelloGreeter`, hello.h \
           `HelloGreeter *`",
        ],
    ),
    (
        "HelloGreeter *greeter, uint64_t *count",
        "HelloGreeter *greeter, uint32_t *count",
        &["`hello_greeter_count`, parameter 2 (`count`): Rust `*mut u64`, hello.h `uint32_t *`"],
    ),
    (
        "const char *hello_status_name(int32_t status)",
        "const char *hello_status_name(int64_t status)",
        &["`hello_status_name`, parameter 1 (`status`): Rust `i32`, hello.h `int64_t`"],
    ),
    (
        "const char *hello_status_name(int32_t status)",
        "const char *hello_status_name(HelloStatus status)",
        &["`hello_status_name`, parameter 1 (`status`): Rust `i32`, hello.h `HelloStatus`"],
    ),
    (
        "uint32_t hello_abi_version(void)",
        "int32_t hello_abi_version(void)",
        &["`hello_abi_version`, result: Rust `u32`, hello.h `int32_t`"],
    ),
    (
        "HelloStatus hello_checked_sqrt(double value, double *root)",
        "HelloStatus hello_checked_sqrt(double value)",
        &["`hello_checked_sqrt`, parameters: Rust 2 `(f64, *mut f64)`, hello.h 1 `(double)`"],
    ),
    (
        "double hello_sqrt(double value)",
        "double hello_sqrt()",
        &["`hello_sqrt`, parameters: Rust 1 `(f64)`, hello.h 0 `(...)`"],
    ),
    (
        "HelloStatus hello_print(double value)",
        "void hello_print(double value)",
        &["`hello_print`, result: Rust `HelloStatus`, hello.h `void`"],
    ),
    (
        "typedef int32_t (*HelloVisitor)(double value, double root",
        "typedef int32_t (*HelloVisitor)(float value, double root",
        &[
            "`hello_each_root`, parameter 3 (`visitor`), a callback, parameter 1: Rust `f64`, hello.h \
           `float`",
        ],
    ),
    (
        "typedef int32_t (*HelloVisitor)",
        "typedef bool (*HelloVisitor)",
        &[
            "`hello_each_root`, parameter 3 (`visitor`), a callback, result: Rust `i32`, hello.h `bool`",
        ],
    ),
    (
        "double root, void *context)",
        "double root)",
        &[
            "`hello_each_root`, parameter 3 (`visitor`), a callback, parameters: Rust 3 `(f64, f64, \
           *mut void)`, hello.h 2 `(double, double)`",
        ],
    ),
    (
        "  double value;\n",
        "  float value;\n",
        &["`HelloRoot.value`: Rust `f64`, hello.h `float`"],
    ),
    (
        "  bool exact;\n",
        "",
        &[
            "struct `HelloRoot`: Rust size 24, hello.h size 16",
            "`HelloRoot.exact`: Rust has it, hello.h does not",
        ],
    ),
    (
        "  bool exact;\n} HelloRoot;",
        "  bool exact;\n} __attribute__((packed)) HelloRoot;",
        &[
            "struct `HelloRoot`: Rust size 24, hello.h size 17",
            "struct `HelloRoot`: Rust alignment 8, hello.h alignment 1",
        ],
    ),
    (
        "HELLO_STATUS_IO = 8",
        "HELLO_STATUS_IO = 10",
        &["`HELLO_STATUS_IO`: Rust 8, hello.h 10"],
    ),
    (
        "HELLO_STATUS_PANIC = 9",
        "HELLO_STATUS_PANIC = 9,\n  HELLO_STATUS_MORE = 10",
        &["`HELLO_STATUS_MORE`: hello.h has it, Rust does not"],
    ),
    (
        "double hello_sqrt(double value);",
        "double hello_sqrt(double value);\ndouble hello_cbrt(double value);",
        &[
            "`hello_cbrt`: hello.h declares it, the shared library does not export it",
            "`hello_cbrt`: hello.h has it, Rust does not",
        ],
    ),
    (
        "double hello_sqrt(double value);",
        "",
        &[
            "`hello_sqrt`: the shared library exports it, hello.h declares no such function",
            "`hello_sqrt`: Rust has it, hello.h does not",
        ],
    ),
    (
        "double hello_sqrt(double value);",
        "double hello_sqr(double value);",
        &[
            "`hello_sqr`: hello.h declares it, the shared library does not export it",
            "`hello_sqrt`: the shared library exports it, hello.h declares no such function",
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
fn each_lie_is_told_in_words() {
    let header = true_header();
    for (index, (from, to, expected)) in FAULTS.iter().enumerate() {
        assert!(header.contains(from), "the header has no `{from}`");
        let told = told_of(&format!("fault {index}"), &header.replacen(from, to, 1));
        for words in *expected {
            let words = &words.replace("*const i8", CHARS);
            assert!(
                told.iter().any(|line| line == words),
                "{to}\nwanted: {words}\nseen: {told:#?}"
            );
        }
    }
}

#[test]
fn swapped_fields_are_told() {
    let header = true_header();
    let (value, root, swapped) = (
        "  double value;\n",
        "  double root;\n",
        "  double swapped;\n",
    );
    let header = header.replacen(value, swapped, 1).replacen(root, value, 1);
    let told = told_of("swapped", &header.replacen(swapped, root, 1));
    assert_eq!(
        told,
        [
            "`HelloRoot.root`: Rust at offset 8, hello.h at offset 0",
            "`HelloRoot.value`: Rust at offset 0, hello.h at offset 8",
        ]
    );
}

/// The same, spelled in another way.
const SPELLINGS: &[(&str, &str)] = &[
    (
        "double hello_sqrt(double value);",
        "extern double (hello_sqrt)(const double);",
    ),
    (
        "double hello_sqrt(double value);",
        "double hello_sqrt(double value);\ndouble hello_sqrt(double);",
    ),
    (
        "double hello_sqrt(double value);",
        "double hello_sqrt(double value) __attribute__((const));",
    ),
    ("const double *values,\n", "const double values[],\n"),
    ("double *roots,\n", "double *restrict roots,\n"),
    (
        "hello_greet(const char *name",
        "hello_greet(char const *name",
    ),
    ("uint64_t *count", "unsigned long *count"),
    (
        "HelloVisitor visitor",
        "int32_t (*visitor)(double, double, void *)",
    ),
    (
        "HelloVisitor visitor",
        "int32_t visitor(double, double, void *)",
    ),
    ("typedef struct {\n", "typedef struct HelloRoot {\n"),
    (
        "#include <stdint.h>",
        "#include <stdint.h>\n#include <stdlib.h>\n#include <math.h>",
    ),
    (
        "#define HELLO_H\n",
        "#define HELLO_H\n#define HELLO_API __attribute__((visibility(\"default\")))\n",
    ),
    (
        "double hello_sqrt(double value);",
        "double hello_sqrt(double value);\nstatic inline double hello_two(void) { return 2; }",
    ),
];

#[test]
fn another_spelling_is_no_lie() {
    let header = true_header();
    for (index, (from, to)) in SPELLINGS.iter().enumerate() {
        assert!(header.contains(from), "the header has no `{from}`");
        let told = told_of(&format!("spelling {index}"), &header.replacen(from, to, 1));
        assert_eq!(told, [""; 0], "{to}");
    }
}

#[test]
fn constants_have_the_value_that_the_compiler_computes() {
    let more = "#define HELLO_ABI_VERSION 1\n#define HELLO_NEXT (HELLO_ABI_VERSION + 0x10u)\n\
                #define HELLO_NAME \"hello\"\n#define HELLO_LETTER 'a'\n#define HELLO_HALF 0.5";
    let header = true_header().replacen("#define HELLO_ABI_VERSION 1", more, 1);
    let abi = common::header_of(&header, &common::scratch("constants"));
    let told = abi.to_string();
    for line in [
        "constant HELLO_ABI_VERSION = 1\n",
        "constant HELLO_HALF = 0.5\n",
        "constant HELLO_LETTER = 97\n",
        "constant HELLO_NAME = \"hello\"\n",
        "constant HELLO_NEXT = 17\n",
    ] {
        assert!(told.contains(line), "{line}{told}");
    }
    assert_eq!(common::LIBRARY.version_of(&abi).unwrap(), 1);
}

#[test]
fn a_struct_may_lead_to_itself() {
    let more = "typedef struct HelloNode HelloNode;\n\
                struct HelloNode { HelloNode *next; void (*visit)(const HelloNode *); };\n";
    let header = true_header().replacen(
        "double hello_sqrt(",
        &format!("{more}double hello_sqrt("),
        1,
    );
    let told = common::header_of(&header, &common::scratch("node")).to_string();
    let expected = "struct HelloNode size 16 align 8\n\
                    struct HelloNode .next @0 *mut HelloNode\n\
                    struct HelloNode .visit @8 fn(*const HelloNode)\n";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn a_new_field_is_no_compatible_change() {
    let frozen = common::header_of(&true_header(), &common::scratch("frozen"));
    let more = true_header().replacen("  bool exact;\n", "  bool exact;\n  double cube;\n", 1);
    let now = common::header_of(&more, &common::scratch("now"));
    assert_eq!(incompatible(&frozen, &frozen), [""; 0]);
    assert_eq!(
        incompatible(&frozen, &now),
        [
            "struct `HelloRoot`: was size 24, is size 32",
            "`HelloRoot.cube`: was added"
        ]
    );
}
