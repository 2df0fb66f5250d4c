//! What a driver says that a call did, as a person reads it, and beside what is recorded.

use std::fmt;

use anyhow::{Context, Result};
use cargo_abi::model::Type;

use super::calls::{Call, Form, Place};
use super::text::{self, Declarations, split};
use super::types::{FILL, Types};

/// What a call did: the result, the message of a failure, and what it wrote, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer(pub Vec<(String, String)>);

/// What a call did, by its driver.
#[derive(Debug)]
pub struct Did {
    pub answer: Answer,
    /// What it was read from.
    pub said: String,
    /// 0 for success, and of calls that have none.
    pub status: i128,
    /// What no call may do, in words.
    pub wrong: Vec<String>,
}

/// Reads what a driver says, word by word.
pub struct Said<'a> {
    pub types: &'a Types,
    pub declarations: &'a Declarations,
    pub words: std::iter::Peekable<std::str::Split<'a, char>>,
}

impl Said<'_> {
    pub fn read(&mut self, call: &Call) -> Result<(Answer, i128, Vec<String>)> {
        let mut parts = Vec::new();
        let mut wrong = Vec::new();
        let mut visits = Vec::new();
        while let Some(word) = self.words.next_if(|word| word.starts_with(['i', 'x'])) {
            let Some(values) = word.strip_prefix("i:") else {
                wrong.push("the callback did not get the context that was passed on".to_owned());
                continue;
            };
            let values = values
                .split_terminator(',')
                .zip(call.visits.iter().flatten());
            let values = values.map(|(value, of)| self.visited(of, value));
            let mut visit = format!("({})", values.collect::<Result<Vec<_>>>()?.join(", "));
            if let Some(nested) = &call.nested {
                let (answer, _, others) = self.read(nested)?;
                visit += &format!(" {{{answer}}}");
                wrong.extend(others);
            }
            visits.push(visit);
        }
        let mut failure = (0, String::new());
        for (index, place) in call.places.iter().enumerate() {
            let word = self.words.next().context("a driver says too little")?;
            let said = word.trim_start_matches('!');
            let called = match place.name.as_str() {
                "" => "an argument".to_owned(),
                name => format!("`{name}`"),
            };
            if said != word {
                wrong.push(format!("it wrote before or behind {called}"));
            }
            if index == 0 {
                parts.push((place.name.clone(), self.value(place, said)?));
                let message = self.words.next().context("a driver says too little")?;
                if message != "-" {
                    failure = (
                        self.types.integer(&place.of, &unhex(said)?),
                        parts[0].1.clone(),
                    );
                    parts.push(("message".to_owned(), text::quoted(&unhex(&message[1..])?)));
                }
                continue;
            }
            let (status, status_name) = &failure;
            let may_write = || {
                let exception = [&call.function, &place.name, status_name];
                self.declarations
                    .writes
                    .iter()
                    .any(|known| known.each_ref() == exception)
            };
            if said == "-" {
                if *status == 0 && place.is_written && !place.name.is_empty() {
                    let value = if place.size == 0 { "[]" } else { "untouched" };
                    parts.push((place.name.clone(), value.to_owned()));
                }
            } else if !place.is_written {
                wrong.push(format!("it wrote to {called}, which is const"));
            } else if *status != 0 && !may_write() {
                wrong.push(format!("it failed, and wrote to {called}"));
            } else if place.form != Form::Handle || said != "p" {
                parts.push((place.name.clone(), self.value(place, said)?));
            }
        }
        if call.visits.is_some() && failure.0 == 0 {
            parts.push(("visited".to_owned(), text::list(&visits)));
        } else if !visits.is_empty() {
            wrong.push("it failed, and called the callback".to_owned());
        }
        Ok((Answer(parts), failure.0, wrong))
    }

    fn visited(&self, of: &Type, said: &str) -> Result<String> {
        match said.strip_prefix('v') {
            Some(bytes) => self.types.show(of, &unhex(bytes)?),
            None => pointed(said),
        }
    }

    fn value(&self, place: &Place, said: &str) -> Result<String> {
        let of = &place.of;
        match place.form {
            Form::Value if *of == Type::Void => Ok("void".to_owned()),
            Form::Value => self.types.show(of, &unhex(said)?),
            Form::Array { empty } => {
                let bytes = unhex(said)?;
                let end = bytes
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(bytes.len());
                let is_text = *of == Type::Char && bytes.iter().skip(end + 1).all(|it| *it == FILL);
                match is_text && end < bytes.len() {
                    true => Ok(text::quoted(&bytes[..end])),
                    false => self.types.list(of, &bytes, empty.then_some(FILL)),
                }
            }
            Form::Elements if said != "n" => self.types.list(of, &unhex(&said[1..])?, None),
            Form::Text | Form::Handle | Form::Elements => pointed(said),
        }
    }
}

/// What is said of a pointer.
fn pointed(said: &str) -> Result<String> {
    Ok(match said.strip_prefix('t') {
        Some(bytes) => text::quoted(&unhex(bytes)?),
        None if said == "n" => "NULL".to_owned(),
        None => "pointer".to_owned(),
    })
}

fn unhex(digits: &str) -> Result<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?);
    pairs.map(byte).collect()
}

impl Answer {
    /// What a person wrote, with the names of constants replaced by what they stand for.
    pub fn recorded(types: &Types, text: &str) -> Answer {
        let mut parts = Vec::new();
        for (index, part) in split(text, ",").into_iter().enumerate() {
            let starts_with_word =
                part.starts_with(char::is_alphabetic) && !part.starts_with("b\"");
            let (label, value) = part.split_once(' ').unwrap_or((part, ""));
            match (index, starts_with_word && !value.is_empty()) {
                (0, true) => parts.extend([("result", label), ("message", value)]),
                (0, false) => parts.push(("result", part)),
                _ => parts.push((label, value)),
            }
        }
        let meaning = |value: &str| match types.abi.constants.get(value) {
            // A release has another one.
            None if value == "VERSION" => text::quoted(types.library.version.as_bytes()),
            Some(constant) => text::integer(constant).map_or(value.to_owned(), |it| it.to_string()),
            None => value.to_owned(),
        };
        let parts = parts.into_iter();
        Answer(
            parts
                .map(|(label, value)| (label.to_owned(), meaning(value)))
                .collect(),
        )
    }

    /// The first part in which another answer differs from this one, which is recorded.
    pub fn difference(&self, did: &Answer) -> Option<String> {
        let find = |answer: &Answer, label: &str| {
            let value = answer.0.iter().find(|(own, _)| own == label);
            value.map(|(_, value)| value.clone())
        };
        let mut labels = did.0.iter().chain(&self.0).map(|(label, _)| label);
        let label = labels.find(|label| find(self, label) != find(did, label))?;
        let (mut place, mut values) = (label.clone(), [find(self, label), find(did, label)]);
        let lists = values
            .each_ref()
            .map(|value| text::items(value.as_deref()?));
        if let [Some(expected), Some(got)] = lists {
            let pairs = expected.iter().zip(&got);
            let same = pairs.take_while(|(one, other)| one == other).count();
            place += &format!("[{same}]");
            values = [expected, got].map(|list| list.get(same).map(|item| (*item).to_owned()));
        }
        let [expected, got] = values.map(|value| value.map_or("nothing".into(), |it| cut(&it)));
        Some(format!(
            "expected {place} {expected}\n  got      {place} {got}"
        ))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (label, value)) in self.0.iter().enumerate() {
            match label.as_str() {
                _ if index == 0 => write!(f, "{value}")?,
                "message" => write!(f, " {value}")?,
                label => write!(f, ", {label} {value}")?,
            }
        }
        Ok(())
    }
}

/// Not more of a line than fits on a few.
pub fn cut(line: &str) -> String {
    const MOST: usize = 300;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}... ({} characters)", &line[..end], line.chars().count()),
        None => line.to_owned(),
    }
}
