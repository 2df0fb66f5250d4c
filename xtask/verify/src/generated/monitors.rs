//! Random sequences of calls, under a monitor who sees what a single call does not show:
//! AddressSanitizer, a count of the library's memory, ThreadSanitizer.

use abi_stages::workspace::Workspace;
use anyhow::Result;
use cargo_abi::hostile::{Crash, Driver, Tables};

use super::caller::driver;
use super::interface::Interface;
use crate::builds::{self, Variant};
use crate::check::Finding;

const SEED: u64 = 1;

/// What goes wrong in sequences of one thread.
pub fn random_calls_are_clean(workspace: &Workspace) -> Result<Vec<Finding>> {
    seen_by(workspace, &[ADDRESS_SANITIZER, COUNT])
}

/// What goes wrong between two threads that take turns.
pub fn races(workspace: &Workspace) -> Result<Vec<Finding>> {
    seen_by(workspace, &[THREAD_SANITIZER])
}

fn seen_by(workspace: &Workspace, monitors: &[Monitor]) -> Result<Vec<Finding>> {
    let interface = Interface::of_both(workspace)?;
    let tables = Tables::new(&interface);
    let mut findings = Vec::new();
    for monitor in monitors {
        let mut driver = monitor.driver(workspace, &tables)?;
        findings.extend(monitor.run(&mut driver)?);
    }
    Ok(findings)
}

/// Who watches the library.
struct Monitor {
    name: &'static str,
    /// What is among its words when it sees something; none if it counts memory.
    words: Option<&'static str>,
    /// What the program is called, and how it is run.
    program: &'static str,
    flags: &'static [&'static str],
    calls: usize,
    library: Option<Variant>,
    /// How a caller makes a mistake that it sees.
    mistake: &'static str,
}

const ADDRESS_SANITIZER: Monitor = Monitor {
    name: "AddressSanitizer",
    words: Some("ERROR: AddressSanitizer"),
    program: "sequences-asan",
    flags: &[],
    calls: 1_000_000,
    library: Some(Variant::AddressSanitizer),
    mistake: "--careless",
};

const COUNT: Monitor = Monitor {
    name: "the count of its memory",
    words: None,
    program: "sequences",
    flags: &[],
    calls: 1_000_000,
    library: None,
    mistake: "--keeps-all",
};

/// Threads that take turns are slower, and there are fewer states to meet.
const THREAD_SANITIZER: Monitor = Monitor {
    name: "ThreadSanitizer",
    words: Some("WARNING: ThreadSanitizer: data race"),
    program: "sequences-tsan",
    flags: &["--by-turns"],
    calls: 20_000,
    library: Some(Variant::ThreadSanitizer),
    mistake: "--careless",
};

impl Monitor {
    /// Compiles the program with the library that is watched.
    fn driver<'t>(&self, workspace: &Workspace, tables: &'t Tables<'t>) -> Result<Driver<'t>> {
        let flags = match self.library {
            Some(Variant::AddressSanitizer) => builds::SANITIZERS.map(str::to_owned).to_vec(),
            // Only the library is watched: what hands the turn over must be no order to it.
            Some(_) => builds::thread_sanitizer_runtime(workspace)?,
            None => vec!["-DCOUNT_MEMORY".to_owned()],
        };
        let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        flags.extend(["-pthread", "-lm", "-ldl"]);
        driver(workspace, tables, self.program, &flags, self.library)
    }

    /// Runs it as it is, which has to end well; then with a caller who makes a mistake.
    fn run(&self, driver: &mut Driver<'_>) -> Result<Option<Finding>> {
        let counts = self.words.is_none();
        let (crashes, _) = driver.random(self.flags, self.calls, SEED, (counts, 1))?;
        let Some(crash) = crashes.first() else {
            return self.blindness(driver);
        };
        let Crash {
            played,
            origin,
            program,
            ..
        } = crash;
        let stderr: Vec<&str> = played.stderr.lines().take(30).collect();
        Ok(Some(Finding::new(format!(
            "seen by {} ({origin}): {}\n{program}{}",
            self.name,
            played
                .died
                .as_deref()
                .unwrap_or("all was given back, and it has blocks of memory more each time"),
            stderr.join("\n")
        ))))
    }

    /// A finding if a caller's mistake is not seen: then it does not watch. A caller who owns nothing has no
    /// such mistake to make.
    fn blindness(&self, driver: &Driver<'_>) -> Result<Option<Finding>> {
        if !driver.tables.has_owners() {
            return Ok(None);
        }
        let flags = [self.flags, &[self.mistake]].concat();
        let played = driver.play(&flags, &driver.batch(SEED, 0))?;
        let is_seen = match self.words {
            Some(words) => played.died.is_some() && played.stderr.contains(words),
            None => played.all("blocks").next() != played.all("blocks").next_back(),
        };
        Ok((!is_seen).then(|| {
            let name = self.name;
            Finding::new(format!(
                "{name} does not see a caller's mistake:\n{}",
                played.stderr
            ))
        }))
    }
}
