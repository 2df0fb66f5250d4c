//! The recording in the README shows the demonstration of today.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

const PICTURE: &str = include_str!("../lesson/recording/demo.svg");

/// The headings, the lines that are compared, and the sum; what differs from machine to machine is left out.
fn outline(lines: impl Iterator<Item = String>) -> Vec<String> {
    let is_kept = |line: &String| {
        let line = line.trim_start();
        let number = line.split('.').next().unwrap_or_default();
        let is_step = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        is_step || line.starts_with("==") || line.contains("Hello!") || line.contains(" stages, ")
    };
    lines
        .filter(is_kept)
        .map(|line| line.split(" (").next().unwrap_or_default().to_owned())
        .collect()
}

/// What the rows of the picture say, without their styles.
fn rows() -> impl Iterator<Item = String> {
    let rows = PICTURE
        .lines()
        .filter(|line| line.starts_with("<text "))
        .map(|line| {
            let pieces = line.split('<').filter_map(|piece| piece.split_once('>'));
            pieces.map(|(_, text)| text).collect::<String>()
        });
    rows.filter(|row| !row.starts_with("$ "))
}

#[test]
#[ignore = "runs the demonstration, which needs pip"]
fn the_recording_is_of_today() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let demo = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("demo")
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        demo.status.success(),
        "{}",
        String::from_utf8_lossy(&demo.stderr)
    );
    let printed = String::from_utf8(demo.stdout).unwrap();
    let (shown, printed) = (outline(rows()), outline(printed.lines().map(str::to_owned)));
    assert!(
        !shown.is_empty() && shown == printed,
        "`python3 xtask/lesson/recording/record.py` records it again\n{shown:#?}\n{printed:#?}"
    );
}
