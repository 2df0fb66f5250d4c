//! How a text that the library has made comes back to it.

use std::ffi::c_char;

use abi_boundary::OwnedText;

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
