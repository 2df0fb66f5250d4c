//! The pages of the book, and their order.

use std::fmt::Write as _;
use std::fs;

use abi_stages::process::Cmd;
use abi_stages::quote;
use abi_stages::runner::Section;
use abi_stages::say;
use abi_stages::stages::{self, Purpose};
use abi_stages::workspace::{self, Workspace};
use abi_verify::copy::Copy;
use anyhow::{Context, Result, ensure};

use super::FOLDER;
use super::markdown::Markdown;
use super::wasm;
use crate::crossings::{self, CROSSINGS, Crossing};
use crate::examples;
use crate::exercises::EXERCISES;
use crate::museum::EXHIBITS;
use crate::museum::change::Change;
use crate::museum::{exhibit, show};
use crate::page::{Block, Page, working};
use crate::record::Records;
use crate::shell::Shown;

/// What the generator makes the site of.
pub struct Pages<'a> {
    workspace: &'a Workspace,
    records: Records<'a>,
    exhibits: Vec<Change>,
    /// By their path.
    pub files: Vec<(String, Vec<u8>)>,
    /// Their order, as mkdocs.yml has it.
    pub nav: String,
}

/// Every page; runs what has to be run.
pub fn all(workspace: &Workspace) -> Result<Pages<'_>> {
    let exhibits = Change::all(workspace, EXHIBITS)?;
    let mut pages = Pages {
        workspace,
        records: Records::of(workspace)?,
        exhibits,
        files: Vec::new(),
        nav: String::new(),
    };
    pages.page("  - Home:", "index", pages.own("index.md")?);
    pages.stages()?;
    pages.crossings()?;
    pages.museum()?;
    pages.exercises()?;
    let figures = pages.read("xtask/lesson/bench/figures.md")?;
    pages.page("  - Costs:", "costs", figures);
    let share = pages.section("README.md", "## Start your own")?;
    let function = pages.section("hello-cdylib/README.md", "## A function of yours")?;
    let share = format!("#{}\n{function}", &share[2..]);
    pages.page("  - Share yours:", "share", share);
    let teachers = pages.own("teachers.md")?;
    pages.page("  - Teachers:\n    -", "teachers/index", teachers);
    pages.below("teachers", "solutions", pages.solutions()?);
    let words = pages.section("ARCHITECTURE.md", "## Words")?;
    pages.page("  - Words:", "words", format!("#{}", &words[2..]));
    for (from, to) in [
        (FOLDER.to_owned() + "/assets", "assets"),
        ("xtask/lesson/bench/records".to_owned(), "records"),
    ] {
        for file in workspace::files(&workspace.source(&from))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if !name.ends_with(".md") {
                pages.files.push((format!("{to}/{name}"), fs::read(&file)?));
            }
        }
    }
    Ok(pages)
}

impl Pages<'_> {
    /// A page, and how its line in the order begins.
    fn page(&mut self, nav: &str, path: &str, text: String) {
        let _ = writeln!(self.nav, "{nav} {path}.md");
        // Where it was built is no news to a reader.
        let text = text.replace(&format!("{}/", self.workspace.root().display()), "");
        self.files.push((format!("{path}.md"), text.into_bytes()));
    }

    fn below(&mut self, folder: &str, name: &str, text: String) {
        let nav = format!("    - {name}:");
        self.page(&nav, &format!("{folder}/{name}"), text);
    }

    /// A page that is written by hand.
    fn own(&self, name: &str) -> Result<String> {
        workspace::read(&self.workspace.source(FOLDER).join(name))
    }

    /// A file of the workspace as a page: its links lead into the workspace, where the book cannot follow.
    fn read(&self, path: &str) -> Result<String> {
        Ok(without_links(&workspace::read(
            &self.workspace.source(path),
        )?))
    }

    /// The part of a file below a heading, to the next of that level.
    fn section(&self, path: &str, heading: &str) -> Result<String> {
        let text = self.read(path)?;
        let at = text
            .find(heading)
            .with_context(|| format!("{path} has no `{heading}`"))?;
        let end = text[at + 3..]
            .find("\n## ")
            .map_or(text.len(), |end| at + 3 + end + 1);
        Ok(text[at..end].to_owned())
    }

    fn stages(&mut self) -> Result<()> {
        let workspace = self.workspace;
        let sections = stages::of_command(workspace, "demo", Purpose::Run)?;
        let printed: String = working("running the three stages", || {
            self.records.kept("demo", &["xtask/src"], || {
                let line = Cmd::xtask("demo").arg("--fresh");
                let root = format!("{}/", workspace.root().display());
                let printed = line.check(workspace)?.stdout().replace(&root, "");
                Ok(printed.replace("target/fresh/", "target/"))
            })
        })?;
        let mut first =
            "# Three stages\n\nOne function, called from Rust, from C and from Python. \
                         `cargo xtask demo --step` shows the same, a step at a time.\n\n"
                .to_owned();
        for section in &sections {
            let (name, about) = (section.name, workspace.library().fill(section.about));
            let _ = writeln!(first, "* [{}]({name}.md): {about}", section.heading);
        }
        self.page("  - Stages:\n    -", "stages/index", first);
        for (section, printed) in sections.iter().zip(printed.split("\n== ")) {
            let outputs = printed.split("\n\n").skip(1).collect();
            self.below("stages", section.name, self.stage(section, outputs)?);
        }
        Ok(())
    }

    /// The steps of a stage, with what was printed by each.
    fn stage(&self, section: &Section, printed: Vec<&str>) -> Result<String> {
        let fill = |text: &str| self.workspace.library().fill(text);
        let mut page = Page::default();
        page.put(Block::Title, &section.heading);
        page.put(Block::Text, &fill(section.about));
        let (shown, steps) = (printed.len(), section.steps.len());
        ensure!(
            shown >= steps,
            "{shown} of {steps} steps printed something:\n{printed:?}"
        );
        for (number, (step, printed)) in (1..).zip(section.steps.iter().zip(printed)) {
            let heading = format!("{number}. {}", step.title);
            let lines = printed.strip_prefix(&heading);
            let lines = lines.with_context(|| format!("step `{heading}` printed:\n{printed}"))?;
            page.put(Block::Heading, &heading);
            if let Some(source) = &step.source {
                let text = quote::of(self.workspace, source)?;
                let file = source.file.to_string_lossy();
                page.code("What it is about", &file, None, text);
            }
            page.put(Block::Question, &fill(step.asks));
            page.blocks.push(Block::Shell(vec![as_shown(lines)]));
            page.put(Block::Text, &fill(step.why));
        }
        Ok(Markdown::of(&page))
    }

    fn crossings(&mut self) -> Result<()> {
        let workspace = self.workspace;
        let made = self.records.kept("crossings", &["xtask/lesson/src"], || {
            crossings::build(workspace)?;
            for crossing in CROSSINGS {
                examples::build(workspace, crossing)?;
            }
            let page = |crossing: &'static Crossing| {
                let what = format!("running the programs of {}", crossing.name);
                Ok(Markdown::of(&working(&what, || crossing.page(workspace))?))
            };
            CROSSINGS.iter().map(page).collect::<Result<Vec<String>>>()
        })?;
        let module = working("compiling the library for the boxes", || {
            wasm::script(workspace)
        })?;
        let mut first = self.own("crossings.md")?;
        for crossing in CROSSINGS {
            let (name, functions) = (crossing.name, crossing.functions.join("`, `"));
            let teaches = Markdown::prose(crossing.teaches);
            let _ = writeln!(first, "| [{name}]({name}.md) | `{functions}` | {teaches} |");
        }
        self.page("  - Crossings:\n    -", "crossings/index", first);
        for (crossing, text) in CROSSINGS.iter().zip(made) {
            // Where a reader calls the library; what it does is in `try.js`.
            const BEFORE: &str = "\n## Questions";
            let name = crossing.name;
            let boxed = format!("\n<div class=\"try\" data-crossing=\"{name}\"></div>\n{BEFORE}");
            let count = usize::from(module.is_some());
            self.below(
                "crossings",
                crossing.name,
                text.replacen(BEFORE, &boxed, count),
            );
        }
        match module {
            Some(script) => self
                .files
                .push(("assets/hello.wasm.js".into(), script.into_bytes())),
            None => say!(
                "no box in the book calls the library: rustc cannot compile to WebAssembly here\n\
                 next: rustup target add wasm32-unknown-unknown"
            )?,
        }
        Ok(())
    }

    fn museum(&mut self) -> Result<()> {
        let mut first = self.own("museum.md")?;
        for exhibit in &self.exhibits {
            let (name, by) = (&exhibit.name, exhibit.noticed.by());
            let title = Markdown::prose(&exhibit.title);
            let _ = writeln!(first, "| [{name}]({name}.md) | {title} | {by} |");
        }
        self.page("  - Museum:\n    -", "museum/index", first);
        let copy = Copy::in_folder(self.workspace, "break")?;
        for exhibit in std::mem::take(&mut self.exhibits) {
            self.below("museum", &exhibit.name, self.exhibit(&copy, &exhibit)?);
        }
        copy.restore()
    }

    fn exhibit(&self, copy: &Copy, exhibit: &Change) -> Result<String> {
        let tried = exhibit::kept(self.workspace, &self.records, copy, exhibit)?;
        let mut page = show::page(self.workspace, exhibit, &tried)?;
        if let Some(reason) = &tried.absent {
            let text = format!("Not run on this machine: {reason}.");
            page.put(Block::Text, &text);
        }
        Ok(Markdown::of(&page))
    }

    fn exercises(&mut self) -> Result<()> {
        let mut first = self.own("exercises.md")?;
        for (number, exercise) in (1..).zip(EXERCISES) {
            let (name, complaint) = (exercise.name, Markdown::prose(exercise.complaint));
            let _ = writeln!(first, "{number}. [{name}]({name}.md): {complaint}");
        }
        self.page("  - Exercises:\n    -", "exercises/index", first);
        for exercise in EXERCISES {
            let mut page = exercise.page(self.workspace)?;
            for (number, hint) in (1..).zip(exercise.hints(self.workspace)?) {
                page.put(Block::Question, &format!("Hint {number}"));
                page.put(Block::Text, &hint);
            }
            self.below("exercises", exercise.name, Markdown::of(&page));
        }
        Ok(())
    }

    /// What was changed in each exercise: to be taken back.
    fn solutions(&self) -> Result<String> {
        let mut page = Page::default();
        for exercise in EXERCISES {
            let change = exercise.change(self.workspace)?;
            page.put(Block::Heading, exercise.name);
            page.put(Block::Text, &change.title);
            page.change("What was changed", &change);
        }
        Ok(self.own("solutions.md")? + &Markdown::of(&page))
    }
}

/// What a step of `demo` printed: its command, and the command's output.
fn as_shown(printed: &str) -> Shown {
    let lines = printed.trim_matches('\n').lines();
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix("   ").unwrap_or(line))
        .collect();
    let (command, output) = lines.split_first().unwrap_or((&"", &[]));
    let command = command.trim_start_matches("$ ").to_owned();
    Shown::new(command, &output.join("\n"), None)
}

/// `[text](file)` becomes `text`, if the file is one of the workspace, and `console run` a language.
fn without_links(text: &str) -> String {
    let mut parts = text.split('[');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let link = part.split_once("](").and_then(|(label, rest)| {
            let (target, rest) = rest.split_once(')')?;
            (!out.ends_with('!') && !target.starts_with("http")).then_some([label, rest])
        });
        match link {
            Some(words) => out += &words.concat(),
            None => out = out + "[" + part,
        }
    }
    out.replace("```console run", "```console")
}
