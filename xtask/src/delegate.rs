//! Commands that other packages serve, each compiled when it is first used: the engine's here, those of
//! the workspace's other parts in its row.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::LIBRARY;
use crate::cli::{Arguments, Command, Flags, Group, flags};
use crate::names::Program;
use crate::process::Cmd;
use crate::tool;
use crate::workspace::Workspace;

/// The program of the engine's own checks and of shipping, for the row.
pub const CHECKS: Program = Program {
    package: "xtask-ship",
    about: "the checks",
    commands: &[&VERIFY, &ABI, &INSTALL, &DIST, &GENERATE],
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

fn program_of(command: &str) -> Option<&'static Program> {
    let serves = |program: &&Program| program.commands.iter().any(|own| own.name == command);
    programs().rfind(serves)
}

/// Compiles the program that serves the command, if need be, and becomes it.
pub fn hand_over(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let program = program_of(arguments.command)
        .with_context(|| format!("no program serves `{}`", arguments.command))?;
    Cmd::new(tool::build(workspace, program.package, program.about)?)
        .arg(arguments.command)
        .args(arguments.all())
        .run_in_our_place(workspace)
}

flags! {
    pub struct VerifyFlags {
        list: "List all checks: which are slow, and what this machine lacks for one",
        all: "Also run the checks that take minutes",
        strict: "Fail if a check cannot run; implied by CI=true",
        repeat = "COUNT": "Run each check so many times, and stop it at its first failure",
        junit = "FILE": "Also write a JUnit report",
        quiet: "Print only failures and the sums",
    }
}

/// In one place for the help and for [`BOUNDARIES`]: only a literal can be a part of another.
macro_rules! boundaries {
    () => {
        "rust, abi, c, python, ship, docs"
    };
}

/// What checks are about: the first part of their ids.
pub const BOUNDARIES: &str = boundaries!();

/// `cargo xtask verify`.
pub const VERIFY: Command = Command {
    name: "verify",
    group: Group::Prove,
    args: &[(
        "[CHECK]...",
        concat!(
            "A boundary (",
            boundaries!(),
            ") or the id of a check [default: the quick ones]"
        ),
    )],
    about: "Prove every boundary: Rust, the C ABI, C, Python, the documentation",
    details: "A check repairs nothing, and a failing one does not stop the others. A check whose tool \
              is missing is skipped, and the report says how to install the tool; with --strict, \
              that is a failure.",
    flags: VerifyFlags::ALL,
    example: "cargo xtask verify abi c",
    run: hand_over,
};

flags! {
    pub struct AbiFlags {
        freeze: "Write it to {cdylib}/abi, under the number in {PREFIX}ABI_VERSION; never \
                 overwrite",
    }
}

/// `cargo xtask abi`.
pub const ABI: Command = Command {
    name: "abi",
    group: Group::Prove,
    args: &[],
    about: "Print the description of the C ABI, or freeze it as that of its version",
    details: "The description is the header's, as the C compiler understands it: every function, \
              struct, enum and constant, one fact a line.\n\n\
              Programs were built against a frozen description. `verify abi/stable` compares the \
              library with the one of its version: nothing in it may change, additions are \
              allowed.",
    flags: AbiFlags::ALL,
    example: "cargo xtask abi",
    run: hand_over,
};

flags! {
    pub struct InstallFlags {
        prefix = "DIR": "Where to install [default: /usr/local]",
        destdir = "DIR": "A folder that is put before the prefix, for packagers",
        libdir = "DIR": "The folder of the libraries under the prefix [default: lib]",
    }
}

/// `cargo xtask install`.
pub const INSTALL: Command = Command {
    name: "install",
    group: Group::Ship,
    args: &[],
    about: "Install the library for C: shared and static, header, pkg-config, CMake",
    details: "The tree can be moved: its files find each other by relative paths. The shared \
              library has the version of the ABI in its name, so two versions can be installed \
              side by side; its debug symbols are in a file of their own. The static library \
              offers the functions of {header} and no other name, so it links beside another Rust \
              library. A manifest lists \
              every file.",
    flags: InstallFlags::ALL,
    example: "cargo xtask install --prefix \"$HOME/.local\"",
    run: hand_over,
};

flags! {
    pub struct DistFlags {
        glibc = "VERSION": "The oldest glibc to run with, such as 2.17; needs zig",
    }
}

/// `cargo xtask dist`.
pub const DIST: Command = Command {
    name: "dist",
    group: Group::Ship,
    args: &[],
    about: "Package a release: archive, wheel, source distribution, hashes",
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
        check: "Compare instead of writing; exit with 1 if a file is stale",
    }
}

/// `cargo xtask generate`.
pub const GENERATE: Command = Command {
    name: "generate",
    group: Group::Build,
    args: &[],
    about: "Write the files that are generated and committed: the header, tables, pages",
    details: "None of them is edited by hand. A page of measured figures is generated from the \
              record of the measurement; nothing is measured again.",
    flags: GenerateFlags::ALL,
    example: "cargo xtask generate --check",
    run: hand_over,
};

/// `cargo xtask new`.
pub const NEW: Command = Command {
    name: "new",
    group: Group::Build,
    args: &[
        (
            "<NAME>",
            "The name of the library: lower-case letters, digits and `_`",
        ),
        ("<DIR>", "Where to; it must not exist, or be empty"),
    ],
    about: "Write a workspace of this shape for a library of your own",
    details: "The new workspace has a core crate, the C ABI over it, the harnesses of C and of \
              Python, and this workspace's engine, unchanged, with its checks. Its demo \
              and its checks pass at once; then you replace the example functions.",
    flags: &[],
    example: "cargo xtask new acme ../acme",
    run: hand_over,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_the_flags_of_the_program_that_serves_it() {
        for command in commands() {
            let program = program_of(command.name).unwrap();
            let is_its_own = program
                .commands
                .iter()
                .any(|own| std::ptr::eq(*own, command));
            assert!(
                is_its_own,
                "`{}` is described by another program",
                command.name
            );
        }
    }
}
