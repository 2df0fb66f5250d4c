//! The message of the last failure on each thread.
//!
//! A fixed buffer, not a `String`: a thread-local with a destructor would pin the library in
//! memory, and `dlclose` would not unload it.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char};
use std::fmt;

use crate::cut::Cut;

/// Bytes of the longest message, without its NUL. A longer one is cut at a character.
pub const LONGEST_MESSAGE: usize = 511;

thread_local! {
    static LAST_ERROR: UnsafeCell<[u8; LONGEST_MESSAGE + 1]> = const { UnsafeCell::new([0; LONGEST_MESSAGE + 1]) };
}

/// Keeps `message` for this thread.
pub(crate) fn set(message: fmt::Arguments<'_>) {
    // Made elsewhere first: the message may be of the one before.
    let message = Cut::<LONGEST_MESSAGE>::new(message);
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
pub fn last_error() -> *const c_char {
    LAST_ERROR.with(|cell| cell.get().cast::<c_char>().cast_const())
}

/// The message as Rust sees it, for a library's tests.
pub fn last_message() -> String {
    // SAFETY: a buffer of this thread that always holds a NUL.
    let message = unsafe { CStr::from_ptr(last_error()) };
    message.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_and_a_short_one_ends_after_it() {
        set(format_args!("{}", "é".repeat(LONGEST_MESSAGE)));
        assert_eq!(last_message(), "é".repeat(LONGEST_MESSAGE / 2));
        set(format_args!("short"));
        assert_eq!(last_message(), "short");
    }

    #[test]
    fn each_thread_has_its_own() {
        set(format_args!("mine"));
        std::thread::spawn(|| {
            assert_eq!(last_message(), "");
            set(format_args!("theirs"));
        })
        .join()
        .unwrap();
        assert_eq!(last_message(), "mine");
    }
}
