//! Gives the shared library the name by which its users will ask the loader for it.
//!
//! rustc sets none. Without one, a program linked against `/home/me/libhello.so` asks for exactly
//! that path ever after, and one linked against `./libhello.so` runs in one folder only.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match system.as_str() {
        "macos" | "ios" => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libhello.dylib");
        }
        // A DLL's name is its file's name.
        "windows" => {}
        _ => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libhello.so"),
    }
}
