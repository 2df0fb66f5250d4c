//! A rule for safe ABIs: no enum and no `bool` comes in.
//!
//! C can pass any number for one, and in Rust a number that is no value of the type is undefined
//! behaviour before the function could look at it. Integers come in, enums and `bool` go out.

use std::collections::BTreeSet;

use crate::Abi;
use crate::compare::{Kind, Place, Step};
use crate::model::{Access, Definition, Signature, Type};

/// An enum or a `bool` that comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// [`Kind::EnumIn`] or [`Kind::BoolIn`].
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// What: "the enum `SampleLevel`".
    pub what: String,
}

impl Input {
    /// As a sentence: "`sample_log`, parameter 1 (`level`): the enum `SampleLevel` comes in".
    pub fn text(&self) -> String {
        format!("{}: {} comes in", self.place, self.what)
    }
}

/// Where an enum or a `bool` comes in.
///
/// Looked at are the parameters of functions and the results of callbacks, through structs, arrays
/// and pointers to `const`. What a pointer leads to that may be written through is taken for memory
/// for a result.
pub fn unchecked(abi: &Abi) -> Vec<Input> {
    let mut search = Search {
        abi,
        found: Vec::new(),
        inside: BTreeSet::new(),
    };
    for (name, signature) in &abi.functions {
        search.signature(&Place::symbol(name), signature, true);
    }
    search.found
}

struct Search<'a> {
    abi: &'a Abi,
    found: Vec<Input>,
    /// The structs that are being looked at, because one may lead to itself.
    inside: BTreeSet<&'a str>,
}

impl<'a> Search<'a> {
    fn add(&mut self, kind: Kind, place: &Place, what: String) {
        self.found.push(Input {
            kind,
            place: place.clone(),
            what,
        });
    }

    /// `come_in`: from C into Rust, as the parameters of an exported function do, and not out of it.
    fn signature(&mut self, place: &Place, signature: &'a Signature, come_in: bool) {
        for (index, parameter) in signature.parameters.iter().enumerate() {
            let step = Step::Parameter {
                number: index + 1,
                name: parameter.name.clone(),
            };
            self.of(&place.with(step), &parameter.of, come_in);
        }
        self.of(&place.with(Step::Result), &signature.result, !come_in);
    }

    fn of(&mut self, place: &Place, of: &'a Type, comes_in: bool) {
        match of {
            Type::Bool if comes_in => self.add(Kind::BoolIn, place, "a `bool`".to_owned()),
            Type::Named(name) => self.named(place, name, comes_in),
            Type::Array { of, .. } => self.of(place, of, comes_in),
            Type::Pointer {
                to,
                access: Access::Const,
            } => self.of(place, to, comes_in),
            // Rust calls it, so what it takes goes out.
            Type::Function(signature) => {
                self.signature(&place.with(Step::Callback), signature, !comes_in);
            }
            _ => {}
        }
    }

    fn named(&mut self, place: &Place, name: &'a str, comes_in: bool) {
        match self.abi.types.get(name) {
            Some(Definition::Enumeration(_)) if comes_in => {
                self.add(Kind::EnumIn, place, format!("the enum `{name}`"));
            }
            Some(Definition::Record(record)) if self.inside.insert(name) => {
                for field in &record.fields {
                    let step = Step::Field(format!("{name}.{}", field.name));
                    self.of(&place.with(step), &field.of, comes_in);
                }
                self.inside.remove(name);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(functions: &str) -> Vec<String> {
        let types = "\
enum Mode size 4 unsigned
enum Mode MODE_A = 0
struct Root size 16 align 8
struct Root .exact @0 bool
struct Root .next @8 *const Root
";
        let abi = Abi::parse(&format!("{types}{functions}")).unwrap();
        unchecked(&abi).iter().map(Input::text).collect()
    }

    #[test]
    fn what_goes_out_may_be_anything() {
        for function in [
            "fn a() -> Mode",
            "fn a() -> Root",
            "fn a(*mut Mode, *mut bool)",
            "fn a(fn(Mode, bool, Root) -> i32)",
            "fn a() -> fn() -> Mode",
        ] {
            assert_eq!(found_in(function), [""; 0], "{function}");
        }
    }

    #[test]
    fn what_comes_in_may_not() {
        for (function, expected) in [
            ("fn a(i32, bool)", "`a`, parameter 2: a `bool` comes in"),
            ("fn a(Mode)", "`a`, parameter 1: the enum `Mode` comes in"),
            (
                "fn a(*const Mode)",
                "`a`, parameter 1: the enum `Mode` comes in",
            ),
            (
                "fn a(*const Root)",
                "`a`, parameter 1, `Root.exact`: a `bool` comes in",
            ),
            (
                "fn a(fn() -> bool)",
                "`a`, parameter 1, a callback, result: a `bool` comes in",
            ),
            (
                "fn a() -> fn(Mode)",
                "`a`, result, a callback, parameter 1: the enum `Mode` comes in",
            ),
        ] {
            assert_eq!(found_in(function), [expected]);
        }
    }
}
