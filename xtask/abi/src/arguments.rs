//! A rule for safe ABIs: no enum and no `bool` comes in.
//!
//! C can pass any number for one, and in Rust a number that is no value of the type is undefined
//! behaviour before the function could look at it. Integers come in, enums and `bool` go out.

use std::collections::BTreeSet;

use crate::Abi;
use crate::model::{Access, Definition, Signature, Type};

/// Where an enum or a `bool` comes in, in words: "`hello_log`, parameter 1 (`level`): the enum
/// `HelloLevel` comes in".
///
/// Looked at are the parameters of functions and the results of callbacks, through structs, arrays
/// and pointers to `const`. What a pointer leads to that may be written through is taken for a place
/// for a result.
pub fn unchecked(abi: &Abi) -> Vec<String> {
    let mut search = Search {
        abi,
        found: Vec::new(),
        inside: BTreeSet::new(),
    };
    for (name, signature) in &abi.functions {
        search.signature(&format!("`{name}`"), signature, Direction::In);
    }
    search.found
}

/// From C into Rust, or out of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    In,
    Out,
}

impl Direction {
    fn reversed(self) -> Direction {
        match self {
            Direction::In => Direction::Out,
            Direction::Out => Direction::In,
        }
    }
}

struct Search<'a> {
    abi: &'a Abi,
    found: Vec<String>,
    /// The structs that are being looked at, for one may lead to itself.
    inside: BTreeSet<&'a str>,
}

impl<'a> Search<'a> {
    /// `direction` is the way that the parameters go: in for an exported function.
    fn signature(&mut self, place: &str, signature: &'a Signature, direction: Direction) {
        for (index, parameter) in signature.parameters.iter().enumerate() {
            let name = parameter.name.as_ref();
            let name = name.map_or_else(String::new, |name| format!(" (`{name}`)"));
            let place = format!("{place}, parameter {}{name}", index + 1);
            self.of(&place, &parameter.of, direction);
        }
        self.of(
            &format!("{place}, result"),
            &signature.result,
            direction.reversed(),
        );
    }

    fn of(&mut self, place: &str, of: &'a Type, direction: Direction) {
        match of {
            Type::Bool if direction == Direction::In => {
                self.found.push(format!("{place}: a `bool` comes in"));
            }
            Type::Named(name) => self.named(place, name, direction),
            Type::Array { of, .. } => self.of(place, of, direction),
            Type::Pointer {
                to,
                access: Access::Const,
            } => self.of(place, to, direction),
            // Rust calls it, so what it takes goes out.
            Type::Function(signature) => {
                self.signature(
                    &format!("{place}, a callback"),
                    signature,
                    direction.reversed(),
                );
            }
            _ => {}
        }
    }

    fn named(&mut self, place: &str, name: &'a str, direction: Direction) {
        match self.abi.types.get(name) {
            Some(Definition::Enumeration(_)) if direction == Direction::In => {
                self.found
                    .push(format!("{place}: the enum `{name}` comes in"));
            }
            Some(Definition::Record(record)) if self.inside.insert(name) => {
                for field in &record.fields {
                    self.of(
                        &format!("{place}, `{name}.{}`", field.name),
                        &field.of,
                        direction,
                    );
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
        unchecked(&Abi::parse(&format!("{types}{functions}")).unwrap())
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
