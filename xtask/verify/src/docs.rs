//! The checks of the documentation: what it shows is what happens.
//!
//! In a Markdown file, the words behind the three backticks say what a block is:
//!
//! * `console run`: each line that begins with `$ ` is run in the root, and prints what follows.
//!   A line `...` stands for any lines; `...` at the end of a line stands for its rest, such as a time.
//! * `console`: shown only.
//! * `c FILE`: quotes the file; more words name the first line of an item in it.

use std::path::{Path, PathBuf};

use abi_stages::header;
use abi_stages::process::Cmd;
use abi_stages::quote;
use abi_stages::term;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use crate::check::Requirement::*;
use crate::check::{Check, Finding};

pub const CHECKS: &[Check] = &[Check {
    id: "docs/readme",
    claim: "the commands in the README, and in that of each folder at the top, run and print what is \
                shown, and what is quoted is in the files",
    hint: "correct the README, or what it describes",
    needs: &[
        CStage,
        Module,
        Linux("the README shows what Linux prints"),
        UsualTarget,
    ],
    run: readme,
}];

fn readme(workspace: &Workspace) -> Result<Vec<Finding>> {
    // A command that builds would generate it.
    if let Some(why) = header::outdated(workspace)? {
        let text = format!("{why}\nnext: `cargo xtask header` generates the header");
        return Ok(vec![Finding::new(text)]);
    }
    let mut findings = Vec::new();
    let is_readme = |path: &&PathBuf| path.ends_with(README) && path.components().count() <= 2;
    let sources = workspace::sources(workspace.root())?;
    for page in sources.iter().filter(is_readme) {
        let text = workspace::read(&workspace.root().join(page))?;
        let blocks = blocks(&text);
        for block in &blocks {
            for problem in examine(workspace, page, block)? {
                findings.push(Finding::new(problem).at(page, block.line));
            }
        }
        let is_at_the_top = page == Path::new(README);
        if is_at_the_top && !blocks.iter().any(|block| block.info == "console run") {
            findings.push(Finding::new("no block of the README is marked as run"));
        }
    }
    Ok(findings)
}

const README: &str = "README.md";

/// A fenced block.
#[derive(Debug, PartialEq)]
struct Block {
    /// The words behind the backticks.
    info: String,
    /// The number of its first line.
    line: usize,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in markdown.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    info: info.trim().into(),
                    line: index + 2,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

fn examine(workspace: &Workspace, page: &Path, block: &Block) -> Result<Vec<String>> {
    let (language, rest) = block.info.split_once(' ').unwrap_or((&block.info, ""));
    match (language, rest) {
        ("console", "run") => run_block(workspace, &block.text),
        (_, "") => Ok(Vec::new()),
        _ => {
            // The file, and the first line of the item; none for the whole file.
            let (file, item) = rest.split_once(' ').unwrap_or((rest, ""));
            let differs = quote_differs(workspace.root(), page, block, file, item)?;
            Ok(differs.into_iter().collect())
        }
    }
}

/// Each command, and what is shown below it.
fn commands(text: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((command, String::new()));
        } else if let Some((_, shown)) = commands.last_mut() {
            *shown += line;
            *shown += "\n";
        }
    }
    commands
}

fn run_block(workspace: &Workspace, text: &str) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (command, shown) in commands(text) {
        let line = Cmd::new("sh").args(["-c", command]).env("NO_COLOR", "1");
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            problems.push(finished.complaint(&line));
        } else if let Some(difference) = difference(&shown, &finished.stdout()) {
            problems.push(format!(
                "`{command}` does not print what is shown:\n{difference}"
            ));
        }
    }
    Ok(problems)
}

/// A line that is shown and not printed where it should be, and all that is printed.
fn difference(shown: &str, printed: &str) -> Option<String> {
    let [shown, seen] = [shown, printed].map(|text| text.lines().collect::<Vec<_>>());
    let is_missing = |line: &&&str| !is_dots(line) && !seen.iter().any(|seen| is_line(line, seen));
    let what = match shown.iter().find(is_missing) {
        _ if is_shown(&shown, &seen) => return None,
        Some(line) => format!("shown is `{line}`\nit is not printed"),
        None => "it prints more lines, or in another order".to_owned(),
    };
    Some(format!("{what}\nall that it prints:\n{printed}"))
}

/// A line `...` stands for any lines.
fn is_dots(line: &str) -> bool {
    line.trim() == "..."
}

/// Whether a line is the one that is shown, or begins like it.
fn is_line(shown: &str, seen: &str) -> bool {
    let beginning = shown.strip_suffix("...");
    beginning.map_or(shown == seen, |beginning| seen.starts_with(beginning))
}

/// Whether the lines are those that are shown.
fn is_shown(shown: &[&str], seen: &[&str]) -> bool {
    match (shown.split_first(), seen.split_first()) {
        (None, first) => first.is_none(),
        (Some((line, rest)), _) if is_dots(line) => {
            (0..=seen.len()).any(|skipped| is_shown(rest, &seen[skipped..]))
        }
        (Some((line, rest)), Some((first, seen))) => is_line(line, first) && is_shown(rest, seen),
        (Some(_), None) => false,
    }
}

fn quote_differs(
    root: &Path,
    page: &Path,
    block: &Block,
    file: &str,
    item: &str,
) -> Result<Option<String>> {
    let quoted = quote::item(&root.join(file), item)
        .with_context(|| format!("quoted in line {}", block.line))?;
    if quoted.trim_end() == block.text.trim_end() {
        return Ok(None);
    }
    let quoted = quoted.trim_end().to_owned() + "\n";
    Ok(Some(format!(
        "what is quoted is not what stands in {file}:\n{}",
        term::diff((file, &quoted), (&page.to_string_lossy(), &block.text))
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_their_lines() {
        let found = blocks("a\n```console run\n$ ls\nb\n```\n\n```rust\n```\n");
        assert_eq!(
            found[0],
            Block {
                info: "console run".into(),
                line: 3,
                text: "$ ls\nb\n".into()
            }
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn three_dots_stand_for_any_lines_or_the_rest_of_one() {
        for (shown, seen) in [
            ("a\n...\nd\n", "a\nb\nc\nd\n"),
            ("a\n  ...\n", "a\n"),
            ("...\nc\n...\n", "a\nc\nd\n"),
            ("a\n...\nb\n", "a\nb\nb\n"),
            ("same (...\nb\n", "same (Rust 0.1 s)\nb\n"),
            ("", ""),
        ] {
            assert_eq!(difference(shown, seen), None, "{shown}");
        }
        for (shown, seen) in [
            ("a\n...\nd\n", "a\nb\n"),
            ("a\n...\nb\n", "a\nb\nc\n"),
            ("a\n", "a\nb\n"),
            ("a\nb\n", "a\n"),
            ("root: 2\n", "root: 3\n"),
            ("a\n...\na\n", "a\n"),
            ("same (...\n", "the same (Rust 0.1 s)\n"),
            ("same (...\n", "same (Rust 0.1 s)\nb\n"),
        ] {
            assert!(difference(shown, seen).is_some(), "{shown}");
        }
        let told = difference("...\nis: 2\n...\n", "is: 3\n").unwrap();
        assert!(told.contains("shown is `is: 2`"), "{told}");
    }
}
