//! Debug information (DWARF) as a description of an ABI: that of the Rust library, and that which the
//! C compiler writes about the header. Both are read by the same code, [`types`].

mod entry;
mod rust;
mod spelling;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use gimli::constants as dw;

use crate::Abi;
use crate::model::{Access, Note, Type, Variable};
use entry::Entry;
use types::{Language, Reader, canonical};

pub use rust::{RustLibrary, rust_reader};

/// What a C file declares.
pub(crate) struct Declarations {
    pub abi: Abi,
    /// How C writes the name of each struct and union: with or without `struct`.
    pub spellings: BTreeMap<String, String>,
    /// The constants, by the variable that has the value.
    pub constants: BTreeMap<String, Constant>,
}

/// A constant: a variable of the file itself, `static const`, or one that was made for a macro.
pub(crate) struct Constant {
    pub name: String,
    pub of: Type,
}

/// Reads the debug information of an object file that was made from C.
///
/// Its functions and variables are what the variables point to whose name begins with the first prefix;
/// `names` has the symbol for the rest of each such name. The variables with the second one are constants.
/// Its types are those that are declared in
/// `files`, and those that they, the functions and the variables need. The alignment of a struct is
/// not in there: it is 0.
pub(crate) fn c_declarations(
    object: &Path,
    (prefix, prefix_of_values): (&str, &str),
    names: &BTreeMap<String, String>,
    files: &BTreeSet<PathBuf>,
) -> Result<Declarations> {
    entry::read(object, |information| {
        let mut reader = Reader::new(Language::C);
        let own = files
            .iter()
            .flat_map(|file| [file.clone(), canonical(file)]);
        reader.c.own_files = own.collect();
        reader.learn_names(information)?;
        let mut abi = information.abi();
        let mut constants = BTreeMap::new();
        for unit in information.units() {
            for entry in unit.children()? {
                let name = entry.name()?.unwrap_or_default();
                if let (dw::DW_TAG_variable, Some(name)) = (entry.tag(), name.strip_prefix(prefix))
                {
                    if let Some(symbol) = names.get(name) {
                        add_symbol(&mut abi, &mut reader, &entry, symbol)?;
                    } else if let Type::Pointer {
                        access: Access::Const,
                        to,
                    } = reader.of(entry.of()?)?
                    {
                        let (name, of) = (name.to_owned(), *to);
                        constants.insert(name.clone(), Constant { name, of });
                    }
                } else if let (dw::DW_TAG_variable, Some(own)) =
                    (entry.tag(), name.strip_prefix(prefix_of_values))
                {
                    let of = reader.of(entry.of()?)?;
                    let own = own.to_owned();
                    constants.insert(name, Constant { name: own, of });
                } else if is_unnamed_enum(&entry, &mut reader)? {
                    // `enum { POINTS_MAX = 64 };` is how C had integer constants before macros.
                    for (name, value) in types::enumeration(&entry, Language::C)?.values {
                        abi.locations
                            .extend(entry.location()?.map(|of| (name.clone(), of)));
                        abi.constants.insert(name, value.to_string());
                    }
                } else if entry.is_type_definition() && reader.is_own(&entry)? {
                    reader.of(Some(entry))?;
                }
            }
        }
        let spellings = std::mem::take(&mut reader.c.spellings);
        reader.finish(&mut abi);
        abi.declare_opaque();
        Ok(Declarations {
            abi,
            spellings,
            constants,
        })
    })
}

/// An enum of the library that has neither a tag nor another name.
fn is_unnamed_enum<'i, 'd>(entry: &Entry<'i, 'd>, reader: &mut Reader<'i, 'd>) -> Result<bool> {
    Ok(entry.tag() == dw::DW_TAG_enumeration_type
        && entry.name()?.is_none()
        && !reader.c.named.contains(&entry.place())
        && reader.is_own(entry)?)
}

/// What `pointer`, a variable, points to.
fn add_symbol<'i, 'd>(
    abi: &mut Abi,
    reader: &mut Reader<'i, 'd>,
    pointer: &Entry<'i, 'd>,
    symbol: &str,
) -> Result<()> {
    let name = symbol.to_owned();
    match reader.of(pointer.of()?)? {
        Type::Function(signature) => drop(abi.functions.insert(name, *signature)),
        Type::Pointer { access, to } => {
            abi.variables.insert(name, Variable { of: *to, access });
        }
        other => {
            let why = format!("it is `{}`, which is not read", other.in_c(""));
            abi.notes.push(Note::new(&name, why));
        }
    }
    Ok(())
}
