//! The libraries.

use cargo_abi::compare::Kind;

use crate::recipe::{Allow, Header, RECIPE, Recipe};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        package: "libz-rs-sys-cdylib",
        version: "0.6.8",
        features: &["gz"],
        headers: &[Header::Own("include/zlib.h")],
        ..RECIPE
    },
    Recipe {
        package: "libbz2-rs-sys-cdylib",
        version: "0.2.6",
        headers: &[Header::Of("bzip2-sys", "0.1.13", "bzip2-1.0.8/bzlib.h")],
        ..RECIPE
    },
    Recipe {
        package: "rure",
        version: "0.2.5",
        headers: &[Header::Own("include/rure.h")],
        ..RECIPE
    },
    Recipe {
        package: "imagequant-sys",
        version: "4.1.0",
        headers: &[Header::Own("libimagequant.h")],
        ..RECIPE
    },
    Recipe {
        package: "rustls-ffi",
        version: "0.15.7",
        features: &["ring"],
        no_default_features: true,
        headers: &[Header::Own("src/rustls.h")],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "pathrs",
        version: "0.2.6",
        headers: &[Header::Own("include/pathrs.h")],
        long: true,
        ..RECIPE
    },
    Recipe {
        package: "hyper",
        version: "1.12.0",
        features: &["client", "http1", "http2", "ffi"],
        rustflags: "--cfg hyper_unstable_ffi",
        headers: &[Header::Generated {
            name: "hyper.h",
            config: "language = \"C\"\ncpp_compat = true\n[parse]\nparse_deps = false\n[export]\nprefix = \"\"\n",
            expand: true,
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
            expand: false,
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
