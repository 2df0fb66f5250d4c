//! A page of the lesson, from top to bottom, and how it is set on a terminal. The book sets the same pages as
//! Markdown.

use abi_stages::cli::{Arguments, flags, usage_error};
use abi_stages::pace;
use abi_stages::say;
use abi_stages::term::{self, bold, dim};
use anyhow::Result;

use crate::museum::change::Change;
use crate::shell::{self, Shown};

const WIDTH: usize = 88;

/// A part of a page. Texts have code between backticks.
pub enum Block {
    Title(String),
    Heading(String),
    Text(String),
    Drawing(String),
    /// Part of a file.
    Code {
        title: String,
        file: String,
        /// If the same is shown in several languages: which one this is.
        tab: Option<&'static str>,
        text: String,
    },
    /// Commands and what they printed.
    Shell(Vec<Shown>),
    /// A question to think about; the answer follows, up to the next [`Block::Stop`].
    Question(String),
    /// Where a teacher stops: what Enter does.
    Stop(String),
}

flags! {
    /// The flags of a command that shows a page.
    pub struct PageFlags {
        step: "With a name: show one part at a time; Enter goes on, b Enter goes back, q Enter ends",
        from = "N": "With --step: begin at the stop with that number",
    }
}

/// Whether the page stops, and where it begins. What the flags need and lack is said before anything is built.
pub fn pace(arguments: &Arguments) -> Result<(bool, Option<usize>)> {
    let flags: PageFlags = arguments.flags();
    let from = pace::from(flags.from.as_ref(), flags.step)?;
    if flags.step && arguments.args.is_empty() {
        let command = arguments.command;
        return Err(usage_error(format!(
            "--step is for one page\nnext: name one of `cargo xtask {command}`"
        )));
    }
    if flags.step {
        pace::begin(usize::MAX, from)?;
    }
    Ok((flags.step, from))
}

#[derive(Default)]
pub struct Page {
    pub blocks: Vec<Block>,
}

impl Page {
    /// Adds a block of the kind that has a text alone.
    pub fn put(&mut self, kind: fn(String) -> Block, text: &str) {
        self.blocks.push(kind(text.to_owned()));
    }

    pub fn code(&mut self, title: &str, file: &str, tab: Option<&'static str>, text: String) {
        let (title, file) = (title.to_owned(), file.to_owned());
        self.blocks.push(Block::Code {
            title,
            file,
            tab,
            text,
        });
    }

    /// The diff of a change.
    pub fn change(&mut self, title: &str, change: &Change) {
        let file = change.file.to_string_lossy();
        self.code(title, &file, None, change.diff.clone());
    }

    /// Shows it on the terminal. With `--step`, it stops at each question and stop.
    pub fn show(&self, step: bool, from: Option<usize>) -> Result<()> {
        if step {
            let is_stop = |it: &&Block| matches!(it, Block::Question(_) | Block::Stop(_));
            pace::begin(self.blocks.iter().filter(is_stop).count(), from)?;
        }
        self.blocks.iter().try_for_each(show)
    }
}

fn show(block: &Block) -> Result<()> {
    match block {
        Block::Title(title) => say!("{}", bold(&format!("== {title} ==")))?,
        Block::Heading(text) => say!("\n{}", bold(text))?,
        Block::Text(text) => paragraph(text, "  ")?,
        Block::Drawing(drawing) => say!("{drawing}")?,
        Block::Code {
            title, file, text, ..
        } => {
            say!("\n{} {}", bold(title), dim(file))?;
            let mut lines = text.lines();
            lines.try_for_each(|line| say!("  {} {line}", dim("|")))?;
        }
        Block::Shell(shown) => {
            let text = shell::sessions(shown);
            text.lines().try_for_each(|line| say!("  {line}"))?;
        }
        Block::Question(question) => {
            say!("\n{}", bold(question))?;
            pace::stop("Enter answers")?;
        }
        Block::Stop(label) => pace::stop(label)?,
    }
    Ok(())
}

/// A paragraph, each of its lines behind `indent`.
pub fn paragraph(text: &str, indent: &str) -> Result<()> {
    let wrapped = term::wrap(text, WIDTH - indent.len());
    Ok(wrapped.iter().try_for_each(|line| say!("{indent}{line}"))?)
}

/// Does something that takes a while; on a terminal it says what.
pub fn working<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    term::status(&dim(&format!("{what} ...")))?;
    let done = work();
    term::clear_status()?;
    done
}
