//! Whether every pointer that a function can check is checked: NULL for each pointer parameter and for
//! all of them, each address that is not aligned, and arguments that no copy of fits into memory. And what
//! shows only after many calls, or beside many elements.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::special::{self, Special};
use cargo_abi::hostile::{Driver, Function, Item, Kind, Played, Tables};

use super::caller::{Caller, LOOKING};
use super::interface::Interface;
use crate::builds;
use crate::check::Finding;

/// What a call has to lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expected {
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

const PLAIN: Caller<'_> = Caller {
    name: "pointers",
    flags: &LOOKING,
    under: &[],
    library: None,
};

/// Every call that ended otherwise than it has to, or left something changed in the process.
pub fn invalid_pointers_are_refused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    judged(workspace, &interface, &PLAIN)
}

/// The same with those who watch the memory: AddressSanitizer with UBSan, and valgrind.
pub fn invalid_pointers_under_tools(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let flags = [&builds::SANITIZERS[..], &["-pthread", "-lm"]].concat();
    let sanitized = Caller {
        name: "pointers-sanitized",
        flags: &flags,
        ..PLAIN
    };
    let watched = Caller {
        name: "pointers-valgrind",
        flags: &["-pthread", "-lm"],
        under: &[
            "valgrind",
            "--quiet",
            "--error-exitcode=9",
            "--leak-check=no",
        ],
        library: None,
    };
    let mut findings = judged(workspace, &interface, &sanitized)?;
    findings.extend(judged(workspace, &interface, &watched)?);
    Ok(findings)
}

/// The statuses that each function gave, as pairs of its name and the number.
pub fn statuses(workspace: &Workspace, interface: &Interface) -> Result<BTreeSet<(String, i128)>> {
    let tables = Tables::new(interface);
    let mut driver = PLAIN.driver(workspace, &tables)?;
    driver.find_setup()?;
    let mut seen = BTreeSet::new();
    for (function, special) in calls(interface) {
        let played = driver.play(&[], &[driver.after_setup(&[special.item])])?;
        let status = played
            .number("status")
            .filter(|_| was_made(&special, &played));
        seen.extend(status.map(|status| (function.name.clone(), status)));
    }
    Ok(seen)
}

/// Whether there was no memory, if that is what the call is about.
fn was_made(special: &Special, played: &Played) -> bool {
    special.item.kind != Kind::Memory
        || played.died.is_some()
        || played.number("refused") == Some(1)
}

fn calls(interface: &Interface) -> Vec<(&Function, Special)> {
    let functions = interface.functions.iter().enumerate();
    let calls = functions.flat_map(|(index, function)| {
        let calls = special::calls(interface, index).into_iter();
        calls.map(move |special| (function, special))
    });
    calls.collect()
}

fn expected(interface: &Interface, function: &Function, item: Item) -> Expected {
    let null = |at: &usize| item.nulls >> at & 1 != 0;
    let mut nulls = (0..function.signature.parameters.len()).filter(null);
    match (item.kind, function.has_status) {
        (Kind::Nulls, _) if nulls.all(|at| function.may_be_null(at)) => Expected::Accepted,
        (Kind::Nulls, true) => Expected::Refused("NULL_POINTER"),
        (Kind::Nulls, false) => Expected::Explained,
        (Kind::Misaligned, true) => Expected::Refused("MISALIGNED"),
        (Kind::Misaligned, false) if interface.has(&interface.library.last_error()) => {
            Expected::Noted
        }
        _ => Expected::Returns,
    }
}

/// Judges each call; under a tool only by what the tool ends: the rest is the same.
fn judged(
    workspace: &Workspace,
    interface: &Interface,
    caller: &Caller<'_>,
) -> Result<Vec<Finding>> {
    let tables = Tables::new(interface);
    let is_tool = caller.flags != LOOKING;
    let mut driver = caller.driver(workspace, &tables)?;
    if is_tool {
        let mut plain = PLAIN.driver(workspace, &tables)?;
        plain.find_setup()?;
        driver.set_up_as(&plain);
    } else {
        for name in driver.find_setup()? {
            eprintln!("no call of {} makes a `{name}`", interface.library.header());
        }
    }
    // The offsets of one parameter mostly have one cause.
    let mut causes: Vec<(String, String, Vec<String>)> = Vec::new();
    for (function, special) in calls(interface) {
        let item = special.item;
        if is_tool && matches!(item.kind, Kind::Memory | Kind::Many | Kind::Counted) {
            continue;
        }
        let (played, changed) = looked_at(&driver, item, is_tool)?;
        if !was_made(&special, &played) {
            continue;
        }
        let mut all = wrong(interface, function, item, &played)?;
        if is_tool {
            all.truncate(usize::from(played.died.is_some()));
        } else {
            all.extend(special::wrong(&driver, item, &played)?);
            all.extend(changed);
        }
        let start = format!("`{}`, {}", function.name, special.what);
        for wrong in all {
            let offset = (item.kind == Kind::Misaligned).then(|| item.number.to_string());
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
    Ok(findings.map(Finding::new).collect())
}

/// Makes a call between looks at the handles, and returns what is said of these after it has failed. What
/// two looks before it do not agree about says nothing of the call.
fn looked_at(driver: &Driver<'_>, item: Item, is_tool: bool) -> Result<(Played, Vec<String>)> {
    let interface = driver.tables.interface;
    let is_reader = |index: &usize| interface.is_reader(&interface.functions[*index]);
    let readers: Vec<usize> = driver
        .tables
        .callable
        .iter()
        .copied()
        .filter(is_reader)
        .collect();
    let look = |&function: &usize| Item {
        function,
        kind: Kind::Look,
        ..Item::default()
    };
    let looks: Vec<Item> = match is_tool || matches!(item.kind, Kind::Many | Kind::Counted) {
        true => Vec::new(),
        false => readers.iter().map(look).collect(),
    };
    let items = [&looks[..], &looks, &[item], &looks].concat();
    let played = driver.play(&["--keeps-all"], &[driver.after_setup(&items)])?;
    let shown: Vec<&str> = played.all("shown").collect();
    let status = played.number("status").unwrap_or_default();
    let error = played.all("error").next_back().unwrap_or_default();
    let mut changed = Vec::new();
    let count = looks.len();
    if count > 0 && shown.len() == 3 * count && (status != 0 || !error.is_empty()) {
        for (at, function) in readers.iter().enumerate() {
            if shown[at] == shown[at + count] && shown[at] != shown[at + 2 * count] {
                let name = &interface.functions[*function].name;
                changed.push(format!(
                    "it failed, and `{name}` then gives another result than before"
                ));
            }
        }
    }
    Ok((played, changed))
}

/// What is wrong with the way that a call ended, in words.
fn wrong(
    interface: &Interface,
    function: &Function,
    item: Item,
    played: &Played,
) -> Result<Vec<String>> {
    if let Some(died) = &played.died {
        let words = played.stderr.lines().take(20);
        let words = words
            .map(|words| format!("\n  | {words}"))
            .collect::<String>();
        return Ok(vec![format!("the process ended: {died}{words}")]);
    }
    let expected = expected(interface, function, item);
    let error = played.all("error").next_back().unwrap_or_default();
    let header = interface.library.header();
    let mut wrong = Vec::new();
    let status = played.number("status").unwrap_or_default();
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
        Expected::Accepted if !function.has_status && !error.is_empty() => {
            wrong.push(format!(
                "it set the last error, \"{}\", though its comment in {header} says that it may be \
                 NULL",
                error
            ));
        }
        Expected::Noted if error.is_empty() => {
            wrong.push("it returned and did not set the last error".to_owned());
        }
        Expected::Explained if error.is_empty() && !function.comment.contains("NULL") => {
            wrong.push(format!(
                "it returned and did not set the last error, and its comment in {header} does not say \
                 what NULL does"
            ));
        }
        _ => {}
    }
    let prefix = format!("{}: ", function.name);
    if status != 0 && interface.has(&interface.library.last_error()) && !error.starts_with(&prefix)
    {
        wrong.push(format!(
            "it returned {returned}, and the last error, \"{}\", does not begin with its name",
            error
        ));
    }
    if played.all("wrote").next().is_some() {
        wrong.push(format!(
            "it returned {returned}, and wrote a result nevertheless"
        ));
    }
    let left = played.all("left");
    wrong.extend(left.map(|what| format!("after the call {what}")));
    Ok(wrong)
}
