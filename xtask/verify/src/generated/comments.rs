//! Whether a function's comment lists the statuses that it gives, and says who frees what it makes.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::special;
use cargo_abi::model::{Access, Type};

use super::interface::{Function, Interface};
use super::pointers;
use crate::cases::{self, Language};
use crate::check::Finding;

/// Every status that a comment lists and that no call gave, neither one of the cases nor one that is
/// generated; every one that a call gave and the comment does not list; and every result whose comment
/// does not name the function that frees it.
pub fn comments_are_true(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let mut seen = pointers::statuses(workspace, &interface)?;
    seen.extend(cases::statuses(workspace, Language::C)?);
    let mut findings = listed_and_unseen(&interface, &seen);
    findings.extend(seen_and_unlisted(&interface, &seen));
    findings.extend(unnamed_free(&interface));
    Ok(findings)
}

/// Success and a panic need no words: they are the same for every function.
fn seen_and_unlisted(interface: &Interface, seen: &BTreeSet<(String, i128)>) -> Vec<Finding> {
    let is_general = |number| {
        ["OK", "PANIC"]
            .iter()
            .any(|name| interface.status(name).ok() == Some(number))
    };
    let functions = interface.functions.iter().filter(|f| f.has_status);
    functions
        .flat_map(|function| {
            let listed = interface.listed(&function.comment);
            seen.iter()
                .filter(|(name, _)| *name == function.name)
                .filter(move |(_, number)| {
                    !is_general(*number) && listed.iter().all(|(_, known)| known != number)
                })
                .map(|(name, number)| {
                    Finding::new(format!(
                        "`{name}`: a call of it returned {}, which its comment in {} does not list",
                        interface.status_name(*number),
                        interface.library.header()
                    ))
                })
        })
        .collect()
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
    match parameter {
        Type::Pointer {
            access: Access::Mut,
            to,
        } => match &**to {
            pointer @ Type::Pointer {
                access: Access::Mut,
                ..
            } => Some(pointer),
            _ => None,
        },
        _ => None,
    }
}

fn listed_and_unseen(interface: &Interface, seen: &BTreeSet<(String, i128)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in interface.functions.iter().filter(|f| f.has_status) {
        for (name, number) in interface.listed(&function.comment) {
            // No case is a call without memory. A generated call does, of each
            // function that a text makes copy something; what another allocates is not known.
            let is_out_of_reach = name == interface.library.status_value("OUT_OF_MEMORY")
                && special::large(function).is_none();
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

    #[test]
    fn a_status_that_no_comment_lists_is_named() {
        let header = "/** Fails in no way. */\nStatus f(void);\n";
        let interface = interface(header, "fn f() -> Status\n");
        let seen = BTreeSet::from([("f".to_owned(), 0), ("f".to_owned(), 1)]);
        let [finding] = &seen_and_unlisted(&interface, &seen)[..] else {
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
