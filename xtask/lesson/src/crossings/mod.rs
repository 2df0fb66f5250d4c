//! `cargo xtask crossings`: a table of all kinds of crossing, or the lesson about one.

mod table;

use std::path::Path;
use std::process::ExitCode;

use abi_stages::cli::{Arguments, Command, Flags};
use abi_stages::python::Environment;
use abi_stages::quote;
use abi_stages::say;
use abi_stages::term::{bold, cyan};
use abi_stages::workspace::{self, Workspace};
use abi_verify::{builds, other_version};
use anyhow::{Context, Result, ensure};

use crate::examples::{self, Language};
use crate::hello;
use crate::named;
use crate::page::{Block, Page, PageFlags, pace};
use crate::shell;

pub use table::{CROSSINGS, Crossing};

/// `cargo xtask crossings`.
pub const COMMAND: Command = Command {
    summary: hello::CROSSINGS,
    args: &[("[NAME]", "A kind of crossing [default: the table of all]")],
    details: "With a name: who owns what, with a drawing; a first attempt, and what goes wrong \
              with it; the function in Rust, in C and in Python; a program in C and one in Python, \
              and what they print; questions with their answers; and some of the cases that all \
              languages are asked.",
    flags: PageFlags::ALL,
    example: "cargo xtask crossings text-out --step",
    run,
};

/// `cargo xtask crossings`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let name = arguments.args.first();
    let crossing = name
        .map(|name| named(("crossing", "crossings"), CROSSINGS, |it| it.name, name))
        .transpose()?;
    let (step, from) = pace(arguments)?;
    let Some(crossing) = crossing else {
        return table();
    };
    build(workspace)?;
    examples::build(workspace, crossing)?;
    crossing.page(workspace)?.show(step, from)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds what the programs need.
pub fn build(workspace: &Workspace) -> Result<()> {
    builds::build_library(workspace)?;
    builds::build_module(workspace)
}

fn table() -> Result<ExitCode> {
    for crossing in CROSSINGS {
        let name = bold(&format!("{:9}", crossing.name));
        say!("{name}  {}", crossing.teaches)?;
        say!("           {}", cyan(&crossing.functions.join(", ")))?;
    }
    say!("\nA lesson each: `cargo xtask crossings text-out`")?;
    Ok(ExitCode::SUCCESS)
}

const HEADER: &str = "hello-cdylib/include/hello.h";
const CASES: &str = "hello-cdylib/cases";
const BARE: &str = "xtask/lesson/src/bare.rs";

impl Crossing {
    /// The lesson, from Rust to what the programs print.
    pub fn page(&self, workspace: &Workspace) -> Result<Page> {
        use Block::{Drawing, Heading, Question, Shell, Stop, Text, Title};
        let mut page = Page::default();
        page.put(Title, self.name);
        page.put(Text, self.teaches);
        page.put(Text, self.owners);
        page.put(Drawing, self.drawing);
        page.put(Stop, "Enter shows a first attempt");
        page.put(Heading, "A first attempt");
        let first = format!("fn {}(", self.file().replace('-', "_"));
        let (comment, code) = without_comment(&quoted(workspace, BARE, &first)?);
        page.code("Plain Rust, without help", BARE, None, code);
        page.put(Question, "What goes wrong with it?");
        page.put(Text, &comment);
        page.put(Stop, "Enter shows the function of this library");
        page.put(Heading, "The function, from each side");
        for function in self.functions {
            let file = find_function(workspace, function)?;
            let (_, code) = without_comment(&quoted(workspace, &file, &format!("fn {function}("))?);
            page.code("The function in Rust", &file, Some("Rust"), code);
        }
        page.put(Stop, "Enter shows what C sees of it");
        page.code(
            "What C sees of it",
            HEADER,
            Some("C"),
            self.declarations(workspace)?,
        );
        if let Some((file, item)) = self.pyhello {
            page.put(Stop, "Enter shows the inside of pyhello");
            let file = format!("py-harness/src/pyhello/{file}");
            let text = quoted(workspace, &file, item)?;
            page.code("Inside pyhello", &file, Some("Python"), text);
        }
        page.put(Heading, "A program in each language");
        if let Some((file, item)) = self.core {
            page.put(Stop, "Enter shows the logic");
            let title = "The logic, which Rust calls without a boundary";
            page.code(title, file, Some("Rust"), quoted(workspace, file, item)?);
        }
        for language in Language::BOTH {
            let name = language.name();
            page.put(Stop, &format!("Enter shows a program in {name}"));
            let file = language.source(self);
            let text = quoted(workspace, &file, "")?;
            page.code(&format!("A program in {name}"), &file, Some(name), text);
            page.put(Question, "What will it print?");
            let shown = examples::run(workspace, language, self)?;
            page.blocks.push(Shell(shown));
        }
        page.put(Heading, "Questions");
        for note in self.notes {
            page.put(Stop, "Enter asks a question");
            page.put(Question, note.question);
            page.put(Text, note.answer);
            for run in note.runs {
                let shown = shell::run(workspace, &self.filled_in(workspace, run)?)?;
                page.blocks.push(Shell(vec![shown]));
            }
        }
        page.put(Stop, "Enter shows some of the cases");
        page.put(Heading, "What every language is asked");
        page.code("Some of the cases", CASES, None, self.cases(workspace)?);
        let asked = "`cargo xtask verify c/cases-shared c/cases-static python/cases` asks C with the \
                     shared library, C with the static one, and Python: each has to give these answers, \
                     bit for bit.";
        page.put(Text, asked);
        Ok(page)
    }

    /// The first cases of each function that stand in a line.
    fn cases(&self, workspace: &Workspace) -> Result<String> {
        let mut chosen = String::new();
        for function in self.functions {
            let start = format!("{function}(");
            for file in workspace::files(&workspace.source(CASES))? {
                let text = workspace::read(&file)?;
                let is_case = |line: &&str| line.starts_with(&start) && line.contains(" -> ");
                let cases = text.lines().filter(is_case).take(6);
                chosen.extend(cases.flat_map(|case| [case, "\n"]));
            }
        }
        ensure!(!chosen.is_empty(), "no case is of `{}`", self.name);
        Ok(chosen)
    }

    /// What C sees, the types and constants without their comments, because the functions have their own.
    fn declarations(&self, workspace: &Workspace) -> Result<String> {
        let file = workspace.header();
        let types = self.types.iter().map(|start| type_in_c(&file, start));
        let functions = self.functions.iter();
        let functions = functions.map(|function| quote::item(&file, &format!("{function}(")));
        let all: Result<Vec<String>> = types.chain(functions).collect();
        Ok(all?.join("\n\n"))
    }

    /// A line of a note with its placeholders filled in.
    fn filled_in(&self, workspace: &Workspace, line: &str) -> Result<String> {
        let environment = Environment::of_pipeline(workspace);
        let mut line = line
            .replace("{c}", &Language::C.line(workspace, self))
            .replace("{python}", &workspace.shown(&environment.python()));
        if line.contains("{other}") {
            let (folder, ..) = other_version::replacement(workspace)?;
            line = line.replace("{other}", &workspace.shown(&folder));
        }
        Ok(line)
    }
}

/// An item of a file of the workspace.
fn quoted(workspace: &Workspace, file: &str, item: &str) -> Result<String> {
    quote::item(&workspace.source(file), item)
}

/// The comment above an item of Rust, as a text, and the item.
fn without_comment(item: &str) -> (String, String) {
    let is_comment = |line: &&str| line.starts_with("///");
    let (comment, code): (Vec<&str>, Vec<&str>) = item.lines().partition(is_comment);
    let comment = comment
        .iter()
        .map(|line| line.trim_start_matches('/').trim());
    (comment.collect::<Vec<_>>().join(" "), code.join("\n"))
}

/// The declaration of a type or a constant in a header, its comments left out.
fn type_in_c(header: &Path, start: &str) -> Result<String> {
    let item = quote::item(header, start)?;
    let is_code = |line: &&str| !line.trim_start().starts_with(['/', '*']);
    Ok(item.lines().filter(is_code).collect::<Vec<_>>().join("\n"))
}

/// The file of hello-cdylib that has a function of the C ABI, from the root.
fn find_function(workspace: &Workspace, function: &str) -> Result<String> {
    let package = workspace.library().cdylib;
    let file = quote::find(workspace, package, &format!("extern \"C\" fn {function}("));
    let file = file.with_context(|| format!("{package} has no function {function}"))?;
    Ok(file.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lesson quotes from files that change; each quote has to be found in them.
    #[test]
    fn every_quote_of_every_lesson_is_there() {
        let workspace = Workspace::locate(&hello::LIBRARY).unwrap();
        let quoted = |file: &str, item: &str| quote::item(&workspace.source(file), item).unwrap();
        for crossing in CROSSINGS {
            if let Some((file, item)) = crossing.core {
                quoted(file, item);
            }
            for function in crossing.functions {
                find_function(&workspace, function).unwrap();
                quoted("hello-cdylib/include/hello.h", &format!("{function}("));
            }
            if let Some((file, item)) = crossing.pyhello {
                quoted(&format!("py-harness/src/pyhello/{file}"), item);
            }
            for language in Language::BOTH {
                quoted(&language.source(crossing), "");
            }
            quoted(BARE, &format!("fn {}(", crossing.file().replace('-', "_")));
            assert!(crossing.cases(&workspace).unwrap().contains(" -> "));
        }
    }

    /// Who projects it has this much.
    #[test]
    fn every_drawing_fits_a_page() {
        for crossing in CROSSINGS {
            assert!(!crossing.drawing.is_empty(), "{}", crossing.name);
            for line in crossing.drawing.lines() {
                assert!(line.chars().count() <= abi_stages::pace::PAGE.0, "{line}");
            }
        }
    }

    #[test]
    fn types_are_quoted_without_their_comments() {
        let workspace = Workspace::locate(&hello::LIBRARY).unwrap();
        for crossing in CROSSINGS {
            for start in crossing.types {
                let item = type_in_c(&workspace.header(), start).unwrap();
                assert!(item.starts_with(start), "{item}");
                assert!(!item.contains("*/"), "{item}");
            }
        }
        let root = type_in_c(&workspace.header(), "typedef struct {").unwrap();
        assert!(root.ends_with("  bool exact;\n} HelloRoot;"), "{root}");
    }
}
