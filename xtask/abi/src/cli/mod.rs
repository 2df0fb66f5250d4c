//! `cargo abi`: the arguments, what the manifest says, and the build.

mod allow;
mod arguments;
mod build;
mod check;
mod config;
mod diff;
mod find_headers;
mod hostile;
mod rustdoc;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write, stdout};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use abi_stages::cli::{UsageError, usage_error};
use abi_stages::workspace;
use anyhow::{Context, Result, bail};

use crate::check::Report;
use crate::model::Abi;
use crate::process::{Finished, exists, program};
use crate::report::{self, plain};
use crate::{Headers, new};
use clap::Parser as _;
use tempfile::TempDir;

pub use arguments::New;
use arguments::{Arguments, Command, Format, Freeze, Options};
use build::{Build, Package, Variant};
use config::Config;
pub use rustdoc::wrapper;

/// Runs `cargo abi` with the arguments of this process.
pub fn main() -> ExitCode {
    if let Some(code) = wrapper() {
        return code;
    }
    let mut words: Vec<OsString> = env::args_os().skip(1).collect();
    // As a subcommand of cargo it gets its own name first.
    if words.first().is_some_and(|word| word == "abi") {
        words.remove(0);
    }
    let arguments = Arguments::try_parse_from(["cargo abi".into()].into_iter().chain(words));
    let arguments = arguments.unwrap_or_else(|error| error.exit());
    // What leads to itself in a file that somebody made up needs more than the usual stack until it is
    // refused.
    let finished = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(256 << 20);
        let thread = thread.spawn_scoped(scope, || run(&arguments.command))?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    });
    finished.unwrap_or_else(|error| {
        let (help, code) = match error.is::<UsageError>() {
            true => ("\n\nFor help: cargo abi --help", WRONG_USAGE),
            false => ("", COULD_NOT_LOOK),
        };
        eprintln!("{}{help}", plain(&format!("error: {error:#}")));
        ExitCode::from(code)
    })
}

fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Check(arguments) => check::run(arguments),
        Command::Hostile(arguments) => hostile::run(arguments),
        Command::Dump(options) => dump(options),
        Command::Freeze(arguments) => freeze(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::New(arguments) => new::run(arguments),
    }
}

/// The exit codes; 0 is agreement.
const DIFFERENCES: u8 = 1;
const WRONG_USAGE: u8 = 2;
const COULD_NOT_LOOK: u8 = 3;

/// Prints; a reader who has gone away is no error.
pub fn print(text: &str) -> Result<()> {
    let printed = stdout().write_all(text.as_bytes());
    match printed.and_then(|()| stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// The package and what is known about it before it is built.
pub struct Subject<'a> {
    options: &'a Options,
    package: Package,
    config: Config,
}

impl Subject<'_> {
    fn find(options: &Options) -> Result<Subject<'_>> {
        let package = Package::find(&options.cargo)?;
        let config = Config::read(&package, options)?;
        Ok(Subject {
            options,
            package,
            config,
        })
    }

    /// What is looked at.
    fn title(&self, headers: &Headers) -> String {
        let (of, header) = (&self.package, check::header_name(headers));
        format!("{} {}, {header}", of.name, of.version)
    }

    /// The file of the baseline for pointers of this size.
    fn baseline(&self, pointer_size: Option<u64>) -> PathBuf {
        let bits = pointer_size.unwrap_or(8) * 8;
        let file = format!("abi/baseline-{bits}.txt");
        self.package.folder().join(file)
    }
}

fn exit_code(agrees: bool) -> ExitCode {
    ExitCode::from(if agrees { 0 } else { DIFFERENCES })
}

fn show(arguments: &arguments::Report, report: &Report) -> Result<()> {
    let folder = env::current_dir().unwrap_or_default();
    let folder = folder.canonicalize().unwrap_or(folder);
    let pretty = |value| serde_json::to_string_pretty(&value).map(|text| text + "\n");
    print(&match arguments.format {
        Format::Text => report::text(report, &folder, arguments.all),
        Format::Json => pretty(report::json(report, &folder))?,
        Format::Sarif => pretty(report::sarif(report, &folder))?,
        Format::Junit => report::junit(report),
    })
}

/// What the headers declare, without the library.
fn header(options: &Options) -> Result<(Abi, Option<Subject<'_>>)> {
    if !options.headers.files.is_empty() && options.cargo.package.is_none() {
        // No package is needed.
        let abi = declared(options, &options.headers, temporary()?.path())?;
        return Ok((abi, None));
    }
    let subject = Subject::find(options)?;
    find_headers::require(&subject)?;
    // A build may renew what is in the sources, too.
    let headers = match find_headers::find_in_sources(&subject)? {
        Some(headers) if subject.package.build_script().is_none() => headers,
        _ => find_headers::find(&subject, &Build::run(&subject, Variant::Debug)?)?,
    };
    let abi = declared(options, &headers, &subject.package.scratch())?;
    Ok((abi, Some(subject)))
}

fn dump(options: &Options) -> Result<ExitCode> {
    print(&header(options)?.0.to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn freeze(arguments: &Freeze) -> Result<ExitCode> {
    let (abi, subject) = header(&arguments.options)?;
    let path = match (&arguments.baseline, &subject) {
        (Some(path), _) => path.clone(),
        (None, Some(subject)) => subject.baseline(abi.pointer_size),
        (None, None) => bail!(usage_error(
            "freeze needs --baseline FILE if there is no package"
        )),
    };
    if path.exists() && !arguments.force {
        bail!(
            "{} already exists, and what was released does not change; --force replaces it",
            path.display()
        );
    }
    workspace::write(&path, abi.to_string().as_bytes())?;
    print(&format!("{} written\n", plain(&path.display().to_string())))?;
    Ok(ExitCode::SUCCESS)
}

/// A folder that is removed again. Others write to the same place: it has a name that they cannot know, is new,
/// and is for this user alone.
fn temporary() -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let made = builder.prefix("cargo-abi-").tempdir();
    made.context("cannot write a temporary folder")
}

/// What headers declare, by the first compiler that understands them: one may know more of C than another.
fn declared(options: &Options, headers: &Headers, scratch: &Path) -> Result<Abi> {
    let lines = compilers(options)?;
    let read =
        |line: &Vec<OsString>| headers.read_qualified(&program(&line[0], &line[1..]), scratch);
    read(&lines[0]).or_else(|error| {
        let by_other = |line| Some((line, read(line).ok()?));
        let (line, abi) = lines[1..].iter().find_map(by_other).ok_or(error)?;
        let [refused, by] = [&lines[0], line].map(|line| line[0].display());
        eprintln!(
            "note: `{refused}` does not understand the header; `{by}` does, and its answer counts"
        );
        Ok(abi)
    })
}

/// Runs the C compiler that is asked for, or the first that is there.
fn compiler(options: &Options) -> Result<impl Fn(&[OsString]) -> Result<Finished>> {
    let line = compilers(options)?.swap_remove(0);
    Ok(program(&line[0], &line[1..]))
}

/// The C compiler that is asked for, or those that are there: for another system, those that compile for
/// it.
fn compilers(options: &Options) -> Result<Vec<Vec<OsString>>> {
    let target = options.cargo.target.as_deref();
    let variables = match target {
        None => vec!["CC".to_owned()],
        Some(of) => vec![format!("CC_{}", of.replace('-', "_")), format!("CC_{of}")],
    };
    let mut set = variables.iter().filter_map(|name| env::var(name).ok());
    let set = set.find(|line| !line.is_empty());
    let given = options.cc.clone().or(set);
    let mut lines = match (&given, target) {
        (Some(given), _) => vec![given.clone()],
        (None, None) => ["cc", "gcc", "clang"].map(str::to_owned).to_vec(),
        (None, Some(of)) => {
            let prefix = of.replace("-unknown-", "-");
            vec![format!("{prefix}-gcc"), format!("clang --target={of}")]
        }
    };
    let program = |line: &String| line.split_whitespace().next().map(str::to_owned);
    lines.retain(|line| program(line).is_some_and(|name| exists(name.as_ref())));
    if lines.is_empty() {
        let name = given.map_or_else(String::new, |name| format!(" `{name}`"));
        bail!(
            "the C compiler{name} was not found, and it reads the header: install gcc or clang, or name \
             one with --cc or CC"
        );
    }
    let words = |line: &String| line.split_whitespace().map(Into::into).collect();
    Ok(lines.iter().map(words).collect())
}
