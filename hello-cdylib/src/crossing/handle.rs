//! Opaque handles: Rust objects that live on between calls. C only passes their pointers around.

use std::ffi::c_char;

use abi_boundary::{copied, guard, owned};

use crate::crossing::status::Guarded;

/// Greets with its own words and counts its greetings. Several threads may use one at once.
pub struct HelloGreeter(hello_core::Greeter);

// C may use it on several threads and free it on any.
const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    any_thread::<HelloGreeter>();
};

/// Writes a new greeter that says `greeting`, of which it keeps a copy, to `greeter`. Give it back
/// to hello_greeter_free().
///
/// Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, and
/// with HELLO_STATUS_OUT_OF_MEMORY if there is no memory for the copy.
///
/// # Safety
///
/// `greeting` ends with a NUL. `greeter` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_greeter_new(
    greeting: *const c_char,
    greeter: *mut *mut HelloGreeter,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the NUL.
        let greeting = unsafe { call.text("greeting", greeting) }?;
        // SAFETY: C promises the room.
        let greeter = unsafe { call.out("greeter", greeter) }?;
        let new = hello_core::Greeter::new(copied(greeting)?);
        greeter.set(Box::into_raw(Box::new(HelloGreeter(new))));
        Ok(())
    })
}

/// Writes a new text that greets `name` with the greeter's words, such as `Good morning, Ada!`, to
/// `greeting`, and counts it. Give the text back to hello_string_free(); it outlives the greeter.
///
/// Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_INVALID_UTF8, HELLO_STATUS_MISALIGNED, and
/// with HELLO_STATUS_OUT_OF_MEMORY if there is no memory for the text.
///
/// # Safety
///
/// `greeter` has not been freed. `name` ends with a NUL. `greeting` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_greeter_greet(
    greeter: *const HelloGreeter,
    name: *const c_char,
    greeting: *mut *mut c_char,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let HelloGreeter(greeter) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the NUL.
        let name = unsafe { call.text("name", name) }?;
        // SAFETY: C promises the room.
        let greeting = unsafe { call.out("greeting", greeting) }?;
        let text = greeter.try_greet(name, |greeting| owned(&greeting.parts()))?;
        greeting.set(text.into_raw());
        Ok(())
    })
}

/// Writes how many greetings the greeter has made, for all threads together, to `count`.
///
/// Fails with HELLO_STATUS_NULL_POINTER and HELLO_STATUS_MISALIGNED.
///
/// # Safety
///
/// `greeter` has not been freed. `count` has room for a uint64_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_greeter_count(
    greeter: *const HelloGreeter,
    count: *mut u64,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let HelloGreeter(greeter) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the room.
        let count = unsafe { call.out("count", count) }?;
        count.set(greeter.count());
        Ok(())
    })
}

/// Frees a greeter. NULL is ignored.
///
/// # Safety
///
/// `greeter` is freed once, when no call uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_greeter_free(greeter: *mut HelloGreeter) {
    let _: Guarded = guard(|call| {
        // SAFETY: C promises that it is freed once and not used any more.
        drop(unsafe { call.returned("greeter", greeter) }?);
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr::{null, null_mut};

    use super::*;
    use crate::crossing::status::HelloStatus;
    use crate::crossing::text::hello_string_free;

    fn greeter() -> *mut HelloGreeter {
        let mut greeter = null_mut();
        // SAFETY: text with its NUL and a pointer of this function.
        unsafe { hello_greeter_new(c"Good morning".as_ptr(), &mut greeter) }.expect_ok();
        greeter
    }

    fn free(greeter: *mut HelloGreeter) {
        // SAFETY: the tests free each greeter once.
        unsafe { hello_greeter_free(greeter) };
    }

    fn greet(greeter: *const HelloGreeter, name: &CStr) -> String {
        let mut greeting = null_mut();
        // SAFETY: a greeter, text with its NUL and a pointer of this function.
        unsafe { hello_greeter_greet(greeter, name.as_ptr(), &mut greeting) }.expect_ok();
        // SAFETY: the call succeeded.
        let text = unsafe { CStr::from_ptr(greeting) };
        let text = text.to_str().unwrap().to_owned();
        // SAFETY: made above, and not used again.
        unsafe { hello_string_free(greeting) };
        text
    }

    fn count(greeter: *const HelloGreeter) -> u64 {
        let mut count = 0;
        // SAFETY: a greeter and a number of this function.
        unsafe { hello_greeter_count(greeter, &mut count) }.expect_ok();
        count
    }

    #[test]
    fn a_greeter_lives_between_calls() {
        let greeter = greeter();
        assert_eq!(count(greeter), 0);
        assert_eq!(greet(greeter, c"Ada"), "Good morning, Ada!");
        assert_eq!(greet(greeter, c""), "Good morning, !");
        assert_eq!(count(greeter), 2);
        free(greeter);
    }

    #[test]
    fn eight_threads_share_one() {
        let greeter = greeter();
        // SAFETY: made above, and freed below.
        let shared = unsafe { &*greeter };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..250 {
                        assert_eq!(greet(shared, c"all"), "Good morning, all!");
                    }
                });
            }
        });
        assert_eq!(count(greeter), 2000);
        free(greeter);
    }

    #[test]
    fn null_is_refused_in_the_order_of_the_parameters_and_freed_in_peace() {
        let greeter = greeter();
        let (mut new, mut text) = (null_mut(), null_mut());
        // SAFETY: in each call, NULL or what it has to be.
        unsafe {
            hello_greeter_new(null(), null_mut()).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_new: `greeting` is NULL",
            );
            hello_greeter_new(c"Hi".as_ptr(), null_mut()).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_new: `greeter` is NULL",
            );
            hello_greeter_new(null(), &mut new).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_new: `greeting` is NULL",
            );
            hello_greeter_greet(null(), null(), null_mut()).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_greet: `greeter` is NULL",
            );
            hello_greeter_greet(greeter, null(), &mut text).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_greet: `name` is NULL",
            );
            hello_greeter_greet(greeter, c"Ada".as_ptr(), null_mut()).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_greet: `greeting` is NULL",
            );
            hello_greeter_count(null(), &mut 0).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_count: `greeter` is NULL",
            );
            hello_greeter_count(greeter, null_mut()).expect_failure(
                HelloStatus::NullPointer,
                "hello_greeter_count: `count` is NULL",
            );
        }
        assert_eq!((new, text), (null_mut(), null_mut()));
        assert_eq!(count(greeter), 0, "a call that failed is no greeting");
        free(greeter);
        free(null_mut());
    }

    #[test]
    fn text_that_is_not_utf8_and_misaligned_out_pointers_are_refused() {
        let greeter = greeter();
        let mut memory = [0_u64; 2];
        let odd = memory.as_mut_ptr().wrapping_byte_add(1);
        let (mut new, mut text) = (null_mut(), null_mut());
        // SAFETY: texts with their NUL; each result would fit where it would go, if not aligned.
        unsafe {
            hello_greeter_new(c"\x80".as_ptr(), &mut new).expect_failure(
                HelloStatus::InvalidUtf8,
                "hello_greeter_new: `greeting` is not UTF-8 at byte 0",
            );
            hello_greeter_greet(greeter, c"A\xc3".as_ptr(), &mut text).expect_failure(
                HelloStatus::InvalidUtf8,
                "hello_greeter_greet: `name` is not UTF-8 at byte 1",
            );
            let pointer_size = size_of::<usize>();
            hello_greeter_new(c"Hi".as_ptr(), odd.cast()).expect_failure(
                HelloStatus::Misaligned,
                &format!("hello_greeter_new: `greeter` is not aligned to {pointer_size} bytes"),
            );
            hello_greeter_greet(greeter, c"Ada".as_ptr(), odd.cast()).expect_failure(
                HelloStatus::Misaligned,
                &format!("hello_greeter_greet: `greeting` is not aligned to {pointer_size} bytes"),
            );
            hello_greeter_count(greeter, odd).expect_failure(
                HelloStatus::Misaligned,
                &format!(
                    "hello_greeter_count: `count` is not aligned to {} bytes",
                    align_of::<u64>()
                ),
            );
        }
        assert_eq!((new, text, memory), (null_mut(), null_mut(), [0; 2]));
        assert_eq!(count(greeter), 0, "a call that failed is no greeting");
        free(greeter);
    }

    #[test]
    fn a_misaligned_handle_is_refused_and_not_freed() {
        let greeter = greeter();
        let alignment = align_of::<HelloGreeter>();
        let refused =
            |function: &str| format!("{function}: `greeter` is not aligned to {alignment} bytes");
        for by in 1..alignment {
            let odd = greeter.wrapping_byte_add(by);
            let mut text = null_mut();
            // SAFETY: nothing is read from a greeter that is not aligned.
            unsafe {
                hello_greeter_greet(odd, c"Ada".as_ptr(), &mut text)
                    .expect_failure(HelloStatus::Misaligned, &refused("hello_greeter_greet"));
                hello_greeter_count(odd, &mut 0)
                    .expect_failure(HelloStatus::Misaligned, &refused("hello_greeter_count"));
                hello_greeter_free(odd);
            }
            assert_eq!(abi_boundary::last_message(), refused("hello_greeter_free"));
        }
        assert_eq!(greet(greeter, c"Ada"), "Good morning, Ada!");
        free(greeter);
    }
}
