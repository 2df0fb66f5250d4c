//! How far two texts are apart: text in.

use std::ffi::c_char;

use crate::boundary::guard::{Guarded, guard};

/// Writes how many characters have to be inserted, removed or replaced to make `a` of `b` to `distance`.
///
/// Fails with ACME_STATUS_NULL_POINTER, ACME_STATUS_INVALID_UTF8, ACME_STATUS_MISALIGNED and
/// ACME_STATUS_OUT_OF_MEMORY.
///
/// # Safety
///
/// `a` and `b` end with a NUL. `distance` has room for a size_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_edit_distance(
    a: *const c_char,
    b: *const c_char,
    distance: *mut usize,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the NUL.
        let a = unsafe { call.text("a", a) }?;
        // SAFETY: C promises the NUL.
        let b = unsafe { call.text("b", b) }?;
        // SAFETY: C promises the room.
        let distance = unsafe { call.out("distance", distance) }?;
        distance.set(acme_core::edit_distance(a, b)?);
        Ok(())
    })
}
