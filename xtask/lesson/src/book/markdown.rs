//! Pages of the lesson as Markdown, in the dialect of MkDocs Material.

use std::fmt::Write as _;

use crate::page::{Block, Page};
use crate::shell;

/// A page that is being written, one level below the book's root.
#[derive(Default)]
pub struct Markdown {
    text: String,
    /// The language whose tab is open.
    tab: Option<&'static str>,
    /// Whether an answer is being folded.
    is_folded: bool,
}

impl Markdown {
    /// A block of Markdown, inside of the tab and the fold that are open.
    fn raw(&mut self, block: &str) {
        let depth = usize::from(self.tab.is_some()) + usize::from(self.is_folded);
        let indent = "    ".repeat(depth);
        self.text.push('\n');
        for line in block.trim_end().lines() {
            let indent = if line.is_empty() { "" } else { &indent };
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }

    /// A question whose answer is folded, up to the next stop.
    fn fold(&mut self, question: &str) {
        self.is_folded = false;
        let question = question.replace('"', "&quot;");
        self.raw(&format!("??? question \"{question}\""));
        self.is_folded = true;
    }

    /// Code in a fence; one that is longer than any in it. A tab is spaces, as Markdown makes it.
    fn fence(&mut self, info: &str, text: &str) {
        let text = text.replace('\t', "    ");
        self.raw(&format!("`````` {info}\n{}\n``````", text.trim_end()));
    }

    /// A text whose code is between backticks: nothing outside of code is markup.
    pub fn prose(text: &str) -> String {
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
            out += &format!("`{part}`");
        }
        out
    }

    pub fn of(page: &Page) -> String {
        let mut markdown = Markdown::default();
        page.blocks.iter().for_each(|block| markdown.put(block));
        markdown.text
    }

    fn put(&mut self, block: &Block) {
        match block {
            Block::Title(title) => self.raw(&format!("# {}", Markdown::prose(title))),
            Block::Heading(text) => {
                (self.tab, self.is_folded) = (None, false);
                self.raw(&format!("## {text}"));
            }
            Block::Text(text) => self.raw(&Markdown::prose(text)),
            Block::Drawing(drawing) => {
                let drawing = abi_stages::page::escaped(drawing.trim_matches('\n'));
                // To be read aloud it says nothing: the text before it says the same.
                self.raw(&format!(
                    "<pre class=\"drawing\" aria-hidden=\"true\">\n{drawing}\n</pre>"
                ));
            }
            Block::Code {
                title,
                file,
                tab,
                text,
            } => self.code(title, file, *tab, text),
            Block::Shell(shown) if shown.is_empty() => {}
            Block::Shell(shown) => self.fence("console", &shell::sessions(shown)),
            Block::Question(question) => self.fold(question),
            Block::Stop(_) => self.is_folded = false,
        }
    }

    fn code(&mut self, title: &str, file: &str, tab: Option<&'static str>, text: &str) {
        self.is_folded = false;
        if self.tab != tab {
            self.tab = None;
            if let Some(tab) = tab {
                self.raw(&format!("=== \"{tab}\""));
                self.tab = Some(tab);
            }
        }
        let language = match file.rsplit_once('.').map(|(_, end)| end) {
            Some("rs") => "rust",
            Some("c" | "h") => "c",
            Some("py") => "python",
            Some("diff") => "diff",
            Some("sh") => "sh",
            _ => "text",
        };
        let info = format!("{{ .{language} title=\"{title}: {file}\" }}");
        self.fence(&info, text);
    }
}
