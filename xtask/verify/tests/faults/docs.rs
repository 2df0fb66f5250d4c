//! Faults for the check of the documentation.

use crate::fault::{Fault, Header};

pub const FAULTS: &[Fault] = &[
    // The READMEs show what a command used to print and what a file used to say: the check runs every
    // command anyway, so all of it is in one fault.
    Fault {
        name: "readme-of-old",
        edits: &[
            ("README.md", "\nHello, Ada!\n```", "\nHello, Ada?\n```"),
            ("README.md", "    *code = trap;\n", "    *code = 0;\n"),
            (
                "py-harness/README.md",
                "\n1.5 Hello, Ada!\n",
                "\n1.5 Hello Ada\n",
            ),
        ],
        header: Header::Kept,
        noticed: &[(
            "docs/readme",
            &[
                "shown is `Hello, Ada?`",
                "all that it prints:",
                "what is quoted is not what stands in xtask/abi/examples/wasmtime-2.0.1/src/lib.rs",
                "-    *code = trap;\n",
                "shown is `1.5 Hello Ada`",
            ],
        )],
    },
];
