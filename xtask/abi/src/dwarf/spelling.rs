//! How C writes a type, from its debug information: with the names that the header uses.

use anyhow::Result;
use gimli::constants as dw;

use super::entry::Entry;
use crate::model::{Access, Parameter, Signature, Type};

/// A type with the names of the header. None for a type without a name that could be written.
pub(super) fn spelled(of: Option<Entry<'_, '_>>) -> Result<Option<Type>> {
    let Some(of) = of else {
        return Ok(Some(Type::Void));
    };
    let inner = of.of()?;
    let is_function = |of: &Entry<'_, '_>| of.tag() == dw::DW_TAG_subroutine_type;
    Ok(match (of.tag(), qualifier(&of)) {
        (_, Some(word)) => spelled(inner)?.map(|of| of.qualified(word)),
        (dw::DW_TAG_pointer_type, _) if inner.as_ref().is_some_and(is_function) => spelled(inner)?,
        (dw::DW_TAG_pointer_type, _) => spelled(inner)?.map(|to| Type::Pointer {
            access: Access::Mut,
            to: Box::new(to),
        }),
        (dw::DW_TAG_array_type, _) => {
            let lengths = of.lengths()?;
            spelled(inner)?.map(|of| lengths.into_iter().rfold(of, Type::array))
        }
        (dw::DW_TAG_subroutine_type, _) => {
            let mut parameters = Vec::new();
            // C's `()` says nothing about them.
            let mut variadic = !of.is(dw::DW_AT_prototyped);
            for child in of.children()? {
                if child.tag() == dw::DW_TAG_unspecified_parameters {
                    variadic = true;
                } else if let Some(of) = argument(child.of()?)? {
                    parameters.push(Parameter::of(of));
                } else {
                    return Ok(None);
                }
            }
            spelled(inner)?.map(|result| {
                Type::Function(Box::new(Signature {
                    parameters,
                    result,
                    variadic,
                    result_spelling: None,
                }))
            })
        }
        _ => of
            .name()?
            .map(|name| Type::Other(format!("{}{name}", keyword(&of)))),
    })
}

/// The type of a variable that holds an argument: what `const` says of a parameter is said of the function's own
/// copy.
pub(super) fn argument(of: Option<Entry<'_, '_>>) -> Result<Option<Type>> {
    Ok(spelled(of)?.map(|of| of.without_qualifiers().clone()))
}

/// What C puts before the name of a tag.
pub(super) fn keyword(of: &Entry<'_, '_>) -> &'static str {
    match of.tag() {
        dw::DW_TAG_structure_type => "struct ",
        dw::DW_TAG_union_type => "union ",
        dw::DW_TAG_enumeration_type => "enum ",
        _ => "",
    }
}

pub(super) fn qualifier(of: &Entry<'_, '_>) -> Option<&'static str> {
    match of.tag() {
        dw::DW_TAG_const_type => Some("const"),
        dw::DW_TAG_volatile_type => Some("volatile"),
        dw::DW_TAG_restrict_type => Some("restrict"),
        dw::DW_TAG_atomic_type => Some("_Atomic"),
        _ => None,
    }
}
