//! Whether every pointer that a function can check is checked: NULL for each pointer parameter and for
//! all of them, each address that is not aligned, and a text that no copy of fits into memory.

use std::collections::BTreeSet;

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::model::Type;

use super::caller::{Argument, Call, Caller, Outcome};
use super::interface::{Function, Interface, is_pointer, is_text};
use crate::builds;
use crate::check::Finding;

/// What a call has to lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// The function refuses with this status, whose name ends like that.
    Refused(&'static str),
    /// The comment promises that NULL may be passed: anything but a refusal of it.
    Accepted,
    /// The function has no status; it returns, and sets the last error.
    Noted,
    /// The function has no status; it returns, and sets the last error, or its comment says what NULL
    /// does.
    Explained,
    /// The function returns.
    Returns,
}

/// Every call that ended otherwise than it has to, or left something changed in the process.
pub fn invalid_pointers_are_refused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let calls = calls(&interface);
    let caller = build(workspace, &interface, &calls, "pointers", &[])?;
    judge(
        workspace,
        &interface,
        &calls,
        &caller,
        &caller.line(),
        false,
    )
}

/// The same with those who watch the memory: AddressSanitizer with UBSan, and valgrind.
pub fn invalid_pointers_under_tools(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let calls = calls(&interface);
    let name = "pointers-sanitized";
    let sanitized = build(workspace, &interface, &calls, name, &builds::SANITIZERS)?;
    let line = sanitized.line().arg("--under-a-tool");
    let mut findings = judge(workspace, &interface, &calls, &sanitized, &line, true)?;
    let plain = build(workspace, &interface, &calls, "pointers", &[])?;
    let line = Cmd::new("valgrind")
        .args(["--quiet", "--error-exitcode=9", "--leak-check=no"])
        .arg(&plain.program)
        .arg("--under-a-tool")
        .env("RUST_BACKTRACE", "0");
    findings.extend(judge(workspace, &interface, &calls, &plain, &line, true)?);
    Ok(findings)
}

/// The statuses that each function gave, as pairs of its name and the number.
pub fn statuses(workspace: &Workspace, interface: &Interface) -> Result<BTreeSet<(String, i128)>> {
    let calls = calls(interface);
    let caller = build(workspace, interface, &calls, "pointers", &[])?;
    let outcomes = caller.run(workspace, &caller.line())?;
    let seen = calls
        .iter()
        .zip(outcomes)
        .filter_map(|((call, _), outcome)| Some((call.function.name.clone(), outcome?.status?)));
    Ok(seen.collect())
}

fn build(
    workspace: &Workspace,
    interface: &Interface,
    calls: &[(Call<'_>, Expected)],
    name: &str,
    flags: &[&str],
) -> Result<Caller> {
    let calls: Vec<&Call<'_>> = calls.iter().map(|(call, _)| call).collect();
    Caller::build(workspace, name, interface, &calls, flags)
}

pub fn calls(interface: &Interface) -> Vec<(Call<'_>, Expected)> {
    let mut calls = Vec::new();
    for function in &interface.functions {
        nulls(function, &mut calls);
        misaligned(interface, function, &mut calls);
        long_texts(function, &mut calls);
    }
    calls
}

/// NULL for each pointer that a function can check, and for all of them.
///
/// A function without a status has nothing to say when there is no callback to call. NULL is passed
/// for one only if the comment promises that it may be.
fn nulls<'a>(function: &'a Function, calls: &mut Vec<(Call<'a>, Expected)>) {
    let parameters = &function.signature.parameters;
    let pointers: Vec<usize> = (0..parameters.len())
        .filter(|&index| {
            let of = &parameters[index].of;
            let is_callback = matches!(of, Type::Function(_));
            is_pointer(of) && (!is_callback || function.has_status || function.may_be_null(index))
        })
        .collect();
    let mut sets: Vec<Vec<usize>> = pointers.iter().map(|&index| vec![index]).collect();
    if pointers.len() > 1 {
        sets.push(pointers);
    }
    for set in sets {
        let is_promised = set.iter().all(|&index| function.may_be_null(index));
        let expected = match function.has_status {
            _ if is_promised => Expected::Accepted,
            true => Expected::Refused("NULL_POINTER"),
            false => Expected::Explained,
        };
        let names: Vec<String> = set.iter().map(|&index| function.parameter(index)).collect();
        let what = match names.as_slice() {
            [one] => format!("{one} is NULL"),
            several => format!("{} are NULL", several.join(" and ")),
        };
        calls.push((call(function, what, &set, Argument::Zero), expected));
    }
}

/// Every offset below the alignment, for each pointer.
fn misaligned<'a>(
    interface: &Interface,
    function: &'a Function,
    calls: &mut Vec<(Call<'a>, Expected)>,
) {
    for (index, parameter) in function.signature.parameters.iter().enumerate() {
        let alignment = interface.alignment_behind(&parameter.of);
        for offset in 1..alignment {
            let name = function.parameter(index);
            let what = format!("{name} is not aligned to {alignment} bytes");
            let expected = match function.has_status {
                true => Expected::Refused("MISALIGNED"),
                false if interface.has(&interface.library.last_error()) => Expected::Noted,
                false => Expected::Returns,
            };
            let argument = Argument::Misaligned(offset);
            calls.push((call(function, what, &[index], argument), expected));
        }
    }
}

/// A text that the caller has and the library has no memory for: a status, whichever.
fn long_texts<'a>(function: &'a Function, calls: &mut Vec<(Call<'a>, Expected)>) {
    for (index, parameter) in function.signature.parameters.iter().enumerate() {
        if is_text(&parameter.of) && function.has_status {
            let name = function.parameter(index);
            let what = format!("{name} is long and there is no memory");
            let call = call(function, what, &[index], Argument::LongText);
            calls.push((call, Expected::Returns));
        }
    }
}

/// Whether a call without memory is made of a function that has a status.
pub fn takes_text(function: &Function) -> bool {
    let mut parameters = function.signature.parameters.iter();
    parameters.any(|parameter| is_text(&parameter.of))
}

fn call<'a>(function: &'a Function, what: String, at: &[usize], special: Argument) -> Call<'a> {
    let mut arguments = vec![Argument::Usable; function.signature.parameters.len()];
    for &index in at {
        arguments[index] = special;
    }
    Call {
        function,
        what,
        arguments,
    }
}

/// Judges by the line's report, or under a tool only by what the tool ends: the rest is the same.
fn judge(
    workspace: &Workspace,
    interface: &Interface,
    calls: &[(Call<'_>, Expected)],
    caller: &Caller,
    line: &Cmd,
    is_tool: bool,
) -> Result<Vec<Finding>> {
    let outcomes = caller.run(workspace, line)?;
    // The offsets of one parameter mostly have one cause.
    let mut causes: Vec<(String, String, Vec<String>)> = Vec::new();
    for ((call, expected), outcome) in calls.iter().zip(outcomes) {
        let Some(outcome) = outcome else { continue };
        if is_tool && outcome.died.is_none() {
            continue;
        }
        let start = format!("`{}`, {}", call.function.name, call.what);
        for wrong in wrong(interface, call.function, *expected, &outcome)? {
            let offset = call.offset().map(|offset| offset.to_string());
            let head = wrong.lines().next().unwrap_or_default();
            let same = causes
                .iter_mut()
                .find(|(known, words, _)| *known == start && words.lines().next() == Some(head));
            match same {
                Some((.., offsets)) => offsets.extend(offset),
                None => causes.push((start.clone(), wrong, offset.into_iter().collect())),
            }
        }
    }
    let findings = causes
        .into_iter()
        .map(|(start, wrong, offsets)| match offsets.len() {
            0 => format!("{start}: {wrong}"),
            _ => format!("{start} (off by {}): {wrong}", offsets.join(", ")),
        });
    let mut findings: Vec<Finding> = findings.map(Finding::new).collect();
    if let Some(first) = findings.first_mut() {
        first.text += &format!("\n  seen by: {line}");
    }
    Ok(findings)
}

/// What is wrong with the way that a call ended, in words.
fn wrong(
    interface: &Interface,
    function: &Function,
    expected: Expected,
    outcome: &Outcome,
) -> Result<Vec<String>> {
    if let Some(died) = &outcome.died {
        let words: Vec<&str> = outcome.stderr.lines().take(20).collect();
        let words = words
            .iter()
            .map(|words| format!("\n  | {words}"))
            .collect::<String>();
        return Ok(vec![format!("the process ended: {died}{words}")]);
    }
    let header = interface.library.header();
    let mut wrong = Vec::new();
    let status = outcome.status.unwrap_or_default();
    let returned = interface.status_name(status);
    match expected {
        Expected::Refused(name) if status != interface.status(name)? => {
            let expected = interface.library.status_value(name);
            wrong.push(format!("it returned {returned} and not {expected}"));
        }
        Expected::Accepted
            if function.has_status && status == interface.status("NULL_POINTER")? =>
        {
            wrong.push(format!(
                "it returned {returned}, though its comment in {header} says that it may be NULL"
            ));
        }
        Expected::Accepted if !function.has_status && !outcome.error.is_empty() => {
            wrong.push(format!(
                "it set the last error, \"{}\", though its comment in {header} says that it may be \
                 NULL",
                outcome.error
            ));
        }
        Expected::Noted if outcome.error.is_empty() => {
            wrong.push("it returned and did not set the last error".to_owned());
        }
        Expected::Explained if outcome.error.is_empty() && !function.comment.contains("NULL") => {
            wrong.push(format!(
                "it returned and did not set the last error, and its comment in {header} does not say \
                 what NULL does"
            ));
        }
        _ => {}
    }
    let prefix = format!("{}: ", function.name);
    if status != 0
        && interface.has(&interface.library.last_error())
        && !outcome.error.starts_with(&prefix)
    {
        wrong.push(format!(
            "it returned {returned}, and the last error, \"{}\", does not begin with its name",
            outcome.error
        ));
    }
    if outcome.wrote {
        wrong.push(format!(
            "it returned {returned}, and wrote a result nevertheless"
        ));
    }
    for function in &outcome.changed {
        wrong.push(format!(
            "it returned {returned}, and `{function}` then gives another result than before"
        ));
    }
    let left = outcome.left.iter();
    wrong.extend(left.map(|what| format!("after the call {what}")));
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::super::interface::tests::interface;
    use super::*;

    fn described(functions: &str) -> Vec<(String, Expected)> {
        let interface = interface("", functions);
        calls(&interface)
            .into_iter()
            .map(|(call, expected)| (call.what, expected))
            .collect()
    }

    #[test]
    fn each_pointer_is_null_once_and_all_are() {
        let calls = described("fn f(*mut void, f64, fn()) -> Status\n");
        let null = Expected::Refused("NULL_POINTER");
        let expected = [
            "parameter 1 is NULL",
            "parameter 3 is NULL",
            "parameter 1 and parameter 3 are NULL",
        ];
        assert_eq!(calls, expected.map(|what| (what.to_owned(), null)));
    }

    #[test]
    fn a_callback_is_left_out_where_nothing_can_be_said() {
        assert_eq!(described("fn f(f64, fn(f64, i32) -> f64) -> f64\n"), []);
        let calls = described("fn f(*mut void, fn()) -> f64\n");
        assert_eq!(
            calls,
            [("parameter 1 is NULL".to_owned(), Expected::Explained)]
        );
    }

    #[test]
    fn every_offset_below_the_alignment_is_tried() {
        let calls = described("fn f(*const u32) -> Status\n");
        let whats: Vec<&str> = calls.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(
            whats,
            [
                "parameter 1 is NULL",
                "parameter 1 is not aligned to 4 bytes",
                "parameter 1 is not aligned to 4 bytes",
                "parameter 1 is not aligned to 4 bytes",
            ]
        );
        assert_eq!(calls[1].1, Expected::Refused("MISALIGNED"));
    }

    #[test]
    fn a_wrong_end_is_described() {
        let interface = interface("", "fn f(*const u32) -> Status\n");
        let function = &interface.functions[0];
        let seen = |outcome: Outcome| {
            wrong(
                &interface,
                function,
                Expected::Refused("NULL_POINTER"),
                &outcome,
            )
            .unwrap()
        };
        let refused = || Outcome {
            status: Some(1),
            ..Outcome::default()
        };
        assert_eq!(seen(refused()), [""; 0]);
        let accepted = seen(Outcome::default());
        assert!(accepted[0].contains("OK and not"), "{accepted:?}");
        let left = seen(Outcome {
            left: vec!["the locale is de_DE, C before".to_owned()],
            wrote: true,
            ..refused()
        });
        assert!(left[0].contains("wrote a result"), "{left:?}");
        assert_eq!(left[1], "after the call the locale is de_DE, C before");
        let died = seen(Outcome {
            died: Some("signal 11".to_owned()),
            stderr: "words".to_owned(),
            ..Outcome::default()
        });
        assert_eq!(died, ["the process ended: signal 11\n  | words"]);
    }
}
