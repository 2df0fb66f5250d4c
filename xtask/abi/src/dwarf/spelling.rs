//! How C writes a type, from its debug information: with the names that the header uses.

use anyhow::Result;
use gimli::constants as dw;

use super::entry::Entry;
use crate::model::DECLARATOR;

/// The declaration of a variable of a type, as the header writes it. None for a type without a name that could
/// be written.
pub(super) fn spelling(of: Option<Entry<'_, '_>>) -> Result<Option<String>> {
    declaration(of, DECLARATOR)
}

/// The declaration of a variable that holds an argument: what `const` says of a parameter is said of
/// the function's own copy.
pub(super) fn argument(of: Option<Entry<'_, '_>>) -> Result<Option<String>> {
    spelling(unqualified(of)?)
}

fn unqualified<'i, 'd>(mut of: Option<Entry<'i, 'd>>) -> Result<Option<Entry<'i, 'd>>> {
    while let Some(entry) = &of
        && qualifier(entry).is_some()
    {
        of = entry.of()?;
    }
    Ok(of)
}

/// C writes a type around the declarator, inside out.
fn declaration(of: Option<Entry<'_, '_>>, declarator: &str) -> Result<Option<String>> {
    let (mut of, mut qualifiers) = (of, String::new());
    while let Some(entry) = &of
        && let Some(word) = qualifier(entry)
    {
        qualifiers += &format!("{word} ");
        of = entry.of()?;
    }
    let simple = |name: &str| Ok(Some(format!("{qualifiers}{name} {declarator}")));
    let Some(of) = of else {
        return simple("void");
    };
    match of.tag() {
        dw::DW_TAG_pointer_type => {
            let target = of.of()?;
            let tag = unqualified(target.clone())?.map(|of| of.tag());
            let is_within = [dw::DW_TAG_array_type, dw::DW_TAG_subroutine_type].map(Some);
            declaration(
                target,
                &match is_within.contains(&tag) {
                    true => format!("(*{qualifiers}{declarator})"),
                    false => format!("*{qualifiers}{declarator}"),
                },
            )
        }
        dw::DW_TAG_array_type => {
            let lengths = of.lengths()?.into_iter().map(|length| match length {
                0 => "[]".to_owned(),
                length => format!("[{length}]"),
            });
            declaration(
                of.of()?,
                &(declarator.to_owned() + &lengths.collect::<String>()),
            )
        }
        dw::DW_TAG_subroutine_type => {
            let mut parameters = Vec::new();
            for child in of.children()? {
                if child.tag() == dw::DW_TAG_unspecified_parameters {
                    parameters.push("...".to_owned());
                } else if let Some(of) = declaration(unqualified(child.of()?)?, "")? {
                    parameters.push(of.trim_end().to_owned());
                } else {
                    return Ok(None);
                }
            }
            let parameters = match of.is(dw::DW_AT_prototyped) {
                true if parameters.is_empty() => "void".to_owned(),
                true => parameters.join(", "),
                // C's `()` says nothing about them.
                false => String::new(),
            };
            declaration(of.of()?, &format!("{declarator}({parameters})"))
        }
        _ => match of.name()? {
            Some(name) => simple(&format!("{}{name}", keyword(&of))),
            None => Ok(None),
        },
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
