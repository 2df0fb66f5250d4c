//! Faults in the sample's header.

/// What is changed in the header, from and to, and what is said about it.
pub const FAULTS: &[(&str, &str, &[&str])] = &[
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
