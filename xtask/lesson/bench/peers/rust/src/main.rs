//! The caller in Rust: the core directly, and the shared library through libloading.
//!
//! ```text
//! xtask-bench-rust ROWS CONTENDERS LIBRARY
//! ```
//!
//! Prints what it has and then does what it is told; `xtask/lesson/bench/src/protocol.rs` has the words.
//! What is timed is the loop with the calls in it; `black_box` hides from the compiler what goes in
//! and what comes out.

mod clock;
mod core;
mod data;
mod library;

use std::error::Error;
use std::io::{self, BufRead, Write};

use crate::data::Data;

/// Who calls.
enum Caller {
    Core,
    Library(library::Library),
}

impl Caller {
    /// Does the row's call so many times; none if there is no such row.
    fn run(&self, row: &str, data: &mut Data, calls: u64) -> Option<()> {
        match self {
            Caller::Core => core::run(row, data, calls),
            Caller::Library(library) => library.run(row, data, calls),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [rows, names, path] = &words[..] else {
        return Err("usage: xtask-bench-rust ROWS CONTENDERS LIBRARY".into());
    };
    let mut callers = Vec::new();
    for name in names.split(',') {
        match name {
            "rust" => callers.push((name, Caller::Core)),
            "libloading" => {
                callers.push((name, Caller::Library(library::Library::open(path)?)));
            }
            _ => {}
        }
    }
    let mut data = Data::default();
    let mut out = io::stdout().lock();
    for row in rows.split(',') {
        for (name, caller) in &callers {
            // Made anew, so that what one wrote is not taken for the next one's.
            data.prepare("");
            data.prepare(row);
            if caller.run(row, &mut data, 1).is_some() {
                writeln!(out, "has {row} {name} {}", data.answer(row))?;
            }
        }
    }
    writeln!(out, "ready")?;
    out.flush()?;

    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let (Some("run" | "count"), Some(row), Some(name), Some(calls)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(format!("`{line}` is no request").into());
        };
        let calls: u64 = calls.parse()?;
        let (_, caller) = callers
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or("no such contender")?;
        data.prepare(row);
        if calls > 1 {
            // The caches are the other programs' until now.
            caller.run(row, &mut data, calls / 16 + 1);
        }
        let begun = clock::now();
        caller.run(row, &mut data, calls).ok_or("no such row")?;
        writeln!(out, "took {} 0", clock::now() - begun)?;
        out.flush()?;
    }
    Ok(())
}
