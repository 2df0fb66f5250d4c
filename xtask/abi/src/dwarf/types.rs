//! From an entry of the debug information to a type of the model.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use gimli::constants as dw;

use super::entry::Entry;
use super::rust;
use crate::model::{Access, Definition, Enumeration, Field, Parameter, Record, Signature, Type};

/// Whose types they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    C,
    Rust,
}

/// Reads types, and keeps what it has read about those that have a name.
pub(super) struct Reader {
    pub language: Language,
    /// Rust: the names in the header, for it is the header that says which names there are to C.
    pub declared: BTreeSet<String>,
    /// Rust: those of them that C sees into, also behind a pointer.
    pub described: BTreeSet<String>,
    /// C: how the name of each struct and union is written there.
    pub spellings: BTreeMap<String, String>,
    types: BTreeMap<String, Definition>,
    /// Those that are being read, for a struct may lead to itself.
    started: BTreeSet<String>,
}

impl Reader {
    pub fn new(language: Language) -> Reader {
        Reader {
            language,
            declared: BTreeSet::new(),
            described: BTreeSet::new(),
            spellings: BTreeMap::new(),
            types: BTreeMap::new(),
            started: BTreeSet::new(),
        }
    }

    /// The named types that it has met, as far as they are not opaque.
    pub fn finish(self) -> BTreeMap<String, Definition> {
        self.types
    }

    pub fn has(&self, name: &str) -> bool {
        self.started.contains(name)
    }

    /// A type that is passed as it is. None is `void`.
    pub fn of(&mut self, entry: Option<Entry<'_, '_>>) -> Result<Type> {
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
                Ok(lengths.fold(of, |of, length| Type::Array {
                    of: Box::new(of),
                    length,
                }))
            }
            dw::DW_TAG_typedef => self.typedef(&entry),
            // Only behind a pointer does it matter, and there it is looked at.
            dw::DW_TAG_const_type | dw::DW_TAG_volatile_type | dw::DW_TAG_restrict_type => {
                self.of(entry.of()?)
            }
            dw::DW_TAG_structure_type | dw::DW_TAG_union_type | dw::DW_TAG_enumeration_type => {
                match self.language {
                    Language::C => self.c_named(&entry, entry.name()?),
                    Language::Rust => rust::named(self, &entry, true),
                }
            }
            other => Ok(Type::Other(
                entry.name()?.unwrap_or_else(|| other.to_string()),
            )),
        }
    }

    /// What a function takes and returns; also that of a function itself.
    pub fn signature(&mut self, entry: &Entry<'_, '_>) -> Result<Signature> {
        let mut parameters = Vec::new();
        // C's `()` says nothing about the parameters.
        let mut variadic = self.language == Language::C && !entry.is(dw::DW_AT_prototyped);
        for child in entry.children()? {
            match child.tag() {
                dw::DW_TAG_formal_parameter => parameters.push(Parameter {
                    name: child.name()?,
                    of: self.of(child.of()?)?,
                }),
                dw::DW_TAG_unspecified_parameters => variadic = true,
                _ => {}
            }
        }
        Ok(Signature {
            parameters,
            result: self.of(entry.of()?)?,
            variadic,
        })
    }

    fn pointer(&mut self, entry: &Entry<'_, '_>) -> Result<Type> {
        let (target, is_const) = unqualified(entry.of()?)?;
        if self.language == Language::Rust {
            return rust::pointer(self, entry, target);
        }
        if target
            .as_ref()
            .is_some_and(|target| target.tag() == dw::DW_TAG_subroutine_type)
        {
            return self.of(target);
        }
        let access = if is_const { Access::Const } else { Access::Mut };
        Ok(Type::Pointer {
            access,
            to: Box::new(self.of(target)?),
        })
    }

    fn typedef(&mut self, entry: &Entry<'_, '_>) -> Result<Type> {
        let name = entry.name()?;
        match name.as_deref() {
            Some("size_t" | "uintptr_t") => return Ok(Type::Size { signed: false }),
            Some("ssize_t" | "ptrdiff_t" | "intptr_t") => return Ok(Type::Size { signed: true }),
            _ => {}
        }
        match entry.of()? {
            // `typedef struct { ... } Name;` is how it gets its name.
            Some(of) if of.is_type_definition() && of.name()?.is_none() => self.c_named(&of, name),
            of => self.of(of),
        }
    }

    fn c_named(&mut self, entry: &Entry<'_, '_>, name: Option<String>) -> Result<Type> {
        let Some(name) = name else {
            return Ok(Type::Other("a type without a name".into()));
        };
        if entry.is_type_definition() {
            self.spell(&name, entry)?;
            self.define(&name, entry)?;
        }
        Ok(Type::Named(name))
    }

    fn spell(&mut self, name: &str, entry: &Entry<'_, '_>) -> Result<()> {
        let kind = match entry.tag() {
            dw::DW_TAG_enumeration_type => return Ok(()),
            dw::DW_TAG_union_type => "union",
            _ => "struct",
        };
        let is_tag = entry.name()?.is_some();
        let spelling = if is_tag {
            format!("{kind} {name}")
        } else {
            name.to_owned()
        };
        self.spellings.insert(name.to_owned(), spelling);
        Ok(())
    }

    /// Notes what `name` stands for.
    pub fn define(&mut self, name: &str, entry: &Entry<'_, '_>) -> Result<()> {
        if !self.started.insert(name.to_owned()) {
            return Ok(());
        }
        let definition = if entry.tag() == dw::DW_TAG_enumeration_type {
            Definition::Enumeration(enumeration(entry, self.language)?)
        } else {
            Definition::Record(self.record(entry)?)
        };
        self.types.insert(name.to_owned(), definition);
        Ok(())
    }

    fn record(&mut self, entry: &Entry<'_, '_>) -> Result<Record> {
        let mut fields = Vec::new();
        for member in members(entry)? {
            let name = member.name()?.unwrap_or_default();
            let name = match self.language {
                Language::C => name,
                Language::Rust => rust::field_in_c(&name),
            };
            let offset = member.number(dw::DW_AT_data_member_location).unwrap_or(0);
            fields.push(Field {
                name,
                offset,
                of: self.of(member.of()?)?,
            });
        }
        fields.sort_by_key(|field| field.offset);
        Ok(Record {
            is_union: entry.tag() == dw::DW_TAG_union_type,
            size: entry.size()?.unwrap_or(0),
            alignment: entry.number(dw::DW_AT_alignment).unwrap_or(0),
            fields,
        })
    }
}

/// The fields of a struct that take up space.
pub(super) fn members<'i, 'd>(entry: &Entry<'i, 'd>) -> Result<Vec<Entry<'i, 'd>>> {
    let mut members = Vec::new();
    for child in entry.children()? {
        if child.tag() == dw::DW_TAG_member {
            let of = child.of()?.context("a field without a type")?;
            if of.size()? != Some(0) {
                members.push(child);
            }
        }
    }
    Ok(members)
}

pub(super) fn enumeration(entry: &Entry<'_, '_>, language: Language) -> Result<Enumeration> {
    let size = entry.size()?.context("an enum without a size")?;
    let signed = match entry.of()? {
        Some(of) => matches!(
            base(&of, language)?,
            Type::Integer { signed: true, .. } | Type::Size { signed: true }
        ),
        None => false,
    };
    let enum_name = entry.name()?.unwrap_or_default();
    let mut values = BTreeMap::new();
    for child in entry.children()? {
        if child.tag() == dw::DW_TAG_enumerator {
            let name = child.name()?.unwrap_or_default();
            let name = match language {
                Language::C => name,
                Language::Rust => rust::variant_in_c(&enum_name, &name),
            };
            values.insert(name, child.value(size, signed)?);
        }
    }
    Ok(Enumeration {
        size,
        signed,
        values,
    })
}

/// What a pointer points to, without `const`, `volatile` and `restrict`; and whether it was `const`.
fn unqualified<'i, 'd>(mut entry: Option<Entry<'i, 'd>>) -> Result<(Option<Entry<'i, 'd>>, bool)> {
    let mut is_const = false;
    while let Some(of) = &entry {
        let is_alias = match of.tag() {
            dw::DW_TAG_const_type => {
                is_const = true;
                true
            }
            dw::DW_TAG_volatile_type | dw::DW_TAG_restrict_type => true,
            // `typedef const double reading;` and `typedef int32_t visitor(double);`
            dw::DW_TAG_typedef => of.of()?.is_some_and(|of| {
                [
                    dw::DW_TAG_const_type,
                    dw::DW_TAG_volatile_type,
                    dw::DW_TAG_subroutine_type,
                ]
                .contains(&of.tag())
            }),
            _ => false,
        };
        if !is_alias {
            break;
        }
        entry = of.of()?;
    }
    Ok((entry, is_const))
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
        (dw::DW_ATE_float, _) => Type::Float { size },
        (dw::DW_ATE_signed | dw::DW_ATE_signed_char, _) => Type::Integer { size, signed: true },
        (dw::DW_ATE_unsigned | dw::DW_ATE_unsigned_char, _) => Type::Integer {
            size,
            signed: false,
        },
        _ => Type::Other(name),
    })
}
