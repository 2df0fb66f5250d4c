//! How the readers start other programs: through a function that their caller passes in, so that
//! the caller decides on the environment, the folder and how a failure is worded.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use abi_stages::process::{find_program, quoted};
use anyhow::{Result, bail};

/// Runs one program (a C compiler, a Python interpreter) with further arguments, to its end.
///
/// It fails only if the program cannot be started.
pub type Run<'a> = &'a dyn Fn(&[OsString]) -> Result<Finished>;

/// A program that ran to its end.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Whether it reported success.
    pub success: bool,
    /// What it printed to standard output.
    pub stdout: String,
    /// What it printed to standard error.
    pub stderr: String,
    /// The command line and how it ended, for a reader who has seen nothing of it.
    pub report: String,
}

impl Finished {
    /// The standard output of a program that succeeded.
    ///
    /// # Errors
    ///
    /// If it did not: the command line, how it ended, and all that it printed.
    pub fn checked(self) -> Result<String> {
        if self.success {
            return Ok(self.stdout);
        }
        bail!("{}", self.report)
    }
}

/// Runs `program`, and before the arguments of each call puts `arguments`.
///
/// The environment is this process's, without the variables that `cargo run` sets for the programs
/// that it starts, and with messages in English.
pub fn program(
    program: &OsStr,
    arguments: &[OsString],
) -> impl Fn(&[OsString]) -> Result<Finished> + use<> {
    let (program, before) = (program.to_owned(), arguments.to_vec());
    move |arguments| {
        let mut command = Command::new(&program);
        command.args(&before).args(arguments).env("LC_ALL", "C");
        run(&mut command)
    }
}

/// How much of what a program printed is in a report: the first error, and what it is about.
const SHOWN_LINES: usize = 20;

/// Where the loader looks besides. Cargo sets them; a compiler that cargo did not build must not
/// find other libraries because of that.
pub(crate) const SEARCH_VARIABLES: [&str; 3] = [
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

/// Runs a command to its end and keeps what it printed, what goes elsewhere left out.
///
/// # Errors
///
/// If it cannot be started; the message names the program.
pub fn run(command: &mut Command) -> Result<Finished> {
    for name in SEARCH_VARIABLES {
        command.env_remove(name);
    }
    let line = line(command);
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let program = command.get_program().to_string_lossy();
            bail!("`{program}` was not found; it is needed for: {line}")
        }
        Err(error) => bail!("cannot start: {line}: {error}"),
    };
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mut report = format!("this command failed, {}:\n  {line}", output.status);
    // What went wrong comes before what it was doing.
    let lines: Vec<&str> = stderr.lines().chain(stdout.lines()).collect();
    for text in lines.iter().take(SHOWN_LINES) {
        report += &format!("\n  | {text}");
    }
    if lines.len() > SHOWN_LINES {
        report += &format!("\n  | and {} more lines", lines.len() - SHOWN_LINES);
    }
    Ok(Finished {
        success: output.status.success(),
        stdout,
        stderr,
        report,
    })
}

/// The command line as a POSIX shell reads it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(word_of).collect::<Vec<_>>().join(" ")
}

fn word_of(word: &OsStr) -> String {
    // Of a script: what it is about is in its first line.
    match word.to_string_lossy().split_once('\n') {
        Some((first, _)) => format!("'{first} ...'"),
        None => quoted(word),
    }
}

/// Whether a program of this name is found, as the system looks for it.
pub fn exists(program: &OsStr) -> bool {
    let path = Path::new(program);
    let is_path = path.components().count() > 1;
    (is_path && path.exists()) || find_program(&program.to_string_lossy()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_command_and_all_that_it_printed() {
        let run = program("sh".as_ref(), &["-c".into()]);
        let finished = run(&["echo out; echo err >&2; exit 3".into()]).unwrap();
        let report = finished.checked().unwrap_err().to_string();
        assert_eq!(
            report,
            "this command failed, exit status: 3:\n  sh -c 'echo out; echo err >&2; exit 3'\n  | \
             err\n  | out"
        );
    }

    #[test]
    fn of_a_script_only_the_beginning_is_shown() {
        let mut command = Command::new("sh");
        command.args(["-c", "# Says hi.\necho hi", "it's"]);
        assert_eq!(line(&command), r"sh -c '# Says hi. ...' 'it'\''s'");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = program("no-such-program".as_ref(), &[])(&["-x".into()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-program` was not found; it is needed for: no-such-program -x"
        );
        assert!(!exists("no-such-program".as_ref()));
    }
}
