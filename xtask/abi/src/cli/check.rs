//! `cargo abi check`: reads all sides and compares them.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Result, bail};

use super::arguments::Check;
use super::build::{Build, Variant};
use super::{Subject, allow, declared, exit_code, find_headers, print, show};
use crate::check::{Findings, Report, constants};
use crate::compare::Side;
use crate::model::Abi;
use crate::process::program;
use crate::{Headers, cffi_reader, rust_reader, symbols};

pub fn run(arguments: &Check) -> Result<ExitCode> {
    let mut subject = Subject::find(&arguments.options)?;
    let rules = &mut subject.config.rules;
    rules.lints |= arguments.lints;
    rules.strict |= arguments.report.strict;
    find_headers::require(&subject)?;
    let build = Build::run(&subject, Variant::Debug)?;
    let headers = find_headers::find(&subject, &build)?;
    let report = report(arguments, &subject, &build, &headers)?;
    if arguments.write_allow {
        print(&allow::write(subject.package.folder(), &report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    show(&arguments.report, &report)?;
    Ok(exit_code(report.is_good()))
}

/// Looks, and says what was found.
fn report(
    arguments: &Check,
    subject: &Subject<'_>,
    build: &Build,
    headers: &Headers,
) -> Result<Report> {
    let (package, config) = (&subject.package, &subject.config);
    let rules = &config.rules;
    let header_name = header_name(headers);
    let library = &build.library;
    let mut declared = declared(subject.options, headers, &package.scratch())?;
    rules.keep_own(&mut declared);
    let header = declared.clone().unqualified();
    let mut exported = symbols::exported(library)?;
    let elf = symbols::elf(library)?;
    // Without Rust's own symbols, and those that stand for a version.
    exported.retain(|name| {
        let is_own = name.starts_with(&rules.prefix);
        let is_other = name.starts_with("_R") || name.starts_with("_ZN");
        is_own && !is_other && !elf.defined.contains(name)
    });
    if exported.is_empty() {
        bail!(
            "{} exports nothing; a function of the C ABI is `pub`, `extern \"C\"` and \
                 `#[unsafe(no_mangle)]`, and its crate is a `cdylib`{}",
            library.display(),
            config.hint_of_features(package)
        );
    }
    let mut rust = rust_reader(library, &exported, &header, &rules.rename)?;
    let items = build.items(subject);
    if let Ok(items) = &items {
        // What has no layout that C could know is no more than another type of the same name.
        for name in std::mem::take(&mut rust.unmentioned) {
            let path = rust.paths.get(&name);
            if path.and_then(|path| items.types.get(path)) != Some(&true) {
                rust.abi.types.remove(&name);
            }
        }
    }
    let mut findings = Findings {
        header: &header,
        rust: &rust,
        found: Vec::new(),
        notes: header.notes.clone(),
    };
    findings.symbols(&exported, &elf, &header_name);
    findings.versions(&elf, &exported);
    findings.notes.extend(rust.abi.notes.iter().cloned());
    let theirs = Side::c(&header_name, &header);
    let mut compared = findings.comparison(Side::rust(&rust.abi), theirs);
    compared.constants = match &items {
        Ok(items) => {
            findings.layouts(items, &compared.types);
            findings.conventions(items, &compared.functions);
            findings.constants(items, rules, &header_name)
        }
        Err(why) => {
            findings.note("calling conventions", why.clone());
            for name in constants(&header, &rust.abi).into_keys() {
                findings.note(&name, why.clone());
            }
            BTreeSet::new()
        }
    };
    if let Some(module) = &arguments.cffi {
        let python = program(arguments.python.as_os_str(), &[]);
        let cffi = cffi_reader(&python, module)?;
        findings.comparison(theirs, Side::c("CFFI", &cffi));
    }
    let own = || subject.baseline(header.pointer_size);
    let baseline = arguments.baseline.clone().unwrap_or_else(own);
    if arguments.baseline.is_some() || baseline.is_file() {
        findings.changes(&Abi::read(&baseline)?, &declared)?;
    }
    if rules.lints {
        findings.lints(items.as_ref().ok());
    }
    let Findings { found, notes, .. } = findings;
    let title = subject.title(headers);
    Ok(rules.report(&title, found, notes, compared, true))
}

/// How reports call the headers.
pub fn header_name(headers: &Headers) -> String {
    let mut own = headers.own().filter_map(|file| file.file_name());
    match (own.next(), own.next()) {
        (Some(name), None) => name.to_string_lossy().into_owned(),
        _ => "the header".to_owned(),
    }
}
