//! The package, and its build with debug information.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::env::consts::DLL_EXTENSION;
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::arguments::Arguments;
use super::{Subject, rustdoc};
use crate::items::Items;
use crate::model::Note;
use crate::process::{run, run_shown};
use abi_stages::cli::usage_error;

/// A package with a library, as cargo describes it.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// How cargo calls it.
    id: String,
    pub manifest: PathBuf,
    pub folder: PathBuf,
    pub library_name: String,
    pub features: BTreeSet<String>,
    /// Whether a build script may make the header.
    pub has_build_script: bool,
    /// `[package.metadata]`
    pub metadata: Value,
    /// Where it is built, apart from other builds.
    target_dir: PathBuf,
}

fn cargo(arguments: &Arguments) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let lock = ["--locked", "--offline", "--frozen"];
    command.args(lock.into_iter().filter(|option| arguments.has(option)));
    command
}

impl Package {
    /// The one that was named, or the only one that can be meant.
    pub fn find(arguments: &Arguments) -> Result<Package> {
        let mut command = cargo(arguments);
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(manifest) = arguments.value("--manifest-path") {
            command.arg("--manifest-path").arg(manifest);
        }
        let text = run(&mut command)?.checked()?;
        let metadata: Value = serde_json::from_str(&text).context("cargo's metadata is no JSON")?;
        let packages: Vec<&Value> = list(&metadata["packages"]).collect();
        let package = choose(&packages, arguments)?;
        let workspace = PathBuf::from(text_of(&metadata["workspace_root"]));
        let mut target_dir = match arguments.path("--target-dir") {
            // rustdoc runs in the folder of the package, to which a relative path would lead.
            Some(folder) => std::path::absolute(folder)?,
            None => Path::new(text_of(&metadata["target_directory"])).join("abi"),
        };
        if !target_dir.starts_with(&workspace) {
            // Other checkouts may build there, and their libraries have the same name.
            let mut hasher = DefaultHasher::new();
            workspace.hash(&mut hasher);
            target_dir.push(format!("{:016x}", hasher.finish()));
        }
        Package::read(package, target_dir)
    }

    fn read(package: &Value, target_dir: PathBuf) -> Result<Package> {
        let name = text_of(&package["name"]).to_owned();
        let Some(library) = list(&package["targets"]).find(|target| is_library(target)) else {
            bail!(
                "the package `{name}` has no library; the C ABI is in a library with `crate-type = \
                 [\"cdylib\"]`"
            );
        };
        let manifest = PathBuf::from(text_of(&package["manifest_path"]));
        let features = package["features"].as_object().into_iter().flatten();
        Ok(Package {
            library_name: text_of(&library["name"]).to_owned(),
            version: text_of(&package["version"]).to_owned(),
            id: text_of(&package["id"]).to_owned(),
            folder: manifest.parent().map(Path::to_owned).unwrap_or_default(),
            features: features.map(|(name, _)| name.clone()).collect(),
            has_build_script: list(&package["targets"])
                .any(|of| kinds(of).any(|kind| kind == "custom-build")),
            metadata: package["metadata"].clone(),
            manifest,
            name,
            target_dir,
        })
    }

    /// Where what is generated for it lies.
    pub fn scratch(&self) -> PathBuf {
        self.target_dir.join("cargo-abi").join(&self.name)
    }

    /// Where the build notes how it compiles each crate.
    fn records(&self, arguments: &Arguments) -> PathBuf {
        let target = arguments.text("--target").unwrap_or("host".to_owned());
        self.target_dir.join("cargo-abi/crates").join(target)
    }
}

fn choose<'p>(packages: &[&'p Value], arguments: &Arguments) -> Result<&'p Value> {
    if let Some(name) = arguments.text("--package") {
        return match packages.iter().find(|package| package["name"] == *name) {
            Some(package) => Ok(package),
            None => bail!(usage_error(format!(
                "the workspace has no package `{name}`"
            ))),
        };
    }
    if let [only] = packages {
        return Ok(only);
    }
    // The package of the folder, as for other commands of cargo.
    let here = match arguments.path("--manifest-path") {
        Some(manifest) => manifest.canonicalize().ok(),
        None => env::current_dir().ok().and_then(|folder| {
            let mut folders = folder.ancestors().map(|folder| folder.join("Cargo.toml"));
            folders.find(|manifest| manifest.is_file())
        }),
    };
    let is_here =
        |package: &&&Value| here.as_deref() == Some(Path::new(text_of(&package["manifest_path"])));
    if let Some(package) = packages.iter().find(is_here) {
        return Ok(package);
    }
    let mut possible = packages.to_vec();
    possible.retain(|package| list(&package["targets"]).any(is_c_library));
    if let [only] = possible[..] {
        return Ok(only);
    }
    if possible.is_empty() {
        possible = packages.to_vec();
    }
    let names = possible.iter().map(|package| text_of(&package["name"]));
    bail!(usage_error(format!(
        "name the package with -p; there are {}",
        names.collect::<Vec<_>>().join(", ")
    )))
}

fn kinds(target: &Value) -> impl Iterator<Item = &str> {
    list(&target["kind"]).map(text_of)
}

fn is_library(target: &Value) -> bool {
    const KINDS: [&str; 5] = ["lib", "rlib", "dylib", "cdylib", "staticlib"];
    kinds(target).any(|kind| KINDS.contains(&kind))
}

fn is_c_library(target: &Value) -> bool {
    kinds(target).any(|kind| ["cdylib", "staticlib"].contains(&kind))
}

/// What is in a JSON array.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a build left.
#[derive(Debug)]
pub struct Build {
    /// The shared library.
    pub library: PathBuf,
    /// Where the package's build script wrote to.
    pub out_dir: Option<PathBuf>,
    /// The libraries that it was built from, itself the last.
    crates: Vec<Crate>,
    /// What build scripts set, by the package.
    environment: BTreeMap<String, Vec<(String, String)>>,
}

/// A library that was built.
#[derive(Debug)]
struct Crate {
    package: String,
    name: String,
    root: PathBuf,
    file: PathBuf,
}

impl Build {
    /// A library that was built by others.
    pub fn given(library: &Path) -> Result<Build> {
        if !library.is_file() {
            bail!("{} is not there", library.display());
        }
        Ok(Build {
            library: library.to_owned(),
            out_dir: None,
            crates: Vec::new(),
            environment: BTreeMap::new(),
        })
    }

    /// Builds the package as a shared library, in a folder of its own.
    ///
    /// Without optimisation, because an optimised library has one entry for two functions that do the
    /// same and none for what was inlined; and with the information in the file itself.
    pub fn run(subject: &Subject<'_>) -> Result<Build> {
        let mut command = build_command(subject);
        rustdoc::wrap(&mut command, &subject.package.records(subject.arguments));
        let finished = run_shown(&mut command)?;
        let package = &subject.package;
        if !finished.success {
            bail!(
                "the package `{}` does not build, so there is nothing to compare",
                package.name
            );
        }
        Build::read(package, &finished.stdout)
    }

    /// From cargo's messages.
    fn read(package: &Package, text: &str) -> Result<Build> {
        let (mut library, mut out_dir) = (None, None);
        let (mut crates, mut environment) = (Vec::new(), BTreeMap::new());
        // Cargo's messages are lines of JSON.
        let messages = text.lines().map(serde_json::from_str::<Value>);
        for message in messages.filter_map(Result::ok) {
            let id = text_of(&message["package_id"]);
            let target = &message["target"];
            let files = list(&message["filenames"]).map(|of| PathBuf::from(text_of(of)));
            match text_of(&message["reason"]) {
                "build-script-executed" => {
                    if id == package.id {
                        out_dir = Some(text_of(&message["out_dir"]).into());
                    }
                    let set = serde_json::from_value(message["env"].clone());
                    environment.insert(id.to_owned(), set.unwrap_or_default());
                }
                "compiler-artifact" if is_library(target) => {
                    let is_shared =
                        |file: &PathBuf| file.extension() == Some(OsStr::new(DLL_EXTENSION));
                    let all = files.collect::<Vec<_>>();
                    let shared = all.iter().find(|file| is_shared(file));
                    if id == package.id {
                        library = shared.cloned().or(library);
                    }
                    crates.push(Crate {
                        package: id.to_owned(),
                        name: text_of(&target["name"]).to_owned(),
                        root: text_of(&target["src_path"]).into(),
                        file: shared.or(all.first()).cloned().unwrap_or_default(),
                    });
                }
                _ => {}
            }
        }
        let name = &package.name;
        let none = || format!("cargo built no shared library of the package `{name}`");
        Ok(Build {
            library: library.with_context(none)?,
            out_dir,
            crates,
            environment,
        })
    }

    /// The items of the package, and of the dependencies that have one of these files or whose items are
    /// passed on.
    pub fn items(&self, subject: &Subject<'_>, files: &BTreeSet<PathBuf>) -> Result<Items, String> {
        let records = subject.package.records(subject.arguments);
        let describe = |of: &Crate| {
            let environment = self.environment.get(&of.package);
            let environment = environment.map_or(&[][..], Vec::as_slice);
            rustdoc::items(&records, &of.name, &of.file, environment)
        };
        let is_own = |of: &&Crate| of.package == subject.package.id;
        let own = self.crates.iter().rfind(is_own);
        let mut items = describe(own.ok_or("cargo has not built it")?)?;
        let mut rest: Vec<&Crate> = self.crates.iter().filter(|of| !is_own(of)).collect();
        loop {
            let is_part = |of: &Crate| {
                let folder = of.root.parent().unwrap_or(&of.root);
                items.passed_on.contains(&of.name)
                    || files.iter().any(|file| file.starts_with(folder))
            };
            let Some(at) = rest.iter().position(|of| is_part(of)) else {
                break;
            };
            let of = rest.remove(at);
            match describe(of) {
                Ok(more) => items.extend(more),
                Err(why) => items.unknown.push(Note::new(&of.name, why)),
            }
        }
        Ok(items)
    }
}

/// The command that builds the package.
fn build_command(subject: &Subject<'_>) -> Command {
    let mut command = cargo(subject.arguments);
    command.args(["rustc", "--lib", "--crate-type", "cdylib"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    for setting in crate::DEBUG_BUILD {
        command.args(["--config", setting]);
    }
    select(&mut command, subject);
    command.arg("--").args(&subject.config.rustc);
    command
}

/// Adds which package it is, with which features, for which system.
fn select(command: &mut Command, subject: &Subject<'_>) {
    let Subject {
        arguments,
        package,
        config,
    } = subject;
    command.arg("--manifest-path").arg(&package.manifest);
    command.arg("--target-dir").arg(&package.target_dir);
    if !config.features.is_empty() {
        command.args(["--features", &config.features.join(",")]);
    }
    if config.no_default_features {
        command.arg("--no-default-features");
    }
    if arguments.has("--all-features") {
        command.arg("--all-features");
    }
    if let Some(target) = arguments.value("--target") {
        command.arg("--target").arg(target);
    }
}
