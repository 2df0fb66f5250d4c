//! The versions of the library and of its ABI, so that a program can refuse another one at start.

use std::ffi::c_char;

use crate::abi_version::HELLO_ABI_VERSION;

/// Returns the version of the ABI that the loaded library has. If it is not HELLO_ABI_VERSION, call
/// nothing else: this header describes another library.
#[unsafe(no_mangle)]
pub extern "C" fn hello_abi_version() -> u32 {
    HELLO_ABI_VERSION
}

/// Returns the version of the library as text, such as `0.1.0`. It is static: never free it.
#[unsafe(no_mangle)]
pub extern "C" fn hello_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
