//! Names the shared library for the loader, and the statuses for C.

fn main() {
    abi_boundary::build::library("src/abi_version.rs", "src/status.rs");
}
