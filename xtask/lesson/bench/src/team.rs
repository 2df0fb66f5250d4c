//! How a worker is started.

use std::ffi::OsString;

use xtask::process::Line;

use crate::table::Row;

/// A worker to be started, and the contenders that it has.
pub struct Team {
    /// The program and what comes before the rows.
    pub words: Vec<OsString>,
    pub contenders: Vec<&'static str>,
    /// What comes behind the contenders.
    pub more: Vec<OsString>,
}

impl Team {
    /// Of any program, for tests.
    #[cfg(test)]
    pub fn of_words(words: &[&str], contenders: Vec<&'static str>) -> Team {
        Team {
            words: words.iter().map(OsString::from).collect(),
            contenders,
            more: Vec::new(),
        }
    }

    /// The line that starts it for these rows and these of its contenders.
    pub fn line(&self, rows: &[&Row], contenders: &[&str]) -> Line {
        self.line_under(&[], rows, contenders)
    }

    /// The same under another program, such as valgrind.
    pub fn line_under(&self, program: &[&str], rows: &[&Row], contenders: &[&str]) -> Line {
        let rows: Vec<&str> = rows.iter().map(|row| row.id).collect();
        let mut words = program
            .iter()
            .map(OsString::from)
            .chain(self.words.iter().cloned());
        Line::new(words.next().unwrap_or_default())
            .args(words)
            .arg(rows.join(","))
            .arg(contenders.join(","))
            .args(&self.more)
            // The order of sets and dictionaries is a matter of luck otherwise.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONDONTWRITEBYTECODE", "1")
    }
}
