//! Which library this is, so that a program built against another one finds out at start.

use std::ffi::c_char;

use crate::abi_version::ACME_ABI_VERSION;

/// Returns the version of the ABI that the loaded library has. If it is not ACME_ABI_VERSION, call
/// nothing else: this header describes another library.
#[unsafe(no_mangle)]
pub extern "C" fn acme_abi_version() -> u32 {
    ACME_ABI_VERSION
}

/// Returns the version of the library as text, such as `0.1.0`. It is static: never free it.
#[unsafe(no_mangle)]
pub extern "C" fn acme_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

// core: begin
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_abi_is_that_of_the_header() {
        assert_eq!(acme_abi_version(), ACME_ABI_VERSION);
    }
}
// core: end
