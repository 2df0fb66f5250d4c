//! The pages of the book, and their order.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::quote;
use abi_stages::runner::Section;
use abi_stages::say;
use abi_stages::stages::{self, Purpose};
use abi_stages::workspace::{self, Workspace};
use abi_verify::cases::{self, Choice};
use abi_verify::copy::Copy;
use anyhow::{Context, Result, ensure};

use super::FOLDER;
use super::markdown::Markdown;
use super::wasm;
use crate::crossings::{self, CROSSINGS, Crossing, Lesson};
use crate::examples;
use crate::exercises::{EXERCISES, judge_of};
use crate::museum::EXHIBITS;
use crate::museum::change::Change;
use crate::museum::exhibit::Tried;
use crate::museum::show::{self, Run};
use crate::page::{Block, Code, Page, working};
use crate::record::Records;

/// What MkDocs makes the site of.
pub struct Pages {
    /// By their path.
    pub files: Vec<(String, Vec<u8>)>,
    /// Their order, as mkdocs.yml has it.
    pub nav: String,
}

impl Pages {
    fn add(&mut self, path: &str, text: String) {
        self.files.push((format!("{path}.md"), text.into_bytes()));
    }

    /// A page on the first level of the order.
    fn page(&mut self, title: &str, path: &str, text: String) {
        let _ = writeln!(self.nav, "  - {title}: {path}.md");
        self.add(path, text);
    }

    /// A folder: its first page, and those that follow.
    fn folder(&mut self, title: &str, folder: &str, first: String, pages: Vec<(&str, String)>) {
        let _ = writeln!(self.nav, "  - {title}:\n    - {folder}/index.md");
        self.add(&format!("{folder}/index"), first);
        for (name, text) in pages {
            let _ = writeln!(self.nav, "    - {name}: {folder}/{name}.md");
            self.add(&format!("{folder}/{name}"), text);
        }
    }
}

/// Every page; runs what has to be run.
pub fn all(workspace: &Workspace) -> Result<Pages> {
    let records = Records::of(workspace)?;
    let exhibits = Change::all(workspace, EXHIBITS)?;
    let exhibit_pages = exhibits.iter().map(|it| format!("museum/{}", it.name));
    let crossing_pages = CROSSINGS.iter().map(|it| format!("crossings/{}", it.name));
    let linked: Vec<String> = exhibit_pages.chain(crossing_pages).collect();
    let mut pages = Pages {
        files: Vec::new(),
        nav: String::new(),
    };
    let own = |name: &str| workspace::read(&workspace.source(FOLDER).join(name));
    pages.page("Home", "index", own("index.md")?);
    let (first, of_stages) = stages_of(workspace, &records, &linked)?;
    pages.folder("Stages", "stages", first, of_stages);
    let module = working("compiling the library for the boxes", || {
        wasm::script(workspace)
    })?;
    let (first, of_crossings) = crossings_of(workspace, &records, &linked, module.is_some())?;
    pages.folder("Crossings", "crossings", first, of_crossings);
    let (first, of_exhibits) = museum_of(workspace, &records, &exhibits, &linked)?;
    pages.folder("Museum", "museum", first, of_exhibits);
    let (first, of_exercises) = exercises_of(workspace, &linked)?;
    pages.folder("Exercises", "exercises", first, of_exercises);
    pages.page(
        "Costs",
        "costs",
        read(workspace, "xtask/lesson/bench/figures.md")?,
    );
    let share = section(workspace, "README.md", "## Start your own")?;
    let function = section(
        workspace,
        "hello-cdylib/README.md",
        "## A function of yours",
    )?;
    let deeper = function.replacen("## ", "### ", 1);
    pages.page(
        "Share yours",
        "share",
        format!("{share}\n{deeper}").replacen("## ", "# ", 1),
    );
    let teachers = own("teachers.md")?;
    pages.folder(
        "Teachers",
        "teachers",
        teachers,
        vec![("solutions", solutions(workspace)?)],
    );
    let words = section(workspace, "ARCHITECTURE.md", "## Words")?;
    pages.page("Words", "words", words.replacen("## ", "# ", 1));

    for (from, to) in [
        (
            "xtask/lesson/recording/demo.svg".to_owned(),
            "assets/demo.svg".to_owned(),
        ),
        (format!("{FOLDER}/book.css"), "assets/book.css".to_owned()),
        (
            format!("{FOLDER}/iframe-worker.js"),
            "assets/iframe-worker.js".to_owned(),
        ),
    ] {
        pages
            .files
            .push((to, fs::read(workspace.source(&from)).context(from)?));
    }
    match module {
        Some(module) => pages
            .files
            .push(("assets/hello.wasm.js".to_owned(), module.into_bytes())),
        None => say!(
            "no box in the book calls the library: rustc cannot compile to WebAssembly here\n\
             next: rustup target add wasm32-unknown-unknown"
        )?,
    }
    for file in workspace::files(&workspace.source("xtask/lesson/bench/records"))? {
        if file.extension().is_some_and(|end| end == "svg") {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            pages
                .files
                .push((format!("records/{name}"), fs::read(&file)?));
        }
    }
    Ok(pages)
}

/// A file of the workspace as a page: its links lead into the workspace, where the book cannot follow.
fn read(workspace: &Workspace, path: &str) -> Result<String> {
    Ok(without_links(&workspace::read(&workspace.source(path))?))
}

/// The part of a file below a heading, to the next of that level.
fn section(workspace: &Workspace, path: &str, heading: &str) -> Result<String> {
    let text = read(workspace, path)?;
    let at = text
        .find(heading)
        .with_context(|| format!("{path} has no `{heading}`"))?;
    let end = text[at + 3..]
        .find("\n## ")
        .map_or(text.len(), |end| at + 3 + end + 1);
    Ok(text[at..end].to_owned())
}

/// `[text](file)` becomes `text`, if the file is one of the workspace, and `console run` a language.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (before, link) = rest.split_at(middle);
        let end = link.find(')').unwrap_or(link.len() - 1);
        let target = &link[2..end];
        match before.rfind('[') {
            Some(open) if !before[..open].ends_with('!') && !target.starts_with("http") => {
                out += &before[..open];
                out += &before[open + 1..];
            }
            _ => {
                out += before;
                out += &link[..=end];
            }
        }
        rest = &link[end + 1..];
    }
    (out + rest).replace("```console run", "```console")
}

type Folder = (String, Vec<(&'static str, String)>);

fn stages_of(workspace: &Workspace, records: &Records, linked: &[String]) -> Result<Folder> {
    let sections = stages::of_command(workspace, "demo", Purpose::Run)?;
    let printed: String = working("running the three stages", || {
        records.kept("demo", Path::new("xtask/src"), || {
            let line = Cmd::xtask("demo").args(["--fresh", "--color", "never"]);
            let finished = line.check(workspace)?;
            let root = format!("{}/", workspace.root().display());
            let printed = finished.stdout().replace(&root, "");
            Ok(printed.replace("target/fresh/", "target/"))
        })
    })?;
    let mut printed = printed
        .split("\n== ")
        .map(|part| part.split("\n\n").skip(1));
    let mut first = String::from(
        "# Three stages\n\nOne function, called from Rust, from C and from Python. \
         `cargo xtask demo --step` shows the same, a step at a time.\n\n",
    );
    let mut pages = Vec::new();
    for section in &sections {
        let outputs = printed.next().context("a stage printed nothing")?;
        let text = stage(workspace, section, outputs.collect(), linked)?;
        let about = workspace.library().fill(section.about);
        let name = section.name;
        let _ = writeln!(first, "* [{}]({name}.md): {about}", section.heading);
        pages.push((name, text));
    }
    Ok((first, pages))
}

/// The steps of a stage, with what was printed by each.
fn stage(
    workspace: &Workspace,
    section: &Section,
    printed: Vec<&str>,
    linked: &[String],
) -> Result<String> {
    let fill = |text: &str| workspace.library().fill(text);
    let mut page = Markdown::new("../", linked);
    page.put(Block::Title(&section.heading))?;
    page.put(Block::Text(&fill(section.about)))?;
    let (shown, steps) = (printed.len(), section.steps.len());
    ensure!(
        shown >= steps,
        "{shown} of {steps} steps printed something:\n{printed:?}"
    );
    for (number, (step, printed)) in (1..).zip(section.steps.iter().zip(printed)) {
        let heading = format!("{number}. {}", step.title);
        let lines = printed.strip_prefix(&heading);
        let lines = lines.with_context(|| format!("step `{heading}` printed:\n{printed}"))?;
        page.put(Block::Heading(&heading))?;
        if let Some(source) = &step.source {
            let text = quote::of(workspace, source)?;
            let file = &source.file.to_string_lossy();
            let code = Code {
                title: "What it is about",
                file,
                tab: None,
                text: &text,
            };
            page.put(Block::Code(code))?;
        }
        page.put(Block::Question(&fill(step.asks)))?;
        let lines = lines
            .lines()
            .map(|line| line.strip_prefix("   ").unwrap_or(line));
        page.fence(
            "console",
            lines.collect::<Vec<_>>().join("\n").trim_matches('\n'),
        );
        page.put(Block::Text(&fill(step.why)))?;
    }
    Ok(page.text)
}

/// Where a reader calls the library; what it does is in `try.js`. Without scripts there is none.
fn box_of(crossing: &str) -> String {
    format!(
        "\n<div class=\"try\" data-crossing=\"{crossing}\" data-root=\"../\" hidden>\n<p><strong>Call it \
         yourself.</strong> This page calls the functions of the header, as C does; they are those of this \
         library, compiled to WebAssembly. Python cannot run here: above is what it printed.</p>\n</div>\n"
    )
}

fn crossings_of(
    workspace: &Workspace,
    records: &Records,
    linked: &[String],
    has_boxes: bool,
) -> Result<Folder> {
    let made = records.kept("crossings", Path::new("xtask/lesson/src"), || {
        let told = working("asking every language", || {
            crossings::build(workspace)?;
            examples::build(workspace, CROSSINGS, false)?;
            cases::tell(
                workspace,
                Choice {
                    seed: 1,
                    ..Choice::ALL
                },
            )
        })?;
        let page = |crossing: &'static Crossing| {
            let mut page = Markdown::new("../", linked);
            let lesson = Lesson {
                workspace,
                crossing,
                is_whole: true,
            };
            let what = format!("running the programs of {}", crossing.name);
            working(&what, || lesson.teach(&mut page))?;
            lesson.answers(&mut page, &told)?;
            Ok(page.text)
        };
        CROSSINGS.iter().map(page).collect::<Result<Vec<String>>>()
    })?;
    let mut first = String::from(
        "# Every kind of crossing\n\nA function or two for each, and all languages give the same answers.\n\n\
         | crossing | functions | what it teaches |\n| --- | --- | --- |\n",
    );
    let mut pages = Vec::new();
    for (crossing, text) in CROSSINGS.iter().zip(made) {
        let text = match has_boxes {
            true => text.replacen(
                "\n## Questions",
                &format!("{}\n## Questions", box_of(crossing.name)),
                1,
            ),
            false => text,
        };
        let (name, functions) = (crossing.name, crossing.functions.join("`, `"));
        let teaches = Markdown::new("../", linked).prose(crossing.teaches)?;
        let _ = writeln!(first, "| [{name}]({name}.md) | `{functions}` | {teaches} |");
        pages.push((name, text));
    }
    Ok((first, pages))
}

fn museum_of<'a>(
    workspace: &Workspace,
    records: &Records,
    exhibits: &'a [Change],
    linked: &[String],
) -> Result<(String, Vec<(&'a str, String)>)> {
    let copy = Copy::in_folder(workspace, "break")?;
    let mut pages = Vec::new();
    for exhibit in exhibits {
        let what = format!("breaking {}", exhibit.name);
        let tried = working(&what, || {
            records.kept(&exhibit.name, &exhibit.folder, || {
                Tried::new(workspace, &copy, exhibit)
            })
        })?;
        let mut page = Markdown::new("../", linked);
        let mut run = |run: Run| {
            Ok(match run {
                Run::Before => tried.before.clone(),
                Run::Damage => tried.damage.clone(),
                Run::Notice => tried.notice.clone(),
            })
        };
        show::show(workspace, exhibit, true, &mut run, &mut page)?;
        if let Some(reason) = &tried.absent {
            page.raw(&format!(
                "!!! warning \"It was not run for this book: {reason}\""
            ));
        }
        pages.push((exhibit.name.as_str(), page.text));
    }
    copy.restore()?;
    let list = read(workspace, "xtask/lesson/exhibits/README.md")?;
    let first: Vec<String> = list
        .lines()
        .map(|line| match line.strip_prefix("| ") {
            Some(row) => {
                let name = row.split(' ').next().unwrap_or_default();
                match linked.contains(&format!("museum/{name}")) {
                    true => line.replacen(name, &format!("[{name}]({name}.md)"), 1),
                    false => line.to_owned(),
                }
            }
            None => line.to_owned(),
        })
        .collect();
    Ok((first.join("\n"), pages))
}

fn exercises_of(workspace: &Workspace, linked: &[String]) -> Result<Folder> {
    let mut first = String::from(
        "# Exercises\n\nEach is a broken copy of the workspace, for you to repair in your editor. The workspace's own \
         checks judge the repair. Start with `cargo xtask exercise`.\n\n",
    );
    let mut pages = Vec::new();
    for (number, exercise) in (1..).zip(EXERCISES) {
        let name = exercise.name;
        let mut page = Markdown::new("../", linked);
        let complaint = page.prose(exercise.complaint)?;
        let _ = writeln!(first, "{number}. [{name}]({name}.md): {complaint}");
        page.put(Block::Title(name))?;
        page.put(Block::Text(exercise.complaint))?;
        page.fence(
            "console",
            &format!("$ cargo xtask exercise {name}\n$ cargo xtask exercise check"),
        );
        let change = exercise.change(workspace)?;
        let check = judge_of(&change)?.0;
        page.put(Block::Text(&format!(
            "`{}` judges it, which proves: {}.",
            check.id, check.claim
        )))?;
        for (number, hint) in (1..).zip(exercise.hints(workspace)?) {
            let text = page.prose(&hint)?;
            page.fold("tip", &format!("Hint {number}"));
            page.raw(&text);
        }
        pages.push((name, page.text));
    }
    Ok((first, pages))
}

/// What was changed in each exercise: to be taken back.
fn solutions(workspace: &Workspace) -> Result<String> {
    let mut page = Markdown::new("../", &[]);
    page.raw("# Solutions\n\nFor teachers: what was changed. The solution takes it back.");
    for exercise in EXERCISES {
        let change = exercise.change(workspace)?;
        page.put(Block::Heading(exercise.name))?;
        page.put(Block::Text(&change.title))?;
        page.fold("success", "What was changed");
        page.fence("diff", &workspace::read(&change.diff(workspace))?);
    }
    Ok(page.text)
}
