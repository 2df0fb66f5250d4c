//! What a driver says that a call did, as a person reads it, and beside what is recorded.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use anyhow::Result;
use cargo_abi::calls::unhex;
use cargo_abi::model::Type;

use super::calls::{Call, DOUBLE, GUARD, Place};
use super::text::{self, File, split};
use super::types::{FILL, Types, plain};

/// What a call did: the result, the message of a failure, and what it wrote, by name. A NaN has its bits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer(pub Vec<(String, String)>);

/// What a call did, by its driver.
#[derive(Clone, Debug, Default)]
pub struct Did {
    pub answer: Answer,
    /// 0 for success, and of calls that have none.
    pub status: i128,
    /// The result in its bytes.
    pub result: Vec<u8>,
    pub printed: Option<String>,
    pub live_blocks: u64,
    /// What no call may do, in words.
    pub wrong: Vec<String>,
}

/// What a driver says of a call.
struct Said<'a> {
    types: &'a Types,
    memory: Vec<u8>,
    written: Vec<Range<usize>>,
    /// What is behind the pointers that were written.
    behind: BTreeMap<usize, &'a str>,
}

impl Did {
    /// Reads what a driver says, word by word.
    pub fn read<'a>(
        types: &Types,
        file: &File,
        call: &Call,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<Did> {
        let mut did = Did::default();
        let mut visits: Vec<String> = Vec::new();
        let mut message = None;
        let mut said = Said {
            types,
            memory: vec![FILL; call.end],
            written: Vec::new(),
            behind: BTreeMap::new(),
        };
        for place in &call.places {
            said.memory[place.at..][..place.content.len()].copy_from_slice(&place.content);
        }
        while let Some(word) = words.next().filter(|word| *word != ")") {
            let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
            match (kind, rest.split_once(':'), &call.nested, visits.last_mut()) {
                ("i", ..) => {
                    let values = rest.split_terminator(',');
                    let values = values.zip(call.visits.iter().flatten());
                    let values = values.map(|(said, of)| pointed(types, of, said));
                    visits.push(format!(
                        "({})",
                        values.collect::<Result<Vec<_>>>()?.join(", ")
                    ));
                }
                ("(", _, Some(nested), Some(visit)) => {
                    let nested = Did::read(types, file, nested, words)?;
                    *visit += &format!(" {{{}}}", nested.answer);
                    did.wrong.extend(nested.wrong);
                }
                ("x", ..) => did.wrong("the callback did not get the context that was passed on"),
                ("e", ..) => message = Some(text::quoted(&unhex(rest)?)),
                ("m", Some((at, bytes)), ..) => {
                    let (at, bytes) = (at.parse()?, unhex(bytes)?);
                    said.written.push(at..at + bytes.len());
                    said.memory[at..][..bytes.len()].copy_from_slice(&bytes);
                }
                ("t", Some((at, behind)), ..) => {
                    said.behind.insert(at.parse()?, behind);
                }
                _ => anyhow::bail!("a driver says `{word}`"),
            }
        }
        let result = &call.places[0];
        did.answer("result", said.value(result)?);
        did.result = said.memory[result.at..][..result.size].to_vec();
        if let Some(message) = message {
            did.status = types.integer(&result.of, &did.result);
            did.answer("message", message);
        }
        let status = did.answer.0[0].1.clone();
        for place in &call.places[1..] {
            let exception = [&call.function, &place.name, &status];
            let may_write = file.writes.iter().any(|it| it.each_ref() == exception);
            did.look_at(&said, place, did.status == 0 || may_write)?;
        }
        if did.status != 0 && !visits.is_empty() {
            did.wrong("it failed, and called the callback");
        } else if did.status == 0 && call.visits.is_some() {
            did.answer("visited", text::list(&visits));
        }
        Ok(did)
    }

    /// Whether the call wrote to a place, and may, and what.
    fn look_at(&mut self, said: &Said<'_>, place: &Place, may_write: bool) -> Result<()> {
        let called = match place.name.as_str() {
            "" => "an argument".to_owned(),
            name => format!("`{name}`"),
        };
        let end = place.at + place.size;
        if said.has_written(place.at - GUARD..place.at) || said.has_written(end..end + GUARD) {
            self.wrong(&format!("it wrote before or behind {called}"));
        }
        if !said.has_written(place.at..end) {
            if self.status == 0 && place.is_written && !place.name.is_empty() {
                let nothing = if place.size == 0 { "[]" } else { "untouched" };
                self.answer(&place.name, nothing.into());
            }
        } else if !place.is_written {
            self.wrong(&format!("it wrote to {called}, which is const"));
        } else if !may_write {
            self.wrong(&format!("it failed, and wrote to {called}"));
        } else if !"hgam".contains(place.kind) {
            self.answer(&place.name, said.value(place)?);
        }
        Ok(())
    }

    fn wrong(&mut self, words: &str) {
        self.wrong.push(words.to_owned());
    }

    pub fn answer(&mut self, label: &str, value: String) {
        self.answer.0.push((label.to_owned(), value));
    }
}

impl Said<'_> {
    fn has_written(&self, place: Range<usize>) -> bool {
        let mut written = self.written.iter();
        written.any(|it| it.start < place.end && place.start < it.end)
    }

    fn value(&self, place: &Place) -> Result<String> {
        let types = self.types;
        let bytes = &self.memory[place.at..][..place.size];
        match (place.kind, self.behind.get(&place.at)) {
            ('d', Some(elements)) => types.list(&place.of, &unhex(elements)?, false),
            ('A', Some(values)) => {
                let values = values.split_terminator(',');
                let values = values.map(|it| pointed(types, &DOUBLE, it));
                Ok(text::list(&values.collect::<Result<Vec<_>>>()?).replace("NULL", "null"))
            }
            ('t' | 'G', Some(text)) => pointed(types, &place.of, text),
            ('t' | 'h' | 'd' | 'A' | 'G', _) if bytes.iter().all(|byte| *byte == 0) => {
                Ok("NULL".to_owned())
            }
            ('t' | 'h' | 'd' | 'A' | 'G', _) => Ok("pointer".to_owned()),
            _ if place.of == Type::Void && !place.is_array => Ok("void".to_owned()),
            _ if !place.is_array => types.show(&place.of, bytes),
            _ => {
                let end = bytes.iter().position(|byte| *byte == 0);
                match end.filter(|_| place.of == Type::Char) {
                    Some(end) if bytes[end + 1..].iter().all(|byte| *byte == FILL) => {
                        Ok(text::quoted(&bytes[..end]))
                    }
                    _ => types.list(&place.of, bytes, place.content.is_empty()),
                }
            }
        }
    }
}

/// A value in its bytes, or what is said of a pointer.
fn pointed(types: &Types, of: &Type, said: &str) -> Result<String> {
    let (kind, bytes) = said.split_at(said.len().min(1));
    match kind {
        "v" => types.show(of, &unhex(bytes)?),
        "t" => Ok(text::quoted(&unhex(bytes)?)),
        "n" => Ok("NULL".to_owned()),
        _ => Ok("pointer".to_owned()),
    }
}

impl Answer {
    /// What a person wrote, with the names of constants replaced by what they stand for.
    pub fn recorded(types: &Types, text: &str) -> Answer {
        let meaning = |value: &str| match types.abi.constants.get(value) {
            // A release has another one.
            None if value == "VERSION" => text::quoted(types.library.version.as_bytes()),
            Some(constant) => text::integer(constant).map_or(value.into(), |it| it.to_string()),
            None => value.to_owned(),
        };
        let mut answer = Did::default();
        for (index, part) in split(text, ",").into_iter().enumerate() {
            let (first, rest) = part.split_once(' ').unwrap_or((part, ""));
            match index {
                0 if rest.starts_with('"') && !part.starts_with('"') => {
                    answer.answer("result", meaning(first));
                    answer.answer("message", rest.to_owned());
                }
                0 => answer.answer("result", meaning(part)),
                _ => answer.answer(first, meaning(rest)),
            }
        }
        answer.answer
    }

    /// Without the bits of a NaN.
    pub fn plain(&self) -> Answer {
        let parts = self.0.iter();
        Answer(
            parts
                .map(|(label, value)| (label.clone(), plain(value)))
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
            let pairs = expected.iter().zip(&got);
            let same = pairs.take_while(|(one, other)| one == other).count();
            let item = |list: Vec<&str>| {
                let item = list.get(same).map_or("nothing", |item| item);
                Some((format!("{label}[{same}]"), item.to_owned()))
            };
            parts = [item(expected), item(got)];
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
