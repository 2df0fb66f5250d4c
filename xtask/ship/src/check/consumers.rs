//! C users: each build system finds the installed tree, and the programs that it builds give the answers
//! to the cases that are recorded.

use std::fs;

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::workspace::{Workspace, program_name};
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding, Requirement, succeed};
use anyhow::Result;

use super::outside::{CALLS, Outside, with_home};
use super::tree::{INSTALLED, installed};
use crate::tools;

pub const LINUX: Requirement = Linux("its programs find the library by LD_LIBRARY_PATH");

pub const CHECKS: &[Check] = &[
    Check {
        id: "ship/pkg-config",
        claim: "a program that is compiled with pkg-config's flags finds the moved tree, and gives \
                the recorded answers to the cases with the shared library and with the static one",
        hint: "lib/pkgconfig/{library}.pc in the installed tree is what pkg-config reads",
        needs: &[Time, LINUX, Cases, INSTALLED, PKG_CONFIG],
        run: |workspace| consume(workspace, pkg_config, &BOTH),
    },
    Check {
        id: "ship/cmake",
        claim: "a CMake project finds the moved tree, and its programs give the recorded \
                answers to the cases with the shared library and with the static one",
        hint: "lib/cmake/{library} in the installed tree is what CMake reads",
        needs: &[Time, LINUX, Cases, INSTALLED, tools::NEEDED],
        run: |workspace| consume(workspace, cmake, &BOTH),
    },
    Check {
        id: "ship/meson",
        claim: "a Meson project finds the moved tree, and its programs give the recorded \
                answers to the cases with the shared library and with the static one",
        hint: "Meson reads what pkg-config reads: lib/pkgconfig/{library}.pc in the installed tree",
        needs: &[Time, LINUX, Cases, INSTALLED, PKG_CONFIG, tools::NEEDED],
        run: |workspace| consume(workspace, meson, &BOTH),
    },
    Check {
        id: "ship/beside",
        claim: "the installed static library links beside another Rust static library, made with LTO and \
                without, in both orders, and the program gives the recorded answers to the cases",
        hint: "`isolate.rs` of abi-ship says what can go wrong",
        needs: &[
            Time,
            Linux("the static library is isolated as an ELF file only"),
            Cases,
            INSTALLED,
        ],
        run: |workspace| {
            let programs = ["before-plain", "after-plain", "before-lto", "after-lto"];
            consume(workspace, beside, &programs)
        },
    },
];

/// What a build system builds: with the shared library, and with the static one.
const BOTH: [&str; 2] = [DYNAMIC, "static"];
const DYNAMIC: &str = "dynamic";

const PKG_CONFIG: Requirement = Tool(
    "pkg-config",
    "Debian, Ubuntu: apt install pkg-config; Fedora: dnf install pkgconf",
);

/// How programs are built in the folder `build` of the one that it is given.
type BuildSystem = fn(&Workspace, &Outside) -> Result<Vec<Cmd>>;

/// Has a build system build programs of the driver of the cases, and compares what they answer.
fn consume(workspace: &Workspace, build: BuildSystem, programs: &[&str]) -> Result<Vec<Finding>> {
    Outside::with_drivers(workspace, |outside, plan| {
        fs::create_dir_all(outside.path("build"))?;
        outside.copy(workspace, &installed(workspace), "usr")?;
        let mut findings = succeed(workspace, build(workspace, outside)?)?;
        if !findings.is_empty() {
            return Ok(findings);
        }
        for &name in programs {
            let program = outside.path("build").join(program_name(name));
            let line = outside
                .line(&program.to_string_lossy(), &[])?
                .env("LD_LIBRARY_PATH", outside.path("usr/lib"))
                .arg(outside.path(CALLS));
            findings.extend(plan.compare(workspace, name, &line)?);
            let needs = inspect::read(&program)?.needs;
            let library = workspace.loader_name()?;
            let needs_it = needs.contains(&library);
            if needs_it != (name == DYNAMIC) {
                findings.push(Finding::new(format!(
                    "the {name} program needs {}; {library} is{} among them",
                    needs.join(", "),
                    if needs_it { "" } else { " not" }
                )));
            }
        }
        Ok(findings)
    })
}

/// What every build system gets to know: where the tree is.
fn line(workspace: &Workspace, outside: &Outside, program: &str) -> Result<Cmd> {
    let line = outside.line(program, &[tools::programs(workspace)])?;
    Ok(line
        .env("PKG_CONFIG_PATH", outside.path("usr/lib/pkgconfig"))
        .env("CMAKE_PREFIX_PATH", outside.path("usr")))
}

/// `eval`, for pkg-config quotes a space in a path as a shell does.
const PKG_CONFIG_BUILD: &str = "\
version=$(pkg-config --modversion {library})
echo $version
test $version = VERSION
set -- -std=c11 -O1 -Wall -Wextra -Wpedantic -Werror -pthread -Idriver driver/*.c
eval \"cc $@ $(pkg-config --cflags --libs {library}) -o build/dynamic\"
eval \"cc $@ $(pkg-config --cflags {library}) $(pkg-config --variable=static {library}) -o build/static\"
";

fn pkg_config(workspace: &Workspace, outside: &Outside) -> Result<Vec<Cmd>> {
    let library = workspace.library();
    let script = PKG_CONFIG_BUILD.replace("VERSION", library.version);
    let line = line(workspace, outside, "sh")?.args(["-ec", &library.fill(&script)]);
    Ok(vec![line])
}

const CMAKE: &str = "\
cmake_minimum_required(VERSION 3.16)
project(consumer C)
find_package({library} CONFIG REQUIRED)
find_package({library} {version} EXACT CONFIG REQUIRED) # A project may find it twice.
find_package(Threads REQUIRED)
file(GLOB driver driver/*.c)
add_library(driver OBJECT ${driver})
target_include_directories(driver PRIVATE driver)
target_link_libraries(driver PRIVATE {library}::{library})
target_compile_options(driver PRIVATE -std=c11 -Wall -Wextra -Wpedantic -Werror)
foreach(kind {library} static)
  add_executable(with-${kind} $<TARGET_OBJECTS:driver>)
  target_link_libraries(with-${kind} PRIVATE {library}::${kind} Threads::Threads)
endforeach()
set_target_properties(with-{library} PROPERTIES OUTPUT_NAME dynamic)
set_target_properties(with-static PROPERTIES OUTPUT_NAME static)
";

fn cmake(workspace: &Workspace, outside: &Outside) -> Result<Vec<Cmd>> {
    let text = CMAKE.replace("{version}", workspace.library().version);
    outside.write("CMakeLists.txt", &workspace.library().fill(&text))?;
    let line = || line(workspace, outside, "cmake");
    Ok(vec![
        line()?.args(["-S", ".", "-B", "build", "-G", "Ninja"]),
        line()?.args(["--build", "build"]),
    ])
}

const MESON: &str = "\
project('consumer', 'c', default_options: ['c_std=c11', 'warning_level=3', 'werror=true'])
sources = run_command('sh', '-c', 'ls driver/*.c', check: true).stdout().split()
include = include_directories('driver')
shared = [dependency('{library}'), dependency('threads')]
executable('dynamic', sources, include_directories: include, dependencies: shared)
static = [dependency('{library}', static: true), dependency('threads')]
executable('static', sources, include_directories: include, dependencies: static)
";

fn meson(workspace: &Workspace, outside: &Outside) -> Result<Vec<Cmd>> {
    outside.write("meson.build", &workspace.library().fill(MESON))?;
    let line = || line(workspace, outside, "meson");
    Ok(vec![
        line()?.args(["setup", "build"]),
        // What is compiled well tells nothing.
        line()?.args(["compile", "-C", "build", "--ninja-args=--quiet"]),
    ])
}

/// Another Rust library: it allocates, starts a thread, panics and catches it, so that it has much of the
/// runtime in it.
const OTHER: &str = r#"
use std::panic::catch_unwind;

#[unsafe(no_mangle)]
pub extern "C" fn other_sum(count: u32) -> u64 {
    let numbers: Vec<u64> = (1..=u64::from(count)).collect();
    let text = format!("{numbers:?}");
    let thread = std::thread::spawn(move || numbers.iter().sum::<u64>());
    let caught = catch_unwind(|| assert!(text.is_empty()));
    if caught.is_ok() { 0 } else { thread.join().unwrap_or(0) }
}
"#;

/// Calls it before `main`.
const CALLER: &str = r#"
#include <stdint.h>
#include <stdlib.h>

uint64_t other_sum(uint32_t count);

__attribute__((constructor)) static void call_other(void) {
    if (other_sum(4) != 10) {
        abort();
    }
}
"#;

/// Links the static library and another one in both orders, that one made in two ways.
fn beside(workspace: &Workspace, outside: &Outside) -> Result<Vec<Cmd>> {
    outside.write("other.rs", OTHER)?;
    outside.write("driver/caller.c", CALLER)?;
    let ours = format!("usr/lib/{}", workspace.static_file());
    let mut lines = Vec::new();
    for (way, flags) in [("plain", ""), ("lto", "-Clto=fat -Cembed-bitcode=yes")] {
        let other = format!("build/{way}.a");
        let rustc =
            format!("rustc --edition=2024 --crate-type=staticlib -O other.rs -o {other} {flags}");
        lines.push(with_home(outside.line("sh", &[])?).args(["-c", &rustc]));
        for (order, archives) in [("before", [&ours, &other]), ("after", [&other, &ours])] {
            let cc = format!(
                "cc -std=c11 -pthread -Idriver -Iusr/include driver/*.c {} {} \
                 -lm -ldl -lrt -lutil -o build/{order}-{way}",
                archives[0], archives[1]
            );
            lines.push(outside.line("sh", &[])?.args(["-c", &cc]));
        }
    }
    Ok(lines)
}
