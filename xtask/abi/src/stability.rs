//! Whether a library still is what programs were built against.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};

use crate::check::Finding;
use crate::compare::{Difference, Kind, Place, Severity, Side, Step, compare};
use crate::model::{Record, THREAD_LOCAL};
use crate::names::{self, is_reserved};
use crate::version::is_version;
use crate::{Abi, symbols};

/// What changed from `old` to `new`, with what it does to users as the severity. `Break`: a program that was
/// built before can go wrong. `Type`: such a program works, and may not compile any more. `Style`: both do
/// what they did.
///
/// New functions, variables, types, constants and values of an enum have no effect: an older program does
/// not know of them. A new field in a struct has one, because the caller provides the memory for the
/// struct; but not one that takes the place of a reserved field. What has another name at the same place
/// concerns only those who compile again, as does a `const` that comes or goes. A type that no function of
/// the old library leads to has no layout that matters.
///
/// # Errors
///
/// If the two are of systems with pointers of different size.
pub fn changes(old: &Abi, new: &Abi) -> Result<Vec<Finding>> {
    if let (Some(was), Some(is)) = (old.pointer_size, new.pointer_size)
        && was != is
    {
        bail!(
            "one description is of a system with pointers of {} bits, the other of one with {} bits: \
             nearly all layouts differ",
            was * 8,
            is * 8
        );
    }
    let renamed = renamed_types(old, new);
    let mut old = old.clone();
    old.rename_types(&|name| names::renamed(&renamed, name).to_owned());
    let mut differences = compare(Side::c("was", &old), Side::c("is", new)).differences;
    for (was, is) in renamed {
        differences.push(other_name(Place::named("", &was), &was, &is));
    }
    let judge = Judge {
        old: &old,
        new,
        reachable: old.reachable(),
    };
    let differences = judge.with_new_names(differences).into_iter();
    let change = |of: Difference| {
        let cause = match (&of.left, &of.right) {
            (Some(was), Some(is)) => format!("was {was}, is {is}"),
            (Some(_), None) => "was removed".to_owned(),
            (None, _) => "was added".to_owned(),
        };
        let (severity, location) = (judge.effect(&of), new.location(&of.place.name).cloned());
        let mut finding = Finding::new(of.kind, of.place, cause, location);
        finding.severity = severity;
        finding
    };
    Ok(differences.map(change).collect())
}

/// What a user who was built or compiled against `frozen` could notice of `now`, in words.
///
/// # Errors
///
/// As for [`changes`].
pub fn incompatible(frozen: &Abi, now: &Abi) -> Result<Vec<String>> {
    let mut changes = changes(frozen, now)?;
    changes.retain(|change| change.severity != Severity::Style);
    Ok(changes.iter().map(Finding::text).collect())
}

/// The types that are only called otherwise: the new name for the old one.
fn renamed_types(old: &Abi, new: &Abi) -> BTreeMap<String, String> {
    let mut renamed = names::learn(old, &old.types, new, &BTreeMap::new()).pairs;
    renamed
        .retain(|was, is| was != is && !new.types.contains_key(was) && !old.types.contains_key(is));
    let mut called_otherwise = old.clone();
    called_otherwise.rename_types(&|name| names::renamed(&renamed, name).to_owned());
    renamed.retain(|_, is| called_otherwise.types.get(is) == new.types.get(is));
    renamed
}

fn other_name(place: Place, was: &str, is: &str) -> Difference {
    Difference {
        kind: Kind::Renamed,
        place,
        left: Some(format!("`{was}`")),
        right: Some(format!("`{is}`")),
    }
}

struct Judge<'a> {
    old: &'a Abi,
    new: &'a Abi,
    /// What the functions and variables of the old library lead to.
    reachable: BTreeSet<String>,
}

impl<'a> Judge<'a> {
    /// Takes what was removed and what was added at the same place as one new name.
    fn with_new_names(&self, mut differences: Vec<Difference>) -> Vec<Difference> {
        let (mut gone, mut renamed) = (Vec::new(), Vec::new());
        for was in differences.iter().filter(|of| of.right.is_none()) {
            let is = differences.iter().filter(|is| is.left.is_none());
            let same = is.filter_map(|is| Some((is, self.new_name(was, is)?)));
            if let [(is, new_name)] = &same.collect::<Vec<_>>()[..] {
                gone.extend([was.clone(), (*is).clone()]);
                renamed.push(new_name.clone());
            }
        }
        differences.retain(|of| !gone.contains(of));
        differences.extend(renamed);
        differences
    }

    fn new_name(&self, was: &Difference, is: &Difference) -> Option<Difference> {
        let (old, new) = (&was.place, &is.place);
        let [a, b] = match (&old.steps[..], &new.steps[..]) {
            ([Step::Field(a)], [Step::Field(b)])
                if old.name == new.name && self.is_same_field(&old.name, a, b) =>
            {
                [a, b]
            }
            ([], []) if was.left == is.right && self.are_of_one_enum(was, is) => {
                [&old.name, &new.name]
            }
            _ => return None,
        };
        Some(other_name(old.clone(), a, b))
    }

    fn records(&self, name: &str) -> Option<(&'a Record, &'a Record)> {
        let record = |of: &'a Abi| of.types.get(name)?.record();
        record(self.old).zip(record(self.new))
    }

    fn is_same_field(&self, record: &str, was: &str, is: &str) -> bool {
        let place = |record: &Record, name: &str| {
            let field = record.fields.iter().find(|field| field.name == name);
            field.map(|field| (field.offset, field.bits, field.of.clone()))
        };
        let records = self.records(record);
        records.is_some_and(|(old, new)| place(old, was) == place(new, is))
    }

    fn are_of_one_enum(&self, was: &Difference, is: &Difference) -> bool {
        let of = self.old.enum_of(&was.place.name);
        let new = of.and_then(|of| self.new.types.get(of));
        new.is_some_and(|new| new.has_value(&is.place.name))
    }

    fn effect(&self, change: &Difference) -> Severity {
        let (kind, place, left) = (change.kind, &change.place, &change.left);
        let name = place.name.as_str();
        let is_unreachable = self.old.types.contains_key(name) && !self.reachable.contains(name);
        if !place.is_symbol() && is_unreachable && !matches!(kind, Kind::Missing | Kind::Renamed) {
            return Severity::Style;
        }
        if let [Step::Field(field)] = &place.steps[..]
            && is_reserved(field)
            && self
                .records(name)
                .is_some_and(|(old, new)| old.size == new.size)
        {
            return Severity::Style;
        }
        if !place.is_symbol() && self.is_internal(name) {
            return Severity::Style;
        }
        match kind {
            Kind::Missing | Kind::Variant if left.is_none() => Severity::Style,
            Kind::Definition if left.as_deref() == Some("opaque") => Severity::Style,
            Kind::Missing if !place.is_symbol() => Severity::Type,
            Kind::Value if is_version(name) => Severity::Style,
            Kind::Field => self.effect_of_field(name, change),
            Kind::Const | Kind::Qualifier => effect_of_qualifier(change),
            Kind::EnumAsInteger | Kind::PointerSized => Severity::Style,
            Kind::Renamed | Kind::Char | Kind::VoidPointer => Severity::Type,
            _ => Severity::Break,
        }
    }

    /// Whether no function leads to it, and it stands in a header that calls itself internal and declares none.
    fn is_internal(&self, name: &str) -> bool {
        let is_reachable = self
            .reachable
            .contains(self.old.enum_of(name).unwrap_or(name));
        let is_internal = |of: &Abi| {
            let file = &of.location(name)?.file;
            let mut symbols = symbols::declared(of).into_iter();
            let declares = |symbol| Some(of.locations.get(&symbol)?.file == *file);
            Some(calls_itself_internal(file) && !symbols.any(|of| declares(of) == Some(true)))
        };
        let known = [self.old, self.new].map(is_internal);
        !is_reachable && known.contains(&Some(true)) && !known.contains(&Some(false))
    }

    /// Of a field that only one side has.
    fn effect_of_field(&self, record: &str, change: &Difference) -> Severity {
        let (Some((old, new)), Some(Step::Field(name))) =
            (self.records(record), change.place.steps.first())
        else {
            return Severity::Break;
        };
        if old.is_union {
            return match change.left {
                None => Severity::Style,
                Some(_) => Severity::Type,
            };
        }
        let mut of_either = old.fields.iter().chain(&new.fields);
        let field = of_either.find(|field| field.name == *name);
        let mut reserved = old.reserved().into_iter();
        let was_reserved = field.is_some_and(|of| reserved.any(|range| range.contains(&of.offset)));
        match old.size == new.size && was_reserved {
            true => Severity::Style,
            false => Severity::Break,
        }
    }
}

/// `points_internal.h`, `private/points.h`
fn calls_itself_internal(file: &Path) -> bool {
    let names = file.iter().rev().take(2).filter_map(|name| name.to_str());
    let mut words = names.flat_map(|name| name.split(['_', '-', '.']));
    words.any(|word| ["internal", "private", "detail", "impl"].contains(&word))
}

/// C takes a pointer to anything as one to `const`, and a program that was built before goes on as it did. But it
/// cannot write to a variable that is `const` now, and does not lock where others expect it to.
fn effect_of_qualifier(change: &Difference) -> Severity {
    let sides = [&change.left, &change.right].map(|side| side.as_deref().unwrap_or_default());
    let differ = |word: &str| sides[0].contains(word) != sides[1].contains(word);
    let count = |side: &str| side.matches("const").count() + side.matches("volatile").count();
    let is_more = count(sides[1]) > count(sides[0]);
    match &change.place.steps[..] {
        _ if differ("_Atomic") || differ(THREAD_LOCAL) => Severity::Break,
        [] if is_more && change.kind == Kind::Const => Severity::Break,
        [Step::Parameter { .. }] if is_more => Severity::Style,
        [] | [Step::Result] if !is_more => Severity::Style,
        [Step::Field(_)] if !is_more && !sides[0].contains('*') => Severity::Style,
        _ => Severity::Type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROZEN: &str = "\
constant LIMIT = 1
enum Status size 4 unsigned
enum Status STATUS_OK = 0
opaque Handle
struct Root size 8 align 8
struct Root .value @0 f64
fn root(*const f64) -> Root
fn sqrt(f64) -> f64
";

    fn found_for(from: &str, to: &str) -> Vec<String> {
        assert!(FROZEN.contains(from), "{from}");
        let frozen = Abi::parse(FROZEN).unwrap();
        incompatible(&frozen, &Abi::parse(&FROZEN.replacen(from, to, 1)).unwrap()).unwrap()
    }

    #[test]
    fn additions_are_compatible() {
        for (from, to) in [
            ("fn sqrt", "fn cbrt(f64) -> f64\nfn sqrt"),
            (
                "enum Status STATUS_OK = 0",
                "enum Status STATUS_OK = 0\nenum Status STATUS_IO = 1",
            ),
            (
                "opaque Handle",
                "struct Point size 8 align 8\nstruct Point .x @0 f64",
            ),
            (
                "opaque Handle",
                "struct Handle size 8 align 8\nstruct Handle .x @0 f64",
            ),
            ("constant", "constant ANOTHER = 2\nconstant"),
        ] {
            assert_eq!(found_for(from, to), [""; 0]);
        }
    }

    #[test]
    fn other_systems_are_not_compared() {
        let [wide, narrow] = [8, 4].map(|size| Abi {
            pointer_size: Some(size),
            ..Abi::parse(FROZEN).unwrap()
        });
        assert_eq!(
            incompatible(&wide, &Abi::parse(FROZEN).unwrap()).unwrap(),
            [""; 0]
        );
        let error = changes(&wide, &narrow).unwrap_err().to_string();
        assert!(
            error.contains("64 bits, the other of one with 32 bits"),
            "{error}"
        );
    }

    #[test]
    fn all_else_is_not() {
        for (from, to, expected) in [
            ("fn sqrt(f64) -> f64\n", "", "`sqrt`: was removed"),
            (
                "sqrt(f64)",
                "sqrt(f32)",
                "`sqrt`, parameter 1: was `double`, is `float`",
            ),
            (
                "*const f64",
                "*mut f64",
                "`root`, parameter 1: was `const double *`, is `double *`",
            ),
            (
                "size 8 align 8",
                "size 16 align 8",
                "struct `Root`: was size 8, is size 16",
            ),
            (
                ".value @0 f64",
                ".value @0 f64\nstruct Root .new @8 f64",
                "`Root.new`: was added",
            ),
            (
                ".value @0 f64",
                ".value @0 u64",
                "`Root.value`: was `double`, is `uint64_t`",
            ),
            ("STATUS_OK = 0", "STATUS_OK = 1", "`STATUS_OK`: was 0, is 1"),
            (
                "enum Status STATUS_OK = 0\n",
                "",
                "`STATUS_OK`: was removed",
            ),
            ("constant LIMIT = 1\n", "", "`LIMIT`: was removed"),
            ("LIMIT = 1", "LIMIT = 2", "`LIMIT`: was 1, is 2"),
        ] {
            assert_eq!(found_for(from, to), [expected]);
        }
    }
}
