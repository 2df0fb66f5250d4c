//! The caller in Rust: the core directly, and the shared library through libloading.
//!
//! ```text
//! xtask-bench-rust LIBRARY ARRAYS ROWS SUBJECTS
//! ```
//!
//! Prints what it has and then does what it is asked for; `xtask/lesson/bench/src/protocol.rs` has
//! the words. What is timed is the loop with the calls in it; `black_box` hides from the compiler
//! what goes in and what comes out.

mod arrays;
mod rows;

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, Write};

use libloading::Library;

use crate::arrays::Arrays;
use crate::rows::{Data, Subject};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [library, arrays, rows, names] = &words[..] else {
        return Err("usage: xtask-bench-rust LIBRARY ARRAYS ROWS SUBJECTS".into());
    };
    let arrays = Arrays::open(arrays)?;
    let mut subjects = Vec::new();
    for name in names.split(',') {
        match name {
            "rust" => subjects.push((name, Subject::Core)),
            "libloading" => {
                // SAFETY: the library has no initialisers.
                let library = unsafe { Library::new(library) }?;
                subjects.push((name, Subject::Library(library)));
            }
            _ => {}
        }
    }
    let mut prepared = HashMap::new();
    let mut out = io::stdout().lock();
    for row in rows.split(',') {
        let data = prepared.entry(row).or_insert(Data::of(row, &arrays));
        for (name, subject) in &subjects {
            if let Some(answer) = subject.run(data, 1) {
                let answer = data.take_roots().unwrap_or(answer);
                writeln!(out, "has {row} {name} {answer}")?;
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
        let mut known = subjects.iter();
        let (_, subject) = known.find(|it| it.0 == name).ok_or("no such subject")?;
        let data = prepared.get_mut(row).ok_or("no such row")?;
        if calls > 1 {
            // The caches are the other programs' until now.
            subject.run(data, calls / 16 + 1);
        }
        let begun = arrays.now();
        subject.run(data, calls).ok_or("no such row")?;
        writeln!(out, "took {} 0", arrays.now() - begun)?;
        out.flush()?;
    }
    Ok(())
}
