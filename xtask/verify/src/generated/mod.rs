//! Checks that call every function of the header, whatever it is called: C that is generated from the
//! description of the ABI, compiled and run.
//!
//! There are two mechanisms. A [stand-in](stand_in) takes the library's place: it has every function
//! of the header, with a body that a check chooses. A [caller](caller) makes calls that a check
//! chooses, each in a process of its own, and reports how each ended. What both share in C stands in
//! `xtask/verify/c`. The model writes the C of each type; no C is read here but the header's comments.

mod caller;
pub mod interface;
mod stand_in;

// The checks.
pub mod comments;
pub mod coverage;
pub mod other_version;
pub mod panics;
pub mod pointers;
pub mod statics;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use xtask::play;
use xtask::process::Line;
use xtask::step::{Stamp, Step};
use xtask::workspace::{self, Workspace};

use crate::harness;

/// A file of `xtask/verify/c`. It goes into this program, so that a copy of the workspace is looked at
/// with the files of the original.
type Source = (&'static str, &'static str);

macro_rules! source {
    ($name:literal) => {
        ($name, include_str!(concat!("../../c/", $name)))
    };
}
use source;

/// Where a check generates its C.
fn folder(workspace: &Workspace, name: &str) -> PathBuf {
    harness::verify(workspace, "generated").join(name)
}

/// Writes the sources into `folder` and returns those to be compiled.
fn write_sources(folder: &Path, fixed: &[Source], generated: &str) -> Result<Vec<PathBuf>> {
    let sources = fixed.iter().copied().chain([("generated.c", generated)]);
    let mut compiled = Vec::new();
    for (name, text) in sources {
        let path = folder.join(name);
        // What is unchanged is not compiled again.
        if workspace::read(&path).ok().as_deref() != Some(text) {
            workspace::write(&path, text.as_bytes())?;
        }
        if name.ends_with(".c") {
            compiled.push(path);
        }
    }
    Ok(compiled)
}

/// Compiles, unless it was compiled from the same before. Two checks that need the same wait for each
/// other.
fn compile(workspace: &Workspace, folder: &Path, line: Line, to: &Path) -> Result<()> {
    static COMPILING: Mutex<()> = Mutex::new(());
    let _guard = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stamp = Stamp::new(to.with_extension("stamp"))
        .text(&line)
        .input(workspace.pipeline("include").join(xtask::LIBRARY.header()))
        .output(to);
    for file in workspace::files(folder)? {
        if file.extension().is_some_and(|end| end == "c" || end == "h") {
            stamp = stamp.input(file);
        }
    }
    play::quietly(
        workspace,
        vec![
            Step::new("Compile what was generated", "")
                .run(line)
                .stamped(stamp),
        ],
    )
}
