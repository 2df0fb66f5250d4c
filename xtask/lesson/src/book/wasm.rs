//! The library for the boxes of the book, compiled to WebAssembly where this toolchain can.

use std::env;
use std::fs;
use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::Result;

const TARGET: &str = "wasm32-unknown-unknown";

/// A script that has the library as text; nothing, and a line that says so, if the toolchain cannot make it.
pub fn script(workspace: &Workspace) -> Result<Option<String>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = Cmd::new(rustc).args(["--print", "target-libdir", "--target", TARGET]);
    let libraries = libraries.check(workspace)?.stdout();
    if !Path::new(libraries.trim()).is_dir() {
        return Ok(None);
    }
    let target = workspace.target().join("lesson/wasm");
    Cmd::cargo()
        .args([
            "rustc",
            "--quiet",
            "--release",
            "--lib",
            "--crate-type",
            "cdylib",
        ])
        .args(["--package", workspace.library().cdylib, "--target", TARGET])
        .args([
            "--config",
            "profile.release.panic=\"abort\"",
            "--config",
            "profile.release.lto=true",
        ])
        .arg("--target-dir")
        .arg(workspace.relative(&target))
        .check(workspace)?;
    let file = format!("{TARGET}/release/{}.wasm", workspace.library().name);
    let module = base64(&fs::read(target.join(file))?);
    Ok(Some(format!("globalThis.HELLO_WASM = \"{module}\";\n")))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | usize::from(*three.get(at).unwrap_or(&0))
        });
        for at in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * at) & 63];
            text.push(if at <= three.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

#[test]
fn bytes_are_text() {
    let all = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
    assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    assert_eq!(base64(&[255, 254, 0]), "//4A");
}
