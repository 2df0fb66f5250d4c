//! What a line of a file of cases is made of: names, numbers, and texts in quotes.

use anyhow::{Context, Result, bail};

use super::text::{ESCAPES, integer};

/// Reads from the beginning of a text to its end.
pub struct Scanner {
    pub text: String,
    pub at: usize,
    /// Where the text is in its file, and how much longer it has become.
    start: usize,
    grown: isize,
}

impl Scanner {
    pub fn new(text: &str, start: usize) -> Scanner {
        let text = text.to_owned();
        Scanner {
            text,
            at: 0,
            start,
            grown: 0,
        }
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
        let mut bytes = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest
                .find(['"', '\\'])
                .context("the text has no end: a `\"` is missing")?;
            bytes.extend(&rest.as_bytes()[..end]);
            self.at += end + 1;
            if rest[end..].starts_with('"') {
                return Ok(bytes);
            }
            let rest = &rest[end + 1..];
            let digits = |start, end| u32::from_str_radix(rest.get(start..end)?, 16).ok();
            let escape = rest.chars().next();
            self.at += match (escape, rest.find('}')) {
                (Some('x'), _) => {
                    let byte = digits(1, 3).context("`\\x` needs two hexadecimal digits")?;
                    bytes.push(byte as u8);
                    3
                }
                (Some('u'), Some(end)) => {
                    let code = digits(2, end).filter(|code| *code < 0x11_0000);
                    bytes.extend(encoded(code.context("there is no such character")?));
                    end + 1
                }
                _ => {
                    let known = ESCAPES.iter().find(|(_, name)| Some(*name) == escape);
                    let known = known.context("there is no such escape; `\\x` is any byte")?;
                    bytes.push(known.0 as u8);
                    1
                }
            };
        }
    }
}

/// UTF-8, for surrogates as well.
fn encoded(code: u32) -> Vec<u8> {
    match char::from_u32(code) {
        Some(c) => c.to_string().into_bytes(),
        None => vec![
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6) as u8 & 0x3f,
            0x80 | code as u8 & 0x3f,
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::quoted;
    use super::*;

    #[test]
    fn a_text_is_read_and_written_as_it_was() {
        for (text, bytes) in [
            ("\"a\\\"\\\\\\n\\r\\t\\0é\"", "a\"\\\n\r\t\0é".as_bytes()),
            (
                "\"a\" + \"n\" * 20 + \"\\xff\"",
                b"annnnnnnnnnnnnnnnnnnn\xff",
            ),
            ("\"\\u{10ffff}\"", "\u{10ffff}".as_bytes()),
            ("\"\"", b""),
        ] {
            assert_eq!(Scanner::new(text, 0).text().unwrap(), bytes);
            assert_eq!(quoted(bytes), text);
        }
        // A surrogate is three bytes that are no UTF-8.
        let surrogate = Scanner::new("\"\\u{d800}\"", 0).text().unwrap();
        assert_eq!(quoted(&surrogate), "\"\\xed\\xa0\\x80\"");
    }
}
