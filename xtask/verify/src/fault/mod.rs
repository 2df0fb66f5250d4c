//! `cargo xtask break`: a museum of broken boundaries.

mod catalogue;
mod copy;
mod cut;
mod exhibit;
mod file;
mod matrix;
mod patch;
mod record;
mod show;
mod strict;
mod trial;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xtask::cli::{Arguments, did_you_mean, usage_error};
use xtask::say;
use xtask::term::{bold, dim, green, red, yellow};
use xtask::workspace::{self, Workspace};

use copy::{Copy, Drifted};
use file::{Catcher, Fault, Faults};
use record::{Entry, Record, Seen};
use strict::{BUILDERS, Noticed};
use trial::{Caught, Trial, Verdict};

use crate::check::Finding;

pub use catalogue::{check_pages, check_programs};

/// `cargo xtask break`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let faults = file::all(workspace)?;
    let chosen = choose(&faults, &arguments.words)?;
    let all = &faults.sound;
    if arguments.has("list") {
        list(&chosen)?;
        return Ok(ExitCode::SUCCESS);
    }
    let guide = show::Guide::new(arguments)?;
    let is_single = arguments.words.len() == 1;
    let of_one = ["step", "explain", "cut"];
    if !is_single && of_one.iter().any(|flag| arguments.has(flag)) {
        return Err(usage_error(
            "--step, --explain and --cut are for one fault\nnext: name one of `cargo xtask break \
             --list`",
        ));
    }
    if arguments.has("cut") {
        return cut::cut(workspace, &Copy::of(workspace)?, chosen[0]);
    }
    if arguments.has("record") && (arguments.has("step") || arguments.has("explain")) {
        return Err(usage_error(
            "--record tries faults and shows none\nnext: leave --step and --explain away",
        ));
    }
    // What would make all the work useless comes first.
    let recorded = Record::read(workspace)?;
    xtask::tool::build(workspace, "xtask-header", "cbindgen")?;
    let copy = Copy::of(workspace)?;
    copy.restore()?;
    show::working("building it unbroken", || strict::is_sound(&copy.workspace))?;
    let with = record::versions(&copy.workspace)?;
    if arguments.has("record") && chosen.len() < all.len() && recorded.with != with {
        return Err(usage_error(format!(
            "the catalogue was made with {}, and here is {}\nnext: `cargo xtask break --record` makes \
             all of it anew",
            recorded.with.join("; "),
            with.join("; ")
        )));
    }
    if is_single && !arguments.has("record") {
        return guide.show(&copy, chosen[0]);
    }
    let mut tried = Vec::new();
    for fault in chosen {
        let started = Instant::now();
        // One that cannot be tried is no reason not to try the others.
        let what = format!("breaking {}", fault.name);
        let attempt = show::working(&what, || attempt(&copy, fault));
        tell(fault, &attempt, started)?;
        tried.push((fault, attempt));
    }
    copy.restore()?;
    if arguments.words.is_empty() {
        for finding in &faults.malformed {
            let (file, _) = finding.place.as_ref().context("a fault without a file")?;
            say!("{}  {}\n  {}", red("MISSED"), file.display(), finding.text)?;
        }
    }
    sum_up(workspace, arguments, &faults, tried, (with, recorded))
}

/// What a fault led to, or why that could not be found out.
type Attempt = Result<(Entry, Verdict)>;

fn attempt(copy: &Copy, fault: &Fault) -> Attempt {
    let exhibit = fault.exhibit.as_ref();
    if let Some(absent) = exhibit.and_then(|exhibit| exhibit.absent(&copy.workspace)) {
        let entry = Entry {
            fingerprint: fault.fingerprint.clone(),
            noticed: [Noticed::Unreached; 3],
            exhibit: None,
        };
        return Ok((entry, Verdict::skipped(&absent)));
    }
    let trial = Trial::begin(copy, fault)?;
    let before = trial.before()?;
    trial.break_it()?;
    let noticed = trial.build()?.noticed;
    let damage = match fault.exhibit {
        Some(_) => Some(trial.damage(&before)?),
        None => None,
    };
    let verdict = trial.catch()?;
    let exhibit = damage.map(|damage| Seen {
        before,
        damage,
        command: verdict.command.clone(),
        told: record::telling(fault, &verdict.told, &copy.workspace),
    });
    let entry = Entry {
        fingerprint: fault.fingerprint.clone(),
        noticed,
        exhibit,
    };
    Ok((entry, verdict))
}

/// One line as soon as a fault was tried, and more if it was not caught.
fn tell(fault: &Fault, attempt: &Attempt, started: Instant) -> Result<()> {
    let (word, problem) = match attempt {
        Ok((_, verdict)) => match &verdict.result {
            Caught::Yes if matches!(fault.catcher, Catcher::Nobody(_)) => (yellow("nobody"), None),
            Caught::Yes => (green("caught"), None),
            Caught::No(problem) => (red("MISSED"), Some(problem.clone())),
            Caught::Skipped(reason) => (yellow("skipped"), Some(reason.clone())),
        },
        Err(error) if error.is::<Drifted>() => (red("DRIFT "), Some(error.to_string())),
        Err(error) => (red("MISSED"), Some(format!("{error:#}"))),
    };
    let noticed = match attempt {
        Ok((entry, _)) => entry.noticed,
        Err(_) => [Noticed::Unreached; 3],
    };
    let names = BUILDERS.iter().zip(noticed);
    let noticed = names.map(|(name, noticed)| match noticed {
        Noticed::Yes => format!("{name:5}"),
        Noticed::No => format!("{:5}", "-"),
        Noticed::Unreached => format!("{:5}", ""),
    });
    let noticed: Vec<String> = noticed.collect();
    say!(
        "{word}  {:31}  {}  {:16}  {}",
        fault.name,
        noticed.join(" "),
        fault.catcher.name(),
        dim(&format!("{:.1} s", started.elapsed().as_secs_f64()))
    )?;
    for line in problem.iter().flat_map(|problem| problem.lines()) {
        say!("  {line}")?;
    }
    if let Ok((_, verdict)) = attempt
        && matches!(verdict.result, Caught::No(_))
    {
        let mut lines = verdict.told.lines().take(show::LINES);
        lines.try_for_each(|line| say!("  {} {line}", dim("|")))?;
    }
    Ok(())
}

/// Compares what was seen with the record, or writes it there; then the sums.
fn sum_up(
    workspace: &Workspace,
    arguments: &Arguments,
    faults: &Faults,
    tried: Vec<(&Fault, Attempt)>,
    (with, recorded): (Vec<String>, Record),
) -> Result<ExitCode> {
    let all = &faults.sound;
    let (mut caught, mut missed, mut skipped) = (0, 0, 0);
    if arguments.words.is_empty() {
        missed += faults.malformed.len();
    }
    let mut seen = Record {
        with,
        ..Record::default()
    };
    for (fault, attempt) in tried {
        match attempt {
            Ok((entry, verdict)) => {
                match verdict.result {
                    Caught::Yes => caught += 1,
                    Caught::No(_) => missed += 1,
                    Caught::Skipped(_) => skipped += 1,
                }
                if matches!(verdict.result, Caught::Yes) {
                    seen.faults.insert(fault.name.clone(), entry);
                }
            }
            Err(_) => missed += 1,
        }
    }
    if seen.faults.len() > 1 {
        say!("\n{}", matrix::Sums::of(all, &seen).text())?;
    }
    if arguments.has("record") {
        let mut record = recorded;
        record.with = seen.with;
        record.faults.extend(seen.faults);
        let is_known = |name: &str| all.iter().any(|fault| fault.name == name);
        record.faults.retain(|name, _| is_known(name));
        record.write(workspace)?;
        catalogue::write(workspace, all, &record)?;
        say!("written: {}, and what is made from it", record::path())?;
    } else {
        if recorded.with != seen.with {
            say!(
                "{}",
                dim(&format!(
                    "the catalogue was made with {}: what others notice is not compared",
                    recorded.with.join("; ")
                ))
            )?;
        }
        let differences = differences(all, &seen, &recorded);
        if !differences.is_empty() {
            say!(
                "{} the catalogue shows something else:\n{}\n{} `cargo xtask break --record` \
                 writes down what happens today",
                red("FAILED"),
                differences.join("\n"),
                bold("next:")
            )?;
            missed += 1;
        }
    }
    let sums = format!("{caught} passed, {missed} failed");
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    let (sums, is_good) = match skipped {
        0 => (sums, missed == 0),
        _ if in_ci => (
            format!("{caught} passed, {} failed", missed + skipped),
            false,
        ),
        _ => (format!("{sums}, {skipped} skipped"), missed == 0),
    };
    say!("\n{sums}")?;
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What of the run is not as it is recorded. Other compilers may notice other faults and say other
/// words, and that is no mistake of the record's.
fn differences(all: &[Fault], seen: &Record, recorded: &Record) -> Vec<String> {
    let mut differences = Vec::new();
    for fault in all {
        let Some(entry) = seen.faults.get(&fault.name) else {
            continue;
        };
        let Some(known) = recorded.faults.get(&fault.name) else {
            differences.push(format!("`{}` is not in it", fault.name));
            continue;
        };
        if seen.with != recorded.with {
            continue;
        }
        if known.noticed != entry.noticed {
            differences.push(format!(
                "`{}`: {} was noticed by {:?}, and is now by {:?}",
                fault.name, fault.title, known.noticed, entry.noticed
            ));
        }
        if let (Some(known), Some(exhibit)) = (&known.exhibit, &entry.exhibit) {
            differences.extend(catalogue::exhibit_differs(fault, known, exhibit));
        }
    }
    differences
}

fn list(faults: &[&Fault]) -> Result<()> {
    let width = faults.iter().map(|fault| fault.name.len()).max();
    let width = width.unwrap_or_default();
    let mut was_exhibit = None;
    for fault in faults {
        let is_exhibit = fault.exhibit.is_some();
        if was_exhibit != Some(is_exhibit) {
            if was_exhibit.is_some() {
                say!("")?;
            }
            let heading = if is_exhibit {
                "Exhibits: each with a program that shows the damage"
            } else {
                "Faults: each with the check that must catch it"
            };
            say!("{}", bold(heading))?;
            was_exhibit = Some(is_exhibit);
        }
        let catcher = dim(&format!("[{}]", fault.catcher.name()));
        say!(
            "{}  {} {catcher}",
            bold(&format!("{:width$}", fault.name)),
            fault.title
        )?;
    }
    Ok(())
}

/// What is wrong with the faults themselves: a file that cannot be read, a patch that no longer fits,
/// two that make the same change and would count twice.
pub fn check_faults(workspace: &Workspace) -> Result<Vec<Finding>> {
    let Faults { sound, malformed } = file::all(workspace)?;
    let mut findings = malformed;
    let mut changes: Vec<(&Fault, Vec<(&str, String)>)> = Vec::new();
    for fault in &sound {
        let mut change = Vec::new();
        let mut problems = Vec::new();
        for file in &fault.patch.files {
            let applied = workspace::read(&workspace.root().join(&file.path))
                .and_then(|before| file.apply(&before));
            match applied {
                Ok(after) => change.push((file.path.as_str(), after)),
                Err(error) => problems.push(format!("{error:#}")),
            }
        }
        let same = changes
            .iter()
            .find(|(other, changed)| *changed == change && other.header == fault.header);
        let text = if !problems.is_empty() {
            format!("`{}` has drifted: {}", fault.name, problems.join("; "))
        } else if let Some((other, _)) = same {
            format!("`{}` makes the same change as `{}`", fault.name, other.name)
        } else {
            changes.push((fault, change));
            continue;
        };
        findings.push(Finding::new(text).at(&fault.path, 1));
    }
    Ok(findings)
}

fn choose<'a>(faults: &'a Faults, words: &[String]) -> Result<Vec<&'a Fault>> {
    let all = &faults.sound;
    for word in words {
        if !all.iter().any(|fault| fault.name == *word) {
            for finding in &faults.malformed {
                let file = finding
                    .place
                    .iter()
                    .map(|(file, _)| file.display().to_string());
                if let Some(file) = file.into_iter().find(|file| file.contains(word)) {
                    bail!("{file}: {}", finding.text);
                }
            }
            let known = all.iter().map(|fault| fault.name.as_str());
            return Err(usage_error(format!(
                "there is no fault `{word}`{}\nnext: `cargo xtask break --list` shows all",
                did_you_mean(word, known)
            )));
        }
    }
    let is_chosen = |fault: &&Fault| words.is_empty() || words.contains(&fault.name);
    let chosen: Vec<&Fault> = all.iter().filter(is_chosen).collect();
    chosen.first().context("there is no fault at all")?;
    Ok(chosen)
}
