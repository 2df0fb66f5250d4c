// core: begin
//! Stage 1 of the pipeline: the library, used from Rust. The programs in C and Python print the same.

mod abi_version;

fn main() {
    let version = env!("CARGO_PKG_VERSION");
    println!("acme {version}, ABI version {}", abi_version::ACME_ABI_VERSION);
}
// core: end
