//! Which checks do not run on which system, and why: the table in ARCHITECTURE.md, made from the
//! checks' requirements.

use std::collections::BTreeMap;

use abi_stages::page::Page;
use abi_stages::workspace::Workspace;
use anyhow::Result;

use crate::check::{Check, System};
use crate::suite::{self, Pages};

const FILE: &str = "ARCHITECTURE.md";

pub const PAGES: Pages = Pages {
    made_from: "the checks' requirements",
    make: pages,
};

fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    // Another workspace has no such page.
    if !workspace.source(FILE).is_file() {
        return Ok(Vec::new());
    }
    let page = Page::with_part(workspace, FILE, "systems", &table(suite::checks()))?;
    Ok(vec![page])
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
    use crate::check::Artifact::*;
    use crate::check::Platform::*;
    use crate::check::Requirement::*;

    #[test]
    fn a_check_stands_where_it_does_not_run() {
        static CHECK: Check = Check {
            id: "x/linux",
            claim: "",
            hint: "",
            needs: &[Built(Library), On(Linux("it reads /proc"))],
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
        for check in suite::checks() {
            let why = check
                .needs
                .iter()
                .find_map(|need| need.missing_on(System::Linux));
            assert_eq!(why, None, "{}", check.id);
        }
    }
}
