//! A library that exists already, for a workspace around it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use abi_stages::cli::usage_error;
use abi_stages::workspace;

/// The crate with the logic.
pub struct Core {
    pub package: String,
    /// Where it is, as a manifest says it.
    pub source: String,
}

impl Core {
    /// A folder with a crate, or the name of one in the registry, with `@VERSION` behind it or without. `user` is
    /// the folder of the package that will depend on it.
    pub fn parse(text: &str, user: &Path) -> Result<Core> {
        let folder = Path::new(text);
        let is_folder = folder.join("Cargo.toml").is_file();
        if is_folder || text.contains(['/', '\\']) || text.starts_with('.') {
            let package = package_in(folder)?;
            let path = relative(user, &folder.canonicalize()?);
            let source = format!("path = {:?}", path.to_string_lossy());
            return Ok(Core { package, source });
        }
        let (package, version) = match text.split_once('@') {
            Some((package, version)) => (package, version.to_owned()),
            None => (text, newest(text)?),
        };
        Ok(Core {
            package: package.to_owned(),
            source: format!("version = {version:?}"),
        })
    }

    /// The crate, as a Rust program names it.
    pub fn in_rust(&self) -> String {
        self.package.replace('-', "_")
    }
}

/// What the package in a folder is called.
fn package_in(folder: &Path) -> Result<String> {
    let manifest = folder.join("Cargo.toml");
    let text = workspace::read(&manifest).context("--core")?;
    let parsed: toml::Table = toml::from_str(&text)
        .with_context(|| format!("--core: {} is no manifest", manifest.display()))?;
    let package = parsed.get("package");
    let name = package.and_then(|it| it.get("name")?.as_str());
    let Some(name) = name else {
        bail!(usage_error(format!(
            "--core: {} describes no package\nnext: name the folder of a crate",
            manifest.display()
        )));
    };
    Ok(name.to_owned())
}

/// The way from a folder to another: both can be moved together, to another machine too.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components());
    let shared = shared.take_while(|(from, to)| from == to).count();
    let up = from.components().skip(shared).map(|_| "..".as_ref());
    let down = to.components().skip(shared).map(|part| part.as_os_str());
    up.chain(down).collect()
}

/// The newest version in the registry.
fn newest(package: &str) -> Result<String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = cargo.args(["info", "--quiet", package]).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut lines = printed.lines();
    // A version that is not the newest has the newest behind it.
    let version = lines.find_map(|line| line.strip_prefix("version: ")?.split(' ').next());
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

    #[test]
    fn a_crate_is_found_in_its_folder_and_by_its_name() {
        let engine = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let engine = engine.canonicalize().unwrap();
        let user = engine.join("mine/mine-cdylib");
        let stages = engine.join("stages");
        let here = Core::parse(stages.to_str().unwrap(), &user).unwrap();
        assert_eq!(
            (here.package.as_str(), here.in_rust().as_str()),
            ("abi-stages", "abi_stages")
        );
        assert_eq!(here.source, "path = \"../../stages\"");
        let other = Core::parse("roaring@0.10.6", &user).unwrap();
        assert_eq!(other.package, "roaring");
        assert_eq!(other.source, "version = \"0.10.6\"");
    }

    #[test]
    fn a_folder_without_a_crate_is_refused() {
        let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        for (folder, words) in [
            ("./no/such", "cannot read"),
            (workspace, "describes no package"),
        ] {
            let error = Core::parse(folder, Path::new("/")).err().expect(folder);
            assert!(format!("{error:#}").contains(words), "{error:#}");
        }
    }
}
