//! Whether a function's comment lists the statuses that it gives, and says who frees what it makes.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::special;
use cargo_abi::model::Type;

use super::interface::{Function, Interface};
use super::pointers;
use crate::cases;
use crate::check::Finding;

/// Every status that a comment lists and that no call gave, neither one of the cases nor one that is
/// generated; every one that a call gave and the comment does not list; and every result whose comment
/// does not name the function that frees it.
pub fn comments_are_true(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let mut seen = pointers::statuses(workspace, &interface)?;
    seen.extend(cases::statuses(workspace)?);
    let mut findings = other_statuses(&interface, &seen);
    findings.extend(unnamed_free(&interface));
    Ok(findings)
}

/// What was seen and is not listed, and the other way round.
fn other_statuses(interface: &Interface, seen: &BTreeSet<(String, i128)>) -> Vec<Finding> {
    // Success and a panic need no words: they are the same for every function.
    let general = ["OK", "PANIC"].map(|name| interface.status(name).ok());
    let memory = interface.library.status_value("OUT_OF_MEMORY");
    let header = interface.library.header();
    let mut findings = Vec::new();
    for function in interface.functions.iter().filter(|f| f.has_status) {
        let name = &function.name;
        let listed = interface.listed(&function.comment);
        let of_it = seen.iter().filter(|(called, _)| called == name);
        for (_, number) in of_it {
            if !general.contains(&Some(*number)) && listed.iter().all(|(_, it)| it != number) {
                let status = interface.status_name(*number);
                findings.push(format!(
                    "`{name}`: a call of it returned {status}, which its comment in {header} does not list"
                ));
            }
        }
        for (status, number) in listed {
            // No case is a call without memory. A generated call does, of each
            // function that a text makes copy something; what another allocates is not known.
            let is_out_of_reach = status == memory && special::large(function).is_none();
            if !is_out_of_reach && !seen.contains(&(name.clone(), number)) {
                findings.push(format!(
                    "`{name}`: its comment in {header} lists {status}, which no call of it returned"
                ));
            }
        }
    }
    findings.into_iter().map(Finding::new).collect()
}

/// A text or a handle that is written to a parameter `T **` is freed by a function that takes `T *` alone.
fn unnamed_free(interface: &Interface) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in &interface.functions {
        for parameter in &function.signature.parameters {
            let Some(made) = made_by(&parameter.of) else {
                continue;
            };
            let frees = |other: &&Function| {
                let signature = &other.signature;
                signature.result == Type::Void
                    && matches!(&signature.parameters[..], [only] if only.of == *made)
            };
            let names: Vec<&str> = interface
                .functions
                .iter()
                .filter(frees)
                .map(|f| f.name.as_str())
                .collect();
            let is_named = |name: &&str| function.comment.contains(&format!("{name}()"));
            if !names.is_empty() && !names.iter().any(is_named) {
                findings.push(Finding::new(format!(
                    "`{}`: its comment in {} does not say that {}() frees `{}`",
                    function.name,
                    interface.library.header(),
                    names.join("() or "),
                    parameter.name.as_deref().unwrap_or("the result"),
                )));
            }
        }
    }
    findings
}

/// The pointer that a call writes through this parameter for the caller to keep, if it is one.
fn made_by(parameter: &Type) -> Option<&Type> {
    parameter.written().filter(|made| made.written().is_some())
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
        let findings = other_statuses(&interface(&header, facts), &BTreeSet::new());
        assert!(findings[0].text.starts_with("`f`: "));
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn a_status_that_no_call_gave_is_named() {
        let null = LIBRARY.status_value("NULL_POINTER");
        let header = format!("/** Fails with {null}. */\nStatus f(void);\n");
        let interface = interface(&header, "fn f() -> Status\n");
        let mut seen = BTreeSet::from([("f".to_owned(), 0), ("g".to_owned(), 1)]);
        let findings = other_statuses(&interface, &seen);
        assert!(findings[0].text.contains(&format!("lists {null}, which")));
        seen.insert(("f".to_owned(), 1));
        assert!(other_statuses(&interface, &seen).is_empty());
    }

    #[test]
    fn a_status_that_no_comment_lists_is_named() {
        let header = "/** Fails in no way. */\nStatus f(void);\n";
        let interface = interface(header, "fn f() -> Status\n");
        let seen = BTreeSet::from([("f".to_owned(), 0), ("f".to_owned(), 1)]);
        let [finding] = &other_statuses(&interface, &seen)[..] else {
            panic!("success and one failure were seen");
        };
        let null = LIBRARY.status_value("NULL_POINTER");
        assert!(
            finding.text.contains(&format!("returned {null}, which")),
            "{}",
            finding.text
        );
    }

    #[test]
    fn what_is_made_names_what_frees_it() {
        let facts = "fn make(*mut *mut char) -> Status\nfn text_free(*mut char) -> void\n";
        let header = |words: &str| {
            format!("/** {words} */\nStatus make(char **text);\nvoid text_free(char *text);\n")
        };
        let findings = unnamed_free(&interface(&header("Writes a text."), facts));
        assert!(
            findings[0]
                .text
                .contains("does not say that text_free() frees")
        );
        assert!(unnamed_free(&interface(&header("Give it to text_free()."), facts)).is_empty());
    }
}
