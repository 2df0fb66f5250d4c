//! `cargo abi hostile`: calls that the library's author did not think of.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use abi_stages::cli::usage_error;
use abi_stages::inspect;
use anyhow::{Context, Result, bail};

use super::arguments::Hostile;
use super::build::{Build, Variant};
use super::{Subject, compiler, exit_code, find_headers, show};
use crate::check::Finding;
use crate::compare::{Compared, Kind, Place, Step};
use crate::hostile::special::{self, Special};
use crate::hostile::{self, Conventions, DRIVER, Driver, Interface, Item, Tables};
use crate::model::Note;
use crate::process::Run;
use crate::{Headers, rust_reader, symbols};

/// So much is found in random calls.
const CRASHES: usize = 10;

const ASAN_OPTIONS: &str = "detect_leaks=0:detect_stack_use_after_return=1";

const SANITIZED: &str = "with AddressSanitizer on both sides";

/// Something that the library does not survive, or keeps.
struct Found {
    call: Special,
    how: String,
    builds: Vec<&'static str>,
    program: String,
}

/// What was done, and what came of it.
#[derive(Default)]
struct Work {
    found: Vec<Found>,
    notes: Vec<Note>,
    called: BTreeSet<String>,
}

/// Builds the package in several ways, and calls each function.
pub fn run(arguments: &Hostile) -> Result<ExitCode> {
    let subject = Subject::find(&arguments.options)?;
    let compiler = compiler(&arguments.options)?;
    find_headers::require(&subject)?;
    let build = Build::run(&subject, Variant::Debug)?;
    let headers = find_headers::find(&subject, &build)?;
    let scratch = subject.package.scratch().join("hostile");
    let interface = interface(&subject, &build.library, &headers, &compiler, &scratch)?;
    let asked = &arguments.function;
    if let Some(name) = asked.iter().find(|name| interface.function(name).is_none()) {
        bail!(usage_error(format!(
            "no function `{name}` is both declared and exported"
        )));
    }
    let tables = Tables::new(&interface);
    let limit = Duration::from_secs(arguments.timeout);
    let driver = |name: &str, library: &Path, flags: &[&str]| -> Result<Driver<'_>> {
        let folder = scratch.join(name.replace(' ', "-"));
        let binary = compile(&compiler, &headers, &tables, &folder, library, flags)?;
        let command = move || {
            let mut command = hostile::command(&binary);
            command.env("ASAN_OPTIONS", ASAN_OPTIONS);
            command
        };
        Ok(Driver::new(&tables, limit, Box::new(command)))
    };
    let mut work = Work::default();
    let release = Build::run(&subject, Variant::Release)?;
    for (name, build) in [("with debug assertions", build), ("in a release", release)] {
        let mut driver = driver(name, &build.library, &[])?;
        work.special(asked, &mut driver, name)?;
    }
    if arguments.sanitize {
        let build = Build::run(&subject, Variant::AddressSanitizer)?;
        let flags = ["-fsanitize=address", "-UCOUNT_MEMORY"];
        let mut driver = driver(SANITIZED, &build.library, &flags)?;
        work.random(arguments.rounds, arguments.seed, &mut driver)?;
    }
    let title = subject.title(&headers);
    let found = work.found.into_iter();
    let findings = found.map(|found| finding(&interface, found, arguments.report.all));
    let findings = findings.collect();
    let compared = Compared {
        functions: work.called,
        ..Compared::default()
    };
    let mut rules = subject.config.rules.clone();
    rules.strict |= arguments.report.strict;
    rules.allow = subject.config.hostile.clone();
    // An allowance may be for what was not called.
    let is_all = asked.is_empty() && arguments.sanitize;
    let mut report = rules.report(&title, findings, work.notes, compared, is_all);
    report.done = "called";
    show(&arguments.report, &report)?;
    Ok(exit_code(report.is_good()))
}

/// With its program; with `all` even if it is of the kind of which there are many.
fn finding(interface: &Interface, found: Found, all: bool) -> Finding {
    let Special { item, what } = found.call;
    let function = &interface.functions[item.function];
    let (kind, at) = match item.kind {
        hostile::Kind::Misaligned => (Kind::Misaligned, Some(item.at)),
        hostile::Kind::Many if found.how.starts_with("it keeps") => (Kind::Memory, None),
        hostile::Kind::Many | hostile::Kind::Ordinary => (Kind::Sequence, None),
        hostile::Kind::Counted => (Kind::Elements, None),
        hostile::Kind::Field => (Kind::Null, Some(item.at)),
        _ if item.nulls.count_ones() > 1 => (Kind::Null, None),
        _ => (Kind::Null, Some(item.nulls.trailing_zeros() as usize)),
    };
    let (how, builds) = (found.how, found.builds.join(" and "));
    let mut cause = format!("`{}`, {what}: {how} ({builds})", function.name);
    if kind != Kind::Misaligned || all {
        for line in found.program.lines() {
            cause += format!("\n  | {line}").trim_end();
        }
    }
    let mut place = Place::symbol(&function.name);
    if let Some(at) = at {
        let (number, name) = (at + 1, function.signature.parameters[at].name.clone());
        place = place.with(Step::Parameter { number, name });
    }
    Finding::new(kind, place, cause, function.location.clone())
}

/// The functions that are both declared and exported.
fn interface(
    subject: &Subject<'_>,
    library: &Path,
    headers: &Headers,
    compiler: Run<'_>,
    scratch: &Path,
) -> Result<Interface> {
    let mut header = headers.read(compiler, scratch)?;
    let exported = symbols::exported(library)?;
    let rules = &subject.config.rules;
    rules.keep_own(&mut header);
    header.functions.retain(|name, _| exported.contains(name));
    if header.functions.is_empty() {
        let hint = subject.config.hint_of_features(&subject.package);
        bail!("no function is both declared and exported{hint}");
    }
    let files: BTreeSet<&PathBuf> = header.locations.values().map(|of| &of.file).collect();
    let texts = files.into_iter().map(fs::read_to_string);
    let text: String = texts.filter_map(Result::ok).collect();
    let conventions = Conventions {
        include: headers.included(|file| file.file_name().unwrap_or_default().into()),
        ..Conventions::default()
    };
    let asked = Interface::asked(&header);
    let rust = rust_reader(library, &exported, &asked, &rules.rename)?.abi;
    let mut interface = Interface::new(header, &text, conventions);
    interface.add_rust(&rust);
    interface.add_nonnull(compiler, &flags_of(headers)?, scratch)?;
    Ok(interface)
}

/// What leads the compiler to the headers.
fn flags_of(headers: &Headers) -> Result<Vec<OsString>> {
    let own = headers.own();
    let own = own.filter_map(|file| Some(file.canonicalize().ok()?.parent()?.into()));
    let own = own.flat_map(|folder| ["-I".into(), folder]);
    Ok(own.chain(headers.flags()?).collect())
}

/// Compiles the driver with one build of the library, in a folder of its own. Returns the program.
fn compile(
    compiler: Run<'_>,
    headers: &Headers,
    tables: &Tables<'_>,
    folder: &Path,
    library: &Path,
    flags: &[&str],
) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for (name, text) in DRIVER.iter().chain(&[("generated.c", &*tables.source)]) {
        fs::write(folder.join(name), text)?;
    }
    // The loader asks for the name that is inside.
    let file = inspect::read(library)?.name.map(PathBuf::from);
    let file = file.unwrap_or_else(|| library.to_owned());
    let copy = folder.join(file.file_name().context("the library has no name")?);
    fs::copy(library, &copy)?;
    let binary = folder.join("driver");
    // Of what a header is warned of, its author knows.
    let own = [
        "-std=gnu11",
        "-w",
        "-g",
        "-O1",
        "-pthread",
        "-DCOUNT_MEMORY",
        "-Wl,-rpath,$ORIGIN",
    ];
    let mut line: Vec<OsString> = own.iter().chain(flags).map(OsString::from).collect();
    line.extend(flags_of(headers)?);
    line.extend(["calls.c", "driver.c", "generated.c"].map(|file| folder.join(file).into()));
    line.extend([
        copy.into(),
        "-lm".into(),
        "-o".into(),
        binary.clone().into(),
    ]);
    let compiled = compiler(&line)?.checked();
    compiled.context("the calls do not compile with the header")?;
    Ok(binary)
}

impl Work {
    fn note(&mut self, name: &str, why: &str) {
        self.notes.push(Note::new(name, why));
    }

    /// Finds out what the calls need, and names what is not known.
    fn prepare(&mut self, driver: &mut Driver<'_>) -> Result<()> {
        for name in driver.find_setup()? {
            self.note(&name, "no call was found that makes one");
        }
        driver.find_consumers()?;
        for function in driver.consumed.keys() {
            let name = &driver.function(*function).name;
            let why = "what it is given is not used after it: it seems to free or keep that";
            self.note(name, why);
        }
        Ok(())
    }

    /// The calls with something special.
    fn special(
        &mut self,
        asked: &[String],
        driver: &mut Driver<'_>,
        build: &'static str,
    ) -> Result<()> {
        self.prepare(driver)?;
        let interface = driver.tables.interface;
        for (index, function) in interface.functions.iter().enumerate() {
            let name = &function.name;
            if !asked.is_empty() && !asked.contains(name) {
                continue;
            }
            if !driver.tables.is_possible(index) {
                self.note(name, "its types are not supported");
                continue;
            }
            let ordinary = driver.ordinary(index)?;
            if let Err(Some(played)) = &ordinary {
                let item = Item::of(index, hostile::Kind::Ordinary);
                let items = driver.after_setup(&[item]);
                if driver.tables.frees_own(index) && driver.dies(true, &items)? {
                    let what = "with a struct of the caller's that is all zero".to_owned();
                    let (program, _, _) = driver.program(true, &items)?;
                    self.add(Special { item, what }, played.end(), program, build);
                    continue;
                }
                let why = format!("an ordinary call does not end well: {}", played.end());
                self.note(name, &why);
                continue;
            }
            if ordinary.is_ok() {
                self.called.insert(name.clone());
            }
            let needed = driver.tables.needed(function);
            let mut has_died = false;
            for special in special::calls(interface, index) {
                let item = special.item;
                let is_null = |at: &usize| item.nulls >> at & 1 != 0;
                if ordinary.is_err() && !needed.iter().all(|(at, _)| is_null(at)) {
                    let why = "not with all that there is: it needs what no call makes";
                    self.note(name, why);
                    continue;
                }
                // One parameter stands for all of them. Most of Rust's own library ends the process where there
                // is no memory.
                let is_known = match item.kind {
                    hostile::Kind::Nulls => has_died && item.nulls.count_ones() > 1,
                    hostile::Kind::Misaligned => needed.iter().any(|(at, _)| *at == item.at),
                    hostile::Kind::Many => driver.tables.is_kept(function),
                    kind => kind == hostile::Kind::Memory,
                };
                let mut parameters = 0..function.signature.parameters.len();
                if is_known || parameters.any(|at| is_null(&at) && function.must_not_be_null(at)) {
                    continue;
                }
                let seed = *ordinary.as_ref().unwrap_or(&0);
                if let Some((how, program)) = judge(driver, Item { seed, ..item })? {
                    has_died |= item.kind == hostile::Kind::Nulls;
                    self.add(special, how, program, build);
                }
            }
        }
        Ok(())
    }

    /// The same in another build is the same.
    fn add(&mut self, call: Special, how: String, program: String, build: &'static str) {
        let is_it = |known: &&mut Found| {
            known.call.item.function == call.item.function && known.call.what == call.what
        };
        match self.found.iter_mut().find(is_it) {
            Some(known) => known.builds.push(build),
            None => self.found.push(Found {
                call,
                how,
                builds: vec![build],
                program,
            }),
        }
    }

    /// Random calls, one after and within another.
    fn random(&mut self, rounds: usize, seed: u64, driver: &mut Driver<'_>) -> Result<()> {
        self.prepare(driver)?;
        for crash in driver.random(rounds * 1000, seed, CRASHES)? {
            let item = Item::of(crash.function, hostile::Kind::Ordinary);
            let what = format!("after other calls ({})", crash.origin);
            let (how, program) = (crash.played.end(), crash.program);
            self.add(Special { item, what }, how, program, SANITIZED);
        }
        Ok(())
    }
}

/// What is wrong with a call, and the program that shows it. A callback may be called by a later call.
fn judge(driver: &Driver<'_>, item: Item) -> Result<Option<(String, String)>> {
    let items = driver.after_setup(&[item]);
    let keeps = item.kind == hostile::Kind::Nulls;
    let played = driver.play(keeps, std::slice::from_ref(&items))?;
    if played.died.is_some() {
        // What takes long is not tried again and again.
        let items = match played.is_slow() {
            true => items,
            false => driver.shorten(keeps, items, 1)?,
        };
        return Ok(Some((played.end(), driver.program(keeps, &items)?.0)));
    }
    if item.kind == hostile::Kind::Field {
        for items in driver.uses(item)? {
            let played = driver.play(false, std::slice::from_ref(&items))?;
            if played.died.is_some() {
                let (program, user, _) = driver.program(false, &items)?;
                let user = &driver.function(user).name;
                return Ok(Some((format!("`{user}`: {}", played.end()), program)));
            }
        }
    }
    let wrong = special::wrong(driver, item, &played)?;
    wrong
        .map(|how| Ok((how, driver.program(false, &items)?.0)))
        .transpose()
}
