//! `cargo abi new`: a workspace for a library that C and Python share. It depends on the engine and has no
//! file of it.

mod core;
mod engine;
mod name;
mod template;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use abi_stages::process::{find_program, quoted};
use abi_stages::{header, workspace};
use anyhow::{Context, Result, bail};

use self::core::Core;
use crate::cli::New;
use engine::Engine;

/// Runs `cargo abi new`.
pub fn run(arguments: &New) -> Result<ExitCode> {
    let core = arguments.core.as_deref().map(Core::parse).transpose()?;
    let New { name, dir, .. } = arguments;
    name::check(name)?;
    let folder = dir.clone().unwrap_or(name.into());
    let engine = match &arguments.engine {
        Some(engine) => Engine::parse(engine)?,
        None => Engine::of_this_program()?,
    };
    let files = write(name, &folder, &engine, core.as_ref())?;
    println!(
        "wrote {}: {files} files; the engine is {}",
        folder.display(),
        engine.shown
    );
    println!(
        "It is licensed MIT OR Apache-2.0: `license` in Cargo.toml and pyproject.toml and the two files \
         LICENSE-* are yours to change."
    );
    if engine.is_of_this_machine {
        println!(
            "The engine is a folder of this machine. Where others build, `--engine git:URL#REVISION` names \
             one that they reach."
        );
    }
    println!(
        "next: cd {} && cargo xtask demo",
        quoted(folder.as_os_str())
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes the workspace of the library `name` to `folder`, which must not be there or be empty: whole or not
/// at all. Returns how many files it has.
pub fn write(name: &str, folder: &Path, engine: &Engine, core: Option<&Core>) -> Result<usize> {
    let folder = std::path::absolute(folder)?;
    let is_empty = || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.symlink_metadata().is_ok() && !is_empty() {
        bail!(
            "{} already exists, and is not an empty folder\n\
             next: name a folder that does not exist, as in `cargo abi new {name} lib{name}`",
            folder.display()
        );
    }
    if let Some(outer) = outer_workspace(&folder) {
        bail!(
            "{} lies inside the workspace {}, and cargo would take it for a part of it\n\
             next: name a folder outside, such as ../{name}",
            folder.display(),
            outer.display()
        );
    }
    let cannot = || format!("cannot write {}", folder.display());
    let parent = folder.parent().unwrap_or(&folder);
    fs::create_dir_all(parent).with_context(cannot)?;
    // Everything is written beside it first, and takes its place in one move.
    let mut draft = tempfile::Builder::new();
    #[cfg(unix)]
    draft.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let draft = draft.tempdir_in(parent).with_context(cannot)?;
    let core = core.map(|core| (core, folder.as_path()));
    let written = fill(name, draft.path(), engine, core)?;
    // An empty folder of the same name would be in the way on Windows.
    let _ = fs::remove_dir(&folder);
    fs::rename(draft.path(), &folder).with_context(cannot)?;
    let _ = draft.keep();
    initialise(&folder);
    Ok(written)
}

/// The workspace of cargo's that a folder would be in, whatever links lead to it. A target directory is the
/// place for what is not part of its workspace.
fn outer_workspace(folder: &Path) -> Option<PathBuf> {
    let mut there = folder.ancestors();
    let real = there.find_map(|ancestor| ancestor.canonicalize().ok())?;
    for folder in real.ancestors() {
        if folder.join("CACHEDIR.TAG").exists() {
            return None;
        }
        let manifest = fs::read_to_string(folder.join("Cargo.toml"));
        if manifest.is_ok_and(|text| text.contains("[workspace]")) {
            return Some(folder.to_owned());
        }
    }
    None
}

fn fill(name: &str, draft: &Path, engine: &Engine, core: Option<(&Core, &Path)>) -> Result<usize> {
    let mut written = 0;
    let mut sources = Vec::new();
    for (path, text) in template::files(&template::TEMPLATE) {
        let Some(text) = template::part(text, core.is_some()) else {
            continue;
        };
        let path = path.strip_suffix(".in").unwrap_or(path);
        let to = draft.join(template::renamed(path, name));
        let mut text = template::renamed(&engine.put_into(&text), name);
        if let Some((core, folder)) = core {
            text = text.replace("@core@", &core.package);
            text = text.replace("@core_in_rust@", &core.in_rust());
            text = text.replace(
                "@core_source@",
                &core.dependency(&folder.join(format!("{name}-cdylib"))),
            );
        }
        if path.ends_with(".h") {
            // Which enumerator is the last depends on the example; C90 has no comma behind it.
            text = text.replace(",\n} ", "\n} ");
        }
        workspace::write(&to, text.as_bytes())?;
        if path.ends_with(".rs") {
            sources.push(to);
        } else if path.ends_with(".ci/run") {
            make_executable(&to)?;
        }
        written += 1;
    }
    for (path, text) in abi_python::FILES {
        let path = draft
            .join("py-harness")
            .join(path.replace("{module}", &format!("py{name}")));
        workspace::write(&path, text.as_bytes())?;
        written += 1;
    }
    // Lines with a longer name, or a shorter one, may break elsewhere. Without rustfmt they are as they are.
    let mut format = Command::new("rustfmt");
    let _ = format
        .args(["--edition", "2024"])
        .args(&sources)
        .stderr(Stdio::null())
        .status();
    // The names of types and functions are others now.
    header::mark(
        draft,
        &format!("{name}-cdylib"),
        format!("{name}-cdylib/include/{name}.h"),
    )?;
    Ok(written)
}

fn make_executable(file: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file)?.permissions().mode();
        // Those who may read it may run it.
        fs::set_permissions(file, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// A repository, if git is there and the folder is in none. A workspace without one works as well.
fn initialise(folder: &Path) {
    let is_inside_one = folder
        .ancestors()
        .any(|folder| folder.join(".git").exists());
    if find_program("git").is_some() && !is_inside_one {
        let _ = Command::new("git")
            .args(["init", "--quiet", "--initial-branch=main"])
            .arg(folder)
            .output();
    }
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

    #[test]
    fn nothing_is_written_into_another_workspace() {
        let folder = scratch("inside");
        fs::write(folder.join("Cargo.toml"), "[workspace]\n").unwrap();
        assert!(refusal(&folder.join("a/acme")).contains("lies inside the workspace"));
        assert_eq!(entries(&folder), ["Cargo.toml"]);
        // What is in a target directory is no part of its workspace.
        fs::create_dir(folder.join("target")).unwrap();
        fs::write(folder.join("target/CACHEDIR.TAG"), "").unwrap();
        write("acme", &folder.join("target/acme"), &engine(), None).unwrap();
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
        assert!(files.len() <= 60, "{} files: {files:#?}", files.len());
        for file in files {
            let text = fs::read_to_string(folder.join("new").join(&file)).unwrap();
            for name in ["acme", "Acme", "ACME", "@abi-", "hello-c"] {
                let shown = file.to_string_lossy();
                assert!(
                    !shown.contains(name) && !text.contains(name),
                    "{shown}: {name}"
                );
            }
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
