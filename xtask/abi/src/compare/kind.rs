//! What may differ, and how much it matters.

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
        match self {
            Severity::Break => "break",
            Severity::Type => "type",
            Severity::Style => "style",
        }
    }
}

macro_rules! kinds {
    ($($(#[doc = $text:literal])+ $name:ident = $id:literal, $severity:ident;)+) => {
        /// What differs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
        #[serde(try_from = "String")]
        pub enum Kind {
            $($(#[doc = $text])+ $name,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Kind] = &[$(Kind::$name,)+];

            /// Its name in reports and in allowances.
            pub fn id(self) -> &'static str {
                match self {
                    $(Kind::$name => $id,)+
                }
            }

            /// How much it matters.
            pub fn severity(self) -> Severity {
                match self {
                    $(Kind::$name => Severity::$severity,)+
                }
            }

            /// What it is, as a sentence.
            pub fn text(self) -> &'static str {
                match self {
                    $(Kind::$name => concat!($($text,)+).trim_ascii(),)+
                }
            }
        }
    };
}

kinds! {
    /// The header declares it, the library does not export it.
    NotExported = "not-exported", Break;
    /// One side has it, the other has nothing of that name.
    Missing = "missing", Break;
    /// The function or callback is not `extern "C"`: it takes its arguments elsewhere than C puts them.
    Convention = "convention", Break;
    /// The type is not `#[repr(C)]`, and Rust has laid it out in another way than C.
    Repr = "repr", Break;
    /// The number of parameters differs.
    Parameters = "parameters", Break;
    /// The sizes differ.
    Size = "size", Break;
    /// The alignments differ.
    Alignment = "alignment", Break;
    /// A field lies elsewhere.
    Offset = "offset", Break;
    /// The number behind a name differs.
    Value = "value", Break;
    /// One side has a function, the other has data.
    Function = "function", Break;
    /// One side has an integer, the other a floating-point number: they are passed in different registers.
    Register = "register", Break;
    /// One side has a pointer, the other what it points to, or a pointer to a pointer.
    Pointer = "pointer", Break;
    /// One side has a struct, union or enum, the other something else, or does not say what is in it.
    Definition = "definition", Type;
    /// One side has a field that the other does not have.
    Field = "field", Type;
    /// One side has a value of an enum that the other does not have.
    Variant = "variant", Type;
    /// The library exports it, the header does not declare it.
    NotDeclared = "not-declared", Type;
    /// One side has negative values, the other does not.
    Sign = "sign", Type;
    /// The types differ and have the same size.
    Other = "type", Type;
    /// One side has an integer of the size of a pointer, the other one that has this size here.
    PointerSized = "pointer-sized", Type;
    /// The header tells another version than the package has.
    Version = "version", Type;
    /// The library has symbol versions, and this symbol or this version is without the other: a program that
    /// asks for the version does not start.
    SymbolVersion = "symbol-version", Type;
    /// It has another name at the same place.
    Renamed = "renamed", Type;
    /// Only one side may write to it.
    Const = "const", Style;
    /// Text is `char` in C, whose sign is the system's, and bytes of the other sign in Rust.
    Char = "char", Style;
    /// A pointer to something is `void *` on the other side.
    VoidPointer = "void-pointer", Style;
    /// One side has an enum, the other the integer that holds it.
    EnumAsInteger = "enum-as-integer", Style;
    /// An enum comes in: a number that is none of its values is undefined behaviour.
    EnumIn = "enum-in", Type;
    /// A `bool` comes in: a number other than 0 and 1 is undefined behaviour.
    BoolIn = "bool-in", Type;
    /// A reference, a `Box` or a function pointer comes in that is no `Option`: NULL is undefined behaviour.
    NullIn = "null-in", Type;
    /// Rust's `char` comes in: a number that is no letter of Unicode is undefined behaviour.
    CharIn = "char-in", Type;
    /// A function that takes a pointer is not `unsafe`: Rust code may call it with any.
    SafeFunction = "safe-function", Style;
    /// It was not compared: the reason stands beside it. Only `--strict` fails for it.
    NotCompared = "not-compared", Style;
    /// An allowance matches no finding.
    UnusedAllowance = "unused-allowance", Type;
    /// The process ends if it is NULL.
    Null = "null", Break;
    /// The process ends after other calls.
    Sequence = "sequence", Break;
    /// Each call keeps memory.
    Memory = "memory", Type;
    /// There are more elements than it visits.
    Elements = "elements", Break;
    /// The process ends if it is not aligned, which C does not allow either.
    Misaligned = "misaligned", Style;
}

impl Kind {
    /// Whether calls show it, and no comparison.
    pub fn is_of_calls(self) -> bool {
        use Kind::{Elements, Memory, Misaligned, Null, Sequence};
        matches!(self, Null | Sequence | Memory | Elements | Misaligned)
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    /// The kind with this name.
    fn try_from(id: String) -> Result<Kind, String> {
        let known = Kind::ALL.iter().copied().find(|kind| kind.id() == id);
        known.ok_or_else(|| {
            let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.id()).collect();
            format!("unknown kind, `{id}`; there are {}", all.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_each_kind() {
        let manual = include_str!("../../README.md");
        for kind in Kind::ALL {
            let [id, severity, text] = [kind.id(), kind.severity().id(), kind.text()];
            let line = format!("| `{id}` | {severity} | {text} |\n");
            assert!(manual.contains(&line), "{line}");
        }
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::try_from(kind.id().to_owned()), Ok(*kind));
        }
        assert_eq!(
            Kind::Sign.text(),
            "One side has negative values, the other does not."
        );
    }
}
