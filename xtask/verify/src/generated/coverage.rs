//! Which functions of the header a program calls, and how they end: a stand-in passes each call on to
//! the real library and counts. The programs are the ones that run otherwise, unchanged.

use std::collections::BTreeMap;
use std::fs;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result, bail};
use cargo_abi::model::Type;

use super::interface::{Function, Interface};
use super::source;
use super::stand_in::{StandIn, parameters};
use crate::check::Finding;

/// How often each function returned with each status; 0 for one that has none.
pub type Returns = BTreeMap<String, BTreeMap<i128, u64>>;

/// Every function of the header that `language` never calls with success, or, if it can fail, with
/// failure, by the lines.
pub fn uncovered(workspace: &Workspace, language: &str, lines: &[Cmd]) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let returns = returns(workspace, &interface, language, lines)?;
    Ok(gaps(&interface, &returns, language))
}

/// Runs the lines with the counting library in the real one's place.
pub fn returns(
    workspace: &Workspace,
    interface: &Interface,
    name: &str,
    lines: &[Cmd],
) -> Result<Returns> {
    let folder = stand_in(interface).build(workspace, interface)?;
    let mut returns = Returns::new();
    for (index, line) in lines.iter().enumerate() {
        let counts = folder.join(format!("{name}-{index}.txt"));
        let _ = fs::remove_file(&counts);
        line.clone()
            .env("LD_LIBRARY_PATH", &folder)
            .env("COUNTED_LIBRARY", workspace.shared_library())
            .env("COUNTS_FILE", &counts)
            .check(workspace)?;
        let counted = fs::read_to_string(&counts)
            .with_context(|| format!("the counting library was not loaded by: {line}"))?;
        add(&mut returns, &counted)?;
    }
    Ok(returns)
}

fn gaps(interface: &Interface, returns: &Returns, language: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in &interface.functions {
        let name = &function.name;
        let counts = returns.get(name).into_iter().flatten();
        let (succeeded, failed): (Vec<_>, Vec<_>) = counts.partition(|(status, _)| **status == 0);
        if succeeded.is_empty() && interface.library.panics != Some(name) {
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

/// The lines `NAME STATUS COUNT`.
fn add(returns: &mut Returns, counted: &str) -> Result<()> {
    for line in counted.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let &[name, status, count] = &words[..] else {
            bail!("the counting library wrote `{line}`");
        };
        let of_function = returns.entry(name.to_owned()).or_default();
        *of_function.entry(status.parse()?).or_default() += count.parse::<u64>()?;
    }
    Ok(())
}

fn stand_in(interface: &Interface) -> StandIn<'static> {
    let functions = &interface.functions;
    let names: String = functions
        .iter()
        .map(|f| format!("\"{}\", ", f.name))
        .collect();
    StandIn {
        name: "counting",
        sources: &[source!("counting.h"), source!("counting.c")],
        preamble: format!(
            "const char *const COUNTED[] = {{{names}}};\nconst size_t COUNTED_COUNT = {};\n",
            functions.len()
        ),
        body: &pass_on,
    }
}

fn pass_on(index: usize, function: &Function) -> String {
    let Function {
        name, signature, ..
    } = function;
    let real =
        format!("    __typeof__({name}) *real;\n    counted_real({index}, &real, sizeof real);\n");
    let arguments: Vec<String> = parameters(signature).collect();
    let call = format!("real({})", arguments.join(", "));
    if signature.result == Type::Void {
        return format!("{real}    {call};\n    counted_return({index}, 0);\n");
    }
    let status = if function.has_status {
        "(int64_t)result"
    } else {
        "0"
    };
    let result = signature.result_in_c("result");
    format!(
        "{real}    {result} = {call};\n    counted_return({index}, {status});\n    return result;\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::interface::tests::interface;
    use super::*;

    #[test]
    fn a_function_that_is_not_called_is_named() {
        let interface = interface("", "fn f(f64) -> f64\nfn g() -> Status\n");
        let mut returns = Returns::new();
        add(&mut returns, "f 0 3\ng 0 1\n").unwrap();
        let found = |returns: &Returns| -> Vec<String> {
            let gaps = gaps(&interface, returns, "C").into_iter();
            gaps.map(|finding| finding.text).collect()
        };
        assert_eq!(found(&returns), ["`g` never fails when called by C"]);
        add(&mut returns, "g 1 1\n").unwrap();
        assert!(found(&returns).is_empty());
        returns.remove("f");
        assert_eq!(found(&returns), ["`f` is never called with success by C"]);
    }
}
