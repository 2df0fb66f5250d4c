//! The differences between two descriptions, all of them.
//!
//! What one of the two cannot know is no difference: CFFI drops `const`, Rust's debug information
//! has no constants, and what is opaque to both has no layout to compare.

use std::collections::{BTreeMap, BTreeSet};

use crate::Abi;
use crate::model::{Definition, Enumeration, Record, Signature, Type};

/// One of two descriptions that are compared.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Who says it, at the start of what is said: `Rust`, `hello.h`, `CFFI`.
    pub name: &'a str,
    /// In whose words its types are told.
    pub words: Words,
    /// What it says.
    pub abi: &'a Abi,
}

/// How types are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// `f64`, `*const f64`
    Rust,
    /// `double`, `const double *`
    C,
}

/// Something that the two sides do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What kind of thing it is that differs.
    pub about: About,
    /// Where: "`hello_sqrt`, parameter 1 (`value`)".
    pub place: String,
    /// What the left side says, or that it has no such thing.
    pub left: Option<String>,
    /// The same of the right side.
    pub right: Option<String>,
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A function as a whole, its parameters or its result.
    Signature,
    /// A struct, union or enum: its size, its fields.
    Layout,
    /// The number behind a name: an enum's value, a constant.
    Value,
}

impl Difference {
    /// In words: "`hello_sqrt`, parameter 1 (`value`): Rust `f64`, hello.h `float`".
    pub fn told(&self, left: &str, right: &str) -> String {
        let place = &self.place;
        match (&self.left, &self.right) {
            (Some(a), Some(b)) => format!("{place}: {left} {a}, {right} {b}"),
            (Some(_), None) => format!("{place}: {left} has it, {right} does not"),
            (None, _) => format!("{place}: {right} has it, {left} does not"),
        }
    }
}

/// The differences in functions: which there are, each parameter and the result.
pub fn signatures(left: Side<'_>, right: Side<'_>) -> Vec<String> {
    told(left, right, |about| about == About::Signature)
}

/// The differences in structs, unions, enums and constants.
pub fn layout(left: Side<'_>, right: Side<'_>) -> Vec<String> {
    told(left, right, |about| about != About::Signature)
}

fn told(left: Side<'_>, right: Side<'_>, wanted: impl Fn(About) -> bool) -> Vec<String> {
    let differences = differences(left, right);
    let wanted = differences
        .iter()
        .filter(|difference| wanted(difference.about));
    wanted
        .map(|difference| difference.told(left.name, right.name))
        .collect()
}

/// All differences.
pub fn differences(left: Side<'_>, right: Side<'_>) -> Vec<Difference> {
    let mut comparison = Comparison {
        words: (left.words, right.words),
        found: Vec::new(),
    };
    comparison.functions(left.abi, right.abi);
    comparison.types(left.abi, right.abi);
    comparison.constants(left.abi, right.abi);
    comparison.found
}

struct Comparison {
    words: (Words, Words),
    found: Vec<Difference>,
}

impl Comparison {
    fn add(&mut self, about: About, place: &str, left: Option<String>, right: Option<String>) {
        self.found.push(Difference {
            about,
            place: place.to_owned(),
            left,
            right,
        });
    }

    /// Two things that both sides have and that have to be equal.
    fn equal<T: PartialEq>(
        &mut self,
        (about, place): (About, &str),
        (left, right): (&T, &T),
        tell: impl Fn(&T) -> String,
    ) {
        if left != right {
            self.add(about, place, Some(tell(left)), Some(tell(right)));
        }
    }

    fn functions(&mut self, left: &Abi, right: &Abi) {
        for name in both(&left.functions, &right.functions) {
            let place = format!("`{name}`");
            match (left.functions.get(name), right.functions.get(name)) {
                (Some(a), Some(b)) => self.signature(About::Signature, &place, a, b),
                (a, b) => {
                    let tell = |side: Option<&Signature>| side.map(|of| format!("`fn{of}`"));
                    self.add(About::Signature, &place, tell(a), tell(b));
                }
            }
        }
    }

    fn signature(&mut self, about: About, place: &str, left: &Signature, right: &Signature) {
        let is_open = left.variadic || right.variadic;
        if left.parameters.len() != right.parameters.len() || left.variadic != right.variadic {
            let place = format!("{place}, parameters");
            let tell = |side: &Signature, words| Some(parameters(side, words));
            let (a, b) = (tell(left, self.words.0), tell(right, self.words.1));
            self.add(about, &place, a, b);
        } else if !is_open {
            for (index, (a, b)) in left.parameters.iter().zip(&right.parameters).enumerate() {
                let name = a.name.as_ref().or(b.name.as_ref());
                let name = name.map_or_else(String::new, |name| format!(" (`{name}`)"));
                let place = format!("{place}, parameter {}{name}", index + 1);
                self.of(about, &place, &a.of, &b.of);
            }
        }
        self.of(
            about,
            &format!("{place}, result"),
            &left.result,
            &right.result,
        );
    }

    fn of(&mut self, about: About, place: &str, left: &Type, right: &Type) {
        match (left, right) {
            // Inside of a callback, so that it is told what differs in it.
            (Type::Function(a), Type::Function(b)) => {
                self.signature(about, &format!("{place}, a callback"), a, b);
            }
            _ if left.agrees_with(right) => {}
            _ => {
                let (a, b) = (quoted(left, self.words.0), quoted(right, self.words.1));
                self.add(about, place, Some(a), Some(b));
            }
        }
    }

    fn types(&mut self, left: &Abi, right: &Abi) {
        for name in both(&left.types, &right.types) {
            use Definition::{Enumeration, Opaque, Record};
            let place = format!("`{name}`");
            match (left.types.get(name), right.types.get(name)) {
                (Some(Record(a)), Some(Record(b))) if a.is_union == b.is_union => {
                    self.record(name, a, b);
                }
                (Some(Enumeration(a)), Some(Enumeration(b))) => self.enumeration(name, a, b),
                // That one does not name what the other only passes around says nothing.
                (None | Some(Opaque), None | Some(Opaque)) => {}
                (a, b) => self.add(About::Layout, &place, a.map(kind), b.map(kind)),
            }
        }
    }

    fn record(&mut self, name: &str, left: &Record, right: &Record) {
        let place = format!("{} `{name}`", left.kind());
        self.equal((About::Layout, &place), (&left.size, &right.size), |size| {
            format!("size {size}")
        });
        let alignments = (&left.alignment, &right.alignment);
        self.equal((About::Layout, &place), alignments, |alignment| {
            format!("alignment {alignment}")
        });
        let [ours, theirs] = [left, right].map(|record| {
            let fields = record.fields.iter();
            fields
                .map(|field| (field.name.clone(), field))
                .collect::<BTreeMap<_, _>>()
        });
        for own in both(&ours, &theirs) {
            let place = format!("`{name}.{own}`");
            match (ours.get(own), theirs.get(own)) {
                (Some(a), Some(b)) => {
                    let offsets = (&a.offset, &b.offset);
                    self.equal((About::Layout, &place), offsets, |at| {
                        format!("at offset {at}")
                    });
                    self.of(About::Layout, &place, &a.of, &b.of);
                }
                (a, b) => {
                    let tell = |at: &u64| format!("at offset {at}");
                    let [a, b] = [a, b].map(|field| field.map(|field| tell(&field.offset)));
                    self.add(About::Layout, &place, a, b);
                }
            }
        }
    }

    fn enumeration(&mut self, name: &str, left: &Enumeration, right: &Enumeration) {
        let place = format!("enum `{name}`");
        self.equal((About::Layout, &place), (&left.size, &right.size), |size| {
            format!("size {size}")
        });
        self.equal(
            (About::Layout, &place),
            (&left.signed, &right.signed),
            |signed| {
                if *signed {
                    "signed".into()
                } else {
                    "unsigned".into()
                }
            },
        );
        self.values(&left.values, &right.values);
    }

    fn constants(&mut self, left: &Abi, right: &Abi) {
        // Without any, a witness is one that cannot see them.
        if !left.constants.is_empty() && !right.constants.is_empty() {
            self.values(&left.constants, &right.constants);
        }
    }

    fn values<V: ToString>(&mut self, left: &BTreeMap<String, V>, right: &BTreeMap<String, V>) {
        for name in both(left, right) {
            let [a, b] = [left, right].map(|side| side.get(name).map(V::to_string));
            if a != b {
                self.add(About::Value, &format!("`{name}`"), a, b);
            }
        }
    }
}

fn both<'a, V>(left: &'a BTreeMap<String, V>, right: &'a BTreeMap<String, V>) -> BTreeSet<&'a str> {
    left.keys()
        .chain(right.keys())
        .map(String::as_str)
        .collect()
}

fn quoted(of: &Type, words: Words) -> String {
    match words {
        Words::Rust => format!("`{of}`"),
        Words::C => format!("`{}`", of.in_c("")),
    }
}

/// `2 (f64, usize)`
fn parameters(signature: &Signature, words: Words) -> String {
    let count = signature.parameters.len();
    let list = match words {
        Words::Rust => Signature {
            result: Type::Void,
            ..signature.clone()
        }
        .to_string(),
        Words::C => format!("({})", signature.parameters_in_c()),
    };
    format!("{count} `{list}`")
}

fn kind(definition: &Definition) -> String {
    match definition {
        Definition::Record(record) => format!("a {} of size {}", record.kind(), record.size),
        Definition::Enumeration(enumeration) => format!("an enum of size {}", enumeration.size),
        Definition::Opaque => "opaque".into(),
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
