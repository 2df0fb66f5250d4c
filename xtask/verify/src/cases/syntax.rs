//! The grammar of the cases: from the text of a file to calls with their answers, and back.

use std::fmt;

use anyhow::{Result, anyhow};

/// A file of cases.
#[derive(Debug, Default)]
pub struct File {
    pub lines: Vec<Line>,
    pub declarations: Declarations,
}

/// What the description of an ABI does not know.
#[derive(Debug, Default)]
pub struct Declarations {
    /// The function that frees a text.
    pub frees: Option<String>,
    pub callbacks: Vec<Callback>,
    /// A function, what it writes although it fails, and the status.
    pub writes: Vec<(String, String, String)>,
    /// The type of a handle, and a call that says how the handle `it` is.
    pub observers: Vec<(String, Call)>,
}

impl Declarations {
    pub const NONE: Declarations = Declarations {
        frees: None,
        callbacks: Vec::new(),
        writes: Vec::new(),
        observers: Vec::new(),
    };
}

/// What a caller has to know of a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub name: String,
    /// The result that stops.
    pub stops: i64,
    /// The parameter that is the caller's own pointer, from 1.
    pub context: Option<usize>,
}

impl Callback {
    /// The result that goes on.
    pub fn goes_on(&self) -> i64 {
        i64::from(self.stops == 0)
    }
}

/// A line with calls.
#[derive(Debug)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// Where it begins and ends in the file.
    pub at: (usize, usize),
    /// The width of a pointer that it is for.
    pub bits: Option<u64>,
    /// Standard output is closed meanwhile.
    pub closed: bool,
    /// How many times, with what is random drawn anew. Otherwise the answer is recorded.
    pub random: Option<usize>,
    pub calls: Vec<Call>,
    pub answer: Option<Answer>,
}

/// A call as C writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name for the handle that is the result.
    pub gives: Option<String>,
    pub function: String,
    pub arguments: Vec<Expr>,
    /// Where the function's name begins.
    pub at: usize,
}

/// What a call did: the result, the message of a failure, and what it wrote, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(pub Vec<(String, Expr)>);

/// An argument, or a part of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A number, a constant, or a name: `-0x1p-3`, `SIZE_MAX`, `greeter`.
    Word(String),
    /// With a NUL behind it.
    Text(Vec<u8>),
    /// Without.
    Bytes(Vec<u8>),
    /// The items, as often as the length needs them.
    List(Vec<Expr>, Option<usize>),
    /// From one number to before another.
    Range(i64, i64),
    Struct(Vec<(Option<String>, Expr)>),
    /// `name[...]`: an array that has a name in this call.
    Named(String, Box<Expr>),
    /// `&name`, `&name[count]`, `&name[*length]`: what the call writes.
    Out(String, Count),
    /// `name+1`: so many elements into an array.
    Into(String, usize),
    /// Not aligned.
    Misaligned(Box<Expr>),
    /// `#name`: how many elements an array has.
    Length(String),
    /// `?`, `?0..80`.
    Random(Option<(i64, i64)>),
    /// `visitor(stop after 2, calls ...)`
    Callback(String, Option<Box<Expr>>, Option<Box<Call>>),
    /// What a callback got, and what came of the call that it made.
    Visit(Vec<Expr>, Option<Answer>),
}

/// How many elements are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Count {
    One,
    Many(Box<Expr>),
    /// As many as another result says.
    In(String),
}

pub fn parse(text: &str) -> Result<File> {
    let mut parser = Parser { text, at: 0 };
    let mut file = File::default();
    while parser.at < text.len() {
        if let Err(words) = parser.line(&mut file) {
            let (line, column) = place(text, parser.at);
            return Err(anyhow!("{line}:{column}: {words}"));
        }
    }
    Ok(file)
}

/// The line and the column of a byte, both from 1.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed<T> = std::result::Result<T, String>;

impl<'a> Parser<'a> {
    /// A line, with those after it that are indented.
    fn line(&mut self, file: &mut File) -> Parsed<()> {
        let start = self.at;
        let end = loop {
            let rest = &self.text[self.at..];
            self.at += rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            let next = &self.text[self.at..];
            if !next.starts_with([' ', '\t'])
                || next.trim_start_matches([' ', '\t']).starts_with('\n')
            {
                break self.at;
            }
        };
        let whole = self.text[start..end].trim_end();
        if whole.is_empty() || whole.starts_with('#') {
            return Ok(());
        }
        let mut inner = Parser {
            text: &self.text[..start + whole.len()],
            at: start,
        };
        let parsed = inner.item(file);
        if parsed.is_err() {
            self.at = inner.at;
        }
        parsed
    }

    fn item(&mut self, file: &mut File) -> Parsed<()> {
        let start = self.at;
        let mut line = Line {
            number: place(self.text, start).0,
            at: (start, self.text.len()),
            bits: None,
            closed: self.eats("[closed]"),
            random: None,
            calls: Vec::new(),
            answer: None,
        };
        if self.eats("[") {
            line.bits = Some(self.integer()?);
            self.needs("]")?;
        }
        let before = self.at;
        let word = self.word()?;
        if word == "random" && self.peek().is_some_and(|c| c.is_ascii_digit()) {
            line.random = Some(self.integer()?);
            self.needs(":")?;
        } else if self.eats("are ")
            || self.eats("stops ")
            || self.eats("writes ")
            || self.eats("is ")
        {
            self.at = start;
            return self.declaration(&mut file.declarations);
        } else {
            self.at = before;
        }
        line.calls.push(self.call()?);
        while line.random.is_some() && self.eats(";") {
            line.calls.push(self.call()?);
        }
        if line.random.is_none() && self.eats("->") {
            line.answer = Some(self.answer()?);
        }
        self.ends()?;
        file.lines.push(line);
        Ok(())
    }

    fn declaration(&mut self, to: &mut Declarations) -> Parsed<()> {
        let subject = self.word()?.to_owned();
        if self.eats("are freed by ") {
            to.frees = Some(self.word()?.to_owned());
        } else if self.eats("stops with ") {
            let stops = self.integer()?;
            let context = match self.eats(", its context is parameter ") {
                true => Some(self.integer()?),
                false => None,
            };
            to.callbacks.push(Callback {
                name: subject,
                stops,
                context,
            });
        } else if self.eats("writes ") {
            let what = self.word()?.to_owned();
            self.needs("when it fails with ")?;
            to.writes.push((subject, what, self.word()?.to_owned()));
        } else if self.eats("is observed by ") {
            to.observers.push((subject, self.call()?));
        } else {
            return Err("this is no declaration: `texts are freed by F`, `F stops with 0, its context is \
                        parameter 1`, `F writes NAME when it fails with STATUS`, `TYPE is observed by F(it, &x)`"
                .into());
        }
        self.ends()
    }

    fn call(&mut self) -> Parsed<Call> {
        self.space();
        let mut at = self.at;
        let mut function = self.word()?;
        let mut gives = None;
        if self.eats("=") {
            gives = Some(function.to_owned());
            self.space();
            at = self.at;
            function = self.word()?;
        }
        self.needs("(")?;
        let arguments = self.list(")", Self::argument)?;
        Ok(Call {
            gives,
            function: function.to_owned(),
            arguments,
            at,
        })
    }

    /// What stands up to `end`, with commas between.
    fn list<T>(&mut self, end: &str, item: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        while !self.eats(end) {
            if !items.is_empty() {
                self.needs(",")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn argument(&mut self) -> Parsed<Expr> {
        if self.eats("misaligned ") {
            return Ok(Expr::Misaligned(Box::new(self.argument()?)));
        }
        if self.eats("&") {
            let name = self.word()?.to_owned();
            let count = if !self.eats("[") {
                Count::One
            } else if self.eats("*") {
                Count::In(self.word()?.to_owned())
            } else {
                Count::Many(Box::new(self.argument()?))
            };
            if count != Count::One {
                self.needs("]")?;
            }
            return Ok(Expr::Out(name, count));
        }
        if self.eats("#") {
            return Ok(Expr::Length(self.word()?.to_owned()));
        }
        if self.eats("?") {
            let has_range =
                self.text[self.at..].starts_with(|c: char| c.is_ascii_digit() || c == '-');
            return Ok(Expr::Random(match has_range {
                true => Some(self.range()?),
                false => None,
            }));
        }
        if self.eats("[") {
            return self.items();
        }
        if self.eats("{") {
            let field = |parser: &mut Self| {
                let before = parser.at;
                let name = parser.word().map(str::to_owned);
                let name = name.ok().filter(|_| parser.eats(":"));
                if name.is_none() {
                    parser.at = before;
                }
                Ok((name, parser.argument()?))
            };
            return Ok(Expr::Struct(self.list("}", field)?));
        }
        if self.eats("(") {
            let values = self.list(")", Self::argument)?;
            let answer = match self.eats("{") {
                true => Some(self.answer()?),
                false => None,
            };
            if answer.is_some() {
                self.needs("}")?;
            }
            return Ok(Expr::Visit(values, answer));
        }
        self.space();
        if self.text[self.at..].starts_with(['"']) {
            return Ok(Expr::Text(self.text()?));
        }
        if self.text[self.at..].starts_with("b\"") {
            self.at += 1;
            return Ok(Expr::Bytes(self.text()?));
        }
        let word = self.word()?.to_owned();
        let rest = &self.text[self.at..];
        if rest.starts_with('[') {
            self.at += 1;
            return Ok(Expr::Named(word, Box::new(self.items()?)));
        }
        if rest.starts_with('+') && word.starts_with(|c: char| c.is_alphabetic()) {
            self.at += 1;
            return Ok(Expr::Into(word, self.integer()?));
        }
        if rest.starts_with('(') {
            self.at += 1;
            let (mut stop, mut calls) = (None, None);
            while !self.eats(")") {
                if self.eats("stop after ") {
                    stop = Some(Box::new(self.argument()?));
                } else if self.eats("calls ") {
                    calls = Some(Box::new(self.call()?));
                } else {
                    return Err("a callback may `stop after N`, or `calls F(...)`".into());
                }
                self.eats(",");
            }
            return Ok(Expr::Callback(word, stop, calls));
        }
        Ok(Expr::Word(word))
    }

    /// After `[`.
    fn items(&mut self) -> Parsed<Expr> {
        let before = self.at;
        if let Ok((from, to)) = self.range()
            && self.eats("]")
        {
            return Ok(Expr::Range(from, to));
        }
        self.at = before;
        let mut items = Vec::new();
        loop {
            if self.eats("]") {
                return Ok(Expr::List(items, None));
            }
            if self.eats(";") {
                let length = self.integer()?;
                self.needs("]")?;
                if items.is_empty() && length > 0 {
                    return Err("there are no elements to repeat".into());
                }
                return Ok(Expr::List(items, Some(length)));
            }
            if !items.is_empty() {
                self.needs(",")?;
            }
            items.push(self.argument()?);
        }
    }

    fn range(&mut self) -> Parsed<(i64, i64)> {
        let from = self.integer()?;
        self.needs("..")?;
        Ok((from, self.integer()?))
    }

    fn answer(&mut self) -> Parsed<Answer> {
        let mut parts = vec![("result".to_owned(), self.argument()?)];
        self.space();
        if self.text[self.at..].starts_with('"') {
            parts.push(("message".to_owned(), Expr::Text(self.text()?)));
        }
        while self.eats(",") {
            let label = self.word()?.to_owned();
            parts.push((label, self.argument()?));
        }
        Ok(Answer(parts))
    }

    /// `"n" * 3 + "x"`
    fn text(&mut self) -> Parsed<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            self.space();
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

    fn quoted(&mut self) -> Parsed<Vec<u8>> {
        self.needs("\"")?;
        let mut bytes = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let mut chars = rest.chars();
            let (first, second) = (chars.next(), chars.next());
            let length = match (first, second) {
                (None | Some('\n'), _) => {
                    return Err("the text has no end: a `\"` is missing".into());
                }
                (Some('"'), _) => {
                    self.at += 1;
                    return Ok(bytes);
                }
                (Some('\\'), Some('x')) => {
                    let digits = rest.get(2..4).unwrap_or_default();
                    let byte = u8::from_str_radix(digits, 16);
                    bytes.push(byte.map_err(|_| "`\\x` needs two hexadecimal digits")?);
                    4
                }
                (Some('\\'), Some('u')) => {
                    let digits = rest.strip_prefix("\\u{").and_then(|it| it.split_once('}'));
                    let digits = digits.ok_or("`\\u` needs a number in braces")?.0;
                    let code = u32::from_str_radix(digits, 16)
                        .ok()
                        .filter(|it| *it < 0x11_0000);
                    bytes.extend(encoded(code.ok_or("there is no such character")?));
                    digits.len() + 4
                }
                (Some('\\'), Some(escape)) => {
                    let known = [
                        ('n', b'\n'),
                        ('t', b'\t'),
                        ('r', b'\r'),
                        ('0', 0),
                        ('\\', b'\\'),
                        ('"', b'"'),
                    ];
                    let known = known.iter().find(|(name, _)| *name == escape);
                    bytes.push(known.ok_or("there is no such escape; `\\x` is any byte")?.1);
                    2
                }
                (Some(other), _) => {
                    bytes.extend(other.to_string().bytes());
                    other.len_utf8()
                }
            };
            self.at += length;
        }
    }

    /// A name or a number.
    fn word(&mut self) -> Parsed<&'a str> {
        self.space();
        let rest = &self.text[self.at..];
        let mut end = 0;
        for (index, c) in rest.char_indices() {
            let before = &rest[..index];
            let is_number = before.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            let is_sign = (c == '-' && index == 0)
                || (is_number
                    && "+-".contains(c)
                    && match before.contains("0x") {
                        true => before.ends_with('p'),
                        false => before.ends_with('e'),
                    });
            let is_point = c == '.' && is_number && !rest[index..].starts_with("..");
            if !(c.is_alphanumeric() || c == '_' || is_sign || is_point) {
                break;
            }
            end = index + c.len_utf8();
        }
        if end == 0 {
            return Err(match rest.chars().next() {
                Some(c) => format!("`{c}` is neither a value nor a name"),
                None => "the line ends too early".into(),
            });
        }
        self.at += end;
        Ok(&rest[..end])
    }

    fn integer<T: TryFrom<i128>>(&mut self) -> Parsed<T> {
        self.space();
        let start = self.at;
        let word = self.word()?;
        let number = integer(word).and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.at = start;
        }
        number.ok_or_else(|| format!("`{word}` is not a number that can stand here"))
    }

    fn peek(&mut self) -> Option<char> {
        self.space();
        self.text[self.at..].chars().next()
    }

    fn eats(&mut self, words: &str) -> bool {
        let before = self.at;
        self.space();
        let is_it = self.text[self.at..].starts_with(words);
        self.at = if is_it { self.at + words.len() } else { before };
        is_it
    }

    fn needs(&mut self, words: &str) -> Parsed<()> {
        match self.eats(words) {
            true => Ok(()),
            false => {
                self.space();
                Err(format!("`{}` is missing", words.trim()))
            }
        }
    }

    fn ends(&mut self) -> Parsed<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err("this does not belong to the line any more".into()),
        }
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
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

/// So many equal characters are written as one and their number.
const REPEATED: usize = 20;
/// Periods up to this length are looked for in lists.
const PERIOD: usize = 64;
/// Shorter ones stay as they are.
const LONG: usize = 9;

/// The shortest list that gives this one when it is repeated.
pub fn compact<T: PartialEq>(items: Vec<T>) -> (Vec<T>, Option<usize>) {
    let length = items.len();
    let most = if length < LONG {
        0
    } else {
        PERIOD.min(length / 2)
    };
    let period = (1..=most).find(|period| items[..length - period] == items[*period..]);
    match period {
        Some(period) => (items.into_iter().take(period).collect(), Some(length)),
        None => (items, None),
    }
}

/// Text in quotes, such that it is read as it was.
fn quoted(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Equal characters, and how many.
    let mut runs: Vec<(String, usize)> = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let escaped = chunk.valid().chars().map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            '\0' => "\\0".to_owned(),
            '\n' => "\\n".to_owned(),
            '\t' => "\\t".to_owned(),
            c if !is_plain(c) => format!("\\u{{{:x}}}", u32::from(c)),
            c => c.to_string(),
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
    if pieces.is_empty() {
        pieces.push((String::new(), 1));
    }
    let shown = pieces.iter().map(|(piece, count)| match count {
        1 => format!("\"{piece}\""),
        count => format!("\"{piece}\" * {count}"),
    });
    f.write_str(&shown.collect::<Vec<_>>().join(" + "))
}

/// Whether a person sees it as what it is.
fn is_plain(c: char) -> bool {
    c.escape_debug().count() == 1
}

fn join<T: fmt::Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    items.join(", ")
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Word(word) => f.write_str(word),
            Expr::Text(bytes) => quoted(bytes, f),
            Expr::Bytes(bytes) => {
                f.write_str("b")?;
                quoted(bytes, f)
            }
            Expr::List(items, None) => write!(f, "[{}]", join(items)),
            Expr::List(items, Some(length)) => write!(f, "[{}; {length}]", join(items)),
            Expr::Range(from, to) => write!(f, "[{from}..{to}]"),
            Expr::Struct(fields) => {
                let fields = fields.iter().map(|(name, value)| match name {
                    Some(name) => format!("{name}: {value}"),
                    None => value.to_string(),
                });
                write!(f, "{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            Expr::Named(name, values) => write!(f, "{name}{values}"),
            Expr::Out(name, Count::One) => write!(f, "&{name}"),
            Expr::Out(name, Count::Many(count)) => write!(f, "&{name}[{count}]"),
            Expr::Out(name, Count::In(other)) => write!(f, "&{name}[*{other}]"),
            Expr::Into(name, count) => write!(f, "{name}+{count}"),
            Expr::Misaligned(inner) => write!(f, "misaligned {inner}"),
            Expr::Length(name) => write!(f, "#{name}"),
            Expr::Random(None) => f.write_str("?"),
            Expr::Random(Some((from, to))) => write!(f, "?{from}..{to}"),
            Expr::Callback(name, stop, calls) => {
                let stop = stop.iter().map(|stop| format!("stop after {stop}"));
                let calls = calls.iter().map(|call| format!("calls {call}"));
                let all: Vec<String> = stop.chain(calls).collect();
                write!(f, "{name}({})", all.join(", "))
            }
            Expr::Visit(values, answer) => {
                write!(f, "({})", join(values))?;
                answer
                    .iter()
                    .try_for_each(|answer| write!(f, " {{{answer}}}"))
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gives
            .iter()
            .try_for_each(|name| write!(f, "{name} = "))?;
        write!(f, "{}({})", self.function, join(&self.arguments))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .enumerate()
            .try_for_each(|(index, (label, value))| match label.as_str() {
                _ if index == 0 => write!(f, "{value}"),
                "message" => write!(f, " {value}"),
                label => write!(f, ", {label} {value}"),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_said_is_read_and_written_as_it_was() {
        for line in [
            "f(2.25) -> 1.5",
            "f(-0x1.8p-1074, nan, 1e-300) -> inf",
            "f(\"a\\\"\\\\\\n\" + \"n\" * 40 + \"\\xff\", b\"\\0\") -> OK \"no\", text NULL",
            "g = f([1, 2; 7], a[0..5], a+1, misaligned &x, &y[3], &data[*n], #a) -> void",
            "f({x: 1, y: {2, 3}}, visitor(stop after 2, calls g(\"Ada\", &t)), context) -> OK, visited [(1, 1) {OK, t \"x\"}]",
        ] {
            let file = parse(line).unwrap();
            let of = &file.lines[0];
            let answer = of.answer.as_ref().unwrap();
            assert_eq!(format!("{} -> {answer}", of.calls[0]), line);
        }
        let file =
            parse("# A comment.\n\n[64] random 7: f(?, ?0..80); g()\n    \nf(1,\n    2)\n  -> 3\n")
                .unwrap();
        assert_eq!(file.lines[0].random, Some(7));
        assert_eq!(
            (file.lines[0].bits, file.lines[0].calls.len()),
            (Some(64), 2)
        );
        assert_eq!(
            (file.lines[1].number, file.lines[1].calls[0].arguments.len()),
            (5, 2)
        );
    }

    #[test]
    fn declarations_are_sentences() {
        let file = parse(
            "texts are freed by x_free\nvisitor stops with 0, its context is parameter 3\n\
             f writes length when it fails with X_SMALL\nHandle is observed by x_count(it, &count)\n",
        );
        let all = file.unwrap().declarations;
        assert_eq!(all.frees.as_deref(), Some("x_free"));
        assert_eq!(all.callbacks[0].context, Some(3));
        assert_eq!((all.writes.len(), all.observers.len()), (1, 1));
    }

    #[test]
    fn a_mistake_has_a_line_and_a_column() {
        for (text, words) in [
            ("f(1)\nf(1", "2:4: `,` is missing"),
            ("f(\"Ada)", "1:8: the text has no end"),
            ("f(1) -> 2 3", "1:11: this does not belong"),
            ("f(\"é\", %)", "1:8: `%` is neither"),
            ("f(\"\\q\")", "1:4: there is no such escape"),
            ("x are owned by y", "1:2: this is no declaration"),
            ("random 3 f(1)", "1:10: `:` is missing"),
            ("f([; 3])", "1:8: there are no elements"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_surrogate_is_three_bytes_that_are_no_utf8() {
        let file = parse("f(\"\\u{d800}\\0\")").unwrap();
        let text = Expr::Text(vec![0xed, 0xa0, 0x80, 0]);
        assert_eq!(
            file.lines[0].calls[0].arguments,
            std::slice::from_ref(&text)
        );
        assert_eq!(text.to_string(), "\"\\xed\\xa0\\x80\\0\"");
    }

    #[test]
    fn a_list_that_repeats_itself_is_written_short() {
        assert_eq!(compact([1, 2].repeat(5)), (vec![1, 2], Some(10)));
        assert_eq!(compact(vec![1, 2, 3]), (vec![1, 2, 3], None));
        assert_eq!(compact(vec![7; 4]), (vec![7; 4], None));
    }
}
