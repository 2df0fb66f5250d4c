//! Chooses checks, builds what they share, runs them two at a time.

use std::collections::VecDeque;
use std::env;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use abi_stages::cli::{Arguments, did_you_mean, number, usage_error};
use abi_stages::cli::{Command, Flags, flags};
use abi_stages::library;
use abi_stages::workspace::Workspace;
use anyhow::{Result, anyhow};

use crate::check::{Artifact, Build, Check, Checked, Finding, Outcome, Requirement};
use crate::report::{self, Report};
use crate::suite;

flags! {
    struct VerifyFlags {
        list: "List all checks: which are slow, and what this machine lacks for one",
        all: "Also run the checks that take minutes",
        strict: "Fail if a check cannot run; implied by CI=true",
        repeat = "COUNT": "Run each check COUNT times, and stop it at its first failure",
        junit = "FILE": "Also write a JUnit report",
        quiet: "Print only failures and the sums",
    }
}

/// `cargo xtask verify`.
pub const VERIFY: Command = Command {
    name: library::VERIFY.name,
    group: library::VERIFY.group,
    args: &[(
        "[CHECK]...",
        concat!(
            "A boundary (",
            abi_stages::boundaries!(),
            ") or the id of a check [default: the quick ones]"
        ),
    )],
    about: library::VERIFY.about,
    details: "A check repairs nothing, and a failing one does not stop the others. A check whose tool \
              is missing is skipped, and the report says how to install the tool; with --strict, \
              that is a failure.",
    flags: VerifyFlags::ALL,
    example: "cargo xtask verify abi c",
    run: verify,
};

/// `cargo xtask verify`
pub fn verify(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: VerifyFlags = arguments.flags();
    let chosen = choose(&arguments.args, flags.all || flags.list)?;
    if flags.list {
        report::list(workspace, &chosen)?;
        return Ok(ExitCode::SUCCESS);
    }
    let in_ci = env::var_os("CI").is_some_and(|value| value == "true");
    let strict = flags.strict || in_ci;
    let count = number("repeat", flags.repeat.as_ref())?.unwrap_or(NonZeroU32::MIN);

    let junit = flags.junit.as_ref().map(std::path::absolute).transpose()?;
    let mut report = Report::begin(workspace, &chosen, (strict, flags.quiet))?;
    let (runnable, skipped) = divide(workspace, &chosen);
    let unbuilt = prepare(workspace, &runnable, Some(&mut report))?;
    for checked in skipped {
        report.ended(checked)?;
    }
    run_all(workspace, runnable, &unbuilt, count, report)?.finish(junit.as_deref())
}

/// The checks that the arguments name, in the table's order, whatever their tier. Without arguments the
/// quick ones, or with `every_tier` all.
fn choose(words: &[String], every_tier: bool) -> Result<Vec<&'static Check>> {
    let all: Vec<&Check> = suite::checks().collect();
    let names = |check: &Check, word: &str| check.id == word || check.boundary() == word;
    for word in words {
        if !all.iter().any(|check| names(check, word)) {
            let known = all.iter().flat_map(|check| [check.id, check.boundary()]);
            return Err(usage_error(format!(
                "there is no check `{word}`{}\nnext: `cargo xtask verify --list` shows all",
                did_you_mean(word, known)
            )));
        }
    }
    let is_chosen = |check: &&Check| match words {
        [] => every_tier || !check.needs.contains(&Requirement::Time),
        words => words.iter().any(|word| names(check, word)),
    };
    Ok(all.into_iter().filter(is_chosen).collect())
}

/// Those that can run here, and those that cannot with the reason.
fn divide(workspace: &Workspace, chosen: &[&'static Check]) -> (Vec<&'static Check>, Vec<Checked>) {
    let mut runnable = Vec::new();
    let mut skipped = Vec::new();
    for check in chosen {
        match check.needs.iter().find_map(|need| need.absent(workspace)) {
            None => runnable.push(*check),
            Some(absent) => skipped.push(Checked {
                check,
                outcome: Outcome::Skipped(absent),
                time: Duration::ZERO,
            }),
        }
    }
    (runnable, skipped)
}

/// Builds what one check needs and runs it, without printing.
pub fn one(workspace: &Workspace, check: &'static Check) -> Checked {
    let started = Instant::now();
    let outcome = match check.needs.iter().find_map(|need| need.absent(workspace)) {
        Some(absent) => Outcome::Skipped(absent),
        None => match prepare(workspace, &[check], None) {
            Ok(unbuilt) => run_one(workspace, check, &unbuilt),
            Err(error) => Outcome::Broken(error),
        },
    };
    Checked {
        check,
        outcome,
        time: started.elapsed(),
    }
}

/// What could not be built, and why.
type Unbuilt = Vec<(Requirement, &'static str, String)>;

/// Builds once what several checks need. What cannot be built fails the checks that need it, and no
/// others.
fn prepare(
    workspace: &Workspace,
    checks: &[&Check],
    mut report: Option<&mut Report>,
) -> Result<Unbuilt> {
    let mut unbuilt: Unbuilt = Vec::new();
    let artifacts = Artifact::ALL.map(|(it, what, build)| (Requirement::Built(it), what, build));
    let mut to_build: Vec<(Requirement, &str, Build)> = artifacts.into();
    for need in checks.iter().flat_map(|check| check.needs) {
        if let Requirement::Other(other) = need
            && !to_build.iter().any(|(known, ..)| known == need)
        {
            to_build.push((*need, other.what, other.build));
        }
    }
    for (need, what, build) in to_build {
        if !checks.iter().any(|check| check.is_made_with(need)) {
            continue;
        }
        let is_cause =
            |(other, ..): &&(Requirement, _, _)| *other == Requirement::Built(Artifact::Library);
        if let Some((_, cause, why)) = unbuilt.iter().find(is_cause)
            && need.has_the_library()
        {
            unbuilt.push((need, cause, why.clone()));
            continue;
        }
        if let Some(report) = &report {
            report.building(what)?;
        }
        let started = Instant::now();
        let failure = build(workspace).err().map(|error| format!("{error:#}"));
        if let Some(report) = &mut report {
            report.built(what, failure.as_deref(), started.elapsed())?;
        }
        unbuilt.extend(failure.map(|why| (need, what, why)));
    }
    Ok(unbuilt)
}

/// Two at a time, for two cores; each is reported as it ends.
fn run_all<'a>(
    workspace: &Workspace,
    mut checks: Vec<&'static Check>,
    unbuilt: &Unbuilt,
    count: NonZeroU32,
    report: Report<'a>,
) -> Result<Report<'a>> {
    // The documentation's take longest: begun last, they would stand alone at the end.
    checks.sort_by_key(|check| check.boundary() != "docs");
    let waiting = Mutex::new(VecDeque::from(checks));
    let report = Mutex::new(report);
    let report_of = || report.lock().expect("no panic while locked");
    thread::scope(|scope| {
        let worker = || -> Result<()> {
            loop {
                let Some(check) = waiting.lock().expect("no panic while locked").pop_front() else {
                    return Ok(());
                };
                report_of().begun(check)?;
                let started = Instant::now();
                let outcome = repeated(count, || run_one(workspace, check, unbuilt));
                let checked = Checked {
                    check,
                    outcome,
                    time: started.elapsed(),
                };
                report_of().ended(checked)?;
            }
        };
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a check died")))
        })
    })?;
    Ok(report.into_inner().expect("no panic while locked"))
}

/// Runs a check until it does not pass, `count` times at most: one that depends on luck fails in one of
/// many runs.
fn repeated(count: NonZeroU32, mut run: impl FnMut() -> Outcome) -> Outcome {
    for number in 1..=count.get() {
        let words = || Finding::new(format!("run {number} of {count} is the first that fails"));
        match run() {
            Outcome::Passed => {}
            Outcome::Failed(findings) if count.get() > 1 => {
                return Outcome::Failed([words()].into_iter().chain(findings).collect());
            }
            Outcome::Broken(error) if count.get() > 1 => {
                return Outcome::Broken(error.context(words().text));
            }
            other => return other,
        }
    }
    Outcome::Passed
}

fn run_one(workspace: &Workspace, check: &Check, unbuilt: &Unbuilt) -> Outcome {
    let is_needed = |(need, ..): &&(Requirement, _, _)| check.is_made_with(*need);
    if let Some((_, what, why)) = unbuilt.iter().find(is_needed) {
        return Outcome::Unbuilt {
            what,
            why: format!("{what} could not be built: {why}"),
        };
    }
    // A check that panics has a bug; the others still have their say.
    match catch_unwind(AssertUnwindSafe(|| (check.run)(workspace))) {
        Ok(Ok(findings)) if findings.is_empty() => Outcome::Passed,
        Ok(Ok(findings)) => Outcome::Failed(findings),
        Ok(Err(error)) => Outcome::Broken(error),
        Err(_) => Outcome::Broken(anyhow!("{} panicked", check.id)),
    }
}

#[cfg(test)]
mod tests {
    use abi_stages::library::BOUNDARIES;

    use super::*;

    #[test]
    fn checks_are_chosen_by_id_and_by_boundary() {
        let ids = |words: &[&str]| -> Vec<&str> {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            choose(&words, true)
                .unwrap()
                .iter()
                .map(|check| check.id)
                .collect()
        };
        assert_eq!(ids(&["abi/header"]), ["abi/header"]);
        assert!(ids(&["abi"]).iter().all(|id| id.starts_with("abi/")));
        assert!(ids(&[]).len() > ids(&["abi", "docs"]).len());
        let error = choose(&["abi/heder".into()], true)
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("did you mean `abi/header`?"), "{error}");
    }

    #[test]
    fn ids_are_unique_and_name_a_boundary() {
        let ids: Vec<&str> = suite::checks().map(|check| check.id).collect();
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id}");
            let (boundary, _) = id.split_once('/').unwrap();
            assert!(
                BOUNDARIES.split(", ").any(|known| known == boundary),
                "{id}"
            );
        }
    }

    #[test]
    fn what_a_check_builds_upon_exists_and_does_not_build_upon_it() {
        let all: Vec<&Check> = suite::checks().collect();
        for check in &all {
            let bases = check.bases().chain([check.id]);
            for id in bases {
                assert!(all.iter().any(|other| other.id == id), "{id}");
            }
            let bases = report::bases(check, &all);
            assert!(bases.iter().all(|base| base.id != check.id), "{}", check.id);
        }
    }

    #[test]
    fn what_cannot_be_built_fails_only_the_checks_that_need_it() {
        static NEEDS: Check = Check {
            id: "x/needs",
            claim: "",
            hint: "",
            needs: &[Requirement::Built(Artifact::Canary)],
            run: |_| Ok(vec![]),
        };
        static OTHER: Check = Check {
            id: "x/other",
            claim: "",
            hint: "",
            needs: &[],
            run: |_| Ok(vec![]),
        };
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let unbuilt = vec![(
            Requirement::Built(Artifact::Canary),
            "the canary",
            "no canary".to_owned(),
        )];
        assert!(matches!(
            run_one(&workspace, &NEEDS, &unbuilt),
            Outcome::Unbuilt { .. }
        ));
        assert!(matches!(
            run_one(&workspace, &OTHER, &unbuilt),
            Outcome::Passed
        ));
    }

    #[test]
    fn what_has_the_library_inside_is_made_with_it() {
        let check = |needs| Check {
            id: "x/programs",
            claim: "",
            hint: "",
            needs,
            run: |_| Ok(vec![]),
        };
        let programs = check(&[Requirement::Built(Artifact::CPrograms)]);
        assert!(programs.is_made_with(Requirement::Built(Artifact::CPrograms)));
        assert!(programs.is_made_with(Requirement::Built(Artifact::Library)));
        assert!(!programs.is_made_with(Requirement::Built(Artifact::Module)));
        assert!(check(&[Requirement::Cases]).is_made_with(Requirement::Built(Artifact::Library)));
        let generator = check(&[Requirement::Built(Artifact::Generator)]);
        assert!(!generator.is_made_with(Requirement::Built(Artifact::Library)));
    }

    #[test]
    fn a_repeated_check_stops_at_its_first_failure_and_says_in_which_run() {
        let three = NonZeroU32::new(3).unwrap();
        let mut runs = 0;
        let outcome = repeated(three, || {
            runs += 1;
            match runs {
                2 => Outcome::Failed(vec![Finding::new("seen")]),
                _ => Outcome::Passed,
            }
        });
        let Outcome::Failed(findings) = outcome else {
            panic!("the second run failed");
        };
        let texts: Vec<&str> = findings.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(texts, ["run 2 of 3 is the first that fails", "seen"]);

        let mut runs = 0;
        let mut pass = || {
            runs += 1;
            Outcome::Passed
        };
        assert!(matches!(repeated(three, &mut pass), Outcome::Passed));
        assert_eq!(runs, 3);
    }

    #[test]
    fn a_check_that_panics_or_finds_something_fails() {
        static PANICS: Check = Check {
            id: "x/panics",
            claim: "",
            hint: "",
            needs: &[],
            run: |_| panic!("bug"),
        };
        static FINDS: Check = Check {
            id: "x/finds",
            claim: "",
            hint: "",
            needs: &[],
            run: |_| Ok(vec![Finding::new("seen")]),
        };
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        assert!(matches!(
            run_one(&workspace, &PANICS, &Vec::new()),
            Outcome::Broken(_)
        ));
        assert!(
            matches!(run_one(&workspace, &FINDS, &Vec::new()), Outcome::Failed(found) if found.len() == 1)
        );
    }
}
