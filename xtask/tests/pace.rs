//! `--step` on a terminal: each page fits, and q leaves everything as it was.
#![cfg(unix)]

#[path = "../src/library.rs"]
mod library;

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use abi_stages::pace;
use abi_stages::process::Cmd;
use abi_stages::runner::{self, Section, StepFlags};
use abi_stages::step::Step;
use abi_stages::workspace::Workspace;

/// Set in the process that runs on the terminal.
const ON_TERMINAL: &str = "XTASK_TEST_ON_TERMINAL";

const PRINTS_MUCH: &str =
    "i=0; while [ $i -lt 70 ]; do echo $i; echo; printf '%150s\\n' x; i=$((i + 1)); done";

/// Runs a short step and one that is too long in every respect.
#[test]
fn lecture() {
    if env::var_os(ON_TERMINAL).is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pace");
    std::fs::create_dir_all(&folder).unwrap();
    let workspace = Workspace::locate(&library::LIBRARY).unwrap();
    let workspace = workspace.copy_at(folder.clone(), folder.join("target"));
    let reason: &str = "many words ".repeat(500).leak();
    let shell = |script: &str| Cmd::new("sh").args(["-c", script]);
    let section = Section {
        heading: "Lecture".into(),
        steps: vec![
            Step::new("Short", "Why.").run(shell("echo first output")),
            Step::new("Long", reason).run(shell(PRINTS_MUCH)),
        ],
        ..Section::default()
    };
    let flags = StepFlags {
        step: true,
        ..StepFlags::default()
    };
    pace::begin(3, None).unwrap();
    runner::run(&workspace, &flags, vec![section]).unwrap();
}

/// The pages of the lecture, and what else the terminal has to say.
fn session(flags: &[&str]) -> Option<String> {
    if Command::new("python3")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        eprintln!("skipped: a terminal is made with python3, which was not found");
        return None;
    }
    let output = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal.py"))
        .args(flags)
        .arg(env::current_exe().unwrap())
        .args(["--exact", "lecture", "--nocapture"])
        .env(ON_TERMINAL, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(text)
}

#[test]
fn every_page_fits() {
    let Some(text) = session(&[]) else { return };
    let (pages, rest) = text.split_once("exit code: ").unwrap();
    let pages: Vec<(usize, &str)> = pages
        .lines()
        .map(|page| page.split_once(": ").unwrap())
        .map(|(rows, label)| (rows.parse().unwrap(), label))
        .collect();
    for (rows, label) in &pages {
        assert!(
            *rows <= pace::PAGE.1,
            "{rows} rows before `{label}`:\n{text}"
        );
    }
    let labels: Vec<&str> = pages.iter().map(|(_, label)| *label).collect();
    assert_eq!(
        labels[..2],
        ["1 of 3: Enter runs it", "2 of 3: Enter goes on"]
    );
    let full = labels
        .iter()
        .filter(|label| label.ends_with("the page is full: Enter goes on"));
    assert!(full.count() > 7, "{text}");
    assert!(rest.starts_with("0\nsettings: kept\n"), "{text}");
}

#[test]
fn q_ends_at_once_and_leaves_the_terminal_as_it_was() {
    let Some(text) = session(&["--at", "2", "q"]) else {
        return;
    };
    assert!(text.contains("exit code: 0\nsettings: kept\n"), "{text}");
    assert!(text.contains("first output"), "{text}");
    assert!(!text.contains("2. Long"), "{text}");
}

#[test]
fn b_shows_the_page_before_and_enter_comes_back() {
    let Some(text) = session(&["--at", "2", "b"]) else {
        return;
    };
    assert!(text.contains("exit code: 0\nsettings: kept\n"), "{text}");
    let labels: Vec<&str> = text
        .lines()
        .take(4)
        .filter_map(|it| it.split(": ").nth(1))
        .collect();
    assert_eq!(labels, ["1 of 3", "2 of 3", "1 of 3", "2 of 3"], "{text}");
    // The page with the command, then the one with its output: each is shown twice.
    assert_eq!(text.matches("1. Short").count(), 2, "{text}");
    assert_eq!(text.matches("first output").count(), 4, "{text}");
}

#[test]
fn without_a_terminal_it_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["demo", "--step"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"));
}
