//! The tables that are shown, and that the README has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_abi::compare::Severity;

use crate::trial::Trial;

/// What was compared and found in each library, as Markdown.
pub fn table(trials: &[Trial]) -> String {
    let mut text = "| library | compared | break | type | style | allowed | named as not compared | faults noticed |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
    for trial in trials {
        let compared: Vec<String> = trial
            .compared
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| match count {
                1 => format!("1 {}", what.trim_end_matches('s')),
                _ => format!("{count} {what}"),
            })
            .collect();
        let count = |severity: Severity| -> usize {
            let own = trial
                .found
                .iter()
                .filter(|(kind, _)| kind.severity() == severity);
            own.map(|(_, count)| count).sum()
        };
        let [breaks, types, styles] = Severity::ALL.map(count);
        let faults = &trial.faults;
        text += &format!(
            "| {} {} | {} | {breaks} | {types} | {styles} | {} | {} | {} of {} |\n",
            trial.recipe.package,
            trial.recipe.version,
            compared.join(", "),
            trial.allowed,
            trial.not_compared.len(),
            faults.noticed,
            faults.noticed + faults.missed.len(),
        );
    }
    text
}

/// How many faults were noticed, and each that was not.
pub fn faults(trials: &[Trial]) -> String {
    let sum = |count: &dyn Fn(&Trial) -> usize| -> usize { trials.iter().map(count).sum() };
    let noticed = sum(&|trial| trial.faults.noticed);
    let missed = sum(&|trial| trial.faults.missed.len());
    let equivalent = sum(&|trial| trial.faults.equivalent);
    let mut text = format!(
        "{noticed} of {} faults were noticed ({:.1} %); {equivalent} more changed nothing, by the C compiler.\n",
        noticed + missed,
        100.0 * noticed as f64 / (noticed + missed).max(1) as f64,
    );
    for trial in trials {
        for fault in &trial.faults.missed {
            let why = trial.reason(fault).unwrap_or("no reason is known");
            text += &format!("* not noticed: {}, {fault}: {why}\n", trial.recipe.package);
        }
    }
    text
}

/// Puts a text into a file, between two marks with this name.
pub fn record(path: &Path, name: &str, content: &str) -> Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let [begin, end] = ["begin", "end"].map(|which| format!("<!-- {name}: {which} -->\n"));
    let marks = || format!("{} has not the two marks of {name}", path.display());
    let (before, rest) = text.split_once(&begin).with_context(marks)?;
    let (_, after) = rest.split_once(&end).with_context(marks)?;
    fs::write(path, format!("{before}{begin}\n{content}\n{end}{after}"))
        .with_context(|| format!("cannot write {}", path.display()))
}
