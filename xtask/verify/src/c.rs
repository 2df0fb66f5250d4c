//! The checks of the boundary to C.

use abi_stages::compiler::program_of;
use abi_stages::inspect;
use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, bail};
use cargo_abi::symbols;

use crate::builds::{self, Variant};
use crate::cases::{self, Choice, Language};
use crate::check::Artifact::*;
use crate::check::Platform::*;
use crate::check::Requirement::*;
use crate::check::Tool::*;
use crate::check::{Check, Finding, succeed, unsuccessful};
use crate::generated::{monitors, pointers};

pub const CHECKS: &[Check] = &[
    Check {
        id: "c/stage",
        claim: "both C programs print what the Rust program prints, and one finds the library by a \
                relative path",
        hint: "`cargo xtask c --explain` shows how they are made",
        needs: &[Built(CStage)],
        run: stage,
    },
    Check {
        id: "c/header",
        claim: "the header, included twice and with nothing before it, compiles as every C and every C++ \
                by GCC, and as every C from C99 on and every C++ by Clang",
        hint: "the compiler's message is above; cbindgen.toml says how the header is written",
        needs: &[Built(Library), After("abi/header")],
        run: header,
    },
    Check {
        id: "c/cases-shared",
        claim: "C with the shared library gives the answer that is recorded to every case; a call that \
                fails, also a random one, changes nothing",
        hint: "the line of the case is named; if the new answer is right, delete the recorded one, and \
               `cargo xtask generate` writes it",
        needs: &[Cases, Built(CPrograms), After("abi/signatures")],
        run: |workspace| cases::compare(workspace, Language::C),
    },
    Check {
        id: "c/cases-static",
        claim: "C with the static library gives the recorded answers, and to random cases what the shared \
                one gives",
        hint: "the line of the case is named",
        needs: &[Cases, Built(CPrograms), After("c/cases-shared")],
        run: |workspace| cases::compare(workspace, Language::CStatic),
    },
    Check {
        id: "c/hostile",
        claim: "what prints fails with its status wherever standard output leads, a panic is reported in \
                one write, and the short cases, hostile ones among them, are clean under AddressSanitizer \
                and UBSan, which see the C side",
        hint: "c-harness/programs/hostile.c makes the calls; a case is named by its line",
        needs: &[
            Program("hostile"),
            Cases,
            Built(CPrograms),
            With(AddressSanitizer),
            After("c/cases-shared"),
        ],
        run: hostile,
    },
    Check {
        id: "c/memory",
        claim: "after a thousand rounds of every short case, failures included, the library has no \
                block left, and a foreign free aborts",
        hint: "a line that leaks is named; the canary is canary.rs of abi-boundary",
        needs: &[
            Cases,
            Built(CPrograms),
            Built(Canary),
            After("c/cases-shared"),
        ],
        run: memory,
    },
    Check {
        id: "c/valgrind",
        claim: "every short case and every hostile input is clean under valgrind",
        hint: "valgrind's report is above",
        needs: &[
            Cases,
            Built(CPrograms),
            With(Valgrind),
            After("c/cases-shared"),
            After("c/hostile"),
        ],
        run: valgrind,
    },
    Check {
        id: "c/threads",
        claim: "eight threads at once get the same answers, each its own last error, and helgrind sees \
                no race",
        hint: "the message of the program or of helgrind is above; what the library keeps is in \
               last_error.rs; handles are left out of helgrind, which takes a correct lock of \
               Rust's for a race, and counted in c/counting",
        needs: &[
            Program("threads"),
            Built(CPrograms),
            With(Valgrind),
            After("c/cases-shared"),
        ],
        run: threads,
    },
    Check {
        id: "c/counting",
        claim: "eight threads that make greetings with one handle at once lose none, and a careless \
                count beside theirs shows that they were at it at once",
        hint: "what a handle counts needs an atomic number or a lock; the program is \
               c-harness/programs/counting.c",
        needs: &[Program("counting"), Built(CPrograms), With(TwoProcessors)],
        run: |workspace| succeed(workspace, [builds::program(workspace, "counting")]),
    },
    Check {
        id: "c/columns",
        claim: "in a million random orders of making, moving, lending and releasing columns, failures \
                and panics included, each is released once, by its owner, and has in it what it should",
        hint: "the order is counted by c-harness/programs/columns.c, the same in each run; under a \
               debugger, stop where it says so",
        needs: &[
            Program("columns"),
            Built(CPrograms),
            Built(Canary),
            Built(Panicking),
        ],
        run: columns,
    },
    Check {
        id: "c/fork",
        claim: "a child that was forked while other threads were printing and panicking inside the \
                library can do both",
        hint: "no lock of std's may be held: output goes past `println!` (standard.rs), and the \
               report of a panic past std's own (panic_hook.rs)",
        needs: &[
            Program("fork"),
            On(Linux(
                "what fork does beside threads is tried on Linux alone",
            )),
            Built(CPrograms),
            After("c/stage"),
        ],
        run: |workspace| succeed(workspace, [builds::program(workspace, "fork")]),
    },
    Check {
        id: "c/pointers",
        claim: "the calls of abi/pointers are clean under AddressSanitizer, UBSan and valgrind",
        hint: "the tool's report is above",
        needs: &[
            Time,
            Built(DebugBuild),
            With(AddressSanitizer),
            With(Valgrind),
        ],
        run: pointers::invalid_pointers_under_tools,
    },
    Check {
        id: "c/asan",
        claim: "a thousand rounds of every short case, and a million orders with columns, are clean under \
                AddressSanitizer on both sides and UBSan in C",
        hint: "the sanitizer's report is above; the library is built with -Zsanitizer=address",
        needs: &[
            Time,
            Cases,
            Built(CPrograms),
            With(AddressSanitizer),
            Built(LibraryAsan),
            Built(DebugBuild),
            After("c/hostile"),
        ],
        run: asan,
    },
    Check {
        id: "c/tsan",
        claim: "two threads that make random calls by turns, with the same handles, are clean under \
                ThreadSanitizer inside the library: what they share has a lock or is atomic",
        hint: "ThreadSanitizer's report is above, and the calls that led there; because the threads \
               never collide, each access without an order is reported, and no correct lock is. The last drop of \
               an `Arc` orders by a fence, which ThreadSanitizer does not see: there, look twice",
        needs: &[Time, Built(DebugBuild), Built(LibraryTsan)],
        run: monitors::races,
    },
];

fn header(workspace: &Workspace) -> Result<Vec<Finding>> {
    const C: [&str; 4] = ["c90", "c99", "c11", "c17"];
    const CPP: [&str; 4] = ["c++98", "c++11", "c++17", "c++20"];
    const FLAGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"];
    let compilers = [
        ("gcc", "c", &C[..]),
        ("g++", "c++", &CPP),
        // Its own stdbool.h is no C90 to it: `bool` is of C99.
        ("clang", "c", &C[1..]),
        ("clang++", "c++", &CPP),
    ];
    let include = workspace.relative(&workspace.pipeline("include"));
    let mut findings = Vec::new();
    let mut compiled = 0;
    for (compiler, language, standards) in compilers {
        if find_program(compiler).is_none() {
            continue;
        }
        let source = builds::verify(workspace, "header").join(format!("{compiler}.{language}"));
        let mut text = format!(
            "#include \"{0}\"\n#include \"{0}\"\n",
            workspace.library().header()
        );
        if language == "c++" {
            // To C++ a function of another language is another function: to declare it again says
            // which one it is.
            text += "#if __cplusplus >= 201103L\n"; // decltype is of C++11.
            let header = workspace::read(&workspace.pipeline_header())?;
            let exported = symbols::exported(&workspace.shared_library())?;
            for function in exported
                .iter()
                .filter(|f| header.contains(&format!("{f}(")))
            {
                text += &format!("extern \"C\" decltype({function}) {function};\n");
            }
            text += "#endif\n";
        }
        workspace::write(&source, text.as_bytes())?;
        for standard in standards {
            let line = Cmd::new(compiler)
                .arg(format!("-std={standard}"))
                .args(FLAGS)
                .args(["-x", language, "-I"])
                .arg(&include)
                .arg(workspace.relative(&source));
            findings.extend(succeed(workspace, [line])?);
            compiled += 1;
        }
    }
    if compiled == 0 {
        bail!("neither gcc nor clang was found: the header was not compiled once");
    }
    Ok(findings)
}

/// The programs that misuse the library as it is shipped.
pub fn misuse(workspace: &Workspace) -> Vec<Cmd> {
    builds::programs_of(workspace, &["hostile", "threads", "counting"]).collect()
}

fn hostile(workspace: &Workspace) -> Result<Vec<Finding>> {
    let plain = builds::programs_of(workspace, &["hostile"]);
    let mut findings = quietly_succeed(workspace, plain)?;
    let (language, choice) = (Language::CSanitized, Choice::SHORT);
    findings.extend(cases::run(
        workspace,
        language,
        "hostile",
        choice,
        |line| line.env("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0"),
    )?);
    for sanitizer in ["__asan_", "__ubsan_"] {
        if !builds::has_inside(&Language::CSanitized.program(workspace), sanitizer)? {
            let text = format!("the program has no `{sanitizer}` inside");
            findings.push(Finding::new(text));
        }
    }
    Ok(findings)
}

fn columns(workspace: &Workspace) -> Result<Vec<Finding>> {
    let line = || builds::program(workspace, "columns");
    let counted = Variant::Canary.under(workspace, line().arg(ORDERS));
    // Each panic is reported, which takes long.
    let panics = Variant::Panicking.under(workspace, line().args(["20000", "panics"]));
    let lines = [counted, panics.env("PANIC_ON_DEMAND", "core")];
    quietly_succeed(workspace, lines)
}

/// How many random orders are carried out.
const ORDERS: &str = "1000000";

fn memory(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = cases::count(workspace, Language::C, "memory")?;
    for line in builds::programs_of(workspace, &["foreign_free"]) {
        let foreign = Variant::Canary.under(workspace, line);
        if foreign.output(workspace)?.status.success() {
            findings.push(Finding::new(format!(
                "the library's text was freed with C's free(), and nothing happened:\n  {foreign}"
            )));
        }
    }
    Ok(findings)
}

/// The cases with the sanitizer on both sides. What a wrong length from C does happens inside the library,
/// where a sanitizer on the side of C alone sees nothing.
fn asan(workspace: &Workspace) -> Result<Vec<Finding>> {
    let (language, choice) = (Language::CSanitized, Choice::SHORT);
    let mut findings = cases::run(workspace, language, "asan", choice, |line| {
        Variant::AddressSanitizer.under(workspace, line.args(cases::ROUNDS))
    })?;
    if builds::has_program(workspace, "columns") {
        let line = builds::sanitized(workspace, "columns")?.arg(ORDERS);
        let line = Variant::AddressSanitizer.under(workspace, line);
        findings.extend(quietly_succeed(workspace, [line])?);
    }
    findings.extend(monitors::is_blind(workspace)?);
    Ok(findings)
}

/// A finding for each line that does not end well, without what it prints.
pub fn quietly_succeed(
    workspace: &Workspace,
    lines: impl IntoIterator<Item = Cmd>,
) -> Result<Vec<Finding>> {
    unsuccessful(workspace, lines, |finished, line| {
        let (status, cause) = (finished.status, cause(&finished.stderr()));
        format!("this ended with {status}:\n  {line}\n{cause}")
    })
}

/// What of standard error says why a program ended: a sanitizer's report, or valgrind's first words. Of
/// the rest, where a thousand panics are a thousand reports, the last words are the harness's.
pub fn cause(stderr: &str) -> String {
    let is_other = |words: &&str| {
        !words.contains("ERROR: AddressSanitizer") && !words.contains("runtime error:")
    };
    let report: Vec<&str> = stderr.lines().skip_while(is_other).take(60).collect();
    if !report.is_empty() {
        return report.join("\n");
    }
    let (valgrind, rest): (Vec<&str>, Vec<&str>) =
        stderr.lines().partition(|line| line.starts_with("=="));
    let last = &rest[rest.len().saturating_sub(10)..];
    [&valgrind[..valgrind.len().min(60)], last]
        .concat()
        .join("\n")
}

fn valgrind(workspace: &Workspace) -> Result<Vec<Finding>> {
    const MEMCHECK: [&str; 3] = [
        "--leak-check=full",
        "--errors-for-leak-kinds=definite",
        "--show-leak-kinds=definite",
    ];
    let programs = builds::programs_of(workspace, &["hostile"]);
    let mut findings = quietly_succeed(workspace, programs.map(|line| under(&MEMCHECK, &line)))?;
    findings.extend(cases::run(
        workspace,
        Language::C,
        "valgrind",
        Choice::SHORT,
        |line| under(&MEMCHECK, &line),
    )?);
    Ok(findings)
}

fn threads(workspace: &Workspace) -> Result<Vec<Finding>> {
    const THREADS: [&str; 2] = ["--threads", "8"];
    const HELGRIND: [&str; 1] = ["--tool=helgrind"];
    let program = builds::program(workspace, "threads");
    let mut findings = quietly_succeed(workspace, [under(&HELGRIND, &program), program])?;
    let run = |name, choice, arrange: fn(Cmd) -> Cmd| {
        cases::run(workspace, Language::C, name, choice, |line| {
            arrange(line.args(THREADS))
        })
    };
    findings.extend(run("threads", Choice::SHORT, |line| line)?);
    // Left out is what helgrind does not understand: panics, for unwinding takes locks of libgcc's,
    // and handles, which may have one of Rust's locks inside.
    let helgrind = |line: Cmd| under(&HELGRIND, &line);
    findings.extend(run("helgrind", Choice::CALM, helgrind)?);
    Ok(findings)
}

/// The same line under valgrind.
fn under(tool: &[&str], line: &Cmd) -> Cmd {
    let all = [&["--quiet", "--error-exitcode=9"], tool].concat();
    line.under("valgrind", &all).env("RUST_BACKTRACE", "0")
}

fn stage(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in [
        workspace.library().name.to_owned(),
        format!("{}-static", workspace.library().name),
    ] {
        let line = Cmd::new(program_of(workspace, &name)).alone_in(std::path::Path::new("/"));
        findings.extend(prints_the_same(workspace, &line)?);
    }
    let needs = inspect::read(&program_of(workspace, workspace.library().name))?.needs;
    let library = workspace.loader_name()?;
    let is_it = |needed: &&String| needed.rsplit('/').next() == Some(&library);
    match needs.iter().find(is_it) {
        None => findings.push(Finding::new(format!(
            "the program of stage 2 needs {}, and {library} is not among them",
            needs.join(", ")
        ))),
        Some(path) if path.starts_with('/') => findings.push(Finding::new(format!(
            "the program of stage 2 asks for {path}: only this path will do"
        ))),
        Some(_) => {}
    }
    Ok(findings)
}

/// Whether a program prints what the Rust program prints.
pub fn prints_the_same(workspace: &Workspace, line: &Cmd) -> Result<Option<Finding>> {
    let oracle = Cmd::new(
        workspace
            .pipeline("rust")
            .join(workspace.program_file(workspace.library().name)),
    );
    let wanted = oracle.check(workspace)?.stdout();
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        return Ok(Some(Finding::new(finished.complaint(line))));
    }
    let seen = finished.stdout();
    let shown = line.to_string();
    Ok((seen != wanted).then(|| {
        Finding::new(abi_stages::term::diff(
            ("stage 1, the Rust program", &wanted),
            (&shown, &seen),
        ))
    }))
}
