//! Writes the C header of the crate in the folder that it is given to standard output.
//!
//! `xtask-header FOLDER` prints the header, `xtask-header FOLDER --symbols` the names of the functions that
//! it declares, one a line. A package of its own because cbindgen takes longer to compile than all else:
//! the program of a workspace is a call of [`main`]. `cargo xtask header` runs it and adds the first lines.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `xtask-header FOLDER [--symbols]`.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from);
    let mode = arguments.next();
    let result = match (folder, mode) {
        (Some(folder), None) => write_header(&folder),
        (Some(folder), Some(mode)) if mode == "--symbols" => write_symbols(&folder),
        _ => Err("usage: xtask-header FOLDER [--symbols]".into()),
    };
    match result {
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
    print(&header)
}

fn write_symbols(crate_folder: &Path) -> Result<(), String> {
    let bindings = bindings(crate_folder)?;
    let names: String = bindings
        .dynamic_symbols_names()
        .map(|name| format!("{name}\n"))
        .collect();
    print(names.as_bytes())
}

fn bindings(crate_folder: &Path) -> Result<cbindgen::Bindings, String> {
    let config = cbindgen::Config::from_file(crate_folder.join("cbindgen.toml"))?;
    cbindgen::Builder::new()
        .with_config(config)
        // The sources alone. Given the crate, cbindgen asks `cargo metadata`, which needs every
        // dependency of every system at hand and so fails without a network.
        .with_src(crate_folder.join("src").join("lib.rs"))
        .generate()
        .map_err(|error| error.to_string())
}

fn print(bytes: &[u8]) -> Result<(), String> {
    io::stdout()
        .write_all(bytes)
        .map_err(|error| format!("cannot write to standard output: {error}"))
}
