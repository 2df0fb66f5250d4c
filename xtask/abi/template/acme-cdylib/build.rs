//! Gives the shared library the name by which its users will ask the loader for it.
//!
//! rustc sets none. Without one, a program linked against `/home/me/libNAME.so` asks for exactly
//! that path ever after, and one linked against `./libNAME.so` runs in one folder only. The name
//! ends with the version of the ABI, so that a program never gets a library of another version, and
//! libraries of two versions can lie in one folder.

use std::{env, fs};

fn main() {
    let source = "src/abi_version.rs";
    for source in ["build.rs", source] {
        println!("cargo::rerun-if-changed={source}");
    }
    let text = fs::read_to_string(source).expect("the version of the ABI cannot be read");
    let (_, rest) = text.split_once(": u32 = ").expect("it has no version");
    let (version, _) = rest.split_once(';').expect("its version does not end");
    // The package NAME-cdylib makes libNAME.
    let package = env!("CARGO_PKG_NAME");
    let name = package.strip_suffix("-cdylib").unwrap_or(package);
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match system.as_str() {
        "macos" | "ios" => {
            println!(
                "cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/lib{name}.{version}.dylib"
            );
        }
        // A DLL's name is its file's name.
        "windows" => {}
        _ => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,lib{name}.so.{version}"),
    }
}
