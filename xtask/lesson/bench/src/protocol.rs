//! How the workers are talked with: lines of words, so that a worker in any language is a few lines.
//!
//! At its start a worker does each of its calls once and prints
//!
//! ```text
//! has ROW SUBJECT ANSWER     it can do that; one call answers so
//! missing SUBJECT REASON     it cannot
//! ready
//! ```
//!
//! Then it reads `run ROW SUBJECT CALLS`, makes that many calls, and prints
//!
//! ```text
//! took CALLS LOOP              nanoseconds: of the calls with the loop, and of a loop without them
//! ```
//!
//! where LOOP is 0 if the loop shall not be subtracted. `count` in place of `run` asks for the calls
//! alone, for whoever counts instructions. It ends when its input does.

use anyhow::{Context, Result, bail};

/// A line of a worker's.
#[derive(Debug, PartialEq)]
pub enum Said {
    Has {
        row: String,
        subject: String,
        answer: String,
    },
    Missing {
        subject: String,
        reason: String,
    },
    Ready,
    Took {
        calls: u64,
        empty_loop: u64,
    },
}

/// Understands a line.
///
/// # Errors
///
/// It is none of the above.
pub fn parse(line: &str) -> Result<Said> {
    let line = line.trim_end_matches(['\n', '\r']);
    let unknown = || format!("a worker said what it should not: `{line}`");
    let number = |word: &str| word.parse().with_context(unknown);
    Ok(match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
        ["ready"] => Said::Ready,
        ["has", row, subject, answer] => Said::Has {
            row: row.into(),
            subject: subject.into(),
            answer: answer.into(),
        },
        ["missing", subject, ref reason @ ..] => Said::Missing {
            subject: subject.into(),
            reason: reason.join(" "),
        },
        ["took", calls, empty_loop] => Said::Took {
            calls: number(calls)?,
            empty_loop: number(empty_loop)?,
        },
        _ => bail!(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_understood() {
        assert_eq!(parse("ready\n").unwrap(), Said::Ready);
        assert_eq!(
            parse("has text-16 c-c Hello, you!\n").unwrap(),
            Said::Has {
                row: "text-16".into(),
                subject: "c-c".into(),
                answer: "Hello, you!".into()
            }
        );
        assert_eq!(
            parse("missing pyo3 No module named 'x'").unwrap(),
            Said::Missing {
                subject: "pyo3".into(),
                reason: "No module named 'x'".into()
            }
        );
        assert_eq!(
            parse("took 12 3").unwrap(),
            Said::Took {
                calls: 12,
                empty_loop: 3
            }
        );
    }

    #[test]
    fn anything_else_is_refused_with_the_line() {
        for line in ["", "hello", "has sqrt", "took 1", "took a 0", "ready now"] {
            let error = parse(line).unwrap_err();
            assert!(format!("{error:#}").contains(line), "{error:#}");
        }
    }
}
