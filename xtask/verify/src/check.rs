//! A check as a row of a table: what it proves, what it needs, how it is done.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use abi_stages::library::{Library, Program};
use abi_stages::process::{Cmd, Finished, find_program};
use abi_stages::tool;
use abi_stages::workspace::Workspace;
use anyhow::{Error, Result};

use crate::builds::{self, Variant};
use crate::{cases, python};

/// A claim about the workspace, and how to find out whether it holds.
pub struct Check {
    /// Boundary and name, such as `abi/header`.
    pub id: &'static str,
    /// What is proven when it passes.
    pub claim: &'static str,
    /// What to do when it fails; [`Check::next`] puts in the names of the library.
    pub hint: &'static str,
    pub needs: &'static [Requirement],
    /// Everything that was found wrong; nothing if the claim holds. An error if it could not be
    /// found out, which is a failure too.
    pub run: fn(&Workspace) -> Result<Vec<Finding>>,
}

impl Check {
    /// The part of the id before the slash.
    pub fn boundary(&self) -> &'static str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// Whether it takes more time than a run has that names no check.
    pub fn is_slow(&self) -> bool {
        let mut needs = self.needs.iter();
        needs.any(|need| matches!(need, Requirement::Time))
    }

    /// What to do when it fails.
    pub fn next(&self, library: &Library) -> String {
        library.fill(self.hint)
    }

    /// What has to be built for it, in order: the library first, which may be named once more.
    pub fn to_build(&self) -> Vec<(&'static str, Build)> {
        let has_library = self.needs.iter().any(|need| need.has_the_library());
        let library = has_library.then_some(Requirement::Library);
        let all = library.iter().chain(self.needs);
        all.filter_map(|need| need.built()).collect()
    }
}

/// What a check cannot do without.
#[derive(Clone, Copy, Debug)]
pub enum Requirement {
    /// More time than a run has that names no check: it runs with `--all`, or if it or its boundary is
    /// named. The others take less than half a minute in all.
    Time,
    /// Cases, which the drivers in C and in Python put to the library.
    Cases,
    /// A program of the C harness, by its name: not every library has something for each to show.
    Program(&'static str),
    /// Linux, and why no other system will do.
    Linux(&'static str),
    /// The system and the processor that the exhibits' programs are written for: `/dev/full`, glibc's
    /// words, what is left in a register.
    LinuxX86,
    /// A C compiler with AddressSanitizer and UBSan.
    AddressSanitizer,
    /// A program, by its name, and how to install it.
    Tool(&'static str, &'static str),
    /// What a package on top of this one needs besides.
    Other(&'static Need),
    /// The target directory that the README shows.
    UsualTarget,
    /// The names of the Python package: a workspace that has released nothing has nothing to keep.
    Frozen,
    // What follows is built before the checks run, once for all of them.
    /// cbindgen, compiled.
    Generator,
    /// The library, with the header as it is, and the Rust program of stage 1. A check that needs
    /// something that has it inside need not say so.
    Library,
    /// The C programs of stage 2.
    CStage,
    /// The Python module of stage 3.
    Module,
    /// The library with the allocator that counts.
    Canary,
    /// The library with AddressSanitizer inside.
    LibraryAsan,
    /// The library with ThreadSanitizer inside.
    LibraryTsan,
    /// The library with its debug information.
    DebugBuild,
    /// The library with the guard that panics on demand.
    Panicking,
    /// The environment with Python's tools.
    PythonTools,
}

/// What the checks of another package need.
#[derive(Debug)]
pub struct Need {
    /// In a few words, such as "the wheel".
    pub what: &'static str,
    /// Why it cannot be had here, if so.
    pub absent: fn(&Workspace) -> Option<SkipReason>,
    pub build: Build,
}

/// Why a check does not run.
#[derive(Debug)]
pub enum SkipReason {
    /// A tool is missing; how to install it.
    Tool {
        name: &'static str,
        install: &'static str,
    },
    /// This system has no such thing.
    NotApplicable(Cow<'static, str>),
}

pub const VALGRIND: Requirement = Requirement::Tool(
    "valgrind",
    "Debian, Ubuntu: apt install valgrind; Fedora: dnf install valgrind",
);

/// Why a check needs Linux, where several have the same reason.
pub const ELF: &str = "it reads debug information in ELF files";
pub const REPLACED: &str = "another library takes the shipped one's place by LD_LIBRARY_PATH";
pub const PROC: &str = "it reads /proc/self";

impl Requirement {
    /// What it is called and how it is built, if it is.
    fn built(self) -> Option<(&'static str, Build)> {
        let built: (_, Build) = match self {
            Self::Generator => ("cbindgen", |it| tool::build(it, &Program::HEADER).map(drop)),
            Self::Library => ("the library", builds::build_library),
            Self::CStage => ("stage 2", builds::build_c_stage),
            Self::Module => ("stage 3", builds::build_module),
            Self::Canary => ("the library with the canary", |it| {
                Variant::Canary.build(it)
            }),
            Self::LibraryAsan => ("the library with AddressSanitizer", |it| {
                Variant::AddressSanitizer.build(it)
            }),
            Self::LibraryTsan => ("the library with ThreadSanitizer", |it| {
                Variant::ThreadSanitizer.build(it)
            }),
            Self::DebugBuild => ("the library with debug information", builds::build_debug),
            Self::Panicking => ("the library that panics on demand", |it| {
                Variant::Panicking.build(it)
            }),
            Self::PythonTools => ("Python's tools", builds::build_python),
            Self::Other(other) => (other.what, other.build),
            _ => return None,
        };
        Some(built)
    }

    /// Whether the library is compiled for it, so that it cannot be built if the library cannot. The
    /// drivers of the cases are compiled when they run, with the pipeline's header.
    fn has_the_library(self) -> bool {
        match self {
            Self::Cases | Self::Program(_) => true,
            Self::Generator | Self::PythonTools | Self::Other(_) => false,
            _ => self.built().is_some(),
        }
    }

    /// What of it was not found and cannot be built.
    pub fn absent(self, workspace: &Workspace) -> Option<SkipReason> {
        let is_linux = cfg!(target_os = "linux");
        let has_sanitizers = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
        let why: Cow<'static, str> = match self {
            Self::Other(other) => return (other.absent)(workspace),
            Self::Linux(why) if !is_linux => why.into(),
            Self::PythonTools if cfg!(target_pointer_width = "32") => {
                "numpy, which tests use, has no wheel for 32 bits".into()
            }
            Self::LinuxX86 if !(is_linux && cfg!(target_arch = "x86_64")) => {
                "its programs are written for Linux on x86-64".into()
            }
            Self::DebugBuild if !is_linux => ELF.into(),
            Self::Canary | Self::Panicking if !is_linux => REPLACED.into(),
            Self::LibraryAsan
            | Self::LibraryTsan
            | Self::AddressSanitizer
            | Self::Tool("valgrind", _)
                if !is_linux =>
            {
                "its tools are those of Linux".into()
            }
            Self::LibraryAsan | Self::LibraryTsan if !has_sanitizers => {
                "only on x86-64 and aarch64".into()
            }
            Self::Cases | Self::Program(_) if cfg!(windows) => {
                "the C harness needs POSIX threads".into()
            }
            Self::Program(name) if !builds::has_program(workspace, name) => {
                format!("this library has no {}", builds::source_of(name)).into()
            }
            Self::Cases if cases::files(workspace).is_empty() => {
                format!("there is no {}/cases/*.txt", workspace.library().cdylib).into()
            }
            Self::UsualTarget if workspace.relative(workspace.target()) != "target" => {
                "the README shows the usual target directory".into()
            }
            Self::Frozen if !python::frozen(workspace).is_ok_and(|file| file.is_file()) => {
                "nothing of the package is frozen for this version; `cargo xtask abi --freeze`"
                    .into()
            }
            _ => return self.missing_tool(workspace),
        };
        Some(SkipReason::NotApplicable(why))
    }

    fn missing_tool(self, workspace: &Workspace) -> Option<SkipReason> {
        static HAS_PYTHON: OnceLock<bool> = OnceLock::new();
        let (is_here, name, install) = match self {
            Self::LibraryTsan => (
                builds::thread_sanitizer_archive(workspace).is_some(),
                "Rust's runtime of ThreadSanitizer",
                "install Rust with rustup, whose toolchains have it",
            ),
            Self::PythonTools => (
                *HAS_PYTHON.get_or_init(|| builds::tools(workspace).absent(workspace).is_none()),
                "a Python of 3.11 or newer",
                "Debian, Ubuntu: apt install python3 python3-venv python3-dev; or set PYTHON to the \
                 interpreter to use",
            ),
            Self::AddressSanitizer => (
                builds::has_sanitizers(workspace),
                "a C compiler with AddressSanitizer",
                "Debian, Ubuntu: apt install gcc; Fedora: dnf install libasan libubsan",
            ),
            Self::Tool(name, install) => (find_program(name).is_some(), name, install),
            _ => return None,
        };
        (!is_here).then_some(SkipReason::Tool { name, install })
    }
}

pub type Build = fn(&Workspace) -> Result<()>;

/// How a check went.
pub enum Outcome {
    Passed,
    Failed(Vec<Finding>),
    /// The check could not find out.
    Broken(Error),
    /// Something that it needs could not be built.
    Unbuilt {
        what: &'static str,
        why: String,
    },
    Skipped(SkipReason),
}

/// A check that had its turn.
pub struct Checked {
    pub check: &'static Check,
    pub outcome: Outcome,
    pub time: Duration,
}

/// One thing that is wrong.
#[derive(Clone)]
pub struct Finding {
    /// What was seen and what was wanted, in words; it may have several lines.
    pub text: String,
    /// Where to look, relative to the root.
    pub place: Option<(PathBuf, usize)>,
}

impl Finding {
    pub fn new(text: impl Into<String>) -> Finding {
        Finding {
            text: text.into(),
            place: None,
        }
    }

    pub fn at(mut self, file: impl Into<PathBuf>, line: usize) -> Finding {
        self.place = Some((file.into(), line));
        self
    }
}

/// A finding for each line that does not end well.
pub fn succeed(
    workspace: &Workspace,
    lines: impl IntoIterator<Item = Cmd>,
) -> Result<Vec<Finding>> {
    unsuccessful(workspace, lines, Finished::complaint)
}

/// The same in other words.
pub fn unsuccessful(
    workspace: &Workspace,
    lines: impl IntoIterator<Item = Cmd>,
    words: fn(&Finished, &Cmd) -> String,
) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for line in lines {
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            findings.push(Finding::new(words(&finished, &line)));
        }
    }
    Ok(findings)
}
