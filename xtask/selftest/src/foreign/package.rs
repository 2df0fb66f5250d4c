//! Fetches a package with cargo and copies it to where it can be built.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_abi::process::run;
use serde_json::Value;

use crate::recipe::{Header, Recipe};

/// A package that can be built, and its headers.
pub struct Package {
    pub folder: PathBuf,
    pub headers: Vec<PathBuf>,
}

impl Package {
    pub fn fetch(recipe: &Recipe, folder: &Path) -> Result<Package> {
        let mut packages = BTreeMap::from([(recipe.package, recipe.version)]);
        for header in recipe.headers {
            if let Header::Of(package, version, _) = header {
                packages.insert(package, version);
            }
        }
        let sources = fetch(&packages, &folder.join("fetch").join(recipe.package))?;
        let own = folder.join(format!("{}-{}", recipe.package, recipe.version));
        copy(&sources[recipe.package], &own)?;
        let mut package = Package {
            folder: own,
            headers: Vec::new(),
        };
        package.write_manifest(recipe)?;
        for header in recipe.headers {
            let path = match header {
                Header::Own(path) => package.folder.join(path),
                Header::System(name) => name.into(),
                Header::Of(of, _, path) => sources[*of].join(path),
                Header::Generated {
                    name,
                    config,
                    expand,
                } => package.generate(recipe, name, config, *expand)?,
            };
            package.headers.push(path);
        }
        Ok(package)
    }

    /// A workspace of its own, with the recipe's allowances.
    fn write_manifest(&self, recipe: &Recipe) -> Result<()> {
        let path = self.folder.join("Cargo.toml");
        let text = fs::read_to_string(&path)?;
        let mut text = text
            .split("\n# cargo-abi\n")
            .next()
            .unwrap_or_default()
            .to_owned();
        text += "\n# cargo-abi\n[workspace]\n[package.metadata.abi]\nallow = [\n";
        for allow in recipe.allow {
            text += &format!(
                "  {{ at = {:?}, kind = {:?}, why = {:?} }},\n",
                allow.at,
                allow.kind.id(),
                allow.why
            );
        }
        text += "]\n";
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Has cbindgen write a header, if it is not there already.
    fn generate(
        &self,
        recipe: &Recipe,
        name: &str,
        config: &str,
        expand: Option<&str>,
    ) -> Result<PathBuf> {
        let header = self.folder.join("generated").join(name);
        if header.is_file() {
            return Ok(header);
        }
        fs::create_dir_all(self.folder.join("generated"))?;
        let own = self.folder.join("cbindgen.toml");
        let config_file = self.folder.join("generated/cbindgen.toml");
        let own = if own.is_file() {
            fs::read_to_string(own)?
        } else {
            String::new()
        };
        fs::write(&config_file, format!("{config}\n{own}"))?;
        let mut source = self.folder.join("src/lib.rs");
        if let Some(module) = expand {
            let mut command = self.cargo(recipe, &["rustc", "--lib", "--profile", "check"]);
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["--", "-Zunpretty=expanded"]);
            source = self.folder.join("generated/expanded.rs");
            let text = run(&mut command)?.checked()?;
            fs::write(
                &source,
                module_of(&text, module).context("there is no such module")?,
            )?;
        }
        let cbindgen = cbindgen(self.folder.parent().context("no folder")?)?;
        let mut command = Command::new(cbindgen);
        command
            .args(["--lang", "c", "--config"])
            .arg(&config_file)
            .arg("--output")
            .arg(&header)
            .arg(&source);
        run(&mut command)?.checked()?;
        Ok(header)
    }

    fn cargo(&self, recipe: &Recipe, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(&self.folder);
        command
            .env("RUSTFLAGS", recipe.rustflags)
            .env("CARGO_TARGET_DIR", target(&self.folder));
        if !recipe.features.is_empty() {
            command.args(["--features", &recipe.features.join(",")]);
        }
        if recipe.no_default_features {
            command.arg("--no-default-features");
        }
        command
    }
}

/// The content of a module in what rustc prints.
fn module_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("\npub mod {name} {{\n"))?;
    // rustc's own indentation: the module ends with the first brace that has none.
    Some(rest.split_once("\n}\n")?.0)
}

/// Where a package is built: all in one folder, for many need the same packages.
pub fn target(folder: &Path) -> PathBuf {
    folder.with_file_name("target")
}

/// The folders of packages from the registry, by name.
fn fetch(packages: &BTreeMap<&str, &str>, folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    fs::create_dir_all(folder.join("src"))
        .with_context(|| format!("cannot write {}", folder.display()))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let mut manifest = "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n[dependencies]\n".to_owned();
    for (name, version) in packages {
        manifest += &format!("{name} = {{ version = \"={version}\", default-features = false }}\n");
    }
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["metadata", "--format-version", "1"])
        .current_dir(folder);
    let text = run(&mut command)?.checked()?;
    let metadata: Value = serde_json::from_str(&text)?;
    let mut found = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let (name, manifest) = (package["name"].as_str(), package["manifest_path"].as_str());
        if let (Some(name), Some(manifest)) = (name, manifest)
            && packages.contains_key(name)
        {
            let folder = Path::new(manifest).parent().context("no folder")?;
            found.insert(name.to_owned(), folder.to_owned());
        }
    }
    match packages.keys().find(|name| !found.contains_key(**name)) {
        Some(missing) => bail!("cargo did not fetch {missing}"),
        None => Ok(found),
    }
}

/// cbindgen, installed in the folder of the foreign libraries.
pub fn cbindgen(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("tools/bin/cbindgen");
    if !program.is_file() {
        let mut command = Command::new(env!("CARGO"));
        command.args([
            "install",
            "--quiet",
            "cbindgen",
            "--version",
            "=0.29.4",
            "--locked",
            "--root",
        ]);
        run(command.arg(folder.join("tools")))?.checked()?;
    }
    Ok(program)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.join("Cargo.toml").is_file() {
        return Ok(());
    }
    fs::create_dir_all(to).with_context(|| format!("cannot write {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    // The manifest last: with it the copy is complete.
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort_by_key(|path| path.ends_with("Cargo.toml"));
    for path in entries {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            copy_all(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            copy_all(&path, &to.join(entry.file_name()))?;
        } else {
            fs::copy(&path, to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
