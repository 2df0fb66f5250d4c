//! Checks that call every function of the header, whatever it is called: C that is generated from the
//! description of the ABI, compiled and run.
//!
//! The driver of [hostile calls](cargo_abi::hostile) makes those that a check [chooses](caller), and random
//! ones; the driver of the [cases](crate::cases), compiled as an [old consumer](old_consumer), makes them with
//! a header of old.

pub mod caller;
pub mod interface;

// The checks.
pub mod comments;
pub mod coverage;
pub mod monitors;
pub mod old_consumer;
pub mod other_version;
pub mod panics;
pub mod pointers;
pub mod statics;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::step::{Stamp, Step};
use abi_stages::workspace::{self, Workspace};
use abi_stages::{runner, stages};
use anyhow::Result;

use crate::builds;

/// A file by its name. What is of this package goes into this program, so that a copy of the workspace is
/// looked at with the files of the original.
pub type Source<'a> = (&'a str, &'a str);

/// Where a check generates its C.
pub fn folder(workspace: &Workspace, name: &str) -> PathBuf {
    builds::verify(workspace, "generated").join(name)
}

/// Makes a program of the sources in a folder of its own, with `flags` besides the usual ones, unless it was made of
/// the same before: the sources, and large files that it has inside. Two checks that need the same wait for each
/// other.
pub fn program(
    workspace: &Workspace,
    name: &str,
    sources: &[Source],
    flags: &[&str],
    linkage: Linkage,
) -> Result<PathBuf> {
    static COMPILING: Mutex<()> = Mutex::new(());
    let folder = folder(workspace, name);
    let to = folder.join(workspace.program_file(name));
    let program = Program {
        sources: write_sources(workspace, &folder, sources)?,
        flags,
        linkage,
        to: &to,
    };
    let line = Compiler::find(workspace)?.program(workspace, &program);
    let mut stamp = Stamp::new(to.with_extension("stamp"))
        .text(&line)
        // It may be missing: a unit test compiles what needs none.
        .large_input(workspace.pipeline_header())
        .output(&to);
    if let Linkage::Static = linkage {
        // Which libraries of the system it needs besides is a file in the line.
        runner::quietly(workspace, vec![stages::c::native_libraries(workspace)])?;
        stamp = stamp.large_input(workspace.static_library());
    }
    let mut files = workspace::files(&folder)?;
    files.retain(|file| file.extension().is_some_and(|end| end == "c" || end == "h"));
    let mut step = Step::new("Compile a program in C", "")
        .run(line)
        .stamped(files.into_iter().fold(stamp, Stamp::input));
    if workspace.system().os == "windows" {
        // A DLL is looked for beside the program.
        let beside = to.with_file_name(workspace.shared_file());
        step = step.copy(workspace.shared_library(), beside);
    }
    let _guard = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
    runner::quietly(workspace, vec![step])?;
    Ok(to)
}

/// Writes the sources into `folder` and returns those to be compiled, from the root.
pub fn write_sources(
    workspace: &Workspace,
    folder: &Path,
    sources: &[Source],
) -> Result<Vec<OsString>> {
    let mut compiled = Vec::new();
    for (name, text) in sources {
        let path = folder.join(name);
        // What is unchanged is not compiled again.
        if workspace::read(&path).ok().as_deref() != Some(text) {
            workspace::write(&path, text.as_bytes())?;
        }
        if name.ends_with(".c") {
            compiled.push(workspace.relative(&path));
        }
    }
    Ok(compiled)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use crate::hello::LIBRARY;
    use cargo_abi::Headers;
    use cargo_abi::hostile::{DRIVER, Tables};

    use super::*;
    use crate::cases::types::Types;
    use crate::cases::{Choice, Plan, driver};

    /// What C can declare, as far as this library has none of it. `{Status}` is the row's.
    const HEADER: &str = r"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define API extern
typedef enum { {STATUS}_OK = 0, {STATUS}_NULL_POINTER = 1, {STATUS}_MISALIGNED = 3 } {Status};
enum mode { MODE_A };
struct point { double x, y; };
typedef struct handle handle;
typedef int (*visitor)(const struct point *point, void *context);
API double apply(double value, double (*function)(double, int32_t));
API {Status} handle_new(const char *name, handle **made);
API struct point handle_size(const handle *self, double *area, enum mode *mode);
API {Status} handle_visit(const handle *self, visitor visit, void *context);
API {Status} move_all(struct point points[], size_t count, unsigned long long *moved);
API struct point middle(struct point a, struct point b, enum mode mode, bool exactly);
API void (*on_error(void (*handler)(const char *, ...)))(const char *, ...);
API const char *const *names(int (*matrix)[4], long double weight);
API unsigned long long wide(unsigned long a, signed char b, int8_t c, ptrdiff_t d);
API void nothing(void);
";

    #[test]
    fn what_is_generated_compiles_whatever_a_header_declares() {
        let workspace = Workspace::locate(&LIBRARY).unwrap();
        let scratch = folder(&workspace, "tests");
        let status = workspace.library().status();
        let constant = workspace.library().status_value("OK").replace("_OK", "");
        let text = HEADER
            .replace("{Status}", &status)
            .replace("{STATUS}", &constant);
        let header = scratch.join(workspace.library().header());
        workspace::write(&header, text.as_bytes()).unwrap();
        let compiler = Compiler::find(&workspace).unwrap();
        let run = |arguments: &[OsString]| {
            crate::readers::finished(&workspace, &compiler.bare().args(arguments))
        };
        let abi = Headers::one(&header)
            .read(&run, &folder(&workspace, "tests-reader"))
            .unwrap();
        let interface = interface::Interface::new(&LIBRARY, abi.clone(), &text).unwrap();

        let types = Types::new(abi, &LIBRARY);
        let plan = Plan::new(Vec::new(), types, Choice::All).unwrap();
        let tables = Tables::new(&interface);
        assert!(tables.callable.len() > 5, "{:?}", tables.callable);
        for (name, source) in [
            ("cases.c", plan.in_c(true)),
            ("tables.c", tables.source.clone()),
        ] {
            let path = scratch.join(name);
            workspace::write(&path, source.as_bytes()).unwrap();
            for (name, text) in DRIVER.into_iter().chain(driver::sources("")) {
                workspace::write(&scratch.join(name), text.as_bytes()).unwrap();
            }
            let line = compiler
                .bare()
                .args(["-Wpedantic", "-fsyntax-only"])
                .arg(workspace.relative(&path));
            line.check(&workspace).unwrap();
        }
    }
}
