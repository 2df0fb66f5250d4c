//! What a package says about itself: `[package.metadata.abi]`, and the settings for cargo-c and cbindgen.

use std::collections::BTreeMap;
use std::fs;

use abi_stages::cli::usage_error;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::allow;
use super::arguments::Options;
use super::build::Package;
use crate::Headers;
use crate::check::{Allowance, Rules};
use crate::compare::Kind;
use crate::names::plain;

/// `[package.metadata.abi]`, and the arguments, which come first.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Config {
    /// Without files if these have to be found.
    #[serde(flatten)]
    pub headers: Headers,
    pub features: Vec<String>,
    pub no_default_features: bool,
    #[serde(flatten)]
    pub rules: Rules,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
    /// Further arguments of the compiler.
    #[serde(skip)]
    pub rustc: Vec<String>,
    /// What the header may be called, without `.h`.
    #[serde(skip)]
    pub names: Vec<String>,
    /// What calls may show.
    #[serde(skip)]
    pub hostile: Vec<Allowance>,
}

impl Config {
    pub fn read(package: &Package, options: &Options) -> Result<Config> {
        let metadata = package.metadata.get("abi").cloned();
        let metadata = metadata.unwrap_or_else(|| json!({}));
        let wrong = |why: String| {
            let manifest = package.manifest_path.display();
            usage_error(format!("[package.metadata.abi] in {manifest}: {why}"))
        };
        let mut config = Config::deserialize(metadata).map_err(|error| wrong(error.to_string()))?;
        if let Some(name) = config.unknown.keys().next() {
            return Err(wrong(format!("unknown field `{name}`")));
        }
        let (own, given) = (&mut config.headers, options.headers.clone());
        for (paths, given) in [
            (&mut own.files, given.files),
            (&mut own.include, given.include),
            (&mut own.system_include, given.system_include),
        ] {
            for path in paths.iter_mut().filter(|path| !Headers::is_system(path)) {
                *path = package.folder().join(&path);
            }
            if !given.is_empty() {
                *paths = given;
            }
        }
        own.defines.extend(given.defines);
        config.features.extend(options.cargo.features.clone());
        config.no_default_features |= options.cargo.no_default_features;
        let rules = &mut config.rules;
        rules.prefix = options.prefix.clone().unwrap_or(rules.prefix.clone());
        rules.version.clone_from(&package.version);
        rules.allow.extend(allow::read(package.folder())?);
        if let Some(of) = rules.allow.iter().find(|of| of.why.trim().is_empty()) {
            let at = &of.at;
            return Err(wrong(format!(
                "the allowance at `{at}` needs a reason: why = \"...\""
            )));
        }
        let is_of_calls = |of: &Allowance| of.kind.is_some_and(Kind::is_of_calls);
        let allow = std::mem::take(&mut config.rules.allow).into_iter();
        (config.hostile, config.rules.allow) = allow.partition(is_of_calls);
        config.add_capi(package);
        config.add_cbindgen(package)?;
        let names = config.names.iter().chain([&config.rules.prefix]);
        let prefixes = names.map(|name| plain(name)).collect::<Vec<_>>();
        config.rules.prefixes.extend(prefixes);
        Ok(config)
    }

    /// From the settings for cargo-c: the name of the header; and its feature is activated.
    fn add_capi(&mut self, package: &Package) {
        let text = |path: &str| package.metadata.pointer(path).and_then(Value::as_str);
        let library = package.library_name();
        // `wasmi_c_api_impl` has the header `wasmi.h`.
        const ENDS: [&str; 8] = [
            "_sys", "_impl", "_c_api", "_capi", "_cabi", "_ffi", "_cdylib", "_c",
        ];
        let mut trimmed = package.name.replace('-', "_");
        while let Some(rest) = ENDS.iter().find_map(|end| trimmed.strip_suffix(end)) {
            trimmed = rest.to_owned();
        }
        let names = [
            text("/capi/header/name"),
            text("/capi/library/name"),
            Some(library),
            Some(&package.name),
            Some(&trimmed),
        ];
        self.names = names.into_iter().flatten().map(str::to_owned).collect();
        if package.features.contains_key("capi") {
            if !self.features.iter().any(|name| name == "capi") {
                self.features.push("capi".to_owned());
            }
            self.rustc.extend(["--cfg", "cargo_c"].map(str::to_owned));
        }
    }

    /// What to say of a package that exports nothing.
    pub fn hint_of_features(&self, package: &Package) -> String {
        const NAMES: [&str; 6] = ["ffi", "capi", "c-api", "c_api", "c-bindings", "cdylib"];
        let known = package.features.keys();
        let known = known.filter(|name| NAMES.contains(&name.as_str()));
        let known = known.filter(|name| !self.features.contains(name));
        match &known.cloned().collect::<Vec<_>>()[..] {
            [] => String::new(),
            names => format!("; perhaps it needs --features {}", names.join(",")),
        }
    }

    /// From the settings for cbindgen: names.
    fn add_cbindgen(&mut self, package: &Package) -> Result<()> {
        let path = package.folder().join("cbindgen.toml");
        if !path.is_file() {
            return Ok(());
        }
        let failed = || format!("cannot read {}", path.display());
        let text = fs::read_to_string(&path).with_context(failed)?;
        let table: toml::Table = text.parse().with_context(failed)?;
        let export = table.get("export");
        let prefix = export.and_then(|export| export.get("prefix")?.as_str());
        self.rules.prefixes.extend(prefix.map(plain));
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
