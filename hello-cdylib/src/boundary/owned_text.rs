//! Text on its way out, to be C's own until C gives it back, and text that the library keeps.
//!
//! Its length is the caller's choice. Without memory for it the call fails; Rust's usual answer would
//! end the caller's process.

use std::ffi::CString;
use std::fmt::{self, Display, Write};

use crate::Status;
use crate::boundary::guard::Failure;

/// Makes `text` C's own, in one allocation of exactly the size.
///
/// # Panics
///
/// If there is a NUL in it, which C would take for the end.
pub fn owned(text: impl Display) -> Result<CString, Failure> {
    let mut length = Length(0);
    write!(length, "{text}").expect("text can be written");
    let mut copy = with_capacity(length.0.saturating_add(1))?;
    write!(copy, "{text}").expect("text can be written");
    Ok(CString::new(copy).expect("text for C has no NUL in it"))
}

/// Copies `text`, for the library to keep.
pub fn copied(text: &str) -> Result<String, Failure> {
    let mut copy = with_capacity(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

fn with_capacity(size: usize) -> Result<String, Failure> {
    let mut text = String::new();
    text.try_reserve_exact(size).map_err(|_| {
        let message = format!("there is no memory for a text of {size} bytes");
        Failure::new(Status::OutOfMemory, message)
    })?;
    Ok(text)
}

/// Counts the bytes that are written to it.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_several_parts_becomes_one() {
        assert_eq!(owned("").ok().unwrap(), c"".to_owned());
        let text = owned(format_args!("{}{}{}", "a", "", "é"));
        assert_eq!(text.ok().unwrap(), c"aé".to_owned());
    }

    #[test]
    #[should_panic = "has no NUL in it"]
    fn a_nul_inside_is_a_bug() {
        let _ = owned("a\0b");
    }
}
