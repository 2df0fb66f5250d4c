//! `cargo xtask inspect`: shows what `file`, `nm` and `readelf` show of a library or program, without them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use object::read::archive::ArchiveFile;
use object::read::{NameOrOrdinal, ReadCache};
use object::{Architecture, BinaryFormat, File, Object, ObjectKind};

use crate::cli::{Arguments, Command};
use crate::library::Summary;
use crate::term::{self, say};
use crate::workspace::Workspace;

pub static COMMAND: Command = Command {
    summary: Summary::new("inspect", "Show what is in a library or a program"),
    args: &[(
        "[FILE]...",
        "A library or a program [default: the libraries of the pipeline]",
    )],
    details: "It reads ELF, Mach-O, PE and \
              archives itself, so no other tool is needed.",
    flags: &[],
    example: "cargo xtask inspect target/pipeline/lib/lib{library}.so",
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let files: Vec<PathBuf> = if arguments.args.is_empty() {
        let lib = workspace.pipeline("lib");
        [workspace.shared_file(), workspace.static_file()]
            .map(|name| lib.join(name))
            .into()
    } else {
        arguments.args.iter().map(PathBuf::from).collect()
    };
    for file in files {
        for line in summary(workspace, &file)? {
            say!("{line}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What the loader of the system sees in a file.
pub struct Binary {
    /// Such as `ELF shared library, x86_64`.
    pub kind: String,
    /// The name that its users will ask for: SONAME, or install name.
    pub name: Option<String>,
    /// The libraries that it asks for.
    pub needs: Vec<String>,
    /// The folders in which it asks the loader to look for them.
    pub looks_in: Vec<String>,
    /// The functions and data that it offers.
    pub exports: BTreeSet<String>,
    /// The functions and data that it expects others to have.
    pub imports: BTreeSet<String>,
}

/// Reads a shared library or a program.
pub fn read(path: &Path) -> Result<Binary> {
    let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&data).with_context(|| format!("cannot understand {}", path.display()))
}

/// Reads a file that is in memory.
pub fn parse(data: &[u8]) -> Result<Binary> {
    let file = File::parse(data)?;
    let mut exports = BTreeSet::new();
    for export in file.exports()? {
        match export?.name() {
            NameOrOrdinal::Name(name) => exports.insert(String::from_utf8_lossy(name).into_owned()),
            NameOrOrdinal::Ordinal(number) => exports.insert(format!("#{number}")),
        };
    }
    let mut imports = BTreeSet::new();
    for import in file.imports()? {
        if let NameOrOrdinal::Name(name) = import?.name() {
            imports.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    let (name, needs, looks_in) = match &file {
        #[cfg(any(feature = "all-formats", all(unix, not(target_vendor = "apple"))))]
        File::Elf32(elf) => elf_names(elf)?,
        #[cfg(any(feature = "all-formats", all(unix, not(target_vendor = "apple"))))]
        File::Elf64(elf) => elf_names(elf)?,
        #[cfg(any(feature = "all-formats", target_vendor = "apple"))]
        File::MachO32(macho) => macho_names(macho)?,
        #[cfg(any(feature = "all-formats", target_vendor = "apple"))]
        File::MachO64(macho) => macho_names(macho)?,
        // PE: a library has no other name than its file's.
        #[allow(unreachable_patterns)]
        _ => (None, imported_libraries(&file)?, Vec::new()),
    };
    Ok(Binary {
        kind: kind(&file),
        name,
        needs,
        looks_in,
        exports,
        imports,
    })
}

/// Its own name, the names of what it needs, and where it looks for them.
type Names = (Option<String>, Vec<String>, Vec<String>);

fn kind(file: &File<'_>) -> String {
    let format = match file.format() {
        BinaryFormat::Elf => "ELF",
        BinaryFormat::MachO => "Mach-O",
        BinaryFormat::Pe => "PE",
        _ => "binary",
    };
    let kind = match file.kind() {
        // Programs are position-independent too; only those name an entry point.
        ObjectKind::Dynamic if file.entry() == 0 => "shared library",
        ObjectKind::Dynamic if file.format() != BinaryFormat::Elf => "shared library",
        ObjectKind::Dynamic | ObjectKind::Executable => "program",
        ObjectKind::Relocatable => "object file",
        _ => "file",
    };
    let architecture = match file.architecture() {
        Architecture::X86_64 => "x86-64".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("{format} {kind}, {architecture}")
}

#[cfg(any(feature = "all-formats", all(unix, not(target_vendor = "apple"))))]
fn elf_names<'data, Elf: object::read::elf::FileHeader>(
    elf: &object::read::elf::ElfFile<'data, Elf>,
) -> Result<Names> {
    use object::elf::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME};
    let table = elf
        .elf_section_table()
        .dynamic_table(elf.endian(), elf.data())?;
    let (mut name, mut needs, mut looks_in) = (None, Vec::new(), Vec::new());
    for entry in table.iter() {
        let text =
            || -> Result<String> { Ok(String::from_utf8_lossy(table.string(entry)?).into_owned()) };
        match entry.tag {
            DT_SONAME => name = Some(text()?),
            DT_NEEDED => needs.push(text()?),
            DT_RPATH | DT_RUNPATH => looks_in.extend(text()?.split(':').map(str::to_owned)),
            _ => {}
        }
    }
    Ok((name, needs, looks_in))
}

#[cfg(any(feature = "all-formats", target_vendor = "apple"))]
fn macho_names<'data, Mach: object::read::macho::MachHeader>(
    macho: &object::read::macho::MachOFile<'data, Mach>,
) -> Result<Names> {
    use object::read::macho::LoadCommandVariant;
    let endian = macho.endian();
    let (mut name, mut needs, mut looks_in) = (None, Vec::new(), Vec::new());
    let mut commands = macho.macho_load_commands()?;
    while let Some(command) = commands.next()? {
        let text = |string| -> Result<String> {
            Ok(String::from_utf8_lossy(command.string(endian, string)?).into_owned())
        };
        match command.variant()? {
            LoadCommandVariant::IdDylib(id) => name = Some(text(id.dylib.name)?),
            LoadCommandVariant::Dylib(needed) => needs.push(text(needed.dylib.name)?),
            LoadCommandVariant::Rpath(rpath) => looks_in.push(text(rpath.path)?),
            _ => {}
        }
    }
    Ok((name, needs, looks_in))
}

fn imported_libraries(file: &File<'_>) -> Result<Vec<String>> {
    let mut libraries = BTreeSet::new();
    for import in file.imports()? {
        libraries.insert(String::from_utf8_lossy(import?.library()).into_owned());
    }
    Ok(libraries
        .into_iter()
        .filter(|library| !library.is_empty())
        .collect())
}

/// A file in a few lines, for people.
pub fn summary(workspace: &Workspace, path: &Path) -> Result<Vec<String>> {
    let failure = || format!("cannot read {}", path.display());
    let file = fs::File::open(path).with_context(failure)?;
    let shown = workspace.shown(path);
    let size = size(file.metadata().with_context(failure)?.len());
    // Of a static library, which is large, only what lies between its members is read.
    if let Ok(archive) = ArchiveFile::parse(&ReadCache::new(file)) {
        let members = archive.members().count();
        return Ok(vec![format!(
            "{shown}: archive of {}, {size}",
            term::count(members, "object file")
        )]);
    }
    let data = fs::read(path).with_context(failure)?;
    let binary = parse(&data).map_err(|error| {
        anyhow!(
            "{shown} is neither a library nor a program of this system: {error}\n\
             next: `cargo xtask rust` rebuilds the library; `cargo xtask machines` looks at those of others"
        )
    })?;
    let mut lines = vec![format!("{shown}: {}, {size}", binary.kind)];
    if let Some(name) = &binary.name {
        lines.push(format!("  name     {name}"));
    }
    if !binary.needs.is_empty() {
        lines.push(format!("  needs    {}", binary.needs.join(", ")));
    }
    if binary.name.is_some() && !binary.exports.is_empty() {
        let exports: Vec<&str> = binary.exports.iter().map(String::as_str).collect();
        for (index, line) in term::wrap(&exports.join(", "), 76).iter().enumerate() {
            let label = if index == 0 { "exports" } else { "" };
            lines.push(format!("  {label:7}  {line}"));
        }
    }
    Ok(lines)
}

/// A size for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_summed_up() {
        let folder = std::env::temp_dir().join(format!("xtask-{}-inspect", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let summary = |name: &str, content: &str| {
            let file = folder.join(name);
            fs::write(&file, content).unwrap();
            let lines =
                summary(&Workspace::locate(&crate::hello::LIBRARY).unwrap(), &file).unwrap();
            lines[0].rsplit_once(": ").unwrap().1.to_owned()
        };
        let member = |name: &str| {
            format!(
                "{name:16}{:<12}{:<6}{:<6}{:<8}{:<10}`\nbody",
                0, 0, 0, 644, 4
            )
        };
        let archive = format!("!<arch>\n{}{}", member("a.o/"), member("b.o/"));
        assert_eq!(
            summary("a.a", &archive),
            "archive of 2 object files, 136 bytes"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
