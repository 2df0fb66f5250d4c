//! What a person, or a shell, gets for a command line.
#![cfg(unix)]

#[path = "../src/library.rs"]
mod library;

use abi_stages::cli::summaries;
use std::process::{Command, Output};

fn xtask(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let variables = variables.iter().copied();
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .envs(variables)
        .output()
        .unwrap()
}

#[test]
fn a_script_that_cannot_be_made_fails_in_the_shell_too() {
    let none = [("PYTHON", "/no/such/python")];
    for (arguments, code) in [
        (&["python", "--dry-run"][..], 1),
        (&["python", "--dry-run", "--step"], 2),
        (&["python", "--dry-run", "--fresh"], 2),
        (&["python", "--dry-run", "--no-such-flag"], 2),
    ] {
        let output = xtask(arguments, &none);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(output.stdout, b"exit 1\n", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_compiler_that_is_missing_is_named_before_anything_is_compiled() {
    for (compiler, missing) in [
        ("no-such-cc", "no-such-cc"),
        ("no-such-cache cc", "no-such-cache"),
        ("/no/such/cc -m64", "/no/such/cc"),
    ] {
        let output = xtask(&["c", "--dry-run"], &[("CC", compiler)]);
        let message = String::from_utf8(output.stderr).unwrap();
        let expected =
            format!("the C compiler `{missing}` was not found (CC is `{compiler}`)\nnext: ");
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn what_is_quiet_shows_no_step() {
    for other in ["--step", "--explain"] {
        let output = xtask(&["demo", "--quiet", other], &[]);
        assert_eq!(output.status.code(), Some(2), "{other}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("--quiet shows no step"), "{message}");
    }
}

#[test]
fn help_lists_every_command_and_every_flag_of_one() {
    let text = |arguments: &[&str]| String::from_utf8(xtask(arguments, &[]).stdout).unwrap();
    let list = text(&["--help"]);
    let options = list.find("\nOptions:\n").unwrap();
    for command in summaries(&abi_stages::commands(), library::LIBRARY.commands) {
        let place = list.find(&format!("\n  {} ", command.name));
        assert!(
            place.is_some_and(|place| place < options),
            "`{}` is not in:\n{list}",
            command.name
        );
    }
    // The others have theirs from the programs that serve them.
    for command in abi_stages::commands() {
        let help = text(&["help", command.summary.name]);
        for heading in ["\nUsage: cargo xtask ", "\nOptions:\n", "\nExample:\n"] {
            assert!(help.contains(heading), "{heading} is not in:\n{help}");
        }
        assert_eq!(
            help.contains("\nArguments:\n"),
            !command.args.is_empty(),
            "{help}"
        );
        for flag in command.flags {
            let flag = format!("--{}", flag.field.replace('_', "-"));
            assert!(help.contains(&flag), "{flag} is not in:\n{help}");
        }
        let widest = help.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{help}");
    }
}

#[test]
fn cflags_add_to_the_warnings_and_do_not_replace_them() {
    let output = xtask(&["c", "--dry-run"], &[("CFLAGS", "-DSET_BY_CFLAGS")]);
    let script = String::from_utf8(output.stdout).unwrap();
    // To compile once, to link twice: there it may say which system the program is for.
    let set = script.matches("-DSET_BY_CFLAGS").count();
    assert_eq!(set, 3, "{script}");
    let compiles: Vec<&str> = script.lines().filter(|it| it.contains(" -c ")).collect();
    assert_eq!(compiles.len(), 1, "{script}");
    for flag in ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-std=c11"] {
        assert!(compiles[0].contains(flag), "{flag} is not in:\n{script}");
    }
}
