//! A program that makes calls, and how it is started.

use std::ffi::OsString;

use xtask::process::Cmd;

use crate::table::Row;

/// A program to be started as a worker, and the subjects that it calls.
pub struct Caller {
    /// The program and what comes before the rows.
    pub words: Vec<OsString>,
    pub subjects: Vec<&'static str>,
}

impl Caller {
    /// The line that starts it for these rows and these of its subjects, under another program such
    /// as valgrind if there is one.
    pub fn line(&self, under: &[&str], rows: &[&Row], subjects: &[&str]) -> Cmd {
        let rows: Vec<&str> = rows.iter().map(|row| row.id).collect();
        let under = under.iter().map(OsString::from);
        let mut words = under.chain(self.words.iter().cloned());
        Cmd::new(words.next().unwrap_or_default())
            .args(words)
            .arg(rows.join(","))
            .arg(subjects.join(","))
            // The order of sets and dictionaries is a matter of luck otherwise.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
    }
}
