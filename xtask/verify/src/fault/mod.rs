//! `cargo xtask break`: known faults, and who notices them.

pub mod copy;
mod cut;
pub mod exhibit;
pub mod file;
mod patch;
pub mod show;
pub mod strict;
pub mod tools;
pub mod trial;

use std::process::ExitCode;
use std::time::Instant;

use abi_stages::cli::{Arguments, did_you_mean, usage_error};
use abi_stages::cli::{Command, Flags, Group, flags};
use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{bold, dim, green, red, yellow};
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};

use copy::{Copy, Drifted};
use file::{Catcher, Fault, Faults};
use strict::{BUILDERS, Noticed};
use trial::{Caught, Entry, Seen, Trial, Verdict};

use crate::check::Finding;

flags! {
    pub struct BreakFlags {
        list: "List the faults",
        explain: "Also say why nothing else warned, and where people met it",
        step: "Stop after each section; Enter goes on, q ends",
        cut: "Open the fault's files in an editor, and make the patch from your edit",
    }
}

/// `cargo xtask break`.
pub const BREAK: Command = Command {
    name: "break",
    group: Group::Prove,
    args: &[("[FAULT]...", "The name of a fault [default: tries all]")],
    about: "Break a copy in a known way; show the damage and who notices it",
    details: "With the name of a fault: what is changed, what a user without checks sees, who \
              catches it, and how to fix it. Without a name, tries every fault and reports who \
              noticed: rustc, the C compiler, CFFI, the check.\n\n\
              A fault is a patch with the check that must catch it and the words that it must say. The \
              copy is under the target directory; your files are never touched.",
    flags: BreakFlags::ALL,
    example: "cargo xtask break --list",
    run,
};

/// What becomes of what the faults led to, beside the sums. A lesson keeps it and compares with it.
pub trait Keeper {
    /// Before anything is tried, with the copy built unbroken. An error ends the run.
    fn begin(&mut self, copy: &Copy, is_all: bool) -> Result<()>;

    /// Whether it keeps what each tool says of an exhibit, which takes builds of its own.
    fn keeps_tools(&self) -> bool {
        false
    }

    /// At the end; how many more failures there are. `all` are the faults there are, `caught` those
    /// that were tried and caught.
    fn end(
        &mut self,
        workspace: &Workspace,
        all: &[Fault],
        caught: Vec<(&Fault, Entry)>,
    ) -> Result<usize>;
}

/// `cargo xtask break`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    break_with(workspace, &arguments.args, &arguments.flags(), None)
}

/// Breaks the copy with each of the faults named, or with all; with one that is named and without a
/// keeper, shows it.
pub fn break_with(
    workspace: &Workspace,
    names: &[String],
    flags: &BreakFlags,
    mut keeper: Option<&mut dyn Keeper>,
) -> Result<ExitCode> {
    let faults = file::all(workspace)?;
    let mut chosen = choose(&faults, names)?;
    if names.is_empty() {
        chosen.retain(|fault| fault.applies(workspace));
    }
    if flags.list {
        list(&chosen)?;
        return Ok(ExitCode::SUCCESS);
    }
    if flags.step {
        pace::begin()?;
    }
    let is_single = names.len() == 1;
    if !is_single && (flags.step || flags.explain || flags.cut) {
        return Err(usage_error(
            "--step, --explain and --cut are for one fault\nnext: name one of `cargo xtask break \
             --list`",
        ));
    }
    if flags.cut {
        return cut::cut(workspace, &Copy::of(workspace)?, chosen[0]);
    }
    // What would make all the work useless comes first.
    abi_stages::tool::build(workspace, abi_stages::header::generator(workspace)?)?;
    let copy = Copy::of(workspace)?;
    copy.restore()?;
    show::working("building it unbroken", || strict::is_sound(&copy.workspace))?;
    if is_single && keeper.is_none() {
        return show::show(&copy, chosen[0], flags.explain);
    }
    if let Some(keeper) = &mut keeper {
        keeper.begin(&copy, names.is_empty())?;
    }
    let with_tools = keeper.as_ref().is_some_and(|keeper| keeper.keeps_tools());
    let mut tried = Vec::new();
    for fault in chosen {
        let started = Instant::now();
        // One that cannot be tried is no reason not to try the others.
        let what = format!("breaking {}", fault.name);
        let attempt = show::working(&what, || attempt(&copy, fault, with_tools));
        tell(fault, &attempt, started)?;
        tried.push((fault, attempt));
    }
    copy.restore()?;
    let mut missed = 0;
    if names.is_empty() {
        for finding in &faults.malformed {
            let (file, _) = finding.place.as_ref().context("a fault without a file")?;
            say!("{}  {}\n  {}", red("MISSED"), file.display(), finding.text)?;
            missed += 1;
        }
    }
    sum_up(workspace, &faults.sound, tried, missed, keeper)
}

/// What a fault led to, or why that could not be found out.
type Attempt = Result<(Entry, Verdict)>;

fn attempt(copy: &Copy, fault: &Fault, with_tools: bool) -> Attempt {
    let exhibit = fault.exhibit.as_ref();
    let mut entry = Entry {
        fingerprint: fault.fingerprint.clone(),
        noticed: [Noticed::Unreached; 3],
        exhibit: None,
        tools: Vec::new(),
    };
    if let Some(absent) = exhibit.and_then(|exhibit| exhibit.absent(&copy.workspace)) {
        let skipped = Caught::Skipped(crate::report::reason(&absent));
        return Ok((entry, Verdict::silent(skipped)));
    }
    let trial = Trial::begin(copy, fault)?;
    let before = trial.before()?;
    if with_tools {
        trial.tools_before()?;
    }
    trial.break_it()?;
    entry.noticed = trial.build()?.noticed;
    let damage = match fault.exhibit {
        Some(_) => Some(trial.damage(&before)?),
        None => None,
    };
    if with_tools {
        entry.tools = trial.tools()?;
    }
    let verdict = trial.catch()?;
    entry.exhibit = damage.map(|damage| Seen {
        before,
        damage,
        command: verdict.command.clone(),
        told: trial::telling(fault, &verdict.told, &copy.workspace),
    });
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
        && !verdict.told.is_empty()
    {
        say!("  it says:")?;
        let mut lines = verdict.told.lines().take(show::LINES);
        lines.try_for_each(|line| say!("  {} {line}", dim("|")))?;
    }
    Ok(())
}

/// Hands over what was caught; then the sums.
fn sum_up(
    workspace: &Workspace,
    all: &[Fault],
    tried: Vec<(&Fault, Attempt)>,
    mut missed: usize,
    keeper: Option<&mut dyn Keeper>,
) -> Result<ExitCode> {
    let (mut caught, mut skipped) = (Vec::new(), 0);
    for (fault, attempt) in tried {
        match attempt {
            Ok((entry, verdict)) => match verdict.result {
                Caught::Yes => caught.push((fault, entry)),
                Caught::No(_) => missed += 1,
                Caught::Skipped(_) => skipped += 1,
            },
            Err(_) => missed += 1,
        }
    }
    let passed = caught.len();
    if let Some(keeper) = keeper {
        missed += keeper.end(workspace, all, caught)?;
    }
    let sums = format!("{passed} passed, {missed} failed");
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    let (sums, is_good) = match skipped {
        0 => (sums, missed == 0),
        _ if in_ci => (
            format!("{passed} passed, {} failed", missed + skipped),
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

fn list(faults: &[&Fault]) -> Result<()> {
    let width = faults.iter().map(|fault| fault.name.len()).max();
    let width = width.unwrap_or_default();
    let (exhibits, others): (Vec<&Fault>, _) = faults.iter().partition(|it| it.exhibit.is_some());
    let mut gap = "";
    for (heading, faults) in [
        (
            "Exhibits: each with a program that shows the damage",
            exhibits,
        ),
        ("Faults: each with the check that must catch it", others),
    ] {
        if !faults.is_empty() {
            say!("{gap}{}", bold(heading))?;
            gap = "\n";
        }
        for fault in faults {
            let name = bold(&format!("{:width$}", fault.name));
            let catcher = dim(&format!("[{}]", fault.catcher.name()));
            say!("{name}  {} {catcher}", fault.title)?;
        }
    }
    Ok(())
}

/// What is wrong with the faults themselves: a file that cannot be read, a patch that no longer fits,
/// two that make the same change and would count twice.
pub fn check_faults(workspace: &Workspace) -> Result<Vec<Finding>> {
    let Faults { sound, malformed } = file::all(workspace)?;
    let mut findings = malformed;
    let mut changes: Vec<(&Fault, Vec<(&str, String)>)> = Vec::new();
    for fault in sound.iter().filter(|fault| fault.applies(workspace)) {
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
    for (index, fault) in sound.iter().enumerate() {
        if sound[..index].iter().any(|other| other.name == fault.name) {
            let text = format!("there is another fault `{}`", fault.name);
            findings.push(Finding::new(text).at(&fault.path, 1));
        }
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
