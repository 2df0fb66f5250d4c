//! The commands of the lesson: what they take and what their help says, so that nobody has to compile
//! the lesson to read it. The row includes this file; the packages of the lesson do the work.

use crate::cli::{Command, Flags, Group, flags};
use crate::delegate::{ABI, GENERATE, INSTALL, VERIFY, hand_over};
use crate::names::Program;

/// The checks of the engine and the lesson in one program.
pub const CHECKS: Program = Program {
    package: "xtask-lesson",
    about: "the checks and the lesson",
    commands: &[
        &VERIFY, &BREAK, &ABI, &INSTALL, &GENERATE, &CROSSINGS, &EXERCISE,
    ],
};

pub const BENCHMARKS: Program = Program {
    package: "xtask-bench",
    about: "the benchmarks",
    commands: &[&BENCH],
};

flags! {
    pub struct CrossingsFlags {
        all: "With a name: show the logic and the code of the test harnesses as well",
        explain: "Without a name: say who owns what",
        step: "With a name: show one part at a time; Enter goes on, q ends",
        seed = "N": "What the random cases are drawn with [default: 1]",
        cases = "N": "How many random cases there are [default: 200]",
    }
}

/// `cargo xtask crossings`.
pub const CROSSINGS: Command = Command {
    name: "crossings",
    group: Group::Learn,
    args: &[("[NAME]", "A kind of crossing [default: the table of all]")],
    about: "Show every kind of crossing, from every language; with a name, its lesson",
    details: "Without a name, the table: which functions, what they teach, and whether all languages \
              give the same answers. With a name: who owns what, with a drawing; the function in \
              Rust; what C sees of it; a program in C and one in Python, as a person would write \
              them, and what they print; questions that people ask, with answers that are run.\n\n\
              All languages are asked the same cases, a fixed set with everything special and a \
              random one. A lesson shows one case of each kind.",
    flags: CrossingsFlags::ALL,
    example: "cargo xtask crossings text-out --step",
    run: hand_over,
};

flags! {
    pub struct ExerciseFlags {
        all: "With reset: forget all that was solved",
    }
}

/// `cargo xtask exercise`.
pub const EXERCISE: Command = Command {
    name: "exercise",
    group: Group::Learn,
    args: &[(
        "[NAME|check|hint|reset]",
        "An exercise, or what to do with the one at hand [default: the list of all]",
    )],
    about: "Fix twelve broken copies, each judged by the check that guards the real thing",
    details: "Without an argument, the exercises in the order that builds up, and which are solved. \
              With a name: a copy of the workspace, under the target directory, in which something is \
              broken, and what somebody complains about. Fix it in your editor.\n\n\
              check runs the judge in the copy. hint says what was done, and in which file. reset \
              breaks the copy again. The first check takes a minute, because the copy is built from \
              nothing.",
    flags: ExerciseFlags::ALL,
    example: "cargo xtask exercise c-prints-another-line",
    run: hand_over,
};

flags! {
    pub struct BreakFlags {
        list: "List the exhibits",
        explain: "Also say why nothing else warned, and where people met it",
        step: "Stop after each section; Enter goes on, q ends",
    }
}

/// `cargo xtask break`.
pub const BREAK: Command = Command {
    name: "break",
    group: Group::Learn,
    args: &[("[EXHIBIT]", "The name of an exhibit [default: tries all]")],
    about: "Break a copy in a known way; show the damage and who notices it",
    details: "With the name of an exhibit: a program that works, a small change, what a user without \
              checks sees then, who notices it, and how to fix it. Without a name, tries every \
              exhibit and says whether each was noticed.\n\n\
              An exhibit is a folder in xtask/lesson/exhibits with a program, a diff, and the words \
              of the check or tool that must notice. The copy is under the target directory; your \
              files are never touched.",
    flags: BreakFlags::ALL,
    example: "cargo xtask break foreign-free --explain",
    run: hand_over,
};

flags! {
    pub struct BenchFlags {
        list: "List the rows and the subjects",
        rounds = "N": "How many batches each subject gets [default: 60]",
        instructions: "Also count instructions, with valgrind; takes a minute more",
        json = "FILE": "Write all figures as JSON",
        svg = "FILE": "Write the picture",
        strict: "Fail if a claim does not hold",
        record: "Keep this run as this processor's record, and write what is generated from the \
                 records",
    }
}

/// `cargo xtask bench`.
pub const BENCH: Command = Command {
    name: "bench",
    group: Group::Learn,
    args: &[("[ROW]...", "A row of the table [default: all]")],
    about: "Measure what each kind of crossing costs, beside C, Go, PyO3 and others",
    details: "Without arguments, every row of the table: an empty call, a number, a struct, text, slices, \
              a callback, an error. Each is timed for every subject that is here; what is missing \
              is named, with how to install it.\n\n\
              The callers run side by side and take turns, a batch of calls of a few \
              milliseconds each, many rounds, so that a busy machine slows all of them; every few \
              rounds they are started again. A figure is the median of the rounds; a ratio is that of the ratios within each round. \
              Time is the calling thread's processor time: other programs do not count, and \
              neither do other threads of a library. In C and Rust the loop is part of a \
              call; in Python the time of an empty loop is taken in each round and subtracted.\n\n\
              Before anything is timed, each subject has to give the right answer, bit for bit.",
    flags: BenchFlags::ALL,
    example: "cargo xtask bench sqrt text-16",
    run: hand_over,
};
