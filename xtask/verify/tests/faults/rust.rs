//! Faults for the checks of Rust.

use crate::fault::{Fault, Header};

pub const FAULTS: &[Fault] = &[
    // An example in the documentation is wrong, and a number that is copied anyway is cloned.
    Fault {
        name: "example-that-is-not-so",
        edits: &[
            (
                "hello-core/src/root.rs",
                "assert!(!hello_core::root(2.0).exact);",
                "assert!(hello_core::root(2.0).exact);",
            ),
            (
                "hello-core/src/root.rs",
                "let root = sqrt(value);",
                "let root = sqrt(value).clone();",
            ),
        ],
        header: Header::Kept,
        noticed: &[
            (
                "rust/tests",
                &[
                    "hello-core/src/root.rs - root::root",
                    "assertion failed: hello_core::root(2.0).exact",
                ],
            ),
            (
                "rust/lints",
                &["using `clone` on type `f64` which implements the `Copy` trait"],
            ),
        ],
    },
];
