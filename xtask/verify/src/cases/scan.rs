//! What a line of a file of cases is made of: names, numbers, and texts in quotes.

use anyhow::{Context, Result, anyhow, bail};
use syn::{LitByteStr, LitCStr};

use super::calls::Reader;
use super::text::integer;

impl Reader<'_> {
    /// Reads a text from its beginning to its end, which is in the file at `start`.
    pub fn begin(&mut self, text: &str, start: usize) {
        self.text = text.to_owned();
        (self.at, self.start, self.grown) = (0, start, 0);
    }

    /// Where it has come to in the file.
    pub fn place(&self) -> usize {
        self.start + self.at.saturating_add_signed(-self.grown)
    }

    /// Puts another text in the place of what stands from `start` on, to be read next.
    pub fn replace(&mut self, start: usize, text: &str) {
        self.text.replace_range(start..self.at, text);
        self.grown += text.len() as isize - (self.at - start) as isize;
        self.at = start;
    }

    /// What is next, without space before it.
    pub fn rest(&mut self) -> &str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }

    /// Whether this is next, without space before it.
    pub fn follows(&self, words: &str) -> bool {
        self.text[self.at..].starts_with(words)
    }

    pub fn sees(&mut self, words: &str) -> bool {
        self.rest().starts_with(words)
    }

    pub fn eats(&mut self, words: &str) -> bool {
        let sees = self.sees(words);
        self.at += if sees { words.len() } else { 0 };
        sees
    }

    pub fn needs(&mut self, words: &str) -> Result<()> {
        match self.eats(words) {
            true => Ok(()),
            false => bail!("`{words}` is missing"),
        }
    }

    /// A name or a number.
    pub fn word(&mut self) -> Result<String> {
        let rest = self.rest();
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let is_hexadecimal = rest.trim_start_matches('-').starts_with("0x");
        let exponent = if is_hexadecimal { 'p' } else { 'e' };
        let is_other = |(index, c): &(usize, char)| {
            let is_sign = match rest[..*index].chars().next_back() {
                None => *c == '-',
                Some(before) => is_number && before == exponent && "+-".contains(*c),
            };
            let is_point = is_number && *c == '.' && !rest[*index..].starts_with("..");
            !(c.is_alphanumeric() || *c == '_' || is_sign || is_point)
        };
        let end = rest
            .char_indices()
            .find(is_other)
            .map_or(rest.len(), |(end, _)| end);
        let word = rest[..end].to_owned();
        if word.is_empty() {
            let next = rest.chars().next();
            let next = next.map_or("the end".to_owned(), |c| format!("`{c}`"));
            bail!("{next} is neither a value nor a name");
        }
        self.at += end;
        Ok(word)
    }

    pub fn integer<T: TryFrom<i128>>(&mut self) -> Result<T> {
        self.rest();
        let start = self.at;
        let word = self.word()?;
        let number = integer(&word).and_then(|number| number.try_into().ok());
        if number.is_none() {
            self.at = start;
        }
        number.with_context(|| format!("`{word}` is not a number that can stand here"))
    }

    /// `0..80`, if that is next.
    pub fn range(&mut self) -> Option<(i128, i128)> {
        let start = self.at;
        match (self.integer(), self.eats(".."), self.integer()) {
            (Ok(from), true, Ok(to)) => Some((from, to)),
            _ => {
                self.at = start;
                None
            }
        }
    }

    /// `"n" * 3 + "x"`
    pub fn text(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let piece = self.quoted()?;
            let count = if self.eats("*") { self.integer()? } else { 1 };
            bytes.extend(piece.repeat(count));
            if !self.eats("+") {
                return Ok(bytes);
            }
        }
    }

    fn quoted(&mut self) -> Result<Vec<u8>> {
        self.needs("\"")?;
        let start = self.at - 1;
        let mut is_escape = false;
        let is_end = |c: char| {
            let is_end = c == '"' && !is_escape;
            is_escape = c == '\\' && !is_escape;
            is_end
        };
        let end = self.text[self.at..].find(is_end);
        self.at += 1 + end.context("the text has no end: a `\"` is missing")?;
        // As Rust has a text for C; or bytes, with a NUL among them.
        let literal = &self.text[start..self.at];
        let text = syn::parse_str(&format!("c{literal}"));
        let text = text.map(|text: LitCStr| text.value().into_bytes());
        let text = text.or_else(|_| {
            let bytes = syn::parse_str(&format!("b{literal}"));
            bytes.map(|bytes: LitByteStr| bytes.value())
        });
        text.map_err(|_| {
            self.at = start;
            anyhow!("an escape is one of Rust's: `\\n`, `\\xff`, `\\u{{e9}}`")
        })
    }
}

#[cfg(test)]
mod tests {
    use cargo_abi::Abi;

    use super::super::text::{File, quoted};
    use super::super::types::Types;
    use super::*;
    use crate::hello::LIBRARY;

    #[test]
    fn a_text_is_read_and_written_as_it_was() {
        let (types, file) = (Types::new(Abi::default(), &LIBRARY), File::default());
        let read = |text: &str| {
            let mut reader = Reader::new(&types, &file);
            reader.begin(text, 0);
            reader.text()
        };
        for (text, bytes) in [
            ("\"a\\\"\\\\\\n\\r\\té'\"", "a\"\\\n\r\té'".as_bytes()),
            ("\"\\0\\xff\"", b"\0\xff"),
            (
                "\"a\" + \"n\" * 20 + \"\\xff\"",
                b"annnnnnnnnnnnnnnnnnnn\xff",
            ),
            ("\"\\u{10ffff}\"", "\u{10ffff}".as_bytes()),
            ("\"\"", b""),
        ] {
            assert_eq!(read(text).unwrap(), bytes);
            assert_eq!(quoted(bytes), text);
        }
        // A surrogate is no character: its three bytes are no UTF-8.
        let surrogate = read("\"\\u{d800}\"").unwrap_err();
        assert!(surrogate.to_string().contains("an escape is one of Rust's"));
        assert_eq!(quoted(b"\xed\xa0\x80"), "\"\\xed\\xa0\\x80\"");
    }
}
