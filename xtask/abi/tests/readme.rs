//! The example of the README, as it stands there.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::process::Command;

/// The blocks of code: what stands behind the three backticks, and the content.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, from)) = rest.split_once("\n```") {
        let (info, body) = from.split_once('\n').unwrap();
        let (content, after) = body.split_once("```\n").unwrap();
        blocks.push((info, content));
        rest = after;
    }
    blocks
}

#[test]
fn the_example_prints_what_it_says() {
    let folder = common::scratch("readme");
    let text = include_str!("../README.md");
    let mut runs = 0;
    for (info, content) in blocks(text) {
        if let Some((_, name)) = info.split_once(" file=") {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            // A workspace of its own, because this one is around it.
            let more = if name == "Cargo.toml" {
                "\n[workspace]\n"
            } else {
                ""
            };
            fs::write(path, format!("{content}{more}")).unwrap();
        } else if info == "console" {
            let (command, expected) = content.split_once('\n').unwrap();
            let arguments = command.strip_prefix("$ cargo ").unwrap().split(' ');
            let output = Command::new(env!("CARGO_BIN_EXE_cargo-abi"))
                .args(arguments)
                .current_dir(&folder)
                .env_remove("CARGO_TARGET_DIR")
                .output()
                .unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                expected,
                "{errors}"
            );
            assert_eq!(output.status.code(), Some(1));
            runs += 1;
        }
    }
    assert_eq!(runs, 2);
}
