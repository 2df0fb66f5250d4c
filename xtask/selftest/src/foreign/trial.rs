//! One recipe, tried.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_abi::check::{Check, Report, Rules};
use cargo_abi::compare::{Kind, Severity};
use cargo_abi::items::{Constant, Items, Value};
use cargo_abi::process::{program, run_shown};
use cargo_abi::{Abi, Headers, cli};

use crate::Options;
use crate::fault::{self, Chance, Fault};
use crate::oracle;
use crate::package::{Package, target};
use crate::recipe::Recipe;

/// What came of a recipe.
pub struct Trial {
    pub recipe: &'static Recipe,
    pub compared: Vec<(String, usize)>,
    /// What was found and is not allowed, by kind.
    pub found: BTreeMap<Kind, usize>,
    pub allowed: usize,
    pub not_compared: Vec<String>,
    pub unused: Vec<String>,
    pub faults: Faults,
}

#[derive(Default)]
pub struct Faults {
    pub equivalent: usize,
    pub noticed: usize,
    pub missed: Vec<Fault>,
}

impl Trial {
    pub fn run(recipe: &'static Recipe, options: &Options) -> Result<Trial> {
        eprintln!("{} {}", recipe.package, recipe.version);
        let package = Package::fetch(recipe, &options.folder)?;
        let subject = Subject::check(recipe, &package)?;
        let mut found = BTreeMap::new();
        let report = &subject.report;
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let mut allowed = 0;
        for finding in &findings {
            if finding["allowed"].is_string() {
                allowed += 1;
                continue;
            }
            let kind = finding["kind"]
                .as_str()
                .and_then(Kind::parse)
                .context("no kind")?;
            *found.entry(kind).or_default() += 1;
        }
        let texts = |name: &str| -> Vec<String> {
            let all = report[name].as_array().into_iter().flatten();
            all.map(|of| of.as_str().map_or_else(|| of.to_string(), str::to_owned))
                .collect()
        };
        let compared = report["compared"].as_object().into_iter().flatten();
        Ok(Trial {
            recipe,
            compared: compared
                .map(|(what, count)| (what.clone(), count.as_u64().unwrap_or(0) as usize))
                .collect(),
            found,
            allowed,
            not_compared: texts("not_compared"),
            unused: texts("unused_allowances"),
            faults: subject.faults(options)?,
        })
    }

    /// What is not as the recipe says.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let expected: BTreeMap<Kind, usize> = self.recipe.expected.iter().copied().collect();
        for kind in Kind::ALL {
            let [found, expected] =
                [&self.found, &expected].map(|of| of.get(kind).copied().unwrap_or(0));
            if found != expected {
                problems.push(format!(
                    "{found} findings of the kind `{}`, {expected} expected",
                    kind.id()
                ));
            }
        }
        problems.extend(
            self.unused
                .iter()
                .map(|of| format!("an allowance allows nothing: {of}")),
        );
        problems.extend(
            self.unexplained()
                .map(|fault| format!("not noticed: {fault}")),
        );
        let breaks = self
            .recipe
            .allow
            .iter()
            .filter(|allow| allow.kind.severity() == Severity::Break);
        problems.extend(breaks.map(|allow| format!("a break is allowed away: {}", allow.at)));
        problems
    }

    /// The faults that were missed without a known reason.
    pub fn unexplained(&self) -> impl Iterator<Item = &Fault> {
        self.faults
            .missed
            .iter()
            .filter(|fault| self.reason(fault).is_none())
    }

    /// Why a fault cannot be noticed.
    pub fn reason(&self, fault: &Fault) -> Option<&'static str> {
        let mut known = self.recipe.missed.iter();
        let known =
            known.find(|known| known.name == fault.name && fault.what.starts_with(known.fault));
        known.map(|known| known.why)
    }
}

/// A library that was built and checked once.
pub struct Subject {
    recipe: &'static Recipe,
    /// What `cargo abi check --format json` printed.
    report: serde_json::Value,
    pub library: PathBuf,
    pub headers: Headers,
    constants: Vec<String>,
    pub scratch: PathBuf,
}

impl Subject {
    pub fn check(recipe: &'static Recipe, package: &Package) -> Result<Subject> {
        let mut command = Command::new(program_of_cargo_abi()?);
        command
            .args(["abi", "check", "--format", "json"])
            .current_dir(&package.folder);
        command
            .env("CARGO_TARGET_DIR", target(&package.folder))
            .env("RUSTFLAGS", recipe.rustflags);
        for header in &package.headers {
            command.arg("--header").arg(header);
        }
        for define in recipe.defines {
            command.arg(format!("-D{define}"));
        }
        if !recipe.features.is_empty() {
            command.args(["--features", &recipe.features.join(",")]);
        }
        if recipe.no_default_features {
            command.arg("--no-default-features");
        }
        let finished = run_shown(&mut command)?;
        let report: serde_json::Value = serde_json::from_str(&finished.stdout)
            .with_context(|| format!("{} cannot be checked", recipe.package))?;
        let constants = report["constants_known_in_rust"]
            .as_array()
            .into_iter()
            .flatten();
        let constants = constants
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect();
        Ok(Subject {
            recipe,
            library: report["library"].as_str().context("no library")?.into(),
            report,
            headers: Headers {
                files: package.headers.clone(),
                defines: recipe
                    .defines
                    .iter()
                    .map(|define| (*define).to_owned())
                    .collect(),
                ..Headers::default()
            },
            constants,
            scratch: target(&package.folder).join("faults").join(recipe.package),
        })
    }

    /// Faults in the header, by the seed of the options.
    pub fn draw(&self, abi: &Abi, seed: u64, count: usize) -> Vec<Fault> {
        let name = self.recipe.package.bytes();
        let seed = name.fold(seed, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        // What the library does not export is compared with nothing.
        let mut abi = abi.clone();
        let findings = self.report["findings"].as_array().into_iter().flatten();
        for finding in findings.filter(|of| of["kind"] == Kind::NotExported.id()) {
            abi.functions
                .remove(finding["at"].as_str().unwrap_or_default());
        }
        fault::draw(&abi, &self.constants, count, &mut Chance(seed))
    }

    /// Tries faults in the header.
    fn faults(&self, options: &Options) -> Result<Faults> {
        let compiler = program("cc".as_ref(), &[]);
        let abi = self.headers.read(&compiler, &self.scratch)?;
        let sound = self.findings(&self.headers, &abi)?;
        let mut faults = Faults::default();
        for fault in self.draw(&abi, options.seed, options.faults) {
            let folder = self.scratch.with_extension("fault");
            let Some(changed) = oracle::with_fault(&self.headers, &abi, &fault, &folder)? else {
                continue;
            };
            if oracle::is_equivalent(&self.headers, &changed, &abi, &fault, &compiler, &folder)? {
                faults.equivalent += 1;
                continue;
            }
            let found = self.findings(&changed, &abi)?;
            if found.get(&fault.name) == sound.get(&fault.name) {
                faults.missed.push(fault);
            } else {
                faults.noticed += 1;
            }
        }
        Ok(faults)
    }

    /// What is found at each name if the library had these headers; `abi` is what its own declare.
    pub fn findings(
        &self,
        headers: &Headers,
        abi: &Abi,
    ) -> Result<BTreeMap<String, BTreeSet<String>>> {
        Ok(findings_by_name(
            &self.report(headers, &self.constants_of(abi))?,
        ))
    }

    /// What Rust has for the header's constants: they agreed when the package was checked.
    fn constants_of(&self, abi: &Abi) -> Vec<Constant> {
        let values = cargo_abi::check::constants(abi, &Abi::default());
        let known = values
            .into_iter()
            .filter(|(name, _)| self.constants.contains(name));
        let known = known.filter_map(|(name, value)| {
            Some(Constant {
                of: None,
                name,
                depth: 0,
                value: Some(Value::Integer(value.parse().ok()?, 127)),
            })
        });
        known.collect()
    }

    fn report(&self, headers: &Headers, constants: &[Constant]) -> Result<Report> {
        let compiler = program("cc".as_ref(), &[]);
        let items = |_: &BTreeSet<PathBuf>| {
            Ok(Items {
                constants: constants.to_vec(),
                ..Items::default()
            })
        };
        let check = Check {
            library: &self.library,
            headers,
            header_name: "header",
            compiler: &compiler,
            scratch: &self.scratch,
            cffi: None,
            baseline: None,
            items: &items,
            hint: "",
            rules: &Rules::default(),
        };
        check.run()
    }
}

/// What was found at each name.
fn findings_by_name(report: &Report) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_name = BTreeMap::<String, BTreeSet<String>>::new();
    for finding in &report.findings {
        let name = finding
            .place
            .name
            .trim_start_matches(oracle::ORIGINAL)
            .to_owned();
        if finding.place.name.starts_with(oracle::ORIGINAL) {
            continue;
        }
        by_name.entry(name).or_default().insert(finding.text());
    }
    by_name
}

/// The program, built from the same sources as this one and beside it.
pub fn program_of_cargo_abi() -> Result<OsString> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("no folder")?;
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--bin", "cargo-abi", "--manifest-path"]);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../abi/Cargo.toml"));
    command
        .arg("--target-dir")
        .arg(folder.parent().context("no folder")?);
    run_shown(&mut command)?.checked()?;
    Ok(folder.join(cli::PROGRAM).into())
}
