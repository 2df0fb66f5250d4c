//! `cargo xtask crossings`: a table of all kinds of crossing, or the lesson about one.

mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, usage_error};
use abi_stages::cli::{Command, Flags, Group, flags};
use abi_stages::pace;
use abi_stages::python::Environment;
use abi_stages::quote;
use abi_stages::say;
use abi_stages::term::{self, bold, cyan, green, red};
use abi_stages::workspace::{self, Workspace};
use abi_verify::builds;
use abi_verify::cases::{self, Choice, LANGUAGES, Told};
use abi_verify::check::Finding;
use anyhow::{Context, Result, bail};

use crate::examples::{self, Language};
use crate::page::{Block, Page, Terminal};
use crate::shell::{self, Shown};

pub use table::{CROSSINGS, Crossing};

flags! {
    struct CrossingsFlags {
        step: "With a name: show one part at a time; Enter goes on, b goes back, q ends",
        from = "N": "With --step: begin at the stop with that number",
    }
}

/// `cargo xtask crossings`.
pub const COMMAND: Command = Command {
    name: "crossings",
    group: Group::Learn,
    args: &[("[NAME]", "A kind of crossing [default: the table of all]")],
    about: "Show every kind of crossing, from every language; with a name, its lesson",
    details: "Without a name, the table: which functions, what they teach, and whether all languages \
              give the same answers. With a name: who owns what, with a drawing; a first attempt, and \
              what goes wrong with it; the function in Rust, in C and in Python; a program in C and one \
              in Python, as a person would write them, and what they print; questions with their \
              answers, some of them run.\n\n\
              All languages are asked the same cases, those of hello-cdylib/cases: calls with their \
              answers, and lines whose arguments are random. A lesson shows one case of each kind.",
    flags: CrossingsFlags::ALL,
    example: "cargo xtask crossings text-out --step",
    run,
};

/// `cargo xtask crossings`
pub fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: CrossingsFlags = arguments.flags();
    let name = arguments.args.first();
    let crossing = name.map(|name| table::find(name)).transpose()?;
    let from = pace::from(flags.from.as_ref(), flags.step)?;
    let Some(crossing) = crossing else {
        if flags.step {
            return Err(usage_error(
                "--step is for one crossing\nnext: name one of `cargo xtask crossings`",
            ));
        }
        build(workspace)?;
        return table(&cases::tell(workspace, CASES)?);
    };
    let lesson = Lesson {
        workspace,
        crossing,
    };
    if flags.step {
        pace::begin(lesson.stops()?, from)?;
    }
    build(workspace)?;
    examples::build(workspace, [crossing], false)?;
    lesson.teach(&mut Terminal)?;
    lesson.answers(&mut Terminal, &cases::tell(workspace, CASES)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What every language is asked.
pub const CASES: Choice = Choice::All;

/// Builds what the programs and the cases need.
pub fn build(workspace: &Workspace) -> Result<()> {
    builds::build_library(workspace)?;
    builds::build_module(workspace)
}

fn names() -> String {
    LANGUAGES.map(|language| language.name()).join("; ")
}

/// The cases of a crossing.
fn of<'a>(told: &'a [Told], crossing: &'a Crossing) -> impl Iterator<Item = &'a Told> {
    let is_of = |it: &&Told| crossing.functions.contains(&it.function.as_str());
    told.iter().filter(is_of)
}

fn table((told, findings): &Answers) -> Result<ExitCode> {
    say!("Equal, bit for bit, in: {}\n", names())?;
    for crossing in CROSSINGS {
        let count = of(told, crossing).count();
        let mut differs: Vec<&str> = of(told, crossing)
            .flat_map(|it| it.differs.iter().map(AsRef::as_ref))
            .collect();
        differs.sort_unstable();
        differs.dedup();
        let verdict = match (count, differs.is_empty()) {
            (0, _) => bail!("no case is of the crossing `{}`", crossing.name),
            (_, true) => green(&format!("equal ({})", term::count(count, "answer"))),
            (_, false) => red(&format!("differs in {}", differs.join(", "))),
        };
        say!("{}  {verdict}", bold(&format!("{:9}", crossing.name)))?;
        say!("           {}", crossing.teaches)?;
        say!("           {}", cyan(&crossing.functions.join(", ")))?;
    }
    complain(findings)?;
    say!("\nA lesson each: `cargo xtask crossings text-out`")?;
    Ok(ExitCode::SUCCESS)
}

/// An error that says what is wrong with the answers, if anything is.
fn complain(findings: &[Finding]) -> Result<()> {
    let words: Vec<String> = findings
        .iter()
        .map(|finding| match &finding.place {
            Some((file, line)) => format!("{}:{line}: {}", file.display(), finding.text),
            None => finding.text.clone(),
        })
        .collect();
    if !words.is_empty() {
        bail!("not every answer is right\n{}", words.join("\n"));
    }
    Ok(())
}

/// One case of each kind, the first: of each function a success, each kind of failure, a special value.
fn sample<'a>(told: impl Iterator<Item = &'a Told>) -> Vec<&'a Told> {
    fn kind(it: &Told) -> (&str, &str) {
        let word = it.answer.split([' ', ',']).next().unwrap_or_default();
        let is_special = ["nan", "-nan", "inf", "-0", "NULL"].contains(&word);
        let is_status = word.contains("_STATUS_");
        (
            &it.function,
            if is_special || is_status { word } else { "" },
        )
    }
    let mut chosen: Vec<&Told> = Vec::new();
    for it in told {
        if !chosen.iter().any(|other| kind(other) == kind(it)) {
            chosen.push(it);
        }
    }
    chosen
}

/// One crossing, from Rust to what the programs print.
pub struct Lesson<'a> {
    pub workspace: &'a Workspace,
    pub crossing: &'a Crossing,
}

const HEADER: &str = "hello-cdylib/include/hello.h";
const BARE: &str = "xtask/lesson/src/bare.rs";

/// What all languages answered, and what is wrong with it.
type Answers = (Vec<Told>, Vec<Finding>);

impl Lesson<'_> {
    /// How often a teacher stops.
    fn stops(&self) -> Result<usize> {
        let inside = [self.crossing.pyhello, self.crossing.core];
        let inside = inside.iter().flatten().count();
        let bare = 2 * usize::from(self.bare()?.is_some());
        Ok(bare + inside + 2 + 2 * Language::BOTH.len() + 2 * self.crossing.notes.len() + 1)
    }

    pub fn teach(&self, page: &mut dyn Page) -> Result<()> {
        let crossing = self.crossing;
        page.put(Block::Title(crossing.name))?;
        page.put(Block::Text(crossing.teaches))?;
        page.put(Block::Text(crossing.owners))?;
        page.put(Block::Drawing(crossing.drawing))?;
        if let Some((code, comment)) = self.bare()? {
            page.put(Block::Stop(
                "Enter shows the function as a first attempt writes it",
            ))?;
            page.put(Block::Heading("A first attempt"))?;
            page.code("Plain Rust, without help", BARE, None, &code)?;
            page.put(Block::Question("What goes wrong with it?"))?;
            page.put(Block::Text(&comment))?;
        }
        page.put(Block::Stop("Enter shows the function of this library"))?;
        page.put(Block::Heading("The function, from each side"))?;
        for function in crossing.functions {
            let file = find_function(self.workspace, function)?;
            let text = self.item(&file, &format!("fn {function}("))?;
            let (_, code) = without_comment(&text);
            page.code("The function in Rust", &file, Some("Rust"), &code)?;
        }
        page.put(Block::Stop("Enter shows what C sees of it"))?;
        page.code(
            "What C sees of it",
            HEADER,
            Some("C"),
            &self.declarations()?,
        )?;
        if let Some((file, item)) = crossing.pyhello {
            page.put(Block::Stop("Enter shows the inside of pyhello"))?;
            let file = format!("py-harness/src/pyhello/{file}");
            page.code(
                "Inside pyhello",
                &file,
                Some("Python"),
                &self.item(&file, item)?,
            )?;
        }
        page.put(Block::Heading("A program in each language"))?;
        if let Some((file, item)) = crossing.core {
            page.put(Block::Stop("Enter shows the logic"))?;
            let title = "The logic, which Rust calls without a boundary";
            page.code(title, file, Some("Rust"), &self.item(file, item)?)?;
        }
        for language in Language::BOTH {
            let name = language.name();
            page.put(Block::Stop(&format!("Enter shows a program in {name}")))?;
            let file = language.source(crossing);
            let title = format!("A program in {name}");
            page.code(&title, &file, Some(name), &self.item(&file, "")?)?;
            page.put(Block::Question("What will it print?"))?;
            page.put(Block::Shell(&examples::run(
                self.workspace,
                language,
                crossing,
            )?))?;
        }
        page.put(Block::Heading("Questions"))?;
        for note in crossing.notes {
            page.put(Block::Stop("Enter asks a question"))?;
            page.put(Block::Question(note.question))?;
            page.put(Block::Text(note.answer))?;
            let runs = note.runs.iter().map(|run| self.filled_in(run));
            let shown: Result<Vec<Shown>> = runs
                .map(|line| shell::run(self.workspace, &line?))
                .collect();
            page.put(Block::Shell(&shown?))?;
        }
        page.put(Block::Stop(
            "Enter shows some of what all languages were asked",
        ))?;
        Ok(())
    }

    /// The function as a first attempt writes it, and what goes wrong with it, if there is one.
    fn bare(&self) -> Result<Option<(String, String)>> {
        let file = self.workspace.source(BARE);
        let start = format!("fn {}(", self.crossing.file().replace('-', "_"));
        if !workspace::read(&file)?.contains(&start) {
            return Ok(None);
        }
        let item = quote::item(&file, &start)?;
        let (comment, code) = without_comment(&item);
        Ok(Some((code, comment)))
    }

    /// What C sees, the types and constants without their comments, because the functions have their own.
    fn declarations(&self) -> Result<String> {
        let file = self.workspace.header();
        let text = workspace::read(&file)?;
        let types = self.crossing.types.iter();
        let types = types.map(|name| Ok(type_in_c(&text, name)?.join("\n")));
        let functions = self.crossing.functions.iter();
        let functions = functions.map(|function| quote::item(&file, &format!("{function}(")));
        let all: Result<Vec<String>> = types.chain(functions).collect();
        Ok(all?.join("\n\n"))
    }

    /// A line of a note with its placeholders filled in.
    fn filled_in(&self, line: &str) -> Result<String> {
        let workspace = self.workspace;
        let shown = |file: &Path| workspace.relative(file).to_string_lossy().into_owned();
        let environment = Environment::of_pipeline(workspace);
        let mut line = line
            .replace("{c}", &Language::C.line(workspace, self.crossing))
            .replace("{python}", &shown(&environment.python()));
        if line.contains("{module}") {
            line = line.replace("{module}", &shown(&module(workspace)?));
        }
        if line.contains("{other}") {
            let folder = builds::build_other_version(workspace)?;
            line = line.replace("{other}", &shown(&folder));
        }
        Ok(line)
    }

    /// What the languages answer: all are compared, and of what is equal a sample is shown.
    pub fn answers(&self, page: &mut dyn Page, (told, findings): &Answers) -> Result<()> {
        let crossing = self.crossing;
        let count = of(told, crossing).count();
        if count == 0 {
            bail!("no case is of the crossing `{}`", crossing.name);
        }
        let mut text = String::new();
        for it in sample(of(told, crossing)) {
            text += &format!("{}\n  -> {}\n", shortened(&it.call), shortened(&it.answer));
        }
        page.put(Block::Heading("What every language is asked"))?;
        page.code("A case of each kind", "hello-cdylib/cases", None, &text)?;
        complain(findings)?;
        let verdict = format!(
            "{} give the same {}.",
            names(),
            term::count(count, "answer")
        );
        page.put(Block::Text(&verdict))
    }

    /// An item of the file that runs.
    fn item(&self, file: &str, item: &str) -> Result<String> {
        quote::item(&self.workspace.source(file), item)
    }
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
fn type_in_c<'a>(header: &'a str, name: &str) -> Result<Vec<&'a str>> {
    let lines: Vec<&str> = header.lines().collect();
    let is_first = |line: &&str| line.starts_with("typedef") || line.starts_with('#');
    let declares = |line: &&str| {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        (line.starts_with("} ") || is_first(line)) && words.any(|word| word == name)
    };
    let tag = format!("struct {name} {{");
    let (first, last) = match lines.iter().position(|line| *line == tag) {
        Some(first) => {
            let end = lines[first..].iter().position(|line| *line == "};");
            (first, first + end.unwrap_or_default())
        }
        None => {
            let last = lines.iter().position(declares);
            let last = last.with_context(|| format!("the header declares no `{name}`"))?;
            (
                lines[..=last].iter().rposition(is_first).unwrap_or(last),
                last,
            )
        }
    };
    let is_code = |line: &&str| !line.trim_start().starts_with(['/', '*']);
    let lines = lines[first..=last].iter().copied();
    Ok(lines.filter(is_code).collect())
}

/// The file of hello-cdylib that has a function of the C ABI, from the root.
fn find_function(workspace: &Workspace, function: &str) -> Result<String> {
    let package = workspace.library().cdylib;
    let file = quote::find(workspace, package, &format!("extern \"C\" fn {function}("));
    let file = file.with_context(|| format!("{package} has no function {function}"))?;
    Ok(file.to_string_lossy().into_owned())
}

/// Not more than a line or two.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(150) {
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

/// The extension module in the environment of stage 3.
fn module(workspace: &Workspace) -> Result<PathBuf> {
    let files = workspace::files(&workspace.pipeline("python"))?;
    let is_module = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("_hello.") && !name.ends_with(".pyi")
    };
    files.into_iter().find(is_module).context("no module")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lesson quotes from files that change; each quote has to be found in them.
    #[test]
    fn every_quote_of_every_lesson_is_there() {
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let quoted = |file: &str, item: &str| quote::item(&workspace.source(file), item).unwrap();
        let header = workspace::read(&workspace.header()).unwrap();
        for crossing in CROSSINGS {
            if let Some((file, item)) = crossing.core {
                quoted(file, item);
            }
            for function in crossing.functions {
                find_function(&workspace, function).unwrap();
                quoted("hello-cdylib/include/hello.h", &format!("{function}("));
            }
            for name in crossing.types {
                assert!(type_in_c(&header, name).unwrap().concat().contains(name));
            }
            if let Some((file, item)) = crossing.pyhello {
                quoted(&format!("py-harness/src/pyhello/{file}"), item);
            }
            for language in Language::BOTH {
                quoted(&language.source(crossing), "");
            }
        }
    }

    #[test]
    fn a_sample_has_one_of_each_kind() {
        let told = |call: &str, answer: &str| Told {
            function: call.split('(').next().unwrap_or_default().to_owned(),
            call: call.to_owned(),
            answer: answer.to_owned(),
            differs: Vec::new(),
        };
        let all = [
            told("f(10)", "X_STATUS_OK, x 1"),
            told("f(1)", "X_STATUS_OK, x 1"),
            told("f(-1)", "X_STATUS_DOMAIN \"no\""),
            told("g(nan)", "nan"),
            told("g(1)", "1"),
        ];
        let calls: Vec<&str> = sample(all.iter())
            .iter()
            .map(|it| it.call.as_str())
            .collect();
        assert_eq!(calls, ["f(10)", "f(-1)", "g(nan)", "g(1)"]);
    }

    /// Who projects it has this much.
    #[test]
    fn every_drawing_fits_a_page() {
        for crossing in CROSSINGS {
            assert!(!crossing.drawing.is_empty(), "{}", crossing.name);
            for line in crossing.drawing.lines() {
                assert!(line.chars().count() <= pace::PAGE.0, "{line}");
            }
        }
    }

    #[test]
    fn types_are_quoted_without_their_comments() {
        let header = "#define N 1\n\n/** Doc. */\ntypedef enum {\n  /**\n   * Doc.\n   */\n  A = 0,\n} \
                      E;\n\ntypedef struct S S;\ntypedef int (*F)(void *context);\n";
        let of = |name| type_in_c(header, name).unwrap().join("\n");
        assert_eq!(of("E"), "typedef enum {\n  A = 0,\n} E;");
        assert_eq!(of("S"), "typedef struct S S;");
        assert_eq!(of("N"), "#define N 1");
        assert!(of("F").contains("void *context"));
        assert!(type_in_c(header, "X").is_err());
    }
}
