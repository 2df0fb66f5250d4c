//! What a check finds: a library held against its header, its Python module and an earlier description.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::compare::{Compared, Kind, Place, Severity, Side, Words, compare};
use crate::items::{Constant, Items, Value};
use crate::model::{Abi, Definition, Location, Note, THREAD_LOCAL, Type};
use crate::symbols::ElfSymbols;
use crate::{RustLibrary, stability, symbols, version};

/// What a package says about how it is to be checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Rules {
    /// Only names that begin with it count.
    pub prefix: String,
    /// The names in C of types in Rust, where they cannot be learned.
    pub rename: BTreeMap<String, String>,
    /// What C may put before the names of Rust's constants: in lower case, without underscores.
    #[serde(skip)]
    pub prefixes: BTreeSet<String>,
    /// Findings that are as they should be.
    pub allow: Vec<Allowance>,
    /// The version of the package, `1.2.3`, with which the header's own has to agree.
    #[serde(skip)]
    pub version: String,
    /// Whether to look for what comes in of which C has more values than Rust.
    pub lints: bool,
    /// Whether a finding of severity [`Severity::Style`] fails, too.
    pub strict: bool,
}

/// A finding that is as it should be, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Where, as [`Place::matches`] reads it.
    pub at: String,
    /// Only findings of this kind.
    pub kind: Option<Kind>,
    /// The reason.
    pub why: String,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What each side has: "Rust `usize`, sample.h `uint32_t`". Findings with the same cause have the
    /// same.
    pub cause: String,
    /// The line of the header, or of the Rust source for what no header declares.
    pub location: Option<Location>,
    /// Why it is allowed, if it is.
    pub allowed: Option<String>,
}

impl Finding {
    /// With the severity of its kind, and not allowed.
    pub fn new(kind: Kind, place: Place, cause: String, location: Option<Location>) -> Finding {
        Finding {
            severity: kind.severity(),
            allowed: None,
            kind,
            place,
            cause,
            location,
        }
    }

    /// As a sentence.
    pub fn text(&self) -> String {
        format!("{}: {}", self.place, self.cause)
    }
}

/// All that a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was checked, for a heading.
    pub title: String,
    /// What was done to it: "compared".
    pub done: &'static str,
    /// What a person reads for each severity.
    pub labels: [&'static str; 3],
    /// What is not as it should be, what is allowed included.
    pub findings: Vec<Finding>,
    /// What was not compared.
    pub notes: Vec<Note>,
    /// The names of functions, variables, types and constants that were compared.
    pub compared: Vec<(&'static str, BTreeSet<String>)>,
    /// Whether a finding of severity [`Severity::Style`] fails, too, and what was not compared.
    pub strict: bool,
}

impl Report {
    /// Whether a finding fails the check.
    pub fn fails(&self, finding: &Finding) -> bool {
        let counts = self.strict || finding.severity != Severity::Style;
        finding.allowed.is_none() && counts
    }

    /// Whether all is as it should be.
    pub fn is_good(&self) -> bool {
        let is_complete = self.notes.is_empty() || !self.strict;
        let fails = self.findings.iter().any(|finding| self.fails(finding));
        is_complete && !fails
    }
}

impl Rules {
    /// Leaves out what does not begin with the prefix.
    pub fn keep_own(&self, abi: &mut Abi) {
        let is_own = |name: &String| name.starts_with(&self.prefix);
        abi.functions.retain(|name, _| is_own(name));
        abi.variables.retain(|name, _| is_own(name));
    }

    /// A report about these findings, of which some are allowed. `is_all`: what none of them needs is a finding,
    /// too, for nothing was left out.
    pub fn report(
        &self,
        title: &str,
        mut findings: Vec<Finding>,
        mut notes: Vec<Note>,
        of: Compared,
        is_all: bool,
    ) -> Report {
        for finding in &mut findings {
            let allowance = self.allow.iter().rfind(|of| of.allows(finding));
            finding.allowed = allowance.map(|of| of.why.clone());
        }
        let is_used = |of: &Allowance| {
            let mut findings = findings.iter();
            findings.any(|finding| of.allows(finding)) || notes.iter().any(|note| of.accepts(note))
        };
        let unused = self.allow.iter().filter(|of| is_all && !is_used(of));
        let unused: Vec<Finding> = unused.map(Allowance::finding).collect();
        findings.extend(unused);
        notes.retain(|note| !self.allow.iter().any(|of| of.accepts(note)));
        findings.sort_by_key(|finding| (finding.severity, finding.place.id()));
        notes.sort();
        notes.dedup();
        Report {
            title: title.to_owned(),
            done: "compared",
            labels: Severity::ALL.map(Severity::id),
            findings,
            notes,
            compared: vec![
                ("functions", of.functions),
                ("variables", of.variables),
                ("types", of.types),
                ("constants", of.constants),
            ],
            strict: self.strict,
        }
    }
}

impl Allowance {
    /// That it matches no finding.
    fn finding(&self) -> Finding {
        let Allowance { at, kind, why } = self;
        let kind = kind.map_or_else(String::new, |kind| format!(", kind `{}`", kind.id()));
        let cause =
            format!("the allowance at `{at}`{kind} (\"{why}\") matches no finding: remove it");
        Finding::new(Kind::UnusedAllowance, Place::named("", at), cause, None)
    }

    fn allows(&self, finding: &Finding) -> bool {
        finding.place.matches(&self.at) && self.kind.is_none_or(|kind| kind == finding.kind)
    }

    /// Whether it is for what was not compared, and for this.
    fn accepts(&self, note: &Note) -> bool {
        let is_there = Place::named("", &note.name).matches(&self.at);
        self.kind == Some(Kind::NotCompared) && is_there
    }
}

/// What was found so far.
pub(crate) struct Findings<'a> {
    pub header: &'a Abi,
    pub rust: &'a RustLibrary,
    pub found: Vec<Finding>,
    pub notes: Vec<Note>,
}

impl Findings<'_> {
    pub fn note(&mut self, name: &str, why: impl Into<String>) {
        self.notes.push(Note::new(name, why));
    }

    fn add(&mut self, kind: Kind, place: Place, cause: String) -> &mut Finding {
        let [declared, of_rust] = [self.header, &self.rust.abi].map(|of| of.location(&place.name));
        let location = declared.or(of_rust).cloned();
        self.found
            .push_mut(Finding::new(kind, place, cause, location))
    }

    pub fn symbols(&mut self, exported: &BTreeSet<String>, elf: &ElfSymbols, header_name: &str) {
        let declared = symbols::declared(self.header);
        for name in declared.difference(exported) {
            let cause = format!("{header_name} declares it, the library does not export it");
            self.add(Kind::NotExported, Place::symbol(name), cause);
        }
        let is_alias = |name: &&String| declared.iter().any(|of| elf.is_same(name, of));
        for name in exported.difference(&declared).filter(|of| !is_alias(of)) {
            let cause = format!("the library exports it, {header_name} does not declare it");
            self.add(Kind::NotDeclared, Place::symbol(name), cause);
        }
        for (name, of) in &self.header.variables {
            // Outermost. What only one side has for each thread is another finding.
            let is_const =
                matches!(of, Type::Qualified { by, .. } if by == "const" || by == THREAD_LOCAL);
            if elf.read_only.contains(name) && !is_const {
                let cause = format!("Rust: nobody may write to it, {header_name}: no `const`");
                self.add(Kind::Const, Place::symbol(name), cause);
            }
        }
        let rust = &self.rust.abi;
        for name in declared.intersection(exported) {
            if !rust.functions.contains_key(name) && !rust.variables.contains_key(name) {
                self.note(name, "Rust has no debug information of it");
            }
        }
    }

    /// A library with symbol versions has to give one to each of its functions, and each to one.
    pub fn versions(&mut self, elf: &ElfSymbols, exported: &BTreeSet<String>) {
        if elf.defined.is_empty() {
            return;
        }
        let all = Vec::from_iter(elf.defined.iter().cloned()).join(", ");
        for name in exported.iter().filter(|of| !elf.of.contains_key(*of)) {
            let cause = format!("it has no symbol version; the library defines {all}");
            self.add(Kind::SymbolVersion, Place::symbol(name), cause);
        }
        let used: BTreeSet<String> = elf.of.values().cloned().collect();
        for unused in elf.defined.difference(&used) {
            let cause = "the library defines this symbol version, and no symbol has it".to_owned();
            self.add(Kind::SymbolVersion, Place::named("", unused), cause);
        }
    }

    pub fn comparison(&mut self, left: Side<'_>, right: Side<'_>) -> Compared {
        let comparison = compare(left, right);
        self.notes.extend(comparison.notes);
        for of in comparison.differences {
            // Which symbols there are is another question, except to CFFI.
            let is_symbol = of.kind == Kind::Missing && of.place.is_symbol();
            if !is_symbol || left.words == Words::C {
                let cause = of.cause(left.name, right.name);
                self.add(of.kind, of.place, cause);
            }
        }
        comparison.compared
    }

    pub fn changes(&mut self, baseline: &Abi, now: &Abi) -> Result<()> {
        let changes = stability::changes(baseline, now).context("against the baseline")?;
        for change in changes {
            let cause = format!("since the baseline: {}", change.cause);
            if change.severity != Severity::Style {
                let added = self.add(change.kind, change.place, cause);
                added.severity = added.severity.min(change.severity);
            }
        }
        Ok(())
    }

    /// Whether C calls each function in the way in which it takes its arguments.
    pub fn conventions(&mut self, items: &Items, functions: &BTreeSet<String>) {
        for name in functions {
            let Some(of) = items.functions.get(name).map(|of| of.convention.as_str()) else {
                let why = "its calling convention: rustdoc shows no such function";
                self.note(name, why);
                continue;
            };
            let declared = self.header.conventions.get(name).map(String::as_str);
            let is_declared = match declared {
                None => self.rust.target.is_c(of),
                Some("ms_abi") => of == "win64",
                Some("sysv_abi") => of == "sysv64",
                Some(declared) => of == declared,
            };
            if !is_declared {
                let declared = declared.unwrap_or("C's");
                let cause = format!("its calling convention is `extern \"{of}\"`, not {declared}");
                self.add(Kind::Convention, Place::symbol(name), cause);
            }
        }
    }

    /// Says of each type that Rust may lay out as it likes that it does, and once: whether its layout differs or
    /// happens to be C's.
    pub fn layouts(&mut self, items: &Items, compared: &BTreeSet<String>) {
        let is_free = |name: &String| {
            let path = self.rust.paths.get(name);
            path.and_then(|path| items.types.get(path)) == Some(&false)
        };
        let is_meant = |of: &mut Finding| {
            use Kind::{Alignment, Field, Offset, Size};
            let is_layout = matches!(of.kind, Size | Alignment | Offset | Field);
            is_free(&of.place.name) && is_layout && !of.place.is_symbol()
        };
        let mut types = BTreeMap::<String, Vec<Finding>>::new();
        for of in self.found.extract_if(.., is_meant) {
            types.entry(of.place.name.clone()).or_default().push(of);
        }
        for (name, found) in types {
            let field = found.iter().find(|of| !of.place.steps.is_empty());
            let first = field.unwrap_or(&found[0]).text();
            let more = match found.len() {
                1 => String::new(),
                count => format!(", and {} more", count - 1),
            };
            let cause =
                format!("it is not `#[repr(C)]`, so Rust lays it out as it likes: {first}{more}");
            self.add(Kind::Repr, Place::named("", &name), cause);
        }
        let is_found = |name: &&String| self.found.iter().any(|of| of.place.name == **name);
        let free = compared.iter().filter(|name| is_free(name));
        for name in Vec::from_iter(free.filter(|name| !is_found(name))) {
            let cause =
                "it is not `#[repr(C)]`: as Rust lays it out today, it is the same".to_owned();
            self.add(Kind::Repr, Place::named("", name), cause).severity = Severity::Style;
        }
    }

    /// Compares the header's constants with Rust's, and returns the names of those that it compared.
    pub fn constants(&mut self, items: &Items, rules: &Rules, header: &str) -> BTreeSet<String> {
        let rust = |name: &str| {
            let mut renamed = rules.rename.iter().filter(|(_, c)| *c == name);
            renamed.next().map_or(name, |(rust, _)| rust).to_owned()
        };
        let mut compared = BTreeSet::new();
        for (name, value) in constants(self.header, &self.rust.abi) {
            let name_in_rust = rust(&name);
            let found = items.constant(&name_in_rust, &rules.prefixes);
            let told = version::told(&name, &self.header.constants, &rules.version);
            // With only the end of the name in common, a number is no text, and some dependency's version is
            // not the package's.
            let is_this = |of: &&Constant| match &of.value {
                Some(of_rust) if of.name != name_in_rust => {
                    let is_text = matches!(of_rust, Value::Text(_));
                    told != Some(None) && is_text == value.starts_with('"')
                }
                _ => true,
            };
            let Some(constant) = found.filter(is_this) else {
                match told {
                    None => self.note(&name, "no constant in the Rust source has this name"),
                    Some(told) => {
                        if let Some(told) = told {
                            let cause = format!("{header} {told}, the package {}", rules.version);
                            self.add(Kind::Version, Place::named("", &name), cause);
                        }
                        compared.insert(name);
                    }
                }
                continue;
            };
            let Some(of) = &constant.value else {
                self.note(&name, "rustdoc does not show the value that it has in Rust");
                continue;
            };
            if !of.equals(&value) {
                let known_as = match constant.name == name {
                    true => String::new(),
                    false => format!(" (`{}`)", constant.name),
                };
                let cause = format!("Rust {}{known_as}, {header} {value}", of.in_c());
                self.add(Kind::Value, Place::named("", &name), cause);
            }
            compared.insert(name);
        }
        compared
    }

    pub fn lints(&mut self, items: Option<&Items>) {
        for of in self.rust.demanding.clone() {
            self.add(of.kind, of.place, of.cause);
        }
        for (name, function) in items.into_iter().flat_map(|items| &items.functions) {
            let of = self.rust.abi.functions.get(name);
            let mut parameters = of.into_iter().flat_map(|of| &of.parameters);
            if !function.is_unsafe && parameters.any(|p| p.of.behind().is_some()) {
                let cause = "it takes a pointer and is not `unsafe`".to_owned();
                self.add(Kind::SafeFunction, Place::symbol(name), cause);
            }
        }
    }
}

/// The header's constants, and the values of enums that Rust has no enum for.
pub fn constants(header: &Abi, rust: &Abi) -> BTreeMap<String, String> {
    let enums = header.types.iter();
    let enums = enums.filter_map(|(name, of)| match (of, rust.types.get(name)) {
        (_, Some(Definition::Enumeration(_))) => None,
        (Definition::Enumeration(of), _) => Some(&of.values),
        _ => None,
    });
    let values = enums
        .flatten()
        .map(|(name, value)| (name.clone(), value.to_string()));
    header.constants.clone().into_iter().chain(values).collect()
}
