//! A check as a row of a table: what it proves, what it needs, how it is done.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Error, Result};
use xtask::LIBRARY;
use xtask::process::{Cmd, find_program};
use xtask::python::Environment;
use xtask::workspace::Workspace;

use crate::{builds, implementations, reference};

/// A claim about the workspace, and how to find out whether it holds.
pub struct Check {
    /// Boundary and name, such as `abi/header`.
    pub id: &'static str,
    /// What is proven when it passes.
    pub claim: &'static str,
    /// What to do when it fails; [`Check::next`] puts in the names of the library.
    pub hint: &'static str,
    pub tier: Tier,
    pub needs: &'static [Requirement],
    /// Everything that was found wrong; nothing if the claim holds. An error if it could not be
    /// found out, which is a failure too.
    pub run: fn(&Workspace) -> Result<Vec<Finding>>,
}

impl Check {
    /// The part of the id before the slash.
    pub fn boundary(&self) -> &'static str {
        self.id
            .split_once('/')
            .map_or(self.id, |(boundary, _)| boundary)
    }

    /// What to do when it fails.
    pub fn next(&self) -> String {
        LIBRARY.fill(self.hint)
    }

    /// Whether there is something for it to check here, be the tools for it installed or not.
    pub fn applies(&self, workspace: &Workspace) -> bool {
        let absent = |need: &Requirement| need.absent(workspace);
        let mut reasons = self.needs.iter().filter_map(absent);
        !reasons.any(|reason| matches!(reason, SkipReason::NotApplicable(_)))
    }

    /// The ids of the checks that it builds upon.
    pub fn bases(&self) -> impl Iterator<Item = &'static str> {
        self.needs.iter().filter_map(|need| match need {
            Requirement::Check(id) => Some(*id),
            _ => None,
        })
    }
}

/// Which runs a check belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// Every run: the boundaries of this library, in less than half a minute in all.
    Quick,
    /// Runs with `--all`, and those that name it or its boundary.
    All,
}

/// What a check cannot do without: something that is built before, or that has to be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// cbindgen, compiled.
    Generator,
    /// The library, with the header as it is, and the Rust program of stage 1.
    Library,
    /// The C programs of stage 2.
    CStage,
    /// The Python module of stage 3.
    Module,
    /// The programs of the C harness.
    CPrograms,
    /// One of them, by its name: not every library has something for each to show.
    Program(&'static str),
    /// An implementation of the transcript, by its name in the row.
    Implementation(&'static str),
    /// The file with the reference's answers: not every library has written some down.
    Reference,
    /// The C programs with sanitizers, if the compiler has them.
    Sanitized,
    /// A C compiler with ThreadSanitizer.
    SanitizedThreads,
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
    /// Linux, and why no other system will do.
    Linux(&'static str),
    /// The system and the processor that the exhibits' programs are written for: `/dev/full`, glibc's
    /// words, what is left in a register.
    LinuxX86,
    Valgrind,
    /// What a package on top of this one needs besides.
    Other(&'static Other),
    /// What another check claims, by its id. If both fail, the report says that this failure may follow
    /// from that one.
    Check(&'static str),
    /// Two processors: with one, no two threads run at once.
    TwoProcessors,
}

/// What the checks of another package need.
#[derive(Debug)]
pub struct Other {
    /// In a few words, such as "the wheel".
    pub what: &'static str,
    /// Why it cannot be had here, if so.
    pub absent: fn(&Workspace) -> Option<SkipReason>,
    pub build: Build,
}

impl PartialEq for Other {
    fn eq(&self, other: &Other) -> bool {
        self.what == other.what
    }
}

impl Eq for Other {}

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

/// Why a check needs Linux, where several have the same reason.
pub const ELF: &str = "it reads debug information in ELF files";
pub const STAND_IN: &str = "another library takes the shipped one's place by LD_LIBRARY_PATH";
pub const PROC: &str = "it reads /proc/self";

/// What a check may run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    pub const ALL: [System; 3] = [System::Linux, System::MacOs, System::Windows];

    pub fn here() -> System {
        match () {
            () if cfg!(windows) => System::Windows,
            () if cfg!(target_os = "linux") => System::Linux,
            // The other systems with POSIX are not told apart.
            () => System::MacOs,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            System::Linux => "Linux",
            System::MacOs => "macOS",
            System::Windows => "Windows",
        }
    }
}

impl Requirement {
    /// Why a system does not have it, whatever is installed there.
    pub fn missing_on(self, system: System) -> Option<&'static str> {
        if system == System::Linux {
            return None;
        }
        match self {
            Requirement::Linux(why) => Some(why),
            Requirement::LinuxX86 => Some("its programs are written for Linux on x86-64"),
            Requirement::DebugBuild => Some(ELF),
            Requirement::Canary | Requirement::Panicking => Some(STAND_IN),
            Requirement::Sanitized
            | Requirement::SanitizedThreads
            | Requirement::Valgrind
            | Requirement::LibraryAsan
            | Requirement::LibraryTsan => Some("its tools are those of Linux"),
            Requirement::CPrograms if system == System::Windows => {
                Some("the C harness needs POSIX threads")
            }
            _ => None,
        }
    }

    /// What is built, in this order, before the checks run.
    pub const BUILT: [(Requirement, &'static str, Build); 12] = [
        (Requirement::Generator, "cbindgen", |workspace| {
            xtask::tool::build(workspace, "xtask-header", "cbindgen").map(drop)
        }),
        (Requirement::Library, "the library", builds::build_library),
        (Requirement::CStage, "stage 2", builds::build_c_stage),
        (Requirement::Module, "stage 3", builds::build_module),
        (Requirement::CPrograms, "the C programs", builds::build_c),
        (
            Requirement::Sanitized,
            "the C programs with sanitizers",
            builds::build_sanitized,
        ),
        (
            Requirement::Canary,
            "the library with the canary",
            builds::build_canary,
        ),
        (
            Requirement::LibraryAsan,
            "the library with AddressSanitizer",
            builds::build_asan,
        ),
        (
            Requirement::LibraryTsan,
            "the library with ThreadSanitizer",
            builds::build_tsan,
        ),
        (
            Requirement::DebugBuild,
            "the library with debug information",
            builds::build_debug,
        ),
        (
            Requirement::Panicking,
            "the library that panics on demand",
            builds::build_panicking,
        ),
        (
            Requirement::PythonTools,
            "Python's tools",
            builds::build_python,
        ),
    ];

    /// Whether the library is compiled for it, so that it cannot be built if the library cannot.
    pub fn has_the_library(self) -> bool {
        let is_built = Requirement::BUILT.iter().any(|(need, ..)| *need == self);
        is_built && !matches!(self, Requirement::Generator | Requirement::PythonTools)
    }

    /// What of it is not here and cannot be built.
    pub fn absent(self, workspace: &Workspace) -> Option<SkipReason> {
        if let Some(why) = self.missing_on(System::here()) {
            return Some(SkipReason::NotApplicable(why.into()));
        }
        match self {
            Requirement::Other(other) => (other.absent)(workspace),
            Requirement::LinuxX86 if !cfg!(target_arch = "x86_64") => {
                Some(SkipReason::NotApplicable("only on x86-64".into()))
            }
            Requirement::Program(name) if !builds::has_program(workspace, name) => {
                let text = format!("this library has no {}", builds::source_of(name));
                Some(SkipReason::NotApplicable(text.into()))
            }
            Requirement::Implementation(name) if implementations::named(name).is_err() => {
                let text = format!("the row of names, xtask/library.rs, lists no `{name}`");
                Some(SkipReason::NotApplicable(text.into()))
            }
            Requirement::Reference if reference::file().is_none() => {
                let text = "the row of names, xtask/library.rs, has no reference transcript";
                Some(SkipReason::NotApplicable(text.into()))
            }
            Requirement::Valgrind => find_program("valgrind").is_none().then_some(SkipReason::Tool {
                name: "valgrind",
                install: "Debian, Ubuntu: apt install valgrind; Fedora: dnf install valgrind",
            }),
            Requirement::TwoProcessors => std::thread::available_parallelism()
                .is_ok_and(|count| count.get() < 2)
                .then_some(SkipReason::Tool {
                    name: "a second processor",
                    install: "run it on a machine that has one, or allow the process a second one",
                }),
            Requirement::Sanitized => (!builds::has_sanitizers(workspace)).then_some(SkipReason::Tool {
                name: "a C compiler with AddressSanitizer",
                install: "Debian, Ubuntu: apt install gcc; Fedora: dnf install libasan libubsan",
            }),
            Requirement::SanitizedThreads => (!builds::has_thread_sanitizer_in_c(workspace))
                .then_some(SkipReason::Tool {
                    name: "a C compiler with ThreadSanitizer",
                    install: "Debian, Ubuntu: apt install gcc; Fedora: dnf install libtsan",
                }),
            Requirement::LibraryAsan | Requirement::LibraryTsan
                if !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) =>
            {
                Some(SkipReason::NotApplicable("only on x86-64 and aarch64".into()))
            }
            Requirement::LibraryTsan => {
                (!builds::has_thread_sanitizer(workspace)).then_some(SkipReason::Tool {
                    name: "Rust's runtime of ThreadSanitizer",
                    install: "install Rust with rustup, whose toolchains have it",
                })
            }
            Requirement::PythonTools => {
                static ANSWER: OnceLock<bool> = OnceLock::new();
                let ask = || {
                    Environment::of_checks(workspace)
                        .absent(workspace)
                        .is_some()
                };
                ANSWER.get_or_init(ask).then_some(SkipReason::Tool {
                    name: "a Python of 3.11 or newer",
                    install: "Debian, Ubuntu: apt install python3 python3-venv python3-dev; or set \
                              PYTHON to the interpreter to use",
                })
            }
            _ => None,
        }
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

/// A finding if the line does not end well.
pub fn succeeds(workspace: &Workspace, line: &Cmd) -> Result<Option<Finding>> {
    let finished = line.output(workspace)?;
    Ok((!finished.status.success()).then(|| Finding::new(finished.complaint(line))))
}
