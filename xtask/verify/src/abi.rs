//! The checks of the C ABI: what the library offers and what the header says of it.

use std::collections::BTreeSet;

use anyhow::Result;
use xtask::workspace::Workspace;
use xtask::{header, inspect};

use crate::check::{Check, Finding, Need};

pub const CHECKS: &[Check] = &[
    Check {
        id: "abi/header",
        claim: "hello.h is what cbindgen makes of the Rust source",
        hint: "`cargo xtask header` writes it anew",
        needs: &[],
        run: header_is_current,
    },
    Check {
        id: "abi/exports",
        claim: "the shared library exports what the header declares and nothing else",
        hint: "a function of the C ABI is `pub`, `extern \"C\"` and `#[unsafe(no_mangle)]`, and \
               stands in the source itself, not in a macro",
        needs: &[Need::Pipeline],
        run: exports,
    },
];

fn header_is_current(workspace: &Workspace) -> Result<Vec<Finding>> {
    let difference = header::check(workspace)?;
    let place = workspace.relative(&workspace.header());
    Ok(difference
        .into_iter()
        .map(|text| Finding::new(text).at(place.clone(), 1))
        .collect())
}

fn exports(workspace: &Workspace) -> Result<Vec<Finding>> {
    let declared = header::symbols(workspace)?;
    let library = inspect::read(&workspace.shared_library())?;
    let name = workspace
        .relative(&workspace.shared_library())
        .to_string_lossy()
        .into_owned();
    Ok(compare(&declared, &library.exports, &name))
}

fn compare(declared: &BTreeSet<String>, exported: &BTreeSet<String>, name: &str) -> Vec<Finding> {
    let missing = declared.difference(exported).map(|function| {
        format!("`{function}` is declared in hello.h, and {name} does not export it")
    });
    let extra = exported.difference(declared).map(|function| {
        format!("`{function}` is exported by {name}, and hello.h does not declare it")
    });
    let mut findings: Vec<Finding> = missing.chain(extra).map(Finding::new).collect();
    if declared.is_empty() {
        findings.push(Finding::new(
            "cbindgen finds no function in the Rust source",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_difference_is_told_with_the_name_of_the_function() {
        let found = compare(&names(&["a", "b"]), &names(&["b", "c"]), "lib.so");
        let texts: Vec<&str> = found.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "`a` is declared in hello.h, and lib.so does not export it",
                "`c` is exported by lib.so, and hello.h does not declare it",
            ]
        );
    }

    #[test]
    fn equal_sets_pass_and_empty_ones_do_not() {
        assert!(compare(&names(&["a"]), &names(&["a"]), "").is_empty());
        assert!(!compare(&names(&[]), &names(&[]), "").is_empty());
    }
}
