//! Each exhibit of the museum does its damage, and is noticed.

use std::env;

use abi_stages::workspace::Workspace;
use abi_verify::copy::Copy;

use crate::museum::EXHIBITS;
use crate::museum::change::Change;
use crate::museum::exhibit;
use crate::record::Records;

#[test]
#[ignore = "minutes: it breaks a copy of the workspace for each"]
fn every_exhibit_does_its_damage_and_is_noticed() {
    super::add_checks();
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let copy = Copy::in_folder(&workspace, "break").unwrap();
    let records = Records::of(&workspace).unwrap();
    let is_in_ci = env::var_os("CI").is_some_and(|value| value == "true");
    let mut problems = String::new();
    for exhibit in Change::all(&workspace, EXHIBITS).unwrap() {
        // One that cannot be tried is no reason not to try the others.
        let problem = match exhibit::kept(&workspace, &records, &copy, &exhibit) {
            Ok(tried) => tried.absent.map(|reason| format!("skipped: {reason}")),
            Err(error) => Some(format!("{error:#}")),
        };
        match problem {
            // What CI lacks is nobody's wish.
            Some(problem) if problem.starts_with("skipped: ") && !is_in_ci => {
                eprintln!("{} {problem}", exhibit.name);
            }
            Some(problem) => problems += &format!("{}: {problem}\n", exhibit.name),
            None => {}
        }
    }
    copy.restore().unwrap();
    assert!(problems.is_empty(), "{problems}");
}
