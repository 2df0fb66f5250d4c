//! What the new workspace consists of, and how it is written: whole or not at all.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xtask::process::{Cmd, find_program};
use xtask::workspace::{self, Workspace};
use xtask::{LIBRARY, header};

use crate::name;

/// The engine, copied as it is: a newer one is a copy of these again. The tests of its checks break this
/// workspace, and stay here.
const ENGINE: [&str; 14] = [
    "xtask/Cargo.toml",
    "xtask/build.rs",
    "xtask/src",
    "xtask/tests",
    "xtask/header",
    "xtask/abi",
    "xtask/verify/Cargo.toml",
    "xtask/verify/c",
    "xtask/verify/src",
    "xtask/ship/Cargo.toml",
    "xtask/ship/requirements.txt",
    "xtask/ship/src",
    "xtask/ship/templates",
    "xtask/new",
];

/// What else every library has as it is, because there is no name in it: the machinery of the boundary and
/// of the harnesses. The paths are those of the template, which has the rest.
const SHARED: [&str; 20] = [
    "acme-cdylib/build.rs",
    "acme-cdylib/src/boundary",
    "acme-core/examples/transcript/program.rs",
    "acme-core/examples/transcript/words.rs",
    "c-harness/support",
    "py-harness/requirements-verify.txt",
    "py-harness/requirements.txt",
    "py-harness/src/pyacme/_abi.py",
    "py-harness/src/pyacme/_failure.py",
    "py-harness/src/pyacme/_owner.py",
    "py-harness/src/pyacme/_strings.py",
    "py-harness/src/pyacme/py.typed",
    "py-harness/stubtest.ini",
    "py-harness/support",
    "py-harness/tests/conftest.py",
    "py-harness/tests/test_builder.py",
    ".cargo/config.toml",
    ".gitattributes",
    ".gitignore",
    "LICENSE-APACHE",
];

/// A workspace for a library with [`NAME`], with all that is not copied from this workspace.
const TEMPLATE: &str = "xtask/new/template";

/// What of it is generated from the rest: the header, and the frozen description of the ABI.
const GENERATED: [&str; 2] = ["acme-cdylib/include", "acme-cdylib/abi"];

/// What the library of the template is called, in lower case as everywhere in its files.
const NAME: &str = "acme";

/// How many files were written.
pub struct Written {
    /// Of the library, for its owner to change.
    pub own: usize,
    /// Generated from these, and committed.
    pub generated: usize,
    /// Of the machinery around it.
    pub shared: usize,
    pub engine: usize,
}

/// Writes the workspace of the library `name` to `folder`, which must not be there or be empty.
pub fn workspace(workspace: &Workspace, name: &str, folder: &Path) -> Result<Written> {
    let folder = std::path::absolute(folder)?;
    let is_empty = || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
    if folder.symlink_metadata().is_ok() && !is_empty() {
        bail!(
            "{} already exists, and is not an empty folder\nnext: name a folder that does not exist",
            folder.display()
        );
    }
    if is_within(&folder, workspace.root()) && !is_within(&folder, workspace.target()) {
        bail!(
            "{} lies inside this workspace, and would be taken for a part of it\n\
             next: name a folder beside this one, such as ../{name}",
            folder.display()
        );
    }
    // Everything is written beside it first, and takes its place in one move.
    let draft = workspace::draft_of(&folder);
    if draft.symlink_metadata().is_ok() {
        bail!(
            "{} is in the way: it is where the workspace is written first\nnext: remove it",
            draft.display()
        );
    }
    let missing: Vec<&Path> = folder
        .ancestors()
        .skip(1)
        .take_while(|ancestor| !ancestor.exists())
        .collect();
    fs::create_dir_all(&draft).with_context(|| format!("cannot write {}", folder.display()))?;
    let result = fill(workspace, name, &draft).and_then(|written| {
        tidy(workspace, name, &draft);
        // An empty folder of the same name would be in the way on Windows.
        let _ = fs::remove_dir(&folder);
        fs::rename(&draft, &folder)
            .with_context(|| format!("cannot write {}", folder.display()))?;
        Ok(written)
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&draft);
        missing.iter().for_each(|folder| {
            let _ = fs::remove_dir(folder);
        });
    }
    let written = result?;
    initialise(workspace, &folder);
    Ok(written)
}

/// Whether `folder`, which need not be there yet, lies inside of `outer`, whatever links lead to it.
fn is_within(folder: &Path, outer: &Path) -> bool {
    let mut there = folder.ancestors();
    let real = there.find_map(|ancestor| ancestor.canonicalize().ok());
    let outer = outer.canonicalize();
    real.zip(outer.ok())
        .is_some_and(|(real, outer)| real.starts_with(outer))
}

fn fill(workspace: &Workspace, name: &str, draft: &Path) -> Result<Written> {
    let mut written = Written {
        own: 0,
        generated: 0,
        shared: 0,
        engine: 0,
    };
    for path in ENGINE {
        written.engine += copy(&workspace.source(path), &draft.join(path))?;
    }
    for path in SHARED {
        let to = draft.join(renamed(path, name));
        written.shared += copy(&workspace.source(&here(path)), &to)?;
    }
    let template = workspace.source(TEMPLATE);
    for path in workspace::sources(&template)? {
        let from = template.join(&path);
        let to = draft.join(renamed(&path.to_string_lossy(), name));
        let text = renamed(&workspace::read(&from)?, name);
        write(&to, text.as_bytes(), &from)?;
        match GENERATED.iter().any(|folder| path.starts_with(folder)) {
            true => written.generated += 1,
            false => written.own += 1,
        }
    }
    copy(&workspace.source("Cargo.lock"), &draft.join("Cargo.lock"))?;
    // The names of types and functions are others now.
    header::mark(
        draft,
        &format!("{name}-cdylib"),
        &format!("{name}-cdylib/include/{name}.h"),
    )?;
    Ok(written)
}

/// A path of the template, as it is in this workspace.
fn here(path: &str) -> String {
    let path = path.replace("acme-cdylib", LIBRARY.cdylib);
    let path = path.replace("acme-core", LIBRARY.core);
    path.replace("pyacme", LIBRARY.module)
}

/// `text` with the name of the template's library, in each of its spellings, replaced.
fn renamed(text: &str, name: &str) -> String {
    let types = name::in_types(name);
    [
        (NAME.to_owned(), name.to_owned()),
        (NAME.to_uppercase(), name.to_uppercase()),
        (name::in_types(NAME), types),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(&from, &to))
}

/// Copies a file, or every file below a folder; returns how many.
fn copy(from: &Path, to: &Path) -> Result<usize> {
    if from.is_file() {
        let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        write(to, &bytes, from)?;
        return Ok(1);
    }
    let files = workspace::sources(from)?;
    for path in &files {
        copy(&from.join(path), &to.join(path))?;
    }
    Ok(files.len())
}

/// Writes a file that can be run if `like` can be. It can be changed, whatever holds for `like`.
fn write(to: &Path, bytes: &[u8], like: &Path) -> Result<()> {
    workspace::write(to, bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let can_run = fs::metadata(like)?.permissions().mode() & 0o111 != 0;
        if can_run {
            let mode = fs::metadata(to)?.permissions().mode();
            // Whoever may read it may run it.
            let mode = mode | (mode & 0o444) >> 2;
            fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
        }
    }
    #[cfg(not(unix))]
    let _ = like;
    Ok(())
}

/// What can as well be done later, by cargo or with it, and so is no failure where it cannot be done.
fn tidy(workspace: &Workspace, name: &str, folder: &Path) {
    let succeeds = |line: &Cmd| {
        let finished = line.clone().in_workspace(folder).output(workspace);
        finished.is_ok_and(|finished| finished.status.success())
    };
    // Lines with a longer name, or a shorter one, may break elsewhere.
    let format = Cmd::cargo().args(["fmt", "--package"]);
    succeeds(&format.args([format!("{name}-core"), format!("{name}-cdylib")]));
    // The lockfile is that of this workspace: the same versions, but its members are others.
    let update = Cmd::cargo().args(["update", "--workspace", "--quiet"]);
    if !succeeds(&update.clone().arg("--offline")) {
        succeeds(&update);
    }
}

/// A repository, if git is there and the folder is in none. A workspace without one works as well.
fn initialise(workspace: &Workspace, folder: &Path) {
    let is_inside_one = folder
        .ancestors()
        .any(|folder| folder.join(".git").exists());
    if find_program("git").is_some() && !is_inside_one {
        let _ = Cmd::new("git")
            .args(["init", "--quiet", "--initial-branch=main"])
            .arg(folder)
            .output(workspace);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn ours() -> Workspace {
        Workspace::locate().unwrap()
    }

    /// A folder of this test's own, empty.
    fn scratch(test: &str) -> PathBuf {
        let folder = ours().target().join("tmp/new").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn refusal(folder: &Path) -> String {
        let error = workspace(&ours(), "acme", folder).err();
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
    }

    #[test]
    fn nothing_is_written_into_this_workspace() {
        let folder = ours().root().join("acme");
        assert!(refusal(&folder).contains("lies inside this workspace"));
        assert!(!folder.exists());
    }

    #[cfg(unix)]
    #[test]
    fn where_nothing_can_be_written_nothing_is_left() {
        // Below a file there is no folder, for whatever user; a read-only folder is none for root.
        let folder = scratch("none");
        fs::write(folder.join("file"), "").unwrap();
        let refused = refusal(&folder.join("file/acme"));
        assert!(refused.contains("cannot write"), "{refused}");
        assert_eq!(entries(&folder), ["file"]);
    }

    #[test]
    fn an_empty_folder_is_filled() {
        let folder = scratch("empty");
        let written = workspace(&ours(), "edit_distance", &folder).unwrap();
        assert!(written.own < written.engine);
        let row = fs::read_to_string(folder.join("xtask/library.rs")).unwrap();
        for name in [
            "\"edit_distance_\"",
            "\"EditDistance\"",
            "\"pyedit_distance\"",
        ] {
            assert!(row.contains(name), "{name} is not in {row}");
        }
        assert_eq!(
            entries(folder.parent().unwrap())
                .iter()
                .filter(|it| it.contains(".new"))
                .count(),
            0
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |file| {
                fs::metadata(folder.join(file))
                    .unwrap()
                    .permissions()
                    .mode()
            };
            assert_ne!(mode(".ci/run") & 0o100, 0);
            assert_eq!(mode("Cargo.toml") & 0o100, 0);
        }
    }

    /// What its README says to copy is what `new` copies.
    #[cfg(unix)]
    #[test]
    fn a_newer_engine_is_all_that_is_not_the_library() {
        let text = workspace::read(&ours().source(TEMPLATE).join("README.md")).unwrap();
        let (_, rest) = text.split_once("$ for path in ").unwrap();
        let (list, _) = rest.split_once("\n> do ").unwrap();
        let list = list.replace("\\\n> ", "");
        let line = Cmd::new("bash").args(["-c", &format!("echo {list}")]);
        let printed = line.check(&ours()).unwrap().stdout();
        let mut told: Vec<&str> = printed.split_whitespace().collect();
        let mut copied = [&ENGINE[..], &SHARED].concat();
        told.sort_unstable();
        copied.sort_unstable();
        assert_eq!(told, copied);
    }

    #[test]
    fn a_longer_name_makes_no_line_of_python_too_long() {
        let name = "a_name_of_twenty_abc";
        let template = ours().source(TEMPLATE).join("py-harness");
        for path in workspace::sources(&template).unwrap() {
            if path.extension().is_some_and(|end| end == "py") {
                let text = workspace::read(&template.join(&path)).unwrap();
                for line in renamed(&text, name).lines() {
                    assert!(line.chars().count() <= 100, "{}: {line}", path.display());
                }
            }
        }
    }
}
