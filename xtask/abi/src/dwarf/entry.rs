//! The entries of a file's debug information: a thin layer over gimli, in which a reference is
//! followed by asking for it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use gimli::constants::{self as dw, DwAt, DwTag};
use gimli::{AttributeValue, EndianSlice, RunTimeEndian, SectionId};
use object::read::RelocationMap;
use object::{File, Object, ObjectKind, ObjectSection};

use crate::model::Location;

type Slice<'a> = EndianSlice<'a, RunTimeEndian>;
type Die<'a> = gimli::DebuggingInformationEntry<Slice<'a>>;

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The sections of a file that hold its debug information.
pub(super) struct Sections<'d> {
    endian: RunTimeEndian,
    content: BTreeMap<&'static str, Cow<'d, [u8]>>,
}

impl<'d> Sections<'d> {
    /// From the content of a shared library or of an object file.
    pub fn read(data: &'d [u8]) -> Result<Sections<'d>> {
        let file = File::parse(data)?;
        let endian = if file.is_little_endian() {
            RunTimeEndian::Little
        } else {
            RunTimeEndian::Big
        };
        let mut content = BTreeMap::new();
        for id in SECTIONS {
            if let Some(section) = file.section_by_name(id.name()) {
                content.insert(id.name(), linked(&file, &section)?);
            }
        }
        ensure!(
            content.contains_key(SectionId::DebugInfo.name()),
            "it has none: its section .debug_info is missing"
        );
        Ok(Sections { endian, content })
    }

    fn get(&self, id: SectionId) -> Slice<'_> {
        let content = self.content.get(id.name());
        EndianSlice::new(content.map_or(&[], |content| content), self.endian)
    }
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
fn linked<'d>(file: &File<'d>, section: &object::Section<'d, '_>) -> Result<Cow<'d, [u8]>> {
    let name = section.name().unwrap_or_default().to_owned();
    let compressed = || format!("its section {name} is compressed");
    let data = section.uncompressed_data().with_context(compressed)?;
    if file.kind() != ObjectKind::Relocatable {
        return Ok(data);
    }
    let mut data = data.into_owned();
    let map = RelocationMap::new(file, section)
        .with_context(|| format!("cannot link its section {name}"))?;
    for (offset, relocation) in section.relocations() {
        let size = usize::from(relocation.size()) / 8;
        let place = usize::try_from(offset)?;
        let Some(bytes) = data.get_mut(place..place + size) else {
            continue;
        };
        let little = file.is_little_endian();
        let value = map.relocate(offset, number(bytes, little));
        let whole = if little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        };
        let from = if little { 0 } else { whole.len() - size };
        bytes.copy_from_slice(&whole[from..from + size]);
    }
    Ok(Cow::Owned(data))
}

fn number(bytes: &[u8], little: bool) -> u64 {
    let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
    if little {
        bytes.iter().rev().fold(0, add)
    } else {
        bytes.iter().fold(0, add)
    }
}

/// All debug information of a file.
pub(super) struct Information<'d> {
    sections: gimli::Dwarf<Slice<'d>>,
    units: Vec<gimli::Unit<Slice<'d>>>,
}

impl<'d> Information<'d> {
    pub fn parse(sections: &'d Sections<'_>) -> Result<Information<'d>> {
        let load = |id| Ok::<_, gimli::Error>(sections.get(id));
        let sections = gimli::Dwarf::load(load)?;
        let mut units = Vec::new();
        let mut headers = sections.units();
        while let Some(header) = headers.next()? {
            units.push(sections.unit(header)?);
        }
        ensure!(!units.is_empty(), "its section .debug_info is empty");
        Ok(Information { sections, units })
    }

    /// The size of a pointer in bytes.
    pub fn pointer_size(&self) -> Option<u64> {
        let unit = self.units.first()?;
        Some(unit.header.address_size().into())
    }

    /// What was compiled at once, each: a crate's codegen unit, a C file.
    pub fn units(&self) -> impl Iterator<Item = Entry<'_, 'd>> {
        self.units.iter().filter_map(move |unit| {
            let die = unit.entry(unit.header.root_offset()).ok()?;
            Some(Entry {
                information: self,
                unit,
                die,
            })
        })
    }

    /// Visits everything that has a name, however deep, with the path of the modules around it.
    pub fn visit<'i>(
        &'i self,
        tags: &[DwTag],
        mut visitor: impl FnMut(Found<'_, 'i, 'd>) -> Result<()>,
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
                let Some(name) = die.attr_value(dw::DW_AT_name) else {
                    continue;
                };
                let name = self.sections.attr_string(unit, name)?;
                let name = name.to_string_lossy();
                if is_module {
                    let path = match modules.last() {
                        Some((_, outer)) => format!("{outer}::{name}"),
                        None => name.into_owned(),
                    };
                    modules.push((depth, path));
                    continue;
                }
                visitor(Found {
                    information: self,
                    unit,
                    die,
                    name: &name,
                    module: modules.last().map_or("", |(_, path)| path),
                })?;
            }
        }
        Ok(())
    }
}

/// What a visitor of [`Information::visit`] sees.
pub(super) struct Found<'a, 'i, 'd> {
    information: &'i Information<'d>,
    unit: &'i gimli::Unit<Slice<'d>>,
    die: &'a Die<'d>,
    pub name: &'a str,
    /// The path of the module that it is in: `sample::inner`.
    pub module: &'a str,
}

impl<'i, 'd> Found<'_, 'i, 'd> {
    pub fn tag(&self) -> DwTag {
        self.die.tag()
    }

    /// Its name for the linker, if it has one, as everything in Rust has that is not `no_mangle`.
    pub fn symbol(&self) -> Result<Cow<'_, str>> {
        let Some(name) = self.die.attr_value(dw::DW_AT_linkage_name) else {
            return Ok(self.name.into());
        };
        let name = self.information.sections.attr_string(self.unit, name)?;
        Ok(name.to_string_lossy())
    }

    pub fn entry(&self) -> Entry<'i, 'd> {
        Entry {
            information: self.information,
            unit: self.unit,
            die: self.die.clone(),
        }
    }
}

/// A function, a type, a field...
#[derive(Clone)]
pub(super) struct Entry<'i, 'd> {
    information: &'i Information<'d>,
    unit: &'i gimli::Unit<Slice<'d>>,
    die: Die<'d>,
}

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
                units
                    .find_map(|unit| Some((unit, offset.to_unit_offset(&unit.header)?)))
                    .map(|(unit, offset)| self.at(unit, offset))
                    .transpose()
            }
            Some(other) => bail!("a type is referred to in an unknown way: {other:?}"),
        }
    }

    fn at(
        &self,
        unit: &'i gimli::Unit<Slice<'d>>,
        offset: gimli::UnitOffset,
    ) -> Result<Entry<'i, 'd>> {
        Ok(Entry {
            information: self.information,
            unit,
            die: unit.entry(offset)?,
        })
    }

    pub fn children(&self) -> Result<Vec<Entry<'i, 'd>>> {
        let mut tree = self.unit.entries_tree(Some(self.die.offset()))?;
        let mut nodes = tree.root()?.children();
        let mut children = Vec::new();
        while let Some(node) = nodes.next()? {
            let die = node.entry().clone();
            children.push(Entry {
                information: self.information,
                unit: self.unit,
                die,
            });
        }
        Ok(children)
    }

    /// The value of an enumerator. In which form it is written is the compiler's choice, and the
    /// form alone does not say whether the number is negative.
    pub fn value(&self, size: u64, signed: bool) -> Result<i128> {
        let (value, bytes) = match self.die.attr_value_raw(dw::DW_AT_const_value) {
            Some(AttributeValue::Sdata(value)) => return Ok(value.into()),
            Some(AttributeValue::Udata(value)) => return Ok(value.into()),
            Some(AttributeValue::Data1(value)) => (value.into(), 1),
            Some(AttributeValue::Data2(value)) => (value.into(), 2),
            Some(AttributeValue::Data4(value)) => (value.into(), 4),
            Some(AttributeValue::Data8(value)) => (i128::from(value), 8),
            other => bail!("an enum's value is written in an unknown way: {other:?}"),
        };
        let bits = bytes * 8;
        let is_negative = signed && bytes == size && value >> (bits - 1) != 0;
        Ok(if is_negative {
            value - (1 << bits)
        } else {
            value
        })
    }

    /// Whether it describes a type, rather than to say only that there is one.
    pub fn is_type_definition(&self) -> bool {
        let tags = [
            dw::DW_TAG_typedef,
            dw::DW_TAG_structure_type,
            dw::DW_TAG_union_type,
            dw::DW_TAG_enumeration_type,
        ];
        tags.contains(&self.tag()) && !self.is(dw::DW_AT_declaration)
    }

    /// Where it is declared.
    pub fn location(&self) -> Result<Option<Location>> {
        let (Some(number), Some(program)) = (
            self.number(dw::DW_AT_decl_file),
            self.unit.line_program.as_ref(),
        ) else {
            return Ok(None);
        };
        let header = program.header();
        let Some(file) = header.file(number) else {
            return Ok(None);
        };
        let text = |value| -> Result<PathBuf> {
            let text = self.information.sections.attr_string(self.unit, value)?;
            Ok(PathBuf::from(text.to_string_lossy().into_owned()))
        };
        let mut path = match file.directory(header) {
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
