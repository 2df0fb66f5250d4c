//! Whether the statuses that a function's comment lists are statuses that it gives.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;

use super::interface::Interface;
use super::pointers;
use crate::cases::{self, Language};
use crate::check::Finding;

/// Every status that a comment lists and that no call gave: neither one of the cases nor one that is
/// generated.
pub fn listed_statuses_are_returned(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let mut seen = pointers::statuses(workspace, &interface)?;
    seen.extend(cases::statuses(workspace, Language::C)?);
    Ok(listed_and_unseen(&interface, &seen))
}

fn listed_and_unseen(interface: &Interface, seen: &BTreeSet<(String, i128)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in interface.functions.iter().filter(|f| f.has_status) {
        for (name, number) in interface.listed(&function.comment) {
            // No case is a call without memory. A generated call does, of each
            // function that a text makes copy something; what another allocates is not known.
            let is_out_of_reach = name == interface.library.status_value("OUT_OF_MEMORY")
                && !pointers::takes_text(function);
            if !is_out_of_reach && !seen.contains(&(function.name.clone(), number)) {
                findings.push(Finding::new(format!(
                    "`{}`: its comment in {} lists {name}, which no call of it returned",
                    function.name,
                    interface.library.header()
                )));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::hello::LIBRARY;

    use super::super::interface::tests::interface;
    use super::*;

    #[test]
    fn a_call_without_memory_is_asked_for_where_one_is_made() {
        let memory = LIBRARY.status_value("OUT_OF_MEMORY");
        let header = format!(
            "/** Fails with {memory}. */\nStatus f(const char *x);\n\
             /** Fails with {memory}. */\nStatus g(void *x);\n"
        );
        let facts = "fn f(*const char) -> Status\nfn g(*mut void) -> Status\n";
        let findings = listed_and_unseen(&interface(&header, facts), &BTreeSet::new());
        assert!(findings[0].text.starts_with("`f`: "));
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn a_status_that_no_call_gave_is_named() {
        let null = LIBRARY.status_value("NULL_POINTER");
        let header = format!("/** Fails with {null}. */\nStatus f(void);\n");
        let interface = interface(&header, "fn f() -> Status\n");
        let mut seen = BTreeSet::from([("f".to_owned(), 0), ("g".to_owned(), 1)]);
        let findings = listed_and_unseen(&interface, &seen);
        assert!(findings[0].text.contains(&format!("lists {null}, which")));
        seen.insert(("f".to_owned(), 1));
        assert!(listed_and_unseen(&interface, &seen).is_empty());
    }
}
