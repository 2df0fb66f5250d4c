//! The words of a text: text for a callback.

use std::ffi::{c_char, c_void};

use crate::boundary::guard::{Guarded, guard};
use crate::boundary::owned_text;

/// What acme_each_word() calls with each word. `word` is the library's, and gone when the visitor
/// returns. `context` is what the caller of acme_each_word() passed. It answers 0 to stop and anything
/// else to go on.
pub type AcmeWordVisitor =
    Option<unsafe extern "C" fn(word: *const c_char, context: *mut c_void) -> i32>;

/// Calls `visitor` with each word of `text`, in order, until it answers 0.
///
/// `context` is passed on and may be NULL.
///
/// Fails with ACME_STATUS_NULL_POINTER, ACME_STATUS_INVALID_UTF8, and with ACME_STATUS_OUT_OF_MEMORY if
/// there is no memory for a copy of a word.
///
/// # Safety
///
/// `text` ends with a NUL. `visitor` may be called with `context`, and returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_each_word(
    text: *const c_char,
    visitor: AcmeWordVisitor,
    context: *mut c_void,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the NUL.
        let text = unsafe { call.text("text", text) }?;
        let visitor = call.present("visitor", visitor)?;
        for word in acme_core::words(text) {
            // A copy, for C needs a NUL behind it. It lives until the visitor has returned.
            let word = owned_text::owned(word)?;
            // SAFETY: C promises that it may be called with the context.
            if unsafe { visitor(word.as_ptr(), context) } == 0 {
                break;
            }
        }
        Ok(())
    })
}
