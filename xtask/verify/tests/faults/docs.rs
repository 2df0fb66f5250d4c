//! Faults for the check of the documentation.

use crate::fault::{Fault, Header};

pub const FAULTS: &[Fault] = &[
    // The READMEs show what a command used to print, a flag that does not exist, a file that is gone and
    // what a file used to say: the check runs every command anyway, so all of it is in one fault.
    Fault {
        name: "readme-of-old",
        edits: &[
            ("README.md", "\nHello, Ada!\n```", "\nHello, Ada?\n```"),
            (
                "README.md",
                "$ cargo xtask break float-in-the-header\n",
                "$ cargo xtask break float-in-the-header --everything\n",
            ),
            (
                "README.md",
                "## Try it\n",
                "How it works is in `support/of-old.py`.\n\n## Try it\n",
            ),
            (
                "py-harness/hello.py",
                "from pyhello import lib\n\nlib.Hello()",
                "from pyhello import lib as libhello\n\nlibhello.Hello()",
            ),
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
                "printed is `Hello, Ada!`",
                "`cargo xtask break float-in-the-header --everything` is not understood",
                "`support/of-old.py` is not there any more",
                "what is quoted is not what stands in py-harness/hello.py",
                "-from pyhello import lib as libhello\n+from pyhello import lib\n",
                "shown is `1.5 Hello Ada`",
            ],
        )],
    },
];
