//! The Rust library by its debug information, and the rules of how rustc writes it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use gimli::constants as dw;

use super::entry::{self, Entry, Information, Sections};
use super::types::{Language, Reader, is_tagged, members};
use crate::Abi;
use crate::model::{Access, Type};

/// The functions `exported` as Rust has them, by the debug information in `library`, which is the
/// library's twin ([`crate::Library::twin`]) or another build without optimisation.
///
/// Of `header` only the names of its types are used: a type is opaque where the header does not
/// describe it, described where it does, and a struct around a single value is that value where the
/// header does not know the struct's name. What the types look like is Rust's word alone.
///
/// A name in `exported` that is no Rust function is left out.
///
/// # Errors
///
/// If `library` cannot be read or has no debug information.
pub fn rust_reader(library: &Path, exported: &BTreeSet<String>, header: &Abi) -> Result<Abi> {
    let data = entry::read(library)?;
    let failed = || format!("cannot read the debug information of {}", library.display());
    let sections = Sections::read(&data).with_context(failed)?;
    let information = Information::parse(&sections).with_context(failed)?;
    let mut reader = Reader::new(Language::Rust);
    reader.declared = header.types.keys().cloned().collect();
    reader.described = header.described().into_iter().map(str::to_owned).collect();

    let mut abi = Abi {
        pointer_size: information.pointer_size(),
        ..Abi::default()
    };
    let functions = [dw::DW_TAG_subprogram];
    for entry in information
        .find(&functions, |name| exported.contains(name))
        .with_context(failed)?
    {
        let name = match entry.text(dw::DW_AT_linkage_name)? {
            Some(name) => name,
            None => entry.name()?.unwrap_or_default(),
        };
        abi.functions.insert(name, reader.signature(&entry)?);
    }
    read_unmentioned(&mut reader, &information).with_context(failed)?;
    reader.finish(&mut abi);
    abi.declare_opaque();
    Ok(abi)
}

/// The types in the header that no function mentions, such as an enum whose values come in as
/// integers.
fn read_unmentioned(reader: &mut Reader, information: &Information<'_>) -> Result<()> {
    let names: BTreeSet<String> = reader
        .described
        .iter()
        .filter(|name| !reader.has(name))
        .cloned()
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let types = [
        dw::DW_TAG_structure_type,
        dw::DW_TAG_union_type,
        dw::DW_TAG_enumeration_type,
    ];
    for entry in information.find(&types, |name| names.contains(name))? {
        named(reader, &entry, true)?;
    }
    Ok(())
}

/// A pointer, a reference, a `Box` or a function pointer. Only its name says which.
pub(super) fn pointer(
    reader: &mut Reader,
    entry: &Entry<'_, '_>,
    target: Option<Entry<'_, '_>>,
) -> Result<Type> {
    let name = entry.name()?.unwrap_or_default();
    match target {
        Some(target) if target.tag() == dw::DW_TAG_subroutine_type => {
            if name.contains("extern \"C\"") {
                Ok(Type::Function(Box::new(reader.signature(&target)?)))
            } else {
                Ok(Type::Other(format!("{name}, not extern C")))
            }
        }
        target => {
            let is_shared = name.starts_with('&') && !name.starts_with("&mut ");
            let is_const = is_shared || name.starts_with("*const ");
            let access = if is_const { Access::Const } else { Access::Mut };
            Ok(Type::Pointer {
                access,
                to: Box::new(pointee(reader, target)?),
            })
        }
    }
}

fn pointee(reader: &mut Reader, target: Option<Entry<'_, '_>>) -> Result<Type> {
    match target {
        Some(target) if is_tagged(&target) => named(reader, &target, false),
        target => reader.of(target),
    }
}

/// Types of the standard library that are their content and nothing else.
const CONTAINERS: [&str; 12] = [
    "MaybeUninit<",
    "ManuallyDrop<",
    "Cell<",
    "UnsafeCell<",
    "SyncUnsafeCell<",
    "Pin<",
    "Wrapping<",
    "Saturating<",
    "NonZero<",
    "NonZeroInner<",
    "Atomic<",
    "Exclusive<",
];

fn is_container(name: &str) -> bool {
    let is_inner = || name.starts_with("NonZero") && name.ends_with("Inner");
    let is_atomic = || name.starts_with("Atomic") && !name.contains('<');
    CONTAINERS
        .iter()
        .any(|container| name.starts_with(container))
        || is_inner()
        || is_atomic()
}

/// A struct, union or enum, by value or behind a pointer.
pub(super) fn named(reader: &mut Reader, entry: &Entry<'_, '_>, by_value: bool) -> Result<Type> {
    let name = entry.name()?.unwrap_or_default();
    if name == "c_void" {
        return Ok(Type::Void);
    }
    if let Some(some) = payload(entry, &name)? {
        return if by_value {
            reader.of(Some(some))
        } else {
            pointee(reader, Some(some))
        };
    }
    if !reader.declared.contains(&name)
        && let Some(only) = single_value(entry)?
    {
        if name.starts_with("NonNull<") {
            return Ok(writable(reader.of(Some(only))?));
        }
        let leads_somewhere = only
            .name()?
            .is_some_and(|name| reader.declared.contains(&name));
        if by_value || is_container(&name) {
            return reader.of(Some(only));
        }
        if leads_somewhere {
            return pointee(reader, Some(only));
        }
    }
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(Type::Other(name));
    }
    if by_value || reader.described.contains(&name) {
        if has_variants(entry)? {
            return Ok(Type::Other(format!("{name}, an enum with data")));
        }
        reader.define(&name, entry)?;
    }
    Ok(Type::Named(name))
}

/// What an `Option` may hold, if it is no larger than that: its `None` is then a value that the type
/// itself does not have, NULL.
fn payload<'i, 'd>(entry: &Entry<'i, 'd>, name: &str) -> Result<Option<Entry<'i, 'd>>> {
    if !name.starts_with("Option<") {
        return Ok(None);
    }
    let part = entry
        .children()?
        .into_iter()
        .find(|child| child.tag() == dw::DW_TAG_variant_part);
    let Some(part) = part else { return Ok(None) };
    for variant in part.children()? {
        for member in members(&variant)? {
            if member.name()?.as_deref() == Some("Some") {
                return member.of()?.map_or(Ok(None), |some| single_value(&some));
            }
        }
    }
    Ok(None)
}

/// The type of the only field, if that is all there is to a struct or union.
fn single_value<'i, 'd>(entry: &Entry<'i, 'd>) -> Result<Option<Entry<'i, 'd>>> {
    if entry.tag() == dw::DW_TAG_enumeration_type {
        return Ok(None);
    }
    match &members(entry)?[..] {
        [only] => Ok(only.of()?.filter(|of| of.size().ok() == entry.size().ok())),
        _ => Ok(None),
    }
}

fn has_variants(entry: &Entry<'_, '_>) -> Result<bool> {
    Ok(entry
        .children()?
        .iter()
        .any(|child| child.tag() == dw::DW_TAG_variant_part))
}

/// `NonNull` holds a `*const` and hands out a `*mut`; cbindgen sees the latter.
fn writable(pointer: Type) -> Type {
    match pointer {
        Type::Pointer { to, .. } => Type::Pointer {
            access: Access::Mut,
            to,
        },
        other => other,
    }
}

/// The name of a field as cbindgen writes it: those of a tuple have only a number.
pub(super) fn field_in_c(name: &str) -> String {
    match name.strip_prefix("__") {
        Some(number) if number.parse::<u32>().is_ok() => format!("_{number}"),
        _ => name.to_owned(),
    }
}

/// The name of an enum's variant as cbindgen writes it: `HelloStatus` and `InvalidUtf8` become
/// `HELLO_STATUS_INVALID_UTF8`.
pub(super) fn variant_in_c(enum_name: &str, variant: &str) -> String {
    format!("{}_{}", shouted(enum_name), shouted(variant))
}

/// A word ends before an upper-case letter that follows a lower-case one, and before the last of
/// several upper-case letters; a digit belongs to the letter before it.
fn shouted(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut shouted = String::new();
    let mut after_lower = false;
    let mut after_upper = false;
    for (index, &letter) in letters.iter().enumerate() {
        let before_lower = letters
            .get(index + 1)
            .is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || (after_upper && before_lower)) {
            shouted.push('_');
        }
        if letter.is_alphabetic() {
            (after_lower, after_upper) = (letter.is_lowercase(), letter.is_uppercase());
        }
        shouted.extend(letter.to_uppercase());
    }
    shouted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_named_as_cbindgen_names_it() {
        for (variant, expected) in [
            ("Ok", "HELLO_STATUS_OK"),
            ("NullPointer", "HELLO_STATUS_NULL_POINTER"),
            ("InvalidUtf8", "HELLO_STATUS_INVALID_UTF8"),
            ("Utf8Error", "HELLO_STATUS_UTF8_ERROR"),
            ("IOError", "HELLO_STATUS_IO_ERROR"),
            ("A1B", "HELLO_STATUS_A1B"),
        ] {
            assert_eq!(variant_in_c("HelloStatus", variant), expected);
        }
    }

    #[test]
    fn a_field_of_a_tuple_has_one_underscore_in_c() {
        assert_eq!(field_in_c("__0"), "_0");
        assert_eq!(field_in_c("__name"), "__name");
        assert_eq!(field_in_c("value"), "value");
    }
}
