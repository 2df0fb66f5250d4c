//! The differences between two descriptions, all of them, as values.
//!
//! What one of the two cannot know is no difference: CFFI drops `const`, Rust's debug information
//! has no constants, and what is opaque to both has no layout to compare.

mod kind;
mod place;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::Abi;
use crate::model::{Bits, Definition, Enumeration, Field, Note, Record, Signature, Type};
use crate::names::is_reserved;
use crate::symbols;
pub use kind::{Kind, Severity};
pub use place::{Place, Step};

/// One of two descriptions that are compared.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Who says it, for messages: `Rust`, `sample.h`, `CFFI`.
    pub name: &'a str,
    /// In which language its types are written in messages.
    pub words: Words,
    /// What it says.
    pub abi: &'a Abi,
}

impl<'a> Side<'a> {
    /// The library, in Rust's words.
    pub fn rust(abi: &'a Abi) -> Side<'a> {
        let (name, words) = ("Rust", Words::Rust);
        Side { name, words, abi }
    }

    /// A description in C's words.
    pub fn c(name: &'a str, abi: &'a Abi) -> Side<'a> {
        let words = Words::C;
        Side { name, words, abi }
    }
}

/// How types are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// `f64`, `*const f64`
    Rust,
    /// `double`, `const double *`
    C,
}

/// Something on which the two sides do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs, from which its severity follows.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// What the left side has, or None if it has no such thing.
    pub left: Option<String>,
    /// The same of the right side.
    pub right: Option<String>,
}

impl Difference {
    /// As a sentence: "`sample_sqrt`, parameter 1 (`value`): Rust `f64`, sample.h `float`".
    pub fn text(&self, left: &str, right: &str) -> String {
        format!("{}: {}", self.place, self.cause(left, right))
    }

    /// The same without the place.
    pub(crate) fn cause(&self, left: &str, right: &str) -> String {
        match (&self.left, &self.right) {
            (Some(a), Some(b)) => format!("{left} {a}, {right} {b}"),
            (Some(_), None) => format!("{left} has it, {right} does not"),
            (None, _) => format!("{right} has it, {left} does not"),
        }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Each difference.
    pub differences: Vec<Difference>,
    /// What could not be compared.
    pub notes: Vec<Note>,
    /// What was compared.
    pub compared: Compared,
}

/// The names of what was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Functions that both sides have.
    pub functions: BTreeSet<String>,
    /// Variables.
    pub variables: BTreeSet<String>,
    /// Types that both sides see into.
    pub types: BTreeSet<String>,
    /// Constants, those in an enum left out.
    pub constants: BTreeSet<String>,
}

/// All differences.
pub fn compare(left: Side<'_>, right: Side<'_>) -> Comparison {
    let mut comparer = Comparer {
        left,
        right,
        found: Comparison::default(),
    };
    comparer.symbols();
    comparer.types();
    comparer.constants();
    comparer.found
}

struct Comparer<'a> {
    left: Side<'a>,
    right: Side<'a>,
    found: Comparison,
}

impl<'a> Comparer<'a> {
    fn add(&mut self, kind: Kind, place: &Place, left: Option<String>, right: Option<String>) {
        self.found.differences.push(Difference {
            kind,
            place: place.clone(),
            left,
            right,
        });
    }

    /// What both sides have and what has to be equal, in words.
    fn equal(&mut self, kind: Kind, place: &Place, [left, right]: [String; 2]) {
        if left != right {
            self.add(kind, place, Some(left), Some(right));
        }
    }

    /// The sizes of two types, and their alignments: 0 is one that a reader does not know.
    fn layout(&mut self, place: &Place, sizes: [u64; 2], alignments: [u64; 2]) {
        self.equal(Kind::Size, place, sizes.map(|of| format!("size {of}")));
        if !alignments.contains(&0) {
            let alignments = alignments.map(|of| format!("alignment {of}"));
            self.equal(Kind::Alignment, place, alignments);
        }
    }

    fn symbols(&mut self) {
        let (left, right) = (self.left.abi, self.right.abi);
        let [ours, theirs] = [left, right].map(symbols::declared);
        for name in ours.union(&theirs) {
            let place = Place::symbol(name);
            let of = |abi: &'a Abi| (abi.functions.get(name), abi.variables.get(name));
            match (of(left), of(right)) {
                ((Some(a), _), (Some(b), _)) => {
                    self.found.compared.functions.insert(name.to_owned());
                    self.signature(&place, a, b);
                    if !self.is_about_two_languages() {
                        let conventions = [left, right].map(|of| of.conventions.get(name));
                        let text = |of: Option<&String>| of.map_or("C's".to_owned(), String::clone);
                        self.equal(Kind::Convention, &place, conventions.map(text));
                    }
                }
                ((_, Some(a)), (_, Some(b))) => {
                    self.found.compared.variables.insert(name.to_owned());
                    self.of(&place, a, b);
                }
                (a, b) => {
                    let text = |of: (Option<&Signature>, Option<&Type>)| match of {
                        (Some(signature), _) => Some(format!("`fn{signature}`")),
                        (None, variable) => variable.map(|_| "a variable".to_owned()),
                    };
                    let (a, b) = (text(a), text(b));
                    let kind = match (&a, &b) {
                        (Some(_), Some(_)) => Kind::Function,
                        _ => Kind::Missing,
                    };
                    self.add(kind, &place, a, b);
                }
            }
        }
    }

    fn signature(&mut self, place: &Place, left: &Signature, right: &Signature) {
        let is_open = left.variadic || right.variadic;
        if types::has_other_parameters(left, right) {
            let (a, b) = (parameters(left, self.left), parameters(right, self.right));
            let place = place.with(Step::Parameters);
            self.add(Kind::Parameters, &place, Some(a), Some(b));
        } else if !is_open {
            for (index, (a, b)) in left.parameters.iter().zip(&right.parameters).enumerate() {
                let name = a.name.as_ref().or(b.name.as_ref()).cloned();
                let number = index + 1;
                self.of(&place.with(Step::Parameter { number, name }), &a.of, &b.of);
            }
        }
        self.of(&place.with(Step::Result), &left.result, &right.result);
    }

    fn of(&mut self, place: &Place, left: &Type, right: &Type) {
        let sides = (self.left, self.right);
        let (inner, other) = types::unwrapped_both(left, right, sides);
        // Inside of a callback, to report what differs in it.
        if let (Type::Function(a), Type::Function(b)) = (inner, other) {
            return self.signature(&place.with(Step::Callback), a, b);
        }
        if let Some(kind) = types::difference(inner, other, sides) {
            let (a, b) = (quoted(left, self.left), quoted(right, self.right));
            self.add(kind, place, Some(a), Some(b));
        }
    }

    fn types(&mut self) {
        let (left, right) = (self.left.abi, self.right.abi);
        for (name, a, b) in both(&left.types, &right.types) {
            use Definition::{Enumeration, Opaque, Record};
            let sides = (a, b);
            if let (Some(a), Some(b)) = sides
                && ![a, b].contains(&&Opaque)
            {
                self.found.compared.types.insert(name.to_owned());
            }
            match sides {
                (Some(Record(a)), Some(Record(b)))
                    if a.is_union == b.is_union || a.fields.is_empty() =>
                {
                    self.record(name, a, b);
                }
                // One struct of C may be a union in Rust, of what is there and what tells that nothing is.
                (Some(Record(a)), Some(Record(b)))
                    if self.is_about_two_languages()
                        && types::is_laid_out_as(a, b, (self.left, self.right)) => {}
                (Some(Enumeration(a)), Some(Enumeration(b))) => self.enumeration(name, a, b),
                // C's enum is an integer with constants in Rust.
                (Some(Record(a)), Some(Enumeration(b))) if self.is_about_two_languages() => {
                    self.layout(&Place::named("enum", name), [a.size, b.size], [0, 0]);
                    let why = format!("its values: {} has a struct there", self.left.name);
                    self.note(name, why);
                }
                // That one does not name what the other only passes around says nothing.
                (None | Some(Opaque), None | Some(Opaque)) => {}
                // Rust knows more than C sees. Where functions pass it, that is their difference.
                (Some(_), None | Some(Opaque)) if self.is_about_two_languages() => {}
                (None | Some(Opaque), Some(_)) if self.is_about_two_languages() => {
                    let why = format!("{} does not show what is in it", self.left.name);
                    self.note(name, why);
                }
                (a, b) => {
                    let kind = match (a, b) {
                        (Some(_), Some(_)) => Kind::Definition,
                        _ => Kind::Missing,
                    };
                    let text = |side: Option<&Definition>| side.map(described);
                    self.add(kind, &Place::named("", name), text(a), text(b));
                }
            }
        }
    }

    /// Whether one side is Rust, which has types that C does not see.
    fn is_about_two_languages(&self) -> bool {
        self.left.words != self.right.words
    }

    fn note(&mut self, name: &str, why: impl Into<String>) {
        self.found.notes.push(Note::new(name, why));
    }

    fn record(&mut self, name: &str, left: &Record, right: &Record) {
        let place = Place::named(left.kind(), name);
        let alignments = [left.alignment, right.alignment];
        self.layout(&place, [left.size, right.size], alignments);
        if left.fields.is_empty() {
            let why = "what is in it, beside size and alignment: it is an enum with fields";
            return self.note(name, why);
        }
        let [mut ours, theirs] = self.fields(name, [left, right]);
        if self.is_about_two_languages() {
            self.keep_visible(name, &mut ours, &theirs, (left, right));
        }
        for (own, a, b) in both(&ours, &theirs) {
            let place = place.with(Step::Field(own.to_owned()));
            match (a, b) {
                (Some(a), Some(b)) => {
                    self.equal(Kind::Offset, &place, [a, b].map(|of| offset(of)));
                    // Such names belong to the system, which Rust describes in its own words.
                    if !(self.is_about_two_languages() && b.name.starts_with("__")) {
                        let kind = types::difference(&a.of, &b.of, (self.left, self.right));
                        match left.is_union && self.is_about_two_languages() {
                            true if kind == Some(Kind::Register) => self.note(
                                name,
                                "the members of which one side has the number, the other its bits",
                            ),
                            _ => self.of(&place, &a.of, &b.of),
                        }
                    }
                }
                // Others than C do not look at it.
                (None, Some(b)) if self.is_about_two_languages() && is_reserved(&b.name) => {}
                (a, b) => {
                    let [a, b] = [a, b].map(|field| field.map(|of| offset(of)));
                    self.add(Kind::Field, &place, a, b);
                }
            }
        }
    }

    /// Leaves out the fields of Rust that C is not meant to see: further members of a union, and what
    /// lies where C has a field that it reserves.
    fn keep_visible<'f>(
        &mut self,
        name: &str,
        ours: &mut BTreeMap<String, &'f Field>,
        theirs: &BTreeMap<String, &'f Field>,
        (left, right): (&Record, &Record),
    ) {
        let is_known = |field: &Field| theirs.contains_key(&field.name);
        let mut hidden = |hides: &dyn Fn(&Field) -> bool, why: &str| {
            let before = ours.len();
            ours.retain(|_, field| is_known(field) || !hides(field));
            if ours.len() < before {
                self.found.notes.push(Note::new(name, why));
            }
        };
        if left.is_union {
            return hidden(&|_| true, "the members that only Rust has");
        }
        let reserved = right.reserved();
        let is_in = |field: &Field| reserved.iter().any(|range| range.contains(&field.offset));
        hidden(&is_in, "what Rust has where C has a reserved field");
    }

    /// The fields of both sides by name. Rust has no bit-fields: against it they are left out, with
    /// what lies there in Rust.
    fn fields<'f>(
        &mut self,
        name: &str,
        sides: [&'f Record; 2],
    ) -> [BTreeMap<String, &'f Field>; 2] {
        let bits = |record: &'f Record| {
            let fields = record.fields.iter();
            fields.filter_map(|field| Some((field.offset, field.bits?)))
        };
        let mut left_out = BTreeSet::new();
        let [ours, theirs] = sides.map(|record| bits(record).count());
        if (ours == 0) != (theirs == 0) {
            self.note(name, "its bit-fields, which Rust does not have");
            for (offset, Bits { first, width }) in sides.into_iter().flat_map(bits) {
                left_out.extend(offset..=offset + (first + width - 1) / 8);
            }
        }
        sides.map(|record| {
            let fields = record.fields.iter();
            let fields = fields.filter(|field| !left_out.contains(&field.offset));
            fields.map(|field| (field.name.clone(), field)).collect()
        })
    }

    fn enumeration(&mut self, name: &str, left: &Enumeration, right: &Enumeration) {
        let place = Place::named("enum", name);
        // `typedef uint8_t kind;` beside `enum kind_values`: only its values matter in C.
        if !self.is_about_two_languages() || self.right.abi.mentions(name) {
            self.layout(&place, [left.size, right.size], [0, 0]);
        }
        // Without a negative value, C's compilers take an unsigned integer for some enums, and Rust
        // takes a signed one: the values are the same.
        let mut all = left.values.values().chain(right.values.values());
        if all.any(|value| *value < 0) {
            let signs = [left, right].map(|of| of.sign().to_owned());
            self.equal(Kind::Sign, &place, signs);
        }
        self.values(&left.values, &right.values, Kind::Variant);
    }

    fn constants(&mut self) {
        let (left, right) = (&self.left.abi.constants, &self.right.abi.constants);
        // Rust's debug information has none. CFFI shows none but numbers.
        let sees_none = right.is_empty() && self.right.name == "CFFI";
        if !self.is_about_two_languages() && !sees_none {
            let both = left.keys().filter(|name| right.contains_key(*name));
            self.found.compared.constants = both.cloned().collect();
            self.values(left, right, Kind::Missing);
        }
    }

    fn values<V: PartialEq + ToString>(
        &mut self,
        left: &BTreeMap<String, V>,
        right: &BTreeMap<String, V>,
        missing: Kind,
    ) {
        for (name, a, b) in both(left, right).filter(|(_, a, b)| a != b) {
            let kind = a.and(b).map_or(missing, |_| Kind::Value);
            let [a, b] = [a, b].map(|value| value.map(V::to_string));
            self.add(kind, &Place::named("", name), a, b);
        }
    }
}

/// What either side has, by name.
fn both<'a, V>(
    left: &'a BTreeMap<String, V>,
    right: &'a BTreeMap<String, V>,
) -> impl Iterator<Item = (&'a str, Option<&'a V>, Option<&'a V>)> {
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let names = names.into_iter();
    names.map(|name| (name.as_str(), left.get(name), right.get(name)))
}

fn quoted(of: &Type, side: Side<'_>) -> String {
    match side.words {
        // What C has no word for is quoted in a description.
        Words::Rust => format!("`{}`", of.to_string().replace('"', "")),
        Words::C => format!("`{}`", of.in_c("")),
    }
}

/// `2 (f64, usize)`
fn parameters(signature: &Signature, side: Side<'_>) -> String {
    let count = signature.parameters.len();
    let list = match side.words {
        Words::Rust => Signature {
            result: Type::Void,
            ..signature.clone()
        }
        .to_string(),
        Words::C => format!("({})", signature.parameters_in_c()),
    };
    format!("{count} `{list}`")
}

fn offset(field: &Field) -> String {
    let offset = field.offset;
    match field.bits {
        None => format!("at offset {offset}"),
        Some(Bits { first, width }) => format!("at offset {offset}, {width} bits from bit {first}"),
    }
}

fn described(definition: &Definition) -> String {
    match definition {
        Definition::Record(record) => format!("a {} of size {}", record.kind(), record.size),
        Definition::Enumeration(enumeration) => format!("an enum of size {}", enumeration.size),
        Definition::Opaque => "opaque".into(),
    }
}
