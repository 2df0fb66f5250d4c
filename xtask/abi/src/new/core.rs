//! A library that exists already, for a workspace around it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use abi_stages::cli::usage_error;

/// The crate with the logic.
pub struct Core {
    pub package: String,
    source: Source,
}

enum Source {
    Path(PathBuf),
    Version(String),
}

impl Core {
    /// A folder with a crate, or the name of one in the registry, with `@VERSION` behind it or without.
    pub fn parse(text: &str) -> Result<Core> {
        let is_folder = Path::new(text).join("Cargo.toml").is_file();
        if is_folder || text.contains(['/', '\\']) || text.starts_with('.') {
            return Core::in_folder(Path::new(text));
        }
        let (package, version) = match text.split_once('@') {
            Some((package, version)) => (package, version.to_owned()),
            None => (text, newest(text)?),
        };
        Ok(Core {
            package: package.to_owned(),
            source: Source::Version(version),
        })
    }

    fn in_folder(folder: &Path) -> Result<Core> {
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("--core: cannot read {}", manifest.display()))?;
        let parsed: toml::Table = toml::from_str(&text)
            .with_context(|| format!("--core: {} is no manifest", manifest.display()))?;
        let name = parsed
            .get("package")
            .and_then(|package| package.get("name"));
        let Some(package) = name.and_then(|name| name.as_str()) else {
            bail!(usage_error(format!(
                "--core: {} describes no package\nnext: name the folder of a crate",
                manifest.display()
            )));
        };
        Ok(Core {
            package: package.to_owned(),
            source: Source::Path(folder.canonicalize()?),
        })
    }

    /// The crate, as a Rust program names it.
    pub fn in_rust(&self) -> String {
        self.package.replace('-', "_")
    }

    /// Its source, as the manifest of a package in `folder` has it.
    pub fn dependency(&self, folder: &Path) -> String {
        match &self.source {
            Source::Path(path) => {
                let path = relative(folder, path);
                format!("path = {:?}", path.to_string_lossy())
            }
            Source::Version(version) => format!("version = {version:?}"),
        }
    }
}

/// The way from a folder to another: both can be moved together, to another machine too.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components());
    let shared = shared.take_while(|(from, to)| from == to).count();
    let up = from.components().skip(shared).map(|_| "..");
    up.map(PathBuf::from)
        .chain(
            to.components()
                .skip(shared)
                .map(|part| PathBuf::from(part.as_os_str())),
        )
        .collect()
}

/// The newest version in the registry.
fn newest(package: &str) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["info", "--quiet", package])
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = printed
        .lines()
        .find_map(|line| line.strip_prefix("version: "));
    // A version that is not the newest has the newest behind it.
    let version = version.and_then(|version| version.split_whitespace().next());
    version.map(str::to_owned).with_context(|| {
        format!(
            "--core: the registry has no `{package}`, or cannot be reached\n\
             next: `--core {package}@VERSION`, or the folder of a crate, as in `--core ./{package}`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder that the engine's packages lie in.
    fn here_folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .canonicalize()
            .unwrap()
    }

    #[test]
    fn a_crate_is_found_in_its_folder_and_by_its_name() {
        let here = Core::parse(concat!(env!("CARGO_MANIFEST_DIR"), "/../stages")).unwrap();
        assert_eq!(
            (here.package.as_str(), here.in_rust().as_str()),
            ("abi-stages", "abi_stages")
        );
        let folder = here_folder().join("mine/mine-cdylib");
        assert_eq!(here.dependency(&folder), "path = \"../../stages\"");
        let other = Core::parse("roaring@0.10.6").unwrap();
        assert_eq!(other.dependency(&folder), "version = \"0.10.6\"");
    }

    #[test]
    fn a_folder_without_a_crate_is_refused() {
        let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        for (folder, words) in [
            ("./no/such", "cannot read"),
            (workspace, "describes no package"),
        ] {
            let error = Core::parse(folder).err().expect(folder);
            assert!(format!("{error:#}").contains(words), "{error:#}");
        }
    }
}
