//! The text of a file of cases: its lines, its declarations, and how values of every kind are written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, Error, Result, anyhow, bail};

/// What the description of an ABI does not know.
#[derive(Debug, Default)]
pub struct Declarations {
    /// The function that frees a text.
    pub frees: Option<String>,
    /// The result that stops a callback.
    pub callbacks: BTreeMap<String, i64>,
    /// A function, what it writes although it fails, and the status.
    pub writes: Vec<[String; 3]>,
    /// For the type of a handle a call that says how the handle `it` is.
    pub observers: BTreeMap<String, String>,
}

impl Declarations {
    /// Whether the line is one.
    fn take(&mut self, line: &str) -> Result<bool> {
        let (subject, rest) = line.split_once(' ').unwrap_or((line, ""));
        let subject = subject.to_owned();
        if let Some(function) = rest.strip_prefix("are freed by ") {
            self.frees = Some(function.to_owned());
        } else if let Some(stops) = rest.strip_prefix("stops with ") {
            let stops = integer(stops).and_then(|stops| stops.try_into().ok());
            let stops = stops.context("a callback stops with a number: `F stops with 0`")?;
            self.callbacks.insert(subject, stops);
        } else if let Some(rest) = rest.strip_prefix("writes ")
            && let Some((what, status)) = rest.split_once(" when it fails with ")
        {
            self.writes
                .push([subject, what.to_owned(), status.to_owned()]);
        } else if let Some(call) = rest.strip_prefix("is observed by ") {
            self.observers.insert(subject, call.to_owned());
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// A line with calls.
#[derive(Debug)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// Where it is in the file.
    pub at: Range<usize>,
    /// The width of a pointer that it is for.
    pub bits: Option<u64>,
    /// Standard output is closed meanwhile.
    pub closed: bool,
    /// How many times, with what is random drawn anew. Otherwise the answer is recorded.
    pub random: Option<usize>,
    /// Where the first call is in the file, and those behind it.
    pub calls: Range<usize>,
    pub answer: Option<String>,
}

impl Line {
    pub fn lacks_answer(&self) -> bool {
        self.random.is_none() && self.answer.is_none()
    }
}

/// A file of cases.
pub struct File {
    /// From the root.
    pub path: PathBuf,
    pub text: String,
    pub lines: Vec<Line>,
    pub declarations: Declarations,
}

impl File {
    pub fn new(path: PathBuf, text: String) -> Result<File> {
        let mut whole: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end().len();
            match whole.last_mut() {
                // It continues the one before it.
                Some(last)
                    if line.starts_with([' ', '\t']) && end > start && last.end > last.start =>
                {
                    last.end = end;
                }
                _ => whole.push(start..end),
            }
            start += line.len();
        }
        let (lines, declarations) = (Vec::new(), Declarations::default());
        let mut file = File {
            path,
            text,
            lines,
            declarations,
        };
        for at in whole {
            let mut scanner = Scanner::new(&file.text[at.clone()], at.start);
            if scanner.text.is_empty() || scanner.text.starts_with('#') {
                continue;
            }
            let number = file.place(at.start).0;
            match file.declarations.take(&scanner.text) {
                Ok(true) => {}
                Ok(false) => match scanner.line(at, number) {
                    Ok(line) => file.lines.push(line),
                    Err(error) => return Err(file.complaint(&scanner, &error)),
                },
                Err(error) => return Err(file.complaint(&scanner, &error)),
            }
        }
        Ok(file)
    }

    /// An error with the place that reading has come to.
    pub fn complaint(&self, scanner: &Scanner, error: &Error) -> Error {
        let (line, column) =
            self.place(scanner.start + scanner.at.saturating_add_signed(-scanner.grown));
        anyhow!("{}:{line}:{column}: {error:#}", self.path.display())
    }

    /// The line and the column of a byte, both from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

/// Reads from the beginning of a text to its end.
pub struct Scanner {
    pub text: String,
    pub at: usize,
    /// Where the text is in its file.
    start: usize,
    /// How much longer the text has become.
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

    fn line(&mut self, at: Range<usize>, number: usize) -> Result<Line> {
        let closed = self.eats("[closed]");
        let bits = match self.eats("[") {
            true => Some(self.integer()?),
            false => None,
        };
        if bits.is_some() {
            self.needs("]")?;
        }
        let random = match self.eats("random ") {
            true => Some(self.integer()?),
            false => None,
        };
        if random.is_some() {
            self.needs(":")?;
        }
        self.space();
        let parts = split(self.rest(), "->");
        let start = at.start + self.at;
        let calls = start..start + parts[0].len();
        let answer = match parts[..] {
            [_, answer] if random.is_none() => {
                // It may stand on several lines.
                let lines: Vec<&str> = answer.lines().map(str::trim).collect();
                Some(lines.join(" "))
            }
            [_] => None,
            _ => bail!("more than one answer stands here"),
        };
        Ok(Line {
            number,
            at,
            bits,
            closed,
            random,
            calls,
            answer,
        })
    }

    /// Puts another text in the place of what stands from `start` on, to be read next.
    pub fn replace(&mut self, start: usize, text: &str) {
        self.text.replace_range(start..self.at, text);
        self.grown += text.len() as isize - (self.at - start) as isize;
        self.at = start;
    }

    pub fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Whether this is next.
    pub fn sees(&mut self, words: &str) -> bool {
        self.space();
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

    pub fn ends(&mut self) -> Result<()> {
        self.space();
        match self.rest() {
            "" => Ok(()),
            _ => bail!("this does not belong to the line any more"),
        }
    }

    /// A name or a number.
    pub fn word(&mut self) -> Result<String> {
        self.space();
        let rest = self.rest();
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let is_hexadecimal = rest.trim_start_matches('-').starts_with("0x");
        let exponent = if is_hexadecimal { 'p' } else { 'e' };
        let mut end = 0;
        for (index, c) in rest.char_indices() {
            let before = rest[..index].chars().next_back();
            let is_sign = (c == '-' && index == 0)
                || (is_number && "+-".contains(c) && before == Some(exponent));
            let is_point = c == '.' && is_number && !rest[index..].starts_with("..");
            if !(c.is_alphanumeric() || c == '_' || is_sign || is_point) {
                break;
            }
            end = index + c.len_utf8();
        }
        if end == 0 {
            match rest.chars().next() {
                Some(c) => bail!("`{c}` is neither a value nor a name"),
                None => bail!("the line ends too early"),
            }
        }
        let word = rest[..end].to_owned();
        self.at += end;
        Ok(word)
    }

    pub fn integer<T: TryFrom<i128>>(&mut self) -> Result<T> {
        self.space();
        let start = self.at;
        let word = self.word()?;
        let number = integer(&word).and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.at = start;
        }
        number.with_context(|| format!("`{word}` is not a number that can stand here"))
    }

    /// `0..80`, if that is next.
    pub fn range(&mut self) -> Option<(i64, i64)> {
        let start = self.at;
        let from = self.integer();
        match (from, self.eats(".."), self.integer()) {
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
            let count = match self.eats("*") {
                true => self.integer()?,
                false => 1,
            };
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
            let rest = self.rest();
            let mut chars = rest.chars();
            let escape = match chars.next() {
                None | Some('\n') => bail!("the text has no end: a `\"` is missing"),
                Some('"') => {
                    self.at += 1;
                    return Ok(bytes);
                }
                Some('\\') => chars.next().unwrap_or(' '),
                Some(other) => {
                    bytes.extend(other.to_string().bytes());
                    self.at += other.len_utf8();
                    continue;
                }
            };
            let length = match escape {
                'x' => {
                    let byte = rest.get(2..4).map(|digits| u8::from_str_radix(digits, 16));
                    let byte = byte.and_then(Result::ok);
                    bytes.push(byte.context("`\\x` needs two hexadecimal digits")?);
                    4
                }
                'u' => {
                    let digits = rest.strip_prefix("\\u{").and_then(|it| it.split_once('}'));
                    let digits = digits.context("`\\u` needs a number in braces")?.0;
                    let code = u32::from_str_radix(digits, 16).ok();
                    let code = code.filter(|code| *code < 0x11_0000);
                    bytes.extend(encoded(code.context("there is no such character")?));
                    digits.len() + 4
                }
                _ => {
                    let known = ESCAPES.iter().find(|(_, name)| *name == escape);
                    let known = known.context("there is no such escape; `\\x` is any byte")?;
                    bytes.push(known.0 as u8);
                    2
                }
            };
            self.at += length;
        }
    }
}

/// What stands behind a backslash for a character.
const ESCAPES: [(char, char); 6] = [
    ('\n', 'n'),
    ('\t', 't'),
    ('\r', 'r'),
    ('\0', '0'),
    ('\\', '\\'),
    ('"', '"'),
];

/// An integer in decimal or hexadecimal digits.
pub fn integer(word: &str) -> Option<i128> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let number = match digits.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if digits == word { number } else { -number })
}

/// UTF-8, for surrogates as well.
fn encoded(code: u32) -> Vec<u8> {
    match char::from_u32(code) {
        Some(c) => c.to_string().into_bytes(),
        None => [
            0xe0 | code >> 12,
            0x80 | code >> 6 & 0x3f,
            0x80 | code & 0x3f,
        ]
        .map(|byte| byte as u8)
        .to_vec(),
    }
}

/// The parts between separators that stand neither in quotes nor in brackets.
pub fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    let (mut depth, mut is_quoted) = (0, false);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'\\' if is_quoted => at += 1,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ if depth == 0 && text.as_bytes()[at..].starts_with(separator.as_bytes()) => {
                parts.push(text[start..at].trim());
                start = at + separator.len();
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(text[start..].trim());
    parts
}

/// The items of a list, each as often as it stands for.
pub fn items(list: &str) -> Option<Vec<&str>> {
    let inner = list.strip_prefix('[')?.strip_suffix(']')?;
    let parts = split(inner, ";");
    let mut items = split(parts[0], ",");
    items.retain(|item| !item.is_empty());
    let length = match parts[..] {
        [_, length] => length.parse().ok()?,
        _ => items.len(),
    };
    Some(items.into_iter().cycle().take(length).collect())
}

/// A list, in the shortest way that gives it when it is repeated.
pub fn list(items: &[String]) -> String {
    /// Periods up to this length are looked for.
    const PERIOD: usize = 64;
    /// Shorter lists stay as they are.
    const LONG: usize = 9;
    let length = items.len();
    let most = if length < LONG {
        0
    } else {
        PERIOD.min(length / 2)
    };
    let period = (1..=most).find(|period| items[..length - period] == items[*period..]);
    match period {
        Some(period) => format!("[{}; {length}]", items[..period].join(", ")),
        None => format!("[{}]", items.join(", ")),
    }
}

/// Text in quotes, such that it is read as it was.
pub fn quoted(bytes: &[u8]) -> String {
    /// So many equal characters are written as one and their number.
    const REPEATED: usize = 20;
    // Equal characters, and how many.
    let mut runs: Vec<(String, usize)> = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let escaped = chunk.valid().chars().map(|c| {
            match ESCAPES.iter().find(|(known, _)| *known == c) {
                Some((_, name)) => format!("\\{name}"),
                // A person sees it as what it is.
                None if c.escape_debug().count() == 1 => c.to_string(),
                None => format!("\\u{{{:x}}}", u32::from(c)),
            }
        });
        let invalid = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        for piece in escaped.chain(invalid) {
            match runs.last_mut() {
                Some((last, count)) if *last == piece => *count += 1,
                _ => runs.push((piece, 1)),
            }
        }
    }
    // Text in quotes, and what stands alone because it is repeated.
    let mut pieces: Vec<(String, usize)> = Vec::new();
    for (piece, count) in runs {
        match pieces.last_mut() {
            _ if count >= REPEATED => pieces.push((piece, count)),
            Some((last, 1)) => *last += &piece.repeat(count),
            _ => pieces.push((piece.repeat(count), 1)),
        }
    }
    let shown = pieces.iter().map(|(piece, count)| match count {
        1 => format!("\"{piece}\""),
        count => format!("\"{piece}\" * {count}"),
    });
    let shown = shown.collect::<Vec<_>>().join(" + ");
    if shown.is_empty() {
        "\"\"".to_owned()
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<File> {
        File::new(PathBuf::from("x.txt"), text.to_owned())
    }

    #[test]
    fn a_line_ends_where_the_next_one_begins_without_a_space() {
        let file = file(
            "# A comment.\n\n[64] random 7: f(?, ?0..80); g()\n    \nf(1,\n    \"->\")\n  -> 3,\n  x 4\n",
        );
        let lines = file.unwrap().lines;
        assert_eq!((lines[0].random, lines[0].bits), (Some(7), Some(64)));
        assert_eq!(
            (lines[1].number, lines[1].answer.as_deref()),
            (5, Some("3, x 4"))
        );
        assert!(lines.iter().all(|line| !line.lacks_answer()));
    }

    #[test]
    fn declarations_are_sentences() {
        let file = file(
            "texts are freed by x_free\nvisitor stops with 0\n\
             f writes length when it fails with X_SMALL\nHandle is observed by x_count(it, &count)\n",
        );
        let all = file.unwrap().declarations;
        assert_eq!(all.frees.as_deref(), Some("x_free"));
        assert_eq!(all.callbacks["visitor"], 0);
        assert_eq!(all.writes[0], ["f", "length", "X_SMALL"]);
        assert_eq!(all.observers["Handle"], "x_count(it, &count)");
    }

    #[test]
    fn a_mistake_in_a_line_has_a_place() {
        for (text, words) in [
            ("\nrandom 3 f(1)", "x.txt:2:10: `:` is missing"),
            (
                "f stops with no",
                "x.txt:1:1: a callback stops with a number",
            ),
            (
                "f(1) -> 1 -> 2",
                "x.txt:1:1: more than one answer stands here",
            ),
        ] {
            let error = file(text).err().unwrap().to_string();
            assert!(error.starts_with(words), "{text}: {error}");
        }
    }

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

    #[test]
    fn a_list_that_repeats_itself_is_written_short() {
        let of = |items: &[u32]| -> Vec<String> { items.iter().map(u32::to_string).collect() };
        assert_eq!(list(&of(&[1, 2].repeat(5))), "[1, 2; 10]");
        assert_eq!(list(&of(&[1, 2, 3])), "[1, 2, 3]");
        assert_eq!(list(&of(&[7; 4])), "[7, 7, 7, 7]");
        assert_eq!(
            items("[(1, 2), \"],\"; 3]").unwrap(),
            ["(1, 2)", "\"],\"", "(1, 2)"]
        );
        assert_eq!(items("[]").unwrap(), [""; 0]);
    }
}
