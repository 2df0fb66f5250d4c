//! Passes on for which system xtask is built: the C compiler has to build for the same one.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!(
        "cargo::rustc-env=TARGET={}",
        env::var("TARGET").expect("cargo sets TARGET")
    );
}
