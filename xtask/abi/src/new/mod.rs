//! `cargo abi new`: a workspace for a library that C and Python share. It depends on the engine and has no
//! file of it.

mod core;
mod engine;
mod name;
mod template;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use abi_stages::process::quoted;
use abi_stages::{header, workspace};
use anyhow::{Context, Result, bail};

use self::core::Core;
use crate::cli::{self, New};
use engine::Engine;

/// Runs `cargo abi new`.
pub fn run(arguments: &New) -> Result<ExitCode> {
    let name = &arguments.name;
    name::check(name)?;
    let folder = arguments.dir.clone().unwrap_or(name.into());
    let engine = match &arguments.engine {
        Some(engine) => Engine::parse(engine)?,
        None => Engine::of_this_program()?,
    };
    let files = write(name, &folder, &engine, arguments.core.as_deref())?;
    let mut report = format!(
        "wrote {}: {files} files; the engine is {}\n\
         It is licensed MIT OR Apache-2.0: `license` in Cargo.toml and pyproject.toml and the two files \
         LICENSE-* are yours to change.\n",
        folder.display(),
        engine.0
    );
    let shown = quoted(folder.as_os_str());
    report += &format!("next: cd {shown} && cargo xtask demo\n");
    cli::print(&report)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the workspace of the library `name` to `folder`, which must not be there or be empty: whole or not
/// at all. Returns how many files it has.
pub fn write(name: &str, folder: &Path, engine: &Engine, core: Option<&str>) -> Result<usize> {
    let folder = std::path::absolute(folder)?;
    let is_empty = || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.symlink_metadata().is_ok() && !is_empty() {
        bail!(
            "{} already exists, and is not an empty folder\n\
             next: name a folder that does not exist, as in `cargo abi new {name} lib{name}`",
            folder.display()
        );
    }
    let cannot = || format!("cannot write {}", folder.display());
    let parent = folder.parent().unwrap_or(&folder);
    fs::create_dir_all(parent).with_context(cannot)?;
    // Everything is written beside it first, and takes its place in one move.
    let draft = tempfile::tempdir_in(parent).with_context(cannot)?;
    // The draft lies as deep as what it will be.
    let user = draft.path().canonicalize().with_context(cannot)?;
    let user = user.join(format!("{name}-cdylib"));
    let core = core.map(|core| Core::parse(core, &user)).transpose()?;
    let written = fill(name, draft.path(), engine, core.as_ref())?;
    // An empty folder of the same name would be in the way on Windows.
    let _ = fs::remove_dir(&folder);
    fs::rename(draft.path(), &folder).with_context(cannot)?;
    let _ = draft.keep();
    Ok(written)
}

/// Writes the files of a workspace; returns how many.
fn fill(name: &str, draft: &Path, engine: &Engine, core: Option<&Core>) -> Result<usize> {
    let cdylib = format!("{name}-cdylib");
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for (path, text) in template::files(&template::TEMPLATE) {
        let Some(text) = template::part(text, core.is_some()) else {
            continue;
        };
        let path = template::renamed(path.strip_suffix(".in").unwrap_or(path), name);
        let mut text = template::renamed(&engine.put_into(&text), name);
        if path.ends_with(".h") {
            // Which enumerator is the last depends on the example; C90 has no comma behind it.
            text = text.replace(",\n} ", "\n} ");
        }
        if let Some(core) = core {
            text = text.replace("@core@", &core.package);
            text = text.replace("@core_in_rust@", &core.in_rust());
            text = text.replace("@core_source@", &core.source);
        }
        files.push((draft.join(path), text));
    }
    for (path, text) in abi_python::files(name, &format!("{name}_"), &format!("py{name}")) {
        files.push((draft.join("py-harness").join(path), text));
    }
    for (path, text) in &files {
        workspace::write(path, text.as_bytes())?;
    }
    // Lines with a longer name, or a shorter one, may break elsewhere. Without rustfmt they are as they are.
    let sources = files.iter().map(|(path, _)| path);
    let sources = sources.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let mut format = Command::new("rustfmt");
    format.args(["--edition", "2024"]).args(sources);
    let _ = format.stderr(Stdio::null()).status();
    // The names of types and functions are others now.
    header::mark(draft, &cdylib, format!("{cdylib}/include/{name}.h"))?;
    Ok(files.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> Engine {
        Engine::parse("1.2.3").unwrap()
    }

    /// A folder of this test's own, empty, outside of every workspace.
    fn scratch(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("abi-new-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn refusal(folder: &Path) -> String {
        let error = write("acme", folder, &engine(), None).err();
        format!("{:#}", error.expect("it was written"))
    }

    fn entries(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        entries.map(|entry| name(entry.unwrap())).collect()
    }

    #[test]
    fn what_is_there_already_stays_as_it_is() {
        let folder = scratch("there");
        fs::write(folder.join("mine"), "mine").unwrap();
        assert!(refusal(&folder).contains("already exists"));
        assert!(refusal(&folder.join("mine")).contains("already exists"));
        assert_eq!(entries(&folder), ["mine"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn where_nothing_can_be_written_nothing_is_left() {
        // Below a file there is no folder, for whatever user; a read-only folder is none for root.
        let folder = scratch("none");
        fs::write(folder.join("file"), "").unwrap();
        assert!(refusal(&folder.join("file/a/b")).contains("cannot write"));
        assert_eq!(entries(&folder), ["file"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn no_file_of_it_is_the_engines_and_its_name_is_everywhere() {
        let folder = scratch("names");
        write("edit_distance", &folder.join("new"), &engine(), None).unwrap();
        let files = workspace::sources(&folder.join("new")).unwrap();
        // With Cargo.lock it has one more.
        assert!(files.len() < 40, "{} files: {files:#?}", files.len());
        let mut lines = 0;
        for file in files {
            let text = fs::read_to_string(folder.join("new").join(&file)).unwrap();
            let shown = file.to_string_lossy();
            let is_counted = !["LICENSE", "include", "abi/"]
                .iter()
                .any(|it| shown.contains(it));
            lines += text.lines().count() * usize::from(is_counted);
            for name in ["acme", "Acme", "ACME", "@abi-", "hello-c"] {
                assert!(
                    !shown.contains(name) && !text.contains(name),
                    "{shown}: {name}"
                );
            }
        }
        assert!(lines <= 2000, "{lines} lines");
        fs::remove_dir_all(folder).unwrap();
    }
}
