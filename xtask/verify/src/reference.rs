//! The reference transcript: chosen cases with their answers, written down once, for every machine.
//!
//! The transcripts of two languages are compared on one machine, and all of them with the core: a core
//! that answers otherwise than it did, here or on another processor, is seen by none of these. In the
//! file each case stands on a line, and its answer below it, indented. The cases are chosen by a person;
//! `cargo xtask generate` writes the answers.
//!
//! * A NaN is written `nan`: neither its sign nor its payload is promised, and processors differ.
//! * `[64]` before a case says that its answer depends on the width of a pointer, and is that of 64
//!   bits. It is compared there alone.
//! * A line that begins with `#` is a comment.

use abi_stages::page::Page;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};

use crate::builds;
use crate::check::Finding;
use crate::implementations;
use crate::suite::Pages;

pub const PAGES: Pages = Pages {
    made_from: "its cases and Rust's answers",
    make: pages,
};

/// So many cases are shown.
const SHOWN: usize = 10;

/// The file, from the root, if the library has one.
pub fn file(workspace: &Workspace) -> Option<String> {
    let path = workspace.library().transcript.as_ref()?.reference?;
    Some(workspace.library().fill(path))
}

/// The cases that are not answered as it is written down.
pub fn differing(workspace: &Workspace) -> Result<Vec<Finding>> {
    let path = file(workspace).context("the row of names has no reference transcript")?;
    let mut cases = parse(&workspace::read(&workspace.source(&path))?)?;
    let written: Vec<Vec<String>> = cases.iter().map(|case| case.answer.clone()).collect();
    answer(workspace, &mut cases)?;
    let mut findings = Vec::new();
    for (case, written) in cases.iter().zip(written) {
        if case.answer != written {
            let text = format!(
                "`{}`: the answer that is written down is `{}`, and the core's is `{}`",
                case.line,
                written.join(" | "),
                case.answer.join(" | ")
            );
            findings.push(Finding::new(text).at(&path, case.number));
        }
    }
    let total = findings.len();
    findings.truncate(SHOWN);
    if total > SHOWN {
        findings.push(Finding::new(format!("and {} cases more", total - SHOWN)));
    }
    Ok(findings)
}

/// The file as it has to be.
fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let Some(path) = file(workspace) else {
        return Ok(Vec::new());
    };
    let text = workspace::read(&workspace.source(&path))?;
    let mut cases = parse(&text)?;
    answer(workspace, &mut cases)?;
    Ok(vec![Page::new(&path, render(&cases))])
}

/// Gives those cases that are for this machine the core's answers.
fn answer(workspace: &Workspace, all: &mut [Case]) -> Result<()> {
    let mut asked: Vec<&mut Case> = all.iter_mut().filter(|it| it.is_for(usize::BITS)).collect();
    if asked.is_empty() {
        bail!("there is no case in the reference transcript");
    }
    let cases = builds::verify(workspace, "cases-reference.txt");
    let text: String = asked.iter().flat_map(|case| [case.case(), "\n"]).collect();
    workspace::write(&cases, text.as_bytes())?;
    let implementation = implementations::reference(workspace)?;
    let transcript = implementations::transcript(workspace, implementation, &cases)?;
    let answers = divided(&String::from_utf8(transcript)?, asked.len())?;
    for (case, answer) in asked.iter_mut().zip(answers) {
        case.answer = answer;
    }
    Ok(())
}

/// The lines of a transcript, case by case, without the number: what the library prints itself
/// stands before its case's answer.
fn divided(transcript: &str, count: usize) -> Result<Vec<Vec<String>>> {
    let mut answers = vec![Vec::new()];
    for line in transcript.lines() {
        let number = format!("{} ", answers.len());
        let answer = answers.last_mut().context("there is one")?;
        match line.strip_prefix(&number) {
            Some(rest) => {
                answer.push(comparable(rest));
                answers.push(Vec::new());
            }
            None => answer.push(line.to_owned()),
        }
    }
    answers.pop();
    if answers.len() != count {
        bail!("{count} cases have {} answers", answers.len());
    }
    Ok(answers)
}

/// An answer with every NaN spelled in one way; what stands in quotes is text.
fn comparable(answer: &str) -> String {
    let words = |text: &str| -> String {
        let parts = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
        parts
            .map(|part| {
                let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
                match u64::from_str_radix(word, 16) {
                    Ok(bits) if word.len() == 16 && f64::from_bits(bits).is_nan() => {
                        format!("nan{}", &part[word.len()..])
                    }
                    _ => part.to_owned(),
                }
            })
            .collect()
    };
    let pieces = answer.split('"').enumerate();
    let pieces = pieces.map(|(index, piece)| match index % 2 {
        0 => words(piece),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("\"")
}

/// What stands in the file of a case.
struct Case {
    /// Of its line.
    number: usize,
    /// Before it.
    comments: Vec<String>,
    /// With its mark.
    line: String,
    answer: Vec<String>,
}

const MARK: &str = "[64] ";

impl Case {
    /// Without its mark.
    fn case(&self) -> &str {
        self.line.strip_prefix(MARK).unwrap_or(&self.line)
    }

    fn is_for(&self, bits: u32) -> bool {
        bits == 64 || !self.line.starts_with(MARK)
    }
}

fn parse(text: &str) -> Result<Vec<Case>> {
    let mut cases: Vec<Case> = Vec::new();
    let mut comments = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(answer) = line.strip_prefix("  ") {
            let case = cases.last_mut().context("an answer without a case")?;
            case.answer.push(answer.to_owned());
        } else if line.starts_with('#') || line.is_empty() {
            comments.push(line.to_owned());
        } else {
            if cases.iter().any(|case| case.line == line) {
                bail!("the case `{line}` stands in the reference transcript twice");
            }
            cases.push(Case {
                number,
                comments: std::mem::take(&mut comments),
                line: line.to_owned(),
                answer: Vec::new(),
            });
        }
    }
    Ok(cases)
}

fn render(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let answer = case.answer.iter().map(|line| format!("  {line}"));
        let comments = case.comments.iter().cloned();
        for line in comments.chain([case.line.clone()]).chain(answer) {
            text += &(line + "\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_a_nan_whatever_its_sign_and_payload() {
        for (answer, expected) in [
            ("scalar fff8000000000000", "scalar nan"),
            (
                "slice OK 7ff8000000001234,4000000000000000",
                "slice OK nan,4000000000000000",
            ),
            (
                "callback OK fff8000000000000:7ff8000000000000",
                "callback OK nan:nan",
            ),
            // Infinity, a text, and what is too long.
            ("scalar 7ff0000000000000", "scalar 7ff0000000000000"),
            (
                "text \"fff8000000000000\" fff8000000000000",
                "text \"fff8000000000000\" nan",
            ),
            ("text fff8000000000000a", "text fff8000000000000a"),
        ] {
            assert_eq!(comparable(answer), expected);
        }
    }

    #[test]
    fn a_file_is_read_and_written_as_it_is() {
        let text = "# Chosen.\n\nscalar 40\n  scalar 3f\nnothing\n  A line!\n  nothing void\n[64] slice x\n";
        let cases = parse(text).unwrap();
        assert_eq!(render(&cases), text);
        assert_eq!(cases[1].answer, ["A line!", "nothing void"]);
        assert_eq!((cases[2].number, cases[2].case()), (8, "slice x"));
        // What depends on the width of a pointer is nobody else's.
        assert!(cases[2].is_for(64) && !cases[2].is_for(32) && cases[1].is_for(32));
        assert!(parse("a\na\n").is_err() && parse("  b\n").is_err());
    }

    #[test]
    fn what_the_library_prints_belongs_to_the_case_after_it() {
        let answers = divided("1 scalar fff8000000000000\nA line!\n2 nothing void\n", 2).unwrap();
        assert_eq!(answers[0], ["scalar nan"]);
        assert_eq!(answers[1], ["A line!", "nothing void"]);
        assert!(divided("1 scalar 40\nA line!\n", 2).is_err());
    }
}
