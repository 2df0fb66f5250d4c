//! How the witnesses start other programs: through a function that their caller passes in, so that
//! it is the caller who decides on the environment, the folder and the words of a failure.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs one program (a C compiler, a Python interpreter) with further arguments, to its end, and
/// returns what it printed to standard output. Any other end than success is an error that says
/// everything.
pub type Run<'a> = &'a dyn Fn(&[OsString]) -> Result<String>;

/// The simplest such function: runs `program`, with this process's environment.
pub fn program(program: &Path) -> impl Fn(&[OsString]) -> Result<String> {
    let program = program.to_owned();
    move |arguments| {
        let shown = || format!("{} {}", program.display(), shown(arguments));
        let output = Command::new(&program)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot start: {}", shown()))?;
        if !output.status.success() {
            let [out, err] = [&output.stdout, &output.stderr].map(|o| String::from_utf8_lossy(o));
            bail!(
                "this command failed, {}:\n  {}\n{out}{err}",
                output.status,
                shown()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn shown(arguments: &[OsString]) -> String {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}
