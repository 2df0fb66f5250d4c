//! The message of the last failure on each thread.
//!
//! A fixed buffer, not a `String`: a thread-local with a destructor would pin the library in
//! memory, and `dlclose` would not unload it.

use std::cell::UnsafeCell;
use std::ffi::c_char;
use std::fmt;

use crate::boundary::cut::Cut;

/// Bytes of the longest message, without its NUL. A longer one is cut at a character.
pub const LONGEST: usize = 511;

thread_local! {
    static LAST_ERROR: UnsafeCell<[u8; LONGEST + 1]> = const { UnsafeCell::new([0; LONGEST + 1]) };
}

/// Keeps `message` for this thread.
pub fn set(message: fmt::Arguments<'_>) {
    // Made elsewhere first: the message may be of the one before.
    let message = Cut::<LONGEST>::new(message);
    let bytes = message.as_str().as_bytes();
    LAST_ERROR.with(|cell| {
        // SAFETY: the buffer is this thread's alone, and no reference into it outlives a function
        // of this module. C may hold a pointer to it, which by contract ends with the next failure.
        let buffer = unsafe { &mut *cell.get() };
        buffer[..bytes.len()].copy_from_slice(bytes);
        buffer[bytes.len()] = 0;
    });
}

/// The message as C sees it: UTF-8, ended by NUL, never NULL, empty before the first failure.
pub fn as_ptr() -> *const c_char {
    LAST_ERROR.with(|cell| cell.get().cast::<c_char>().cast_const())
}

/// The message as the tests see it.
#[cfg(test)]
pub fn read() -> String {
    // SAFETY: `as_ptr` points to a buffer of this thread that always holds a NUL.
    let message = unsafe { std::ffi::CStr::from_ptr(as_ptr()) };
    message.to_str().unwrap().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_and_a_short_one_ends_after_it() {
        set(format_args!("{}", "é".repeat(LONGEST)));
        assert_eq!(read(), "é".repeat(LONGEST / 2));
        set(format_args!("short"));
        assert_eq!(read(), "short");
    }

    #[test]
    fn each_thread_has_its_own() {
        set(format_args!("mine"));
        std::thread::spawn(|| {
            assert_eq!(read(), "");
            set(format_args!("theirs"));
        })
        .join()
        .unwrap();
        assert_eq!(read(), "mine");
    }
}
