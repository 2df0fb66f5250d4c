//! Pages of the lesson as Markdown, in the dialect of MkDocs Material.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::page::{Block, Code, LINES, Page};
use crate::shell::Shown;

/// A page that is being written, one level below the book's root.
#[derive(Default)]
pub struct Markdown<'a> {
    pub text: String,
    /// The paths of the pages that a command can lead to, without their ends.
    linked: &'a [String],
    /// The language whose tab is open.
    tab: Option<&'static str>,
    /// Whether an answer is being folded.
    is_folded: bool,
}

impl<'a> Markdown<'a> {
    pub fn new(linked: &'a [String]) -> Markdown<'a> {
        Markdown {
            linked,
            ..Markdown::default()
        }
    }

    /// A block of Markdown, inside of the tab and the fold that are open.
    pub fn raw(&mut self, block: &str) {
        let depth = usize::from(self.tab.is_some()) + usize::from(self.is_folded);
        let indent = "    ".repeat(depth);
        self.text.push('\n');
        for line in block.trim_end().lines() {
            let indent = if line.is_empty() { "" } else { &indent };
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }

    /// A question whose answer is folded, up to the next stop.
    pub fn fold(&mut self, kind: &str, question: &str) {
        self.is_folded = false;
        let question = question.replace('"', "&quot;");
        self.raw(&format!("??? {kind} \"{question}\""));
        self.is_folded = true;
    }

    /// Code in a fence; one that is longer than any in it. A tab is spaces, as Markdown makes it.
    pub fn fence(&mut self, info: &str, text: &str) {
        let text = text.replace('\t', "    ");
        self.raw(&format!("`````` {info}\n{}\n``````", text.trim_end()));
    }

    /// A text whose code is between backticks: commands that have a page lead to it, and nothing outside of code is
    /// markup.
    pub fn prose(&self, text: &str) -> Result<String> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut out = String::new();
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 0 {
                let is_markup = |c| matches!(c, '*' | '_' | '<' | '[' | ']' | '#' | '|');
                for c in part.chars() {
                    out.extend(is_markup(c).then_some('\\'));
                    out.push(c);
                }
                continue;
            }
            match self.page_of(part)? {
                Some(page) => write!(out, "[`{part}`](../{page}.md)")?,
                None => write!(out, "`{part}`")?,
            }
        }
        Ok(out)
    }

    /// The page that a command shows.
    fn page_of(&self, command: &str) -> Result<Option<String>> {
        let mut words = command.split(' ');
        let folder = match (words.next(), words.next(), words.next()) {
            (Some("cargo"), Some("xtask"), Some("break")) => "museum",
            (Some("cargo"), Some("xtask"), Some("crossings")) => "crossings",
            _ => return Ok(None),
        };
        let Some(name) = words
            .next()
            .filter(|name| !name.starts_with('-') && *name != "NAME")
        else {
            return Ok(None);
        };
        let page = format!("{folder}/{name}");
        if !self.linked.contains(&page) {
            bail!("`{command}` is named, and there is no such page");
        }
        Ok(Some(page))
    }
}

impl Page for Markdown<'_> {
    fn put(&mut self, block: Block<'_>) -> Result<()> {
        match block {
            Block::Title(title) => self.raw(&format!("# {}", self.prose(title)?)),
            Block::Heading(text) => {
                (self.tab, self.is_folded) = (None, false);
                self.raw(&format!("## {text}"));
            }
            Block::Text(text) => self.raw(&self.prose(text)?),
            Block::Aside(_) => {}
            Block::Drawing(drawing) => {
                let drawing = abi_stages::page::escaped(drawing.trim_matches('\n'));
                // To be read aloud it says nothing: the text before it says the same.
                self.raw(&format!(
                    "<pre class=\"drawing\" aria-hidden=\"true\">\n{drawing}\n</pre>"
                ));
            }
            Block::Code(code) => self.code(code),
            Block::Shell([]) => {}
            Block::Shell(shown) => {
                let text: String = shown.iter().map(session).collect();
                self.fence("console", &text);
            }
            Block::Question(question) => self.fold("question", question),
            Block::Stop(_) => self.is_folded = false,
        }
        Ok(())
    }
}

impl Markdown<'_> {
    fn code(&mut self, code: Code<'_>) {
        self.is_folded = false;
        if self.tab != code.tab {
            self.tab = None;
            if let Some(tab) = code.tab {
                self.raw(&format!("=== \"{tab}\""));
                self.tab = code.tab;
            }
        }
        let language = match code.file.rsplit_once('.').map(|(_, end)| end) {
            Some("rs") => "rust",
            Some("c" | "h") => "c",
            Some("py") => "python",
            Some("diff") => "diff",
            Some("sh") => "sh",
            _ => "text",
        };
        let info = format!("{{ .{language} title=\"{}: {}\" }}", code.title, code.file);
        self.fence(&info, code.text);
    }
}

/// As a terminal shows it.
fn session(shown: &Shown) -> String {
    let mut text = format!("$ {}\n", shown.command);
    let lines = shown.output.iter().take(LINES).map(String::as_str);
    text.extend(lines.flat_map(|line| [line, "\n"]));
    if shown.output.len() > LINES {
        text += &format!("({} lines)\n", shown.output.len());
    }
    if let Some(end) = &shown.end {
        text += &format!("[{end}]\n");
    }
    text
}
