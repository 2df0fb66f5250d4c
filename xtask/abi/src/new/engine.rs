//! Where the engine of a new workspace comes from.

use std::process::Command;

use anyhow::{Result, bail};

use abi_stages::cli::usage_error;

/// The packages that a workspace depends on, and their folders in a checkout of the engine.
const PACKAGES: [(&str, &str); 2] = [
    ("abi-boundary", "hello-cdylib/boundary"),
    ("abi-tasks", "xtask/tasks"),
];

/// A source of them: `1.2.3`, `git:URL#REVISION` or `path:CHECKOUT`.
pub struct Engine(pub String);

impl Engine {
    pub fn parse(text: &str) -> Result<Engine> {
        if let Some(path) = text.strip_prefix("path:") {
            let path = std::path::absolute(path)?;
            let shown = path.display();
            let (_, folder) = PACKAGES[0];
            if !path.join(folder).join("Cargo.toml").is_file() {
                bail!(usage_error(format!(
                    "{shown} is no checkout of the engine: it has no {folder}"
                )));
            }
            return Ok(Engine(format!("path:{shown}")));
        }
        if text.starts_with("git:") {
            if !text.contains('#') {
                bail!(usage_error("--engine git:URL#REVISION needs a revision"));
            }
        } else if !text.starts_with(|c: char| c.is_ascii_digit() || "=^~".contains(c)) {
            bail!(usage_error(format!(
                "`{text}` is no source of the engine\n\
                 next: a version such as 0.1.0, git:URL#REVISION or path:CHECKOUT"
            )));
        }
        Ok(Engine(text.to_owned()))
    }

    /// The revision of the checkout that this program was built from, or its version if it was built from a
    /// package.
    pub fn of_this_program() -> Result<Engine> {
        let git = |arguments: &[&str]| -> Option<String> {
            let mut git = Command::new("git");
            git.arg("-C").arg(env!("CARGO_MANIFEST_DIR"));
            let output = git.args(arguments).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            output.status.success().then_some(text)
        };
        // A package that was unpacked into somebody's repository is not tracked there.
        let tracked = git(&["ls-files", "--error-unmatch", "Cargo.toml"]);
        let checkout = git(&["rev-parse", "--show-toplevel"]);
        let revision = git(&["rev-parse", "HEAD"]);
        let (Some(_), Some(checkout), Some(revision)) = (tracked, checkout, revision) else {
            return Engine::parse(env!("CARGO_PKG_VERSION"));
        };
        let url = git(&["remote", "get-url", "origin"]).filter(|url| url.contains("://"));
        let url = url.unwrap_or_else(|| format!("file://{checkout}"));
        Engine::parse(&format!("git:{url}#{revision}"))
    }

    /// A manifest with its place holders filled in.
    pub fn put_into(&self, manifest: &str) -> String {
        let mut manifest = manifest.to_owned();
        for (package, folder) in PACKAGES {
            let source = match self.0.split_once(':') {
                Some(("path", path)) => format!("path = {}", quoted(&format!("{path}/{folder}"))),
                Some((_, git)) => {
                    let (url, revision) = git.split_once('#').unwrap_or((git, ""));
                    format!("git = {}, rev = {}", quoted(url), quoted(revision))
                }
                None => format!("version = {}", quoted(&self.0)),
            };
            manifest = manifest.replace(&format!("@{package}@"), &source);
        }
        manifest
    }
}

/// A string of JSON is one of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

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
