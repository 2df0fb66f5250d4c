//! What every library has: its versions, the message of a failure, and how a text comes back to be freed.

use std::ffi::c_char;

use abi_boundary::OwnedText;

use crate::abi_version::ACME_ABI_VERSION;
use crate::status::AcmeStatus;

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

/// Returns the message of the last failure on the calling thread, in UTF-8. It begins with the name
/// of the function that failed and has at most 511 bytes; a longer one is cut at a character.
///
/// Never NULL; empty before the first failure. It belongs to the library and is valid until the
/// next call that fails on this thread, or until the thread ends: copy it to keep it.
#[unsafe(no_mangle)]
pub extern "C" fn acme_last_error() -> *const c_char {
    abi_boundary::last_error()
}

/// Returns the name of a status, such as `ACME_STATUS_PANIC`, or `unknown status` for a number that is
/// none. It is static: never free it.
#[unsafe(no_mangle)]
pub extern "C" fn acme_status_name(status: i32) -> *const c_char {
    abi_boundary::status_name::<AcmeStatus>(status)
}

/// Frees a text that a function of this library made for the caller. NULL is ignored.
///
/// # Safety
///
/// `text` is NULL or was made by this library, is as long as it was then, and is freed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_string_free(text: *mut c_char) {
    // SAFETY: C promises the same.
    unsafe { OwnedText::free(text) }
}

/// cbindgen:ignore
// Its function is of the canary build alone, and the header describes the library that is shipped.
#[cfg(feature = "canary")]
mod live_blocks {
    use abi_boundary::canary::{self, Canary};

    #[global_allocator]
    static CANARY: Canary = Canary("libacme");

    /// Returns how many blocks of memory the library has allocated and not freed, in all threads.
    #[unsafe(no_mangle)]
    pub extern "C" fn acme_canary_live_blocks() -> usize {
        canary::live_blocks()
    }
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
