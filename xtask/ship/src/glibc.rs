//! The oldest glibc that a shared library works with.

use std::fs;
use std::path::Path;

use abi_stages::say;
use anyhow::Result;
use object::elf::FileHeader64;
use object::read::elf::FileHeader;
use object::{Endianness, elf::FileHeader32};

/// Such as `GLIBC_2.34`: the newest version among the symbols that it needs; nothing if it is no ELF
/// file or needs none of glibc's.
pub fn newest(data: &[u8]) -> Result<Option<String>> {
    let mut versions = match object::FileKind::parse(data)? {
        object::FileKind::Elf64 => needed::<FileHeader64<Endianness>>(data)?,
        object::FileKind::Elf32 => needed::<FileHeader32<Endianness>>(data)?,
        _ => Vec::new(),
    };
    versions.retain(|version| version.starts_with(GLIBC));
    versions.sort_by_key(|version| numbers(version));
    Ok(versions.pop())
}

/// Says it of a shared library for a person.
pub fn report(shared: &Path) -> Result<()> {
    if let Some(version) = newest(&fs::read(shared)?).unwrap_or(None) {
        let version = version.replace(GLIBC, "glibc ");
        say!("The shared library needs {version} or newer.")?;
    }
    Ok(())
}

const GLIBC: &str = "GLIBC_";

/// `GLIBC_2.3.4` as 2, 3, 4.
pub fn numbers(version: &str) -> Vec<u32> {
    let numbers = version.trim_start_matches(GLIBC).split('.');
    numbers.map_while(|number| number.parse().ok()).collect()
}

fn needed<Elf: FileHeader<Endian = Endianness>>(data: &[u8]) -> Result<Vec<String>> {
    let elf = Elf::parse(data)?;
    let endian = elf.endian()?;
    let sections = elf.sections(endian, data)?;
    let mut versions = Vec::new();
    let Some((mut libraries, strings)) = sections.gnu_verneed(endian, data)? else {
        return Ok(versions);
    };
    let strings = sections.strings(endian, data, strings)?;
    while let Some((_, mut of_library)) = libraries.next()? {
        while let Some(version) = of_library.next()? {
            let name = version.name(endian, strings)?;
            versions.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_text() {
        assert!(numbers("GLIBC_2.34") > numbers("GLIBC_2.3.4"));
        assert!(numbers("GLIBC_2.4") < numbers("GLIBC_2.17"));
    }
}
