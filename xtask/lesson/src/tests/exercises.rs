//! Each exercise fails at the check that judges it, and passes when it is solved.

use std::collections::BTreeSet;

use abi_stages::workspace::{self, Workspace};
use abi_verify::copy::{self, Copy};

use crate::crossings::CROSSINGS;
use crate::exercises::{EXERCISES, judge_of, take_repairs};

#[test]
fn every_exercise_has_a_judge_and_a_lesson() {
    super::add_checks();
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    for exercise in EXERCISES {
        judge_of(&exercise.change(&workspace).unwrap()).unwrap();
        let mut crossings = CROSSINGS.iter();
        assert!(
            crossings.any(|it| it.name == exercise.crossing),
            "{}",
            exercise.name
        );
    }
    assert_eq!(EXERCISES.len(), 13);
}

/// L1: a learner changes the tests that judge, and nothing else.
#[test]
fn the_judge_takes_the_library_from_the_learner_and_nothing_else() {
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let [learner, judge] = ["learner", "judge"].map(|name| {
        let copy = Copy::in_folder(&workspace, &format!("exercise-test/{name}")).unwrap();
        copy.restore().unwrap();
        copy
    });
    let changed = [
        ("py-harness/src/pyhello/_numbers.py", true),
        ("hello-core/src/root.rs", true),
        ("py-harness/tests/test_numbers.py", false),
        ("py-harness/tests/conftest.py", false),
        ("hello-cdylib/cases/numbers.txt", false),
        ("c-harness/programs/counting.c", false),
    ];
    let added = "py-harness/tests/conftest_of_mine.py";
    for file in changed.map(|(file, _)| file).into_iter().chain([added]) {
        workspace::write(&learner.workspace.root().join(file), b"mine").unwrap();
    }
    take_repairs(&workspace, &judge, learner.workspace.root()).unwrap();
    let judged = |file: &str| workspace::read(&judge.workspace.root().join(file)).ok();
    for (file, is_taken) in changed {
        let original = workspace::read(&workspace.source(file)).ok();
        let expected = if is_taken {
            Some("mine".to_owned())
        } else {
            original
        };
        assert!(judged(file) == expected, "{file}");
    }
    assert_eq!(judged(added), None);
}

#[test]
#[ignore = "minutes: it breaks a copy of the workspace for each"]
fn every_exercise_is_red_until_it_is_solved() {
    super::add_checks();
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let copy = Copy::in_folder(&workspace, "break").unwrap();
    let mut judges = BTreeSet::new();
    for exercise in EXERCISES {
        let change = exercise.change(&workspace).unwrap();
        let (check, says) = judge_of(&change).unwrap();
        copy.restore().unwrap();
        change.apply(&workspace, &copy).unwrap();
        let told = copy.check(check.id).unwrap();
        assert!(
            !told.is_empty(),
            "{} is green before it is solved",
            exercise.name
        );
        let unsaid = copy::unsaid(&told, says);
        assert!(
            unsaid.is_empty(),
            "{}: {unsaid:?} in\n{told}",
            exercise.name
        );
        judges.insert(check.id);
    }
    // Solved, each is the same workspace again.
    copy.restore().unwrap();
    for judge in judges {
        let told = copy.check(judge).unwrap();
        assert_eq!(told, "", "{judge} stays red when all is solved");
    }
}
