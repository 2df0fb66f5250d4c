//! How C writes a type, from its debug information: with the names that the header uses.

use anyhow::Result;
use gimli::constants as dw;

use super::entry::Entry;
use crate::c::Spelling;

/// The spelling of a type. None for one without a name that could be written.
pub(super) fn spelling(of: Option<Entry<'_, '_>>) -> Result<Option<Spelling>> {
    Ok(declare(of, "", Spelling::DECLARATOR)?.map(Spelling))
}

/// The spelling of a variable that holds an argument: what `const` says of a parameter is said of
/// the function's own copy.
pub(super) fn argument(of: Option<Entry<'_, '_>>) -> Result<Option<Spelling>> {
    match of {
        Some(of) if qualifier(&of).is_some() => argument(of.of()?),
        of => spelling(of),
    }
}

fn declare(
    of: Option<Entry<'_, '_>>,
    qualifiers: &str,
    declarator: &str,
) -> Result<Option<String>> {
    let simple = |name: &str| Ok(Some(format!("{qualifiers}{name} {declarator}")));
    let Some(of) = of else {
        return simple("void");
    };
    if let Some(word) = qualifier(&of) {
        return declare(of.of()?, &format!("{qualifiers}{word} "), declarator);
    }
    // Around a pointer to it, an array or a function needs parentheses.
    let inner = if declarator.starts_with('*') {
        format!("({declarator})")
    } else {
        declarator.to_owned()
    };
    let keyword = match of.tag() {
        dw::DW_TAG_pointer_type => {
            return declare(of.of()?, "", &format!("*{qualifiers}{declarator}"));
        }
        dw::DW_TAG_array_type => {
            let lengths = of.lengths()?.into_iter();
            let lengths = lengths.map(|length| match length {
                0 => "[]".to_owned(),
                length => format!("[{length}]"),
            });
            let declarator = format!("{inner}{}", lengths.collect::<String>());
            return declare(of.of()?, qualifiers, &declarator);
        }
        dw::DW_TAG_subroutine_type => {
            let Some(parameters) = parameters(&of)? else {
                return Ok(None);
            };
            return declare(of.of()?, "", &format!("{inner}({parameters})"));
        }
        _ => keyword(&of),
    };
    match of.name()? {
        Some(name) => simple(&format!("{keyword}{name}")),
        None => Ok(None),
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

fn parameters(function: &Entry<'_, '_>) -> Result<Option<String>> {
    let mut list = Vec::new();
    for child in function.children()? {
        match child.tag() {
            dw::DW_TAG_formal_parameter => match argument(child.of()?)? {
                Some(spelling) => list.push(spelling.in_c("")),
                None => return Ok(None),
            },
            dw::DW_TAG_unspecified_parameters if !list.is_empty() => list.push("...".into()),
            _ => {}
        }
    }
    Ok(Some(match list.is_empty() {
        false => list.join(", "),
        true if function.is(dw::DW_AT_prototyped) => "void".into(),
        true => String::new(),
    }))
}
