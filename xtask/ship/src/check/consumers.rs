//! C users: each build system finds the installed tree, and the programs that it builds give the answers
//! to the cases that are recorded.

use std::fs;

use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_verify::cases::Plan;
use abi_verify::check::Platform::*;
use abi_verify::check::Requirement::*;
use abi_verify::check::{Check, Finding, Need, Requirement, SkipReason, succeed};
use anyhow::Result;

use super::outside::Outside;
use super::tree::{INSTALLED, installed};
use crate::tools;

pub const LINUX: Requirement = On(Linux("its programs find the library by LD_LIBRARY_PATH"));

pub const CHECKS: &[Check] = &[
    Check {
        id: "ship/pkg-config",
        claim: "a program that is compiled with pkg-config's flags finds the moved tree, and gives \
                the recorded answers to the cases with the shared library and with the static one",
        hint: "lib/pkgconfig/{library}.pc in the installed tree is what pkg-config reads",
        needs: &[Time, LINUX, Cases, INSTALLED, PKG_CONFIG],
        run: |workspace| consume(workspace, pkg_config),
    },
    Check {
        id: "ship/cmake",
        claim: "a CMake project finds the moved tree, and its programs give the recorded \
                answers to the cases with the shared library and with the static one",
        hint: "lib/cmake/{library} in the installed tree is what CMake reads",
        needs: &[Time, LINUX, Cases, INSTALLED, tools::NEEDED],
        run: |workspace| consume(workspace, cmake),
    },
    Check {
        id: "ship/meson",
        claim: "a Meson project finds the moved tree, and its programs give the recorded \
                answers to the cases with the shared library and with the static one",
        hint: "Meson reads what pkg-config reads: lib/pkgconfig/{library}.pc in the installed tree",
        needs: &[Time, LINUX, Cases, INSTALLED, PKG_CONFIG, tools::NEEDED],
        run: |workspace| consume(workspace, meson),
    },
];

const PKG_CONFIG: Requirement = Other(&Need {
    what: "pkg-config",
    absent: |_| {
        abi_stages::process::find_program("pkg-config")
            .is_none()
            .then_some(SkipReason::Tool {
                name: "pkg-config",
                install: "Debian, Ubuntu: apt install pkg-config; Fedora: dnf install pkgconf",
            })
    },
    build: |_| Ok(()),
});

/// Builds `dynamic` and `static` in the folder that it is given.
type BuildSystem = fn(&Workspace, &Outside) -> Result<Vec<Cmd>>;

/// Has a build system build the driver of the cases twice, and compares what the two answer.
fn consume(workspace: &Workspace, build: BuildSystem) -> Result<Vec<Finding>> {
    Outside::with_drivers(workspace, |outside, plan| {
        outside.copy(&installed(workspace), "usr")?;
        let findings = succeed(workspace, build(workspace, outside)?)?;
        match findings.is_empty() {
            true => compare(workspace, outside, plan),
            false => Ok(findings),
        }
    })
}

fn compare(workspace: &Workspace, outside: &Outside, plan: &Plan) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in ["dynamic", "static"] {
        let program = outside.path("build").join(program_name(name));
        let line = outside
            .line(&program.to_string_lossy(), &[])?
            .env("LD_LIBRARY_PATH", outside.path("usr/lib"));
        findings.extend(outside.compare(workspace, plan, name, line)?);
        let needs = inspect::read(&program)?.needs;
        let library = workspace.loader_name()?;
        let needs_it = needs.contains(&library);
        if needs_it != (name == "dynamic") {
            findings.push(Finding::new(format!(
                "the {name} program needs {}; {library} is{} among them",
                needs.join(", "),
                if needs_it { "" } else { " not" }
            )));
        }
    }
    Ok(findings)
}

/// What every build system gets to know: where the tree is.
fn line(workspace: &Workspace, outside: &Outside, program: &str) -> Result<Cmd> {
    let line = outside.line(program, &[tools::programs(workspace)])?;
    Ok(line
        .env("PKG_CONFIG_PATH", outside.path("usr/lib/pkgconfig"))
        .env("CMAKE_PREFIX_PATH", outside.path("usr")))
}

fn pkg_config(workspace: &Workspace, outside: &Outside) -> Result<Vec<Cmd>> {
    let compile = "cc -std=c11 -O1 -Wall -Wextra -Wpedantic -Werror -pthread -Idriver driver/*.c";
    let flags = "$(pkg-config --cflags LIBRARY)";
    fs::create_dir_all(outside.path("build"))?;
    // `eval`, for pkg-config quotes a space in a path as a shell does.
    let version = workspace.library().version;
    let lines = [
        format!(
            "version=$(pkg-config --modversion LIBRARY) && echo $version && test $version = {version}"
        ),
        format!("eval \"{compile} {flags} $(pkg-config --libs LIBRARY) -o build/dynamic\""),
        format!(
            "eval \"{compile} {flags} $(pkg-config --variable=static LIBRARY) -o build/static\""
        ),
    ];
    lines
        .into_iter()
        .map(|text| {
            let text = text.replace("LIBRARY", workspace.library().name);
            Ok(line(workspace, outside, "sh")?.args(["-c", &text]))
        })
        .collect()
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
sources = files(DRIVER)
include = include_directories('driver')
shared = [dependency('{library}'), dependency('threads')]
executable('dynamic', sources, include_directories: include, dependencies: shared)
static = [dependency('{library}', static: true), dependency('threads')]
executable('static', sources, include_directories: include, dependencies: static)
";

fn meson(workspace: &Workspace, outside: &Outside) -> Result<Vec<Cmd>> {
    let driver = workspace::files(&outside.path("driver"))?;
    let driver = driver.iter().filter_map(|file| file.file_name());
    let driver: Vec<String> = driver
        .map(|name| format!("'driver/{}'", name.to_string_lossy()))
        .filter(|name| name.ends_with(".c'"))
        .collect();
    let text = workspace
        .library()
        .fill(MESON)
        .replace("DRIVER", &driver.join(", "));
    outside.write("meson.build", &text)?;
    let line = || line(workspace, outside, "meson");
    Ok(vec![
        line()?.args(["setup", "build"]),
        line()?.args(["compile", "-C", "build"]),
    ])
}
