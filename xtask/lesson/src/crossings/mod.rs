//! `cargo xtask crossings`: a table of all kinds of crossing, or the lesson about one.

mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_stages::cli::{Arguments, number, usage_error};
use abi_stages::cli::{Command, Flags, Group, flags};
use abi_stages::pace;
use abi_stages::python::Environment;
use abi_stages::quote;
use abi_stages::say;
use abi_stages::term::{self, bold, cyan, dim, green, red};
use abi_stages::workspace::{self, Workspace};
use abi_verify::builds;
use abi_verify::cases::{self, Choice, LANGUAGES, Told};
use abi_verify::check::Finding;
use anyhow::{Context, Result, bail};

use crate::examples::{self, Language};
use crate::prose::{paragraph, sessions};
use crate::shell::{self, Shown};

pub use table::{CROSSINGS, Crossing};

use table::Note;

flags! {
    struct CrossingsFlags {
        all: "With a name: show the logic and the inside of pyhello as well",
        explain: "Without a name: say who owns what",
        step: "With a name: show one part at a time; Enter goes on, q ends",
        seed = "N": "What the random cases are drawn with [default: 1]",
        cases = "N": "How many calls a random line makes [default: what it says]",
    }
}

/// `cargo xtask crossings`.
pub const COMMAND: Command = Command {
    name: "crossings",
    group: Group::Learn,
    args: &[("[NAME]", "A kind of crossing [default: the table of all]")],
    about: "Show every kind of crossing, from every language; with a name, its lesson",
    details: "Without a name, the table: which functions, what they teach, and whether all languages \
              give the same answers. With a name: who owns what, with a drawing; the function in \
              Rust; what C sees of it; a program in C and one in Python, as a person would write \
              them, and what they print; questions with their answers, some of them run.\n\n\
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
    let lesson = name.map(|name| table::find(name)).transpose()?;
    let seed = number("seed", flags.seed.as_ref())?.unwrap_or(1);
    let count: Option<u64> = number("cases", flags.cases.as_ref())?;
    if count.is_some_and(|count| count > MOST_CASES) {
        return Err(usage_error(format!(
            "--cases takes at most {MOST_CASES}\nnext: draw others with another --seed"
        )));
    }
    if lesson.is_none() && (flags.all || flags.step) {
        return Err(usage_error(
            "--all and --step are for one crossing\nnext: name one of `cargo xtask crossings`",
        ));
    }
    if lesson.is_some() && flags.explain {
        return Err(usage_error(
            "--explain is for the table of all crossings\nnext: omit it; a lesson explains itself",
        ));
    }
    if flags.step {
        pace::begin()?;
    }
    builds::build_library(workspace)?;
    builds::build_module(workspace)?;
    builds::build_c(workspace)?;
    let choice = Choice {
        seed,
        random: count.map(|count| count as usize),
        ..Choice::ALL
    };
    let Some(crossing) = lesson else {
        return table(workspace, choice, flags.explain);
    };
    examples::build(workspace, [crossing], false)?;
    let lesson = Lesson {
        workspace,
        crossing,
        is_whole: flags.all,
        choice,
    };
    lesson.teach()?;
    Ok(ExitCode::SUCCESS)
}

/// That many are answered in seconds, and kept in memory.
const MOST_CASES: u64 = 10_000;

fn names() -> String {
    LANGUAGES.map(|language| language.name()).join("; ")
}

/// The cases of a crossing.
fn of<'a>(told: &'a [Told], crossing: &'a Crossing) -> impl Iterator<Item = &'a Told> {
    let is_of = |it: &&Told| crossing.functions.contains(&it.function.as_str());
    told.iter().filter(is_of)
}

fn table(workspace: &Workspace, choice: Choice, explain: bool) -> Result<ExitCode> {
    if explain {
        conventions(workspace)?;
    }
    let (told, findings) = cases::tell(workspace, choice)?;
    say!("Equal, bit for bit, in: {}\n", names())?;
    for crossing in CROSSINGS {
        let count = of(&told, crossing).count();
        let mut differs: Vec<String> = of(&told, crossing)
            .flat_map(|it| it.differs.clone())
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
        for note in crossing.notes {
            say!("           {}", dim(note.question))?;
        }
        if explain {
            paragraph(crossing.owners, "           ")?;
        }
    }
    complain(&findings)?;
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

/// What holds for every function: the comment of the header that says so.
fn conventions(workspace: &Workspace) -> Result<()> {
    let file = workspace.header();
    let text = workspace::read(&file)?;
    let comment = text
        .split("/*")
        .find(|comment| comment.starts_with("\n * Conventions"));
    let comment = comment.context("the header has no conventions at its top")?;
    let shown = workspace.relative(&file);
    heading("What holds for every function", &shown.to_string_lossy())?;
    let body = comment.split("*/").next().unwrap_or_default().trim();
    let plain = body
        .lines()
        .map(|line| line.trim_start().trim_start_matches('*'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines(plain)?;
    Ok(say!("")?)
}

/// One crossing, from Rust to what the programs print.
struct Lesson<'a> {
    workspace: &'a Workspace,
    crossing: &'a Crossing,
    /// Whether the logic and the inside of pyhello are shown as well.
    is_whole: bool,
    /// What the random cases are drawn with, and how many there are.
    choice: Choice,
}

impl Lesson<'_> {
    fn teach(&self) -> Result<()> {
        let crossing = self.crossing;
        say!("{}", bold(&format!("== {} ==", crossing.name)))?;
        say!("{}\n", crossing.teaches)?;
        paragraph(crossing.owners, "")?;
        say!("{}", crossing.drawing)?;
        pace::stop("Enter shows the function in Rust")?;
        self.rust()?;
        pace::stop("Enter shows what C sees of it")?;
        self.header()?;
        for language in Language::BOTH {
            pace::stop(&format!("Enter shows a program in {}", language.name()))?;
            let title = format!("A program in {}", language.name());
            self.quote(&title, &language.source(crossing), "")?;
            pace::stop("What will it print? Enter runs it")?;
            sessions(&examples::run(self.workspace, language, crossing)?, "  ")?;
        }
        for note in crossing.notes {
            pace::stop("Enter asks a question")?;
            self.note(note)?;
        }
        if let (Some((file, item)), true) = (crossing.pyhello, self.is_whole) {
            pace::stop("Enter shows the inside of pyhello")?;
            self.quote(
                "Inside pyhello",
                &format!("py-harness/src/pyhello/{file}"),
                item,
            )?;
        }
        pace::stop("Enter shows some of what all languages were asked")?;
        self.answers()
    }

    /// The functions without their documentation, which the header has.
    fn rust(&self) -> Result<()> {
        if let (Some((file, item)), true) = (self.crossing.core, self.is_whole) {
            self.quote("The logic", file, item)?;
        }
        for function in self.crossing.functions {
            let file = find_function(self.workspace, function)?;
            heading("The function in Rust", &file)?;
            let item = format!("fn {function}(");
            let text = quote::item(&self.workspace.source(&file), &item)?;
            lines(text.lines().filter(|line| !line.starts_with("///")))?;
        }
        Ok(())
    }

    /// The types and constants without their comments, because the functions have their own.
    fn header(&self) -> Result<()> {
        let file = self.workspace.header();
        let shown = self.workspace.relative(&file);
        heading("What C sees of it", &shown.to_string_lossy())?;
        let text = workspace::read(&file)?;
        for name in self.crossing.types {
            lines(type_in_c(&text, name)?)?;
        }
        for function in self.crossing.functions {
            lines(quote::item(&file, &format!("{function}("))?.lines())?;
        }
        Ok(())
    }

    fn note(&self, note: &Note) -> Result<()> {
        say!("\n{}", bold(note.question))?;
        paragraph(note.answer, "  ")?;
        let runs = note.runs.iter().map(|run| self.filled_in(run));
        let shown: Result<Vec<Shown>> = runs
            .map(|line| shell::run(self.workspace, &line?))
            .collect();
        sessions(&shown?, "  ")
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
    fn answers(&self) -> Result<()> {
        let crossing = self.crossing;
        let (told, findings) = cases::tell(self.workspace, self.choice)?;
        let count = of(&told, crossing).count();
        if count == 0 {
            bail!("no case is of the crossing `{}`", crossing.name);
        }
        heading(
            "What every language is asked:",
            "a case of each kind; hello-cdylib/cases has all",
        )?;
        for it in sample(of(&told, crossing)) {
            say!("  {}", shortened(&it.call))?;
            say!("    {} {}", cyan("->"), shortened(&it.answer))?;
        }
        complain(&findings)?;
        let verdict = format!("{} give the same {}", names(), term::count(count, "answer"));
        Ok(say!("  {}", green(&verdict))?)
    }

    /// An item, quoted from the file that runs.
    fn quote(&self, title: &str, file: &str, item: &str) -> Result<()> {
        heading(title, file)?;
        lines(quote::item(&self.workspace.source(file), item)?.lines())
    }
}

fn heading(title: &str, about: &str) -> Result<()> {
    Ok(say!("\n{} {}", bold(title), dim(about))?)
}

fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut lines = lines.into_iter();
    Ok(lines.try_for_each(|line| say!("  {} {line}", dim("|")))?)
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
