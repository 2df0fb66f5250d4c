//! The package, and its build with debug information.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use abi_stages::cli::usage_error;
use abi_stages::inspect;
use abi_stages::workspace::TARGET;
use abi_stages::workspace::fingerprint;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::arguments::Cargo;
use super::{Subject, rustdoc};
use crate::items::Items;
use crate::process::run;

/// What cargo says of a workspace.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    /// Those that other commands of cargo would mean in this folder.
    workspace_default_members: Vec<String>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

/// A package with a library, as cargo describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// How cargo calls it.
    id: String,
    pub manifest_path: PathBuf,
    pub features: BTreeMap<String, Value>,
    /// `[package.metadata]`
    #[serde(default)]
    pub metadata: Value,
    targets: Vec<Target>,
    /// Where it is built, apart from other builds.
    #[serde(skip)]
    target_dir: PathBuf,
}

/// A library, a program, a build script.
#[derive(Clone, Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Target {
    fn is(&self, kinds: &[&str]) -> bool {
        self.kind.iter().any(|kind| kinds.contains(&kind.as_str()))
    }
}

/// What cargo says during a build.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact(Artifact),
    BuildScriptExecuted {
        package_id: String,
        out_dir: PathBuf,
    },
    #[serde(other)]
    Other,
}

/// What was compiled.
#[derive(Debug, Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    filenames: Vec<PathBuf>,
}

fn cargo(options: &Cargo) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let lock = [(options.locked, "--locked"), (options.offline, "--offline")];
    command.args(lock.iter().filter(|(is, _)| *is).map(|(_, flag)| flag));
    command
}

impl Package {
    /// The one that was named, or the only one that can be meant.
    pub fn find(options: &Cargo) -> Result<Package> {
        let mut command = cargo(options);
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(manifest) = &options.manifest_path {
            command.arg("--manifest-path").arg(manifest);
        }
        let text = run(&mut command)?.checked()?;
        let known = serde_json::from_str::<Metadata>(&text);
        let known = known.context("cargo's metadata is not what it was")?;
        let mut package = choose(&known.packages, &known.workspace_default_members, options)?;
        if package.library().is_none() {
            bail!(
                "the package `{}` has no library; the C ABI is in a library with `crate-type = \
                 [\"cdylib\"]`",
                package.name
            );
        }
        package.target_dir = match &options.target_dir {
            // The compiler runs in the folder of the package, to which a relative path would lead.
            Some(folder) => std::path::absolute(folder)?,
            None => known.target_directory.join("abi"),
        };
        if !package.target_dir.starts_with(&known.workspace_root) {
            // Other checkouts may build there, and their libraries have the same name.
            let name = fingerprint([known.workspace_root.as_os_str().as_encoded_bytes()]);
            package.target_dir.push(name);
        }
        Ok(package)
    }

    fn library(&self) -> Option<&Target> {
        const KINDS: [&str; 5] = ["lib", "rlib", "dylib", "cdylib", "staticlib"];
        self.targets.iter().find(|of| of.is(&KINDS))
    }

    pub fn library_name(&self) -> &str {
        self.library().map_or("", |of| &of.name)
    }

    /// The source of the build script, which may make the header.
    pub fn build_script(&self) -> Option<&Path> {
        let script = self.targets.iter().find(|of| of.is(&["custom-build"]));
        script.map(|of| of.src_path.as_path())
    }

    pub fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }

    /// Where what is generated for it lies.
    pub fn scratch(&self) -> PathBuf {
        self.target_dir.join("cargo-abi").join(&self.name)
    }

    /// Where builds describe what they compile: for all packages, which have dependencies in common.
    fn descriptions(&self, options: &Cargo) -> PathBuf {
        let target = options.target.as_deref().unwrap_or("host");
        self.target_dir.join("cargo-abi/items").join(target)
    }
}

fn choose(packages: &[Package], meant: &[String], options: &Cargo) -> Result<Package> {
    if let Some(name) = &options.package {
        let named = packages.iter().find(|package| package.name == *name);
        let none = || usage_error(format!("the workspace has no package `{name}`"));
        return named.cloned().ok_or_else(none);
    }
    let is_meant = |package: &&Package| meant.contains(&package.id);
    let has_c_abi = |package: &&Package| {
        let mut targets = package.targets.iter();
        targets.any(|target| target.is(&["cdylib", "staticlib"]))
    };
    let mut possible: Vec<&Package> = packages.iter().filter(is_meant).collect();
    if possible.iter().any(has_c_abi) {
        possible.retain(has_c_abi);
    }
    match possible[..] {
        [only] => Ok(only.clone()),
        _ => {
            let names: Vec<&str> = possible.iter().map(|of| of.name.as_str()).collect();
            bail!(usage_error(format!(
                "name the package with -p; there are {}",
                names.join(", ")
            )))
        }
    }
}

/// How the library is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Without optimisation, because an optimised library has one entry for two functions that do the same and
    /// none for what was inlined; and with the debug information in the file itself.
    Debug,
    /// Optimised, without debug assertions.
    Release,
    /// The same with AddressSanitizer.
    AddressSanitizer,
}

/// What cargo needs with `--config` for a release of which a report can name the lines.
const RELEASE_BUILD: [&str; 4] = [
    "profile.release.debug-assertions=false",
    "profile.release.strip=\"none\"",
    "profile.release.debug=1",
    "profile.release.lto=false",
];

/// What a build left.
#[derive(Debug, Default)]
pub struct Build {
    /// The shared library.
    pub library: PathBuf,
    /// Where the package's build script wrote to.
    pub out_dir: Option<PathBuf>,
    /// The names and the files of what it was built from.
    dependencies: Vec<(String, PathBuf)>,
}

impl Build {
    /// Builds the package as a shared library, in a folder of its own.
    pub fn run(subject: &Subject<'_>, variant: Variant) -> Result<Build> {
        let (package, config) = (&subject.package, &subject.config);
        let options = &subject.options.cargo;
        let mut command = cargo(options);
        command.args(["rustc", "--lib", "--crate-type", "cdylib"]);
        command.args(["--message-format", "json-render-diagnostics"]);
        let settings = match variant {
            Variant::Debug => &crate::DEBUG_BUILD[..],
            _ => &RELEASE_BUILD,
        };
        for setting in settings {
            command.args(["--config", setting]);
        }
        command.arg("--manifest-path").arg(&package.manifest_path);
        command.arg("--target-dir").arg(&package.target_dir);
        if !config.features.is_empty() {
            command.args(["--features", &config.features.join(",")]);
        }
        let flags = [
            (variant != Variant::Debug, "--release"),
            (config.no_default_features, "--no-default-features"),
            (options.all_features, "--all-features"),
        ];
        command.args(flags.iter().filter(|(is, _)| *is).map(|(_, flag)| flag));
        if let Some(target) = &options.target {
            command.arg("--target").arg(target);
        }
        match variant {
            Variant::Debug => rustdoc::wrap(&mut command, &package.descriptions(options)),
            Variant::Release => {}
            Variant::AddressSanitizer => sanitize(&mut command, options),
        }
        command.arg("--").args(&config.rustc);
        // Progress is shown, and what is wrong.
        let finished = run(command.stderr(Stdio::inherit()))?;
        if !finished.success {
            bail!("the package `{}` does not build", package.name);
        }
        let build = Build::read(package, &finished.stdout)?;
        let imports = inspect::read(&build.library)?.imports;
        if variant == Variant::AddressSanitizer
            && !imports.iter().any(|name| name.starts_with("__asan_"))
        {
            bail!(
                "AddressSanitizer is not in the library: its flag was lost, so something sets others"
            );
        }
        Ok(build)
    }

    /// From cargo's messages, which are lines of JSON.
    fn read(package: &Package, text: &str) -> Result<Build> {
        let (mut build, mut library) = (Build::default(), None);
        let is_shared = |file: &PathBuf| {
            let end = file.extension().and_then(OsStr::to_str);
            end.is_some_and(|end| ["so", "dylib", "dll"].contains(&end))
        };
        let messages = text.lines().map(serde_json::from_str);
        for message in messages.filter_map(Result::ok) {
            match message {
                Message::BuildScriptExecuted {
                    package_id,
                    out_dir: folder,
                } if package_id == package.id => build.out_dir = Some(folder),
                Message::CompilerArtifact(of) if of.package_id == package.id => {
                    let mut files = of.filenames.into_iter();
                    library = files.find(is_shared).or(library);
                }
                Message::CompilerArtifact(of) => {
                    let file = of.filenames.into_iter().next();
                    let file = file.map(|file| (of.target.name, file));
                    build.dependencies.extend(file);
                }
                _ => {}
            }
        }
        let name = &package.name;
        let none = || format!("cargo built no shared library of the package `{name}`");
        let library = library.with_context(none)?;
        Ok(Build { library, ..build })
    }

    /// The items of the package, and of the dependencies that export something; or why they are not known.
    pub fn items(&self, subject: &Subject<'_>) -> Result<Items, String> {
        let package = &subject.package;
        let descriptions = package.descriptions(&subject.options.cargo);
        let mut items = rustdoc::items(&descriptions, package.library_name(), &self.library)?;
        for (name, file) in &self.dependencies {
            if let Ok(more) = rustdoc::items(&descriptions, name, file) {
                items.extend(more);
            }
        }
        Ok(items)
    }
}

/// Has cargo build the library with AddressSanitizer.
fn sanitize(command: &mut Command, options: &Cargo) {
    const FLAG: &str = "-Zsanitizer=address";
    // With the system named, the flag is for the library alone and not for build scripts. It is behind
    // a variable that Rust's own builds use.
    command.env("RUSTC_BOOTSTRAP", "1");
    if options.target.is_none() {
        command.args(["--target", TARGET]);
    }
    match ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"].map(env::var) {
        [Ok(flags), _] => command.env("CARGO_ENCODED_RUSTFLAGS", flags + "\u{1f}" + FLAG),
        [_, Ok(flags)] => command.env("RUSTFLAGS", flags + " " + FLAG),
        _ => command.args(["--config", &format!("build.rustflags=[\"{FLAG}\"]")]),
    };
}
