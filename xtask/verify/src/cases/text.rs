//! The text of a file of cases: its lines and declarations, and how texts and lists are written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, Error, Result, anyhow, bail};

/// A file of cases, and in it what the description of an ABI does not know.
#[derive(Debug, Default)]
pub struct File {
    /// From the root.
    pub path: PathBuf,
    pub text: String,
    pub lines: Vec<Line>,
    /// The function that frees a text.
    pub frees: Option<String>,
    /// The result that stops a callback.
    pub callbacks: BTreeMap<String, i128>,
    /// A function, what it writes although it fails, and the status.
    pub writes: Vec<[String; 3]>,
}

/// A line with calls.
#[derive(Debug)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// Where it is in the file, and where its calls are.
    pub at: Range<usize>,
    pub calls: Range<usize>,
    /// The width of a pointer that it is for.
    pub bits: Option<u64>,
    /// Standard output is closed meanwhile.
    pub closed: bool,
    /// How many times, with what is random drawn anew. Otherwise the answer is recorded.
    pub random: Option<u64>,
    pub answer: Option<String>,
}

impl Line {
    pub fn lacks_answer(&self) -> bool {
        self.random.is_none() && self.answer.is_none()
    }
}

impl File {
    pub fn new(path: PathBuf, text: String) -> Result<File> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end().len();
            match lines.last_mut() {
                // It continues the one before it.
                Some(last)
                    if line.starts_with([' ', '\t']) && end > start && last.end > last.start =>
                {
                    last.end = end;
                }
                _ => lines.push(start..end),
            }
            start += line.len();
        }
        let mut file = File {
            path,
            text,
            ..File::default()
        };
        for at in lines {
            let start = at.start;
            file.line(at)
                .map_err(|error| file.complaint(start, &error))?;
        }
        Ok(file)
    }

    /// An error with the place where it is.
    pub fn complaint(&self, at: usize, error: &Error) -> Error {
        let (line, column) = self.place(at);
        anyhow!("{}:{line}:{column}: {error:#}", self.path.display())
    }

    /// The line and the column of a byte, both from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    fn line(&mut self, at: Range<usize>) -> Result<()> {
        let text = self.text[at.clone()].to_owned();
        if text.is_empty() || text.starts_with('#') || self.declares(&text)? {
            return Ok(());
        }
        let mut rest = text.as_str();
        let closed = rest.strip_prefix("[closed]");
        rest = closed.unwrap_or(rest).trim_start();
        let mut head = |start: &str, end: char| {
            let (number, after) = rest.strip_prefix(start)?.split_once(end)?;
            rest = after.trim_start();
            let value = integer(number).and_then(|value| value.try_into().ok());
            Some(value.with_context(|| format!("`{number}` is not a number")))
        };
        let bits = head("[", ']').transpose()?;
        let random = head("random ", ':').transpose()?;
        let parts = split(rest, "->");
        let start = at.end - rest.len();
        let calls = start..start + parts[0].len();
        // It may stand on several lines.
        let answer = parts.get(1).map(|it| it.lines().map(str::trim));
        let answer = answer.map(|lines| lines.collect::<Vec<_>>().join(" "));
        if random.is_some() && answer.is_some() {
            bail!("a random line has no answer that is recorded");
        }
        let (number, closed) = (self.place(at.start).0, closed.is_some());
        self.lines.push(Line {
            number,
            at,
            calls,
            bits,
            closed,
            random,
            answer,
        });
        Ok(())
    }

    /// Takes a declaration, if the line is one.
    fn declares(&mut self, line: &str) -> Result<bool> {
        let (subject, rest) = line.split_once(' ').unwrap_or((line, ""));
        let subject = subject.to_owned();
        if let Some(function) = rest.strip_prefix("are freed by ") {
            self.frees = Some(function.to_owned());
        } else if let Some(stops) = rest.strip_prefix("stops with ") {
            let stops =
                integer(stops).context("a callback stops with a number: `F stops with 0`")?;
            self.callbacks.insert(subject, stops);
        } else if let Some(rest) = rest.strip_prefix("writes ")
            && let Some((what, status)) = rest.split_once(" when it fails with ")
        {
            self.writes
                .push([subject, what.to_owned(), status.to_owned()]);
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// An integer in decimal or hexadecimal digits.
pub fn integer(word: &str) -> Option<i128> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let number = match digits.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if digits == word { number } else { -number })
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
    let parts = split(list.strip_prefix('[')?.strip_suffix(']')?, ";");
    let mut items = split(parts[0], ",");
    items.retain(|item| !item.is_empty());
    let length = parts
        .get(1)
        .map_or(Some(items.len()), |length| length.parse().ok())?;
    Some(items.into_iter().cycle().take(length).collect())
}

/// A list, in the shortest way that gives it when it is repeated.
pub fn list(items: &[String]) -> String {
    /// Shorter lists stay as they are; of longer ones, periods up to a length are looked for.
    const LONG: usize = 9;
    const PERIOD: usize = 64;
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
    /// How many equal characters are written as one and their number.
    const REPEATED: usize = 20;
    let mut pieces: Vec<Result<char, u8>> = Vec::new();
    for chunk in bytes.utf8_chunks() {
        pieces.extend(chunk.valid().chars().map(Ok));
        pieces.extend(chunk.invalid().iter().copied().map(Err));
    }
    let runs = pieces.chunk_by(PartialEq::eq).map(|run| {
        let piece = match run[0] {
            Ok('\'') => "'".to_owned(),
            Ok(piece) => piece.escape_debug().to_string(),
            Err(byte) => format!("\\x{byte:02x}"),
        };
        match run.len() {
            count @ REPEATED.. => format!("\" + \"{piece}\" * {count} + \""),
            count => piece.repeat(count),
        }
    });
    let text = format!("\"{}\"", runs.collect::<String>()).replace(" + \"\" + ", " + ");
    // Nothing stands before a piece at the beginning and behind one at the end.
    let text = text.strip_prefix("\"\" + ").unwrap_or(&text);
    text.strip_suffix(" + \"\"").unwrap_or(text).to_owned()
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
             f writes length when it fails with X_SMALL\n",
        );
        let all = file.unwrap();
        assert_eq!(all.frees.as_deref(), Some("x_free"));
        assert_eq!(all.callbacks["visitor"], 0);
        assert_eq!(all.writes[0], ["f", "length", "X_SMALL"]);
    }

    #[test]
    fn a_mistake_in_a_line_has_a_place() {
        for (text, words) in [
            ("\nrandom x: f(1)", "x.txt:2:1: `x` is not a number"),
            (
                "f stops with no",
                "x.txt:1:1: a callback stops with a number",
            ),
            (
                "random 3: f(?) -> 1",
                "x.txt:1:1: a random line has no answer",
            ),
        ] {
            let error = file(text).err().unwrap().to_string();
            assert!(error.starts_with(words), "{text}: {error}");
        }
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
