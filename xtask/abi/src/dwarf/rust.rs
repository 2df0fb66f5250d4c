//! The Rust library by its debug information, and the rules of how rustc writes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Result;
use gimli::constants as dw;

use super::entry::{self, Entry};
use super::types::{Language, Reader, is_tagged, members};
use crate::Abi;
use crate::check::Finding;
use crate::compare::{Kind, Place, Step};
use crate::items::Target;
use crate::model::{Access, Type};
use crate::names;

/// A Rust library as its debug information has it.
#[derive(Clone, Debug)]
pub struct RustLibrary {
    /// What it exports, with the names that its types have in C.
    pub abi: Abi,
    /// The system that it is for.
    pub target: Target,
    /// The path of each type in Rust, by its name in C: `sample::shapes::Root`.
    pub paths: BTreeMap<String, String>,
    /// The types, by their names in C, that no function leads to: they have nothing but the name in
    /// common with those of the header.
    pub unmentioned: BTreeSet<String>,
    /// Where something comes in for which C may pass what Rust has no value for: NULL for a reference, a `Box`
    /// or a function, any number for an enum, a `bool` or a `char`.
    pub demanding: Vec<Finding>,
}

/// The functions and variables `exported` as Rust has them, by the debug information in `library`,
/// which is a build without optimisation.
///
/// `rename` has the names in C that cannot be learned. Of `header` only the names and places of its
/// types are used: what a Rust type is called in C is learned from where the two stand in the same
/// place, and a type is described where the header describes it. What the types look like is what Rust
/// says.
///
/// # Errors
///
/// If `library` cannot be read or has no debug information.
pub fn rust_reader(
    library: &Path,
    exported: &BTreeSet<String>,
    header: &Abi,
    rename: &BTreeMap<String, String>,
) -> Result<RustLibrary> {
    entry::read(library, |information| {
        let mut reader = Reader::new(Language::Rust);
        let described = header.described();
        let is_wanted = |name: &str| described.contains(names::renamed(rename, name));
        // What is asked for, as far as it is in the debug information.
        let mut symbols = BTreeMap::new();
        let mut unmentioned = BTreeMap::new();
        let tags = [
            dw::DW_TAG_subprogram,
            dw::DW_TAG_variable,
            dw::DW_TAG_structure_type,
            dw::DW_TAG_union_type,
            dw::DW_TAG_enumeration_type,
        ];
        information.visit(&tags, |entry, name, module| {
            if is_tagged(&entry) {
                let modules = &mut reader.rust.modules;
                modules.insert(entry.place(), module.to_owned());
                if is_wanted(name) && !is_standard(module) {
                    unmentioned.entry(name.to_owned()).or_insert(entry);
                }
                return Ok(());
            }
            // Everything in Rust that is not `no_mangle` has another name for the linker.
            let symbol = entry.text(dw::DW_AT_linkage_name)?;
            let symbol = symbol.unwrap_or_else(|| name.to_owned());
            // A function in an `impl` has its name in its declaration alone.
            let is_import = entry.tag() == dw::DW_TAG_variable && entry.is(dw::DW_AT_declaration);
            if exported.contains(&symbol) && !is_import {
                symbols.insert(symbol, entry);
            }
            Ok(())
        })?;
        let mut abi = information.abi();
        for (name, entry) in symbols.clone() {
            let location = entry.location()?.map(|of| (name.clone(), of));
            abi.locations.extend(location);
            if entry.tag() == dw::DW_TAG_subprogram {
                abi.functions.insert(name, reader.signature(&entry)?);
            } else {
                abi.variables.insert(name, reader.of(entry.of()?)?);
            }
        }
        let mut by_name = BTreeSet::new();
        let learned = loop {
            // Each round may lead to fields, and these to more names.
            let learned = names::learn(&abi, &reader.types, header, rename);
            let mut has_more = false;
            for name in &learned.interesting {
                if let Some(entry) = reader.rust.pending.remove(name) {
                    reader.define(name, &entry)?;
                    has_more = true;
                }
            }
            if has_more {
                continue;
            }
            // The types in the header that no function mentions, such as an enum whose values come in
            // as integers.
            let met: BTreeSet<&str> = learned.pairs.values().map(String::as_str).collect();
            unmentioned
                .retain(|name, _| !met.contains(name.as_str()) && !reader.types.contains_key(name));
            if unmentioned.is_empty() {
                break learned;
            }
            by_name.extend(unmentioned.keys().cloned());
            for entry in std::mem::take(&mut unmentioned).into_values() {
                named(&mut reader, &entry, true)?;
            }
        };
        let paths = std::mem::take(&mut reader.rust.paths).into_iter();
        reader.finish(&mut abi);
        names::translate(&mut abi, &learned.pairs, header);
        abi.declare_opaque();
        let in_c = |name: &str| names::renamed(&learned.pairs, name).to_owned();
        let paths = paths.map(|(name, path)| (in_c(&name), path)).collect();
        let unmentioned = by_name.iter().map(|name| in_c(name)).collect();
        let mut demands = Demands {
            is_described: &|name| described.contains(&*in_c(name)),
            inside: Vec::new(),
            found: Vec::new(),
        };
        for (name, entry) in &symbols {
            if entry.tag() == dw::DW_TAG_subprogram {
                demands.function(entry, &Place::symbol(name), true)?;
            }
        }
        Ok(RustLibrary {
            abi,
            target: information.target,
            paths,
            unmentioned,
            demanding: demands.found,
        })
    })
}

/// What a reader of Rust knows about the names of types.
#[derive(Default)]
pub(super) struct Names<'i, 'd> {
    /// The module of each type, by its place.
    modules: HashMap<usize, String>,
    /// The path of each type by the name that it was given: the last part of the path, if no other
    /// type has it.
    paths: BTreeMap<String, String>,
    /// The types that were met behind a pointer only, and not looked into.
    pub pending: BTreeMap<String, Entry<'i, 'd>>,
}

impl<'i, 'd> Names<'i, 'd> {
    fn give(&mut self, name: &str, entry: &Entry<'i, 'd>) -> String {
        let path = match self.modules.get(&entry.place()) {
            Some(module) if !module.is_empty() => format!("{module}::{name}"),
            _ => name.to_owned(),
        };
        let known = self.paths.entry(name.to_owned());
        match *known.or_insert_with(|| path.clone()) == path {
            true => name.to_owned(),
            false => path,
        }
    }
}

/// A pointer, a reference, a `Box` or a function pointer. Only its name says which.
pub(super) fn pointer<'i, 'd>(
    reader: &mut Reader<'i, 'd>,
    entry: &Entry<'i, 'd>,
    target: Option<Entry<'i, 'd>>,
) -> Result<Type> {
    let name = entry.name()?.unwrap_or_default();
    match target {
        Some(target) if target.tag() == dw::DW_TAG_subroutine_type => {
            // Without `extern` it has the calling convention of Rust.
            let (_, extern_of) = name.split_once("extern \"").unwrap_or(("", "Rust"));
            let convention = extern_of.split('"').next().unwrap_or_default();
            if !entry.target().is_c(convention) {
                return Ok(Type::Other(format!("{name}, not extern C")));
            }
            let mut signature = reader.signature(&target)?;
            // Of the `...` only the name knows; a callback that it takes has one of its own.
            let end = closing(&name).unwrap_or(name.len());
            signature.variadic = name[..end].ends_with("...");
            Ok(Type::Function(Box::new(signature)))
        }
        target => {
            let is_shared = name.starts_with('&') && !name.starts_with("&mut ");
            let is_const = is_shared || name.starts_with("*const ");
            let access = if is_const { Access::Const } else { Access::Mut };
            let to = match target {
                Some(target) if is_tagged(&target) => named(reader, &target, false)?,
                target => reader.of(target)?,
            };
            let to = Box::new(to);
            Ok(Type::Pointer { access, to })
        }
    }
}

struct Demands<'a> {
    /// Whether C sees into the struct with this name.
    is_described: &'a dyn Fn(&str) -> bool,
    /// The structs that lead to what is looked at, because one may lead to itself.
    inside: Vec<usize>,
    found: Vec<Finding>,
}

impl Demands<'_> {
    /// `comes_in`: from C into Rust, as the parameters of an exported function do, and not out of it.
    fn function(&mut self, of: &Entry<'_, '_>, place: &Place, comes_in: bool) -> Result<()> {
        let mut parameters = of.children()?;
        parameters.retain(|of| of.tag() == dw::DW_TAG_formal_parameter);
        for (index, parameter) in parameters.iter().enumerate() {
            let (number, name) = (index + 1, parameter.name()?);
            let place = place.with(Step::Parameter { number, name });
            self.of(parameter.of()?, &place, comes_in)?;
        }
        self.of(of.of()?, &place.with(Step::Result), !comes_in)
    }

    fn of(&mut self, of: Option<Entry<'_, '_>>, place: &Place, comes_in: bool) -> Result<()> {
        let Some(of) = of else { return Ok(()) };
        let name = of.name()?.unwrap_or_default();
        let mut add = |kind, what: &str| {
            let cause = format!("{what} `{name}` comes in");
            let demand = Finding::new(kind, place.clone(), cause, None);
            self.found.extend(comes_in.then_some(demand));
        };
        match of.tag() {
            dw::DW_TAG_base_type if name == "char" => add(Kind::CharIn, "a"),
            dw::DW_TAG_base_type if name == "bool" => add(Kind::BoolIn, "a"),
            dw::DW_TAG_enumeration_type if name != "c_void" => add(Kind::EnumIn, "the enum"),
            dw::DW_TAG_array_type => self.of(of.of()?, place, comes_in)?,
            dw::DW_TAG_pointer_type => match of.of()? {
                Some(target) if target.tag() == dw::DW_TAG_subroutine_type => {
                    add(Kind::NullIn, "a");
                    // Rust calls it, so what it takes goes out.
                    self.function(&target, &place.with(Step::Callback), !comes_in)?;
                }
                _ if name.starts_with('&') || name.contains("Box<") => add(Kind::NullIn, "a"),
                // What a pointer that may be written through leads to is taken for a result.
                target if name.starts_with("*const ") => self.of(target, place, comes_in)?,
                _ => {}
            },
            dw::DW_TAG_structure_type if name.starts_with("NonNull<") => add(Kind::NullIn, "a"),
            // An `Option` has NULL, and no other enum comes in that C could make.
            dw::DW_TAG_structure_type if variants(&of)?.is_some() => {
                if let Some(some) = payload(&of, &name)?.map_or(Ok(None), |some| some.of())?
                    && some.tag() == dw::DW_TAG_subroutine_type
                {
                    self.function(&some, &place.with(Step::Callback), !comes_in)?;
                }
            }
            dw::DW_TAG_structure_type
                if (self.is_described)(&name) && !self.inside.contains(&of.place()) =>
            {
                self.inside.push(of.place());
                for member in members(&of)? {
                    let own = field_in_c(&member.name()?.unwrap_or_default());
                    let place = place.with(Step::Field(format!("{name}.{own}")));
                    self.of(member.of()?, &place, comes_in)?;
                }
                self.inside.pop();
            }
            _ => {}
        }
        Ok(())
    }
}

/// Where the parameters of a function pointer end: `unsafe extern "C" fn(*const i8, ...) -> i32`.
fn closing(name: &str) -> Option<usize> {
    let from = name.find("fn(")? + 2;
    let mut depth = 0;
    let end = name[from..].find(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    Some(from + end?)
}

/// Whether it is a type of the standard library that is another type with more rules, if it holds
/// nothing else: `Cell<T>`, `ManuallyDrop<T>`, `AtomicU32`.
fn is_container(name: &str, module: &str) -> bool {
    let is_about_a_type =
        name.contains('<') || name.starts_with("Atomic") || name.starts_with("NonZero");
    is_standard(module) && is_about_a_type
}

fn is_standard(module: &str) -> bool {
    let library = module.split("::").next().unwrap_or_default();
    ["core", "std", "alloc"].contains(&library)
}

/// A struct, union or enum, by value or behind a pointer.
pub(super) fn named<'i, 'd>(
    reader: &mut Reader<'i, 'd>,
    entry: &Entry<'i, 'd>,
    by_value: bool,
) -> Result<Type> {
    let name = entry.name()?.unwrap_or_default();
    if name == "c_void" {
        return Ok(Type::Void);
    }
    let content = |reader: &mut Reader<'i, 'd>, of: Entry<'i, 'd>| {
        if is_tagged(&of) {
            named(reader, &of, by_value)
        } else {
            reader.of(Some(of))
        }
    };
    if let Some(some) = payload(entry, &name)? {
        // Its `None` is a number that C's `bool` and the enum do not have, and rustc chooses it.
        if [dw::DW_TAG_base_type, dw::DW_TAG_enumeration_type].contains(&some.tag()) {
            return Ok(Type::Other(name));
        }
        return content(reader, some);
    }
    let module = reader.rust.modules.get(&entry.place());
    if is_container(&name, module.map_or("", String::as_str))
        && let Some(only) = single_value(entry)?
    {
        return Ok(match content(reader, only)? {
            // It keeps a number, and hands out a `bool`.
            _ if name == "AtomicBool" || name == "Atomic<bool>" => Type::Bool,
            // It holds a `*const` and hands out a `*mut`; cbindgen sees the latter.
            Type::Pointer { to, .. } if name.starts_with("NonNull<") => Type::Pointer {
                access: Access::Mut,
                to,
            },
            other => other,
        });
    }
    let name = reader.rust.give(&name, entry);
    if by_value {
        reader.rust.pending.remove(&name);
        reader.define(&name, entry)?;
    } else if !reader.is_defined(&name) {
        let known = reader.rust.pending.entry(name.clone());
        known.or_insert_with(|| entry.clone());
    }
    Ok(Type::Named(name))
}

/// What an `Option` may hold, if it is no larger than that: its `None` is then a value that the type
/// itself does not have, NULL.
fn payload<'i, 'd>(entry: &Entry<'i, 'd>, name: &str) -> Result<Option<Entry<'i, 'd>>> {
    if !name.starts_with("Option<") {
        return Ok(None);
    }
    for variant in variants(entry)?.map_or(Ok(Vec::new()), |part| part.children())? {
        for member in members(&variant)? {
            if member.name()?.as_deref() == Some("Some")
                && let Some(some) = member.of()?
            {
                let content = single_value(&some)?;
                return Ok(content.filter(|content| content.size().ok() == entry.size().ok()));
            }
        }
    }
    Ok(None)
}

/// The type of the only field, if that is all there is to a struct or union.
fn single_value<'i, 'd>(entry: &Entry<'i, 'd>) -> Result<Option<Entry<'i, 'd>>> {
    if entry.tag() == dw::DW_TAG_enumeration_type {
        return Ok(None);
    }
    match &members(entry)?[..] {
        [only] => Ok(only.of()?.filter(|of| of.size().ok() == entry.size().ok())),
        _ => Ok(None),
    }
}

/// The variants of an enum, if they can have fields.
pub(super) fn variants<'i, 'd>(entry: &Entry<'i, 'd>) -> Result<Option<Entry<'i, 'd>>> {
    let mut children = entry.children()?.into_iter();
    Ok(children.find(|child| child.tag() == dw::DW_TAG_variant_part))
}

/// The name of a field as C can have it: those of a tuple have only a number.
pub(super) fn field_in_c(name: &str) -> String {
    match name.strip_prefix("__") {
        Some(number) if number.parse::<u32>().is_ok() => format!("_{number}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_tuple_has_one_underscore_in_c() {
        assert_eq!(field_in_c("__0"), "_0");
        assert_eq!(field_in_c("__name"), "__name");
        assert_eq!(field_in_c("value"), "value");
    }
}
