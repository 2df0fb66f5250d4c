//! A fault is a known way to break a workspace, with the checks that must notice and the words that they must
//! say. A check that no fault makes fail may be one that cannot fail.

use std::collections::BTreeSet;
use std::env;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use abi_stages::process::Cmd;
use abi_stages::step;
use abi_stages::workspace::{self, Workspace};
use abi_verify::Rows;
use abi_verify::copy::{self, Copy};
use abi_verify::report;
use anyhow::{Result, ensure};

pub struct Fault {
    pub name: &'static str,
    /// A file from the root, what stands in it exactly once, and what takes its place.
    pub edits: &'static [(&'static str, &'static str, &'static str)],
    pub header: Header,
    /// The id of each check that must notice, and words of its findings.
    pub noticed: &'static [(&'static str, &'static [&'static str])],
}

/// What becomes of the header after the edits.
#[derive(Clone, Copy)]
pub enum Header {
    Kept,
    /// It looks as if it had been generated as it was edited.
    #[allow(dead_code, reason = "not every package has such a fault")]
    Forged,
    #[allow(dead_code, reason = "no fault in what is shipped needs it")]
    /// It is made from the edited source, as its author would have done.
    Made,
}

/// The workspace that is broken: this one.
fn workspace() -> Workspace {
    Workspace::locate(&crate::library::LIBRARY).unwrap()
}

/// Every edit finds its place in the files of today, and every check of these has a fault.
pub fn fit(faults: &[&'static [Fault]], checks: &[&'static [abi_verify::check::Check]]) {
    let workspace = workspace();
    let mut names = BTreeSet::new();
    let mut misfits = Vec::new();
    for fault in faults.iter().copied().flatten() {
        assert!(names.insert(fault.name), "there are two `{}`", fault.name);
        for (file, old, _) in fault.edits {
            let count = match workspace::read(&workspace.source(file)) {
                Ok(text) => text.matches(old).count(),
                Err(_) => 0,
            };
            if count != 1 {
                let name = fault.name;
                misfits.push(format!(
                    "{name}: this stands {count} times in {file}:\n{old}"
                ));
            }
        }
    }
    assert!(misfits.is_empty(), "{}", misfits.join("\n\n"));
    let noticing = faults
        .iter()
        .copied()
        .flatten()
        .flat_map(|fault| fault.noticed);
    let proven: BTreeSet<&str> = noticing.map(|(id, _)| *id).collect();
    for check in checks.iter().copied().flatten() {
        let id = check.id;
        assert!(proven.contains(id), "no fault shows that `{id}` can fail");
    }
}

/// Tries each fault on a copy of the workspace, as many at a time as there are copies; with `FAULT=NAME,NAME` only
/// those.
pub fn are_noticed(faults: &[&'static [Fault]], rows: Vec<&'static Rows>, copies: u32) {
    abi_verify::add(rows);
    let workspace = workspace();
    // Nothing in the copy is built with the copy's own tools.
    let build = Cmd::cargo().args(["build", "--quiet", "--package", "xtask"]);
    build.check(&workspace).unwrap();
    let wanted = env::var("FAULT").ok();
    let is_wanted = |fault: &&Fault| {
        let mut names = wanted.iter().flat_map(|names| names.split(','));
        wanted.is_none() || names.any(|name| name == fault.name)
    };
    let waiting: Vec<&Fault> = faults.iter().copied().flatten().filter(is_wanted).collect();
    assert!(!waiting.is_empty(), "no fault is called {wanted:?}");
    // Those in the engine are one worker's, so that the engine is compiled once.
    let parts: (Vec<&Fault>, Vec<&Fault>) =
        waiting.into_iter().partition(|it| is_in_the_engine(it));
    let [engine, others] = [parts.0, parts.1].map(|part| Mutex::new(part.into_iter()));
    let problems = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 1..=copies {
            let (workspace, engine, others, problems) = (&workspace, &engine, &others, &problems);
            scope.spawn(move || {
                let copy = Copy::in_folder(workspace, &format!("faults/{worker}")).unwrap();
                let next = |list: &Mutex<std::vec::IntoIter<_>>| list.lock().unwrap().next();
                loop {
                    let first = (worker == 1).then(|| next(engine)).flatten();
                    let Some(fault) = first.or_else(|| next(others)) else {
                        return copy.restore().unwrap();
                    };
                    let started = Instant::now();
                    let tried = attempt(workspace, &copy, fault);
                    let time = started.elapsed().as_secs_f64();
                    let word = if tried.is_ok() { "noticed" } else { "MISSED" };
                    println!("{word:7}  {:32}  {time:5.1} s", fault.name);
                    if let Err(error) = tried {
                        let text = format!("{}: {error:#}", fault.name);
                        problems.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

fn attempt(original: &Workspace, copy: &Copy, fault: &Fault) -> Result<()> {
    copy.restore()?;
    for (file, old, new) in fault.edits {
        copy.edit(file, old, new)?;
    }
    match fault.header {
        Header::Kept => {}
        Header::Forged => copy.forge_header()?,
        Header::Made => copy.make_header()?,
    }
    // All tests of the package would take as long as all else: those that are named.
    let is_pytest = |id: &str| ["python/tests", "python/concurrency"].contains(&id);
    let pytest = fault.noticed.iter().filter(|(id, _)| is_pytest(id));
    let words = pytest.flat_map(|(_, words)| words.iter());
    let tests = words.filter(|word| word.starts_with("test_"));
    let names: Vec<&str> = tests.filter_map(|test| test.split('[').next()).collect();
    if !names.is_empty() {
        let chosen = format!("addopts = [\"-k\", \"{}\", ", names.join(" or "));
        copy.edit("py-harness/pyproject.toml", "addopts = [", &chosen)?;
    }
    for (id, words) in fault.noticed {
        let (told, shown) = match is_in_the_engine(fault) {
            false => {
                let told = copy.check(id)?;
                let shown = report::beginning(&told, report::LINES).join("\n");
                (told, shown)
            }
            true => told_by_its_own_program(original, copy, id)?,
        };
        ensure!(!told.is_empty(), "{id} passes in spite of it");
        let unsaid = copy::unsaid(&told, words);
        ensure!(
            unsaid.is_empty(),
            "{id} does not say {unsaid:?}; it says:\n{told}"
        );
        ensure!(
            words.iter().any(|words| shown.contains(words)),
            "{id} shows none of {words:?} before its report is cut; it shows:\n{shown}"
        );
    }
    Ok(())
}

/// A copy is looked at with the engine that this test is made of. What is broken in the engine shows in a
/// program that is compiled from the copy; what it depends on was compiled for this one.
fn is_in_the_engine(fault: &Fault) -> bool {
    let mut edits = fault.edits.iter();
    edits.any(|(file, ..)| file.starts_with("xtask/"))
}

/// What `verify` of the copy finds, and what it prints; nothing if the check passes.
fn told_by_its_own_program(
    original: &Workspace,
    copy: &Copy,
    id: &str,
) -> Result<(String, String)> {
    // The tools of others are not what is broken.
    let tools = original.program("ship-tools");
    if tools.is_dir() {
        let place = copy.workspace.target().join("debug/ship-tools");
        step::link(&tools.to_string_lossy(), &place)?;
    }
    let line = Cmd::cargo()
        .args(["xtask", "verify", id])
        .env("CARGO_BUILD_BUILD_DIR", original.target())
        .env("NO_COLOR", "1");
    let finished = line.output(&copy.workspace)?;
    if finished.status.success() {
        return Ok(Default::default());
    }
    let shown = finished.stdout();
    let mut told = shown.clone() + &finished.stderr();
    if let Some((_, rest)) = told.split_once("all of it: ") {
        let file = rest.lines().next().unwrap_or_default();
        told += &workspace::read(&copy.workspace.source(file))?;
    }
    Ok((told, shown))
}
