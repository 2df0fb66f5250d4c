//! How C writes a type, from its debug information: with the names that the header uses.

use anyhow::Result;
use gimli::constants as dw;

use super::entry::Entry;
use crate::model::{Access, Parameter, Signature, Type};

/// The spelling of a type: the same type, in which each name is written as the header does. None for one
/// without a name that could be written.
pub(super) fn spelling(of: Option<Entry<'_, '_>>) -> Result<Option<Type>> {
    let (mut of, mut qualifiers) = (of, String::new());
    while let Some(entry) = &of
        && let Some(word) = qualifier(entry)
    {
        qualifiers += &format!("{word} ");
        of = entry.of()?;
    }
    let simple = |name: &str| Ok(Some(Type::Other(format!("{qualifiers}{name}"))));
    let Some(of) = of else {
        return simple("void");
    };
    match of.tag() {
        dw::DW_TAG_pointer_type => pointer(&of),
        dw::DW_TAG_array_type => {
            let lengths = of.lengths()?.into_iter().rev();
            Ok(spelling(of.of()?)?.map(|of| lengths.fold(of, Type::array)))
        }
        _ => match of.name()? {
            Some(name) => simple(&format!("{}{name}", keyword(&of))),
            None => Ok(None),
        },
    }
}

fn pointer(pointer: &Entry<'_, '_>) -> Result<Option<Type>> {
    let (mut target, mut access) = (pointer.of()?, Access::Mut);
    if let Some(of) = &target
        && of.tag() == dw::DW_TAG_const_type
    {
        (target, access) = (of.of()?, Access::Const);
    }
    if let Some(function) = &target
        && function.tag() == dw::DW_TAG_subroutine_type
    {
        return signature(function);
    }
    let to = spelling(target)?.map(Box::new);
    Ok(to.map(|to| Type::Pointer { access, to }))
}

fn signature(function: &Entry<'_, '_>) -> Result<Option<Type>> {
    let mut parameters = Vec::new();
    let mut variadic = !function.is(dw::DW_AT_prototyped);
    for child in function.children()? {
        match child.tag() {
            dw::DW_TAG_formal_parameter => match argument(child.of()?)? {
                Some(of) => parameters.push(Parameter {
                    name: None,
                    of,
                    spelling: None,
                }),
                None => return Ok(None),
            },
            dw::DW_TAG_unspecified_parameters => variadic = true,
            _ => {}
        }
    }
    let result = spelling(function.of()?)?;
    Ok(result.map(|result| {
        Type::Function(Box::new(Signature {
            parameters,
            result,
            variadic,
            result_spelling: None,
        }))
    }))
}

/// The spelling of a variable that holds an argument: what `const` says of a parameter is said of
/// the function's own copy.
pub(super) fn argument(of: Option<Entry<'_, '_>>) -> Result<Option<Type>> {
    match of {
        Some(of) if qualifier(&of).is_some() => argument(of.of()?),
        of => spelling(of),
    }
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
