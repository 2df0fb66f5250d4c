//! Faults for the checks of Rust.

use crate::fault::{Fault, Header};

pub const FAULTS: &[Fault] = &[
    // The core answers otherwise than it did, and every language agrees with it.
    Fault {
        name: "core-answers-otherwise",
        edits: &[(
            "hello-core/src/root.rs",
            r#"write!(f, "{:?} has no real square root", self.value)"#,
            r#"write!(f, "{:e} has no real square root", self.value)"#,
        )],
        header: Header::Kept,
        noticed: &[(
            "rust/transcript",
            &[
                "`error c010000000000000`: the answer that is written down is",
                "-4.0 has no real square root",
                "-4e0 has no real square root",
            ],
        )],
    },
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
