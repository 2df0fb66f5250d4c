//! Rust's items: what debug information does not have. The calling convention of each exported
//! function, and the values of constants.

use std::collections::{BTreeMap, BTreeSet};

use object::Architecture;

use crate::c;
use crate::names::plain;

/// The items of a crate, private ones included.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// The exported functions, by the name that the linker sees.
    pub functions: BTreeMap<String, Function>,
    /// The structs, unions and enums by their paths, and whether Rust says how each is laid out, as
    /// `#[repr(C)]` does.
    pub types: BTreeMap<String, bool>,
    /// The constants, each with the type that it belongs to.
    pub constants: Vec<Constant>,
}

/// An exported function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// As Rust writes it after `extern`: `C`, `Rust`, `win64`.
    pub convention: String,
    /// Whether it is `unsafe`.
    pub is_unsafe: bool,
}

/// A constant, or a variant of an enum without fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// The type that it belongs to, if it does.
    pub of: Option<String>,
    /// Its name.
    pub name: String,
    /// How many modules it is inside of.
    pub depth: usize,
    /// Its value, if that is known.
    pub value: Option<Value>,
}

/// The value of a constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of an integer, a `bool` or a `char`: the number, and in how many bits Rust keeps it.
    Integer(i128, u32),
    /// Of a floating-point number: exactly, and in how many bits Rust keeps it.
    Float(f64, u32),
    /// Of a text, without a zero at its end.
    Text(Vec<u8>),
}

impl Value {
    /// A text, a text of bytes or a C string.
    pub fn text(bytes: &[u8]) -> Value {
        Value::Text(bytes.strip_suffix(b"\0").unwrap_or(bytes).to_vec())
    }

    /// As the constants of a header are written.
    pub fn in_c(&self) -> String {
        match self {
            Value::Integer(value, _) => value.to_string(),
            Value::Float(value, _) => c::float(*value),
            Value::Text(bytes) => c::text(bytes),
        }
    }

    /// Whether a program has the same value with the constant `c` of a header.
    pub fn equals(&self, c: &str) -> bool {
        match self {
            Value::Integer(value, bits) => c.parse().is_ok_and(|c: i128| {
                // A number and the negative one with the same bits, which C does not widen before.
                let bits = Some(*bits).filter(|bits| (32..127).contains(bits));
                let wraps = |a: i128, b: i128| a < 0 && bits.is_some_and(|of| a + (1 << of) == b);
                let fits = |number: i128| bits.is_some_and(|of| number >> (of - 1) == -1);
                c == *value || wraps(*value, c) || (fits(c) && wraps(c, *value))
            }),
            Value::Float(value, bits) => c.parse().is_ok_and(|c: f64| {
                let is_close = *bits == 32 && c as f32 == *value as f32;
                c == *value || is_close || (c.is_nan() && value.is_nan())
            }),
            Value::Text(_) => self.in_c() == c,
        }
    }
}

impl Items {
    /// Adds what a dependency has.
    pub fn extend(&mut self, of: Items) {
        self.functions.extend(of.functions);
        self.types.extend(of.types);
        self.constants.extend(of.constants);
    }

    /// The only constant that one of a header can be. `prefixes` are what C may put before its name.
    pub fn constant(&self, name: &str, prefixes: &BTreeSet<String>) -> Option<&Constant> {
        let sought = plain(name);
        let is_named = |of: &&Constant| of.name == name;
        // `Flags::VERBOSE` is `FLAGS_VERBOSE` or `Flags_VERBOSE`.
        let with_type = |constant: &&Constant| {
            let of = constant.of.as_deref();
            of.is_some_and(|of| plain(of) + &plain(&constant.name) == sought)
        };
        let with_prefix = |of: &&Constant| {
            let start = name.strip_suffix(&of.name).unwrap_or_default();
            let rest = start.strip_suffix('_');
            of.of.is_none() && rest.is_some_and(|rest| prefixes.contains(&plain(rest)))
        };
        let ways: [&dyn Fn(&&Constant) -> bool; 3] = [&is_named, &with_type, &with_prefix];
        let places = ways.map(|is_it| Vec::from_iter(self.constants.iter().filter(is_it)));
        let mut places = places.into_iter().find(|found| !found.is_empty())?;
        // One of its own before one of a type, and one that is named in fewer steps before others.
        let rank = |of: &&Constant| (of.of.is_some(), of.depth);
        places.sort_by_key(rank);
        match places[..] {
            [first, second, ..] if rank(&first) == rank(&second) => None,
            [first, ..] => Some(first),
            [] => None,
        }
    }
}

/// What calling conventions depend on.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub(crate) architecture: Architecture,
    pub(crate) is_windows: bool,
}

impl Target {
    /// Whether a calling convention, as Rust writes it after `extern`, is that of C.
    pub(crate) fn is_c(self, convention: &str) -> bool {
        use Architecture::{Arm, I386, X86_64};
        let (of, is_windows) = (self.architecture, self.is_windows);
        match convention.strip_suffix("-unwind").unwrap_or(convention) {
            "C" | "cdecl" => true,
            "system" => !(is_windows && of == I386),
            "sysv64" => of == X86_64 && !is_windows,
            "win64" => of == X86_64 && is_windows,
            "aapcs" => of == Arm,
            "efiapi" => of != Arm && (of != X86_64 || is_windows),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(of: Option<&str>, name: &str, depth: usize) -> Constant {
        Constant {
            of: of.map(str::to_owned),
            name: name.to_owned(),
            depth,
            value: None,
        }
    }

    #[test]
    fn a_constant_is_found_under_its_names_in_c() {
        let items = Items {
            constants: vec![
                constant(None, "FREE", 0),
                constant(None, "FREE", 1),
                constant(Some("Flags"), "A", 0),
                constant(Some("Options"), "LONG_NAME", 2),
                constant(None, "TWICE", 1),
                constant(None, "TWICE", 1),
                constant(Some("Kind"), "Last", 0),
            ],
            ..Items::default()
        };
        let prefixes = BTreeSet::from(["own".to_owned()]);
        for (name, expected) in [
            ("FREE", Some(0)),
            ("OWN_FREE", Some(0)),
            ("OTHER_FREE", None),
            ("FLAGS_A", Some(2)),
            ("Options_LONG_NAME", Some(3)),
            ("TWICE", None),
            ("KIND_LAST", Some(6)),
            ("NONE", None),
        ] {
            let found = items.constant(name, &prefixes);
            let expected = expected.map(|index: usize| &items.constants[index]);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn values_are_equal_as_a_program_sees_them() {
        for (value, c, expected) in [
            (Value::Integer(0, 8), "256", false),
            (Value::Integer(255, 8), "255", true),
            (Value::Integer(-1, 32), "4294967295", true),
            (Value::Integer(4_294_967_295, 32), "-1", true),
            (Value::Integer(-1, 32), "255", false),
            (Value::Integer(253, 8), "-3", false),
            (Value::Integer(-3, 16), "65533", false),
            (Value::Integer(0, 32), "-4294967296", false),
            (Value::Float(0.5, 64), "0.5", true),
            (Value::Float(f64::from(0.1_f32), 32), "0.1", true),
            (Value::Float(0.1, 64), "0.10000000149011612", false),
            (Value::Float(2.0, 64), "2", true),
            (Value::Text(b"a\"b".to_vec()), "\"a\\\"b\"", true),
            (Value::Text(b"a".to_vec()), "\"a b\"", false),
            (Value::Text(b"1".to_vec()), "1", false),
        ] {
            assert_eq!(value.equals(c), expected, "{value:?} {c}");
        }
    }

    #[test]
    fn the_convention_of_c_depends_on_the_system() {
        use Architecture::{Arm, I386, X86_64};
        for (convention, architecture, is_windows, expected) in [
            ("C", X86_64, false, true),
            ("C-unwind", Arm, false, true),
            ("system-unwind", X86_64, false, true),
            ("system", I386, true, false),
            ("sysv64", X86_64, false, true),
            ("sysv64", X86_64, true, false),
            ("win64", X86_64, false, false),
            ("aapcs", Arm, false, true),
            ("fastcall", I386, false, false),
            ("Rust", X86_64, false, false),
        ] {
            let target = Target {
                architecture,
                is_windows,
            };
            assert_eq!(target.is_c(convention), expected, "{convention}");
        }
    }
}
