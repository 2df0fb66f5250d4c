//! Gives the shared library the name by which its users will ask the loader for it.
//!
//! rustc sets none. Without one, a program linked against `/home/me/libacme.so` asks for exactly
//! that path ever after, and one linked against `./libacme.so` runs in one folder only. The name
//! ends with the version of the ABI, so that a program never gets a library of another version, and
//! libraries of two versions can lie in one folder.

use std::env;

#[path = "src/abi_version.rs"]
mod abi_version;

use abi_version::ACME_ABI_VERSION as N;

fn main() {
    for source in ["build.rs", "src/abi_version.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match system.as_str() {
        "macos" | "ios" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libacme.{N}.dylib");
        }
        // A DLL's name is its file's name.
        "windows" => {}
        _ => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libacme.so.{N}"),
    }
}
