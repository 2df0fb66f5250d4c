//! Chooses checks, builds what they share, runs them two at a time.

use std::collections::BTreeMap;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use abi_stages::cli::{Arguments, did_you_mean, usage_error};
use abi_stages::cli::{Command, Flags, flags};
use abi_stages::workspace::Workspace;
use abi_stages::{library, term};
use anyhow::{Result, anyhow};

use crate::check::{Build, Check, Checked, Finding, Outcome, Requirement};
use crate::report::{self, Report};
use crate::suite;

flags! {
    struct VerifyFlags {
        list: "List all checks: which are slow, and what this machine lacks for one",
        all: "Also run the checks that take minutes",
        strict: "Fail if a check cannot run; implied by CI=true",
            junit = "FILE": "Also write a JUnit report",
    }
}

/// `cargo xtask verify`.
pub const VERIFY: Command = Command {
    summary: library::VERIFY,
    args: &[(
        "[CHECK]...",
        "A boundary ({boundaries}) or the id of a check [default: the quick ones]",
    )],
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
    let junit = flags.junit.as_ref().map(std::path::absolute).transpose()?;
    let report = Report::begin(workspace, strict);
    run_all(workspace, chosen, report)?.finish("verify", junit.as_deref())
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
        [] => every_tier || !check.is_slow(),
        words => words.iter().any(|word| names(check, word)),
    };
    Ok(all.into_iter().filter(is_chosen).collect())
}

/// Builds what one check needs and runs it, without printing.
pub fn one(workspace: &Workspace, check: &'static Check) -> Checked {
    run_one(workspace, check, &Builds::default())
}

/// What was built in a run, and why it could not be.
#[derive(Default)]
struct Builds(Mutex<BTreeMap<&'static str, Option<String>>>);

impl Builds {
    /// Builds something, unless it was already, and says why it cannot be.
    fn failure(&self, workspace: &Workspace, what: &'static str, build: Build) -> Option<String> {
        let mut built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let why = built.entry(what).or_insert_with(|| {
            let _ = term::status(&term::dim(&format!("building {what} ...")));
            build(workspace).err().map(|error| format!("{error:#}"))
        });
        why.clone()
    }
}

/// Two at a time, for two cores; each is reported as it ends.
fn run_all<'a>(
    workspace: &Workspace,
    mut checks: Vec<&'static Check>,
    report: Report<'a>,
) -> Result<Report<'a>> {
    // What takes longest is begun first: begun last, it would stand alone at the end.
    checks.sort_by_key(|check| {
        let is_tools = |need: &Requirement| matches!(need, Requirement::PythonTools);
        let needs_tools = check.needs.iter().any(is_tools);
        (check.boundary() != "docs", !check.is_slow(), !needs_tools)
    });
    let waiting = Mutex::new(checks.into_iter());
    let (report, builds) = (Mutex::new(report), Builds::default());
    let report_of = || report.lock().expect("no panic while locked");
    let next = || waiting.lock().expect("no panic while locked").next();
    thread::scope(|scope| {
        let worker = || -> Result<()> {
            while let Some(check) = next() {
                report_of().begun(check)?;
                let checked = run_one(workspace, check, &builds);
                report_of().ended(checked)?;
            }
            Ok(())
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

/// Runs a check after what it needs was built. What cannot be built fails the checks that need it, and no
/// others.
fn run_one(workspace: &Workspace, check: &'static Check, builds: &Builds) -> Checked {
    let absent = check.needs.iter().find_map(|need| need.absent(workspace));
    let unbuilt = || {
        let mut to_build = check.to_build().into_iter();
        to_build.find_map(|(what, build)| {
            let why = builds.failure(workspace, what, build)?;
            Some(Outcome::Unbuilt { what, why })
        })
    };
    let unrun = absent.map(Outcome::Skipped).or_else(unbuilt);
    let started = Instant::now();
    Checked {
        check,
        outcome: unrun.unwrap_or_else(|| outcome(|| (check.run)(workspace))),
        time: started.elapsed(),
    }
}

/// How it goes. What panics has a bug; the others still have their say.
pub fn outcome(run: impl FnOnce() -> Result<Vec<Finding>>) -> Outcome {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(findings)) if findings.is_empty() => Outcome::Passed,
        Ok(Ok(findings)) => Outcome::Failed(findings),
        Ok(Err(error)) => Outcome::Broken(error),
        Err(_) => Outcome::Broken(anyhow!("it panicked")),
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
    fn what_cannot_be_built_fails_only_the_checks_that_need_it() {
        static NEEDS: Check = Check {
            id: "x/needs",
            claim: "",
            hint: "",
            needs: &[Requirement::Canary],
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
        let why = |what| (what, Some("it does not compile".to_owned()));
        let builds = Builds(Mutex::new(
            ["the library", "the library with the canary"]
                .map(why)
                .into(),
        ));
        let outcome = run_one(&workspace, &NEEDS, &builds).outcome;
        assert!(matches!(
            outcome,
            Outcome::Unbuilt {
                what: "the library",
                ..
            }
        ));
        let outcome = run_one(&workspace, &OTHER, &builds).outcome;
        assert!(matches!(outcome, Outcome::Passed));
    }

    #[test]
    fn what_has_the_library_inside_is_built_after_it() {
        let built = |needs| -> Vec<&str> {
            let check = Check {
                id: "x/programs",
                claim: "",
                hint: "",
                needs,
                run: |_| Ok(vec![]),
            };
            check.to_build().into_iter().map(|(what, _)| what).collect()
        };
        let canary = built(&[Requirement::Canary]);
        assert_eq!(canary, ["the library", "the library with the canary"]);
        assert_eq!(built(&[Requirement::Cases]), ["the library"]);
        assert_eq!(built(&[Requirement::Generator]), ["cbindgen"]);
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
            one(&workspace, &PANICS).outcome,
            Outcome::Broken(_)
        ));
        assert!(
            matches!(one(&workspace, &FINDS).outcome, Outcome::Failed(found) if found.len() == 1)
        );
    }
}
