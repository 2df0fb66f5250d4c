//! Errors: a status says which kind of failure it was, a message says what happened.

use std::ffi::c_char;

use abi_boundary::guard;

use crate::crossing::status::{Failure, Guarded, HelloStatus};

/// Writes the square root of `value` to `root`. NaN is not an error: its root is NaN.
///
/// Fails with HELLO_STATUS_DOMAIN if `value` is below zero, with HELLO_STATUS_NULL_POINTER and
/// HELLO_STATUS_MISALIGNED.
///
/// # Safety
///
/// `root` has room for a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_checked_sqrt(value: f64, root: *mut f64) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the room.
        let root = unsafe { call.out("root", root) }?;
        let result = hello_core::checked_sqrt(value);
        root.set(result.map_err(|error| Failure::new(HelloStatus::Domain, error))?);
        Ok(())
    })
}

/// Returns the message of the last failure on the calling thread, in UTF-8. It begins with the name
/// of the function that failed and has at most 511 bytes; a longer one is cut at a character.
///
/// Never NULL; empty before the first failure. It belongs to the library and is valid until the
/// next call that fails on this thread, or until the thread ends: copy it to keep it.
#[unsafe(no_mangle)]
pub extern "C" fn hello_last_error() -> *const c_char {
    abi_boundary::last_error()
}

/// Returns the name of a status, such as `HELLO_STATUS_IO`, or `unknown status` for a number that is
/// none. It is static: never free it.
#[unsafe(no_mangle)]
pub extern "C" fn hello_status_name(status: i32) -> *const c_char {
    abi_boundary::status_name::<HelloStatus>(status)
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr::null_mut;

    use super::*;

    #[test]
    fn a_root_arrives() {
        let mut root = 0.0;
        // SAFETY: a double of this function.
        unsafe { hello_checked_sqrt(9.0, &mut root) }.expect_ok();
        assert_eq!(root, 3.0);
    }

    #[test]
    fn a_number_below_zero_is_refused_and_nothing_is_written() {
        let mut root = 7.0;
        // SAFETY: a double of this function.
        unsafe { hello_checked_sqrt(-4.0, &mut root) }.expect_failure(
            HelloStatus::Domain,
            "hello_checked_sqrt: -4.0 has no real square root",
        );
        assert_eq!(root, 7.0);
    }

    #[test]
    fn a_pointer_that_cannot_be_written_to_is_refused() {
        // SAFETY: NULL is allowed.
        unsafe { hello_checked_sqrt(4.0, null_mut()) }.expect_failure(
            HelloStatus::NullPointer,
            "hello_checked_sqrt: `root` is NULL",
        );
        let mut room = [0.0; 2];
        let odd = room.as_mut_ptr().wrapping_byte_add(1);
        // SAFETY: there is room for a double, if not aligned.
        unsafe { hello_checked_sqrt(4.0, odd) }.expect_failure(
            HelloStatus::Misaligned,
            &format!(
                "hello_checked_sqrt: `root` is not aligned to {} bytes",
                align_of::<f64>()
            ),
        );
        assert_eq!(room, [0.0; 2]);
    }

    #[test]
    fn each_thread_reads_its_own_failure() {
        // SAFETY: NULL is allowed.
        let fail = |value| unsafe { hello_checked_sqrt(value, &mut 0.0) };
        let read = || {
            // SAFETY: never NULL, and no call fails while the text is borrowed.
            let message = unsafe { CStr::from_ptr(hello_last_error()) };
            message.to_str().unwrap().to_owned()
        };
        let both_failed = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for value in [-1.0, -2.0] {
                let both_failed = &both_failed;
                scope.spawn(move || {
                    let _ = fail(value);
                    both_failed.wait();
                    let expected = format!("hello_checked_sqrt: {value:?} has no real square root");
                    assert_eq!(read(), expected);
                });
            }
        });
    }

    #[test]
    fn a_status_has_the_name_of_the_header() {
        let name = |number| {
            // SAFETY: static text.
            unsafe { CStr::from_ptr(hello_status_name(number)) }
        };
        assert_eq!(name(0), c"HELLO_STATUS_OK");
        assert_eq!(name(10), c"HELLO_STATUS_OUT_OF_MEMORY");
        for number in [-1, 1000, i32::MIN, i32::MAX] {
            assert_eq!(name(number), c"unknown status");
        }
    }
}
