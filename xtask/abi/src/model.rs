//! The description itself, and its rendering: one line for each fact, in one order, so that two
//! descriptions can be compared by eye and a frozen one can be read as a diff.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::names::is_reserved;

/// A C ABI, as one reader sees it. Its rendering (`to_string`) is read back by [`Abi::parse`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abi {
    /// The size of a pointer in bytes, which decides on most layouts.
    pub pointer_size: Option<u64>,
    /// Whether numbers begin with their highest byte. No part of what is compared, and not rendered.
    pub is_big_endian: bool,
    /// The functions by name.
    pub functions: BTreeMap<String, Signature>,
    /// The types of the variables by name.
    pub variables: BTreeMap<String, Type>,
    /// The structs, unions, enums and opaque types by name.
    pub types: BTreeMap<String, Definition>,
    /// The calling conventions of the functions that do not have C's, as C's attributes have them.
    pub conventions: BTreeMap<String, String>,
    /// The constants by name, with their value as C writes it. Rust's debug information has none.
    pub constants: BTreeMap<String, String>,
    /// Where functions, variables, types and constants are declared, where the reader knows it. It is
    /// no part of the ABI and is not rendered.
    pub locations: BTreeMap<String, Location>,
    /// What the reader saw and could not describe. Not rendered either.
    pub notes: Vec<Note>,
}

/// Something that is not compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Why not.
    pub why: String,
    /// What.
    pub name: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.why)
    }
}

impl Note {
    pub(crate) fn new(name: &str, why: impl Into<String>) -> Note {
        let (name, why) = (name.to_owned(), why.into());
        Note { why, name }
    }
}

/// A line of a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: PathBuf,
    /// From 1.
    pub line: u64,
}

/// What a function takes and returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// In order.
    pub parameters: Vec<Parameter>,
    /// [`Type::Void`] for a function that returns nothing.
    pub result: Type,
    /// It takes further arguments that it does not declare: `...`, or in C a `()` without `void`.
    pub variadic: bool,
    /// How the header writes the type of the result, as for [`Parameter::spelling`]. Not rendered.
    pub result_spelling: Option<Type>,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name where the reader knows it. For messages only: it is no part of the ABI and is not
    /// rendered.
    pub name: Option<String>,
    /// Its type.
    pub of: Type,
    /// The type with the header's own names, for [`Parameter::in_c`]. The model keeps the size and the kind of an
    /// integer, C also its name: `unsigned long` and `unsigned long long` are not the same to it, however large
    /// they are. With the spelling a declaration that is generated is compatible with the header's own. Not
    /// rendered.
    pub spelling: Option<Type>,
}

impl Parameter {
    /// One of which only the type is known.
    pub(crate) fn of(of: Type) -> Parameter {
        Parameter {
            name: None,
            of,
            spelling: None,
        }
    }
}

/// Before a variable of which each thread has its own.
pub(crate) const THREAD_LOCAL: &str = "_Thread_local";

/// A type, as it is passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// No result, or behind a pointer anything at all.
    Void,
    /// C's `_Bool` and Rust's `bool`.
    Bool,
    /// C's plain `char`, which is signed or not as the system has it. In Rust that is `i8` or `u8`.
    Char,
    /// An integer of a fixed size.
    Integer {
        /// In bytes.
        size: u64,
        /// Whether it has negative values.
        signed: bool,
    },
    /// An integer of the size of a pointer: `usize` and `size_t`, `isize` and `ptrdiff_t`.
    Size {
        /// Whether it has negative values.
        signed: bool,
    },
    /// A floating-point number.
    Float {
        /// In bytes.
        size: u64,
    },
    /// A pointer to data.
    Pointer {
        /// Whether the data may be written to.
        access: Access,
        /// What it points to.
        to: Box<Type>,
    },
    /// A pointer to a function: a callback.
    Function(Box<Signature>),
    /// An array inside a struct. As a parameter it is a pointer.
    Array {
        /// What each element is.
        of: Box<Type>,
        /// How many.
        length: u64,
    },
    /// A struct, union, enum or opaque type, described in [`Abi::types`].
    Named(String),
    /// What a field, a variable or a pointer holds that is more than a type. Of several, each is around the
    /// next one in the alphabet.
    Qualified {
        /// `volatile`, `_Atomic`, `const` of a field or variable, `_Thread_local`.
        by: String,
        /// What it is without that.
        of: Box<Type>,
    },
    /// Something that a C ABI has no word for, as its reader names it. It equals nothing else.
    Other(String),
}

/// Whether what a pointer points to may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `*const` and `&` in Rust, `const` in C.
    Const,
    /// `*mut`, `&mut` and `Box` in Rust, no `const` in C.
    Mut,
    /// The reader cannot know: CFFI drops `const`.
    Unknown,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A struct or a union whose fields the caller sees.
    Record(Record),
    /// An enum.
    Enumeration(Enumeration),
    /// A type that is only passed around behind a pointer.
    Opaque,
}

impl Definition {
    /// The struct or union that it is.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Definition::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The enum that it is.
    pub fn enumeration(&self) -> Option<&Enumeration> {
        match self {
            Definition::Enumeration(enumeration) => Some(enumeration),
            _ => None,
        }
    }

    /// Whether it is an enum with a value of this name.
    pub(crate) fn has_value(&self, name: &str) -> bool {
        self.enumeration()
            .is_some_and(|of| of.values.contains_key(name))
    }
}

/// A struct or a union.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its fields lie over each other.
    pub is_union: bool,
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub alignment: u64,
    /// By offset. None of an enum whose values have fields: of that only the size is read.
    pub fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// In bytes from the start.
    pub offset: u64,
    /// Its type.
    pub of: Type,
    /// Which bits it takes, if it does not take whole bytes.
    pub bits: Option<Bits>,
}

/// The bits of a bit-field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// The first of them, counted from [`Field::offset`].
    pub first: u64,
    /// How many.
    pub width: u64,
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enumeration {
    /// In bytes.
    pub size: u64,
    /// Whether the integer that holds it has negative values.
    pub signed: bool,
    /// The value of each name, the names as C has them.
    pub values: BTreeMap<String, i128>,
}

impl Abi {
    /// Declares as opaque what is mentioned and not described.
    pub(crate) fn declare_opaque(&mut self) {
        for name in self.mentioned() {
            self.types.entry(name).or_insert(Definition::Opaque);
        }
    }

    /// Gives types other names.
    pub(crate) fn rename_types(&mut self, rename: &dyn Fn(&str) -> String) {
        self.each_type(&mut |of| {
            if let Type::Named(name) = of {
                *name = rename(name);
            }
        });
        let types = std::mem::take(&mut self.types).into_iter();
        self.types = types.map(|(name, of)| (rename(&name), of)).collect();
    }

    /// The types that functions and variables lead to, all if there are neither.
    pub(crate) fn reachable(&self) -> BTreeSet<String> {
        if self.functions.is_empty() && self.variables.is_empty() {
            return self.types.keys().cloned().collect();
        }
        let mut used = Abi {
            functions: self.functions.clone(),
            variables: self.variables.clone(),
            ..Abi::default()
        };
        loop {
            let (names, known) = (used.mentioned(), used.types.len());
            used.types.clone_from(&self.types);
            used.types.retain(|name, _| names.contains(name));
            if used.types.len() == known {
                return names;
            }
        }
    }

    /// Whether a function, a variable or a field is of this type.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.clone().mentioned().contains(name)
    }

    fn mentioned(&mut self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        self.each_type(&mut |of| {
            if let Type::Named(name) = of {
                names.insert(name.clone());
            }
        });
        names
    }

    /// The same without the qualifiers that only C has: a variable keeps its own.
    pub(crate) fn unqualified(mut self) -> Abi {
        let variables = self.variables.clone();
        self.each_type(&mut |of| *of = of.without_qualifiers().clone());
        self.variables = variables;
        self
    }

    /// Visits each type where it is used, and then what is in it.
    pub(crate) fn each_type(&mut self, visit: &mut dyn FnMut(&mut Type)) {
        for signature in self.functions.values_mut() {
            signature.each_type(visit);
        }
        for of in self.variables.values_mut() {
            of.each_type(visit);
        }
        for definition in self.types.values_mut() {
            if let Definition::Record(record) = definition {
                for field in &mut record.fields {
                    field.of.each_type(visit);
                }
            }
        }
    }

    /// What the name of a type stands for.
    pub fn definition(&self, of: &Type) -> Option<&Definition> {
        match of {
            Type::Named(name) => self.types.get(name),
            _ => None,
        }
    }

    /// The description of a struct or union.
    pub fn record(&self, of: &Type) -> Option<&Record> {
        self.definition(of)?.record()
    }

    /// The line that declares a name: for the value of an enum, the line of the enum.
    pub fn location(&self, name: &str) -> Option<&Location> {
        let of_enum = || self.locations.get(self.enum_of(name)?);
        self.locations.get(name).or_else(of_enum)
    }

    /// The enum that has a value of this name.
    pub(crate) fn enum_of(&self, value: &str) -> Option<&str> {
        let mut types = self.types.iter();
        let (name, _) = types.find(|(_, of)| of.has_value(value))?;
        Some(name)
    }

    /// The size of a value in bytes, where it is known.
    pub fn size(&self, of: &Type) -> Option<u64> {
        match of {
            Type::Bool | Type::Char => Some(1),
            Type::Integer { size, .. } | Type::Float { size } => Some(*size),
            Type::Size { .. } | Type::Pointer { .. } | Type::Function(_) => self.pointer_size,
            Type::Array { of, length } => Some(self.size(of)? * length),
            Type::Qualified { of, .. } => self.size(of),
            Type::Named(name) => match self.types.get(name)? {
                Definition::Record(record) => Some(record.size),
                Definition::Enumeration(enumeration) => Some(enumeration.size),
                Definition::Opaque => None,
            },
            Type::Void | Type::Other(_) => None,
        }
    }

    /// The bytes of a number from the lowest on, of one that a program has, and back.
    pub fn little<T: AsMut<[u8]>>(&self, mut bytes: T) -> T {
        if self.is_big_endian {
            bytes.as_mut().reverse();
        }
        bytes
    }

    /// The types that the caller sees into: all but the opaque ones.
    pub fn described(&self) -> BTreeSet<&str> {
        let types = self.types.iter();
        let described = types.filter(|(_, of)| **of != Definition::Opaque);
        described.map(|(name, _)| name.as_str()).collect()
    }
}

impl Signature {
    fn each_type(&mut self, visit: &mut dyn FnMut(&mut Type)) {
        self.result.each_type(visit);
        for parameter in &mut self.parameters {
            parameter.of.each_type(visit);
        }
    }
}

impl Type {
    pub(crate) fn array(of: Type, length: u64) -> Type {
        let of = Box::new(of);
        Type::Array { of, length }
    }

    pub(crate) fn qualified(self, by: &str) -> Type {
        let (by, of) = (by.to_owned(), Box::new(self));
        Type::Qualified { by, of }
    }

    pub(crate) fn without_qualifiers(&self) -> &Type {
        match self {
            Type::Qualified { of, .. } => of.without_qualifiers(),
            of => of,
        }
    }

    /// What a pointer to data leads to.
    pub fn behind(&self) -> Option<&Type> {
        match self {
            Type::Pointer { to, .. } => Some(to),
            _ => None,
        }
    }

    /// The same, if it is only read.
    pub fn read(&self) -> Option<&Type> {
        match self {
            Type::Pointer { access, to } if *access == Access::Const => Some(to),
            _ => None,
        }
    }

    /// The same, if it may be written to.
    pub fn written(&self) -> Option<&Type> {
        match self {
            Type::Pointer { access, to } if *access == Access::Mut => Some(to),
            _ => None,
        }
    }

    fn each_type(&mut self, visit: &mut dyn FnMut(&mut Type)) {
        visit(self);
        match self {
            Type::Pointer { to: of, .. } | Type::Array { of, .. } | Type::Qualified { of, .. } => {
                of.each_type(visit);
            }
            Type::Function(signature) => signature.each_type(visit),
            _ => {}
        }
    }
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(size) = self.pointer_size {
            writeln!(f, "pointer size {size}")?;
        }
        for (name, value) in &self.constants {
            writeln!(f, "constant {name} = {value}")?;
        }
        for (name, definition) in &self.types {
            match definition {
                Definition::Opaque => writeln!(f, "opaque {name}")?,
                Definition::Record(record) => record.render(name, f)?,
                Definition::Enumeration(enumeration) => enumeration.render(name, f)?,
            }
        }
        for (name, signature) in &self.functions {
            writeln!(f, "fn {name}{signature}")?;
        }
        for (name, convention) in &self.conventions {
            writeln!(f, "convention {name} {convention}")?;
        }
        for (name, of) in &self.variables {
            writeln!(f, "static {name} {of}")?;
        }
        Ok(())
    }
}

impl Access {
    /// What stands before a type.
    fn words(self) -> &'static str {
        match self {
            Access::Const => "const ",
            Access::Mut => "mut ",
            Access::Unknown => "",
        }
    }
}

impl Record {
    /// Where the fields lie that are not for the user.
    pub(crate) fn reserved(&self) -> Vec<Range<u64>> {
        let end = |at: usize| {
            self.fields
                .get(at + 1)
                .map_or(self.size, |next| next.offset)
        };
        let fields = self.fields.iter().enumerate();
        let fields = fields.filter(|(_, field)| is_reserved(&field.name));
        fields.map(|(at, field)| field.offset..end(at)).collect()
    }

    /// `struct` or `union`.
    pub fn kind(&self) -> &'static str {
        if self.is_union { "union" } else { "struct" }
    }

    fn render(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, size, alignment) = (self.kind(), self.size, self.alignment);
        writeln!(f, "{kind} {name} size {size} align {alignment}")?;
        for field in &self.fields {
            write!(f, "{kind} {name} .{} @{}", field.name, field.offset)?;
            if let Some(Bits { first, width }) = field.bits {
                write!(f, "+{first}:{width}")?;
            }
            writeln!(f, " {}", field.of)?;
        }
        Ok(())
    }
}

impl Enumeration {
    /// `signed` or `unsigned`.
    pub(crate) fn sign(&self) -> &'static str {
        if self.signed { "signed" } else { "unsigned" }
    }

    fn render(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "enum {name} size {} {}", self.size, self.sign())?;
        let mut values: Vec<_> = self.values.iter().collect();
        values.sort_by_key(|(own, value)| (**value, *own));
        for (own, value) in values {
            writeln!(f, "enum {name} {own} = {value}")?;
        }
        Ok(())
    }
}

/// `(f64, ...) -> i32`: what follows `fn` and a name, if there is one.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.iter().map(|of| of.of.to_string());
        let parameters = parameters.chain(self.variadic.then(|| "...".into()));
        write!(f, "({})", parameters.collect::<Vec<_>>().join(", "))?;
        match self.result {
            Type::Void => Ok(()),
            ref result => write!(f, " -> {result}"),
        }
    }
}

/// Near to Rust's own words. [`Type::in_c`] has C's.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |signed: &bool| if *signed { 'i' } else { 'u' };
        match self {
            Type::Void => f.write_str("void"),
            Type::Bool => f.write_str("bool"),
            Type::Char => f.write_str("char"),
            Type::Integer { size, signed } => write!(f, "{}{}", letter(signed), size * 8),
            Type::Size { signed } => write!(f, "{}size", letter(signed)),
            Type::Float { size } => write!(f, "f{}", size * 8),
            Type::Pointer { access, to } => write!(f, "*{}{to}", access.words()),
            Type::Function(signature) => write!(f, "fn{signature}"),
            Type::Array { of, length } => write!(f, "[{of}; {length}]"),
            Type::Named(name) => f.write_str(name),
            Type::Qualified { by, of } => write!(f, "{by} {of}"),
            Type::Other(words) => write!(f, "\"{}\"", words.replace(['"', '\n'], "'")),
        }
    }
}
