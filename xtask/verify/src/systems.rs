//! Which checks do not run on which system, and why: the table in ARCHITECTURE.md, made from the
//! checks' requirements.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use xtask::term;
use xtask::workspace::{self, Workspace};

use crate::check::{Check, Finding, System, Tier};
use crate::suite;

pub const CHECKS: &[Check] = &[Check {
    id: "docs/systems",
    claim: "the table in ARCHITECTURE.md says which checks do not run on which system, and why",
    hint: "put the lines marked with a `-` into ARCHITECTURE.md: they are made from the checks' \
           requirements",
    tier: Tier::Quick,
    needs: &[],
    run: table_is_current,
}];

const FILE: &str = "ARCHITECTURE.md";

/// Around the table.
const MARKS: [&str; 2] = ["<!-- systems -->\n", "<!-- end of systems -->\n"];

fn table_is_current(workspace: &Workspace) -> Result<Vec<Finding>> {
    let text = workspace::read(&workspace.source(FILE))?;
    let seen = text
        .split_once(MARKS[0])
        .and_then(|(_, rest)| rest.split_once(MARKS[1]))
        .with_context(|| {
            format!(
                "{FILE} has no lines `{}` and `{}`",
                MARKS[0].trim(),
                MARKS[1].trim()
            )
        })?
        .0;
    let expected = table(suite::CHECKS.iter().copied().flatten());
    Ok((seen != expected)
        .then(|| {
            let difference = term::diff(("the checks' requirements", &expected), (FILE, seen));
            Finding::new(difference).at(FILE, 1)
        })
        .into_iter()
        .collect())
}

/// A row for each reason; a check that runs on every system is in none.
pub fn table(checks: impl Iterator<Item = &'static Check>) -> String {
    let mut rows: BTreeMap<(&str, Vec<&str>), Vec<String>> = BTreeMap::new();
    for check in checks {
        let reasons = check.needs.iter().filter_map(|need| {
            let missing = System::ALL
                .into_iter()
                .filter(|system| need.missing_on(*system).is_some());
            let missing: Vec<&str> = missing.map(System::name).collect();
            let why = System::ALL
                .into_iter()
                .find_map(|system| need.missing_on(system))?;
            Some((why, missing))
        });
        // The reason that rules out most is enough.
        if let Some(row) = reasons.max_by_key(|(_, missing)| missing.len()) {
            rows.entry(row).or_default().push(format!("`{}`", check.id));
        }
    }
    let mut table = "\n| not on | checks | why |\n| --- | --- | --- |\n".to_owned();
    for ((why, systems), checks) in rows {
        table += &format!(
            "| {} | {} | {why} |\n",
            systems.join(", "),
            checks.join(", ")
        );
    }
    table + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Need;

    #[test]
    fn a_check_stands_where_it_does_not_run() {
        static CHECK: Check = Check {
            id: "x/linux",
            claim: "",
            hint: "",
            tier: Tier::Quick,
            needs: &[Need::Library, Need::Linux("it reads /proc")],
            run: |_| Ok(vec![]),
        };
        let table = table([&CHECK].into_iter());
        assert!(
            table.contains("| macOS, Windows | `x/linux` | it reads /proc |"),
            "{table}"
        );
    }

    #[test]
    fn every_check_runs_on_linux() {
        for check in suite::CHECKS.iter().copied().flatten() {
            let why = check
                .needs
                .iter()
                .find_map(|need| need.missing_on(System::Linux));
            assert_eq!(why, None, "{}", check.id);
        }
    }
}
