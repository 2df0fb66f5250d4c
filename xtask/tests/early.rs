//! A step that needs nothing of the steps before it is begun while they run.
#![cfg(unix)]

#[path = "../src/library.rs"]
mod library;

use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::process::Cmd;
use abi_stages::runner::{Outcome, Runner, Section, StepFlags};
use abi_stages::step::{Stamp, Step};
use abi_stages::workspace::Workspace;

fn workspace(name: &str) -> (PathBuf, Workspace) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("early")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let workspace = Workspace::locate(&library::LIBRARY).unwrap();
    let workspace = workspace.copy_at(folder.clone(), folder.join("target"));
    (folder, workspace)
}

fn shell(script: &str) -> Cmd {
    Cmd::new("sh").args(["-c", script])
}

fn run(workspace: &Workspace, steps: Vec<Step>) -> Result<Outcome, String> {
    let flags = StepFlags {
        quiet: true,
        ..StepFlags::default()
    };
    let section = Section {
        steps,
        ..Section::default()
    };
    let outcome = Runner::new(workspace, &flags).run(&[section]);
    outcome.map_err(|error| error.to_string())
}

/// The first step waits for what the second one makes: alone, in order, it would wait in vain.
#[test]
fn it_runs_beside_the_steps_before_it() {
    let (folder, workspace) = workspace("beside");
    let made = folder.join("made");
    let waits =
        "i=0; until [ -e made ]; do i=$((i + 1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done";
    let stamp = || Stamp::new(folder.join("stamp")).output(&made);
    let steps = || {
        vec![
            Step::new("first", "").run(shell(waits)),
            Step::new("second", "")
                .run(shell("echo made >made; echo line"))
                .stamped(stamp())
                .compared()
                .early(),
        ]
    };
    let outcome = run(&workspace, steps()).unwrap();
    assert_eq!(outcome.compared[0].output, "line\n");
    assert!(stamp().is_current(), "what it made is not kept");
    assert_eq!(fs::read_to_string(made).unwrap(), "made\n");
}

#[test]
fn its_failure_is_told_in_its_turn_and_ends_with_that_of_a_step_before() {
    let (_, workspace) = workspace("fails");
    let early = |script: &str, name: &str| {
        let stamp = Stamp::new(workspace.pipeline(name));
        Step::new("second", "")
            .run(shell(script))
            .stamped(stamp)
            .early()
    };
    let steps = vec![
        Step::new("first", "").run(shell("true")),
        early("echo its own words >&2; exit 3", "one"),
    ];
    let error = run(&workspace, steps).err().unwrap();
    assert!(error.contains("its own words"), "{error}");

    let steps = vec![
        Step::new("first", "").run(shell("echo the words of the first >&2; exit 1")),
        // Nobody waits for it.
        early("sleep 600", "two"),
    ];
    let error = run(&workspace, steps).err().unwrap();
    assert!(error.contains("the words of the first"), "{error}");
}
