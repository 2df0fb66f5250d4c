//! What Rust's types, fields and variants are called in C.
//!
//! That `Regex` in Rust is `rgx_regex` in C is written nowhere. It is learned from where the two stand in the
//! same place: as the same parameter of the same function, as the same field. Only names that have
//! each other as their best partner are taken; the rest stays different.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToShoutySnakeCase as _;

use crate::Abi;
use crate::model::{Definition, Enumeration, Field, Note, Record, Signature, Type};

/// What was learned from two descriptions.
#[derive(Default)]
pub(crate) struct Learned {
    /// The name in C for a name in Rust.
    pub pairs: BTreeMap<String, String>,
    /// Names in Rust whose fields could say more.
    pub interesting: BTreeSet<String>,
}

/// Learns names from the functions and variables of `rust`, its types as far as they are in `types`,
/// and a header. What is in `known` needs not to be learned.
pub(crate) fn learn(
    rust: &Abi,
    types: &BTreeMap<String, Definition>,
    header: &Abi,
    known: &BTreeMap<String, String>,
) -> Learned {
    let mut meeting = Meeting {
        types,
        header,
        votes: BTreeMap::new(),
        interesting: BTreeSet::new(),
    };
    for (name, signature) in &rust.functions {
        if let Some(other) = header.functions.get(name) {
            meeting.signatures(signature, other);
        }
    }
    for (name, of) in &rust.variables {
        if let Some(other) = header.variables.get(name) {
            meeting.of(of, other.without_qualifiers());
        }
    }
    for name in header.described() {
        // The same name on both sides, though no function mentions it.
        if types.contains_key(name) {
            meeting.named(name, name);
        }
    }
    let met: BTreeSet<&str> = meeting.votes.keys().map(|(rust, _)| *rust).collect();
    // A name that is given means all types of that name, whatever they are of: `Set<T>`.
    let given = |name: &str| known.get(name.split('<').next().unwrap_or(name));
    let met = met.into_iter().chain(types.keys().map(String::as_str));
    let given = met.filter_map(|name| {
        let c = given(name)?.clone();
        let inside = meeting.enum_inside(name, &c);
        Some((inside.unwrap_or(name.to_owned()), c))
    });
    let given: BTreeMap<String, String> = given.collect();
    for (name, c) in &given {
        meeting.interest(name, c);
    }
    let mut pairs = best(&meeting.votes);
    pairs.retain(|rust, c| !given.contains_key(rust) && !given.values().any(|given| given == c));
    pairs.extend(given);
    Learned {
        pairs,
        interesting: meeting.interesting,
    }
}

/// Two descriptions, gone through side by side.
struct Meeting<'a> {
    types: &'a BTreeMap<String, Definition>,
    header: &'a Abi,
    /// How often a name of Rust and a name of C stand in the same place.
    votes: BTreeMap<(&'a str, &'a str), usize>,
    interesting: BTreeSet<String>,
}

impl<'a> Meeting<'a> {
    fn signatures(&mut self, rust: &'a Signature, c: &'a Signature) {
        if rust.parameters.len() == c.parameters.len() {
            for (ours, theirs) in rust.parameters.iter().zip(&c.parameters) {
                self.of(&ours.of, &theirs.of);
            }
        }
        self.of(&rust.result, &c.result);
    }

    fn of(&mut self, rust: &'a Type, c: &'a Type) {
        match (rust, c) {
            (Type::Pointer { to: ours, .. }, Type::Pointer { to: theirs, .. }) => {
                match (&**ours, &**theirs) {
                    // C passes an array as a pointer to its first element.
                    (Type::Array { of, .. }, theirs) if !matches!(theirs, Type::Array { .. }) => {
                        self.of(of, theirs);
                    }
                    (ours, theirs) => self.of(ours, theirs),
                }
            }
            (Type::Function(ours), Type::Function(theirs)) => self.signatures(ours, theirs),
            (Type::Array { of: ours, .. }, Type::Array { of: theirs, .. }) => self.of(ours, theirs),
            (Type::Named(ours), Type::Named(theirs)) => {
                if let Some(content @ Type::Named(inner)) = self.content(ours)
                    && ours != theirs
                    && (inner == theirs || self.enum_inside(ours, theirs).is_some())
                {
                    // A wrapper that C has no name for.
                    return self.of(content, c);
                }
                self.named(ours, theirs);
            }
            (Type::Named(ours), c) if *c != Type::Void => {
                self.interesting.insert(ours.clone());
                if let Some(content) = self.content(ours) {
                    self.of(content, c);
                }
            }
            _ => {}
        }
    }

    /// The enum in a struct with nothing else in it, where C has an enum: a newtype, which only Rust
    /// sees.
    fn enum_inside(&mut self, rust: &str, c: &str) -> Option<String> {
        self.header.types.get(c)?.enumeration()?;
        let Type::Named(inner) = self.content(rust)? else {
            return None;
        };
        // Both are read before anything is said of them.
        self.interesting.extend([rust.to_owned(), inner.clone()]);
        self.types.get(inner)?.enumeration()?;
        Some(inner.clone())
    }

    fn content(&self, rust: &str) -> Option<&'a Type> {
        content(self.types.get(rust)?.record()?)
    }

    fn interest(&mut self, rust: &str, c: &str) {
        let is_opaque = matches!(self.header.types.get(c), None | Some(Definition::Opaque));
        if rust != c || !is_opaque {
            self.interesting.insert(rust.to_owned());
        }
    }

    fn named(&mut self, rust: &'a str, c: &'a str) {
        self.interest(rust, c);
        let votes = self.votes.entry((rust, c)).or_default();
        *votes += 1;
        if *votes > 1 {
            return;
        }
        let (ours, theirs) = (self.types.get(rust), self.header.types.get(c));
        let theirs = theirs.and_then(Definition::record);
        if let Some((ours, theirs)) = ours.and_then(Definition::record).zip(theirs) {
            for (ours, theirs) in same_fields(&ours.fields, &theirs.fields) {
                self.of(&ours.of, &theirs.of);
            }
        }
    }
}

/// What a struct with nothing else in it holds.
pub(crate) fn content(record: &Record) -> Option<&Type> {
    match &record.fields[..] {
        [only] if only.offset == 0 && only.bits.is_none() => Some(&only.of),
        _ => None,
    }
}

/// The names that are each other's best partner, better than any other. A name that both sides have
/// is no other's.
fn best(votes: &BTreeMap<(&str, &str), usize>) -> BTreeMap<String, String> {
    let shared = votes.keys().filter(|(rust, c)| rust == c);
    let shared: BTreeSet<&str> = shared.map(|(name, _)| *name).collect();
    let is_best = |(rust, c): (&str, &str), own: usize| {
        let is_other = |a: &str, b: &str| (a == rust) != (b == c);
        let mut others = votes.iter().filter(|((a, b), _)| is_other(a, b));
        rust == c
            || (others.all(|(_, votes)| *votes < own)
                && ![rust, c].iter().any(|name| shared.contains(name)))
    };
    let best = votes.iter().filter(|(pair, own)| is_best(**pair, **own));
    best.map(|((rust, c), _)| ((*rust).to_owned(), (*c).to_owned()))
        .collect()
}

/// The fields of two structs that are the same: by name, by the last words of the name (`pt_x` is `x`),
/// and of the rest by place.
fn same_fields<'a>(rust: &'a [Field], c: &'a [Field]) -> Vec<(&'a Field, &'a Field)> {
    let is_there = |ours: &Field, theirs: &Field| {
        theirs.offset == ours.offset && theirs.bits.is_none() && !is_reserved(&theirs.name)
    };
    type IsSame<'a> = &'a dyn Fn(&Field, &Field) -> bool;
    let ways: [IsSame<'_>; 3] = [
        &|ours, theirs| is_same_name(&ours.name, &theirs.name),
        &|ours, theirs| {
            ends_with_words(&theirs.name, &ours.name) || ends_with_words(&ours.name, &theirs.name)
        },
        &is_there,
    ];
    let mut pairs = Vec::new();
    let (mut ours, mut theirs): (Vec<_>, Vec<_>) = (rust.iter().collect(), c.iter().collect());
    for is_same in ways {
        ours.retain(|of| {
            let found = theirs.iter().position(|other| is_same(of, other));
            pairs.extend(found.map(|index| (*of, theirs.remove(index))));
            found.is_none()
        });
    }
    pairs
}

/// Whether a field of C has a name that says that it is none of the user's business.
pub(crate) fn is_reserved(name: &str) -> bool {
    let name = name.to_lowercase();
    let has_word = |word| name.contains(word);
    let mut words = name.split('_');
    name.starts_with('_')
        || ["reserved", "private"].into_iter().any(has_word)
        || words.any(|word| ["pad", "padding", "unused"].contains(&word))
}

/// `type_`, `r#type` and `Type` are one name, as are `byteCount` and `byte_count`.
fn is_same_name(rust: &str, c: &str) -> bool {
    plain(rust.trim_start_matches("r#")) == plain(c)
}

/// A name in lower case, without underscores and hyphens.
pub(crate) fn plain(name: &str) -> String {
    name.replace(['_', '-'], "").to_lowercase()
}

/// The name that a name has by these pairs, or the same.
pub(crate) fn renamed<'a>(pairs: &'a BTreeMap<String, String>, name: &'a str) -> &'a str {
    pairs.get(name).map_or(name, String::as_str)
}

/// Gives the types, fields and variants of `rust` the names that they have in C.
pub(crate) fn translate(rust: &mut Abi, pairs: &BTreeMap<String, String>, header: &Abi) {
    let taken: BTreeSet<&str> = pairs.values().map(String::as_str).collect();
    let rename = |name: &str| match pairs.get(name) {
        Some(c) => c.clone(),
        // Another type of Rust's has this name in C.
        None if taken.contains(name) => format!("{name} (in Rust)"),
        None => name.to_owned(),
    };
    rust.rename_types(&rename);
    let all = rust.types.clone();
    for (name, definition) in &mut rust.types {
        match (definition, header.types.get(name)) {
            (Definition::Record(ours), Some(Definition::Record(theirs)))
                if !theirs.fields.is_empty() =>
            {
                // Structs in structs; what a file makes up has no end.
                for _ in 0..8 {
                    flatten(ours, theirs, &all);
                }
                if rename_fields(ours, theirs) {
                    let why = "which of its fields are the same: their names do not tell, so their places do";
                    rust.notes.push(Note::new(name, why));
                }
            }
            (Definition::Enumeration(ours), Some(Definition::Enumeration(theirs))) => {
                ours.values = variants(name, ours, &theirs.values);
            }
            (Definition::Enumeration(ours), _) => {
                ours.values = variants(name, ours, &BTreeMap::new());
            }
            _ => {}
        }
    }
}

/// Where C has members without a name, Rust has a field with one: takes that field apart.
fn flatten(rust: &mut Record, c: &Record, records: &BTreeMap<String, Definition>) {
    let inside = |of: &Type| match of {
        Type::Named(name) => records
            .get(name)?
            .record()
            .filter(|of| !of.fields.is_empty()),
        _ => None,
    };
    let mut pairs = same_fields(&rust.fields, &c.fields);
    pairs.retain(|(ours, theirs)| {
        let is_taken_apart = inside(&ours.of).is_some() && inside(&theirs.of).is_none();
        is_same_name(&ours.name, &theirs.name) || !is_taken_apart
    });
    let matched = pairs.iter().map(|(ours, _)| ours.name.clone());
    let matched: BTreeSet<String> = matched.collect();
    let mut fields = Vec::new();
    for field in std::mem::take(&mut rust.fields) {
        match inside(&field.of).filter(|_| !matched.contains(&field.name)) {
            Some(inner) => fields.extend(inner.fields.iter().map(|of_inner| Field {
                offset: field.offset + of_inner.offset,
                ..of_inner.clone()
            })),
            None => fields.push(field),
        }
    }
    rust.fields = fields;
}

/// Returns whether there are fields that have nothing in common but their place.
fn rename_fields(rust: &mut Record, c: &Record) -> bool {
    let pairs = same_fields(&rust.fields, &c.fields).into_iter();
    let pairs = pairs.map(|(ours, theirs)| (ours.name.clone(), theirs.name.clone()));
    let names: BTreeMap<String, String> = pairs.collect();
    let mut by_place = false;
    for field in &mut rust.fields {
        if let Some(name) = names.get(&field.name) {
            let has_name = |a: &str, b: &str| is_same_name(a, b) || ends_with_words(a, b);
            by_place |= !has_name(name, &field.name) && !has_name(&field.name, name);
            field.name.clone_from(name);
        }
    }
    // What stands alone is what it is.
    by_place && rust.fields.len() > 1
}

/// The values of an enum by their names in C. Each variant's is the one that ends with its words; of
/// those that are left, the one with its value; else the one that cbindgen would give it.
fn variants(name: &str, rust: &Enumeration, c: &BTreeMap<String, i128>) -> BTreeMap<String, i128> {
    let mut left = c.clone();
    let mut values = BTreeMap::new();
    let mut unnamed = Vec::new();
    // Longer names first: `IoError` takes `X_IO_ERROR` before `Error` can.
    let mut variants: Vec<_> = rust.values.iter().collect();
    variants.sort_by_key(|(variant, _)| std::cmp::Reverse(variant.len()));
    for (variant, value) in variants {
        let full = in_c(name, variant);
        let of_words = left.keys().filter(|name| ends_with_words(name, variant));
        let best = match left.contains_key(&full) {
            true => Some(full.clone()),
            false => of_words
                .min_by_key(|name| (left[*name] != *value, name.len()))
                .cloned(),
        };
        match best {
            Some(name) => {
                left.remove(&name);
                values.insert(name, *value);
            }
            None => unnamed.push((full, *value)),
        }
    }
    for (full, value) in unnamed {
        let same = left.keys().find(|name| left[*name] == value).cloned();
        let name = same.unwrap_or(full);
        left.remove(&name);
        values.insert(name, value);
    }
    values
}

/// Whether the last words of a name in C are those of a variant: `RGX_ERROR_IO` and `Io`.
fn ends_with_words(c: &str, variant: &str) -> bool {
    let variant = plain(variant);
    let is_start =
        |(at, letter): &(usize, char)| *at == 0 || letter.is_uppercase() || c[..*at].ends_with('_');
    let mut starts = c.char_indices().filter(is_start);
    starts.any(|(at, _)| plain(&c[at..]) == variant)
}

/// The name of a variant as cbindgen writes it: `PointStatus` and `InvalidUtf8` become
/// `POINT_STATUS_INVALID_UTF8`.
fn in_c(enum_name: &str, variant: &str) -> String {
    let [of, own] = [enum_name, variant].map(|name| name.to_shouty_snake_case());
    format!("{of}_{own}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_named_as_cbindgen_names_it() {
        for (variant, expected) in [
            ("Ok", "POINT_STATUS_OK"),
            ("NullPointer", "POINT_STATUS_NULL_POINTER"),
            ("InvalidUtf8", "POINT_STATUS_INVALID_UTF8"),
            ("Utf8Error", "POINT_STATUS_UTF8_ERROR"),
            ("IOError", "POINT_STATUS_IO_ERROR"),
            ("A1B", "POINT_STATUS_A1B"),
        ] {
            assert_eq!(in_c("PointStatus", variant), expected);
        }
    }

    /// What Rust and the header say, and the names in the result.
    fn translated(rust: &str, header: &str) -> String {
        let [mut rust, header] = [rust, header].map(|text| Abi::parse(text).unwrap());
        let learned = learn(&rust, &rust.types, &header, &BTreeMap::new());
        translate(&mut rust, &learned.pairs, &header);
        rust.to_string()
    }

    #[test]
    fn names_are_learned_from_where_they_stand() {
        let rust = "opaque Regex\nstruct Options size 4 align 4\nstruct Options .byteCount @0 u32\n\
                    fn a(*mut Regex, *const Options)\nfn b(*const Regex)\n";
        let header = "opaque rgx\nstruct rgx_options size 4 align 4\nstruct rgx_options .byte_count @0 u32\n\
                      fn a(*mut rgx, *const rgx_options)\nfn b(*const rgx)\n";
        assert_eq!(translated(rust, header), header);
    }

    #[test]
    fn the_name_of_most_places_counts_and_none_of_two_that_are_equal() {
        let rust = "opaque A\nfn a(*mut A)\nfn b(*mut A)\nfn c(*mut A)\n";
        let header = "opaque x\nopaque y\nfn a(*mut x)\nfn b(*mut y)\nfn c(*mut x)\n";
        assert_eq!(translated(rust, header), rust.replace('A', "x"));
        let rust = "opaque A\nfn a(*mut A)\nfn b(*mut A)\n";
        let header = "opaque x\nopaque y\nfn a(*mut x)\nfn b(*mut y)\n";
        assert_eq!(translated(rust, header), rust);
        let rust = "opaque A\nopaque B\nfn a(*mut A)\nfn b(*mut B)\n";
        let header = "opaque x\nfn a(*mut x)\nfn b(*mut x)\n";
        assert_eq!(translated(rust, header), rust);
        // A name that both sides have is no other's.
        let rust = "opaque A\nopaque B\nfn a(*mut A)\nfn b(*mut A)\nfn c(*mut B)\n";
        let header = "opaque A\nopaque B\nfn a(*mut B)\nfn b(*mut B)\nfn c(*mut B)\n";
        assert_eq!(translated(rust, header), rust);
    }

    #[test]
    fn a_name_that_is_given_is_not_learned() {
        let rust = "opaque A\nopaque B\nfn a(*mut A)\nfn b(*mut B)\n";
        let header = "opaque x\nopaque y\nfn a(*mut x)\nfn b(*mut y)\n";
        let [mut rust, header] = [rust, header].map(|text| Abi::parse(text).unwrap());
        let known = [("A", "y"), ("Never", "x")].map(|(rust, c)| (rust.to_owned(), c.to_owned()));
        let learned = learn(&rust, &rust.types, &header, &known.into());
        translate(&mut rust, &learned.pairs, &header);
        // `B` stands where `y` does, which is taken; and nothing has the name `Never`.
        assert_eq!(
            rust.to_string(),
            "opaque B\nopaque y\nfn a(*mut y)\nfn b(*mut B)\n"
        );
    }

    #[test]
    fn a_struct_around_an_enum_is_that_enum_in_c() {
        let rust = "struct Guarded size 4 align 4\nstruct Guarded .__0 @0 Status\nenum Status size 4 unsigned\n\
                    enum Status Ok = 0\nenum Status Io = 8\nfn a() -> Guarded\n";
        let header = "enum x_status size 4 unsigned\nenum x_status X_OK = 0\nenum x_status X_IO = 8\n\
                      fn a() -> x_status\n";
        // Learned, and given by cbindgen's configuration.
        for known in [vec![], vec![("Guarded", "x_status")]] {
            let [mut rust, header] = [rust, header].map(|text| Abi::parse(text).unwrap());
            let known = known.into_iter();
            let known = known.map(|(rust, c)| (rust.to_owned(), c.to_owned()));
            let learned = learn(&rust, &rust.types, &header, &known.collect());
            translate(&mut rust, &learned.pairs, &header);
            assert_eq!(rust.types.get("x_status"), header.types.get("x_status"));
        }
    }

    #[test]
    fn fields_lead_to_further_names() {
        let rust = "struct Inner size 4 align 4\nstruct Inner .x @0 i32\nstruct Outer size 4 align 4\n\
                    struct Outer .inner @0 Inner\nfn a(Outer)\n";
        let header = "struct in_t size 4 align 4\nstruct in_t .x @0 i32\nstruct out_t size 4 align 4\n\
                      struct out_t .inner @0 in_t\nfn a(out_t)\n";
        assert_eq!(translated(rust, header), header);
    }

    #[test]
    fn members_without_a_name_are_found_in_a_field_with_one() {
        let rust = "union Part size 4 align 4\nunion Part .a @0 i32\nunion Part .b @0 f32\n\
                    struct Whole size 8 align 4\nstruct Whole .kind @0 u32\nstruct Whole .part @4 Part\nfn a(Whole)\n";
        let header = "struct Whole size 8 align 4\nstruct Whole .kind @0 u32\nstruct Whole .a @4 i32\n\
                      struct Whole .b @4 f32\nfn a(Whole)\n";
        let expected = header.replace("struct Whole size", "union Part size 4 align 4\nunion Part .a @0 i32\nunion Part .b @0 f32\nstruct Whole size");
        assert_eq!(translated(rust, header), expected);
    }

    #[test]
    fn a_struct_in_a_struct_is_taken_apart_where_c_has_its_first_field() {
        let rust = "struct Outer size 24 align 8\nstruct Outer .id @0 Inner\nstruct Outer .more @16 u64\n\
                    struct Inner size 16 align 8\nstruct Inner .pair @0 Pair\nstruct Pair size 16 align 8\n\
                    struct Pair .store @0 u64\nstruct Pair .index @8 u32\nfn a(Outer)\n";
        let header = "struct Outer size 24 align 8\nstruct Outer .store @0 u64\nstruct Outer .__private @8 u64\n\
                      struct Outer .more @16 u64\nfn a(Outer)\n";
        let text = translated(rust, header);
        for field in [
            "struct Outer .store @0 u64\n",
            "struct Outer .index @8 u32\n",
        ] {
            assert!(text.contains(field), "{text}");
        }
    }

    #[test]
    fn variants_are_found_by_their_last_words_and_by_their_value() {
        let rust = "enum Kind size 4 unsigned\nenum Kind Ok = 0\nenum Kind IoError = 1\nenum Kind Error = 2\n\
                    enum Kind Other = 7\nenum Kind Wrong = 8\nfn a() -> Kind\n";
        let header = "enum kind_t size 4 unsigned\nenum kind_t KIND_OK = 0\nenum kind_t KIND_IO_ERROR = 1\n\
                      enum kind_t KIND_ERROR = 2\nenum kind_t KIND_MISC = 7\nenum kind_t KIND_WRONG = 9\nfn a() -> kind_t\n";
        assert_eq!(
            translated(rust, header),
            header.replace("KIND_WRONG = 9", "KIND_WRONG = 8")
        );
    }
}
