//! A library held against its header, its Python module and an earlier description.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::arguments;
use crate::compare::{Difference, Kind, Place, Severity, Side, Words, compare};
use crate::model::{Abi, Definition, Location};
use crate::process::Run;
use crate::{Headers, RustLibrary, cffi_reader, rust_reader, stability, symbols};

/// What is looked at, and how.
pub struct Check<'a> {
    /// The shared library, with its debug information and without optimisation.
    pub library: &'a Path,
    /// Its headers.
    pub headers: &'a Headers,
    /// What the headers are called in messages.
    pub header_name: &'a str,
    /// The C compiler.
    pub compiler: Run<'a>,
    /// A folder for what is generated.
    pub scratch: &'a Path,
    /// Python and the name of a module that CFFI built.
    pub cffi: Option<(Run<'a>, &'a str)>,
    /// An earlier description, where [`baseline_file`] finds it, and whether it has to be there.
    pub baseline: Option<(&'a Path, bool)>,
    /// Asks Rust about the values of constants.
    pub constants: Option<AskForConstants<'a>>,
    /// What depends on the package.
    pub rules: &'a Rules,
}

/// Takes the header's constants and the files of the exported functions, and returns what Rust says of
/// the constants.
pub type AskForConstants<'a> =
    &'a dyn Fn(&BTreeMap<String, i128>, &BTreeSet<PathBuf>) -> Result<ConstantsOfRust>;

/// What Rust says of the header's constants.
#[derive(Clone, Debug, Default)]
pub struct ConstantsOfRust {
    /// Those with the same value.
    pub equal: BTreeSet<String>,
    /// Those with another value, and the bits of that.
    pub different: BTreeMap<String, u128>,
    /// Those that were not found.
    pub unknown: Vec<String>,
    /// Why nothing could be said.
    pub problem: Option<String>,
}

/// What a package says about how it is to be checked.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Only names that begin with it count.
    pub prefix: String,
    /// The names in C of types in Rust, where they cannot be learned.
    pub rename: BTreeMap<String, String>,
    /// Findings that are as they should be.
    pub allow: Vec<Allowance>,
    /// Constants that a new release may change.
    pub may_change: Vec<String>,
    /// Whether to look for enums and `bool`s that come in.
    pub lints: bool,
    /// Whether a finding of severity [`Severity::Style`] fails, too.
    pub strict: bool,
}

/// A finding that is as it should be, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// As a sentence.
    pub fn text(&self) -> String {
        format!("{}: {}", self.place, self.cause)
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// All that a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was checked, for a heading.
    pub title: String,
    /// The shared library.
    pub library: PathBuf,
    /// What is not as it should be, what is allowed included.
    pub findings: Vec<Finding>,
    /// Allowances that allow nothing.
    pub unused: Vec<Allowance>,
    /// What was not compared, in words.
    pub notes: Vec<String>,
    /// The constants whose value in Rust is known.
    pub constants: BTreeSet<String>,
    /// The names of functions, variables, types and constants that were compared.
    pub compared: Vec<(&'static str, BTreeSet<String>)>,
    /// Whether a finding of severity [`Severity::Style`] fails, too.
    pub strict: bool,
}

impl Report {
    /// Whether a finding fails the check.
    pub fn fails(&self, finding: &Finding) -> bool {
        let counts = self.strict || finding.severity() != Severity::Style;
        finding.allowed.is_none() && counts
    }

    /// Whether all is as it should be.
    pub fn is_good(&self) -> bool {
        self.unused.is_empty() && !self.findings.iter().any(|finding| self.fails(finding))
    }
}

impl Check<'_> {
    /// Looks, and says what was found.
    ///
    /// # Errors
    ///
    /// If one of the sides cannot be read.
    pub fn run(&self) -> Result<Report> {
        let mut header = self.headers.read(self.compiler, self.scratch)?;
        let mut exported = symbols::exported(self.library)?;
        self.keep_own(&mut header, &mut exported);
        if exported.is_empty() {
            bail!(
                "{} exports nothing; a function of the C ABI is `pub`, `extern \"C\"` and \
                 `#[unsafe(no_mangle)]`, and its crate is a `cdylib`",
                self.library.display()
            );
        }
        let rust = rust_reader(self.library, &exported, &header, &self.rules.rename)?;
        if rust.abi.functions.is_empty()
            && exported
                .iter()
                .any(|name| header.functions.contains_key(name))
        {
            bail!(
                "{} has no debug information about the functions that it exports; it has to be a build \
                 with debug information, without optimisation and not stripped",
                self.library.display()
            );
        }
        let mut findings = Findings {
            header: &header,
            rust: &rust,
            found: Vec::new(),
            notes: header.notes.clone(),
        };
        findings.symbols(&exported, self.header_name);
        findings.notes.extend(rust.abi.notes.iter().cloned());
        let theirs = Side::c(self.header_name, &header);
        findings.comparison(Side::rust(&rust.abi), theirs);
        let mut known = BTreeSet::new();
        if let Some(ask) = self.constants {
            let values = integers(&header, &rust.abi);
            let sources = rust.abi.locations.values();
            let sources = sources.map(|location| location.file.clone()).collect();
            let answer = ask(&values, &sources)?;
            known.extend(answer.equal.iter().chain(answer.different.keys()).cloned());
            findings.constants(&values, &answer, self.header_name);
        }
        if let Some((python, module)) = self.cffi {
            let cffi = cffi_reader(python, module)?;
            findings.comparison(theirs, Side::c("CFFI", &cffi));
        }
        if let Some((path, has_to_be_there)) = self.baseline {
            let file = baseline_file(path, header.pointer_size);
            if has_to_be_there || file.is_file() {
                findings.changes(&Abi::read(&file)?, &self.rules.may_change)?;
            }
        }
        if self.rules.lints {
            findings.lints();
        }
        let Findings { found, notes, .. } = findings;
        Ok(self.report(&header, found, notes, known))
    }

    /// Leaves out what does not begin with the prefix, and Rust's own symbols.
    fn keep_own(&self, header: &mut Abi, exported: &mut BTreeSet<String>) {
        let prefix = &self.rules.prefix;
        let is_own = |name: &String| name.starts_with(prefix);
        exported.retain(|name| is_own(name) && !name.starts_with("_R") && !name.starts_with("_ZN"));
        header.functions.retain(|name, _| is_own(name));
        header.variables.retain(|name, _| is_own(name));
    }

    fn report(
        &self,
        header: &Abi,
        mut findings: Vec<Finding>,
        mut notes: Vec<String>,
        constants: BTreeSet<String>,
    ) -> Report {
        let allow = &self.rules.allow;
        for finding in &mut findings {
            let allowance = allow.iter().rfind(|of| of.allows(finding));
            finding.allowed = allowance.map(|of| of.why.clone());
        }
        let mut unused = allow.clone();
        unused.retain(|of| !findings.iter().any(|finding| of.allows(finding)));
        findings.sort_by_key(|finding| (finding.severity(), finding.place.id()));
        notes.sort();
        notes.dedup();
        let types = header.described().into_iter().map(str::to_owned);
        Report {
            title: self.header_name.to_owned(),
            library: self.library.to_owned(),
            findings,
            unused,
            notes,
            constants,
            compared: vec![
                ("functions", header.functions.keys().cloned().collect()),
                ("variables", header.variables.keys().cloned().collect()),
                ("types", types.collect()),
                ("constants", header.constants.keys().cloned().collect()),
            ],
            strict: self.rules.strict,
        }
    }
}

impl Allowance {
    fn allows(&self, finding: &Finding) -> bool {
        finding.place.matches(&self.at) && self.kind.is_none_or(|kind| kind == finding.kind)
    }
}

/// What was found so far.
struct Findings<'a> {
    header: &'a Abi,
    rust: &'a RustLibrary,
    found: Vec<Finding>,
    notes: Vec<String>,
}

impl Findings<'_> {
    fn add(&mut self, kind: Kind, place: Place, cause: String) {
        let declared = self.header.location(&place.name);
        let location = declared
            .or_else(|| self.rust.abi.location(&place.name))
            .cloned();
        self.found.push(Finding {
            kind,
            place,
            cause,
            location,
            allowed: None,
        });
    }

    fn symbols(&mut self, exported: &BTreeSet<String>, header_name: &str) {
        let declared: BTreeSet<String> = symbols::declared(self.header).cloned().collect();
        for name in declared.difference(exported) {
            let cause = format!("{header_name} declares it, the library does not export it");
            self.add(Kind::NotExported, Place::symbol(name), cause);
        }
        for name in exported.difference(&declared) {
            let cause = format!("the library exports it, {header_name} does not declare it");
            self.add(Kind::NotDeclared, Place::symbol(name), cause);
        }
        let rust = &self.rust.abi;
        for name in declared.intersection(exported) {
            if !rust.functions.contains_key(name) && !rust.variables.contains_key(name) {
                self.notes.push(format!(
                    "`{name}`: no Rust function or variable of this name has debug information"
                ));
            }
        }
    }

    fn comparison(&mut self, left: Side<'_>, right: Side<'_>) {
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
    }

    fn changes(&mut self, baseline: &Abi, may_change: &[String]) -> Result<()> {
        let changes = stability::changes(baseline, self.header).context("against the baseline")?;
        for change in changes {
            let cause = format!("in the baseline it {}", change.cause());
            let Difference { kind, place, .. } = change.difference;
            let may = kind == Kind::Value && may_change.contains(&place.name);
            if change.breaks && !may {
                self.add(kind, place, cause);
            }
        }
        Ok(())
    }

    fn constants(
        &mut self,
        values: &BTreeMap<String, i128>,
        answer: &ConstantsOfRust,
        header: &str,
    ) {
        for (name, bits) in &answer.different {
            let value = values.get(name).copied().unwrap_or_default();
            let cause = format!("Rust {}, {header} {value}", shown(*bits, value));
            self.add(Kind::Value, Place::named("", name), cause);
        }
        if let Some(problem) = &answer.problem {
            self.notes.push(format!("constants: {problem}"));
        } else if !answer.unknown.is_empty() {
            let names = answer.unknown.iter().map(|name| format!("`{name}`"));
            self.notes.push(format!(
                "no constant in the Rust source has these names: {}",
                names.collect::<Vec<_>>().join(", ")
            ));
        }
    }

    fn lints(&mut self) {
        for input in arguments::unchecked(&self.rust.abi) {
            self.add(input.kind, input.place, format!("{} comes in", input.what));
        }
    }
}

/// The header's constants that are integers: macros, and the values of enums that Rust has no enum
/// for.
pub fn integers(header: &Abi, rust: &Abi) -> BTreeMap<String, i128> {
    let macros = header.constants.iter();
    let macros = macros.filter_map(|(name, value)| Some((name.clone(), value.parse().ok()?)));
    let enums = header
        .types
        .iter()
        .filter_map(|(name, of)| match (of, rust.types.get(name)) {
            (_, Some(Definition::Enumeration(_))) => None,
            (Definition::Enumeration(of), _) => Some(of.values.clone()),
            _ => None,
        });
    macros.chain(enums.flatten()).collect()
}

/// Bits as a number: a negative one where the header has a negative one.
fn shown(bits: u128, header: i128) -> String {
    let negative = [8, 16, 32, 64]
        .into_iter()
        .find(|width| bits >> (width - 1) == 1)
        .filter(|_| header < 0);
    match negative {
        Some(width) => (bits as i128 - (1 << width)).to_string(),
        None => bits.to_string(),
    }
}

/// The file of a baseline: `path` itself, or `path` with the width of pointers, `-64.txt`.
pub fn baseline_file(path: &Path, pointer_size: Option<u64>) -> PathBuf {
    if path.is_file() {
        return path.to_owned();
    }
    let bits = pointer_size.unwrap_or(8) * 8;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!("-{bits}.txt"));
    path.with_file_name(name)
}
