//! The libraries.

use cargo_abi::compare::Kind;

use crate::recipe::{Allow, Header, Missed, RECIPE, Recipe};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        package: "libz-rs-sys-cdylib",
        version: "0.6.8",
        features: &["gz"],
        headers: &[Header::Own("include/zlib.h")],
        // What zconf.h:175 and zconf.h:302 offer.
        defines: &["ZLIB_CONST", "_LARGEFILE64_SOURCE=1"],
        expected: &[
            // `gzprintf` is there only with the feature of that name, which needs a nightly compiler.
            (Kind::NotExported, 1),
            // `compress_z` and six others: exported, and declared nowhere.
            (Kind::NotDeclared, 7),
            (Kind::Const, 5),
        ],
        missed: &[Missed {
            name: "gzFile_s",
            fault: "fields ",
            why: "Rust casts it to a type of its own (libz-rs-sys-0.6.8/src/gz.rs), so that nothing says how the two lie",
        }],
        ..RECIPE
    },
    Recipe {
        package: "libbz2-rs-sys-cdylib",
        version: "0.2.6",
        headers: &[Header::Of("bzip2-sys", "0.1.13", "bzip2-1.0.8/bzlib.h")],
        // `BZFILE` is `void` in bzlib.h:133, and `const` is missing in three places.
        expected: &[(Kind::Const, 3), (Kind::VoidPointer, 15)],
        ..RECIPE
    },
    Recipe {
        package: "rure",
        version: "0.2.5",
        headers: &[Header::Own("include/rure.h")],
        // The header has `rure *` where Rust has `*const Regex`.
        expected: &[(Kind::Const, 22)],
        ..RECIPE
    },
    Recipe {
        package: "imagequant-sys",
        version: "4.1.0",
        headers: &[Header::Own("libimagequant.h")],
        allow: &[
            Allow {
                at: "liq_received_invalid_pointer",
                kind: Kind::NotDeclared,
                why: "exported for its name in a debugger, not for callers (src/ffi.rs:82-84)",
            },
            Allow {
                at: "liq_executing_user_callback",
                kind: Kind::NotDeclared,
                why: "\"just to exist in backtraces\" (src/ffi.rs:672-675)",
            },
        ],
        expected: &[
            // `liq_attr_create_with_allocator`: a function that is never NULL in Rust (src/ffi.rs:427), an
            // unused `void *` in the header.
            (Kind::Function, 1),
            // `unsigned` in Rust, `int` in the header.
            (Kind::Sign, 17),
            // `LIQ_VERSION` and `LIQ_VERSION_STRING` say 4.0.3.
            (Kind::Version, 2),
            (Kind::Const, 1),
            (Kind::VoidPointer, 3),
        ],
        missed: &[
            Missed {
                name: "LIQ_OWN_ROWS",
                fault: "value ",
                why: "a flag of `bitflags!`, whose value rustdoc does not show: named as not compared",
            },
            Missed {
                name: "LIQ_OWN_PIXELS",
                fault: "value ",
                why: "a flag of `bitflags!`, whose value rustdoc does not show: named as not compared",
            },
        ],
        ..RECIPE
    },
    Recipe {
        package: "rustls-ffi",
        version: "0.15.7",
        features: &["ring"],
        no_default_features: true,
        headers: &[Header::Own("src/rustls.h")],
        // As cbindgen.toml:42 says of this feature.
        defines: &["DEFINE_RING"],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "pathrs",
        version: "0.2.6",
        headers: &[Header::Own("include/pathrs.h")],
        allow: &[Allow {
            at: "__pathrs_*",
            kind: Kind::NotDeclared,
            why: "older versions of a symbol, hidden from the header on purpose (src/capi/core.rs:258-262)",
        }],
        expected: &[(Kind::Char, 1)],
        long: true,
        missed: &[
            Missed {
                name: "PATHRS_PROC_ROOT",
                fault: "value ",
                why: "a constant of a newtype, whose value rustdoc does not show: named as not compared",
            },
            Missed {
                name: "PATHRS_PROC_SELF",
                fault: "value ",
                why: "a constant of a newtype, whose value rustdoc does not show: named as not compared",
            },
            Missed {
                name: "PATHRS_PROC_THREAD_SELF",
                fault: "value ",
                why: "a constant of a newtype, whose value rustdoc does not show: named as not compared",
            },
        ],
        ..RECIPE
    },
    Recipe {
        package: "hyper",
        version: "1.12.0",
        features: &["client", "http1", "http2", "ffi"],
        rustflags: "--cfg hyper_unstable_ffi",
        headers: &[Header::Generated {
            name: "hyper.h",
            config: "language = \"C\"\nusize_is_size_t = true\n",
            expand: Some("ffi"),
        }],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "yffi",
        version: "0.28.0",
        headers: &[Header::Generated {
            name: "libyrs.h",
            config: "",
            expand: None,
        }],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "encoding_c",
        version: "0.9.8",
        headers: &[
            Header::System("<stdbool.h>"),
            Header::System("<stddef.h>"),
            Header::System("<stdint.h>"),
            Header::System("<uchar.h>"),
            Header::Own("include/encoding_rs.h"),
            Header::Own("include/encoding_rs_statics.h"),
        ],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "encoding_c_mem",
        version: "0.2.6",
        headers: &[
            Header::System("<stdbool.h>"),
            Header::System("<stddef.h>"),
            Header::System("<stdint.h>"),
            Header::System("<uchar.h>"),
            Header::Own("include/encoding_rs_mem.h"),
        ],
        // Text is `char` in the header and `u8` in Rust.
        expected: &[(Kind::Char, 26)],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "rustc-demangle-capi",
        version: "0.1.2",
        headers: &[
            Header::System("<stddef.h>"),
            Header::Own("include/rustc_demangle.h"),
        ],
        long: true,
        ..RECIPE
    },
];
