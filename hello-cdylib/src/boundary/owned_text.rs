//! Text on its way out, to be C's own until C gives it back.

use std::ffi::{CStr, CString};

use crate::boundary::guard::Failure;
use crate::crossing::status::HelloStatus;

/// Joins `parts` and ends them with a NUL, in one allocation of exactly the size.
///
/// # Errors
///
/// If there is no memory for it: the length is the caller's choice, and Rust's usual answer would
/// end the caller's process.
pub fn join(parts: &[&str]) -> Result<CString, Failure> {
    let mut bytes = reserve(parts, 1)?;
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.push(0);
    // C's `strlen`, many bytes at a time, where `CString::from_vec_with_nul` would take a word.
    // SAFETY: the last byte is a NUL.
    let text = unsafe { CStr::from_ptr(bytes.as_ptr().cast()) };
    assert_eq!(
        text.to_bytes_with_nul().len(),
        bytes.len(),
        "text that came in as a C string has no NUL"
    );
    // SAFETY: the last byte is the only NUL.
    Ok(unsafe { CString::from_vec_with_nul_unchecked(bytes) })
}

/// Copies `text`, for the library to keep.
///
/// # Errors
///
/// As [`join`].
pub fn copy(text: &str) -> Result<String, Failure> {
    let mut bytes = reserve(&[text], 0)?;
    bytes.extend_from_slice(text.as_bytes());
    Ok(String::from_utf8(bytes).expect("a copy of UTF-8 is UTF-8"))
}

fn reserve(parts: &[&str], more: usize) -> Result<Vec<u8>, Failure> {
    let size = parts
        .iter()
        .fold(more, |sum, part| sum.saturating_add(part.len()));
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| {
        let message = format!("there is no memory for a text of {size} bytes");
        Failure::new(HelloStatus::TooLarge, message)
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_become_one_text() {
        assert_eq!(join(&[]).ok().unwrap(), c"".to_owned());
        assert_eq!(join(&["a", "", "é"]).ok().unwrap(), c"aé".to_owned());
    }

    #[test]
    #[should_panic = "has no NUL"]
    fn a_nul_inside_is_a_bug() {
        let _ = join(&["a\0", "b"]);
    }
}
