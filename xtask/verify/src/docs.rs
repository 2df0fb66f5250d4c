//! The checks of the documentation: what it shows is what happens.
//!
//! In a Markdown file, the words behind the three backticks say what a block is:
//!
//! * `console run`: each line that begins with `$ ` is run in the root, and prints what follows.
//!   Times, sizes and the like are masked; a line `...` stands for any lines.
//! * `console`: shown only; the `cargo xtask` commands in it exist, and so do their flags.
//! * `c FILE`: quotes the file; more words name the first line of an item in it.

use std::path::{Path, PathBuf};

use abi_stages::cli;
use abi_stages::header;
use abi_stages::process::{Cmd, quoted};
use abi_stages::quote;
use abi_stages::term;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};

use crate::check::Artifact::*;
use crate::check::Platform::*;
use crate::check::Requirement::*;
use crate::check::{Check, Finding};

pub const CHECKS: &[Check] = &[Check {
    id: "docs/readme",
    claim: "the commands in the README, and in that of each folder at the top, run and print what is \
                shown, what is quoted is in the files, and the files that are named are there",
    hint: "correct the README, or what it describes",
    needs: &[
        Built(CStage),
        Built(Module),
        On(Linux("the README shows what Linux prints")),
        After("rust/tests"),
        After("c/stage"),
        After("python/stage"),
    ],
    run: readme,
}];

fn readme(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let sources = workspace::sources(workspace.root())?;
    for page in readmes(&sources) {
        let text = workspace::read(&workspace.root().join(page))?;
        let blocks = blocks(&text);
        for block in &blocks {
            for problem in examine(workspace, page, block)? {
                findings.push(Finding::new(problem).at(page, block.line));
            }
        }
        for (line, command) in inline_commands(&text) {
            let problem = unknown(workspace.library(), &command);
            findings.extend(problem.map(|problem| Finding::new(problem).at(page, line)));
        }
        for (line, span) in code_spans(&text) {
            if is_gone(span, &sources) {
                let problem = format!("`{span}` is not there any more");
                findings.push(Finding::new(problem).at(page, line));
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

/// The README of the root and of each folder in it.
fn readmes(sources: &[PathBuf]) -> impl Iterator<Item = &PathBuf> {
    let is_one = |path: &&PathBuf| path.ends_with(README) && path.components().count() <= 2;
    sources.iter().filter(is_one)
}

/// A fenced block.
#[derive(Debug, PartialEq)]
struct Block {
    /// The words behind the backticks.
    info: String,
    /// The number of its first line.
    line: usize,
    text: String,
}

impl Block {
    /// The file that it quotes and the first line of the item, empty for the whole file.
    fn quoted(&self) -> Option<(&Block, &str, &str)> {
        let mut words = self.info.splitn(3, ' ');
        let is_console = words.next() == Some("console");
        let file = words.next().filter(|_| !is_console)?;
        Some((self, file, words.next().unwrap_or_default()))
    }
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

fn examine(workspace: &Workspace, path: &Path, block: &Block) -> Result<Vec<String>> {
    Ok(match block.info.as_str() {
        "console run" => run_block(workspace, &block.text)?,
        "console" => {
            let commands = commands(&block.text).into_iter();
            commands
                .filter_map(|shown| unknown(workspace.library(), &shown.command))
                .collect()
        }
        _ => match block.quoted() {
            Some((_, file, item)) => quote_differs(workspace.root(), path, block, file, item)?
                .into_iter()
                .collect(),
            None => Vec::new(),
        },
    })
}

/// The `cargo xtask` commands in the running text, each with the number of its line.
fn inline_commands(markdown: &str) -> impl Iterator<Item = (usize, String)> {
    code_spans(markdown)
        .filter(|(_, code)| code.starts_with("cargo xtask "))
        .map(|(line, code)| (line, code.replace('\\', "")))
}

/// What stands between backticks in the running text, each with the number of its line. What is broken
/// at the end of a line is taken up to there.
fn code_spans(markdown: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_block = false;
    let lines = (1..).zip(markdown.lines()).filter(move |(_, line)| {
        is_block ^= line.starts_with("```");
        !is_block
    });
    // Between backticks is every second piece.
    lines.flat_map(|(number, line)| {
        line.split('`')
            .skip(1)
            .step_by(2)
            .map(move |code| (number, code))
    })
}

/// Whether it names a file, `folder/file.ext`, that is not among the sources, though the folder that it
/// begins with is. It may begin with any folder: `crossing/status.rs`.
fn is_gone(span: &str, sources: &[PathBuf]) -> bool {
    let is_plain = span
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let path = Path::new(span);
    let is_file = path.extension().is_some_and(|end| !end.is_empty());
    let Some((first, _)) = span.split_once('/').filter(|_| is_plain && is_file) else {
        return false;
    };
    let has_folder = |path: &PathBuf| {
        let folders = path.parent().into_iter().flat_map(Path::components);
        folders
            .into_iter()
            .any(|folder| folder.as_os_str() == first)
    };
    sources.iter().any(has_folder) && !sources.iter().any(|known| known.ends_with(path))
}

/// A command and what is shown below it.
struct Shown {
    command: String,
    output: String,
}

fn commands(text: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(Shown {
                command: command.into(),
                output: String::new(),
            });
        } else if let Some(last) = commands.last_mut() {
            last.output.push_str(line);
            last.output.push('\n');
        }
    }
    commands
}

fn run_block(workspace: &Workspace, text: &str) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for shown in commands(text) {
        let target = workspace.relative(workspace.target());
        let target = target.to_string_lossy();
        let command = with_target(&shown.command, &target);
        let line = Cmd::new("sh")
            .args(["-c", &command])
            .env("NO_COLOR", "1")
            .env(header::KEEP, "1");
        let finished = line.output(workspace)?;
        if !finished.status.success() {
            problems.push(finished.complaint(&line));
            continue;
        }
        let seen = with_usual_target(&finished.stdout(), &target);
        if let Some(difference) = first_difference(&shown.output, &seen) {
            problems.push(format!(
                "`{}` does not print what is shown:\n{difference}\nall that it prints:\n{seen}",
                shown.command
            ));
        }
    }
    Ok(problems)
}

/// The command for the target directory of this run; the README shows the usual one.
fn with_target(command: &str, target: &str) -> String {
    if target == "target" {
        return command.to_owned();
    }
    // Behind `$OLDPWD/` it stands between double quotes, where a space does no harm.
    let parts = command.split("$OLDPWD/target/");
    let quoted = format!("{}/", quoted(target.as_ref()));
    let parts: Vec<String> = parts.map(|part| part.replace("target/", &quoted)).collect();
    parts.join(&format!("{target}/"))
}

/// What was printed, with the usual target directory in place of this run's, and without the quotes that
/// a path has only because of that.
fn with_usual_target(printed: &str, target: &str) -> String {
    let is_plain = |path: &str| quoted(path.as_ref()) == path;
    let mut text = String::new();
    let mut rest = printed;
    let opening = format!("'{target}");
    while let Some(start) = rest.find(&opening).filter(|_| !is_plain(target)) {
        let (before, after) = (&rest[..start], &rest[start + opening.len()..]);
        let (path, behind) = after.split_once('\'').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(&match is_plain(path) || path.is_empty() {
            true => format!("target{path}"),
            false => format!("'target{path}'"),
        });
        rest = behind;
    }
    (text + rest).replace(target, "target")
}

/// The first line that is shown and not printed where it should be, or else the first that is
/// printed beyond what is shown. A line `...` stands for any lines.
fn first_difference(shown: &str, seen: &str) -> Option<String> {
    let (shown, seen) = (masked(shown), masked(seen));
    let mut seen: &[&str] = &seen.lines().collect::<Vec<_>>();
    let shown: Vec<&str> = shown.lines().collect();
    let mut groups = shown.split(|line| line.trim() == "...");
    let differs = |line: &str, seen: &[&str]| {
        let printed = seen
            .first()
            .map_or("nothing".to_owned(), |line| format!("`{line}`"));
        Some(format!("shown is `{line}`\nprinted is {printed}"))
    };
    // Before the first dots, line by line.
    for line in groups.next().unwrap_or_default() {
        match seen.split_first() {
            Some((first, rest)) if first == line => seen = rest,
            _ => return differs(line, seen),
        }
    }
    let Some(mut group) = groups.next() else {
        return seen
            .first()
            .map(|line| format!("printed and not shown is `{line}`"));
    };
    loop {
        let is_last = groups.clone().next().is_none();
        let starts = 0..=seen.len().saturating_sub(group.len());
        // The last group ends the output, every other one stands where it is found first.
        let found = if is_last {
            starts.last().filter(|start| seen[*start..] == *group)
        } else {
            starts
                .into_iter()
                .find(|start| seen[*start..].starts_with(group))
        };
        let Some(start) = found else {
            // The line of the group that comes nowhere, or that comes in another place.
            let missing = group
                .iter()
                .find(|line| !seen.contains(*line))
                .or(group.first())?;
            return Some(format!("shown is `{missing}`\nit is not printed there"));
        };
        seen = &seen[start + group.len()..];
        match groups.next() {
            Some(next) => group = next,
            None => return None,
        }
    }
}

/// The text without what differs from run to run and from machine to machine: numbers before a
/// unit, and the folder of the checkout.
fn masked(text: &str) -> String {
    const UNITS: [&str; 8] = [
        "s",
        "ms",
        "KB",
        "MB",
        "bytes",
        "lines",
        "object",
        // How many a library has changes with each that is added.
        "functions",
    ];
    let mut masked = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                masked.push(' ');
            }
            let unit = words
                .get(index + 1)
                .map(|next| next.trim_end_matches([',', ')']));
            let is_unit = unit.is_some_and(|unit| UNITS.contains(&unit));
            let number = word.trim_start_matches('(');
            let is_number =
                !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
            if is_unit && is_number {
                masked.push_str(&word[..word.len() - number.len()]);
                masked.push('N');
            } else {
                masked.push_str(word);
            }
        }
        masked.push('\n');
    }
    masked
}

/// What is wrong with a command that is only shown.
fn unknown(library: &abi_stages::Library, command: &str) -> Option<String> {
    let words = command.strip_prefix("cargo xtask")?;
    // Up to what is the shell's: a pipe, a redirection, a comment.
    let end = words.find(['|', '>', '#', ';', '&']).unwrap_or(words.len());
    let words = words[..end].split_whitespace().map(Into::into);
    let error = cli::parse(&abi_stages::commands(), library.programs, words).err()?;
    Some(format!("`{command}` is not understood: {error}"))
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
    fn numbers_with_a_unit_are_masked_and_others_are_not() {
        assert_eq!(masked("size 346 KB, 2 lines"), "size N KB, N lines\n");
        assert_eq!(
            masked("the same (Rust 0.1 s, C 0.5 s)"),
            "the same (Rust N s, C N s)\n"
        );
        assert_eq!(masked("root of 4 is: 2"), "root of 4 is: 2\n");
    }

    #[test]
    fn commands_and_output_are_those_of_the_target_directory_at_hand() {
        for elsewhere in ["/else/where", "/a b/t"] {
            let of_shell = quoted(elsewhere.as_ref());
            assert_eq!(
                with_target("x target/y && \"$OLDPWD/target/z\"", elsewhere),
                format!("x {of_shell}/y && \"{elsewhere}/z\"")
            );
            let path = |end: &str| quoted(format!("{elsewhere}/{end}").as_ref());
            let printed = format!(
                "$ cp {} {}\nloaded {elsewhere}/c\n",
                path("a"),
                path("it is")
            );
            let expected = "$ cp target/a 'target/it is'\nloaded target/c\n";
            assert_eq!(with_usual_target(&printed, elsewhere), expected);
        }
        assert_eq!(with_target("ls target/y", "target"), "ls target/y");
    }

    #[test]
    fn three_dots_stand_for_any_lines() {
        for (shown, seen) in [
            ("a\n...\nd\n", "a\nb\nc\nd\n"),
            ("a\n  ...\n", "a\n"),
            ("...\nc\n...\n", "a\nc\nd\n"),
            ("a\n...\nb\n", "a\nb\nb\n"),
            ("", ""),
        ] {
            assert_eq!(first_difference(shown, seen), None, "{shown}");
        }
        for (shown, seen) in [
            ("a\n...\nd\n", "a\nb\n"),
            ("a\n...\nb\n", "a\nb\nc\n"),
            ("a\n", "a\nb\n"),
            ("a\nb\n", "a\n"),
            ("root: 2\n", "root: 3\n"),
            ("a\n...\na\n", "a\n"),
        ] {
            assert!(first_difference(shown, seen).is_some(), "{shown}");
        }
        let told = first_difference("...\nis: 2\n...\n", "is: 3\n").unwrap();
        assert!(told.contains("shown is `is: 2`"), "{told}");
    }

    #[test]
    fn commands_in_the_text_are_found() {
        let text =
            "Run `cargo xtask demo --step \\| sh` or `ls`.\n```console\n`cargo xtask x`\n```\n";
        assert_eq!(
            inline_commands(text).collect::<Vec<_>>(),
            [(1, "cargo xtask demo --step | sh".to_owned())]
        );
    }

    #[test]
    fn a_file_that_is_named_and_gone_is_found() {
        let sources = ["README.md", "core/src/lib.rs", "core/src/error.rs"].map(PathBuf::from);
        for there in [
            "src/lib.rs",
            "core/src",
            "lib/gone.so",
            "src/*.rs",
            "0.1/0.2",
            "gone.rs",
        ] {
            assert!(!is_gone(there, &sources), "{there}");
        }
        for gone in ["src/gone.rs", "core/lib.rs"] {
            assert!(is_gone(gone, &sources), "{gone}");
        }
    }

    #[test]
    fn a_command_that_does_not_exist_is_noticed() {
        assert!(unknown(&crate::hello::LIBRARY, "cargo xtask demo --dry-run | sh").is_none());
        assert!(unknown(&crate::hello::LIBRARY, "apt install gcc").is_none());
        assert!(unknown(&crate::hello::LIBRARY, "cargo xtask dmo").is_some());
        assert!(unknown(&crate::hello::LIBRARY, "cargo xtask demo --dry").is_some());
    }
}
