//! What the pages say of commands, and what the files with Python's requirements say of versions.

#[path = "../src/library.rs"]
mod library;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use abi_stages::cli;
use library::LIBRARY;

/// The files of the checkout whose names end so.
fn files(end: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut git = Command::new("git");
    let listed = git.arg("-C").arg(&root).args(["ls-files", "-z"]).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let files = listed.split('\0').filter(|name| name.ends_with(end));
    files.map(|name| root.join(name)).collect()
}

/// The `cargo xtask` commands of a page: between backticks, and in blocks behind `$ `.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_block = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_block = !is_block;
        } else if is_block {
            found.extend(line.strip_prefix("$ "));
        } else {
            // Between backticks is every second piece.
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    let is_ours = |command: &&str| command.starts_with("cargo xtask ");
    let ours = found.into_iter().filter(is_ours);
    ours.map(|command| command.replace('\\', "")).collect()
}

/// Why a command is not understood, if so.
fn unknown(command: &str) -> Option<String> {
    let words = command.strip_prefix("cargo xtask")?;
    // Up to what is the shell's: a pipe, a redirection, a comment.
    let end = words.find(['|', '>', '#', ';', '&']).unwrap_or(words.len());
    let words = words[..end].split_whitespace().map(Into::into);
    let error = cli::parse(&abi_stages::commands(), LIBRARY.commands, words).err()?;
    Some(format!("`{command}` is not understood: {error}"))
}

#[test]
fn every_command_of_a_page_exists() {
    let mut count = 0;
    for file in files(".md") {
        // What was released is not what is here today, and the template's commands are its own.
        if file.ends_with("CHANGELOG.md")
            || file.components().any(|it| it.as_os_str() == "template")
        {
            continue;
        }
        for command in commands(&fs::read_to_string(&file).unwrap()) {
            assert_eq!(unknown(&command), None, "{}", file.display());
            count += 1;
        }
    }
    assert!(count > 50, "only {count} commands were found");
}

#[test]
fn a_command_that_does_not_exist_is_noticed() {
    let page = "Run `cargo xtask dmo --step \\| sh` or `ls`.\n```console run\n$ cargo xtask demo --dry\nx\n```\n";
    let commands = commands(page);
    assert_eq!(
        commands,
        ["cargo xtask dmo --step | sh", "cargo xtask demo --dry"]
    );
    assert!(commands.iter().all(|it| unknown(it).is_some()));
    assert_eq!(unknown("cargo xtask demo --dry-run | sh"), None);
}

/// The lines of a file with requirements that allow more than one version.
fn open_ended(requirements: &str) -> Vec<&str> {
    let lines = requirements.lines();
    // `NAME==VERSION`, and where it is installed behind a semicolon.
    let lines = lines.filter_map(|line| line.split(['#', ';']).next());
    let is_exact = |line: &str| {
        let version = line.split_once("==").map(|(_, version)| version);
        version.is_some_and(|it| !it.contains(['*', ',']))
    };
    let lines = lines.map(str::trim).filter(|line| !line.is_empty());
    lines.filter(|line| !is_exact(line)).collect()
}

/// pip takes the newest of what a requirement allows: today's environment is tomorrow's only if one is allowed.
#[test]
fn every_requirement_has_one_version() {
    let files = files("requirements.txt");
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(open_ended(&text), [""; 0], "{}", file.display());
    }
    let text = "# a\na==1.0 ; python_version < '3'\nb>=2\nc==1.*\nd==1,<2\ne\n";
    assert_eq!(open_ended(text), ["b>=2", "c==1.*", "d==1,<2", "e"]);
}
