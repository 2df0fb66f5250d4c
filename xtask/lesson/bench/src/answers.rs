//! What a subject has to answer before it is timed: what the core says, bit for bit.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::table::{self, Row};

/// The right answers, each found once.
#[derive(Default)]
pub struct Answers {
    found: BTreeMap<String, String>,
}

impl Answers {
    /// Looks at the answer that `subject` gave for `row`.
    ///
    /// # Errors
    ///
    /// It is not the core's.
    pub fn check(&mut self, row: &str, subject: &str, answer: &str) -> Result<()> {
        let expected = self.found.entry(row.to_owned()).or_insert_with(|| {
            let expected = table::row(row).and_then(Row::expected);
            expected.unwrap_or_else(|| answer.to_owned())
        });
        // The message of an error says in front which function failed, and each library has its
        // own.
        let is_right = match row {
            "error" => answer.ends_with(expected.as_str()),
            _ => answer == expected,
        };
        if is_right {
            return Ok(());
        }
        bail!(
            "{subject} gives a wrong answer for {row}, and is not timed\n\
             expected: {}\nanswered: {}",
            start_of(expected),
            start_of(answer)
        )
    }
}

/// Not four thousand letters.
fn start_of(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &str, subject: &str, answer: &str) -> Result<()> {
        Answers::default().check(row, subject, answer)
    }

    #[test]
    fn right_answers_pass() {
        check("sqrt", "c-c", "3ff6a09e667f3bcd").unwrap();
        check("struct", "c-c", "4002000000000000 3ff8000000000000 1").unwrap();
        check("text-16", "c-c", "Hello, abcdefghijklmnop!").unwrap();
        check("error", "c-c", "f: -4.0 has no real square root").unwrap();
        check("slice-10", "c-c", "016b55cf199628ff").unwrap();
    }

    #[test]
    fn a_wrong_answer_is_an_error_that_names_the_contender() {
        for (row, answer) in [
            // The last bit, as of a root that is not correctly rounded.
            ("sqrt", "3ff6a09e667f3bcc"),
            ("slice-10", "016b55cf199628fe"),
            ("struct", "4002000000000000 3ff8000000000000 0"),
            ("text-16", "Hello, !"),
            ("error", ""),
        ] {
            let error = check(row, "ctypes", answer).unwrap_err().to_string();
            assert!(error.contains("ctypes gives a wrong answer"), "{error}");
            assert!(error.contains(row), "{error}");
        }
    }

    #[test]
    fn all_have_to_name_the_version_that_the_first_names() {
        let mut answers = Answers::default();
        answers.check("empty", "c-c", "7").unwrap();
        answers.check("empty", "c-rust", "7").unwrap();
        let error = answers.check("empty", "pyo3", "1").unwrap_err().to_string();
        assert!(error.contains("pyo3 gives a wrong answer"), "{error}");
    }
}
