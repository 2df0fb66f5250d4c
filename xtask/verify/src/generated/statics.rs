//! Whether texts that the header calls static are.

use std::collections::BTreeMap;

use abi_stages::workspace::Workspace;
use anyhow::{Result, bail};
use cargo_abi::hostile::is_text;

use super::interface::{Function, Interface};
use crate::cases::{Choice, Language, Plan};
use crate::check::Finding;

/// Every text that moves or changes although the header calls it static: in a second round of the cases and
/// on two other threads a call has to return the same pointer, and no other call may return that one with
/// another text.
pub fn static_texts_stay(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_header(workspace)?;
    let functions = interface.functions.iter().filter(|it| is_static(it));
    let plan = Plan::read(workspace, Choice::Short)?;
    let line = Language::C.line(workspace, &plan)?;
    let line = line.args(["--rounds", "2", "--threads", "2"]);
    let finished = line.output(workspace)?;
    if !finished.status.success() {
        bail!("{}", finished.complaint(&line));
    }
    let (mut of_call, mut at) = (BTreeMap::new(), BTreeMap::new());
    let mut findings = BTreeMap::new();
    for (call, did) in plan.calls().cycle().zip(plan.said(&finished.stdout)?) {
        if !functions.clone().any(|it| it.name == call.function) {
            continue;
        }
        let answer = did.answer.to_string();
        let first = of_call
            .entry(&call.text)
            .or_insert_with(|| did.result.clone());
        let (other, text) = at
            .entry(did.result.clone())
            .or_insert_with(|| (&call.text, answer.clone()));
        let wrong = if *first != did.result {
            "returns another pointer on another thread, or later".to_owned()
        } else if *text != answer {
            format!("returns {answer} in the memory in which `{other}` returned {text}")
        } else {
            continue;
        };
        let (call, header) = (&call.text, workspace.library().header());
        let text = format!("`{call}` {wrong}; {header} calls it static");
        findings.entry(call).or_insert_with(|| Finding::new(text));
    }
    Ok(findings.into_values().collect())
}

fn is_static(function: &Function) -> bool {
    let mut words = function.comment.split(|c: char| !c.is_alphabetic());
    is_text(&function.signature.result) && words.any(|word| word == "static")
}

#[cfg(test)]
mod tests {
    use super::super::interface::tests::interface;
    use super::*;

    #[test]
    fn only_what_is_called_static_is_asked() {
        let interface = interface(
            "/** Its name. It is static: never free it. */\nconst char *name(int32_t status);\n\
             /** Valid until the next call. */\nconst char *last(void);\n\
             /** Of statics. */\nconst char *more(void);\n",
            "fn last() -> *const char\nfn more() -> *const char\nfn name(i32) -> *const char\n",
        );
        let found: Vec<&str> = interface
            .functions
            .iter()
            .filter(|function| is_static(function))
            .map(|function| function.name.as_str())
            .collect();
        assert_eq!(found, ["name"]);
    }
}
