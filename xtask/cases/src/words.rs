//! How arguments and answers are written in cases and in transcripts, whatever the library: what every
//! library refuses in the same way, too. And the dice with which random cases are drawn.

use std::error::Error;
use std::fmt::Display;
use std::sync::OnceLock;

/// Any reason why a file of cases cannot be answered.
pub type Failure = Box<dyn Error>;

/// What a call comes to: its results, or how the library refuses it.
pub type Outcome<T = String> = Result<T, Refusal>;

/// A status other than OK, and the message that comes with it.
pub struct Refusal(String);

/// As in the header: the longest message has so many bytes.
const LONGEST_MESSAGE: usize = 511;

/// The prefix of the library's functions, without its `_`. The statuses have it in capitals.
fn prefix() -> &'static str {
    PREFIX.get().copied().unwrap_or_default()
}

/// Known once [`main`](crate::program::main) runs.
pub(crate) static PREFIX: OnceLock<&str> = OnceLock::new();

/// A call without results, or with some.
pub fn ok(results: impl Display) -> String {
    let all = format!("{}_STATUS_OK {results}", prefix().to_uppercase());
    all.trim_end().to_owned()
}

/// An outcome for the transcript.
pub fn shown(outcome: Outcome) -> String {
    outcome.map_or_else(|Refusal(text)| text, ok)
}

/// The refusal of a function, both without the prefix, with a status that ends like this.
pub fn refused<T>(status: &str, function: &str, words: impl Display) -> Outcome<T> {
    let message = format!("{}_{function}: {words}", prefix());
    let end = message.floor_char_boundary(LONGEST_MESSAGE);
    let prefix = prefix().to_uppercase();
    let message = quoted(&message.as_bytes()[..end]);
    Err(Refusal(format!("{prefix}_STATUS_{status} {message}")))
}

pub fn is_null<T>(function: &str, parameter: &str) -> Outcome<T> {
    refused("NULL_POINTER", function, format!("`{parameter}` is NULL"))
}

/// What a function makes of a text.
pub fn utf8<'a>(function: &str, parameter: &str, text: &'a Option<Vec<u8>>) -> Outcome<&'a str> {
    let Some(bytes) = text else {
        return is_null(function, parameter);
    };
    str::from_utf8(bytes).or_else(|error| {
        let words = format!("`{parameter}` is not UTF-8 at byte {}", error.valid_up_to());
        refused("INVALID_UTF8", function, words)
    })
}

/// A double from the digits of its bits.
pub fn double(word: &str) -> Result<f64, Failure> {
    let bits = u64::from_str_radix(word, 16).map_err(|_| format!("`{word}` is no double"))?;
    Ok(f64::from_bits(bits))
}

pub fn doubles(word: &str) -> Result<Vec<f64>, Failure> {
    items(word).map(double).collect()
}

/// The items of a list.
pub fn items(word: &str) -> impl Iterator<Item = &str> {
    let word = if word == "-" { "" } else { word };
    word.split(',').filter(|item| !item.is_empty())
}

/// Text as bytes; none for NULL.
pub fn text(word: &str) -> Result<Option<Vec<u8>>, Failure> {
    if word == "NULL" {
        return Ok(None);
    }
    let digits = word
        .strip_prefix('x')
        .ok_or_else(|| format!("`{word}` is no text"))?;
    let byte = |at: usize| {
        digits
            .get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    Ok(Some(bytes.ok_or_else(|| format!("`{word}` is no text"))?))
}

/// A double for the transcript.
pub fn bits(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

/// A list for the transcript.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    if items.is_empty() {
        "-".to_owned()
    } else {
        items.join(",")
    }
}

/// Text for the transcript.
pub fn quoted(bytes: impl AsRef<[u8]>) -> String {
    let mut quoted = String::from("\"");
    for byte in bytes.as_ref() {
        match byte {
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => quoted.push(char::from(*byte)),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted + "\""
}

/// Text for a case, from its bytes.
pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref().iter();
    bytes.fold("x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

/// SplitMix64 (Steele, Lea and Flood, 2014), which needs no more than a counter.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_doubles_are_read_and_written() {
        assert_eq!(text("x").unwrap(), Some(Vec::new()));
        assert_eq!(text("x4869ff").unwrap(), Some(vec![0x48, 0x69, 0xff]));
        assert_eq!(text("NULL").unwrap(), None);
        assert!(text("4869").is_err() && text("x486").is_err() && text("xzz").is_err());
        assert_eq!(
            bits(double("8000000000000000").unwrap()),
            "8000000000000000"
        );
        assert_eq!(quoted(b"a\"\\\xff~"), r#""a\x22\x5c\xff~""#);
        assert!(doubles("-").unwrap().is_empty());
        assert_eq!(list(Vec::new()), "-");
    }
}
