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
use crate::model::{Access, Note, THREAD_LOCAL, Type};
use entry::Entry;
use types::{Language, Reader, canonical};

pub use rust::{RustLibrary, rust_reader};

/// What a C file declares.
pub(crate) struct Declarations {
    pub abi: Abi,
    /// How C writes the name of each struct and union: with or without `struct`.
    pub spellings: BTreeMap<String, String>,
    /// The name and the type of each constant, by the variable that has the value: one of the file itself, `static
    /// const`, or one of [`VALUE`].
    pub constants: BTreeMap<String, (String, Type)>,
}

/// Before the names of generated variables: those that point to a symbol, those with a value, and those that point
/// to a variable of each thread.
pub(crate) const SYMBOL: &str = "abi_symbol_";
pub(crate) const VALUE: &str = "abi_value_";
pub(crate) const THREAD: &str = "abi_thread_";

/// Reads the debug information of an object file that was made from C.
///
/// Its functions and variables are what the variables of [`SYMBOL`] point to, and `names` has the linker's name of
/// each. Its types are those that are declared in `files`, and those that they, the functions and the variables
/// need. The alignment of a struct is not in there: it is 0.
pub(crate) fn c_declarations(
    object: &Path,
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
                let is_variable = entry.tag() == dw::DW_TAG_variable;
                let own = |prefix| name.strip_prefix(prefix).filter(|_| is_variable);
                if let Some(own) = own(SYMBOL) {
                    if let Some(symbol) = names.get(own) {
                        add_symbol(&mut abi, &mut reader, &entry, symbol)?;
                    } else if let Type::Pointer {
                        access: Access::Const,
                        to,
                    } = reader.of(entry.of()?)?
                    {
                        constants.insert(own.to_owned(), (own.to_owned(), *to));
                    }
                } else if let Some(own) = own(VALUE) {
                    constants.insert(name.clone(), (own.to_owned(), reader.of(entry.of()?)?));
                } else if let Some(own) = own(THREAD) {
                    add_symbol(&mut abi, &mut reader, &entry, own)?;
                    let of = abi.variables.remove_entry(own);
                    let of = of.map(|(own, of)| (own, of.qualified(THREAD_LOCAL)));
                    abi.variables.extend(of);
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
            let of = match access {
                Access::Const => to.qualified("const"),
                _ => *to,
            };
            abi.variables.insert(name, of);
        }
        other => {
            let why = format!("it is `{}`, which is not read", other.in_c(""));
            abi.notes.push(Note::new(&name, why));
        }
    }
    Ok(())
}
