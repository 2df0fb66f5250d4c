//! `cargo abi`: the arguments, what the manifest says, and the build.

mod arguments;
mod build;
mod config;
mod diff;
mod find_headers;
mod help;
mod rustdoc;

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::BuildHasher;
use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::Headers;
use crate::check::{Check, Report, baseline_file};
use crate::model::Abi;
use crate::new;
use crate::process::{Finished, exists, program};
use crate::report::{self, Look, plain};
use arguments::{Arguments, Command, Format, Wrong};
use build::{Build, Package};
use config::Config;

/// The file name of the program.
pub const PROGRAM: &str = if cfg!(windows) {
    "cargo-abi.exe"
} else {
    "cargo-abi"
};

/// Runs the compiler or rustdoc, if cargo has started this program in their place: a program that calls
/// [`main`] under a condition calls this first.
pub fn wrapper() -> Option<ExitCode> {
    rustdoc::wrapper()
}

/// Runs `cargo abi` with the arguments of this process.
pub fn main() -> ExitCode {
    if let Some(code) = wrapper() {
        return code;
    }
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    // As a subcommand of cargo it gets its own name first.
    let own = match words.split_first() {
        Some((first, rest)) if first == "abi" => rest,
        _ => &words[..],
    };
    let work = || match own.split_first() {
        Some((first, rest)) if first == "new" => {
            new::run(rest.iter().cloned()).map(|()| ExitCode::SUCCESS)
        }
        _ => run(&Arguments::parse(env::args_os().skip(1)).map_err(as_wrong_usage)?),
    };
    // What leads to itself in a file that somebody made up needs more than the usual stack until it is
    // refused.
    let finished = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(256 << 20);
        thread.spawn_scoped(scope, work).map(|of| of.join())
    });
    let finished = match finished {
        Ok(Ok(finished)) => finished,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => Err(error.into()),
    };
    match finished {
        Ok(code) => code,
        Err(error) if error.is::<Wrong>() => wrong(&error),
        Err(error) => {
            eprintln!("error: {}", plain(&format!("{error:#}")));
            ExitCode::from(COULD_NOT_LOOK)
        }
    }
}

/// The exit codes; 0 is agreement.
const DIFFERENCES: u8 = 1;
const WRONG_USAGE: u8 = 2;
const COULD_NOT_LOOK: u8 = 3;

/// Whatever is wrong with the arguments is a mistake on the command line.
fn as_wrong_usage(error: anyhow::Error) -> anyhow::Error {
    match error.is::<Wrong>() {
        true => error,
        false => wrong_usage(format!("{error:#}")),
    }
}

/// A mistake on the command line.
pub fn wrong_usage(text: impl Into<String>) -> anyhow::Error {
    Wrong(text.into()).into()
}

fn wrong(error: &anyhow::Error) -> ExitCode {
    eprintln!(
        "error: {}\n\nFor help: cargo abi --help",
        plain(&format!("{error:#}"))
    );
    ExitCode::from(WRONG_USAGE)
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.command {
        Command::Help => print(help::TEXT)?,
        Command::Version => print(concat!("cargo-abi ", env!("CARGO_PKG_VERSION"), "\n"))?,
        Command::Check => return check(arguments),
        Command::Dump => dump(arguments)?,
        Command::Freeze => freeze(arguments)?,
        Command::Diff { old, new } => return diff::run(arguments, old, new.as_deref()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints; a reader who has gone away is no error.
fn print(text: &str) -> Result<()> {
    match stdout()
        .write_all(text.as_bytes())
        .and_then(|()| stdout().flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// The package and what is known about it before it is built.
pub struct Subject<'a> {
    arguments: &'a Arguments,
    package: Package,
    config: Config,
}

impl Subject<'_> {
    fn find(arguments: &Arguments) -> Result<Subject<'_>> {
        let package = Package::find(arguments)?;
        let config = Config::read(&package, arguments)?;
        Ok(Subject {
            arguments,
            package,
            config,
        })
    }

    /// The same package in a copy of its repository.
    fn move_to(&mut self, repository: &Path, copy: &Path) {
        let Headers { files, include, .. } = &mut self.config.headers;
        let own = files
            .iter_mut()
            .chain(include)
            .chain([&mut self.package.folder]);
        for path in own {
            let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
            if let Ok(within) = canonical.strip_prefix(repository) {
                *path = copy.join(within);
            }
        }
    }

    fn baseline(&self) -> PathBuf {
        match &self.arguments.baseline {
            Some(path) => path.clone(),
            None => self.package.folder.join(&self.config.baseline),
        }
    }
}

fn check(arguments: &Arguments) -> Result<ExitCode> {
    let subject = Subject::find(arguments)?;
    let compiler = compiler(arguments)?;
    find_headers::require(&subject)?;
    let build = match &arguments.library {
        Some(library) => Build::given(library)?,
        None => Build::run(&subject)?,
    };
    let headers = find_headers::find(&subject, &build)?;
    let python = arguments.python.clone().unwrap_or_else(|| "python3".into());
    let python = program(&python, &[]);
    let cffi = arguments.cffi.as_deref();
    let name = header_name(&headers);
    let items = |files: &BTreeSet<PathBuf>| match arguments.library {
        Some(_) => Err("with --library there is no source to read".to_owned()),
        None => build.items(&subject, files),
    };
    let check = Check {
        library: &build.library,
        headers: &headers,
        header_name: &name,
        compiler: &compiler,
        scratch: &subject.package.scratch(),
        cffi: cffi.map(|module| (&python as _, module)),
        baseline: Some((&subject.baseline(), arguments.baseline.is_some())),
        items: &items,
        hint: &subject.config.hint_of_features(&subject.package),
        rules: &subject.config.rules,
    };
    let mut report = check.run()?;
    let Package {
        name: package,
        version,
        ..
    } = &subject.package;
    report.title = format!("{package} {version}, {name}");
    show(arguments, &report)?;
    Ok(exit_code(report.is_good()))
}

fn exit_code(agrees: bool) -> ExitCode {
    ExitCode::from(if agrees { 0 } else { DIFFERENCES })
}

fn header_name(headers: &Headers) -> String {
    let own = headers
        .files
        .iter()
        .filter(|file| !Headers::is_system(file));
    match &own.collect::<Vec<_>>()[..] {
        [file] => file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        _ => "the header".to_owned(),
    }
}

fn show(arguments: &Arguments, report: &Report) -> Result<()> {
    let folder = env::current_dir().unwrap_or_default();
    let folder = folder.canonicalize().unwrap_or(folder);
    let pretty = |value| serde_json::to_string_pretty(&value).map(|text| text + "\n");
    let text = match arguments.format {
        Format::Text => {
            let look = Look {
                color: arguments.color.unwrap_or_else(|| {
                    stdout().is_terminal()
                        && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                }),
                all: arguments.all,
            };
            report::text(report, &folder, look)
        }
        Format::Json => pretty(report::json(report, &folder))?,
        Format::Sarif => pretty(report::sarif(report, &folder))?,
        Format::Junit => report::junit(report),
    };
    print(&text)
}

/// What the headers declare, without the library.
fn header(arguments: &Arguments) -> Result<(Abi, Option<Subject<'_>>)> {
    let compiler = compiler(arguments)?;
    if !arguments.headers.files.is_empty() && arguments.package.is_none() {
        // No package is needed.
        let abi = arguments.headers.read(&compiler, &temporary()?.0)?;
        return Ok((abi, None));
    }
    let subject = Subject::find(arguments)?;
    find_headers::require(&subject)?;
    // A build may renew what is in the sources, too.
    let headers = match find_headers::find_in_sources(&subject)? {
        Some(headers) if !subject.package.has_build_script => headers,
        _ => find_headers::find(&subject, &Build::run(&subject)?)?,
    };
    let abi = headers.read(&compiler, &subject.package.scratch())?;
    Ok((abi, Some(subject)))
}

fn dump(arguments: &Arguments) -> Result<()> {
    let (abi, _) = header(arguments)?;
    print(&abi.to_string())
}

fn freeze(arguments: &Arguments) -> Result<()> {
    let (abi, subject) = header(arguments)?;
    let path = match (&arguments.baseline, &subject) {
        (Some(path), _) => path.clone(),
        (None, Some(subject)) => baseline_file(&subject.baseline(), abi.pointer_size),
        (None, None) => bail!(Wrong(
            "freeze needs --baseline FILE if there is no package".into()
        )),
    };
    if path.exists() && !arguments.force {
        bail!(
            "{} already exists, and what was released does not change; --force replaces it",
            path.display()
        );
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    }
    fs::write(&path, abi.to_string())
        .with_context(|| format!("cannot write {}", path.display()))?;
    print(&format!("{} written\n", path.display()))
}

/// A folder that is removed again.
struct Temporary(PathBuf);

/// Others write to the same place: the folder has a name that they cannot know, is new, and is for this
/// user alone.
fn temporary() -> Result<Temporary> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    loop {
        let name = format!("cargo-abi-{:016x}", RandomState::new().hash_one(()));
        let folder = env::temp_dir().join(name);
        match builder.create(&folder) {
            Ok(()) => return Ok(Temporary(folder)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot write {}", folder.display()));
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the C compiler that is asked for, or that is there: for another system, one that compiles for
/// it.
fn compiler(arguments: &Arguments) -> Result<impl Fn(&[OsString]) -> Result<Finished>> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let (set, known) = match &arguments.target {
        None => (
            set("CC"),
            ["cc", "gcc", "clang"].map(str::to_owned).to_vec(),
        ),
        Some(target) => (
            set(&format!("CC_{}", target.replace('-', "_")))
                .or_else(|| set(&format!("CC_{target}"))),
            vec![
                target.replace("-unknown-", "-") + "-gcc",
                format!("clang --target={target}"),
            ],
        ),
    };
    let split = |line: &str| -> (OsString, Vec<OsString>) {
        let mut words = line.split_whitespace().map(OsString::from);
        (words.next().unwrap_or_default(), words.collect())
    };
    let given = arguments.compiler.clone().or(set);
    let chosen = match given {
        Some(line) => Some(split(&line.to_string_lossy())),
        None => {
            let mut known = known.iter().map(|line| split(line));
            known.find(|(name, _)| exists(name))
        }
    };
    let Some((name, before)) = chosen else {
        bail!(
            "no C compiler was found, and reading the header takes one: install gcc or clang, or name one \
             with --cc or CC"
        );
    };
    if !exists(&name) {
        bail!(
            "the C compiler `{}` was not found, and it reads the header: install gcc or clang, or \
             name one with --cc or CC",
            name.to_string_lossy()
        );
    }
    Ok(program(&name, &before))
}
