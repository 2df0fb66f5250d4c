//! How a text that the library has made comes back to it.

use std::ffi::{CString, c_char};

/// Frees a text that a function of this library made for the caller. NULL is ignored.
///
/// # Safety
///
/// `text` is NULL or was made by this library, is as long as it was then, and is freed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_string_free(text: *mut c_char) {
    if text.is_null() {
        return;
    }
    // SAFETY: C promises that it is one of ours, which are made by `CString::into_raw`, that its
    // length is unchanged, and that nobody uses it any more.
    drop(unsafe { CString::from_raw(text) });
}
