//! Text on its way out, to be C's own until C gives it back, and text that the library keeps.
//!
//! Its length is the caller's choice. Without memory for it the call fails; Rust's usual answer would
//! end the caller's process.

use std::ffi::{CStr, c_char};
use std::fmt::{self, Display, Write};
use std::ptr;

use crate::{Failure, Status};

/// A text for C, ended by a NUL, with no other in it.
#[derive(Debug)]
pub struct OwnedText(Box<[u8]>);

impl OwnedText {
    /// Hands it over to C, which gives it back to [`free`](Self::free).
    #[inline]
    pub fn into_raw(self) -> *mut c_char {
        Box::into_raw(self.0).cast()
    }

    /// Frees a text that C gives back. NULL is ignored.
    ///
    /// # Safety
    ///
    /// `text` is NULL or was made by [`into_raw`](Self::into_raw), is as long as it was then, and is
    /// not used any more.
    #[inline]
    pub unsafe fn free(text: *mut c_char) {
        if text.is_null() {
            return;
        }
        // SAFETY: the caller promises that it is one of ours, whose NUL is where it was.
        let size = unsafe { CStr::from_ptr(text) }.count_bytes() + 1;
        // SAFETY: a box of that size, by the same promise.
        drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(text.cast::<u8>(), size)) });
    }
}

/// Makes the text that consists of `parts` C's own, in one allocation of exactly the size.
///
/// # Errors
///
/// [`Status::OUT_OF_MEMORY`].
///
/// # Panics
///
/// If there is a NUL in it, which C would take for the end.
#[inline]
pub fn owned<S: Status>(parts: &[&str]) -> Result<OwnedText, Failure<S>> {
    let length = parts
        .iter()
        .fold(1_usize, |sum, part| sum.saturating_add(part.len()));
    let mut text: Vec<u8> = Vec::new();
    text.try_reserve_exact(length)
        .map_err(|_| no_memory(length))?;
    for part in parts {
        text.extend_from_slice(part.as_bytes());
    }
    text.push(0);
    // SAFETY: there is a NUL, at its end at the latest.
    let as_c_sees_it = unsafe { CStr::from_ptr(text.as_ptr().cast()) };
    assert!(
        as_c_sees_it.count_bytes() + 1 == text.len(),
        "text for C has no NUL in it"
    );
    Ok(OwnedText(text.into_boxed_slice()))
}

/// The same for a text whose length nobody knows before it is written.
///
/// # Errors
///
/// [`Status::OUT_OF_MEMORY`].
///
/// # Panics
///
/// As [`owned`].
pub fn written<S: Status>(text: impl Display) -> Result<OwnedText, Failure<S>> {
    let mut whole = Growing::default();
    match write!(whole, "{text}") {
        Err(fmt::Error) if whole.wanted > 0 => Err(no_memory(whole.wanted)),
        result => {
            result.expect("text can be written");
            owned(&[&whole.text])
        }
    }
}

/// Copies `text`, for the library to keep.
///
/// # Errors
///
/// [`Status::OUT_OF_MEMORY`].
pub fn copied<S: Status>(text: &str) -> Result<String, Failure<S>> {
    let mut copy = String::new();
    let size = text.len();
    copy.try_reserve_exact(size).map_err(|_| no_memory(size))?;
    copy.push_str(text);
    Ok(copy)
}

/// Grows as it is written, as long as there is memory.
#[derive(Default)]
struct Growing {
    text: String,
    /// The size for which there was no memory.
    wanted: usize,
}

impl Write for Growing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.try_reserve(text.len()).is_err() {
            self.wanted = self.text.len().saturating_add(text.len());
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

#[cold]
fn no_memory<S: Status>(size: usize) -> Failure<S> {
    let message = format!("there is no memory for a text of {size} bytes");
    Failure::new(S::OUT_OF_MEMORY, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiny::Failure;

    fn text(result: Result<OwnedText, Failure>) -> String {
        let text = result.ok().unwrap();
        CStr::from_bytes_with_nul(&text.0)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn text_of_several_parts_becomes_one() {
        assert_eq!(text(owned(&[])), "");
        assert_eq!(text(owned(&[""])), "");
        assert_eq!(text(owned(&["a", "", "é"])), "aé");
        let long = "x".repeat(5000);
        assert_eq!(text(owned(&[&long, "y"])), long + "y");
    }

    #[test]
    fn what_writes_itself_is_text() {
        assert_eq!(text(written("")), "");
        assert_eq!(text(written(format_args!("{}{}", "é", 7))), "é7");
    }

    #[test]
    fn a_text_comes_back() {
        let handed_over = owned(&["Ada"]).map_err(|_: Failure| ()).unwrap().into_raw();
        // SAFETY: made above, and not used again.
        unsafe { OwnedText::free(handed_over) };
        // SAFETY: NULL is nothing to free.
        unsafe { OwnedText::free(ptr::null_mut()) };
    }

    #[test]
    fn a_nul_inside_is_a_bug() {
        for parts in [&["a\0b"][..], &["\0"], &["", "ab", "\0"]] {
            let result = std::panic::catch_unwind(|| owned(parts).map_err(|_: Failure| ()));
            let payload = result.err().unwrap();
            let message = payload.downcast_ref::<&str>().unwrap();
            assert_eq!(*message, "text for C has no NUL in it");
        }
    }

    #[test]
    fn without_memory_the_call_fails() {
        // More than a process can address, said in 100 MB.
        let part = " ".repeat(1 << 26);
        let error = owned(&vec![&*part; 1 << 22])
            .map_err(|error: Failure| error)
            .err();
        let size = (1_usize << 26).saturating_mul(1 << 22).saturating_add(1);
        let expected = format!("there is no memory for a text of {size} bytes");
        assert_eq!(error.unwrap().to_string(), expected);
    }
}
