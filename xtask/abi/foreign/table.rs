//! The tables that are shown, and that the README has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_abi::compare::Severity;

use crate::trial::Trial;

/// What was compared and found in each library, as Markdown.
pub fn table(trials: &[Trial]) -> String {
    let mut text = "| library | compared | break | type | style | allowed | faults noticed |\n| --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
    for trial in trials {
        let compared: Vec<String> = trial
            .compared
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{count} {what}"))
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
            "| {} {} | {} | {breaks} | {types} | {styles} | {} | {} of {} |\n",
            trial.recipe.package,
            trial.recipe.version,
            compared.join(", "),
            trial.allowed,
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

const BEGIN: &str = "<!-- made by the example `foreign`: begin -->\n";
const END: &str = "<!-- made by the example `foreign`: end -->\n";

/// Puts both into the file, between the marks.
pub fn record(path: &Path, trials: &[Trial]) -> Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let marks = || format!("{} has not the two marks", path.display());
    let (before, rest) = text.split_once(BEGIN).with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    let text = format!(
        "{before}{BEGIN}\n{}\n{}\n{END}{after}",
        table(trials),
        faults(trials)
    );
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
