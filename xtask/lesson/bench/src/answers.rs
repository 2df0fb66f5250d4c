//! What a contender has to answer before it is timed: what the core says, bit for bit.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// The right answers, each found once.
#[derive(Default)]
pub struct Answers {
    found: BTreeMap<String, String>,
}

impl Answers {
    /// Looks at the answer that `contender` gave for `row`.
    ///
    /// # Errors
    ///
    /// It is not the core's.
    pub fn check(&mut self, row: &str, contender: &str, answer: &str) -> Result<()> {
        let expected = self
            .found
            .entry(row.to_owned())
            .or_insert_with(|| expected(row).unwrap_or_else(|| answer.to_owned()));
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
            "{contender} gives a wrong answer for {row}, and is not timed\n\
             expected: {}\nanswered: {}",
            start_of(expected),
            start_of(answer)
        )
    }
}

/// What the workers print for a row; see `peers/c/worker.c`. None where the core has no answer, for
/// the version of the ABI: there all have to say what the first says, which has it from the header.
fn expected(row: &str) -> Option<String> {
    let bits = |number: f64| format!("{:016x}", number.to_bits());
    let (kind, size) = row.split_once('-').unwrap_or((row, ""));
    let size: usize = size.parse().unwrap_or(0);
    Some(match kind {
        "empty" => return None,
        "struct" => {
            let found = hello_core::root(2.25);
            let exact = u8::from(found.exact);
            format!("{} {} {exact}", bits(found.value), bits(found.root))
        }
        "text" => {
            let name: String = ('a'..='p').cycle().take(size).collect();
            hello_core::greet(&name).to_string()
        }
        "slice" => {
            let values: Vec<f64> = (0..size).map(|index| index as f64 + 0.5).collect();
            let mut roots = vec![0.0; size];
            hello_core::sqrt_all(&values, &mut roots);
            format!("{:016x}", checksum(&roots))
        }
        "error" => hello_core::checked_sqrt(-4.0)
            .err()
            .map_or_else(String::new, |error| error.to_string()),
        // A number, a status, a callback: the root of 2.
        _ => bits(hello_core::sqrt(2.0)),
    })
}

/// The bits of all, each weighted by its place: one that is wrong or elsewhere makes another sum.
fn checksum(roots: &[f64]) -> u64 {
    roots
        .iter()
        .zip((1_u64..).step_by(2))
        .fold(0, |sum: u64, (root, weight)| {
            sum.wrapping_add(root.to_bits().wrapping_mul(weight))
        })
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

    fn check(row: &str, contender: &str, answer: &str) -> Result<()> {
        Answers::default().check(row, contender, answer)
    }

    #[test]
    fn right_answers_pass() {
        check("sqrt", "c-c", "3ff6a09e667f3bcd").unwrap();
        check("struct", "c-c", "4002000000000000 3ff8000000000000 1").unwrap();
        check("text-3", "c-c", "Hello, abc!").unwrap();
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

    #[test]
    fn roots_that_change_places_are_noticed() {
        assert_ne!(checksum(&[1.0, 2.0]), checksum(&[2.0, 1.0]));
    }
}
