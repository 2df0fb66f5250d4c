//! Where the engine of a new workspace comes from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use abi_stages::cli::usage_error;

/// The packages that a workspace depends on, and their folders in a checkout of the engine.
const PACKAGES: [(&str, &str); 2] = [
    ("abi-boundary", "hello-cdylib/boundary"),
    ("abi-tasks", "xtask/tasks"),
];

/// A source, as a manifest names it.
pub enum Engine {
    Version(String),
    Git { url: String, revision: String },
    Path(PathBuf),
}

impl Engine {
    /// `1.2.3`, `git:URL#REVISION` or `path:CHECKOUT`.
    pub fn parse(text: &str) -> Result<Engine> {
        if let Some(path) = text.strip_prefix("path:") {
            let path = std::path::absolute(path)?;
            if !path.join(PACKAGES[0].1).join("Cargo.toml").is_file() {
                bail!(usage_error(format!(
                    "{} is no checkout of the engine: it has no {}",
                    path.display(),
                    PACKAGES[0].1
                )));
            }
            return Ok(Engine::Path(path));
        }
        if let Some(git) = text.strip_prefix("git:") {
            let Some((url, revision)) = git.split_once('#') else {
                bail!(usage_error("--engine git:URL#REVISION needs a revision"));
            };
            return Ok(Engine::Git {
                url: url.into(),
                revision: revision.into(),
            });
        }
        if !text.starts_with(|c: char| c.is_ascii_digit() || "=^~".contains(c)) {
            bail!(usage_error(format!(
                "`{text}` is no source of the engine\n\
                 next: a version such as 0.1.0, git:URL#REVISION or path:CHECKOUT"
            )));
        }
        Ok(Engine::Version(text.into()))
    }

    /// The revision of the checkout that this program was built from, or its version if it was built from a
    /// package.
    pub fn of_this_program() -> Result<Engine> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let git = |arguments: &[&str]| -> Option<String> {
            let git = Command::new("git")
                .arg("-C")
                .arg(folder)
                .args(arguments)
                .output();
            let output = git.ok().filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        // A package that was unpacked into somebody's repository is not tracked there.
        let tracked = git(&["ls-files", "--error-unmatch", "Cargo.toml"]);
        let checkout = git(&["rev-parse", "--show-toplevel"]);
        let revision = git(&["rev-parse", "HEAD"]);
        let (Some(_), Some(checkout), Some(revision)) = (tracked, checkout, revision) else {
            return Ok(Engine::Version(env!("CARGO_PKG_VERSION").into()));
        };
        if git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty()) {
            eprintln!(
                "note: {checkout} has changes that are not committed; the new workspace gets its last commit"
            );
        }
        let url = git(&["remote", "get-url", "origin"]).filter(|url| url.contains("://"));
        let url = url.unwrap_or_else(|| format!("file://{checkout}"));
        Ok(Engine::Git { url, revision })
    }

    /// Whether nobody else can reach it.
    pub fn is_of_this_machine(&self) -> bool {
        match self {
            Engine::Version(_) => false,
            Engine::Git { url, .. } => url.starts_with("file:"),
            Engine::Path(_) => true,
        }
    }

    /// A manifest with its place holders filled in.
    pub fn put_into(&self, manifest: &str) -> String {
        let fill = |text: String, (package, folder): &(&str, &str)| {
            text.replace(&format!("@{package}@"), &self.source(folder))
        };
        PACKAGES.iter().fold(manifest.to_owned(), fill)
    }

    fn source(&self, folder: &str) -> String {
        // A string of JSON is one of TOML.
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Engine::Version(version) => format!("version = {}", text(version)),
            Engine::Git { url, revision } => {
                format!("git = {}, rev = {}", text(url), text(revision))
            }
            Engine::Path(path) => format!("path = {}", text(&path.join(folder).to_string_lossy())),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Engine::Version(version) => write!(f, "version {version}"),
            Engine::Git { url, revision } => write!(f, "{url} at {revision}"),
            Engine::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_written_as_a_manifest_has_it() {
        let manifest = "a = { @abi-tasks@ }\n";
        let put = |source: &str| Engine::parse(source).unwrap().put_into(manifest);
        assert_eq!(put("0.1.0"), "a = { version = \"0.1.0\" }\n");
        assert_eq!(
            put("git:https://example.org/e#abc"),
            "a = { git = \"https://example.org/e\", rev = \"abc\" }\n"
        );
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert!(put(&format!("path:{}", checkout.display())).contains("xtask/tasks\" }"));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for (source, words) in [
            ("git:https://example.org/e", "needs a revision"),
            ("path:/no/such/checkout", "is no checkout of the engine"),
            ("newest", "is no source of the engine"),
        ] {
            let error = Engine::parse(source).err().expect(source).to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
