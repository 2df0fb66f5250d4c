//! Which functions of the header the cases call, and how the calls end.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;

use super::interface::Interface;
use crate::cases::{self, Language};
use crate::check::Finding;

/// Every function of the header that C or Python never calls with success, or, if it can fail, with
/// failure.
pub fn every_function_is_called(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let mut findings = Vec::new();
    for language in [Language::C, Language::Python] {
        let seen = cases::statuses(workspace, language)?;
        findings.extend(gaps(&interface, &seen, language.name()));
    }
    Ok(findings)
}

fn gaps(interface: &Interface, seen: &BTreeSet<(String, i128)>, language: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A driver asks for the message of every failure, and each function that can fail has to fail once.
    let is_asked = |name: &str| *name != interface.library.last_error();
    for function in &interface.functions {
        let name = &function.name;
        let statuses = seen.iter().filter(|(called, _)| called == name);
        let (succeeded, failed): (Vec<_>, Vec<_>) = statuses.partition(|(_, status)| *status == 0);
        if succeeded.is_empty() && interface.library.panics != Some(name) && is_asked(name) {
            findings.push(format!(
                "`{name}` is never called with success by {language}"
            ));
        }
        if function.has_status && failed.is_empty() {
            findings.push(format!("`{name}` never fails when called by {language}"));
        }
    }
    findings.into_iter().map(Finding::new).collect()
}

#[cfg(test)]
mod tests {
    use super::super::interface::tests::interface;
    use super::*;

    #[test]
    fn a_function_that_is_not_called_is_named() {
        let interface = interface("", "fn f(f64) -> f64\nfn g() -> Status\n");
        let found = |seen: &[(&str, i128)]| -> Vec<String> {
            let seen = seen
                .iter()
                .map(|(name, status)| ((*name).to_owned(), *status));
            let gaps = gaps(&interface, &seen.collect(), "C").into_iter();
            gaps.map(|finding| finding.text).collect()
        };
        assert_eq!(
            found(&[("f", 0), ("g", 0)]),
            ["`g` never fails when called by C"]
        );
        assert!(found(&[("f", 0), ("g", 0), ("g", 1)]).is_empty());
        assert_eq!(
            found(&[("g", 0), ("g", 1)]),
            ["`f` is never called with success by C"]
        );
    }
}
