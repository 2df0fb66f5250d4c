//! Writes the C header of a crate to standard output.
//!
//! It is a separate package because cbindgen is slow to compile; the program of a workspace calls [`main`].
//! `cargo xtask header` runs it and adds the first lines.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

/// `xtask-header FOLDER`: prints the header of the crate in that folder.
pub fn main() -> ExitCode {
    if log::set_logger(&Warnings).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| "usage: xtask-header FOLDER".to_owned());
    match folder.and_then(|folder| write_header(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn write_header(crate_folder: &Path) -> Result<(), String> {
    // In memory: cbindgen's own functions for files write before they compare.
    let mut header = Vec::new();
    bindings(crate_folder)?.write(&mut header);
    let header = String::from_utf8(header).map_err(|error| error.to_string())?;
    // C90 and C++98 have no comma behind the last enumerator, and C90 has no comments of C++.
    let header = header.replace(",\n}", "\n}");
    let header = header.replace("// __cplusplus", "/* __cplusplus */");
    let header = header.replace("// extern \"C\"", "/* extern \"C\" */");
    io::stdout()
        .write_all(header.as_bytes())
        .map_err(|error| format!("cannot write to standard output: {error}"))
}

fn bindings(crate_folder: &Path) -> Result<cbindgen::Bindings, String> {
    let config = cbindgen::Config::from_file(crate_folder.join("cbindgen.toml"))?;
    let renamed = config.export.rename.keys().cloned().collect();
    let _ = RENAMED.set(renamed);
    cbindgen::Builder::new()
        .with_config(config)
        // The sources alone. Given the crate, cbindgen asks `cargo metadata`, which needs every
        // dependency of every system at hand and so fails without a network.
        .with_src(crate_folder.join("src").join("lib.rs"))
        .generate()
        .map_err(|error| error.to_string())
}

/// What cbindgen logs: nothing else says what it leaves out.
struct Warnings;

/// The types that have another name in C: cbindgen does not find them under their own.
static RENAMED: OnceLock<Vec<String>> = OnceLock::new();

impl log::Log for Warnings {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let warning = record.args().to_string();
        let mut renamed = RENAMED.get().into_iter().flatten();
        let is_renamed = renamed.any(|name| warning.starts_with(&format!("Can't find {name}.")));
        // What is private is left out by intent.
        if !is_renamed && !warning.contains("(not `pub`)") {
            eprintln!("cbindgen: {warning}");
        }
    }

    fn flush(&self) {}
}
