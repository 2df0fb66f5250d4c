//! Text of limited length, without an allocation.

use std::fmt::{self, Write};

/// Text of at most `N` bytes. What does not fit is cut off, at a character.
///
/// A NUL is shown as `\0`: C would take it for the end.
pub(crate) struct Cut<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Cut<N> {
    pub(crate) fn new(text: fmt::Arguments<'_>) -> Cut<N> {
        let mut cut = Cut {
            bytes: [0; N],
            length: 0,
        };
        let _ = cut.write_fmt(text); // An error only says that it is full.
        cut
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn push(&mut self, text: &str) -> fmt::Result {
        let end = text.floor_char_boundary(N - self.length);
        self.bytes[self.length..][..end].copy_from_slice(&text.as_bytes()[..end]);
        self.length += end;
        if end < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

impl<const N: usize> Write for Cut<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut parts = text.split('\0');
        self.push(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| {
            self.push("\\0")?;
            self.push(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cut<const N: usize>(text: &str, expected: &str) {
        assert_eq!(Cut::<N>::new(format_args!("{text}")).as_str(), expected);
    }

    #[test]
    fn what_fits_is_whole() {
        cut::<0>("", "");
        cut::<4>("", "");
        cut::<4>("text", "text");
    }

    #[test]
    fn a_character_is_there_whole_or_not_at_all() {
        cut::<4>("texts", "text");
        for (character, bytes) in [("é", 2), ("€", 3), ("🦀", 4)] {
            for left in 0..bytes {
                let before = "x".repeat(8 - left);
                cut::<8>(&format!("{before}{character}y"), &before);
            }
        }
    }

    #[test]
    fn nothing_follows_what_was_cut() {
        let text = Cut::<3>::new(format_args!("{}{}", "xxé", "y"));
        assert_eq!(text.as_str(), "xx");
    }

    #[test]
    fn a_nul_is_shown() {
        cut::<9>("a\0b\0", "a\\0b\\0");
    }
}
