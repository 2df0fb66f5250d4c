//! `abi/allow.toml`: allowances for what the first check found, so that later ones show what is new.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::{term, workspace};
use anyhow::{Context, Result};
use serde_json::Value;

use crate::check::{Allowance, Finding, Report};
use crate::compare::Kind;

const HEAD: &str = "\
# What `cargo abi check` found and what is allowed. An entry that matches no finding any more fails the check.
# Look at each: give it the reason why it is right, or correct it and remove it.
";

fn file(package: &Path) -> PathBuf {
    package.join("abi/allow.toml")
}

/// The allowances in the package's file.
pub fn read(package: &Path) -> Result<Vec<Allowance>> {
    #[derive(Default, serde::Deserialize)]
    struct File {
        allow: Vec<Allowance>,
    }
    let path = file(package);
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(Vec::new());
    };
    let file: File =
        toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(file.allow)
}

/// Adds to it what was found and is not allowed yet. Returns what was done, as a sentence.
pub fn write(package: &Path, report: &Report) -> Result<String> {
    let path = file(package);
    let known = fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_owned());
    let is_new = |of: &&Finding| report.fails(of) && of.kind != Kind::UnusedAllowance;
    let found = report.findings.iter().filter(is_new);
    let found = found.map(|of| (of.place.id(), of.kind.id(), of.text()));
    let found: BTreeSet<_> = found.collect();
    let entries = found.iter().map(|(at, kind, text)| {
        // JSON and TOML write texts alike.
        let [at, why] = [at.clone(), format!("not looked at yet: {text}")].map(Value::from);
        format!("\n[[allow]]\nat = {at}\nkind = \"{kind}\"\nwhy = {why}\n")
    });
    let all = known + &entries.collect::<String>();
    workspace::write(&path, all.as_bytes())?;
    let (count, path) = (term::count(found.len(), "allowance"), path.display());
    Ok(format!(
        "{count} written to {path}. Next: replace each \"not looked at yet\" by a reason, or correct the header\n"
    ))
}
