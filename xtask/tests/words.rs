//! Phrases that are not used, in code, comments, messages and pages: there is a plainer word for each.

use std::path::Path;
use std::process::Command;

/// A phrase, in lower case, and what to write. Where it stands between other letters it is another word.
const PHRASES: &[(&str, &str)] = &[
    ("of c's", "C callbacks, a C type"),
    ("function of python's", "a Python function"),
    ("line of cargo's", "a cargo command"),
    ("something of", "an object of"),
    ("of theirs", "their"),
    ("whoever", "the caller, a reader: say who"),
    ("whosoever", "say who"),
    ("so many", "the number, or `that many`"),
    ("room for as many", "room for `count` elements"),
    ("shall", "must, or the present tense"),
    ("is not here", "was not found"),
    ("that is here", "that this machine has"),
    ("stand-in", "replacement"),
    ("watcher", "tool, pattern"),
    ("twin", "debug build, copy"),
    ("witness", "reader"),
    ("gist", "summary"),
    ("in the row", "in the configuration, in the table"),
    ("the row of", "the configuration, the table"),
    ("a matter of course", "obvious"),
    ("makes anew", "regenerates"),
    ("is told", "receives, is given"),
    ("to be told", "to be said, to be reported"),
];

/// This file, which has them all, texts of others, and sources that are part of what was measured.
const LEFT_OUT: &[&str] = &[
    "xtask/tests/words.rs",
    "xtask/lesson/book/assets/iframe-worker.js",
    "LICENSE-",
    "Cargo.lock",
];

/// The phrases in a text that goes on over lines, each with the number of the line where it begins.
fn phrases(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    // A line break and the marks of a comment behind it are a space.
    let mut joined = String::new();
    let mut starts = Vec::new();
    for line in text.to_lowercase().lines() {
        starts.push(joined.len());
        let is_mark = |c: char| c.is_whitespace() || "/*#!\\\"".contains(c);
        joined.push_str(line.trim_matches(is_mark));
        joined.push(' ');
    }
    let mut found = Vec::new();
    for (phrase, instead) in PHRASES {
        for (at, _) in joined.match_indices(phrase) {
            let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let before = joined[..at].chars().next_back();
            let after = joined[at + phrase.len()..].chars().next();
            if !is_letter(before) && !is_letter(after) {
                let line = starts.partition_point(|start| *start <= at);
                found.push((line, *phrase, *instead));
            }
        }
    }
    found
}

#[test]
fn plain_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let tracked = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root)
        .output()
        .unwrap();
    let tracked = String::from_utf8(tracked.stdout).unwrap();
    let mut read = 0;
    let mut findings = String::new();
    for name in tracked.split_terminator('\0') {
        let mut left_out = LEFT_OUT.iter();
        if left_out.any(|start| name.starts_with(*start) || name.contains("/LICENSE-")) {
            continue;
        }
        // One that is deleted and not yet committed, or is no text.
        let Ok(text) = std::fs::read_to_string(root.join(name)) else {
            continue;
        };
        read += 1;
        for (line, phrase, instead) in phrases(&text) {
            findings += &format!("{name}:{line}: `{phrase}`; write: {instead}\n");
        }
    }
    assert!(read > 100, "{read} files were read: is this a checkout?");
    assert!(findings.is_empty(), "\n{findings}");
}

#[test]
fn phrases_are_found_over_lines_and_within_no_other_word() {
    let found = phrases("//! A function\n//! of C's, so\n//! many.\n");
    let lines: Vec<_> = found
        .iter()
        .map(|(line, phrase, _)| (*line, *phrase))
        .collect();
    assert_eq!(lines, [(2, "of c's"), (2, "so many")]);
    assert_eq!(phrases("shallow, of c'source, intertwined, unshalled"), []);
}
