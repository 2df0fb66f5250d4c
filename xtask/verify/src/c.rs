//! The checks of the boundary to C.

use abi_stages::compiler::program_of;
use abi_stages::process::{Cmd, find_program};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Result, bail};
use cargo_abi::symbols;

use crate::builds::{self, Variant};
use crate::cases::{self, Choice, Language, Plan};
use crate::check::Requirement::*;
use crate::check::{Check, Finding, VALGRIND, succeed, unsuccessful};
use crate::generated::monitors;
use crate::rust;

pub const CHECKS: &[Check] = &[
    Check {
        id: "c/stage",
        claim: "both C programs print what the Rust program prints; one finds the library near it",
        hint: "`cargo xtask c --explain` shows how they are made",
        needs: &[CStage],
        run: stage,
    },
    Check {
        id: "c/header",
        claim: "the header, included twice, compiles as every C and C++ by GCC and Clang",
        hint: "cbindgen.toml says how the header is written",
        needs: &[Library],
        run: header,
    },
    Check {
        id: "c/cases-shared",
        claim: "C with the shared library gives the recorded answers; a failure writes nothing",
        hint: "if the new answer is right, delete the old one; `cargo xtask generate` writes it",
        needs: &[Cases],
        run: |workspace| cases::compare(workspace, Language::C),
    },
    Check {
        id: "c/cases-static",
        claim: "C with the static library gives the recorded answers, and the shared one's",
        hint: "the line of the case is named",
        needs: &[Cases],
        run: |workspace| cases::compare(workspace, Language::CStatic),
    },
    Check {
        id: "c/hostile",
        claim: "what prints fails with its status wherever standard output leads, a panic is reported in \
                one write, and the short cases, hostile ones among them, are clean under AddressSanitizer \
                and UBSan, which see the C side",
        hint: "c-harness/programs/hostile.c makes the calls; a case is named by its line",
        needs: &[Program("hostile"), Cases, AddressSanitizer],
        run: hostile,
    },
    Check {
        id: "c/memory",
        claim: "a hundred rounds of every short case leave no block; a foreign free aborts",
        hint: "a line that leaks is named; the canary is canary.rs of abi-boundary",
        needs: &[Cases, Canary],
        run: memory,
    },
    Check {
        id: "c/valgrind",
        claim: "every short case and every hostile input is clean under valgrind",
        hint: "valgrind's report is above",
        needs: &[Cases, VALGRIND],
        run: valgrind,
    },
    Check {
        id: "c/threads",
        claim: "eight threads get the same answers, each its own last error; helgrind sees no race",
        hint: "what the library keeps is in last_error.rs; c/counting and c/tsan look at handles",
        needs: &[Cases, VALGRIND],
        run: threads,
    },
    Check {
        id: "c/counting",
        claim: "eight threads that make greetings with one handle at once lose none",
        hint: "what a handle counts needs an atomic number or a lock",
        needs: &[Program("counting")],
        run: |workspace| succeed(workspace, [builds::program(workspace, "counting")?]),
    },
    Check {
        id: "c/fork",
        claim: "a forked child can print and panic, while other threads were doing both inside",
        hint: "no lock of std's may be held: see standard.rs and panic_hook.rs",
        needs: &[
            Program("fork"),
            Linux("what fork does beside threads is tried on Linux alone"),
        ],
        run: |workspace| succeed(workspace, [builds::program(workspace, "fork")?]),
    },
    Check {
        id: "c/asan",
        claim: "a hundred rounds of every short case, and the tests of the C ABI, are clean under \
                AddressSanitizer on both sides",
        hint: "the library is built with -Zsanitizer=address",
        needs: &[Time, Cases, AddressSanitizer, LibraryAsan],
        run: asan,
    },
    Check {
        id: "c/tsan",
        claim: "two threads that make random calls by turns, with the same handles, are clean \
                under ThreadSanitizer inside the library",
        hint: "what the threads share needs a lock or is atomic; only the last drop of an `Arc`, \
               which orders by a fence, is reported without need",
        needs: &[Time, DebugBuild, LibraryTsan],
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
    let is_there = |(compiler, ..): &(&str, _, _)| find_program(compiler).is_some();
    let compilers: Vec<_> = compilers.into_iter().filter(is_there).collect();
    if compilers.is_empty() {
        bail!("neither gcc nor clang was found: the header was not compiled once");
    }
    let mut findings = Vec::new();
    for (compiler, language, standards) in compilers {
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
        }
    }
    Ok(findings)
}

fn hostile(workspace: &Workspace) -> Result<Vec<Finding>> {
    let plain = builds::programs_of(workspace, &["hostile"])?;
    let mut findings = quietly_succeed(workspace, plain)?;
    let language = Language::CSanitized;
    findings.extend(cases::run(workspace, language, |line| {
        line.env("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
    })?);
    let program = language.program(workspace, &Plan::read(workspace, Choice::Short)?)?;
    for sanitizer in ["__asan_", "__ubsan_"] {
        if !builds::has_inside(&program, sanitizer)? {
            let text = format!("the program has no `{sanitizer}` inside");
            findings.push(Finding::new(text));
        }
    }
    Ok(findings)
}

fn memory(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = cases::count(workspace)?;
    for line in builds::programs_of(workspace, &["foreign_free"])? {
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
    let language = Language::CSanitized;
    let mut findings = cases::run(workspace, language, |line| {
        Variant::AddressSanitizer.under(workspace, line.args(cases::ROUNDS))
    })?;
    let tests = Variant::AddressSanitizer.cargo(workspace, "test")?;
    let tests = Variant::AddressSanitizer.under(workspace, tests.args(["--quiet", "--lib"]));
    findings.extend(rust::failures(workspace, tests)?);
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
    let programs = builds::programs_of(workspace, &["hostile"])?.into_iter();
    let mut findings = quietly_succeed(workspace, programs.map(|line| under(&MEMCHECK, &line)))?;
    findings.extend(cases::run(workspace, Language::C, |line| {
        under(&MEMCHECK, &line)
    })?);
    Ok(findings)
}

fn threads(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = cases::run(workspace, Language::C, |line| line.args(["--threads", "8"]))?;
    findings.extend(cases::run(workspace, Language::C, |line| {
        under(&["--tool=helgrind"], &line.args(["--threads", "2"]))
    })?);
    Ok(findings)
}

/// The same line under valgrind.
fn under(tool: &[&str], line: &Cmd) -> Cmd {
    let all = [&["--quiet", "--error-exitcode=9"], tool].concat();
    line.under("valgrind", &all).env("RUST_BACKTRACE", "0")
}

fn stage(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let name = workspace.library().name;
    for name in [name, &format!("{name}-static")] {
        let line = Cmd::new(program_of(workspace, name)).alone_in(std::path::Path::new("/"));
        findings.extend(prints_the_same(workspace, &line)?);
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
