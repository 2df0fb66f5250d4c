//! Whether every pointer that a function can check is checked: NULL for each pointer parameter and for
//! all of them, each address that is not aligned, and arguments that no copy of fits into memory. And what
//! shows only after many calls, or beside many elements.

use std::collections::BTreeSet;

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::special::{self, Special};
use cargo_abi::hostile::{Driver, Function, Item, Kind, Played, Said, Tables};

use super::caller::{self, COUNTING};
use super::interface::Interface;
use crate::check::Finding;

/// The statuses that each function gave, as pairs of its name and the number.
pub fn statuses(workspace: &Workspace, interface: &Interface) -> Result<BTreeSet<(String, i128)>> {
    let tables = Tables::new(interface);
    let mut driver = caller::driver(workspace, &tables, "pointers", &COUNTING, None)?;
    driver.find_setup()?;
    let mut seen = BTreeSet::new();
    for (function, special) in calls(interface) {
        let played = driver.play(false, &[driver.after_setup(&[special.item])])?;
        let said = played.special().filter(|_| was_made(&special, &played));
        let said = said.filter(|_| function.has_status);
        seen.extend(said.map(|said| (function.name.clone(), said.status)));
    }
    Ok(seen)
}

/// Whether there was no memory, if that is what the call is about.
fn was_made(special: &Special, played: &Played) -> bool {
    special.item.kind != Kind::Memory
        || played.died.is_some()
        || played.special().is_some_and(|said| said.refused)
}

fn calls(interface: &Interface) -> Vec<(&Function, Special)> {
    let functions = interface.functions.iter().enumerate();
    let calls = functions.flat_map(|(index, function)| {
        let calls = special::calls(interface, index).into_iter();
        calls.map(move |special| (function, special))
    });
    calls.collect()
}

/// Every call that ended otherwise than it has to, or left something changed in the process.
pub fn invalid_pointers_are_refused(workspace: &Workspace) -> Result<Vec<Finding>> {
    let interface = &Interface::of_both(workspace)?;
    let tables = Tables::new(interface);
    let mut driver = caller::driver(workspace, &tables, "pointers", &COUNTING, None)?;
    for name in driver.find_setup()? {
        eprintln!("no call of {} makes a `{name}`", interface.library.header());
    }
    let mut findings = Vec::new();
    for (function, special) in calls(interface) {
        let item = special.item;
        let (played, changed) = looked_at(&driver, item)?;
        if !was_made(&special, &played) {
            continue;
        }
        let mut all = wrong(interface, function, item, &played)?;
        all.extend(special::wrong(&driver, item, &played)?);
        all.extend(changed);
        let text = |wrong| format!("`{}`, {}: {wrong}", function.name, special.what);
        findings.extend(all.into_iter().map(text).map(Finding::new));
    }
    Ok(findings)
}

/// Makes a call between looks at the handles, and returns what is said of these after it has failed. What
/// two looks before it do not agree about says nothing of the call.
fn looked_at(driver: &Driver<'_>, item: Item) -> Result<(Played, Vec<String>)> {
    let interface = driver.tables.interface;
    let is_reader = |index: &usize| interface.is_reader(&interface.functions[*index]);
    let readers: Vec<usize> = driver
        .tables
        .callable
        .iter()
        .copied()
        .filter(is_reader)
        .collect();
    let look = |&function: &usize| Item::of(function, Kind::Look);
    let looks: Vec<Item> = match matches!(item.kind, Kind::Many | Kind::Counted) {
        true => Vec::new(),
        false => readers.iter().map(look).collect(),
    };
    let items = [&looks[..], &looks, &[item], &looks].concat();
    let played = driver.play(true, &[driver.after_setup(&items)])?;
    let shown = played.said.iter().filter(|said| said.bytes < 0);
    let shown: Vec<&str> = shown.map(|said| said.shown.as_str()).collect();
    let mut changed = Vec::new();
    let count = looks.len();
    let failed = |said: &Said| said.status != 0 || !said.error.is_empty();
    if count > 0 && shown.len() == 3 * count && played.special().is_some_and(failed) {
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
    let Some(said) = played.special() else {
        return Ok(Vec::new());
    };
    let (status, error) = (said.status, said.error.as_str());
    let header = interface.library.header();
    let mut wrong = Vec::new();
    let returned = interface.status_name(status);
    let is_null = |at: &usize| item.nulls >> at & 1 != 0;
    let mut nulls = (0..function.signature.parameters.len()).filter(is_null);
    let has_last_error = interface
        .function(&interface.library.last_error())
        .is_some();
    let mut refused = |name: &str| -> Result<()> {
        if status != interface.status(name)? {
            let expected = interface.library.status_value(name);
            wrong.push(format!("it returned {returned} and not {expected}"));
        }
        Ok(())
    };
    let is_allowed = item.kind == Kind::Nulls && nulls.all(|at| function.may_be_null(at));
    match (item.kind, function.has_status) {
        (_, true) if is_allowed && status == interface.status("NULL_POINTER")? => {
            wrong.push(format!(
                "it returned {returned}, though its comment in {header} says that it may be NULL"
            ));
        }
        (_, false) if is_allowed && !error.is_empty() => wrong.push(format!(
            "it set the last error, \"{error}\", though its comment in {header} says that it may be NULL"
        )),
        _ if is_allowed => {}
        (Kind::Nulls, true) => refused("NULL_POINTER")?,
        (Kind::Misaligned, true) => refused("MISALIGNED")?,
        (Kind::Nulls, false) if error.is_empty() && !function.comment.contains("NULL") => {
            wrong.push(format!(
                "it returned and did not set the last error, and its comment in {header} does not say \
                 what NULL does"
            ));
        }
        (Kind::Misaligned, false) if has_last_error && error.is_empty() => {
            wrong.push("it returned and did not set the last error".to_owned());
        }
        _ => {}
    }
    let prefix = format!("{}: ", function.name);
    if status != 0 && has_last_error && !error.starts_with(&prefix) {
        wrong.push(format!(
            "it returned {returned}, and the last error, \"{error}\", does not begin with its name"
        ));
    }
    if said.wrote {
        wrong.push(format!(
            "it returned {returned}, and wrote a result nevertheless"
        ));
    }
    Ok(wrong)
}
