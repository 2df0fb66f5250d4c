//! A workspace of `cargo abi new`, with the engine as others get it: from the packages that would be
//! published, and from a revision of a repository. This checkout is out of its sight.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages of the engine.
const ENGINE: [&str; 8] = [
    "abi-boundary",
    "abi-header",
    "abi-python",
    "abi-stages",
    "cargo-abi",
    "abi-verify",
    "abi-ship",
    "abi-tasks",
];

fn checkout() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Where the test works: in a path with a space, below the target directory, which is kept so that the next
/// run compiles less.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("new workspace")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// cargo in a folder, without what the cargo that runs this test has set.
fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_set_by_cargo = text.starts_with("CARGO") && text != "CARGO_HOME";
        if is_set_by_cargo || text == "LD_LIBRARY_PATH" {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Runs a command, which has to succeed, and returns what it printed.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

fn cargo_home() -> PathBuf {
    let default = || Path::new(&std::env::var_os("HOME").unwrap()).join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(default, PathBuf::from)
}

/// Packs the engine, unpacks it as cargo would have it from the registry, and makes a home of cargo in which
/// it is what the registry has.
fn publish(scratch: &Path) -> PathBuf {
    let packed = scratch.join("packed");
    let mut package = cargo(checkout());
    package.args([
        "package",
        "--quiet",
        "--no-verify",
        "--allow-dirty",
        "--target-dir",
    ]);
    package.arg(&packed);
    ENGINE.iter().for_each(|name| {
        package.args(["--package", name]);
    });
    succeed(&mut package);
    let unpacked = scratch.join("unpacked");
    let _ = fs::remove_dir_all(&unpacked);
    fs::create_dir_all(&unpacked).unwrap();
    let home = scratch.join("home");
    fs::create_dir_all(&home).unwrap();
    let mut config = "[patch.crates-io]\n".to_owned();
    for name in ENGINE {
        let version = env!("CARGO_PKG_VERSION");
        let archive = packed.join(format!("package/{name}-{version}.crate"));
        // Packed files have all the same time, by which cargo would not see a change.
        succeed(
            Command::new("tar")
                .arg("-C")
                .arg(&unpacked)
                .arg("-xzmf")
                .arg(archive),
        );
        let folder = unpacked.join(format!("{name}-{version}"));
        // It lies below a workspace, of which it is no member.
        let manifest = folder.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap() + "\n[workspace]\n";
        fs::write(manifest, text).unwrap();
        config += &format!("{name} = {{ path = {:?} }}\n", folder.display().to_string());
    }
    fs::write(home.join("config.toml"), config).unwrap();
    // What was downloaded before need not be downloaded again.
    for shared in ["registry", "git"] {
        let (ours, theirs) = (cargo_home().join(shared), home.join(shared));
        if ours.exists() && !theirs.exists() {
            symlink(ours, theirs).unwrap();
        }
    }
    home
}

/// Removes an earlier workspace, but for what it had compiled.
fn fresh(workspace: &Path) {
    let target = workspace.with_extension("target");
    if workspace.join("target").exists() {
        let _ = fs::remove_dir_all(&target);
        fs::rename(workspace.join("target"), &target).unwrap();
    }
    let _ = fs::remove_dir_all(workspace);
}

fn restore(workspace: &Path) {
    let target = workspace.with_extension("target");
    if target.exists() {
        fs::rename(target, workspace.join("target")).unwrap();
    }
}

fn xtask(workspace: &Path, home: &Path, line: &str) {
    let mut command = cargo(workspace);
    // With the same home, what others wrote was compiled for this checkout already.
    if *home == cargo_home() {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        command.env("CARGO_BUILD_BUILD_DIR", target);
    }
    let printed = succeed(
        command
            .env("CARGO_HOME", home)
            .env("CI", "true")
            .arg("xtask")
            .args(line.split(' ')),
    );
    if line.starts_with("verify") {
        let sums = printed.lines().last().unwrap_or_default();
        assert!(sums.contains(" passed, 0 failed"), "{line}: {sums}");
        assert!(!sums.starts_with("0 "), "{line}: {sums}");
    }
}

#[test]
#[ignore = "takes minutes: it compiles the engine and runs all checks of a new workspace"]
fn a_new_workspace_is_green_with_the_packages_that_would_be_published() {
    let scratch = scratch("packages");
    let home = publish(&scratch);
    let tool = scratch
        .join("unpacked")
        .join(concat!("cargo-abi-", env!("CARGO_PKG_VERSION")));
    let root = scratch.join("installed");
    let workspace = scratch.join("zebra");
    fresh(&workspace);
    // What is compiled for the command, as the new workspace compiles it, serves there again.
    succeed(
        cargo(&scratch)
            .env("CARGO_HOME", &home)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .args(["install", "--debug", "--quiet", "--force", "--offline"])
            .arg("--path")
            .arg(tool)
            .arg("--root")
            .arg(&root)
            .arg("--target-dir")
            .arg(workspace.with_extension("target")),
    );
    let path = std::env::var_os("PATH").unwrap();
    let mut folders = vec![root.join("bin")];
    folders.extend(std::env::split_paths(&path));
    succeed(
        cargo(&scratch)
            .env("PATH", std::env::join_paths(folders).unwrap())
            .args(["abi", "new", "zebra"]),
    );
    restore(&workspace);
    let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let engine = concat!(
        "abi-tasks = { version = \"",
        env!("CARGO_PKG_VERSION"),
        "\" }"
    );
    assert!(manifest.contains(engine), "{manifest}");

    xtask(&workspace, &home, "demo");
    xtask(&workspace, &home, "verify --all --strict");
    xtask(&workspace, &home, "generate --check");
    xtask(&workspace, &home, "install --prefix target/usr");
    xtask(&workspace, &home, "dist");
    pip_install(&workspace, &home);
}

/// What a user of the Python package does.
fn pip_install(workspace: &Path, home: &Path) {
    let environment = workspace.join("target/pip");
    succeed(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    );
    let python = environment.join("bin/python");
    succeed(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "./py-harness"])
            .current_dir(workspace)
            .env("CARGO_HOME", home),
    );
    let line = "import pyzebra; print(pyzebra.fahrenheit(100))";
    let printed = succeed(
        Command::new(&python)
            .args(["-c", line])
            .current_dir("/")
            .env_clear(),
    );
    assert_eq!(printed, "212.0\n");
}

/// What an engineer adds who follows the README: the functions that it shows, a status, cases, Python.
fn follow_the_readme(workspace: &Workspace<'_>) {
    let readme = workspace.read("README.md");
    let blocks = |language: &str| -> Vec<String> {
        let start = format!("```{language}\n");
        let pieces = readme.split(&start).skip(1);
        let blocks = pieces.filter_map(|piece| piece.split("```").next());
        // One in a list is indented.
        let plain = |block: &str| match block.starts_with("   ") {
            true => block.replace("\n   ", "\n"),
            false => block.to_owned(),
        };
        blocks.map(plain).collect()
    };
    let [simple, fallible] = blocks("rust").try_into().expect("two functions");
    let [python] = blocks("python").try_into().expect("one in Python");
    let sources = "zebra-cdylib/src";
    let first = format!("//! The first functions.\n\n{fallible}\n{}", simple.trim());
    workspace.write(&format!("{sources}/first.rs"), &first);
    let mine = "your functions.\n";
    workspace.insert(&format!("{sources}/lib.rs"), mine, "mod first;\n");
    let status = "    /// A text is no number.\n    NoNumber = 9,\n";
    workspace.insert(
        &format!("{sources}/status.rs"),
        "OutOfMemory = 8,\n",
        status,
    );
    succeed(cargo(workspace.0).arg("fmt"));
    let cases = "zebra_hypotenuse(3, 4)\nzebra_parse(\"12\", &number)\nzebra_parse(\"x\", &number)\n\
                 zebra_parse(NULL, &number)\nrandom 50: zebra_parse(?, &number)\n";
    workspace.insert(
        "zebra-cdylib/cases/zebra.txt",
        "zebra_string_free(NULL) -> void\n",
        cases,
    );
    let package = "py-harness/src/pyzebra";
    let imports = "\"\"\"The first functions.\"\"\"\n\nfrom __future__ import annotations\n\n\
                   from ._boundary import LibraryError, c_text, check, ffi, lib\n\n\
                   __all__ = [\"NoNumberError\", \"parse\"]\n\n\n";
    let documented = "int:\n    \"\"\"Returns the number that ``text`` is.\"\"\"\n";
    let python = python.replacen("int:\n", documented, 1);
    workspace.write(
        &format!("{package}/_first.py"),
        &format!("{imports}{python}"),
    );
    workspace.insert(
        &format!("{package}/__init__.py"),
        "from ._boundary import *\n",
        "from ._first import *\n",
    );
    let test = "from __future__ import annotations\n\nimport pytest\n\nimport pyzebra\n\n\n\
                def test_a_number_is_read() -> None:\n    assert pyzebra.parse(\"12\") == 12\n    \
                with pytest.raises(pyzebra.NoNumberError):\n        pyzebra.parse(\"x\")\n";
    workspace.write("py-harness/tests/test_first.py", test);
}

/// A folder with a workspace.
struct Workspace<'a>(&'a Path);

impl Workspace<'_> {
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    /// Puts a text behind another one.
    fn insert(&self, file: &str, before: &str, text: &str) {
        let old = self.read(file);
        assert!(old.contains(before), "{file} has no `{before}`");
        self.write(file, &old.replacen(before, &format!("{before}{text}"), 1));
    }
}

#[test]
#[ignore = "takes minutes: it compiles the engine and runs the quick checks of a new workspace"]
fn a_workspace_around_a_core_is_green_as_its_readme_leads_with_a_revision_of_a_repository() {
    let scratch = scratch("revision");
    let bare = scratch.join("engine.git");
    let _ = fs::remove_dir_all(&bare);
    succeed(
        Command::new("git")
            .args(["clone", "--quiet", "--bare"])
            .arg(checkout())
            .arg(&bare),
    );
    let revision = succeed(
        Command::new("git")
            .arg("-C")
            .arg(&bare)
            .args(["rev-parse", "HEAD"]),
    );
    let engine = format!("git:file://{}#{}", bare.display(), revision.trim());
    let core = scratch.join("zebra");
    let manifest =
        "[package]\nname = \"zebra\"\nversion = \"0.3.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::create_dir_all(core.join("src")).unwrap();
    fs::write(core.join("Cargo.toml"), manifest).unwrap();
    let logic = "pub fn hypotenuse(a: f64, b: f64) -> f64 {\n    a.hypot(b)\n}\n\n\
                 pub fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {\n    text.parse()\n}\n";
    fs::write(core.join("src/lib.rs"), logic).unwrap();
    let folder = scratch.join("libzebra");
    fresh(&folder);
    succeed(
        Command::new(env!("CARGO_BIN_EXE_cargo-abi"))
            .current_dir(&scratch)
            .args(["abi", "new", "zebra", "libzebra", "--core", "./zebra"])
            .args(["--engine", &engine]),
    );
    restore(&folder);
    xtask(&folder, &cargo_home(), "demo");
    let workspace = Workspace(&folder);
    follow_the_readme(&workspace);
    xtask(&folder, &cargo_home(), "demo");
    xtask(&folder, &cargo_home(), "generate");
    let answers = workspace.read("zebra-cdylib/cases/zebra.txt");
    for answer in ["zebra_hypotenuse(3, 4) -> 5\n", "-> ZEBRA_STATUS_NO_NUMBER"] {
        assert!(answers.contains(answer), "{answers}");
    }
    for entry in fs::read_dir(folder.join("zebra-cdylib/abi")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    xtask(&folder, &cargo_home(), "abi --freeze");
    xtask(&folder, &cargo_home(), "verify --strict");
}
