//! The message of the last failure on each thread.
//!
//! A fixed buffer, not a `String`: a thread-local with a destructor would pin the library in
//! memory, and `dlclose` would not unload it.

use std::cell::UnsafeCell;
use std::ffi::c_char;

/// Bytes of the longest message, its NUL included. A longer one is cut at a character.
const CAPACITY: usize = 512;

thread_local! {
    static LAST_ERROR: UnsafeCell<[u8; CAPACITY]> = const { UnsafeCell::new([0; CAPACITY]) };
}

/// Keeps `message` for this thread. A NUL in it would end it early for C: it is shown as `\0`.
pub fn set(message: &str) {
    LAST_ERROR.with(|cell| {
        // SAFETY: the buffer is this thread's alone, and no reference into it outlives a function
        // of this module. C may hold a pointer to it, which by contract ends with the next failure.
        let buffer = unsafe { &mut *cell.get() };
        let mut end = 0;
        for character in message.chars() {
            let mut utf8 = [0; 4];
            let bytes = match character {
                '\0' => b"\\0",
                _ => character.encode_utf8(&mut utf8).as_bytes(),
            };
            if end + bytes.len() >= CAPACITY {
                break;
            }
            buffer[end..end + bytes.len()].copy_from_slice(bytes);
            end += bytes.len();
        }
        buffer[end] = 0;
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
    fn a_long_message_is_cut_at_a_character() {
        set(&"é".repeat(CAPACITY));
        assert_eq!(read(), "é".repeat(CAPACITY / 2 - 1));
    }

    #[test]
    fn a_nul_is_shown_and_does_not_end_the_message() {
        set("a\0b");
        assert_eq!(read(), "a\\0b");
    }

    #[test]
    fn each_thread_has_its_own() {
        set("mine");
        std::thread::spawn(|| {
            assert_eq!(read(), "");
            set("theirs");
        })
        .join()
        .unwrap();
        assert_eq!(read(), "mine");
    }
}
