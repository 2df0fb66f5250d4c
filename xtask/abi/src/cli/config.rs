//! What a package says about itself: `[package.metadata.abi]`, and the settings for cargo-c and cbindgen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use abi_stages::cli::usage_error;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::allow;
use super::arguments::Arguments;
use super::build::Package;
use crate::Headers;
use crate::check::{Allowance, Rules};
use crate::compare::Kind;

/// What the manifest says, and the arguments, which come first.
#[derive(Debug, Default)]
pub struct Config {
    /// Without files if these have to be found.
    pub headers: Headers,
    pub features: Vec<String>,
    pub no_default_features: bool,
    /// Further arguments of the compiler.
    pub rustc: Vec<String>,
    /// What the header may be called, without `.h`.
    pub names: Vec<String>,
    /// In the package's folder, without the width of pointers.
    pub baseline: PathBuf,
    pub rules: Rules,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Metadata {
    headers: Vec<PathBuf>,
    include: Vec<PathBuf>,
    system_include: Vec<PathBuf>,
    define: Vec<String>,
    features: Vec<String>,
    no_default_features: bool,
    prefix: String,
    rename: BTreeMap<String, String>,
    allow: Vec<Allow>,
    may_change: Vec<String>,
    baseline: Option<PathBuf>,
    lints: bool,
    strict: bool,
}

/// An allowance, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    at: String,
    kind: Option<String>,
    why: String,
}

impl Config {
    pub fn read(package: &Package, arguments: &Arguments) -> Result<Config> {
        let metadata = match package.metadata.get("abi") {
            Some(value) => Metadata::deserialize(value).map_err(|error| {
                let manifest = package.manifest.display();
                usage_error(format!("[package.metadata.abi] in {manifest}: {error}"))
            })?,
            None => Metadata::default(),
        };
        let in_package = |path: PathBuf| match Headers::is_system(&path) {
            true => path,
            false => package.folder.join(path),
        };
        let or = |given: &Vec<PathBuf>, paths: Vec<PathBuf>| match given.is_empty() {
            true => paths.into_iter().map(in_package).collect(),
            false => given.clone(),
        };
        let given = arguments.headers();
        let allow = metadata
            .allow
            .into_iter()
            .chain(allow::read(&package.folder)?);
        let allow = allow.map(allowance);
        let mut config = Config {
            headers: Headers {
                files: or(&given.files, metadata.headers),
                include: or(&given.include, metadata.include),
                system_include: or(&given.system_include, metadata.system_include),
                defines: [metadata.define, given.defines].concat(),
            },
            features: [metadata.features, arguments.features()].concat(),
            no_default_features: metadata.no_default_features
                || arguments.has("--no-default-features"),
            rustc: Vec::new(),
            names: Vec::new(),
            baseline: metadata.baseline.unwrap_or_else(|| "abi/baseline".into()),
            rules: Rules {
                prefix: arguments.text("--prefix").unwrap_or(metadata.prefix),
                rename: metadata.rename,
                prefixes: BTreeSet::new(),
                allow: allow.collect::<Result<_>>()?,
                version: package.version.clone(),
                may_change: metadata.may_change,
                lints: metadata.lints || arguments.has("--lints"),
                strict: metadata.strict || arguments.has("--strict"),
            },
        };
        config.add_capi(package);
        config.add_cbindgen(package)?;
        let prefixes = config.names.iter().chain([&config.rules.prefix]);
        let plain = |name: &String| name.replace(['_', '-'], "").to_lowercase();
        config.rules.prefixes.extend(prefixes.map(plain));
        Ok(config)
    }

    /// From the settings for cargo-c: the name of the header; and its feature is activated.
    fn add_capi(&mut self, package: &Package) {
        let text = |path: &str| package.metadata.pointer(path).and_then(Value::as_str);
        let library = package.library_name.as_str();
        let trimmed = ["-sys", "-capi", "-ffi", "-cdylib", "-c"]
            .iter()
            .find_map(|end| package.name.strip_suffix(end));
        let names = [
            text("/capi/header/name"),
            text("/capi/library/name"),
            Some(library),
            Some(&package.name),
            trimmed,
        ];
        self.names = names.into_iter().flatten().map(str::to_owned).collect();
        if package.features.contains("capi") {
            if !self.features.iter().any(|name| name == "capi") {
                self.features.push("capi".to_owned());
            }
            self.rustc.extend(["--cfg", "cargo_c"].map(str::to_owned));
        }
    }

    /// What to say of a package that exports nothing.
    pub fn hint_of_features(&self, package: &Package) -> String {
        const NAMES: [&str; 6] = ["ffi", "capi", "c-api", "c_api", "c-bindings", "cdylib"];
        let known = package
            .features
            .iter()
            .filter(|name| NAMES.contains(&name.as_str()));
        let known = known.filter(|name| !self.features.contains(name));
        match &known.cloned().collect::<Vec<_>>()[..] {
            [] => String::new(),
            names => format!("; perhaps it needs --features {}", names.join(",")),
        }
    }

    /// From the settings for cbindgen: names.
    fn add_cbindgen(&mut self, package: &Package) -> Result<()> {
        let path = package.folder.join("cbindgen.toml");
        if !path.is_file() {
            return Ok(());
        }
        let failed = || format!("cannot read {}", path.display());
        let text = fs::read_to_string(&path).with_context(failed)?;
        let table: toml::Table = text.parse().with_context(failed)?;
        let export = table.get("export");
        let prefix = export.and_then(|export| export.get("prefix")?.as_str());
        let prefix = prefix.map(|prefix| prefix.replace('_', "").to_lowercase());
        self.rules.prefixes.extend(prefix);
        let rename = export.and_then(|export| export.get("rename")?.as_table());
        for (rust, c) in rename.into_iter().flatten() {
            // It can also give a whole type in place of a name: `const char *`.
            let is_name = |c: &&str| c.chars().all(|c| c.is_alphanumeric() || c == '_');
            if let Some(c) = c.as_str().filter(is_name) {
                let known = self.rules.rename.entry(rust.clone());
                known.or_insert_with(|| c.to_owned());
            }
        }
        Ok(())
    }
}

fn allowance(allow: Allow) -> Result<Allowance> {
    let Allow { at, kind, why } = allow;
    if why.trim().is_empty() {
        bail!(usage_error(format!(
            "the allowance at `{at}` needs a reason: why = \"...\""
        )));
    }
    let known = |id: String| {
        Kind::parse(&id).ok_or_else(|| {
            let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.id()).collect();
            let all = all.join(", ");
            usage_error(format!(
                "the allowance at `{at}` has an unknown kind, `{id}`; there are {all}"
            ))
        })
    };
    let kind = kind.map(known).transpose()?;
    Ok(Allowance { at, kind, why })
}
