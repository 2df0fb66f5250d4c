//! From an entry of the debug information to a type of the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{self, Path, PathBuf};

use anyhow::{Context, Result};
use gimli::constants as dw;

use super::entry::{Entry, Information};
use super::{rust, spelling};
use crate::Abi;
use crate::model::{
    Access, Bits, Definition, Enumeration, Field, Location, Note, Parameter, Record, Signature,
    Type,
};

/// Whose types they are.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    C,
    Rust,
}

/// Reads types, and keeps what it has read about those that have a name.
#[derive(Default)]
pub(super) struct Reader<'i, 'd> {
    language: Language,
    /// What is special about C.
    pub c: Headers,
    /// What is special about Rust.
    pub rust: rust::Names<'i, 'd>,
    pub types: BTreeMap<String, Definition>,
    locations: BTreeMap<String, Location>,
    pub notes: BTreeSet<Note>,
    /// Those that are being read, because a struct may lead to itself.
    started: BTreeSet<String>,
}

/// What a reader of C knows about the headers.
#[derive(Default)]
pub(super) struct Headers {
    /// How the name of each struct and union is written.
    pub spellings: BTreeMap<String, String>,
    /// The files that belong to the library, as the compiler names them and in full.
    pub own_files: BTreeSet<PathBuf>,
    /// The name that a `typedef` gives to the tag of a struct, union or enum.
    names: BTreeMap<String, String>,
    /// The names of enums.
    enums: BTreeSet<String>,
    /// Enums that functions take as an integer of the same name: its size, and whether it is signed.
    retyped: BTreeMap<String, (u64, bool)>,
    /// The types without a tag that a `typedef` names, by their places.
    pub named: BTreeSet<usize>,
    /// What to call a type without a name, and how C code can refer to it, if it can.
    unnamed: Option<(String, Option<String>)>,
}

impl<'i, 'd> Reader<'i, 'd> {
    pub fn new(language: Language) -> Reader<'i, 'd> {
        Reader {
            language,
            ..Reader::default()
        }
    }

    /// C: learns what the types of the library are called.
    pub fn learn_names(&mut self, information: &'i Information<'d>) -> Result<()> {
        let mut typedefs = Vec::new();
        let mut tags = BTreeSet::new();
        let mut direct = BTreeSet::new();
        for unit in information.units() {
            for entry in unit.children()? {
                if entry.tag() == dw::DW_TAG_subroutine_type {
                    let parameters = entry.children()?.into_iter().map(|of| of.of());
                    for of in parameters.chain([entry.of()]) {
                        direct.extend(tag_behind(of?)?);
                    }
                }
                let Some(name) = entry.name()? else { continue };
                match entry.tag() {
                    dw::DW_TAG_typedef => {
                        if let Some(of) = entry.of()?.filter(is_tagged) {
                            match of.name()? {
                                Some(tag) => typedefs.push((name, tag)),
                                None => drop(self.c.named.insert(of.place())),
                            }
                        }
                    }
                    dw::DW_TAG_enumeration_type => {
                        self.c.enums.insert(name.clone());
                        tags.insert(name);
                    }
                    _ if is_tagged(&entry) => drop(tags.insert(name)),
                    _ => {}
                }
            }
        }
        // Of several, one that is not reserved for the system.
        typedefs.sort_by_key(|(name, _)| name.starts_with('_'));
        for (name, tag) in typedefs {
            // `typedef struct a b;` beside a `struct b` of its own, or beside functions that take
            // a `struct a`: then that is its name.
            if !tags.contains(&name) && !direct.contains(&tag) {
                self.c.names.entry(tag).or_insert(name);
            }
        }
        Ok(())
    }

    /// C: whether it is declared in a file of the library.
    pub fn is_own(&self, entry: &Entry<'i, 'd>) -> Result<bool> {
        let (own, location) = (&self.c.own_files, entry.location()?);
        Ok(location.is_some_and(|Location { file, .. }| {
            own.contains(&file) || own.contains(&canonical(&file))
        }))
    }

    /// Puts the named types that it has met into `abi`, as far as they are not opaque.
    pub fn finish(mut self, abi: &mut Abi) {
        for (name, (size, signed)) in self.c.retyped {
            if let Some(Definition::Enumeration(enumeration)) = self.types.get_mut(&name) {
                (enumeration.size, enumeration.signed) = (size, signed);
            }
        }
        abi.types = self.types;
        abi.locations.extend(self.locations);
        abi.notes.extend(self.notes);
    }

    pub fn is_defined(&self, name: &str) -> bool {
        self.started.contains(name)
    }

    /// A type that is passed as it is. None is `void`.
    pub fn of(&mut self, entry: Option<Entry<'i, 'd>>) -> Result<Type> {
        let Some(entry) = entry else {
            return Ok(Type::Void);
        };
        match entry.tag() {
            dw::DW_TAG_base_type => base(&entry, self.language),
            dw::DW_TAG_pointer_type => self.pointer(&entry),
            dw::DW_TAG_subroutine_type => Ok(Type::Function(Box::new(self.signature(&entry)?))),
            dw::DW_TAG_array_type => {
                let of = self.of(entry.of()?)?;
                let lengths = entry.lengths()?.into_iter().rev();
                let of = lengths.fold(of, Type::array);
                // It is passed in a register of its own.
                if entry.is(dw::DW_AT_GNU_vector) {
                    return Ok(Type::Other(format!("vector {of}")));
                }
                Ok(of)
            }
            dw::DW_TAG_typedef => self.typedef(&entry),
            // Only behind a pointer does it matter, and there it is looked at.
            _ if spelling::qualifier(&entry).is_some() => self.of(entry.of()?),
            dw::DW_TAG_structure_type | dw::DW_TAG_union_type | dw::DW_TAG_enumeration_type => {
                match self.language {
                    Language::C => self.c_named(&entry),
                    Language::Rust => rust::named(self, &entry, true),
                }
            }
            other => Ok(Type::Other(
                entry.name()?.unwrap_or_else(|| other.to_string()),
            )),
        }
    }

    /// What a function takes and returns; also that of a function itself.
    pub fn signature(&mut self, entry: &Entry<'i, 'd>) -> Result<Signature> {
        let mut parameters = Vec::new();
        // C's `()` says nothing about the parameters.
        let mut variadic = self.language == Language::C && !entry.is(dw::DW_AT_prototyped);
        for child in entry.children()? {
            match child.tag() {
                // What has no size is not passed at all.
                dw::DW_TAG_formal_parameter
                    if self.language == Language::Rust && has_no_size(&child)? => {}
                dw::DW_TAG_formal_parameter => parameters.push(Parameter {
                    name: child.name()?,
                    of: self.of(child.of()?)?,
                    spelling: spelling::argument(child.of()?)?,
                }),
                dw::DW_TAG_unspecified_parameters => variadic = true,
                _ => {}
            }
        }
        Ok(Signature {
            parameters,
            result: self.of(entry.of()?)?,
            variadic,
            result_spelling: spelling::spelled(entry.of()?)?,
        })
    }

    fn pointer(&mut self, entry: &Entry<'i, 'd>) -> Result<Type> {
        let (target, mut qualifiers) = unqualified(entry.of()?)?;
        if self.language == Language::Rust {
            return rust::pointer(self, entry, target);
        }
        if target.as_ref().map(Entry::tag) == Some(dw::DW_TAG_subroutine_type) {
            return self.of(target);
        }
        let access = match qualifiers.remove("const") {
            true => Access::Const,
            false => Access::Mut,
        };
        let to = match target {
            Some(target) => self.pointee(target)?,
            None => Type::Void,
        };
        let to = Box::new(qualified(to, qualifiers));
        Ok(Type::Pointer { access, to })
    }

    /// C: what a pointer leads to. What lies outside of the library's headers is not looked into.
    fn pointee(&mut self, target: Entry<'i, 'd>) -> Result<Type> {
        let mut of = target.clone();
        while of.tag() == dw::DW_TAG_typedef
            && let Some(next) = of.of()?
        {
            of = next;
        }
        if is_tagged(&of)
            && of.is_type_definition()
            && let Some(name) = of.name()?
            && !self.is_own(&of)?
        {
            self.notes.insert(Note::new(
                &name,
                "its content: a header of others declares it, and it is only pointed to",
            ));
            return Ok(Type::Named(self.name_of(name)));
        }
        self.of(Some(target))
    }

    /// C: the name by which the library's users know a tag.
    fn name_of(&self, tag: String) -> String {
        self.c.names.get(&tag).cloned().unwrap_or(tag)
    }

    fn typedef(&mut self, entry: &Entry<'i, 'd>) -> Result<Type> {
        let name = entry.name()?;
        match name.as_deref() {
            Some("size_t" | "uintptr_t") => return Ok(Type::Size { signed: false }),
            Some("ssize_t" | "ptrdiff_t" | "intptr_t") => return Ok(Type::Size { signed: true }),
            _ => {}
        }
        match entry.of()? {
            // `typedef struct { ... } Name;` is how it gets its name.
            Some(of) if of.is_type_definition() && is_tagged(&of) && of.name()?.is_none() => {
                self.c.unnamed = name.map(|name| (name.clone(), Some(name)));
                self.c_named(&of)
            }
            of => {
                let of = self.of(of)?;
                // `enum Name { ... }; typedef uint32_t Name;` fixes the size of an enum.
                match (name, &of) {
                    (Some(name), Type::Integer { size, signed })
                        if self.c.enums.contains(&name) =>
                    {
                        self.c.retyped.insert(name.clone(), (*size, *signed));
                        Ok(Type::Named(name))
                    }
                    _ => Ok(of),
                }
            }
        }
    }

    fn c_named(&mut self, entry: &Entry<'i, 'd>) -> Result<Type> {
        let unnamed = self.c.unnamed.take();
        let of_tag = |tag: String| {
            let spelling = format!("{}{tag}", spelling::keyword(entry));
            (self.name_of(tag), Some(spelling))
        };
        let Some((name, spelling)) = entry.name()?.map(of_tag).or(unnamed) else {
            return Ok(Type::Other("a type without a name".into()));
        };
        if entry.is_type_definition() {
            if entry.tag() != dw::DW_TAG_enumeration_type {
                let spelling = spelling.map(|spelling| (name.clone(), spelling));
                self.c.spellings.extend(spelling);
            }
            self.define(&name, entry)?;
        }
        Ok(Type::Named(name))
    }

    /// Notes what `name` stands for.
    pub fn define(&mut self, name: &str, entry: &Entry<'i, 'd>) -> Result<()> {
        if !self.started.insert(name.to_owned()) {
            return Ok(());
        }
        if entry.size()? == Some(0) {
            return Ok(()); // Nobody has such a value: it stands for what is opaque.
        }
        let definition = if entry.tag() == dw::DW_TAG_enumeration_type {
            Definition::Enumeration(enumeration(entry, self.language)?)
        } else {
            Definition::Record(self.record(name, entry)?)
        };
        self.types.insert(name.to_owned(), definition);
        let location = entry.location()?.map(|of| (name.to_owned(), of));
        self.locations.extend(location);
        Ok(())
    }

    fn record(&mut self, name: &str, entry: &Entry<'i, 'd>) -> Result<Record> {
        let mut fields = Vec::new();
        self.add_fields(name, entry, 0, &mut fields)?;
        fields.sort_by_key(|field| (field.offset, field.bits.map(|bits| bits.first)));
        Ok(Record {
            is_union: entry.tag() == dw::DW_TAG_union_type,
            size: entry.size()?.unwrap_or(0),
            alignment: entry.number(dw::DW_AT_alignment).unwrap_or(0),
            fields,
        })
    }

    /// Adds the fields of a struct that begins at `start`; those of a member without a name are its
    /// own, as in C.
    fn add_fields(
        &mut self,
        outer: &str,
        entry: &Entry<'i, 'd>,
        start: u64,
        fields: &mut Vec<Field>,
    ) -> Result<()> {
        for member in members(entry)? {
            let (mut offset, bits) = place(&member)?;
            offset += start;
            let of = member.of()?;
            let Some(name) = member.name()? else {
                if let Some(of) = of.filter(is_tagged) {
                    self.add_fields(outer, &of, offset, fields)?;
                }
                continue;
            };
            let name = match self.language {
                Language::C => name,
                Language::Rust => rust::field_in_c(&name),
            };
            self.c.unnamed = Some((format!("{outer}::{name}"), None));
            let of = qualified(self.of(of.clone())?, unqualified(of)?.1);
            self.c.unnamed = None;
            fields.push(Field {
                name,
                offset,
                of,
                bits,
            });
        }
        Ok(())
    }
}

/// The path of a file in full. What `#line` names need not exist.
pub(super) fn canonical(file: &Path) -> PathBuf {
    let path = fs::canonicalize(file).or_else(|_| path::absolute(file));
    path.unwrap_or_else(|_| file.to_owned())
}

/// The tag by which a parameter names a struct, union or enum, or what it points to.
fn tag_behind(mut of: Option<Entry<'_, '_>>) -> Result<Option<String>> {
    while let Some(entry) = of {
        if is_tagged(&entry) {
            return entry.name();
        }
        let leads_on =
            entry.tag() == dw::DW_TAG_pointer_type || spelling::qualifier(&entry).is_some();
        of = if leads_on { entry.of()? } else { None };
    }
    Ok(None)
}

fn has_no_size(child: &Entry<'_, '_>) -> Result<bool> {
    Ok(child.of()?.map_or(Ok(None), |of| of.size())? == Some(0))
}

/// Where a member lies: the byte, and the bits if it is a bit-field.
fn place(member: &Entry<'_, '_>) -> Result<(u64, Option<Bits>)> {
    let byte = member.number(dw::DW_AT_data_member_location).unwrap_or(0);
    let Some(width) = member.number(dw::DW_AT_bit_size) else {
        return Ok((byte, None));
    };
    let first = match member.number(dw::DW_AT_data_bit_offset) {
        Some(first) => byte * 8 + first,
        None => {
            // Clang for GDB: counted from the most significant bit of what holds it.
            let size = member.of()?.map_or(Ok(None), |of| of.size())?.unwrap_or(0);
            let from_top = member.number(dw::DW_AT_bit_offset).unwrap_or(0);
            byte * 8 + (size * 8).saturating_sub(from_top + width)
        }
    };
    let bits = Bits {
        first: first % 8,
        width,
    };
    Ok((first / 8, Some(bits)))
}

/// A struct, a union or an enum: what has a tag in C.
pub(super) fn is_tagged(entry: &Entry<'_, '_>) -> bool {
    matches!(
        entry.tag(),
        dw::DW_TAG_structure_type | dw::DW_TAG_union_type | dw::DW_TAG_enumeration_type
    )
}

/// The fields of a struct that take up space, and arrays that may go on behind its end.
pub(super) fn members<'i, 'd>(entry: &Entry<'i, 'd>) -> Result<Vec<Entry<'i, 'd>>> {
    let mut members = Vec::new();
    for child in entry.children()? {
        if child.tag() == dw::DW_TAG_member {
            let of = child.of()?.context("a field without a type")?;
            if of.size()? != Some(0) || of.tag() == dw::DW_TAG_array_type {
                members.push(child);
            }
        }
    }
    Ok(members)
}

pub(super) fn enumeration(entry: &Entry<'_, '_>, language: Language) -> Result<Enumeration> {
    let size = entry.size()?.context("an enum without a size")?;
    let of = entry.of()?.map(|of| base(&of, language)).transpose()?;
    let signed = match of {
        Some(Type::Integer { signed, .. } | Type::Size { signed }) => signed,
        _ => false,
    };
    let mut values = BTreeMap::new();
    for child in entry.children()? {
        if child.tag() == dw::DW_TAG_enumerator {
            let name = child.name()?.unwrap_or_default();
            values.insert(name, child.value(size, signed)?);
        }
    }
    Ok(Enumeration {
        size,
        signed,
        values,
    })
}

/// What a pointer or a field holds, without its qualifiers; and these. An array has those of its elements.
fn unqualified<'i, 'd>(
    entry: Option<Entry<'i, 'd>>,
) -> Result<(Option<Entry<'i, 'd>>, BTreeSet<&'static str>)> {
    let (mut held, mut inner, mut qualifiers) = (entry.clone(), entry, BTreeSet::new());
    let mut is_array = false;
    while let Some(of) = inner {
        let (tag, qualifier) = (of.tag(), spelling::qualifier(&of));
        is_array |= tag == dw::DW_TAG_array_type;
        inner = of.of()?;
        // `typedef const double reading;` and `typedef int32_t visitor(double);`
        if tag == dw::DW_TAG_subroutine_type {
            held = Some(of);
            break;
        } else if let Some(word) = qualifier {
            qualifiers.insert(word);
            held = if is_array { held } else { inner.clone() };
        } else if ![dw::DW_TAG_typedef, dw::DW_TAG_array_type].contains(&tag) {
            break;
        }
    }
    Ok((held, qualifiers))
}

fn qualified(of: Type, by: BTreeSet<&str>) -> Type {
    let by = by.into_iter().filter(|by| *by != "restrict");
    by.rfold(of, Type::qualified)
}

fn base(entry: &Entry<'_, '_>, language: Language) -> Result<Type> {
    let name = entry.name()?.unwrap_or_default();
    let size = entry.size()?.unwrap_or(0);
    let encoding = dw::DwAte(entry.number(dw::DW_AT_encoding).unwrap_or(0) as u8);
    Ok(match (encoding, name.as_str()) {
        (_, "()" | "!") if language == Language::Rust => Type::Void,
        (_, "usize") if language == Language::Rust => Type::Size { signed: false },
        (_, "isize") if language == Language::Rust => Type::Size { signed: true },
        (_, "char") if language == Language::C => Type::Char,
        (dw::DW_ATE_boolean, _) => Type::Bool,
        // It is not the only number of its size: `__float128`, and Rust's `f128`.
        (dw::DW_ATE_float, "long double") if size > 8 => Type::Other(name),
        (dw::DW_ATE_float, _) => Type::Float { size },
        (dw::DW_ATE_signed | dw::DW_ATE_signed_char, _) => Type::Integer { size, signed: true },
        // UTF is Rust's `char`, and C's `char16_t` where it is a type of its own.
        (dw::DW_ATE_unsigned | dw::DW_ATE_unsigned_char | dw::DW_ATE_UTF, _) => Type::Integer {
            size,
            signed: false,
        },
        _ => Type::Other(name),
    })
}
