//! The checks of what the lesson shows.

use abi_verify::check::Check;
use abi_verify::check::Requirement::*;

use crate::{examples, exercises, museum, pages};

pub const CHECKS: &[Check] = &[
    Check {
        id: "docs/catalogue",
        claim: "the catalogue describes each fault as it is today, and is generated from its record",
        hint: "`cargo xtask break NAME --record` tries one fault and records it; without a name, all",
        needs: &[After("docs/faults")],
        run: museum::check_pages,
    },
    Check {
        id: "docs/exhibits",
        claim: "each exhibit does what the catalogue shows of it, sound and broken, ten times out of ten",
        hint: "`cargo xtask break NAME --record` writes down what it does today",
        needs: &[
            Time,
            LinuxX86,
            Generator,
            PythonTools,
            After("docs/faults"),
            After("rust/tests"),
        ],
        run: museum::check_programs,
    },
    Check {
        id: "docs/tools",
        claim: "each tool says of each mistake with memory or between threads what the catalogue's table \
                shows, and nothing of the sound program",
        hint: "`cargo xtask break NAME --record` writes down what each tool says today",
        needs: &[
            Time,
            LinuxX86,
            Generator,
            Valgrind,
            Sanitized,
            SanitizedThreads,
            LibraryAsan,
            LibraryTsan,
            After("docs/exhibits"),
        ],
        run: museum::check_tools,
    },
    Check {
        id: "docs/examples",
        claim: "the programs that the lesson shows compile strictly, are clean under valgrind, \
                AddressSanitizer, UBSan and mypy, and print what is written down",
        hint: "`cargo xtask crossings NAME` runs them; if they are right, correct the file in \
               xtask/lesson/examples",
        needs: &[
            Time,
            Linux("one of its programs writes to /dev/full"),
            Module,
            Sanitized,
            Valgrind,
            PythonTools,
        ],
        run: examples::check,
    },
    Check {
        id: "lesson/exercises",
        claim: "each exercise fails at the check that judges it, and passes when it is solved",
        hint: "`cargo xtask break NAME` shows the fault; the exercises are in \
               xtask/lesson/src/exercises/table.rs",
        needs: &[
            Time,
            LinuxX86,
            Generator,
            Valgrind,
            Sanitized,
            TwoProcessors,
            After("docs/faults"),
        ],
        run: exercises::check,
    },
    Check {
        id: "lesson/pages",
        claim: "what is shown step by step fits its pages on a terminal, q leaves the terminal as it was, \
                and without a terminal it is refused",
        hint: "each session is in target/verify/pages; a single line that fills more than a page is not \
               divided",
        needs: &[
            Time,
            Linux("it makes a pseudo-terminal"),
            CStage,
            Module,
            CPrograms,
            After("docs/faults"),
        ],
        run: pages::check,
    },
];
