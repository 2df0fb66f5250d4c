//! A page of the lesson, from top to bottom, and how it is set on a terminal. The book sets the same pages as
//! Markdown.

use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{self, bold, cyan, dim, green, red, yellow};
use anyhow::Result;

use crate::shell::Shown;

/// How many lines of a long output are shown.
pub const LINES: usize = 40;

const WIDTH: usize = 88;

/// A part of a page. Texts have code between backticks.
pub enum Block<'a> {
    Title(&'a str),
    Heading(&'a str),
    Text(&'a str),
    /// A text for those who sit at a terminal.
    Aside(&'a str),
    Drawing(&'a str),
    Code(Code<'a>),
    /// Commands and what they printed.
    Shell(&'a [Shown]),
    /// A question to think about; the answer follows, up to the next [`Block::Stop`].
    Question(&'a str),
    /// Where a teacher stops: what Enter does.
    Stop(&'a str),
}

/// Part of a file.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    pub title: &'a str,
    pub file: &'a str,
    /// If the same is shown in several languages: which one this is.
    pub tab: Option<&'static str>,
    pub text: &'a str,
}

/// Where pages go.
pub trait Page {
    fn put(&mut self, block: Block<'_>) -> Result<()>;

    fn code(
        &mut self,
        title: &str,
        file: &str,
        tab: Option<&'static str>,
        text: &str,
    ) -> Result<()> {
        self.put(Block::Code(Code {
            title,
            file,
            tab,
            text,
        }))
    }
}

pub struct Terminal;

impl Page for Terminal {
    fn put(&mut self, block: Block<'_>) -> Result<()> {
        match block {
            Block::Title(title) => say!("{}", bold(&format!("== {title} ==")))?,
            Block::Heading(text) => say!("\n{}", bold(text))?,
            Block::Text(text) => paragraph(text, "  ")?,
            Block::Aside(text) => say!("  {}", dim(text))?,
            Block::Drawing(drawing) => say!("{drawing}")?,
            Block::Code(code) => {
                say!("\n{} {}", bold(code.title), dim(code.file))?;
                for line in code.text.lines() {
                    say!("  {} {}", dim("|"), painted(code.file, line))?;
                }
            }
            Block::Shell(shown) => sessions(shown)?,
            Block::Question(question) => {
                say!("\n{}", bold(question))?;
                pace::stop("Enter answers")?;
            }
            Block::Stop(label) => pace::stop(label)?,
        }
        Ok(())
    }
}

/// The colours of a diff.
fn painted(file: &str, line: &str) -> String {
    match line.as_bytes().first() {
        _ if !file.ends_with(".diff") => line.to_owned(),
        Some(b'+') => green(line),
        Some(b'-') => red(line),
        Some(b'@') => cyan(line),
        _ => line.to_owned(),
    }
}

/// A paragraph, each of its lines behind `indent`.
pub fn paragraph(text: &str, indent: &str) -> Result<()> {
    let wrapped = term::wrap(text, WIDTH - indent.len());
    Ok(wrapped.iter().try_for_each(|line| say!("{indent}{line}"))?)
}

fn sessions(shown: &[Shown]) -> Result<()> {
    for one in shown {
        say!("  {}", cyan(&format!("$ {}", one.command)))?;
        let mut lines = one.output.iter().take(LINES);
        lines.try_for_each(|line| say!("    {line}"))?;
        if one.output.len() > LINES {
            let count = format!("({} lines)", one.output.len());
            say!("    {}", dim(&count))?;
        }
        if let Some(end) = &one.end {
            say!("    {}", yellow(&format!("[{end}]")))?;
        }
    }
    Ok(())
}

/// Does something that takes a while; on a terminal it says what.
pub fn working<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    term::status(&dim(&format!("{what} ...")))?;
    let done = work();
    term::clear_status()?;
    done
}
