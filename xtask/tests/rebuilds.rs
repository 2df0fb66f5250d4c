//! A change of a source reaches everything that is made from it: nothing old is taken for new.
#![cfg(unix)]

#[path = "../src/library.rs"]
mod library;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use library::LIBRARY;

use abi_stages::header;
use abi_stages::python::Environment;
use abi_stages::step::Step;
use abi_stages::workspace::{self, Workspace};

/// A copy of the sources, to be changed.
fn copy(name: &str) -> PathBuf {
    let workspace = Workspace::locate(&LIBRARY).unwrap();
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&copy);
    for file in workspace::sources(workspace.root()).unwrap() {
        let (from, to) = (workspace.root().join(&file), copy.join(&file));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
    copy
}

fn xtask(copy: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .env("XTASK_COPY_ROOT", copy)
        .env("XTASK_COPY_TARGET", copy.join("target"))
        .output()
        .unwrap()
}

/// The lines by which the programs of the first two stages are compared.
fn lines(copy: &Path) -> Vec<String> {
    let output = xtask(copy, &["c", "--quiet"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let programs = text.lines().filter(|line| !line.contains("byte for byte"));
    programs.map(str::to_owned).collect()
}

/// Replaces every `from` in the Rust files of a folder; there has to be one.
fn edit(folder: &Path, from: &str, to: &str) {
    let mut edited = 0;
    for file in workspace::files(folder).unwrap() {
        let text = workspace::read(&file).unwrap();
        if file.extension().is_some_and(|end| end == "rs") && text.contains(from) {
            workspace::write(&file, text.replace(from, to).as_bytes()).unwrap();
            edited += 1;
        }
    }
    assert!(edited > 0, "{} has no `{from}`", folder.display());
}

#[test]
fn an_edit_of_the_logic_is_in_every_program() {
    let copy = copy("rebuilds-logic");
    let before = lines(&copy);
    assert!(before.len() > 1, "{before:?}");
    // As long as the text before, so that no file has another size.
    let (from, to) = (&before[0][..4], before[0][..4].to_uppercase());
    assert!(before.iter().all(|line| line.contains(from)), "{before:?}");
    edit(
        &copy.join(LIBRARY.core).join("src"),
        &format!("\"{from}"),
        &format!("\"{to}"),
    );
    let expected: Vec<String> = before.iter().map(|line| line.replace(from, &to)).collect();
    assert_eq!(lines(&copy), expected);
    // What `verify` looks at is what cargo has built.
    let workspace = Workspace::locate(&LIBRARY).unwrap();
    let workspace = workspace.copy_at(copy.clone(), copy.join("target"));
    for (file, taken) in [
        (workspace.shared_file(), workspace.shared_library()),
        (workspace.static_file(), workspace.static_library()),
    ] {
        let built = fs::read(workspace.release(&file)).unwrap();
        assert!(fs::read(&taken).unwrap() == built, "{}", taken.display());
    }
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn an_edit_of_what_the_header_is_made_from_is_noticed() {
    let copy = copy("rebuilds-header");
    let workspace = Workspace::locate(&LIBRARY).unwrap();
    let workspace = workspace.copy_at(copy.clone(), copy.join("target"));
    let current = || matches!(header::outdated(&workspace), Ok(None));
    assert!(current(), "{:?}", header::outdated(&workspace));
    for file in [
        "cbindgen.toml",
        "src/crossing/status.rs",
        "src/abi_version.rs",
    ] {
        let path = copy.join(LIBRARY.cdylib).join(file);
        let text = workspace::read(&path).unwrap();
        let added = match file.ends_with(".rs") {
            true => "\n/// One more.\npub const ONE_MORE: u32 = 1;\n",
            false => "\n# One more.\n",
        };
        workspace::write(&path, (text.clone() + added).as_bytes()).unwrap();
        assert!(!current(), "{file} was changed");
        workspace::write(&path, text.as_bytes()).unwrap();
        assert!(current(), "{file} is as before");
    }
    // Line endings are no edit.
    for file in [
        "cbindgen.toml",
        "src/crossing/status.rs",
        &format!("include/{}", LIBRARY.header()),
    ] {
        let path = copy.join(LIBRARY.cdylib).join(file);
        let text = workspace::read(&path).unwrap().replace('\n', "\r\n");
        workspace::write(&path, text.as_bytes()).unwrap();
        assert!(current(), "{file} has other line endings");
    }
    fs::remove_dir_all(copy).unwrap();
}

#[test]
fn an_edit_of_what_the_module_is_made_from_is_noticed() {
    let copy = copy("rebuilds-module");
    let workspace = Workspace::locate(&LIBRARY).unwrap();
    let workspace = workspace.copy_at(copy.clone(), copy.join("target"));
    let environment = Environment::of_pipeline(&workspace);
    // As if all of it had been made: nothing is built here.
    let header = workspace.pipeline_header();
    let stamp_of_environment = workspace.pipeline("python/.environment.stamp");
    let step = || Step::new("", "");
    let module = || environment.build_module(&workspace, step()).unwrap().stamp;
    let created = || environment.create(&workspace, step(), false).unwrap().stamp;
    for file in [&header, &stamp_of_environment, &environment.python()] {
        workspace::write(file, b"made\n").unwrap();
    }
    created().unwrap().write().unwrap();
    module().unwrap().write().unwrap();
    let is_current = || created().unwrap().is_current() && module().unwrap().is_current();
    assert!(is_current());
    let package = Path::new("py-harness/src").join(LIBRARY.module);
    for file in [
        header,
        stamp_of_environment,
        copy.join("py-harness/requirements.txt"),
        copy.join(format!("py-harness/{}_ffi_builder.py", LIBRARY.name)),
        copy.join("py-harness/support/ffi_builder.py"),
        copy.join("py-harness/support/capsule.c"),
        copy.join(package.join("__init__.py")),
    ] {
        let text = workspace::read(&file).unwrap();
        workspace::write(&file, (text.clone() + "\n").as_bytes()).unwrap();
        assert!(!is_current(), "{} was changed", file.display());
        workspace::write(&file, text.as_bytes()).unwrap();
        assert!(is_current(), "{} is as before", file.display());
    }
    workspace::write(&copy.join(package.join("new.py")), b"").unwrap();
    assert!(!is_current(), "a file is new");
    fs::remove_dir_all(copy).unwrap();
}
