//! What tools say of a mistake: the exhibit's program runs under each of them, sound and broken.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::workspace::{self, Workspace, program_name};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::exhibit::{self, Shown};
use super::file::{Exhibit, Mistake};
use crate::builds::{self, Variant};
use crate::check::Requirement;
use crate::report;

/// A tool that watches a program while it runs.
pub struct Tool {
    pub name: &'static str,
    /// For the shell; see [`PLACEHOLDERS`]. `{leaks}` is 1 if the mistake is a leak, and 0 otherwise:
    /// programs of a few lines keep what they have until their end.
    line: &'static str,
    /// What stands before its verdict.
    marks: &'static [&'static str],
}

/// Those that a mistake of memory or between threads is shown to.
pub const TOOLS: [Tool; 7] = [
    Tool {
        name: "no tool",
        line: "{main}",
        marks: &[],
    },
    Tool {
        name: "valgrind",
        line: "valgrind --quiet --error-exitcode=9 --leak-check={full} \
               --errors-for-leak-kinds=definite {main}",
        marks: &["==N== "],
    },
    Tool {
        name: "ASan in C",
        line: "ASAN_OPTIONS=detect_leaks={leaks} {main-asan}",
        marks: &ADDRESS,
    },
    Tool {
        name: "ASan on both sides",
        line: "ASAN_OPTIONS=detect_leaks={leaks} LD_LIBRARY_PATH={asan} {main-asan}",
        marks: &ADDRESS,
    },
    Tool {
        name: "TSan in C",
        line: "{main-tsan}",
        marks: &THREAD,
    },
    Tool {
        name: "TSan on both sides",
        line: "LD_LIBRARY_PATH={tsan} {main-tsan-both}",
        marks: &THREAD,
    },
    Tool {
        name: "the canary",
        line: "LD_LIBRARY_PATH={canary} {main-canary}",
        // glibc aborts on a block that does not begin where its own do.
        marks: &["(canary): ", "free(): ", "at the end: "],
    },
];

const ADDRESS: [&str; 3] = [
    "ERROR: AddressSanitizer: ",
    "ERROR: LeakSanitizer: ",
    "runtime error: ",
];
const THREAD: [&str; 1] = ["WARNING: ThreadSanitizer: "];

/// What a tool made of a mistake.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Saw {
    /// The program ended well, and the tool said nothing.
    Nothing,
    /// It named something, in these words.
    Mistake(String),
    /// It said nothing, but the program ended badly, as it does without any tool.
    End(String),
    /// It is not here, and how it can be had.
    Missing(String),
}

impl Saw {
    /// Whether both are the same to a reader; the words are those of one version of a tool.
    pub fn is_like(&self, other: &Saw) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// In words.
    pub fn text(&self) -> String {
        match self {
            Saw::Nothing => "says nothing".to_owned(),
            Saw::Mistake(words) => format!("says `{words}`"),
            Saw::End(words) => format!("says nothing; the program is {words}"),
            Saw::Missing(install) => format!("is not here: {install}"),
        }
    }
}

/// Runs the sound program under each tool that is here. None of them may say anything: what it then
/// says of the broken one would prove nothing.
pub fn are_content(workspace: &Workspace, exhibit: &Exhibit, mistake: Mistake) -> Result<()> {
    for tool in &TOOLS {
        let Ok(shown) = run(workspace, exhibit, &tool.line(mistake))? else {
            continue;
        };
        if shown.end.is_some() || tool.verdict(&shown).is_some() {
            bail!(
                "{} is not content with the program as it should be:\n$ {}\n{}",
                tool.name,
                shown.command,
                exhibit::text(std::slice::from_ref(&shown))
            );
        }
    }
    Ok(())
}

/// What each tool says of the broken program.
pub fn saw(workspace: &Workspace, exhibit: &Exhibit, mistake: Mistake) -> Result<Vec<Saw>> {
    let saw = |tool: &Tool| {
        let shown = match run(workspace, exhibit, &tool.line(mistake))? {
            Ok(shown) => shown,
            Err(install) => return Ok(Saw::Missing(install)),
        };
        Ok(match (tool.verdict(&shown), shown.end) {
            (Some(words), Some(_)) => Saw::Mistake(words),
            (Some(words), None) => bail!("{} says `{words}` and ends well", tool.name),
            (None, Some(end)) => Saw::End(end),
            (None, None) => Saw::Nothing,
        })
    };
    TOOLS.iter().map(saw).collect()
}

impl Tool {
    fn line(&self, mistake: Mistake) -> String {
        let is_leak = mistake == Mistake::Leak;
        let main = if is_leak { "{main-counted}" } else { "{main}" };
        self.line
            .replace("{leaks}", if is_leak { "1" } else { "0" })
            .replace("{full}", if is_leak { "full" } else { "no" })
            .replace("{main-canary}", main)
    }

    /// What it says, in its own words.
    fn verdict(&self, shown: &Shown) -> Option<String> {
        let verdict = |line: &String| {
            let after = |mark: &&str| Some(line.split_once(*mark)?.1);
            let words = self.marks.iter().find_map(after)?;
            if words.contains("definitely lost") {
                return Some("definitely lost".to_owned());
            }
            // Not where it was: addresses and numbers differ from run to run.
            let end = [" on ", " (", ": "]
                .iter()
                .filter_map(|end| words.find(end));
            Some(words[..end.min().unwrap_or(words.len())].to_owned())
        };
        shown.output.iter().find_map(verdict)
    }
}

/// What may stand in a line, and what it needs: `{NAME}` for a program or for a folder of libraries, and
/// a tool by its own name.
const PLACEHOLDERS: [(&str, &[Requirement]); 8] = [
    ("{main-asan}", &[Requirement::Sanitized]),
    ("{main-tsan}", &[Requirement::SanitizedThreads]),
    (
        "{main-tsan-both}",
        &[Requirement::SanitizedThreads, Requirement::LibraryTsan],
    ),
    ("{main-counted}", &[Requirement::Canary]),
    ("{asan}", &[Requirement::LibraryAsan]),
    ("{tsan}", &[Requirement::LibraryTsan]),
    ("{canary}", &[Requirement::Canary]),
    ("valgrind ", &[Requirement::Valgrind]),
];

fn placeholders(line: &str) -> impl Iterator<Item = &(&'static str, &'static [Requirement])> {
    let stands = |(name, _): &&(&str, _)| line.contains(name);
    PLACEHOLDERS.iter().filter(stands)
}

/// Runs a line with the libraries and programs that it names, built for it; or says what it needs that
/// is not here.
pub fn run(
    workspace: &Workspace,
    exhibit: &Exhibit,
    line: &str,
) -> Result<std::result::Result<Shown, String>> {
    let mut needs = placeholders(line).flat_map(|(_, needs)| *needs);
    if let Some(absent) = needs.find_map(|need| need.absent(workspace)) {
        return Ok(Err(report::reason(&absent)));
    }
    for (name, _) in placeholders(line) {
        if let Some(library) = library(name) {
            library.build(workspace)?;
        } else if is_program(name) {
            compile(workspace, exhibit, name)?;
        }
    }
    exhibit::shell(workspace, &exhibit.filled_in(line, workspace)).map(Ok)
}

/// A line with what stands for libraries and programs filled in.
pub fn filled_in(line: &str, workspace: &Workspace) -> String {
    let mut filled = line.to_owned();
    for (name, _) in placeholders(line) {
        let path = match library(name) {
            Some(library) => library.folder(workspace),
            None if is_program(name) => program(workspace, name),
            None => continue,
        };
        filled = filled.replace(name, &workspace.relative(&path).to_string_lossy());
    }
    filled
}

fn library(placeholder: &str) -> Option<Variant> {
    match placeholder {
        "{asan}" => Some(Variant::AddressSanitizer),
        "{tsan}" => Some(Variant::ThreadSanitizer),
        "{canary}" => Some(Variant::Canary),
        _ => None,
    }
}

fn is_program(placeholder: &str) -> bool {
    placeholder.starts_with("{main")
}

/// Where an exhibit's program is that was built in the way which a placeholder stands for.
pub fn program(workspace: &Workspace, placeholder: &str) -> PathBuf {
    let name = program_name(placeholder.trim_matches(['{', '}']));
    workspace.target().join("exhibit").join(name)
}

/// Builds an exhibit's program in another way than the usual one. `main.c` is what the tool watches.
/// What stands beside it only makes the moment certain, and is compiled without the tool.
fn compile(workspace: &Workspace, exhibit: &Exhibit, placeholder: &str) -> Result<()> {
    const THREAD: &[&str] = &["-g", "-fsanitize=thread"];
    let runtime;
    let (flags, mut linked) = match placeholder {
        "{main-asan}" => (&builds::SANITIZERS[..], builds::SANITIZERS.to_vec()),
        "{main-tsan}" => (THREAD, THREAD.to_vec()),
        "{main-tsan-both}" => {
            runtime = builds::thread_sanitizer_runtime(workspace)?;
            (THREAD, runtime.iter().map(String::as_str).collect())
        }
        _ => (&[][..], vec!["-ldl"]),
    };
    linked.push("-pthread");
    let to = program(workspace, placeholder);
    std::fs::create_dir_all(to.parent().context("no folder")?)?;
    let compiler = Compiler::find(workspace)?;
    let object = |source: &Path, flags: &[&str]| -> Result<OsString> {
        let name = source.file_stem().context("a file without a name")?;
        let object = to.with_extension(format!("{}.o", name.to_string_lossy()));
        let live_blocks = workspace.library().function("canary_live_blocks");
        compiler
            .bare()
            .args(["-Wpedantic", "-O2", "-pthread", "-I"])
            .arg(workspace.relative(&workspace.pipeline("include")))
            .arg(format!("-DLIVE_BLOCKS=\"{live_blocks}\""))
            .args(flags)
            .arg("-c")
            .arg(workspace.relative(source))
            .arg("-o")
            .arg(workspace.relative(&object))
            .check(workspace)?;
        Ok(workspace.relative(&object))
    };
    let mut objects = Vec::new();
    for source in exhibit.sources(workspace)? {
        let is_watched = source.ends_with("main.c");
        objects.push(object(&source, if is_watched { flags } else { &[] })?);
    }
    if placeholder == "{main-counted}" {
        let source = to.with_file_name("blocks_left.c");
        workspace::write(&source, include_bytes!("../../c/blocks_left.c"))?;
        objects.push(object(&source, &[])?);
    }
    let program = Program {
        sources: objects,
        flags: &linked,
        linkage: Linkage::Shared,
        to: &to,
    };
    let line = compiler.program(workspace, &program);
    line.check(workspace).map(drop)
}
