//! Lines for the shell, and what a terminal shows of them.

use std::time::Duration;

use abi_stages::process::{Cmd, Event};
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// How many lines of a long output are shown.
const LINES: usize = 40;

/// A command, and what it printed on both outputs, as it appears in a terminal.
#[derive(Clone, Default, Deserialize, Serialize)]
pub struct Shown {
    pub command: String,
    pub output: Vec<String>,
    /// How it ended, if not well.
    pub end: Option<String>,
}

impl Shown {
    pub fn new(command: String, output: &str, end: Option<String>) -> Shown {
        Shown {
            command,
            output: output.lines().map(str::to_owned).collect(),
            end,
        }
    }

    /// All that was printed, or, if that is much, the lines that matter.
    pub fn essence(&self, says: &[String]) -> Shown {
        let matters = |line: &String| says.iter().any(|words| line.contains(words));
        if self.output.len() <= LINES / 2 || !self.output.iter().any(matters) {
            return self.clone();
        }
        let mut output: Vec<String> = Vec::new();
        for line in &self.output {
            if matters(line) {
                output.push(line.clone());
            } else if output.last().is_none_or(|last| last != "...") {
                output.push("...".to_owned());
            }
        }
        Shown {
            output,
            ..self.clone()
        }
    }
}

/// Runs a line as a shell does that has both outputs on one terminal.
pub fn run(workspace: &Workspace, line: &str) -> Result<Shown> {
    // Alone, the program takes the shell's place, and so the status is its own.
    let alone = match line.split_once(' ') {
        _ if line.contains(['|', ';', '&']) => "",
        Some((assignment, _)) if assignment.contains('=') => "exec env ",
        _ => "exec ",
    };
    let command = Cmd::new("sh")
        .arg("-c")
        .arg(format!("{PRELUDE}{alone}{line}"))
        .env("RUST_BACKTRACE", "0");
    let finished = command.run(workspace, &mut |event| match event {
        Event::Silence(time) if time >= LIMIT => Err(std::io::Error::other(format!(
            "it has not ended within {} s",
            LIMIT.as_secs()
        ))),
        _ => Ok(()),
    });
    let finished = finished.with_context(|| format!("while running: {line}"))?;
    // The folder of the workspace is no news to a reader.
    let root = workspace.root().to_string_lossy();
    let output = finished.stdout();
    let output = output.replace(&format!("{root}/"), "").replace(&*root, ".");
    let status = finished.status;
    let end = (!status.success()).then(|| status.to_string());
    Ok(Shown::new(line.to_owned(), &output, end))
}

/// No core files; Python buffers as it does by itself; errors stand where they happen.
const PRELUDE: &str = "ulimit -c 0; unset PYTHONUNBUFFERED; exec 2>&1; ";

/// Nothing that is shown hangs. If it does all the same, it is ended and named: after much longer than a
/// busy machine takes for any of it.
const LIMIT: Duration = Duration::from_secs(600);

/// As a terminal shows it.
pub fn sessions(shown: &[Shown]) -> String {
    let mut text = String::new();
    for one in shown {
        text += &format!("$ {}\n", one.command);
        let lines = one.output.iter().take(LINES).map(String::as_str);
        text.extend(lines.flat_map(|line| [line, "\n"]));
        if one.output.len() > LINES {
            text += &format!("({} lines)\n", one.output.len());
        }
        if let Some(end) = &one.end {
            text += &format!("[{end}]\n");
        }
    }
    text
}

/// All that was printed, and how it ended.
pub fn text(shown: &[Shown]) -> String {
    let lines = shown.iter().flat_map(|shown| {
        let lines = shown.output.iter().map(String::as_str);
        lines.chain(shown.end.as_deref())
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_run_as_in_a_terminal() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let shown = run(&workspace, "echo one; echo two >&2; pwd; exit 3").unwrap();
        assert_eq!(shown.output, ["one", "two", "."]);
        assert_eq!(shown.end.as_deref(), Some("exit status: 3"));
        let killed = run(&workspace, "A=b sh -c 'kill -6 $$'").unwrap();
        assert_eq!(killed.end.as_deref(), Some("signal: 6 (SIGABRT)"));
        assert_eq!(run(&workspace, "true").unwrap().end, None);
    }
}
