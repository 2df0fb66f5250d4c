//! Each exercise fails at the check that judges it, and passes when it is solved.

use abi_stages::workspace::Workspace;
use abi_verify::copy::{self, Copy};

use crate::crossings::CROSSINGS;
use crate::exercises::{EXERCISES, judge_of};

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

#[test]
#[ignore = "minutes: it breaks a copy of the workspace thirteen times"]
fn every_exercise_is_red_until_it_is_solved() {
    super::add_checks();
    let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
    let copy = Copy::in_folder(&workspace, "break").unwrap();
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
        copy.restore().unwrap();
        let told = copy.check(check.id).unwrap();
        assert_eq!(told, "", "{} stays red when it is solved", exercise.name);
    }
}
