//! What comes along with a library: size, time to load, threads, signal handlers, memory, and what
//! becomes of `fork` and of a standard output that nobody reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use abi_stages::process::Cmd;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::peers::{self, Peers};
use crate::show;
use crate::stats::Spread;

/// The languages of the libraries that are looked at; the last may be missing.
pub const LANGUAGES: [&str; 3] = ["C", "Rust", "Go"];

/// How often each library is loaded, in a process of its own.
const LOADS: usize = 41;

/// What a library brings into a process. Linux.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runtime {
    /// The language it is written in.
    pub language: String,
    /// Bytes of the shared library, stripped.
    pub size: u64,
    /// Nanoseconds to load it, look functions up, and call them once.
    pub load: Spread,
    /// Bytes of memory that are there after the first call and were not before.
    pub memory: i64,
    pub threads: i64,
    /// Signals that are handled otherwise than before.
    pub handlers: i64,
    /// Whether `dlclose` unloads it.
    pub unloads: bool,
    /// How a child fares that was forked after the first call and calls, too.
    pub fork: String,
    /// What printing does when nobody reads any more.
    pub closed_stdout: String,
}

/// Looks at every library that there is.
pub fn measure(workspace: &Workspace, peers: &Peers) -> Result<Vec<Runtime>> {
    let probe = peers::folder(workspace, "c").join("probe");
    peers::compile(workspace, &["c/probe.c"])?
        .arg("-Ixtask/verify/c")
        .args([
            "xtask/verify/support/process.c",
            "xtask/verify/support/program.c",
            "xtask/verify/c/footprint.c",
        ])
        .args(["-O2", "-ldl", "-o"])
        .arg(&probe)
        .check(workspace)?;
    let built = |language| Some((language, peers.libraries[language].as_ref().ok()?));
    let libraries: Vec<(&str, &PathBuf)> = LANGUAGES.into_iter().filter_map(built).collect();
    let ask = |library: &Path, question: &str| -> Result<BTreeMap<String, String>> {
        let line = Cmd::new(probe.clone()).arg(library).arg(question);
        Ok(facts(&line.check(workspace)?.stdout()))
    };
    show::status("loading the libraries")?;
    let mut loads = vec![Vec::new(); libraries.len()];
    for _ in 0..LOADS {
        for (loads, (_, library)) in loads.iter_mut().zip(&libraries) {
            loads.push(fact(&ask(library, "load")?, "load")?.parse()?);
        }
    }
    let mut found = Vec::new();
    for (loads, (language, library)) in loads.iter().zip(&libraries) {
        show::status(&format!("what comes along with {language}"))?;
        let mut facts = ask(library, "process")?;
        facts.extend(ask(library, "fork")?);
        facts.extend(ask(library, "stdout")?);
        found.push(Runtime {
            language: (*language).into(),
            size: library.metadata()?.len(),
            load: Spread::of(loads).context("nothing was loaded")?,
            memory: fact(&facts, "memory")?.parse()?,
            threads: fact(&facts, "threads")?.parse()?,
            handlers: fact(&facts, "handlers")?.parse()?,
            unloads: fact(&facts, "unloads")? == "yes",
            fork: fact(&facts, "fork")?.into(),
            closed_stdout: fact(&facts, "stdout")?.into(),
        });
    }
    Ok(found)
}

/// Lines of a name and a value.
fn facts(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn fact<'a>(facts: &'a BTreeMap<String, String>, name: &str) -> Result<&'a str> {
    let found = facts.get(name).map(String::as_str);
    found.with_context(|| format!("the probe says nothing of {name}"))
}

/// Of a language.
pub fn find<'a>(found: &'a [Runtime], language: &str) -> Option<&'a Runtime> {
    found.iter().find(|runtime| runtime.language == language)
}
