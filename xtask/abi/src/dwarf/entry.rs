//! The entries of a file's debug information: a thin layer over gimli, in which a reference is
//! followed by asking for it.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use gimli::constants::{self as dw, DwAt, DwTag};
use gimli::{
    AttributeValue, DwarfSections, EndianSlice, Endianity, Reader, RunTimeEndian, Section,
    SectionId, UnitOffset,
};
use object::RelocationKind::{Absolute, SectionOffset};
use object::RelocationTarget::{self, Symbol};
use object::{BinaryFormat, File, Object, ObjectKind, ObjectSection, ObjectSymbol};

use super::types::is_tagged;
use crate::Abi;
use crate::items::Target;
use crate::model::Location;

type Slice<'a> = EndianSlice<'a, RunTimeEndian>;
type Die<'a> = gimli::DebuggingInformationEntry<Slice<'a>>;

/// Reads all debug information of a shared library or of an object file.
pub(super) fn read<T>(path: &Path, then: impl FnOnce(&Information<'_>) -> Result<T>) -> Result<T> {
    let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read = || {
        let file = File::parse(&*data)?;
        ensure!(
            file.section_by_name(SectionId::DebugInfo.name()).is_some(),
            "it has none: its section .debug_info is missing"
        );
        let endian = match file.is_little_endian() {
            true => RunTimeEndian::Little,
            false => RunTimeEndian::Big,
        };
        let sections = DwarfSections::load(|id| match file.section_by_name(id.name()) {
            Some(section) if SECTIONS.contains(&id) => linked(&file, &section, endian),
            _ => Ok(Cow::default()),
        })?;
        let sections = sections.borrow(|content| EndianSlice::new(content, endian));
        let mut units = Vec::new();
        let mut headers = sections.units();
        while let Some(header) = headers.next()? {
            units.push(sections.unit(header)?);
        }
        ensure!(!units.is_empty(), "its section .debug_info is empty");
        then(&Information {
            sections,
            units,
            target: Target {
                architecture: file.architecture(),
                is_windows: matches!(file.format(), BinaryFormat::Coff | BinaryFormat::Pe),
            },
        })
    };
    read().with_context(|| format!("cannot read the debug information of {}", path.display()))
}

/// What is read here: no line numbers, no ranges of addresses.
const SECTIONS: [SectionId; 7] = [
    SectionId::DebugInfo,
    SectionId::DebugAbbrev,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugAddr,
];

/// The content of a section. In an object file, what its pieces refer to is filled in, as a linker
/// would do.
fn linked<'d>(
    file: &File<'d>,
    section: &object::Section<'d, '_>,
    mut endian: RunTimeEndian,
) -> Result<Cow<'d, [u8]>> {
    let name = section.name().unwrap_or_default().to_owned();
    let data = section.uncompressed_data().with_context(|| {
        format!("its section {name} is compressed: build without `--compress-debug-sections`")
    })?;
    if file.kind() != ObjectKind::Relocatable {
        return Ok(data);
    }
    let mut data = data.into_owned();
    for (offset, relocation) in section.relocations() {
        let place = usize::try_from(offset)?;
        let size = usize::from(relocation.size()) / 8;
        let Some(bytes) = data.get_mut(place..place + size) else {
            continue;
        };
        let to = match (relocation.kind(), relocation.target()) {
            (Absolute | SectionOffset, Symbol(symbol)) => file.symbol_by_index(symbol)?.address(),
            // The file has the offset; where code is is no matter here.
            (Absolute, RelocationTarget::Section(_)) => 0,
            (kind, _) => {
                bail!("cannot link its section {name}: it refers to something by {kind:?}")
            }
        };
        let inside = match relocation.has_implicit_addend() {
            true => endian.read_uint(bytes),
            false => 0,
        };
        let to = to.wrapping_add(inside);
        let to = to.wrapping_add(relocation.addend() as u64);
        match size {
            0 => {}
            4 => endian.write_u32(bytes, to as u32),
            8 => endian.write_u64(bytes, to),
            _ => bail!("its section {name} refers to something in {size} bytes"),
        }
    }
    Ok(Cow::Owned(data))
}

/// All debug information of a file.
pub(super) struct Information<'d> {
    sections: gimli::Dwarf<Slice<'d>>,
    units: Vec<gimli::Unit<Slice<'d>>>,
    pub target: Target,
}

impl<'d> Information<'d> {
    /// A description of nothing yet, for the system of the file.
    pub fn abi(&self) -> Abi {
        let unit = self.units.first();
        Abi {
            pointer_size: unit.map(|unit| unit.header.address_size().into()),
            is_big_endian: self.sections.debug_info.reader().endian() == RunTimeEndian::Big,
            ..Abi::default()
        }
    }

    /// What was compiled at once, each: a crate's codegen unit, a C file.
    pub fn units(&self) -> impl Iterator<Item = Entry<'_, 'd>> {
        self.units.iter().filter_map(move |unit| {
            let die = unit.entry(unit.header.root_offset()).ok()?;
            Some(Entry {
                information: self,
                unit,
                die,
                depth: 0,
            })
        })
    }

    /// Visits everything that has a name, however deep, with that name and the path of the modules
    /// around it: `sample::inner`.
    pub fn visit<'i>(
        &'i self,
        tags: &[DwTag],
        mut visitor: impl FnMut(Entry<'i, 'd>, &str, &str) -> Result<()>,
    ) -> Result<()> {
        for unit in &self.units {
            let mut entries = unit.entries();
            let mut modules: Vec<(isize, String)> = Vec::new();
            while let Some(die) = entries.next_dfs()? {
                let tag = die.tag();
                let is_module = tag == dw::DW_TAG_namespace;
                if !is_module && !tags.contains(&tag) {
                    continue;
                }
                let depth = die.depth();
                while modules.last().is_some_and(|(outer, _)| *outer >= depth) {
                    modules.pop();
                }
                let entry = Entry {
                    information: self,
                    unit,
                    die: die.clone(),
                    depth: 0,
                };
                let Some(name) = entry.name()? else { continue };
                match modules.last().map_or("", |(_, path)| path) {
                    module if !is_module => visitor(entry, &name, module)?,
                    "" => modules.push((depth, name)),
                    module => modules.push((depth, format!("{module}::{name}"))),
                }
            }
        }
        Ok(())
    }
}

/// A function, a type, a field...
#[derive(Clone)]
pub(super) struct Entry<'i, 'd> {
    information: &'i Information<'d>,
    unit: &'i gimli::Unit<Slice<'d>>,
    die: Die<'d>,
    /// How many types led to it.
    depth: usize,
}

/// No type leads to that many others: one that seems to leads to itself.
const MOST: usize = 10_000;

impl<'i, 'd> Entry<'i, 'd> {
    pub fn tag(&self) -> DwTag {
        self.die.tag()
    }

    /// Where it is in the debug information: no two have the same place.
    pub fn place(&self) -> usize {
        let header = &self.unit.header;
        let offset = self.die.offset().to_debug_info_offset(header);
        offset.map_or(usize::MAX, |offset| offset.0)
    }

    pub fn target(&self) -> Target {
        self.information.target
    }

    pub fn name(&self) -> Result<Option<String>> {
        self.text(dw::DW_AT_name)
    }

    pub fn text(&self, attribute: DwAt) -> Result<Option<String>> {
        let Some(value) = self.die.attr_value(attribute) else {
            return Ok(None);
        };
        let text = self.information.sections.attr_string(self.unit, value)?;
        Ok(Some(text.to_string_lossy().into_owned()))
    }

    pub fn number(&self, attribute: DwAt) -> Option<u64> {
        self.die.attr(attribute)?.udata_value()
    }

    pub fn is(&self, attribute: DwAt) -> bool {
        self.die.attr_value(attribute) == Some(AttributeValue::Flag(true))
    }

    /// Its size in bytes, through what only gives another name. None if it says none.
    pub fn size(&self) -> Result<Option<u64>> {
        match self.tag() {
            // rustc does not say it.
            dw::DW_TAG_pointer_type => Ok(Some(self.unit.header.address_size().into())),
            dw::DW_TAG_typedef => self.of()?.map_or(Ok(None), |of| of.size()),
            dw::DW_TAG_array_type => {
                let of = self.of()?.map_or(Ok(None), |of| of.size())?;
                let length: u64 = self.lengths()?.iter().product();
                Ok(of.map(|size| size * length))
            }
            _ => Ok(self.number(dw::DW_AT_byte_size)),
        }
    }

    /// The number of elements of an array; several, the outermost first, for C's arrays of arrays.
    pub fn lengths(&self) -> Result<Vec<u64>> {
        let ranges = self.children()?.into_iter();
        let ranges = ranges.filter(|child| child.tag() == dw::DW_TAG_subrange_type);
        let length = |range: Entry<'_, '_>| {
            let last = || range.number(dw::DW_AT_upper_bound)?.checked_add(1);
            // C's flexible arrays have neither.
            range.number(dw::DW_AT_count).or_else(last).unwrap_or(0)
        };
        Ok(ranges.map(length).collect())
    }

    /// The type of a field, a parameter, a function's result, what a pointer points to. None is
    /// `void`.
    pub fn of(&self) -> Result<Option<Entry<'i, 'd>>> {
        match self.die.attr_value(dw::DW_AT_type) {
            None => Ok(None),
            Some(AttributeValue::UnitRef(offset)) => Ok(Some(self.at(self.unit, offset)?)),
            Some(AttributeValue::DebugInfoRef(offset)) => {
                let mut units = self.information.units.iter();
                let found = units.find_map(|of| Some((of, offset.to_unit_offset(&of.header)?)));
                found.map(|(unit, at)| self.at(unit, at)).transpose()
            }
            Some(other) => bail!("a type is referred to in an unknown way: {other:?}"),
        }
    }

    fn at(&self, unit: &'i gimli::Unit<Slice<'d>>, offset: UnitOffset) -> Result<Entry<'i, 'd>> {
        let die = unit.entry(offset)?;
        let depth = self.depth + 1;
        ensure!(depth < MOST, "a type leads to itself");
        Ok(Entry {
            unit,
            die,
            depth,
            ..*self
        })
    }

    pub fn children(&self) -> Result<Vec<Entry<'i, 'd>>> {
        let mut tree = self.unit.entries_tree(Some(self.die.offset()))?;
        let mut nodes = tree.root()?.children();
        let mut children = Vec::new();
        while let Some(node) = nodes.next()? {
            let die = node.entry().clone();
            children.push(Entry { die, ..*self });
        }
        Ok(children)
    }

    /// The value of an enumerator. In which form it is written is the compiler's choice, and the
    /// form alone does not say whether the number is negative.
    pub fn value(&self, size: u64, signed: bool) -> Result<i128> {
        let attribute = self.die.attr(dw::DW_AT_const_value);
        let number = attribute.and_then(|of| match of.udata_value() {
            Some(number) => Some(i128::from(number)),
            None => of.sdata_value().map(i128::from),
        });
        let number = number.context("an enum's value is written in an unknown way")?;
        let values = 1 << (8 * size.min(8));
        let is_negative = signed && number >= values / 2;
        Ok(if is_negative { number - values } else { number })
    }

    /// Whether it describes a type, rather than to say only that there is one.
    pub fn is_type_definition(&self) -> bool {
        let is_type = self.tag() == dw::DW_TAG_typedef || is_tagged(self);
        is_type && !self.is(dw::DW_AT_declaration)
    }

    /// Where it is declared.
    pub fn location(&self) -> Result<Option<Location>> {
        let file = || {
            let header = self.unit.line_program.as_ref()?.header();
            let file = header.file(self.number(dw::DW_AT_decl_file)?)?;
            Some((file, file.directory(header)))
        };
        let Some((file, folder)) = file() else {
            return Ok(None);
        };
        let text = |value| -> Result<PathBuf> {
            let text = self.information.sections.attr_string(self.unit, value)?;
            Ok(PathBuf::from(text.to_string_lossy().into_owned()))
        };
        let mut path = match folder {
            Some(folder) => text(folder)?.join(text(file.path_name())?),
            None => text(file.path_name())?,
        };
        if let Some(folder) = self.unit.comp_dir {
            path = Path::new(&*folder.to_string_lossy()).join(path);
        }
        let line = self.number(dw::DW_AT_decl_line).unwrap_or(1);
        Ok(Some(Location { file: path, line }))
    }
}
