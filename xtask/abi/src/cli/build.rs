//! The package, and its build with debug information.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Subject;
use super::arguments::{Arguments, Wrong};
use crate::process::{run, run_shown};

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
    /// The file of the library's root module.
    pub root: PathBuf,
    pub features: BTreeSet<String>,
    /// `[package.metadata]`
    pub metadata: Value,
    /// Where it is built, apart from other builds.
    target_dir: PathBuf,
}

fn cargo(arguments: &Arguments) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(&arguments.lock);
    command
}

impl Package {
    /// The one that was named, or the only one that can be meant.
    pub fn find(arguments: &Arguments) -> Result<Package> {
        let mut command = cargo(arguments);
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(manifest) = &arguments.manifest {
            command.arg("--manifest-path").arg(manifest);
        }
        let text = run(&mut command)?.checked()?;
        let metadata: Value = serde_json::from_str(&text).context("cargo's metadata is no JSON")?;
        let packages: Vec<&Value> = list(&metadata["packages"]).collect();
        let package = choose(&packages, arguments)?;
        let target_dir = match &arguments.target_dir {
            Some(folder) => folder.clone(),
            None => Path::new(text_of(&metadata["target_directory"])).join("abi"),
        };
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
            root: text_of(&library["src_path"]).into(),
            version: text_of(&package["version"]).to_owned(),
            id: text_of(&package["id"]).to_owned(),
            folder: manifest.parent().map(Path::to_owned).unwrap_or_default(),
            features: features.map(|(name, _)| name.clone()).collect(),
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
}

fn choose<'p>(packages: &[&'p Value], arguments: &Arguments) -> Result<&'p Value> {
    if let Some(name) = &arguments.package {
        return match packages.iter().find(|package| package["name"] == **name) {
            Some(package) => Ok(package),
            None => bail!(Wrong(format!("the workspace has no package `{name}`"))),
        };
    }
    if let [only] = packages {
        return Ok(only);
    }
    // The package of the folder, as for other commands of cargo.
    let here = match &arguments.manifest {
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
    bail!(Wrong(format!(
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
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Cargo's messages.
pub(super) fn messages(text: &str) -> impl Iterator<Item = Value> {
    let lines = text.lines();
    lines.filter_map(|line| serde_json::from_str(line).ok())
}

pub(super) fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a build left.
#[derive(Debug)]
pub struct Build {
    /// The shared library.
    pub library: PathBuf,
    /// Where the package's build script wrote to.
    pub out_dir: Option<PathBuf>,
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
        })
    }

    /// Builds the package as a shared library, in a folder of its own.
    ///
    /// Without optimisation, because an optimised library has one entry for two functions that do the
    /// same and none for what was inlined; and with the information in the file itself.
    pub fn run(subject: &Subject<'_>) -> Result<Build> {
        let kind = ("cdylib", "json-render-diagnostics");
        let finished = run_shown(&mut build_command(subject, kind, &[]))?;
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
        for message in messages(text).filter(|message| message["package_id"] == *package.id) {
            match text_of(&message["reason"]) {
                "build-script-executed" => out_dir = Some(text_of(&message["out_dir"]).into()),
                "compiler-artifact" if is_library(&message["target"]) => {
                    const ENDS: [&str; 3] = [".so", ".dylib", ".dll"];
                    let is_shared = |file: &&str| ENDS.iter().any(|end| file.ends_with(end));
                    let mut files = list(&message["filenames"]).map(text_of);
                    library = files.find(is_shared).map(PathBuf::from).or(library);
                }
                _ => {}
            }
        }
        let name = &package.name;
        let none = || format!("cargo built no shared library of the package `{name}`");
        let library = library.with_context(none)?;
        Ok(Build { library, out_dir })
    }
}

/// The command that builds the package, with `more` arguments for the compiler.
pub(super) fn build_command(
    subject: &Subject<'_>,
    (crate_type, format): (&str, &str),
    more: &[&str],
) -> Command {
    let Subject {
        arguments,
        package,
        config,
    } = subject;
    let mut command = cargo(arguments);
    // The manifest says which package: in an id cargo takes a folder's `[` for a pattern.
    command.args(["rustc", "--lib"]);
    command.args(["--crate-type", crate_type]);
    command.arg("--manifest-path").arg(&package.manifest);
    command.arg("--target-dir").arg(&package.target_dir);
    command.args(["--message-format", format]);
    for setting in crate::DEBUG_BUILD {
        command.args(["--config", setting]);
    }
    if !config.features.is_empty() {
        command.args(["--features", &config.features.join(",")]);
    }
    if config.no_default_features {
        command.arg("--no-default-features");
    }
    if arguments.all_features {
        command.arg("--all-features");
    }
    if let Some(target) = &arguments.target {
        command.args(["--target", target]);
    }
    command.arg("--").args(&config.rustc).args(more);
    command
}
