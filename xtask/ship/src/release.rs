//! Builds the library for shipping: in its own folder, without paths of this machine, with its debug symbols
//! in a second file, and with the static library isolated.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use abi_stages::compiler::NATIVE_LIBRARIES;
use abi_stages::inspect;
use abi_stages::process::Cmd;
use abi_stages::runner;
use abi_stages::rustflags;
use abi_stages::stages;
use abi_stages::workspace::{self, Workspace};
use abi_verify::builds;
use abi_verify::paths::cargo_home;
use anyhow::{Context, Result};

use crate::isolate;

/// Whether libraries here are ELF files, which binutils can take apart.
pub const IS_ELF: bool = cfg!(all(unix, not(target_vendor = "apple")));

pub struct Release {
    /// The name of the shared library's file.
    pub name: String,
    pub shared: PathBuf,
    /// Its debug symbols, where they are a file of their own.
    pub debug: Option<PathBuf>,
    pub archive: PathBuf,
    /// What else the linker needs with the static library, such as `-lpthread`.
    pub needs: Vec<String>,
    /// What else the linker needs with the shared library, on Windows.
    pub import: Option<PathBuf>,
}

impl Release {
    pub fn build(workspace: &Workspace) -> Result<Release> {
        let cargo = folder(workspace, "cargo");
        cargo_build(workspace, &cargo)?;
        let from = builds::built(workspace, &cargo, "release");
        let from = from.context("cargo has built no shared library")?;
        let lib = folder(workspace, "lib");
        // Whole or not at all: of what an interrupted run left, nothing is taken.
        workspace::remove(&lib)?;
        fs::create_dir_all(&lib).with_context(|| format!("cannot write {}", lib.display()))?;

        let name = workspace.loader_name()?;
        let shared = lib.join(&name);
        let debug = if IS_ELF {
            let debug = lib.join(format!("{name}.debug"));
            separate(workspace, &from, &shared, &debug)?;
            Some(debug)
        } else {
            fs::copy(&from, &shared).with_context(|| format!("cannot copy {}", from.display()))?;
            None
        };
        let functions = inspect::read(&shared)?.exports;
        let static_file = workspace.static_file();
        let archive = lib.join(&static_file);
        isolate::isolate(
            workspace,
            &from.with_file_name(static_file),
            &functions,
            &archive,
        )?;
        let import = from.with_file_name(format!("{}.lib", workspace.shared_file()));
        Ok(Release {
            archive,
            needs: native_libraries(workspace)?,
            import: import.exists().then_some(import),
            name,
            shared,
            debug,
        })
    }
}

/// A file or folder of what is shipped.
pub fn folder(workspace: &Workspace, path: &str) -> PathBuf {
    workspace.target().join("ship").join(path)
}

fn cargo_build(workspace: &Workspace, target: &Path) -> Result<()> {
    let settings = [
        // Taken out afterwards, into a file of their own.
        "profile.release.debug=\"full\"",
        "profile.release.strip=\"none\"",
        // For the next edit, which does not come here.
        "profile.release.incremental=false",
    ];
    let line = Cmd::cargo()
        .args(["build", "--quiet", "--release", "--package"])
        .args([workspace.library().cdylib, "--target-dir"])
        .arg(target)
        .args(settings.iter().flat_map(|setting| ["--config", setting]));
    let flags = neutral_paths(workspace)?
        .into_iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.to_string_lossy()));
    rustflags::with(line, workspace, flags)?
        .check(workspace)
        .map(drop)
}

/// What replaces the paths of this machine in debug symbols and in messages of panics.
fn neutral_paths(workspace: &Workspace) -> Result<Vec<(PathBuf, String)>> {
    let sysroot = Cmd::new("rustc").args(["--print", "sysroot"]);
    let sysroot = sysroot.check(workspace)?.stdout();
    let library = workspace.library();
    let sources = format!("/usr/src/{}-{}", library.name, library.version);
    // A distribution's Rust is in /usr on every machine, and so are the sources that its library names.
    let mut paths = vec![(PathBuf::from(sysroot.trim()), "/rust".to_owned())];
    paths.retain(|(path, _)| path != Path::new("/usr"));
    paths.extend(cargo_home().map(|home| (home, "/cargo".to_owned())));
    // The last one that fits is taken: the workspace may be within another, and the target directory
    // within the workspace.
    let target = format!("{sources}/target");
    paths.push((workspace.root().to_owned(), sources));
    paths.push((workspace.target().to_owned(), target));
    Ok(paths)
}

/// Every path that nothing shipped may have inside.
pub fn paths_of_this_machine(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let ours = neutral_paths(workspace)?.into_iter().map(|(path, _)| path);
    let paths = ours.chain(env::home_dir());
    // A container's home may be as short as `/`, which is everywhere.
    Ok(paths.filter(|path| path.components().count() > 1).collect())
}

/// Takes the debug symbols out of `from`: `shared` is the library without them, `debug` has them. A
/// debugger finds them there, for the library names the file.
fn separate(workspace: &Workspace, from: &Path, shared: &Path, debug: &Path) -> Result<()> {
    let mut link = OsString::from("--add-gnu-debuglink=");
    link.push(debug);
    let strip = Cmd::new("objcopy").arg("--strip-all").arg(link);
    let keep = Cmd::new("objcopy").arg("--only-keep-debug");
    keep.args([from, debug]).check(workspace)?;
    strip.args([from, shared]).check(workspace)?;
    Ok(())
}

/// What rustc says that the static library needs.
fn native_libraries(workspace: &Workspace) -> Result<Vec<String>> {
    fs::create_dir_all(workspace.pipeline("lib"))?;
    runner::quietly(workspace, vec![stages::c::native_libraries(workspace)])?;
    let list = workspace::read(&workspace.pipeline("lib").join(NATIVE_LIBRARIES))?;
    Ok(list.split_whitespace().map(str::to_owned).collect())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{self, Command};

    use super::*;
    use crate::hello::LIBRARY;
    use abi_stages::workspace::TARGET;

    /// Where the flags are: in cargo's configuration, in the environment.
    fn places() -> [(String, Option<(&'static str, &'static str)>); 5] {
        let array = "rustflags = [\"--cfg\", \"flagged\"]";
        let text = "rustflags = \"--cfg flagged\"";
        [
            (String::new(), None),
            (format!("[build]\n{array}\n"), None),
            (format!("[build]\n{text}\n"), None),
            (format!("[target.{TARGET}]\n{array}\n"), None),
            (String::new(), Some(("RUSTFLAGS", "--cfg flagged"))),
        ]
    }

    /// A copy of the sources.
    fn copy(name: &str) -> PathBuf {
        let workspace = Workspace::locate(&LIBRARY).unwrap();
        let folder = env::temp_dir().join(format!("xtask-{}-{name}", process::id()));
        for file in workspace::sources(workspace.root()).unwrap() {
            let (from, to) = (workspace.root().join(&file), folder.join(&file));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
        folder
    }

    /// An environment in a folder, with what builds a wheel.
    fn environment(folder: &Path) -> PathBuf {
        let python = folder.join("environment/bin/python");
        if !python.exists() {
            let system = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
            let venv = folder.join("environment");
            printed(Command::new(system).args(["-m", "venv"]).arg(venv));
            let packages = ["build", "cffi", "setuptools"];
            let pip = ["-m", "pip", "install", "--quiet", "--upgrade"];
            printed(Command::new(&python).args(pip).args(packages));
        }
        python
    }

    /// A copy of the sources in which a flag changes the answer of a function; and the answers of what
    /// `built` makes of it, wherever the flag is set.
    fn answers(name: &str, built: impl Fn(&Path, &dyn Fn(&mut Command)) -> String) -> Vec<String> {
        let folder = copy(name);
        let file = folder.join(LIBRARY.cdylib).join("src/crossing/version.rs");
        let version = "concat!(env!(\"CARGO_PKG_VERSION\"), \"\\0\")";
        let flagged = format!("if cfg!(flagged) {{ \"flagged\\0\" }} else {{ {version} }}");
        let text = workspace::read(&file).unwrap();
        assert!(text.contains(version), "{text}");
        workspace::write(&file, text.replace(version, &flagged).as_bytes()).unwrap();
        let mut answers = Vec::new();
        for (configuration, variable) in places() {
            let file = folder.join(".cargo/config.toml");
            workspace::write(&file, configuration.as_bytes()).unwrap();
            answers.push(built(&folder, &|line: &mut Command| {
                line.env_remove("RUSTFLAGS")
                    .env_remove("CARGO_ENCODED_RUSTFLAGS")
                    .envs(variable);
            }));
        }
        fs::remove_dir_all(folder).unwrap();
        answers
    }

    fn printed(line: &mut Command) -> String {
        let output = line.output().unwrap();
        assert!(output.status.success(), "{line:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    const EXPECTED: [&str; 5] = [
        env!("CARGO_PKG_VERSION"),
        "flagged",
        "flagged",
        "flagged",
        "flagged",
    ];

    #[test]
    #[ignore = "takes a minute: it builds what is shipped five times"]
    fn what_is_shipped_has_the_flags_of_the_configuration() {
        let answers = answers("release", |folder, environment| {
            // In a process of its own: this one has other threads.
            let mut line = Command::new(env::current_exe().unwrap());
            line.args(["--exact", "--ignored", "--nocapture"])
                .arg("release::tests::prints_the_version_that_is_shipped")
                .env("XTASK_COPY_ROOT", folder)
                .env("XTASK_COPY_TARGET", folder.join("target"));
            environment(&mut line);
            let output = printed(&mut line);
            let version = output
                .lines()
                .find_map(|line| line.strip_prefix("version: "));
            version.expect(&output).to_owned()
        });
        assert_eq!(answers, EXPECTED);
    }

    #[test]
    #[ignore = "is run by the test above"]
    fn prints_the_version_that_is_shipped() {
        let workspace = Workspace::locate(&LIBRARY).unwrap();
        if workspace.root() == workspace.home().root() {
            return; // With all that is ignored, and not by the test.
        }
        let release = Release::build(&workspace).unwrap();
        // SAFETY: it has nothing to do when it is loaded, and the header declares the function so.
        let version = unsafe {
            let library = libloading::Library::new(&release.shared).unwrap();
            let name = LIBRARY.function("version");
            let function = library.get::<extern "C" fn() -> *const std::ffi::c_char>(&name);
            std::ffi::CStr::from_ptr(function.unwrap()()).to_owned()
        };
        println!("\nversion: {}", version.to_str().unwrap());
    }

    #[test]
    #[ignore = "needs pip and its package index, and takes a minute"]
    fn a_wheel_has_the_flags_of_the_configuration_and_its_build_may_be_coloured() {
        let answers = answers("wheel", |folder, environment| {
            let python = self::environment(folder);
            let mut line = Command::new(&python);
            line.args(["-m", "pip", "install", "--quiet", "--no-build-isolation"])
                .args(["--force-reinstall", "--no-deps", "./py-harness"])
                .current_dir(folder)
                .env("CARGO_TARGET_DIR", folder.join("target"))
                .env("CARGO_TERM_COLOR", "always");
            environment(&mut line);
            printed(&mut line);
            let program = format!(
                "import {0}; print({0}.ffi.string({0}.lib.{1}()).decode())",
                LIBRARY.module,
                LIBRARY.function("version")
            );
            let mut line = Command::new(&python);
            printed(line.args(["-c", &program]).current_dir(folder))
                .trim()
                .to_owned()
        });
        assert_eq!(answers, EXPECTED);
    }

    /// The bytes of the one file in a folder whose name ends like that.
    fn built(folder: &Path, end: &str) -> (PathBuf, Vec<u8>) {
        let file = crate::wheel::the_one(folder, end).unwrap();
        (file.clone(), fs::read(file).unwrap())
    }

    #[test]
    #[ignore = "needs pip and its package index, and takes minutes"]
    fn a_package_is_the_same_however_and_wherever_it_is_built() {
        let folder = copy("package");
        let checkout = folder.join("checkout");
        let moved: Vec<_> = fs::read_dir(&folder).unwrap().flatten().collect();
        fs::create_dir(&checkout).unwrap();
        for entry in moved {
            fs::rename(entry.path(), checkout.join(entry.file_name())).unwrap();
        }
        // What its sources include from elsewhere, and a folder that is called as cargo's own is.
        let core = checkout.join(LIBRARY.core).join("src");
        let lib = workspace::read(&core.join("lib.rs")).unwrap();
        let lib = format!(
            "#![doc = include_str!(\"../../README.md\")]\n{lib}\n/// It is.\npub mod target;\n"
        );
        workspace::write(&core.join("lib.rs"), lib.as_bytes()).unwrap();
        workspace::write(&core.join("target/mod.rs"), b"//! A module.\n").unwrap();
        // A package of others, with licenses of its own.
        let manifest = checkout.join(LIBRARY.core).join("Cargo.toml");
        let depends = "\n[dependencies.memchr]\nversion = \"2\"\n";
        let depends = workspace::read(&manifest).unwrap() + depends;
        workspace::write(&manifest, depends.as_bytes()).unwrap();
        printed(
            Command::new("cargo")
                .args(["update", "--workspace"])
                .current_dir(&checkout),
        );
        let python = environment(&folder);
        let build = |shell: &str, what: &str, source: &Path, to: &str| {
            let line = format!("{shell} exec \"$@\"");
            printed(
                Command::new("sh")
                    .args(["-c", &line, "sh"])
                    .arg(&python)
                    .args(["-m", "build", "--no-isolation", what, "--outdir"])
                    .args([&folder.join(to), source])
                    .current_dir("/")
                    .env_remove("RUSTFLAGS"),
            );
        };
        let package = checkout.join("py-harness");
        build("", "--wheel", &package, "one");
        let (_, one) = built(&folder.join("one"), ".whl");
        let license = b"licenses/LICENSE-memchr-";
        let has_it = one.windows(license.len()).any(|name| name == license);
        assert!(has_it, "the license of a dependency is not in the wheel");
        let set = "umask 077; export LC_ALL=C CARGO_TERM_COLOR=always;";
        build(set, "--wheel", &package, "other");
        assert!(
            built(&folder.join("other"), ".whl").1 == one,
            "another wheel"
        );
        // A folder without a program in it.
        let empty = folder.join("empty");
        fs::create_dir(&empty).unwrap();
        let mut line = Command::new(&python);
        line.args(["-m", "build", "--no-isolation", "--wheel"])
            .arg(&package);
        let output = line.env("PATH", &empty).env("CARGO", "").output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("cargo was not found; install Rust"),
            "{output:?}"
        );
        // A temporary folder in which no program can run: rustc's flags come from one.
        let shell = format!(
            "mount -t tmpfs -o noexec tmpfs {0} && TMPDIR={0} exec \"$@\"",
            empty.display()
        );
        let mut line = Command::new("unshare");
        line.args(["--map-root-user", "--mount", "sh", "-c", &shell, "sh"]);
        line.arg(&python)
            .args(["-m", "build", "--no-isolation", "--wheel"]);
        let output = line.arg(&package).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("set TMPDIR to a folder where"), "{output:?}");
        // Where neither the checkout nor the person's home can be written.
        let read_only = format!(
            "export CARGO_HOME=\"${{CARGO_HOME:-$HOME/.cargo}}\" RUSTUP_HOME=\"${{RUSTUP_HOME:-$HOME/.rustup}}\"; \
             exec unshare --map-root-user --mount sh -c 'mount --bind {0} {0} && \
             mount --options remount,bind,ro {0} && HOME=/dev/null exec \"$@\"' sh \"$@\";",
            checkout.display()
        );
        build(&read_only, "--wheel", &package, "third");
        assert!(
            built(&folder.join("third"), ".whl").1 == one,
            "another wheel of a read-only checkout"
        );
        build("", "--sdist", &package, "one");
        build(set, "--sdist", &package, "other");
        let (archive, content) = built(&folder.join("one"), ".tar.gz");
        assert!(
            built(&folder.join("other"), ".tar.gz").1 == content,
            "another archive"
        );

        // In place, where what changes in the sources is there at once.
        let editable = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-build-isolation",
            "--no-deps",
            "-e",
        ];
        printed(Command::new(&python).args(editable).arg(&package));
        let file = package.join("src").join(LIBRARY.module).join("__init__.py");
        let changed = workspace::read(&file).unwrap() + "\nCHANGED = version()\n";
        workspace::write(&file, changed.as_bytes()).unwrap();
        let program = format!("import {0}; print({0}.CHANGED)", LIBRARY.module);
        let line = ["-c", &program];
        let answer = printed(Command::new(&python).args(line).current_dir("/"));
        assert_eq!(answer.trim(), env!("CARGO_PKG_VERSION"));

        // From the archive alone.
        fs::remove_dir_all(&checkout).unwrap();
        let unpacked = folder.join("unpacked");
        fs::create_dir(&unpacked).unwrap();
        let tar = ["--extract", "--strip-components=1", "--file"];
        printed(
            Command::new("tar")
                .args(tar)
                .arg(archive)
                .current_dir(&unpacked),
        );
        build(
            "export CARGO_NET_OFFLINE=true;",
            "--wheel",
            &unpacked,
            "fourth",
        );
        assert!(
            built(&folder.join("fourth"), ".whl").1 == one,
            "another wheel of the archive"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
