//! The library for the boxes of the book, compiled to WebAssembly where this toolchain can.

use std::env;
use std::fs;
use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::Result;

const TARGET: &str = "wasm32-unknown-unknown";

/// A script that has the library; nothing, and a line that says so, if the toolchain cannot make it.
pub fn script(workspace: &Workspace) -> Result<Option<String>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = Cmd::new(rustc).args(["--print", "target-libdir", "--target", TARGET]);
    let libraries = libraries.check(workspace)?.stdout();
    if !Path::new(libraries.trim()).is_dir() {
        return Ok(None);
    }
    let target = workspace.target().join("lesson/wasm");
    Cmd::cargo()
        .args(["rustc", "--quiet", "--profile", "wasm", "--target", TARGET])
        .args(["--package", workspace.library().cdylib, "--lib"])
        .args(["--crate-type", "cdylib", "--target-dir"])
        .arg(workspace.relative(&target))
        .check(workspace)?;
    let file = format!("{TARGET}/wasm/{}.wasm", workspace.library().name);
    let bytes = fs::read(target.join(file))?;
    Ok(Some(format!(
        "globalThis.HELLO_WASM = new Uint8Array({bytes:?});\n"
    )))
}
