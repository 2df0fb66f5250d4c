//! What the linker sees: the names that a library offers, and no types.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::elf::VER_FLG_BASE;
use object::read::archive::ArchiveFile;
use object::read::elf::{ElfFile, FileHeader};
use object::read::{NameOrOrdinal, RelocationTarget};
use object::{BinaryFormat, File, Object, ObjectSection, ObjectSymbol};

use crate::Abi;

/// The functions and data that a shared library exports.
///
/// # Errors
///
/// If `library` cannot be read or is no shared library of this system.
pub fn exported(library: &Path) -> Result<BTreeSet<String>> {
    understood(library, |data| {
        let file = File::parse(data)?;
        let mut names = BTreeSet::new();
        for export in file.exports()? {
            if let NameOrOrdinal::Name(name) = export?.name() {
                names.insert(without_underscore(&file, name));
            }
        }
        Ok(names)
    })
}

/// The functions and data that a static library defines for its users, the Rust runtime's included.
///
/// # Errors
///
/// If `archive` cannot be read or is no archive of object files.
pub fn defined(archive: &Path) -> Result<BTreeSet<String>> {
    let names = understood(archive, |data| {
        let mut names = BTreeSet::new();
        for member in ArchiveFile::parse(data)?.members() {
            // An archive may hold other files beside the object files.
            let Ok(file) = File::parse(member?.data(data)?) else {
                continue;
            };
            for symbol in file.symbols() {
                if symbol.is_global() && symbol.is_definition() {
                    names.insert(without_underscore(&file, symbol.name_bytes()?));
                }
            }
        }
        Ok(names)
    })?;
    ensure!(!names.is_empty(), "{} defines nothing", archive.display());
    Ok(names)
}

/// What ELF has of the symbols of a shared library beside their names: versions, and what may be written to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ElfSymbols {
    /// Those that it defines, as a version script does.
    pub defined: BTreeSet<String>,
    /// Of each function and variable that it exports with a version, that one.
    pub of: BTreeMap<String, String>,
    /// The data that is in memory to which nobody may write.
    pub read_only: BTreeSet<String>,
    /// Where each that has a version is.
    addresses: BTreeMap<String, u64>,
}

impl ElfSymbols {
    /// Whether two names with a version are of one function or variable: older programs ask for one of them.
    pub fn is_same(&self, a: &str, b: &str) -> bool {
        let [a, b] = [a, b].map(|name| self.addresses.get(name));
        a.is_some() && a == b
    }
}

/// What ELF has of the symbols of a shared library; nothing of other formats.
///
/// # Errors
///
/// If `library` cannot be read.
pub fn elf(library: &Path) -> Result<ElfSymbols> {
    understood(library, |data| match File::parse(data)? {
        File::Elf32(file) => symbols_of(&file),
        File::Elf64(file) => symbols_of(&file),
        _ => Ok(ElfSymbols::default()),
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn symbols_of<'d, E: FileHeader>(file: &ElfFile<'d, E>) -> Result<ElfSymbols> {
    let (endian, data, sections) = (file.endian(), file.data(), file.elf_section_table());
    let symbols = file.elf_dynamic_symbol_table();
    let mut found = ElfSymbols::default();
    if let Some((mut definitions, _)) = sections.gnu_verdef(endian, data)? {
        while let Some((definition, mut names)) = definitions.next()? {
            let is_base = definition.vd_flags.get(endian).contains(VER_FLG_BASE);
            if let Some(name) = names.next()?.filter(|_| !is_base) {
                let name = name.name(endian, symbols.strings())?;
                found.defined.insert(text(name));
            }
        }
    }
    let table = sections.versions(endian, data)?;
    for symbol in file.dynamic_symbols().filter(ObjectSymbol::is_definition) {
        let name = text(symbol.name_bytes()?);
        if let Some(index) = symbol.section_index()
            && [".rodata", ".data.rel.ro"].contains(&file.section_by_index(index)?.name()?)
        {
            found.read_only.insert(name.clone());
        }
        let Some(table) = &table else { continue };
        let index = table.version_index(endian, symbol.index()).index();
        if let Some(version) = table.version(index)? {
            found.addresses.insert(name.clone(), symbol.address());
            found.of.insert(name, text(version.name()));
        }
    }
    Ok(found)
}

/// What each variable of an object file points to whose name begins with `prefix`, by the rest of its
/// name: the name of a symbol that some other file has to define.
pub(crate) fn referred(object: &Path, prefix: &str) -> Result<BTreeMap<String, String>> {
    understood(object, |data| {
        let file = File::parse(data)?;
        let mut targets = HashMap::new();
        for section in file.sections() {
            for (offset, relocation) in section.relocations() {
                if let RelocationTarget::Symbol(target) = relocation.target() {
                    targets.insert((section.index(), section.address() + offset), target);
                }
            }
        }
        let mut referred = BTreeMap::new();
        for symbol in file.symbols() {
            let name = without_underscore(&file, symbol.name_bytes()?);
            if let Some(name) = name.strip_prefix(prefix)
                && let Some(section) = symbol.section_index()
                && let Some(target) = targets.get(&(section, symbol.address()))
            {
                let target = file.symbol_by_index(*target)?;
                if target.is_undefined() {
                    let target = without_underscore(&file, target.name_bytes()?);
                    referred.insert(name.to_owned(), target);
                }
            }
        }
        Ok(referred)
    })
}

/// The content of variables of an object file, whose sizes are given: not every format has them.
pub(crate) fn content(
    object: &Path,
    sizes: &BTreeMap<String, u64>,
) -> Result<BTreeMap<String, Vec<u8>>> {
    understood(object, |data| {
        let file = File::parse(data)?;
        let mut contents = BTreeMap::new();
        for symbol in file.symbols() {
            let name = without_underscore(&file, symbol.name_bytes()?);
            if let Some(size) = sizes.get(&name)
                && let Some(index) = symbol.section_index()
            {
                let section = file.section_by_index(index)?;
                let bytes = section.data_range(symbol.address(), *size)?;
                contents.insert(name, bytes.unwrap_or_default().to_vec());
            }
        }
        Ok(contents)
    })
}

/// What `read` finds in the content of a file.
fn understood<T>(path: &Path, read: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
    let file = path.display();
    let data = fs::read(path).with_context(|| format!("cannot read {file}"))?;
    read(&data).with_context(|| format!("cannot understand {file}"))
}

/// Mach-O puts an underscore before C's names.
fn without_underscore(file: &File<'_>, name: &[u8]) -> String {
    let is_mach = file.format() == BinaryFormat::MachO;
    text(name.strip_prefix(b"_").filter(|_| is_mach).unwrap_or(name))
}

/// The functions and variables of a header.
pub fn declared(header: &Abi) -> BTreeSet<String> {
    let names = header.functions.keys().chain(header.variables.keys());
    names.cloned().collect()
}
