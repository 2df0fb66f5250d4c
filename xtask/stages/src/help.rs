//! What `--help` prints, in cargo's manner.

use anyhow::Result;

use crate::cli::{Command, known_flags, summaries};
use crate::library::{Library, Summary};
use crate::say;
use crate::term::{bold, wrap};

/// What `cargo xtask` alone prints.
pub fn overview(library: &Library, commands: &[&'static Command]) -> Result<()> {
    say!(
        "One Rust library, shared with C and with Python, with checks for every boundary between them\n"
    )?;
    say!("{} cargo xtask [OPTIONS] <COMMAND>", bold("Usage:"))?;
    // A fixed width: the README shows the same lines with and without the lesson's commands.
    let row = |command: Summary| (format!("{:10}", command.name), command.about);
    let rows = summaries(commands, library.commands).map(row).collect();
    section(library, "Commands:", rows)?;
    section(library, "Options:", rows_of(None))?;
    say!(
        "\nThe first command to try is `cargo xtask demo`; `cargo xtask help <COMMAND>` says more about one."
    )?;
    Ok(())
}

/// A command's own help.
pub fn of_command(library: &Library, command: &'static Command) -> Result<()> {
    let Summary { name, about } = command.summary;
    say!("{about}\n")?;
    for paragraph in command
        .details
        .split("\n\n")
        .filter(|text| !text.is_empty())
    {
        say!("{}\n", wrap(&library.fill(paragraph), WIDTH).join("\n"))?;
    }
    let args: String = command
        .args
        .iter()
        .map(|(shown, _)| format!(" {shown}"))
        .collect();
    say!("{} cargo xtask {name} [OPTIONS]{args}", bold("Usage:"))?;
    let args = command.args.iter();
    section(
        library,
        "Arguments:",
        args.map(|(shown, about)| ((*shown).to_owned(), *about))
            .collect(),
    )?;
    section(library, "Options:", rows_of(Some(command)))?;
    say!(
        "\n{}\n  {}",
        bold("Example:"),
        library.fill(command.example)
    )?;
    Ok(())
}

/// How wide help is.
const WIDTH: usize = 96;

fn rows_of(command: Option<&'static Command>) -> Vec<(String, &'static str)> {
    let flags = known_flags(command);
    flags.map(|flag| (flag.shown(), flag.about)).collect()
}

/// A heading and two columns below it; nothing if there are no rows.
fn section(library: &Library, heading: &str, rows: Vec<(String, &str)>) -> Result<()> {
    let Some(width) = rows.iter().map(|(name, _)| name.chars().count()).max() else {
        return Ok(());
    };
    say!("\n{}", bold(heading))?;
    for (name, about) in rows {
        let lines = wrap(&library.fill(about), WIDTH - width - 4);
        let about = lines.join(&format!("\n{:1$}", "", width + 4));
        say!("  {}  {about}", bold(&format!("{name:width$}")))?;
    }
    Ok(())
}
