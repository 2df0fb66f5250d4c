//! What an ordinary strict build says of a fault: rustc, the C compiler with its warnings as errors,
//! CFFI. Nothing of this knows of the checks.

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::builds;

/// Who may notice a fault before any check, in the order of the pipeline.
pub const BUILDERS: [&str; 3] = ["rustc", "cc", "CFFI"];

/// What one of them made of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Noticed {
    /// An error or a warning.
    Yes,
    /// Not a word.
    No,
    /// What it needs could not be built.
    Unreached,
}

/// What each of [`BUILDERS`] made of it, and the words of those that noticed.
pub struct StrictBuild {
    pub noticed: [Noticed; 3],
    pub words: [String; 3],
}

/// Builds everything that the three stages and the C harness are, and imports the module.
pub fn build(workspace: &Workspace) -> Result<StrictBuild> {
    let mut found = StrictBuild {
        noticed: [Noticed::Unreached; 3],
        words: Default::default(),
    };
    found.set(0, rustc(workspace)?);
    if builds::build_library(workspace).is_err() {
        return Ok(found);
    }
    let c = builds::build_c_stage(workspace).and_then(|()| builds::build_c(workspace));
    found.set(1, c.err().map(|error| format!("{error:#}")));
    found.set(2, cffi(workspace)?);
    Ok(found)
}

/// An error unless an unbroken copy builds: otherwise a compiler that is missing would count as one that
/// has noticed something.
pub fn is_sound(workspace: &Workspace) -> Result<()> {
    let found = build(workspace)?;
    for (builder, noticed) in BUILDERS.iter().zip(found.noticed) {
        if noticed != Noticed::No {
            let words = found.words.concat();
            bail!("nothing can be tried here: {builder} complains even without a fault\n{words}");
        }
    }
    Ok(())
}

impl StrictBuild {
    fn set(&mut self, builder: usize, words: Option<String>) {
        self.noticed[builder] = match words {
            Some(_) => Noticed::Yes,
            None => Noticed::No,
        };
        self.words[builder] = words.map(|words| gist(&words)).unwrap_or_default();
    }
}

fn rustc(workspace: &Workspace) -> Result<Option<String>> {
    let packages = [
        "--package",
        workspace.library().core,
        "--package",
        workspace.library().cdylib,
    ];
    let line = Cmd::cargo().args(["build", "--release"]).args(packages);
    let finished = line.output(workspace)?;
    let words = finished.stderr();
    // Cargo repeats the warnings of what it does not compile again.
    let warned = words.lines().any(|line| line.starts_with("warning"));
    Ok((warned || !finished.status.success()).then_some(words))
}

fn cffi(workspace: &Workspace) -> Result<Option<String>> {
    if let Err(error) = builds::build_module(workspace) {
        return Ok(Some(format!("{error:#}")));
    }
    let import = format!("import {}", workspace.library().module);
    let line = builds::python(workspace).args(["-c", &import]);
    let finished = line.output(workspace)?;
    Ok((!finished.status.success()).then(|| finished.stderr()))
}

/// The line that says what is wrong: the first error, or else the first warning, or the last line.
fn gist(words: &str) -> String {
    let lines = || {
        words
            .lines()
            .map(|line| line.trim_start_matches(['|', ' ']))
    };
    let saying = |what: &str| lines().find(|line| line.contains(what)).map(str::to_owned);
    saying("error: ")
        .or_else(|| saying("error["))
        .or_else(|| saying("Error: "))
        .or_else(|| saying("undefined reference"))
        .or_else(|| saying("warning: "))
        .or_else(|| lines().rfind(|line| !line.is_empty()).map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_is_the_first_error() {
        let words = "this command failed:\n  cc x\n  | a.c: In function:\n  | a.c:1:2: error: \
                     conflicting types\n  | more";
        assert_eq!(gist(words), "a.c:1:2: error: conflicting types");
        assert_eq!(gist("a\nImportError: no\n"), "ImportError: no");
        assert_eq!(gist(""), "");
    }
}
