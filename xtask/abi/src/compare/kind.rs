//! What may differ, and how much it matters.

use clap::ValueEnum;
use serde::Deserialize;

/// How much a difference matters, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Programs go wrong: a size, a count, an offset, a value, a symbol.
    Break,
    /// Something is read as what it is not: the sign, another type of the same size.
    Type,
    /// No program goes wrong: `const`, `void *`.
    Style,
}

impl Severity {
    /// All of them.
    pub const ALL: [Severity; 3] = [Severity::Break, Severity::Type, Severity::Style];

    /// Its name in reports and in allowances.
    pub fn id(self) -> &'static str {
        ["break", "type", "style"][self as usize]
    }
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The header declares it, the library does not export it.
    NotExported,
    /// One side has it, the other has nothing of that name.
    Missing,
    /// The function or callback is not `extern "C"`: it takes its arguments elsewhere than C puts them.
    Convention,
    /// The type is not `#[repr(C)]`, and Rust has laid it out in another way than C; style, if not.
    Repr,
    /// The number of parameters differs.
    Parameters,
    /// The sizes differ.
    Size,
    /// The alignments differ.
    Alignment,
    /// A field lies elsewhere.
    Offset,
    /// The number behind a name differs.
    Value,
    /// One side has a function, the other has data.
    Function,
    /// One side has an integer, the other a floating-point number: they are passed in different registers.
    Register,
    /// One side has a pointer, the other what it points to, or a pointer to a pointer.
    Pointer,
    /// One side has a struct, union or enum, the other something else, or does not say what is in it.
    Definition,
    /// One side has a field that the other does not have.
    Field,
    /// One side has a value of an enum that the other does not have.
    Variant,
    /// The library exports it, the header does not declare it.
    NotDeclared,
    /// One side has negative values, the other does not.
    Sign,
    /// The types differ and have the same size.
    #[serde(rename = "type")]
    #[value(name = "type")]
    Other,
    /// One side has an integer of the size of a pointer, the other one that has this size here.
    PointerSized,
    /// The header tells another version than the package has.
    Version,
    /// The library has symbol versions, and this symbol or this version is without the other: a program that
    /// asks for the version does not start.
    SymbolVersion,
    /// It has another name at the same place.
    Renamed,
    /// Only one side may write to it.
    Const,
    /// Only one side has `volatile`, `_Atomic` or `_Thread_local`.
    Qualifier,
    /// Text is `char` in C, whose sign is the system's, and bytes of the other sign in Rust.
    Char,
    /// A pointer to something is `void *` on the other side.
    VoidPointer,
    /// One side has an enum, the other the integer that holds it.
    EnumAsInteger,
    /// An enum comes in: a number that is none of its values is undefined behaviour.
    EnumIn,
    /// A `bool` comes in: a number other than 0 and 1 is undefined behaviour.
    BoolIn,
    /// A reference, a `Box` or a function pointer comes in that is no `Option`: NULL is undefined behaviour.
    NullIn,
    /// Rust's `char` comes in: a number that is no letter of Unicode is undefined behaviour.
    CharIn,
    /// A function that takes a pointer is not `unsafe`: Rust code may call it with any.
    SafeFunction,
    /// It was not compared: the reason stands beside it. Only `--strict` fails for it.
    NotCompared,
    /// An allowance matches no finding.
    UnusedAllowance,
    /// The process ends if it is NULL.
    Null,
    /// The process ends after other calls.
    Sequence,
    /// Each call keeps memory.
    Memory,
    /// There are more elements than it visits.
    Elements,
    /// The process ends if it is not aligned, which C does not allow either.
    Misaligned,
}

impl Kind {
    /// Its name in reports and in allowances.
    pub fn id(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What it is, as a sentence.
    pub fn text(self) -> String {
        let value = self.to_possible_value();
        let help = value.and_then(|value| value.get_help().cloned());
        format!("{}.", help.unwrap_or_default())
    }

    /// How much it matters.
    pub fn severity(self) -> Severity {
        use Kind::*;
        match self {
            NotExported | Missing | Convention | Repr | Parameters | Size | Alignment | Offset
            | Value | Function | Register | Pointer | Null | Sequence | Elements => Severity::Break,
            Const | Char | VoidPointer | EnumAsInteger | SafeFunction | NotCompared
            | Misaligned => Severity::Style,
            _ => Severity::Type,
        }
    }

    /// Whether calls show it, and no comparison.
    pub fn is_of_calls(self) -> bool {
        use Kind::{Elements, Memory, Misaligned, Null, Sequence};
        matches!(self, Null | Sequence | Memory | Elements | Misaligned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_each_kind() {
        let manual = include_str!("../../README.md");
        for kind in Kind::value_variants() {
            let (id, severity, text) = (kind.id(), kind.severity().id(), kind.text());
            let line = format!("| `{id}` | {severity} | {text} |\n");
            assert!(manual.contains(&line), "{line}");
        }
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        for kind in Kind::value_variants() {
            let read: Kind = serde_json::from_value(kind.id().into()).unwrap();
            assert_eq!(read, *kind);
        }
        assert_eq!(
            Kind::Sign.text(),
            "One side has negative values, the other does not."
        );
    }
}
