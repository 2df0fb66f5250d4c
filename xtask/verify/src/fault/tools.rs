//! What tools say of a mistake: the exhibit's program runs under each of them, sound and broken.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use xtask::LIBRARY;
use xtask::compiler::{Compiler, Linkage, Program};
use xtask::workspace::{self, Workspace, program_name};

use super::exhibit::{self, Shown};
use super::file::{Exhibit, Mistake};
use crate::builds;
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

/// The sound program under each tool.
pub struct Sound(Vec<Option<Shown>>);

/// Runs the sound program under each tool that is here. None of them may say anything: what it then
/// says of the broken one would prove nothing.
pub fn sound(workspace: &Workspace, exhibit: &Exhibit, mistake: Mistake) -> Result<Sound> {
    let mut all = Vec::new();
    for tool in &TOOLS {
        let line = tool.line(mistake);
        if absent(workspace, &line).is_some() {
            all.push(None);
            continue;
        }
        prepare(workspace, exhibit, &line)?;
        let shown = exhibit::shell(workspace, &exhibit.filled_in(&line, workspace))?;
        if shown.end.is_some() || tool.verdict(&shown).is_some() {
            bail!(
                "{} is not content with the program as it should be:\n$ {}\n{}",
                tool.name,
                shown.command,
                exhibit::text(std::slice::from_ref(&shown))
            );
        }
        all.push(Some(shown));
    }
    Ok(Sound(all))
}

impl Sound {
    /// Runs the broken program under the same tools.
    pub fn and_broken(
        &self,
        workspace: &Workspace,
        exhibit: &Exhibit,
        mistake: Mistake,
    ) -> Result<Vec<Saw>> {
        let mut all = Vec::new();
        for (tool, sound) in TOOLS.iter().zip(&self.0) {
            let line = tool.line(mistake);
            if sound.is_none() {
                let install = absent(workspace, &line).context("a tool has come")?;
                all.push(Saw::Missing(install));
                continue;
            }
            prepare(workspace, exhibit, &line)?;
            let shown = exhibit::shell(workspace, &exhibit.filled_in(&line, workspace))?;
            all.push(match (tool.verdict(&shown), &shown.end) {
                (Some(words), Some(_)) => Saw::Mistake(words),
                (Some(words), None) => bail!("{} says `{words}` and ends well", tool.name),
                (None, Some(end)) => Saw::End(end.clone()),
                (None, None) => Saw::Nothing,
            });
        }
        Ok(all)
    }
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

/// What a line needs that is not here.
pub fn absent(workspace: &Workspace, line: &str) -> Option<String> {
    let mut needs = placeholders(line).flat_map(|(_, needs)| *needs);
    let reason = needs.find_map(|need| need.absent(workspace))?;
    Some(report::reason(&reason))
}

/// Builds the libraries and compiles the programs that a line names.
pub fn prepare(workspace: &Workspace, exhibit: &Exhibit, line: &str) -> Result<()> {
    for (name, _) in placeholders(line) {
        match *name {
            "{asan}" => builds::build_asan(workspace)?,
            "{tsan}" => builds::build_tsan(workspace)?,
            "{canary}" => builds::build_canary(workspace)?,
            _ => {}
        }
        if let Some(variant) = Variant::of(name) {
            variant.compile(workspace, exhibit)?;
        }
    }
    Ok(())
}

/// A line with what stands for libraries and programs filled in.
pub fn filled_in(line: &str, workspace: &Workspace) -> String {
    let path = |path: PathBuf| workspace.relative(&path).to_string_lossy().into_owned();
    let mut line = line.to_owned();
    for (name, feature) in [
        ("{asan}", "asan"),
        ("{tsan}", "tsan"),
        ("{canary}", "canary"),
    ] {
        let folder = builds::folder_of_feature(workspace, feature);
        line = line.replace(name, &path(folder));
    }
    for (name, _) in PLACEHOLDERS {
        if let Some(variant) = Variant::of(name) {
            line = line.replace(name, &path(variant.program(workspace)));
        }
    }
    line
}

/// A way to build an exhibit's program besides the usual one.
struct Variant {
    name: &'static str,
}

impl Variant {
    fn of(placeholder: &'static str) -> Option<Variant> {
        let name = placeholder.strip_prefix('{')?.strip_suffix('}')?;
        name.starts_with("main-").then_some(Variant { name })
    }

    fn program(&self, workspace: &Workspace) -> PathBuf {
        let name = program_name(self.name);
        workspace.target().join("exhibit").join(name)
    }

    /// `main.c` is what the tool watches. What stands beside it only makes the moment certain, and is
    /// compiled without the tool.
    fn compile(&self, workspace: &Workspace, exhibit: &Exhibit) -> Result<()> {
        let thread = || vec!["-g".to_owned(), "-fsanitize=thread".to_owned()];
        let (flags, linked) = match self.name {
            "main-asan" => {
                let address: Vec<String> = builds::SANITIZERS.map(str::to_owned).into();
                (address.clone(), address)
            }
            "main-tsan" => (thread(), thread()),
            "main-tsan-both" => (thread(), builds::thread_sanitizer_runtime(workspace)?),
            _ => (Vec::new(), vec!["-ldl".to_owned()]),
        };
        let to = self.program(workspace);
        std::fs::create_dir_all(to.parent().context("no folder")?)?;
        let compiler = Compiler::find(workspace)?;
        let object = |source: &Path, flags: &[String]| -> Result<String> {
            let name = source.file_stem().context("a file without a name")?;
            let object = to.with_extension(format!("{}.o", name.to_string_lossy()));
            let object = workspace.relative(&object).to_string_lossy().into_owned();
            let include = workspace.relative(&workspace.pipeline("include"));
            let live_blocks = LIBRARY.function("canary_live_blocks");
            compiler
                .bare()
                .args(["-Wpedantic", "-O2", "-pthread", "-I"])
                .arg(include)
                .arg(format!("-DLIVE_BLOCKS=\"{live_blocks}\""))
                .args(flags)
                .arg("-c")
                .arg(workspace.relative(source))
                .args(["-o", &object])
                .check(workspace)?;
            Ok(object)
        };
        let mut objects = Vec::new();
        for source in exhibit.sources(workspace)? {
            let is_watched = source.ends_with("main.c");
            let flags = if is_watched { &flags[..] } else { &[] };
            objects.push(object(&source, flags)?);
        }
        if self.name == "main-counted" {
            let source = to.with_file_name("blocks_left.c");
            workspace::write(&source, include_bytes!("../../c/blocks_left.c"))?;
            objects.push(object(&source, &[])?);
        }
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        let mut linked: Vec<&str> = linked.iter().map(String::as_str).collect();
        linked.push("-pthread");
        let program = Program {
            sources: &objects,
            flags: &linked,
            linkage: Linkage::Shared,
            to: &to,
        };
        compiler
            .program(workspace, &program)
            .check(workspace)
            .map(drop)
    }
}
