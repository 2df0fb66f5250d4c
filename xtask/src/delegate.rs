//! Commands that another package serves, which only those compile who use them: the engine's here, those
//! of the workspace's other parts in its row.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::LIBRARY;
use crate::cli::{Arguments, Command, Flags, flags};
use crate::names::Program;
use crate::process::Cmd;
use crate::tool;
use crate::workspace::Workspace;

/// The program of the engine's own checks and of shipping, for the row.
pub const CHECKS: Program = Program {
    package: "xtask-ship",
    about: "the checks",
    commands: &[&ABI, &VERIFY, &BREAK, &INSTALL, &DIST, &GENERATE],
};

/// The program of `cargo xtask new`.
const WORKSPACES: Program = Program {
    package: "xtask-new",
    about: "what writes workspaces",
    commands: &[&NEW],
};

/// All programs; of two with the same command, the later one serves it.
fn programs() -> impl DoubleEndedIterator<Item = &'static Program> {
    std::iter::once(&WORKSPACES).chain(LIBRARY.programs)
}

/// The commands of all programs, each once, as the program that serves it declares it.
pub fn commands() -> Vec<&'static Command> {
    let mut commands: Vec<&'static Command> = Vec::new();
    for command in programs().flat_map(|program| program.commands) {
        match commands.iter_mut().find(|known| known.name == command.name) {
            Some(known) => *known = command,
            None => commands.push(command),
        }
    }
    commands
}

/// Compiles the program that serves the command, if need be, and becomes it.
pub fn hand_over(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let serves = |program: &&Program| {
        let mut commands = program.commands.iter();
        commands.any(|command| command.name == arguments.command)
    };
    let program = programs()
        .rfind(serves)
        .with_context(|| format!("no program serves `{}`", arguments.command))?;
    Cmd::new(tool::build(workspace, program.package, program.about)?)
        .arg(arguments.command)
        .args(arguments.all())
        .run_in_our_place(workspace)
}

flags! {
    pub struct VerifyFlags {
        list: "shows the table of checks and whether what each needs is here",
        all: "the checks of every tier, also those that take longer",
        strict: "a check that cannot run is a failure",
        junit = "FILE": "writes a report for machines as well",
    }
}

/// `cargo xtask verify`.
pub const VERIFY: Command = Command {
    name: "verify",
    args: "[CHECK]...",
    about: "proves every boundary: Rust, the C ABI, C, Python, the documentation",
    details: "Without arguments, runs every quick check; with --all, the larger ones as well. An \
              argument is a boundary (rust, abi, c, python, ship, docs) or the id of a check. A check \
              never repairs what it finds, and none stops the others.\n\n\
              A check whose tool is missing is skipped, visibly, with how to install the tool; \
              with --strict, which CI=true implies, that is a failure.",
    flags: VerifyFlags::ALL,
    example: "cargo xtask verify abi c",
    run: hand_over,
};

flags! {
    pub struct AbiFlags {
        freeze: "writes it to {cdylib}/abi, as that of {PREFIX}ABI_VERSION; never overwrites",
    }
}

/// `cargo xtask abi`.
pub const ABI: Command = Command {
    name: "abi",
    args: "",
    about: "prints the description of the C ABI, or freezes it as that of its version",
    details: "The description is the header's, as the C compiler understands it: every function, \
              struct, enum and constant, one fact a line.\n\n\
              A frozen description is what programs were built against. `verify abi/stable` holds the \
              library against that of its version: what is there may not change, new things may come.",
    flags: AbiFlags::ALL,
    example: "cargo xtask abi",
    run: hand_over,
};

flags! {
    pub struct BreakFlags {
        list: "shows the table of faults",
        explain: "why nothing else warned, and where people met it",
        step: "waits for Enter between the parts",
        cut: "opens the fault's files in an editor, and makes its patch of what comes back",
    }
}

/// `cargo xtask break`.
pub const BREAK: Command = Command {
    name: "break",
    args: "[FAULT]...",
    about: "breaks a copy in a known way, and shows what happens and who notices",
    details: "With the name of a fault: what is changed, what a user sees who has no checks, who \
              catches it and how it is mended. Without one: every fault, and who noticed: rustc, the \
              C compiler, CFFI, our check.\n\n\
              A fault is a patch with the check that must catch it and the words that it must say. The \
              copy is under the target directory; your files are never touched.",
    flags: BreakFlags::ALL,
    example: "cargo xtask break --list",
    run: hand_over,
};

flags! {
    pub struct InstallFlags {
        prefix = "DIR": "where it goes; /usr/local if not given",
        destdir = "DIR": "a folder before the prefix, for whoever makes a package",
        libdir = "DIR": "the folder of the libraries below the prefix; lib if not given",
    }
}

/// `cargo xtask install`.
pub const INSTALL: Command = Command {
    name: "install",
    args: "",
    about: "installs the library for C: shared and static, header, pkg-config, CMake",
    details: "The tree can be moved, for its files find each other from where they lie. The shared \
              library has the version of the ABI in its name, so that two versions live side by \
              side; its debug symbols lie beside it. The static one has the functions of {header} and \
              no other name in it, so that it links beside another Rust library. A manifest lists \
              every file.",
    flags: InstallFlags::ALL,
    example: "cargo xtask install --prefix \"$HOME/.local\"",
    run: hand_over,
};

flags! {
    pub struct DistFlags {
        glibc = "VERSION": "runs with this glibc and newer ones, such as 2.17; needs zig",
    }
}

/// `cargo xtask dist`.
pub const DIST: Command = Command {
    name: "dist",
    args: "",
    about: "makes what is given to others: archive, wheel, source distribution, hashes",
    details: "In target/dist: the tree of `cargo xtask install` as an archive, a wheel for every \
              version of Python, the source distribution, a list of what is inside (SBOM), and \
              SHA256SUMS. The same sources give the same bytes, in every folder.\n\n\
              It needs Python 3.11 or newer.",
    flags: DistFlags::ALL,
    example: "cargo xtask dist",
    run: hand_over,
};

flags! {
    pub struct GenerateFlags {
        check: "compares and writes nothing; exit code 1 if something is stale",
    }
}

/// `cargo xtask generate`.
pub const GENERATE: Command = Command {
    name: "generate",
    args: "",
    about: "writes everything that is generated and committed: the header, tables, pages",
    details: "Nothing of it is edited by hand. What is made from a record, such as a page of measured \
              figures, is made from the record that is there: nothing is measured again.",
    flags: GenerateFlags::ALL,
    example: "cargo xtask generate --check",
    run: hand_over,
};

/// `cargo xtask new`.
pub const NEW: Command = Command {
    name: "new",
    args: "NAME DIR...",
    about: "writes a workspace of this shape for a library of your own",
    details: "NAME is the library's: lower-case letters, digits and `_`. DIR must not exist, or be \
              empty. The new workspace has a core crate, the C ABI over it, the harnesses of C and of \
              Python, and the engine of this workspace as it is, with its checks and faults; everything \
              in it is green at once. Then replace its example functions by your own.",
    flags: &[],
    example: "cargo xtask new acme ../acme",
    run: hand_over,
};
