//! A bug in the library, on purpose.

use std::ffi::c_char;

use abi_boundary::{LONGEST_MESSAGE, guard};

use crate::crossing::status::Guarded;

/// Panics with `message`, to show what becomes of a panic: the call returns HELLO_STATUS_PANIC, the
/// message is part of the last error, as far as it fits, and the library may be called again.
///
/// Fails with HELLO_STATUS_NULL_POINTER and HELLO_STATUS_INVALID_UTF8 without a panic.
///
/// # Safety
///
/// `message` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_panic(message: *const c_char) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the NUL.
        let message = unsafe { call.text("message", message) }?;
        // Cut before it is formatted, into memory that might not be there. More is kept nowhere.
        panic!(
            "{}",
            &message[..message.floor_char_boundary(LONGEST_MESSAGE)]
        );
    })
}

#[cfg(test)]
mod tests {
    use std::ptr::null;

    use super::*;
    use crate::crossing::status::HelloStatus;

    #[test]
    fn a_panic_becomes_a_status_with_its_message() {
        // SAFETY: text with its NUL.
        unsafe { hello_panic(c"on purpose".as_ptr()) }.expect_failure(
            HelloStatus::Panic,
            "hello_panic: the library panicked: on purpose",
        );
    }

    #[test]
    fn a_message_that_is_none_is_refused_without_a_panic() {
        // SAFETY: NULL is allowed, and the other is text with its NUL.
        unsafe {
            hello_panic(null())
                .expect_failure(HelloStatus::NullPointer, "hello_panic: `message` is NULL");
            hello_panic(c"\xff".as_ptr()).expect_failure(
                HelloStatus::InvalidUtf8,
                "hello_panic: `message` is not UTF-8 at byte 0",
            );
        }
    }
}
