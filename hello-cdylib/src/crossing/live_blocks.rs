//! The function that only the canary build has, and what that build proves about this library.

use abi_boundary::canary::{self, Canary};

#[global_allocator]
static CANARY: Canary = Canary("libhello");

/// Returns how many blocks of memory the library has allocated and not freed, in all threads.
#[unsafe(no_mangle)]
pub extern "C" fn hello_canary_live_blocks() -> usize {
    canary::live_blocks()
}

#[cfg(test)]
mod tests {
    use std::ffi::{c_char, c_void};
    use std::process::{Command, Output};
    use std::ptr::{null, null_mut};

    use super::*;
    use crate::crossing::error::hello_checked_sqrt;
    use crate::crossing::handle::{hello_greeter_free, hello_greeter_greet, hello_greeter_new};
    use crate::crossing::text::{hello_greet, hello_string_free};

    const ALONE: &str = "HELLO_TEST_ALONE";

    /// Runs `body` as the only test of a process: others allocate meanwhile, and some bodies abort.
    fn alone(test: &str, body: fn()) -> Option<Output> {
        if std::env::var_os(ALONE).is_some() {
            body();
            return None;
        }
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(format!("crossing::live_blocks::tests::{test}"))
            .env(ALONE, "1")
            .output()
            .unwrap();
        Some(output)
    }

    /// `message` may be empty: what `free` says is the business of the C library.
    #[track_caller]
    fn assert_aborts(output: Option<Output>, message: &str) {
        let Some(output) = output else { return };
        let stderr = String::from_utf8_lossy(&output.stderr);
        let test_passed_or_failed = matches!(output.status.code(), Some(0 | 101));
        assert!(!test_passed_or_failed, "it went on: {stderr}");
        assert!(stderr.contains(message), "{stderr}");
    }

    fn greeting() -> *mut c_char {
        let mut greeting = null_mut();
        // SAFETY: text with its NUL and a pointer of this function.
        unsafe { hello_greet(c"Ada".as_ptr(), &mut greeting) }.expect_ok();
        greeting
    }

    fn round_trip() {
        let mut greeter = null_mut();
        let mut text = null_mut();
        // SAFETY: texts with their NUL and pointers of this function; each thing is freed once.
        unsafe {
            hello_string_free(greeting());
            hello_greeter_new(c"Hi".as_ptr(), &mut greeter).expect_ok();
            hello_greeter_greet(greeter, c"Ada".as_ptr(), &mut text).expect_ok();
            hello_greeter_free(greeter);
            hello_string_free(text);
            let _ = hello_greet(null(), &mut text);
            let _ = hello_checked_sqrt(-1.0, &mut 0.0);
            let _ = crate::crossing::panic::hello_panic(c"counted".as_ptr());
        }
    }

    #[test]
    fn after_each_round_trip_nothing_is_left() {
        let output = alone("after_each_round_trip_nothing_is_left", || {
            let blocks_left = |round: &dyn Fn()| {
                let before = hello_canary_live_blocks();
                round();
                hello_canary_live_blocks().cast_signed() - before.cast_signed()
            };
            // The tests' harness allocates on a thread of its own, while it begins to wait. That touches a
            // few of the measurements, and what is left behind is left in each of them.
            let is_exactly = |expected: isize, round: &dyn Fn()| {
                let measured: Vec<isize> = (0..20).map(|_| blocks_left(round)).collect();
                assert!(measured.contains(&expected), "{expected}, not {measured:?}");
            };
            round_trip(); // What is made once and kept.
            is_exactly(0, &|| (0..100).for_each(|_| round_trip()));
            is_exactly(1, &|| {
                let _ = greeting();
            });
            // SAFETY: made here, and not used again.
            is_exactly(0, &|| unsafe { hello_string_free(greeting()) });
        });
        if let Some(output) = output {
            assert!(output.status.success(), "{output:?}");
        }
    }

    unsafe extern "C" {
        safe fn malloc(size: usize) -> *mut c_void;
        fn free(block: *mut c_void);
    }

    #[test]
    fn a_block_of_the_library_is_not_for_c_to_free() {
        let output = alone("a_block_of_the_library_is_not_for_c_to_free", || {
            // SAFETY: none. That is what is tested.
            unsafe { free(greeting().cast()) };
        });
        assert_aborts(output, "");
    }

    #[test]
    fn a_block_of_c_is_not_for_the_library_to_free() {
        let output = alone("a_block_of_c_is_not_for_the_library_to_free", || {
            let block = malloc(64).cast::<c_char>();
            // SAFETY: none. That is what is tested.
            unsafe {
                block.write_bytes(0, 64);
                hello_string_free(block.add(32));
            }
        });
        assert_aborts(
            output,
            "a block is freed that the library has not allocated",
        );
    }

    #[test]
    fn a_block_is_freed_once() {
        let output = alone("a_block_is_freed_once", || {
            let text = greeting();
            let other = greeting();
            // SAFETY: none. That is what is tested.
            unsafe {
                hello_string_free(text);
                hello_string_free(other);
                hello_string_free(text);
            }
        });
        assert_aborts(output, "a block is freed twice");
    }

    #[test]
    fn a_text_keeps_its_length() {
        let output = alone("a_text_keeps_its_length", || {
            let text = greeting();
            // SAFETY: within the text; freeing it then is what is tested.
            unsafe {
                text.add(3).write(0);
                hello_string_free(text);
            }
        });
        assert_aborts(output, "a block is freed with another size");
    }
}
