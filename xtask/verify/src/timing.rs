//! The check that no check depends on time: whoever waits for a moment to be over, or ends what takes
//! longer than a moment, has a check that is red on a busy machine.
//!
//! A line that has to do with time and decides nothing says so: with the words `decides nothing` and
//! the reason, in it or in the comment right above.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use abi_stages::workspace;
use anyhow::Result;

use crate::check::{Check, Finding};

pub const CHECK: Check = Check {
    id: "docs/timing",
    claim: "no check, test, exhibit or fault sleeps, and none has a limit below a minute",
    hint: "make the moment certain: hold the lock, let threads take turns, wait for the event itself; \
           a line that decides nothing says `decides nothing` and why",
    needs: &[],
    run: |workspace| {
        let mut findings = Vec::new();
        for file in sources(workspace.root())? {
            let text = workspace::read(&workspace.root().join(&file))?;
            // A fault of this check is what it must find, but not here.
            if text.contains(&format!("\ncheck: {}\n", CHECK.id)) {
                continue;
            }
            let problems = problems(&text).into_iter();
            findings.extend(problems.map(|(line, text)| Finding::new(text).at(&file, line)));
        }
        Ok(findings)
    },
};

/// Seconds that nothing takes, however busy the machine is.
const LEAST: f64 = 60.0;

const SLEEPS: [&str; 5] = [
    "sleep",
    "usleep",
    "nanosleep",
    "clock_nanosleep",
    "sleep_ms",
];
const LIMITS: [&str; 7] = [
    "alarm",
    "timeout",
    "from_secs",
    "from_millis",
    "setitimer",
    "join",
    "wait",
];

const CLOCKS: [&str; 2] = ["monotonic", "perf_counter"];

/// Every file that may wait, from the root. What measures time is about time.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    const LANGUAGES: [&str; 7] = ["rs", "c", "h", "py", "sh", "patch", "toml"];
    let mut sources = workspace::sources(root)?;
    sources.retain(|path| {
        let is_other = |name: &OsStr| name == "bench" || name.to_string_lossy().starts_with('.');
        let is_known = |end: &OsStr| LANGUAGES.iter().any(|known| end == *known);
        path.extension().is_some_and(is_known)
            && !path
                .parent()
                .is_some_and(|folder| folder.iter().any(is_other))
    });
    sources.sort();
    Ok(sources)
}

/// The lines that wait for time or have too short a limit, and what is wrong with each.
fn problems(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut problems = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let is_excused = lines[..=index]
            .iter()
            .rev()
            .enumerate()
            .take_while(|(above, line)| *above == 0 || is_comment(line))
            .any(|(_, line)| line.contains("decides nothing"));
        if is_excused {
            continue;
        }
        let shown = line.trim();
        for (name, rest) in words(line) {
            let is_call = rest.starts_with(['(', '=']) || number(rest).is_some();
            if !is_call || rest.starts_with("==") {
                continue;
            }
            if SLEEPS.contains(&name) {
                let text = format!("`{name}` waits for time, not for an event: {shown}");
                problems.push((index + 1, text));
                continue;
            }
            let limit = if CLOCKS.contains(&name) {
                // Now, and so many seconds more or less.
                line.rsplit(|c: char| !is_part(c) && c != '.')
                    .find_map(number)
            } else if LIMITS.contains(&name) || name.ends_with("_timeout") {
                let argument = rest.trim_start_matches(['(', '=', ' ']);
                let limit = number(argument).or_else(|| constant(text, argument));
                limit.map(|limit| limit / if name == "from_millis" { 1e3 } else { 1.0 })
            } else {
                None
            };
            // To cancel a limit is none.
            if limit.is_some_and(|limit| limit > 0.0 && limit < LEAST) {
                let text = format!("`{name}` is a limit below {LEAST} s: {shown}");
                problems.push((index + 1, text));
            }
        }
    }
    problems
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '+', '-']);
    ["//", "#", "/*", "*"]
        .iter()
        .any(|start| line.starts_with(start))
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names of a line, each with what follows it.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = line.char_indices().filter(move |(at, c)| {
        is_part(*c) && !c.is_ascii_digit() && !line[..*at].ends_with(is_part)
    });
    starts.map(|(at, _)| {
        let name = &line[at..];
        let (name, rest) = name.split_at(name.find(|c| !is_part(c)).unwrap_or(name.len()));
        (name, rest.trim_start())
    })
}

/// The number that a text begins with.
fn number(text: &str) -> Option<f64> {
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '.' | '_');
    let end = text.find(|c| !is_digit(c)).unwrap_or(text.len());
    text[..end]
        .replace('_', "")
        .trim_end_matches('.')
        .parse()
        .ok()
}

/// What a file says that the name is which `argument` begins with.
fn constant(text: &str, argument: &str) -> Option<f64> {
    let (name, _) = words(argument)
        .next()
        .filter(|(name, _)| argument.starts_with(name))?;
    let values = text
        .lines()
        .flat_map(words)
        .filter(|(other, _)| *other == name);
    let mut values = values.filter_map(|(_, rest)| {
        let (before, value) = rest.split_once('=')?;
        // Nothing but a type stands between.
        let is_type = before.is_empty() || before.starts_with(':');
        number(value.trim_start()).filter(|_| is_type)
    });
    values.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words are put in here, or this file would be found itself.
    fn found(text: &str) -> Vec<(usize, String)> {
        let words = [
            ("NAP", "sleep"),
            ("CALL", "alarm"),
            ("TIME", "timeout"),
            ("CLOCK", "monotonic"),
            ("MEET", "join"),
        ];
        let fill_in = |text: String, (name, word): (&str, &str)| text.replace(name, word);
        problems(&words.into_iter().fold(text.to_owned(), fill_in))
    }

    #[test]
    fn who_waits_for_time_is_found() {
        for line in [
            "    nanoNAP(&moment, NULL);",
            "time.NAP(0.2)",
            "+    thread::NAP(Duration::from_secs(100));",
            "NAP 5; kill $!",
        ] {
            assert_eq!(found(line).len(), 1, "{line}");
        }
        for line in ["It does not NAP.", "a_NAP(1)", "NAPy(1)", "NAP = NAPER"] {
            assert!(found(&line.replace("NAP =", "x =")).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_limit_below_a_minute_is_found() {
        for text in [
            "CALL(4);",
            "enum { FORKS = 200, SECONDS = 4 };\nCALL(SECONDS);",
            "const LIMIT: u64 = 20;\nrecv_TIME(LIMIT)",
            "run(line, TIME=5.5)",
            "TIME 59 cargo test",
            "thread.MEET(5)",
            "deadline = time.CLOCK() + 20",
            "while time.CLOCK() - start < 0.5:",
        ] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
        for text in [
            "CALL(0);",
            "CALL(60);",
            "TIME=120",
            "TIME = TIME_of_caller",
            "if TIME == 3",
            "TIME-minutes: 5",
            "thread.join()",
            "', '.join(words)",
            "start = time.CLOCK()",
            "deadline = time.CLOCK() + 600",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_decides_nothing_says_so() {
        let excuse = "// It is shown only, and decides nothing.";
        assert!(found(&format!("{excuse}\nNAP(1)")).is_empty());
        assert!(found(&format!("NAP(1) {excuse}")).is_empty());
        assert!(found(&format!("{excuse}\n// More.\nNAP(1)")).is_empty());
        assert_eq!(found(&format!("{excuse}\ng();\nNAP(1)")).len(), 1);
    }
}
