//! What a driver says that a call did, as a person reads it, and beside what is recorded.

use std::fmt;
use std::iter::Peekable;
use std::str::Split;

use anyhow::{Context, Result};
use cargo_abi::model::Type;

use super::calls::{Call, DOUBLE, Place};
use super::text::{self, File, split};
use super::types::{FILL, Types, unhex};

/// What a call did: the result, the message of a failure, and what it wrote, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer(pub Vec<(String, String)>);

/// What a call did, by its driver.
#[derive(Debug, Default)]
pub struct Did {
    pub answer: Answer,
    /// What it was read from.
    pub said: String,
    /// 0 for success, and of calls that have none.
    pub status: i128,
    /// What no call may do, in words.
    pub wrong: Vec<String>,
}

type Words<'a> = Peekable<Split<'a, char>>;

impl Did {
    /// Reads what a driver says, word by word.
    pub fn read(types: &Types, file: &File, call: &Call, words: &mut Words<'_>) -> Result<Did> {
        let mut did = Did::default();
        let mut visits = Vec::new();
        while let Some(word) = words.next_if(|word| word.starts_with(['i', 'x'])) {
            let Some(values) = word.strip_prefix("i:") else {
                did.wrong
                    .push("the callback did not get the context that was passed on".into());
                continue;
            };
            let values = values
                .split_terminator(',')
                .zip(call.visits.iter().flatten());
            let values = values.map(|(value, of)| match value.strip_prefix('v') {
                Some(bytes) => types.show(of, &unhex(bytes)?),
                None => pointed(value),
            });
            let mut visit = format!("({})", values.collect::<Result<Vec<_>>>()?.join(", "));
            if let Some(nested) = &call.nested {
                let nested = Did::read(types, file, nested, words)?;
                visit += &format!(" {{{}}}", nested.answer);
                did.wrong.extend(nested.wrong);
            }
            visits.push(visit);
        }
        let mut next = || words.next().context("a driver says too little");
        let (result, message) = (next()?, next()?);
        did.answer("result", value(types, &call.places[0], result)?);
        if message != "-" {
            did.status = types.integer(&call.places[0].of, &unhex(result)?);
            did.answer("message", pointed(message)?);
        }
        let status = did.answer.0[0].1.clone();
        for place in &call.places[1..] {
            let word = next()?;
            let said = word.trim_start_matches('!');
            let called = match place.name.as_str() {
                "" => "an argument".to_owned(),
                name => format!("`{name}`"),
            };
            let exception = [&call.function, &place.name, &status];
            if said != word {
                did.wrong
                    .push(format!("it wrote before or behind {called}"));
            }
            if said == "-" {
                if did.status == 0 && place.is_written && !place.name.is_empty() {
                    did.answer(
                        &place.name,
                        if place.size == 0 { "[]" } else { "untouched" }.into(),
                    );
                }
            } else if !place.is_written {
                did.wrong
                    .push(format!("it wrote to {called}, which is const"));
            } else if did.status != 0 && !file.writes.iter().any(|it| it.each_ref() == exception) {
                did.wrong.push(format!("it failed, and wrote to {called}"));
            } else if said != "p" {
                did.answer(&place.name, value(types, place, said)?);
            }
        }
        if did.status != 0 && !visits.is_empty() {
            did.wrong
                .push("it failed, and called the callback".to_owned());
        } else if did.status == 0 && call.visits.is_some() {
            did.answer("visited", text::list(&visits));
        }
        Ok(did)
    }

    pub fn answer(&mut self, label: &str, value: String) {
        self.answer.0.push((label.to_owned(), value));
    }
}

fn value(types: &Types, place: &Place, said: &str) -> Result<String> {
    match (place.kind, said.strip_prefix('t')) {
        ('d', Some(bytes)) => types.list(&place.of, &unhex(bytes)?, false),
        ('A', Some(elements)) => {
            let shown = elements.split_terminator(',').map(|it| match it {
                "-" => Ok("null".to_owned()),
                bytes => types.show(&DOUBLE, &unhex(bytes)?),
            });
            Ok(text::list(&shown.collect::<Result<Vec<_>>>()?))
        }
        ('t' | 'h' | 'd' | 'A' | 'G', _) => pointed(said),
        _ if place.of == Type::Void && !place.is_array => Ok("void".to_owned()),
        _ if !place.is_array => types.show(&place.of, &unhex(said)?),
        _ => {
            let bytes = unhex(said)?;
            let end = bytes.iter().position(|byte| *byte == 0);
            match end.filter(|_| place.of == Type::Char) {
                Some(end) if bytes[end + 1..].iter().all(|byte| *byte == FILL) => {
                    Ok(text::quoted(&bytes[..end]))
                }
                _ => types.list(&place.of, &bytes, place.content.is_empty()),
            }
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

impl Answer {
    /// What a person wrote, with the names of constants replaced by what they stand for.
    pub fn recorded(types: &Types, text: &str) -> Answer {
        let mut parts = Vec::new();
        for (index, part) in split(text, ",").into_iter().enumerate() {
            // A status has a message behind it.
            match part
                .split_once(' ')
                .filter(|(label, _)| label.starts_with(char::is_alphabetic))
            {
                Some((status, message)) if index == 0 && message.starts_with('"') => {
                    parts.extend([("result", status), ("message", message)]);
                }
                Some((label, value)) if index > 0 => parts.push((label, value)),
                _ => parts.push(("result", part)),
            }
        }
        let meaning = |value: &str| match types.abi.constants.get(value) {
            // A release has another one.
            None if value == "VERSION" => text::quoted(types.library.version.as_bytes()),
            Some(constant) => text::integer(constant).map_or(value.into(), |it| it.to_string()),
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
        let count = self.0.len().max(did.0.len());
        let is_other = |index: &usize| !is_so(self.0.get(*index), did.0.get(*index));
        let index = (0..count).find(is_other)?;
        let mut parts = [self, did].map(|answer| answer.0.get(index).cloned());
        if let [Some((label, expected)), Some((other, got))] = &parts
            && label == other
            && let (Some(expected), Some(got)) = (text::items(expected), text::items(got))
        {
            let same = expected
                .iter()
                .zip(&got)
                .take_while(|(one, other)| one == other)
                .count();
            let label = format!("{label}[{same}]");
            parts = [expected, got].map(|list| {
                let item = list.get(same).map_or("nothing", |item| item);
                Some((label.clone(), item.to_owned()))
            });
        }
        let [expected, got] = parts.map(|part| match part {
            Some((label, value)) => format!("{label} {}", cut(&value)),
            None => "nothing".to_owned(),
        });
        Some(format!("expected {expected}\n  got      {got}"))
    }
}

/// Whether a part is as it is recorded. Of a text whose end depends on the machine the beginning is.
fn is_so(recorded: Option<&(String, String)>, did: Option<&(String, String)>) -> bool {
    let (Some((label, recorded)), Some((other, did))) = (recorded, did) else {
        return recorded == did;
    };
    let begins = |beginning| did.starts_with(beginning);
    label == other && (recorded == did || recorded.strip_suffix("…\"").is_some_and(begins))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.iter().enumerate();
        parts.try_for_each(|(index, (label, value))| match (index, label.as_str()) {
            (0, _) => write!(f, "{value}"),
            (1, "message") => write!(f, " {value}"),
            (_, label) => write!(f, ", {label} {value}"),
        })
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
