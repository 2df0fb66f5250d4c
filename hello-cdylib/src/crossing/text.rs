//! Text: borrowed as an argument, owned by the caller as a result.

use std::ffi::c_char;

use abi_boundary::{OwnedText, guard, owned};

use crate::crossing::status::Guarded;

/// Writes a new text that greets `name`, such as `Hello, Ada!`, to `greeting`. Give it back to
/// hello_string_free().
///
/// Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, and
/// with HELLO_STATUS_OUT_OF_MEMORY if there is no memory for the greeting.
///
/// # Safety
///
/// `name` ends with a NUL. `greeting` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_greet(name: *const c_char, greeting: *mut *mut c_char) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the NUL.
        let name = unsafe { call.text("name", name) }?;
        // SAFETY: C promises the room.
        let greeting = unsafe { call.out("greeting", greeting) }?;
        let text = owned(&hello_core::greet(name).parts())?;
        greeting.set(text.into_raw());
        Ok(())
    })
}

/// Frees a text that a function of this library made for the caller. NULL is ignored.
///
/// # Safety
///
/// `text` is NULL or was made by this library, is still its original length, and is freed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_string_free(text: *mut c_char) {
    // SAFETY: C promises the same.
    unsafe { OwnedText::free(text) }
}

#[cfg(test)]
mod tests {
    use std::ffi::{CStr, CString};
    use std::ptr::{null, null_mut};

    use super::*;
    use crate::crossing::status::HelloStatus;

    #[test]
    fn a_greeting_arrives_and_is_freed() {
        for name in [c"", c"Ada", c"Zo\xc3\xab \xf0\x9f\xa6\x80"] {
            let mut greeting = null_mut();
            // SAFETY: text with its NUL and a pointer of this function.
            unsafe { hello_greet(name.as_ptr(), &mut greeting) }.expect_ok();
            // SAFETY: the call succeeded.
            let text = unsafe { CStr::from_ptr(greeting) };
            assert_eq!(
                text.to_bytes(),
                [b"Hello, ", name.to_bytes(), b"!"].concat()
            );
            // SAFETY: made above, and not used again.
            unsafe { hello_string_free(greeting) };
        }
    }

    #[test]
    fn a_long_name_is_a_name() {
        let name = CString::new("é".repeat(1 << 20)).unwrap();
        let mut greeting = null_mut();
        // SAFETY: text with its NUL and a pointer of this function.
        unsafe { hello_greet(name.as_ptr(), &mut greeting) }.expect_ok();
        // SAFETY: the call succeeded.
        let text = unsafe { CStr::from_ptr(greeting) };
        assert_eq!(text.count_bytes(), "Hello, !".len() + (2 << 20));
        // SAFETY: made above, and not used again.
        unsafe { hello_string_free(greeting) };
    }

    #[test]
    fn what_can_be_checked_is_refused_in_the_order_of_the_parameters() {
        let untouched: *mut c_char = c"untouched".as_ptr().cast_mut();
        let mut greeting = untouched;
        // SAFETY: in each call, NULL or text with its NUL, and NULL or a pointer of this function.
        unsafe {
            hello_greet(null(), null_mut())
                .expect_failure(HelloStatus::NullPointer, "hello_greet: `name` is NULL");
            hello_greet(c"Ada".as_ptr(), null_mut())
                .expect_failure(HelloStatus::NullPointer, "hello_greet: `greeting` is NULL");
            hello_greet(c"Ad\xff".as_ptr(), &mut greeting).expect_failure(
                HelloStatus::InvalidUtf8,
                "hello_greet: `name` is not UTF-8 at byte 2",
            );
            // A surrogate and a character that is cut off are not UTF-8 either.
            hello_greet(c"\xed\xa0\x80".as_ptr(), &mut greeting).expect_failure(
                HelloStatus::InvalidUtf8,
                "hello_greet: `name` is not UTF-8 at byte 0",
            );
            hello_greet(c"\xf0\x9f\xa6".as_ptr(), &mut greeting).expect_failure(
                HelloStatus::InvalidUtf8,
                "hello_greet: `name` is not UTF-8 at byte 0",
            );
        }
        let mut room = [0_usize; 2];
        let odd = room.as_mut_ptr().wrapping_byte_add(1).cast();
        // SAFETY: there is room for a pointer, if not aligned.
        unsafe { hello_greet(c"Ada".as_ptr(), odd) }.expect_failure(
            HelloStatus::Misaligned,
            &format!(
                "hello_greet: `greeting` is not aligned to {} bytes",
                size_of::<usize>()
            ),
        );
        assert_eq!(greeting, untouched);
        assert_eq!(room, [0; 2]);
    }

    #[test]
    fn null_is_nothing_to_free() {
        // SAFETY: NULL is allowed.
        unsafe { hello_string_free(null_mut()) };
    }
}
