//! Why a call failed, in words.

use std::ffi::c_char;

use crate::crossing::status::AcmeStatus;

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
