//! The steps of `action.yml`, run as a script, as a runner would run them.
#![cfg(unix)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::package::Package;

/// The scripts of the action, in order, each with its variables.
fn steps() -> Vec<(Vec<(String, String)>, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let text = fs::read_to_string(file).unwrap();
    let steps = text.split("    - name: ").skip(1);
    let read = |step: &str| {
        let (head, script) = step
            .split_once("      run: |\n")
            .expect("a step runs something");
        let variables = head
            .lines()
            .filter_map(|line| line.strip_prefix("        ")?.split_once(": "));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let script = script
            .lines()
            .map(|line| line.trim_start().to_owned() + "\n");
        (variables.collect(), script.collect())
    };
    steps.map(read).collect()
}

/// Runs all steps in a folder of a runner. Returns whether they succeed, and the files that they leave.
fn run(package: &Package, arguments: &str) -> (bool, [String; 3]) {
    let temp = package.folder.join("runner");
    fs::create_dir_all(&temp).unwrap();
    let file = |name: &str| -> PathBuf { temp.join(name) };
    let values = [
        ("${{ github.action_path }}", env!("CARGO_MANIFEST_DIR")),
        ("${{ inputs.folder }}", "."),
        ("${{ inputs.arguments }}", arguments),
    ];
    let mut is_good = true;
    for (variables, script) in steps() {
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script]);
        for (name, expression) in variables {
            let value = values.iter().find(|(of, _)| *of == expression);
            command.env(
                name,
                value.expect("it is known what the expression means").1,
            );
        }
        command
            .env("RUNNER_TEMP", &temp)
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .env("GITHUB_OUTPUT", file("output"))
            .env("CARGO_NET_OFFLINE", "true")
            // What is found does not depend on how fast, and a runner waits for it once.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("action"),
            )
            .current_dir(&package.folder);
        is_good &= command.status().unwrap().success();
    }
    let read = |name: &str| fs::read_to_string(file(name)).unwrap();
    (
        is_good,
        [read("summary"), read("output"), read("cargo-abi.sarif")],
    )
}

#[test]
#[ignore = "takes half a minute: it compiles the tool, as the action does"]
fn the_action_says_what_differs_and_fails() {
    let library = "#[unsafe(no_mangle)] pub extern \"C\" fn simple_half(a: f64) -> f64 { a / 2.0 }";
    let package = Package::new("action", library, "double simple_half(double a);\n");
    let (is_good, [summary, output, _]) = run(&package, "--strict --prefix simple_");
    assert!(is_good, "{summary}");
    assert!(
        summary.contains("1 function compared; no difference"),
        "{summary}"
    );
    assert!(output.starts_with("sarif=/"), "{output}");

    package.write("include/sample.h", "float simple_half(float a);\n");
    let (is_good, [summary, _, sarif]) = run(&package, "");
    assert!(!is_good);
    assert!(
        summary.contains("break[size]: Rust `f64`, sample.h `float`"),
        "{summary}"
    );
    assert!(sarif.contains("\"ruleId\": \"size\""), "{sarif}");
}
