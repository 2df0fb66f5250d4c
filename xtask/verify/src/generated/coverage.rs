//! Which functions of the header the cases call, and how the calls end.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;

use super::interface::Interface;
use crate::cases;
use crate::check::Finding;

/// Every function of the header that the cases never call with success, or, if it can fail, with failure.
pub fn every_function_is_called(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    Ok(gaps(&interface, &cases::statuses(workspace)?))
}

fn gaps(interface: &Interface, seen: &BTreeSet<(String, i128)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A driver asks for the message of every failure, and each function that can fail has to fail once.
    let is_asked = |name: &str| *name != interface.library.last_error();
    for function in &interface.functions {
        let name = &function.name;
        let statuses = seen.iter().filter(|(called, _)| called == name);
        let (succeeded, failed): (Vec<_>, Vec<_>) = statuses.partition(|(_, status)| *status == 0);
        if succeeded.is_empty() && interface.library.panics != Some(name) && is_asked(name) {
            findings.push(format!("no case calls `{name}` with success"));
        }
        if function.has_status && failed.is_empty() {
            findings.push(format!("`{name}` fails in no case"));
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
            let gaps = gaps(&interface, &seen.collect()).into_iter();
            gaps.map(|finding| finding.text).collect()
        };
        assert_eq!(found(&[("f", 0), ("g", 0)]), ["`g` fails in no case"]);
        assert!(found(&[("f", 0), ("g", 0), ("g", 1)]).is_empty());
        assert_eq!(
            found(&[("g", 0), ("g", 1)]),
            ["no case calls `f` with success"]
        );
    }
}
