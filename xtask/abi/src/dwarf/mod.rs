//! Debug information (DWARF) as a description of an ABI: that of the Rust library, and that which the
//! C compiler writes about the header. Both are read by the same code, [`types`].

mod entry;
mod rust;
mod types;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use gimli::constants as dw;

use crate::Abi;
use crate::model::Signature;
use entry::{Entry, Information};
use types::{Language, Reader};

pub use rust::rust_witness;

/// What a C file declares.
pub(crate) struct Declarations {
    pub abi: Abi,
    /// How C writes the name of each struct and union: with or without `struct`.
    pub spellings: BTreeMap<String, String>,
}

/// Reads the debug information of a file that was made from C.
///
/// Its functions are what the variables whose name begins with `prefix` point to, named by the rest
/// of it. Its types are those that `is_wanted` says yes to, by the name of the file that declares
/// them, and those that they and the functions need. The alignment of a struct is not in there: it
/// is 0.
pub(crate) fn c_declarations(
    path: &Path,
    prefix: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Declarations> {
    let data = entry::read(path)?;
    let information = Information::parse(&data)
        .with_context(|| format!("cannot read the debug information of {}", path.display()))?;
    let mut reader = Reader::new(Language::C);
    let mut functions = BTreeMap::new();
    for unit in information.units() {
        for entry in unit.children()? {
            let name = entry.name()?.unwrap_or_default();
            if let (dw::DW_TAG_variable, Some(function)) = (entry.tag(), name.strip_prefix(prefix))
            {
                functions.insert(
                    function.to_owned(),
                    pointed_to(&mut reader, &entry, function)?,
                );
            } else if entry.is_type_definition()
                && entry.file()?.is_some_and(|file| is_wanted(&file))
            {
                reader.of(Some(entry))?;
            }
        }
    }
    let spellings = std::mem::take(&mut reader.spellings);
    let mut abi = Abi {
        functions,
        types: reader.finish(),
        constants: BTreeMap::new(),
    };
    abi.declare_opaque();
    Ok(Declarations { abi, spellings })
}

fn pointed_to(reader: &mut Reader, variable: &Entry<'_, '_>, name: &str) -> Result<Signature> {
    match reader.of(variable.of()?)? {
        crate::model::Type::Function(signature) => Ok(*signature),
        other => bail!("`{name}` is `{}` and no function", other.in_c()),
    }
}

/// The values of all enumerators whose name begins with `prefix`, by the rest of it.
pub(crate) fn enumerators(path: &Path, prefix: &str) -> Result<BTreeMap<String, i128>> {
    let data = entry::read(path)?;
    let information = Information::parse(&data)?;
    let mut values = BTreeMap::new();
    for unit in information.units() {
        for entry in unit.children()? {
            if entry.tag() == dw::DW_TAG_enumeration_type {
                let own = types::enumeration(&entry, Language::C)?.values;
                values.extend(own.into_iter().filter_map(|(name, value)| {
                    name.strip_prefix(prefix)
                        .map(|rest| (rest.to_owned(), value))
                }));
            }
        }
    }
    Ok(values)
}
