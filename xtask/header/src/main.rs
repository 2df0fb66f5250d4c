//! Writes the C header of the crate in the folder that it is given to standard output.
//!
//! `xtask-header FOLDER` prints the header, `xtask-header FOLDER --symbols` the names of the
//! functions that it declares, one a line. A package of its own because cbindgen takes longer to
//! compile than all else in the workspace. `cargo xtask header` runs it and adds the first lines.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let output = match &arguments[..] {
        [folder] => bindings(folder.as_ref()).map(header),
        [folder, mode] if mode == "--symbols" => bindings(folder.as_ref()).map(symbols),
        _ => Err("usage: xtask-header FOLDER [--symbols]".into()),
    };
    let result = output.and_then(|bytes| print(&bytes));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask-header: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn header(bindings: cbindgen::Bindings) -> Vec<u8> {
    // In memory: cbindgen's own functions for files write before they compare.
    let mut header = Vec::new();
    bindings.write(&mut header);
    header
}

fn symbols(bindings: cbindgen::Bindings) -> Vec<u8> {
    let names = bindings.dynamic_symbols_names();
    let lines: String = names.map(|name| format!("{name}\n")).collect();
    lines.into_bytes()
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
