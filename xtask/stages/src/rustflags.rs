//! rustc's flags: those of the user's configuration, and those that our own builds add.
//!
//! A person can set flags in four places: an array or a text in `[build]`, `[target.…]`, and the
//! environment. Cargo takes them from one place only, so a flag that is added in a variable discards those in
//! the configuration. What cargo takes is known to cargo alone (it depends on the folder, on `cfg(…)` and
//! on precedence): it tells each build script, so it is asked with one.

use std::fs;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};

use crate::process::Cmd;
use crate::workspace::{self, Workspace};

/// Between two flags, as cargo has it.
const SEPARATOR: &str = "\u{1f}";

/// A package that does nothing but write down the flags.
const PACKAGE: [(&str, &str); 3] = [
    (
        "Cargo.toml",
        "[package]\nname = \"rustflags\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    ),
    ("src/lib.rs", ""),
    (
        "build.rs",
        r#"fn main() {
    let [flags, to] = ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS_TO"].map(std::env::var_os);
    std::fs::write(to.unwrap(), flags.unwrap_or_default().into_encoded_bytes()).unwrap();
    println!("cargo::rerun-if-env-changed=RUSTFLAGS_TO");
}
"#,
    ),
];

/// The flags that cargo passes to rustc for the library, by the configuration.
pub fn configured(workspace: &Workspace) -> Result<Vec<String>> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = workspace.target().join("rustflags");
    for (name, text) in PACKAGE {
        workspace::write(&folder.join(name), text.as_bytes())?;
    }
    let answer = folder.join(format!("{}-{number}.txt", process::id()));
    // From the root: where cargo is called decides which configuration it reads.
    Cmd::cargo()
        .args(["check", "--quiet", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target"))
        .env("RUSTFLAGS_TO", &answer)
        .check(workspace)
        .context("cargo does not say with which flags it calls rustc")?;
    let flags = workspace::read(&answer)?;
    let _ = fs::remove_file(&answer);
    let flags = flags.split(SEPARATOR).filter(|flag| !flag.is_empty());
    Ok(flags.map(str::to_owned).collect())
}

/// A cargo command with `flags` for rustc, in addition to those that are configured.
pub fn with(
    line: Cmd,
    workspace: &Workspace,
    flags: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Cmd> {
    let mut all = configured(workspace)?;
    all.extend(flags.into_iter().map(Into::into));
    Ok(line.env("CARGO_ENCODED_RUSTFLAGS", all.join(SEPARATOR)))
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;
    use std::process::Command;

    use super::*;
    use crate::workspace::TARGET;

    /// What is written into the configuration, and what into the environment.
    type Place = (
        &'static str,
        String,
        [Option<(&'static str, &'static str)>; 2],
    );

    fn places() -> Vec<Place> {
        let none = [None, None];
        let flags = "--cfg acme_metric";
        let array = "rustflags = [\"--cfg\", \"acme_metric\"]";
        let text = "rustflags = \"--cfg acme_metric\"";
        let in_build = format!("[build]\n{array}\n");
        vec![
            ("no place", String::new(), none),
            ("[build], an array", in_build.clone(), none),
            ("[build], a text", format!("[build]\n{text}\n"), none),
            ("[target]", format!("[target.{TARGET}]\n{array}\n"), none),
            ("cfg(…)", format!("[target.'cfg(all())']\n{text}\n"), none),
            (
                "RUSTFLAGS",
                String::new(),
                [Some(("RUSTFLAGS", flags)), None],
            ),
            (
                "CARGO_ENCODED_RUSTFLAGS before all others",
                in_build,
                [
                    Some(("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}acme_metric")),
                    Some(("RUSTFLAGS", "--cfg other")),
                ],
            ),
        ]
    }

    #[test]
    fn the_flags_are_known_wherever_they_are_set() {
        for (number, (place, configuration, environment)) in places().into_iter().enumerate() {
            let folder = env::temp_dir().join(format!("xtask-{}-flags {number}", process::id()));
            let file = folder.join(".cargo/config.toml");
            workspace::write(&file, configuration.as_bytes()).unwrap();
            // In a process of its own: this one has other threads.
            let mut alone = Command::new(env::current_exe().unwrap());
            alone
                .args(["--exact", "--ignored", "--nocapture"])
                .arg("rustflags::tests::prints_the_flags")
                .env_remove("RUSTFLAGS")
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env("XTASK_COPY_ROOT", &folder)
                .env("XTASK_COPY_TARGET", folder.join("target"))
                .envs(environment.into_iter().flatten());
            let output = alone.output().unwrap();
            let printed = String::from_utf8_lossy(&output.stdout);
            let flags = printed
                .lines()
                .find_map(|line| line.strip_prefix("flags: "));
            let expected = match place {
                "no place" => "--last",
                _ => "--cfg|acme_metric|--last",
            };
            assert_eq!(flags, Some(expected), "{place}: {output:?}");
            fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    #[ignore = "is run by the test above"]
    fn prints_the_flags() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let line = with(Cmd::new("env"), &workspace, ["--last"]).unwrap();
        let environment = line.check(&workspace).unwrap().stdout();
        let flags = environment
            .lines()
            .find_map(|line| line.strip_prefix("CARGO_ENCODED_RUSTFLAGS="));
        println!("\nflags: {}", flags.unwrap().replace(SEPARATOR, "|"));
    }
}
