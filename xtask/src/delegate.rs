//! Commands that live in `xtask/verify` and `xtask/lesson/bench`, packages that only those compile who use
//! them.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Arguments, Command, Flag};
use crate::process::Line;
use crate::tool;
use crate::workspace::Workspace;

/// `cargo xtask verify`.
pub const VERIFY: Command = Command {
    name: "verify",
    words: "[CHECK]...",
    about: "proves every boundary: Rust, the C ABI, C, Python, the documentation",
    details: "Without a word, every check. A word is a boundary (rust, abi, c, python, docs) or the \
              id of a check. A check never repairs what it finds, and none stops the others.\n\n\
              A check whose tool is missing is skipped, visibly, with how to install the tool; \
              with --strict, which CI=true implies, that is a failure.",
    flags: &[
        Flag::switch(
            "list",
            "shows the table of checks and whether what each needs is here",
        ),
        Flag::switch(
            "all",
            "the checks of every tier, also those that take longer",
        ),
        Flag::switch("strict", "a check that cannot run is a failure"),
        Flag::with_value("junit", "FILE", "writes a report for machines as well"),
    ],
    example: "cargo xtask verify abi c",
    run: |workspace, arguments| hand_over(workspace, CHECKS, "verify", arguments),
};

/// `cargo xtask crossings`.
pub const CROSSINGS: Command = Command {
    name: "crossings",
    words: "[NAME]",
    about: "every kind of crossing, from every language; with a name, that lesson",
    details: "Without a name, the table: which functions, what they teach, and whether all languages \
              give the same answers. With a name: the function in Rust, its declaration in the \
              header, the call in C and in Python, quoted from the files that run, and what each \
              language says.\n\n\
              --explain adds who owns what. The cases are a fixed set with everything special and a \
              random one.",
    flags: &[
        Flag::switch(
            "explain",
            "who owns what, with a drawing of memory where there is one",
        ),
        Flag::with_value(
            "seed",
            "N",
            "what the random cases are drawn with; 1 if not given",
        ),
        Flag::with_value(
            "cases",
            "N",
            "how many random cases there are; 200 if not given",
        ),
    ],
    example: "cargo xtask crossings text-out --explain",
    run: |workspace, arguments| hand_over(workspace, CHECKS, "crossings", arguments),
};

/// `cargo xtask abi`.
pub const ABI: Command = Command {
    name: "abi",
    words: "",
    about: "prints the description of the C ABI, or freezes it as that of its version",
    details: "The description is the header's, as the C compiler understands it: every function, \
              struct, enum and constant, one fact a line.\n\n\
              A frozen description is what programs were built against. `verify abi/stable` holds the \
              library against that of its version: what is there may not change, new things may come.",
    flags: &[Flag::switch(
        "freeze",
        "writes it to {cdylib}/abi, as that of {PREFIX}ABI_VERSION; never overwrites",
    )],
    example: "cargo xtask abi",
    run: |workspace, arguments| hand_over(workspace, CHECKS, "abi", arguments),
};

/// `cargo xtask break`.
pub const BREAK: Command = Command {
    name: "break",
    words: "[FAULT]...",
    about: "breaks a copy in a known way, and shows what happens and who notices",
    details: "With the name of a fault: what is changed, what a user sees who has no checks, who \
              catches it and how it is mended. Without one: every fault, and who noticed: rustc, the \
              C compiler, CFFI, our check.\n\n\
              A fault is a patch in xtask/faults with the check that must catch it and the words \
              that it must say; an exhibit, in xtask/exhibits, has a program besides that shows the \
              damage. The copy is under the target directory; your files are never touched.",
    flags: &[
        Flag::switch("list", "shows the table of exhibits and faults"),
        Flag::switch(
            "explain",
            "why nothing else warned, and where people met it",
        ),
        Flag::switch("step", "waits for Enter between the parts"),
        Flag::switch(
            "record",
            "writes what happened into the catalogue, xtask/exhibits/README.md",
        ),
        Flag::switch(
            "cut",
            "opens the fault's files in an editor, and makes its patch of what comes back",
        ),
    ],
    example: "cargo xtask break --list",
    run: |workspace, arguments| hand_over(workspace, CHECKS, "break", arguments),
};

/// `cargo xtask install`.
pub const INSTALL: Command = Command {
    name: "install",
    words: "",
    about: "installs the library for C: shared and static, header, pkg-config, CMake",
    details: "The tree can be moved, for its files find each other from where they lie. The shared \
              library has the version of the ABI in its name, so that two versions live side by side; its \
              debug symbols lie beside it. The static one has the functions of {header} and no other \
              name in it, so that it links beside another Rust library. A manifest lists every file.",
    flags: &[
        Flag::with_value("prefix", "DIR", "where it goes; /usr/local if not given"),
        Flag::with_value(
            "destdir",
            "DIR",
            "a folder before the prefix, for whoever makes a package",
        ),
        Flag::with_value(
            "libdir",
            "DIR",
            "the folder of the libraries below the prefix; lib if not given",
        ),
    ],
    example: "cargo xtask install --prefix \"$HOME/.local\"",
    run: |workspace, arguments| hand_over(workspace, CHECKS, "install", arguments),
};

/// `cargo xtask bench`.
pub const BENCH: Command = Command {
    name: "bench",
    words: "[ROW]...",
    about: "what each kind of crossing costs, beside C, Go, PyO3 and others",
    details: "Without a word, every row of the table: an empty call, a number, a struct, text, slices, \
              a callback, an error. Each is timed for every contender that is here; what is missing \
              is named, with how to install it.\n\n\
              The callers run side by side and take turns, a few milliseconds each, many rounds, so \
              that what the machine does hits all alike; every few rounds they are started anew. A \
              figure is the median of the rounds; a ratio is that of the ratios within each round. \
              Time is that of the calling thread on the processor: other programs do not count, nor \
              does what a library does on threads of its own. In C and Rust the loop is part of a \
              call; in Python the time of an empty loop is taken in each round and subtracted.\n\n\
              Before anything is timed, each contender has to give the right answer, bit for bit.",
    flags: &[
        Flag::switch("list", "shows the rows and the contenders"),
        Flag::with_value(
            "rounds",
            "N",
            "how many turns each contender gets; 60 if not given",
        ),
        Flag::switch(
            "instructions",
            "counts instructions as well, with valgrind; a minute more",
        ),
        Flag::with_value("json", "FILE", "writes all figures for machines"),
        Flag::with_value("svg", "FOLDER", "writes pictures, one light and one dark"),
        Flag::switch("strict", "a claim that does not hold is a failure"),
        Flag::switch(
            "record",
            "makes this run the README's: writes xtask/lesson/bench/record.json and what follows",
        ),
        Flag::switch(
            "render",
            "measures nothing: writes the README's part and pictures from the record",
        ),
        Flag::switch(
            "compare",
            "measures nothing: the words are two files of --json, held against each other",
        ),
    ],
    example: "cargo xtask bench sqrt text-16",
    run: |workspace, arguments| hand_over(workspace, FIGURES, "bench", arguments),
};

/// A package with commands: its name, and what a person who waits for it is told.
type Package = (&'static str, &'static str);

const CHECKS: Package = ("xtask-lesson", "the checks");
const FIGURES: Package = ("xtask-bench", "the benchmarks");

/// Compiles the package if need be and lets it do the command.
fn hand_over(
    workspace: &Workspace,
    (package, what): Package,
    command: &str,
    arguments: &Arguments,
) -> Result<ExitCode> {
    let tool = tool::build(workspace, package, what)?;
    Line::new(tool)
        .arg(command)
        .args(arguments.all())
        .run_in_our_place(workspace)
}
