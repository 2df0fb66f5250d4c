//! When two witnesses mean the same type, though each may not know all of it.

use std::ffi::c_char;

use crate::model::{Access, Signature, Type};

/// What Rust's `c_char` is an alias of: in Rust's debug information it has no name of its own.
pub(crate) const CHAR: Type = Type::Integer {
    size: 1,
    signed: c_char::MIN != 0,
};

impl Type {
    /// Whether two types are the same, as far as both sides know. What a C ABI has no word for
    /// agrees with nothing, not even with itself.
    pub fn agrees_with(&self, other: &Type) -> bool {
        match (self, other) {
            (
                Type::Pointer {
                    access: a,
                    to: left,
                },
                Type::Pointer {
                    access: b,
                    to: right,
                },
            ) => {
                let known = ![*a, *b].contains(&Access::Unknown);
                (a == b || !known) && left.agrees_with(right)
            }
            (Type::Function(a), Type::Function(b)) => a.agrees_with(b),
            (
                Type::Array {
                    of: left,
                    length: a,
                },
                Type::Array {
                    of: right,
                    length: b,
                },
            ) => a == b && left.agrees_with(right),
            (Type::Other(_), _) | (_, Type::Other(_)) => false,
            (Type::Char, integer @ Type::Integer { .. })
            | (integer @ Type::Integer { .. }, Type::Char) => *integer == CHAR,
            (left, right) => left == right,
        }
    }
}

impl Signature {
    fn agrees_with(&self, other: &Signature) -> bool {
        let mut pairs = self.parameters.iter().zip(&other.parameters);
        self.variadic == other.variadic
            && self.parameters.len() == other.parameters.len()
            && pairs.all(|(left, right)| left.of.agrees_with(&right.of))
            && self.result.agrees_with(&other.result)
    }
}
