//! A run that is killed leaves its children at work. The next one must not collide with them.
#![cfg(unix)]

#[path = "../src/library.rs"]
mod library;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::{env, io};

use abi_stages::process::Cmd;
use abi_stages::runner;
use abi_stages::step::Step;
use abi_stages::workspace::{self, Workspace};

/// Set in the process that is killed.
const VICTIM: &str = "XTASK_TEST_VICTIM";

fn scratch() -> Workspace {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("killed");
    let workspace = Workspace::locate(&library::LIBRARY).unwrap();
    workspace.copy_at(folder.clone(), folder.join("target"))
}

/// Runs a step whose program says that it has begun, and ends when it is allowed to.
#[test]
fn victim() {
    if env::var_os(VICTIM).is_some() {
        let child = Cmd::new("sh").args(["-c", "echo > begun; read word < go; echo > finished"]);
        runner::quietly(&scratch(), vec![Step::new("", "").run(child)]).unwrap();
    }
}

#[test]
fn a_run_waits_for_the_children_of_one_that_was_killed() {
    let workspace = scratch();
    let _ = fs::remove_dir_all(workspace.root());
    fs::create_dir_all(workspace.root()).unwrap();
    let [begun, go, finished] = ["begun", "go", "finished"].map(|name| workspace.source(name));
    let made = Command::new("mkfifo").arg(&begun).arg(&go).status();
    assert!(made.unwrap().success());

    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "victim"])
        .env(VICTIM, "1")
        .spawn()
        .unwrap();
    // Opening a pipe waits for the other end, so no clock is needed.
    File::open(&begun)
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();

    let release = || -> io::Result<()> { File::options().write(true).open(&go)?.write_all(b"\n") };
    let mut has_waited = false;
    let lock = workspace::lock(&workspace.pipeline(".lock"), || {
        has_waited = true;
        release()
    });
    if !has_waited {
        release().unwrap();
    }
    assert!(has_waited, "it began although a child was still at work");
    assert!(finished.exists(), "it began before the child had ended");
    drop(lock.unwrap());
    let echo = Cmd::new("sh").args(["-c", "true"]);
    runner::quietly(&workspace, vec![Step::new("", "").run(echo)]).unwrap();
}
