//! Compiles the assertions about constants as a module of the package.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use super::Subject;
use super::build::{Package, build_command, list, messages, text_of};
use crate::check::ConstantsOfRust;
use crate::constants::{Candidate, Constants, assertion, module_of_assertions, reported};
use crate::process::{Finished, run};

/// With these set, this program is cargo's wrapper around the compiler: of the crate with this root
/// it compiles the other one.
const ROOT: &str = "CARGO_ABI_ROOT";
const COPY: &str = "CARGO_ABI_COPY";

/// Runs the compiler if this process is a wrapper around it.
pub fn wrapper() -> Option<ExitCode> {
    let (root, copy) = (env::var_os(ROOT)?, env::var_os(COPY)?);
    let mut arguments = env::args_os().skip(1);
    let compiler = arguments.next()?;
    let is_root = |argument: &OsString| {
        let path = Path::new(argument);
        path.extension().is_some_and(|end| end == "rs")
            && path.canonicalize().ok().as_deref() == Some(Path::new(&root))
    };
    let arguments = arguments.map(|argument| match is_root(&argument) {
        true => copy.clone(),
        false => argument,
    });
    let status = Command::new(compiler).args(arguments).status().ok()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What Rust says of the header's constants. `sources` are files of the functions that the library
/// exports: some packages only pass on what another crate has.
pub fn compare(
    subject: &Subject<'_>,
    values: &BTreeMap<String, i128>,
    sources: &BTreeSet<PathBuf>,
) -> Result<ConstantsOfRust> {
    let package = &subject.package;
    let root = package.root.canonicalize()?;
    let mut constants = Constants::default();
    constants.add_crate(&root)?;
    for (name, folder) in dependencies(package, sources) {
        constants.add_dependency(&name, &folder, &root)?;
    }
    let mut candidates = constants.candidates(values, &subject.config.rules.rename);
    let mut compared = ConstantsOfRust::default();
    if !candidates.is_empty() {
        let copy = Copy::make(package, &root)?;
        // Each round leaves out what the compiler does not know, and what has another value.
        while !candidates.is_empty() {
            let lines = copy.write(&candidates)?;
            let finished = copy.compile(subject, &root)?;
            let messages = Messages::read(&finished.stdout, &lines);
            compared.different.extend(messages.different.clone());
            if finished.success {
                compared.equal.extend(messages.compiled);
                break;
            }
            let before = candidates.len();
            candidates.retain(|of| {
                !messages.refused.contains(&of.name) && !messages.different.contains_key(&of.name)
            });
            if candidates.len() == before {
                compared.problem = Some("the package does not compile from a copy".to_owned());
                break;
            }
        }
    }
    let mut unknown: Vec<String> = values.keys().cloned().collect();
    unknown.retain(|name| !compared.equal.contains(name) && !compared.different.contains_key(name));
    compared.unknown = unknown;
    Ok(compared)
}

/// The crates outside of the package that have such files: their names and the folders of their roots.
fn dependencies(package: &Package, sources: &BTreeSet<PathBuf>) -> BTreeMap<String, PathBuf> {
    let others = sources
        .iter()
        .filter(|file| !file.starts_with(&package.folder));
    let crates = others.filter_map(|file| {
        let folder = file
            .ancestors()
            .find(|folder| folder.join("Cargo.toml").is_file())?;
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let manifest: toml::Table = manifest.parse().ok()?;
        let own = |table: &str| manifest.get(table)?.get("name")?.as_str();
        let name = own("lib").or_else(|| own("package"))?.replace('-', "_");
        let root = folder.join("src");
        root.is_dir().then_some((name, root))
    });
    crates.collect()
}

/// A copy of the package's sources, with assertions added.
struct Copy {
    original: PathBuf,
    folder: PathBuf,
    root: PathBuf,
}

/// The generated lines by file and number: the name of the constant of each.
type Lines = BTreeMap<(PathBuf, u64), String>;

impl Copy {
    fn make(package: &Package, root: &Path) -> Result<Copy> {
        let folder = package.scratch().join("copy");
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot write {}", folder.display()))?;
        // As the compiler will name it.
        let folder = folder.canonicalize()?;
        let original = package.folder.canonicalize()?;
        let within = root
            .strip_prefix(&original)
            .context("the crate's root is outside of its package")?;
        Ok(Copy {
            root: folder.join(within),
            original,
            folder,
        })
    }

    fn write(&self, candidates: &[Candidate]) -> Result<Lines> {
        let mut added = BTreeMap::<PathBuf, Vec<(Option<&str>, String)>>::new();
        added.insert(self.root.clone(), vec![(None, module_of_assertions())]);
        for candidate in candidates {
            let within = candidate.file.strip_prefix(&self.original)?;
            let lines = added.entry(self.folder.join(within)).or_default();
            lines.push((Some(&candidate.name), assertion(candidate)));
        }
        let mut lines = Lines::new();
        copy_folder(&self.original, &self.folder, &mut |path, content| {
            let Some(added) = added.get(path) else {
                return content;
            };
            let mut text = String::from_utf8_lossy(&content).into_owned();
            let first = text.lines().count() as u64 + 1;
            if !text.ends_with('\n') {
                text.push('\n');
            }
            for (number, (name, line)) in (first..).zip(added) {
                text += &format!("{line}\n");
                if let Some(name) = name {
                    lines.insert((path.to_owned(), number), (*name).to_owned());
                }
            }
            text.into_bytes()
        })?;
        Ok(lines)
    }

    fn compile(&self, subject: &Subject<'_>, root: &Path) -> Result<Finished> {
        let mut command = build_command(subject, ("lib", "json"), &["--cap-lints", "warn"]);
        let program = env::current_exe().context("cannot find this program")?;
        command
            .env("RUSTC_WORKSPACE_WRAPPER", program)
            .env(ROOT, root)
            .env(COPY, &self.root);
        run(&mut command)
    }
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).ok().as_deref() == Some(content) {
        return Ok(());
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Copies a folder; `change` sees where each file goes and what is in it.
fn copy_folder(
    from: &Path,
    to: &Path,
    change: &mut dyn FnMut(&Path, Vec<u8>) -> Vec<u8>,
) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot write {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let is_left_out = name == "target" || name.to_string_lossy().starts_with('.');
        if is_left_out || to.starts_with(&path) {
            continue;
        }
        let to = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &to, change)?;
        } else {
            let content =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            write_if_changed(&to, &change(&to, content))?;
        }
    }
    Ok(())
}

/// The compiler's messages about the assertions.
#[derive(Default)]
struct Messages {
    /// The values that differ.
    different: BTreeMap<String, u128>,
    /// The constants whose line has another error.
    refused: BTreeSet<String>,
    /// Those whose line has been compiled.
    compiled: BTreeSet<String>,
}

impl Messages {
    fn read(text: &str, lines: &Lines) -> Messages {
        let mut read = Messages::default();
        let all = messages(text).filter(|message| message["reason"] == "compiler-message");
        for message in all.map(|message| message["message"].clone()) {
            let mut spans = list(&message["spans"]);
            let name = spans.find_map(|span| {
                let file = PathBuf::from(text_of(&span["file_name"]));
                lines.get(&(file, span["line_start"].as_u64()?))
            });
            let is_error = message["level"] == "error";
            match (reported(text_of(&message["rendered"])), name) {
                (Some((name, value)), _) => drop(read.different.insert(name, value)),
                (None, Some(name)) if is_error => read.refused.extend([name.clone()]),
                (None, Some(name)) => read.compiled.extend([name.clone()]),
                (None, None) => {}
            }
        }
        read
    }
}
