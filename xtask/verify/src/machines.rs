//! `cargo xtask machines`: the library on processors and systems that this one is not.
//!
//! Cargo's variables decide how one is built for and run, so nothing about a target is known here that
//! rustc, cargo and the `cc` crate do not say.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use abi_stages::cli::{Arguments, Command, Flags, flags};
use abi_stages::compiler::Compiler;
use abi_stages::page::Page;
use abi_stages::process::Cmd;
use abi_stages::system::{System, TARGET};
use abi_stages::term;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_stages::{library, runner, say, stages};
use anyhow::{Context, Result};

use crate::cases::{self, Language};
use crate::check::{Check, Checked, Finding, Outcome, SkipReason, succeed};
use crate::suite::Pages;
use crate::{abi, builds, c, report, report_for_machines};

flags! {
    struct MachinesFlags {
        record: "Also write what was seen to xtask/machines.txt, of which `generate` makes a table",
        junit = "FILE": "Also write a JUnit report",
    }
}

/// `cargo xtask machines`.
pub const MACHINES: Command = Command {
    name: library::MACHINES.name,
    group: library::MACHINES.group,
    args: &[(
        "[TARGET]...",
        "Systems, as rustc calls them [default: those that this Rust has a standard library for]",
    )],
    about: library::MACHINES.about,
    details: "CARGO_TARGET_<TARGET>_LINKER and _RUNNER say what links and runs for a target, CC_<target> \
              what compiles C, as for other commands of cargo; RUSTC and cargo's configuration hold as \
              well. What is missing is named, with a way to get it; for a target that was named, it is a \
              failure.",
    flags: MachinesFlags::ALL,
    example: "cargo xtask machines i686-unknown-linux-gnu",
    run,
};

/// What is seen of a target.
struct Column {
    name: &'static str,
    claim: &'static str,
    needs: &'static [Need],
    run: fn(&Workspace, &Workspace) -> Result<Vec<Finding>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Need {
    /// Programs can be run.
    Running,
    /// There are shared libraries.
    Shared,
    /// They are of a kind that is read here.
    ObjectFiles,
}

const COLUMNS: [Column; 7] = [
    Column {
        name: "built",
        claim: "both libraries are built",
        needs: &[],
        run: |_, there| {
            builds::build_library(there).with_context(|| hint(there))?;
            let native = stages::c::native_libraries(there);
            runner::quietly(there, vec![native]).map(|()| Vec::new())
        },
    },
    Column {
        name: "header",
        claim: "the header compiles, strictly and twice",
        needs: &[],
        run: |_, there| header(there),
    },
    Column {
        name: "exports",
        claim: "both libraries export what the header declares, the shared one nothing else",
        needs: &[Need::ObjectFiles],
        run: |_, there| Ok(abi::names(there)?.into_iter().map(Finding::new).collect()),
    },
    Column {
        name: "shared",
        claim: "C with the shared library gives the recorded answers, and to random cases those of this machine",
        needs: &[Need::Running, Need::Shared],
        run: |here, there| cases::compare_machines(here, there, Language::C),
    },
    Column {
        name: "static",
        claim: "C with the static library gives the recorded answers, and to random cases those of this machine",
        needs: &[Need::Running],
        run: |here, there| cases::compare_machines(here, there, Language::CStatic),
    },
    Column {
        name: "misuse",
        claim: "programs that misuse the library end with its statuses",
        needs: &[Need::Running, Need::Shared],
        run: |_, there| {
            builds::build_c(there)?;
            c::quietly_succeed(there, c::misuse(there))
        },
    },
    Column {
        name: "abi",
        claim: "`cargo abi check` finds no difference between header and library",
        needs: &[Need::Shared],
        run: |_, there| {
            // The program of the checks serves it: as a rule this one, or a test's.
            let program = there.program(&program_name("xtask-checks"));
            let line = Cmd::new(program).args(["abi", "check"]);
            let line = line.args(["--target", &there.system().name]);
            let compiler = Compiler::find(there)?.bare().to_string();
            let compiler = compiler.split(' ').next().unwrap_or_default();
            let line = line.args(["--cc", compiler]);
            let package = ["--package", there.library().cdylib];
            succeed(there, [line.args(package)])
        },
    },
];

/// What a test sees of a target.
pub enum Seen {
    /// What this machine lacks for it.
    Missing(String),
    Findings(String),
}

/// What is seen of a target on this machine, in words.
///
/// # Errors
///
/// rustc does not know it.
pub fn seen(workspace: &Workspace, target: &str) -> Result<Seen> {
    builds::build_library(workspace)?;
    let row = Row::of(workspace, target)?;
    let mut told: Vec<String> = row.cells.iter().map(report::told).collect();
    told.dedup();
    let told = told.concat();
    let is_skipped = row.cells.iter().any(report::is_skipped);
    Ok(
        match is_skipped && row.cells.iter().all(|cell| word(cell) != "NO") {
            true => Seen::Missing(told),
            false => Seen::Findings(told),
        },
    )
}

/// A target, and what was seen of it, column by column.
struct Row {
    target: String,
    /// What runs its programs.
    by: String,
    cells: Vec<Checked>,
}

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: MachinesFlags = arguments.flags();
    let junit = flags.junit.as_ref().map(std::path::absolute).transpose()?;
    let targets = match arguments.args.as_slice() {
        [] => installed(workspace)?,
        named => named.to_vec(),
    };
    let is_named = !arguments.args.is_empty();
    builds::build_library(workspace)?;
    say!(
        "{}",
        line("target", COLUMNS.iter().map(|column| column.name))
    )?;
    let mut rows = Vec::new();
    for target in targets {
        let row = Row::of(workspace, &target)?;
        term::clear_status()?;
        say!("{}", line(&target, row.cells.iter().map(word)))?;
        rows.push(row);
    }
    let mut told = BTreeMap::<String, Vec<&str>>::new();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        let text = report::told(cell);
        if !text.is_empty() {
            told.entry(text).or_default().push(cell.check.id);
        }
    }
    for (text, cells) in told {
        say!("\n{}: {}", cells.join(", "), text.trim_end())?;
    }
    if flags.record {
        record(workspace, &rows)?;
    }
    let cells: Vec<Checked> = rows.into_iter().flat_map(|row| row.cells).collect();
    if let Some(file) = &junit {
        report_for_machines::junit(file, "machines", &cells, is_named)?;
    }
    let has_failed = |cell: &&Checked| report::has_failed(cell, is_named);
    let failed = cells.iter().filter(has_failed).count();
    let passed = cells.iter().filter(|cell| word(cell) == "yes").count();
    say!("\n{passed} passed, {failed} failed")?;
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn line<'a>(first: &str, others: impl Iterator<Item = &'a str>) -> String {
    let others: String = others.map(|word| format!(" {word:7}")).collect();
    format!("{first:30}{others}").trim_end().to_owned()
}

fn word(cell: &Checked) -> &'static str {
    match &cell.outcome {
        Outcome::Passed => "yes",
        Outcome::Skipped(_) => "-",
        _ => "NO",
    }
}

/// The targets that this Rust has a standard library for.
fn installed(workspace: &Workspace) -> Result<Vec<String>> {
    let sysroot = rustc().args(["--print", "sysroot"]).check(workspace)?;
    let folder = Path::new(sysroot.stdout().trim()).join("lib/rustlib");
    let failed = || format!("cannot read {}", folder.display());
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        if has_library(&entry.path().join("lib")) {
            targets.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    targets.sort();
    Ok(targets)
}

fn rustc() -> Cmd {
    Cmd::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Whether a folder has the standard library.
fn has_library(folder: &Path) -> bool {
    let files = workspace::files(folder).unwrap_or_default();
    let mut names = files.iter().filter_map(|file| file.file_name()?.to_str());
    names.any(|name| name.starts_with("libstd-") && name.ends_with(".rlib"))
}

/// A setting of cargo's, from its variables or its configuration.
fn setting(workspace: &Workspace, key: &str) -> Result<serde_json::Value> {
    let line = Cmd::cargo()
        .args([
            "-Zunstable-options",
            "config",
            "get",
            "--format",
            "json-value",
            key,
        ])
        .env("RUSTC_BOOTSTRAP", "1");
    let finished = line.output(workspace)?;
    match finished.status.success() {
        true => Ok(serde_json::from_str(&finished.stdout())?),
        false => Ok(serde_json::Value::Null), // It is not set.
    }
}

/// A system, as rustc and cargo know it.
fn system(workspace: &Workspace, target: &str) -> Result<System> {
    let text = rustc().args(["--print", "cfg", "--target", target]);
    let text = text.check(workspace)?.stdout();
    let has = |setting: &str| text.lines().any(|line| line == setting);
    let os = text
        .lines()
        .find_map(|line| line.strip_prefix("target_os="));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let runner = match setting(workspace, &format!("target.{target}.runner"))? {
        serde_json::Value::String(text) => words(&text),
        list => serde_json::from_value(list).unwrap_or_default(),
    };
    Ok(System {
        name: target.to_owned(),
        os: os.unwrap_or_default().trim_matches('"').to_owned(),
        is_unix: has("unix"),
        is_msvc: has("target_env=\"msvc\""),
        has_shared: !has("target_feature=\"crt-static\"") && !has("target_family=\"wasm\""),
        runner,
    })
}

impl Row {
    fn of(here: &Workspace, target: &str) -> Result<Row> {
        let system = match target == TARGET {
            true => System::here(),
            false => system(here, target)?,
        };
        let there = match system.is_foreign() {
            true => here.on(system),
            false => here.copy_at(here.root().to_owned(), here.target().to_owned()),
        };
        let missing = missing(&there)?;
        let mut is_built = true;
        let mut cells = Vec::new();
        for column in &COLUMNS {
            let id = format!("{target}/{}", column.name);
            term::status(&term::dim(&format!("{id} ...")))?;
            let started = Instant::now();
            let outcome = match absent(column, &there, &missing) {
                Some(reason) => Outcome::Skipped(reason),
                _ if !is_built => {
                    Outcome::Skipped(SkipReason::NotApplicable("it was not built".into()))
                }
                None => match (column.run)(here, &there) {
                    Ok(findings) if findings.is_empty() => Outcome::Passed,
                    Ok(findings) => Outcome::Failed(findings),
                    Err(error) => Outcome::Broken(error),
                },
            };
            is_built &= column.name != "built" || matches!(outcome, Outcome::Passed);
            let check = Check {
                id: id.leak(),
                claim: column.claim,
                hint: "",
                needs: &[],
                run: |_| Ok(Vec::new()),
            };
            cells.push(Checked {
                check: Box::leak(Box::new(check)),
                outcome,
                time: started.elapsed(),
            });
        }
        let by = match there.system().runner.first() {
            _ if missing.run.is_some() => "not run".to_owned(),
            Some(runner) => runner.rsplit('/').next().unwrap_or(runner).to_owned(),
            None => "this processor".to_owned(),
        };
        Ok(Row {
            target: target.to_owned(),
            by,
            cells,
        })
    }
}

/// What this machine lacks for a target, with a way to get it.
#[derive(Default)]
struct Missing {
    build: Option<String>,
    compiler: Option<String>,
    run: Option<String>,
}

fn missing(there: &Workspace) -> Result<Missing> {
    let system = there.system();
    if !system.is_foreign() {
        return Ok(Missing::default());
    }
    let target = &system.name;
    let libraries = rustc().args(["--print", "target-libdir", "--target", target]);
    let libraries = libraries.check(there)?.stdout();
    let from_source = setting(there, "unstable.build-std")?;
    let mut missing = Missing::default();
    if !has_library(Path::new(libraries.trim())) && from_source.is_null() {
        missing.build = Some(format!(
            "Rust has no standard library for it\nnext: `rustup target add {target}`; Debian: \
             libstd-rust-dev of its architecture; or from its source, which `rustup component add \
             rust-src` and Debian's rust-src have: CARGO_UNSTABLE_BUILD_STD=std,panic_unwind \
             RUSTC_BOOTSTRAP=1"
        ));
    }
    if let Err(error) = probe(there, &mut missing.run) {
        let name = format!("CC_{}", target.replace('-', "_"));
        missing.compiler = Some(format!(
            "no C program is built for it here\n{error:#}\nnext: {name}, such as the C compiler of that \
             system; Debian: gcc and libc6-dev of its architecture"
        ));
    }
    Ok(missing)
}

/// Compiles a program that does nothing, and runs it.
fn probe(there: &Workspace, not_run: &mut Option<String>) -> Result<()> {
    let system = there.system();
    let source = builds::verify(there, "probe.c");
    let program = source.with_file_name(there.program_file("probe"));
    workspace::write(&source, b"int main(void) { return 0; }\n")?;
    let line = Compiler::find(there)?.bare().arg(&source).arg("-o");
    line.arg(&program).check(there)?;
    let line = there.runs(&program);
    let why = match line.output(there) {
        Ok(finished) if finished.status.success() => return Ok(()),
        Ok(finished) => finished.complaint(&line),
        Err(error) => error.to_string(),
    };
    let compiler = Compiler::find(there)?.bare().to_string();
    let root = compiler.split("-gcc").next().unwrap_or_default();
    let processor = match system.name.split('-').next().unwrap_or_default() {
        "i686" | "i586" => "i386",
        "armv7" => "arm",
        "riscv64gc" => "riscv64",
        "powerpc64le" => "ppc64le",
        other => other,
    };
    let way = match system.os.as_str() {
        "windows" => "RUNNER=wine (Debian: apt install wine)".to_owned(),
        "wasi" => {
            "RUNNER=wasmtime, or node with xtask/verify/support/wasi.mjs (apt install nodejs)"
                .to_owned()
        }
        "macos" => "there is no emulator of its system: only a Mac runs it".to_owned(),
        _ => format!("RUNNER='qemu-{processor} -L /usr/{root}' (Debian: apt install qemu-user)"),
    };
    *not_run = Some(format!(
        "a program for {} does not run here: {why}\nnext: {}",
        system.name,
        way.replace("RUNNER", &variable(system, "RUNNER"))
    ));
    Ok(())
}

/// What may help if a target's library is not built.
fn hint(there: &Workspace) -> String {
    let variable = variable(there.system(), "LINKER");
    format!("if it is not linked: {variable}, such as the C compiler of that system")
}

/// The variable of cargo's.
fn variable(system: &System, what: &str) -> String {
    let name = system.name.to_uppercase().replace('-', "_");
    format!("CARGO_TARGET_{name}_{what}")
}

/// Why a column has nothing to say of a target.
fn absent(column: &Column, there: &Workspace, missing: &Missing) -> Option<SkipReason> {
    let needs = |need| column.needs.contains(&need);
    let lacking = [
        (missing.build.as_ref(), true),
        (missing.compiler.as_ref(), true),
        (missing.run.as_ref(), needs(Need::Running)),
    ];
    if let Some((Some(why), _)) = lacking.iter().find(|(why, holds)| why.is_some() && *holds) {
        let why = (*why).clone();
        return Some(SkipReason::Tool {
            name: "what it needs",
            install: why.leak(),
        });
    }
    let why = match there.system() {
        system if needs(Need::Shared) && !system.has_shared => {
            "Rust makes no shared library for it"
        }
        system if needs(Need::ObjectFiles) && system.os == "wasi" => {
            "the object files of WebAssembly are not read here"
        }
        _ => return None,
    };
    Some(SkipReason::NotApplicable(why.into()))
}

/// The header, included twice and with nothing before it, by the target's compiler.
fn header(there: &Workspace) -> Result<Vec<Finding>> {
    let source = builds::verify(there, "header.c");
    let text = format!("#include \"{0}\"\n", there.library().header()).repeat(2);
    workspace::write(&source, text.as_bytes())?;
    let line = Compiler::find(there)?.syntax(there, &source);
    let include = there.relative(&there.pipeline("include"));
    succeed(there, [line.arg("-I").arg(include)])
}

/// The last record of each target: a table, and behind each line the [sources] that it is of.
const RECORD: &str = "xtask/machines.txt";

const HEAD: &str = "| target | run by |";

fn record(workspace: &Workspace, rows: &[Row]) -> Result<()> {
    let file = workspace.source(RECORD);
    let text = workspace::read(&file).unwrap_or_default();
    let mut lines: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| Some((line.split('`').nth(1)?.to_owned(), line.to_owned())))
        .collect();
    for row in rows {
        let words = row.cells.iter().map(|cell| format!(" {} |", word(cell)));
        let (target, by) = (&row.target, &row.by);
        let line = format!(
            "| `{target}` | {by} |{} {}",
            words.collect::<String>(),
            sources(workspace)?
        );
        lines.insert(target.clone(), line);
    }
    let text: String = lines.values().map(|line| format!("{line}\n")).collect();
    workspace::write(&file, text.as_bytes())
}

/// What a record is of: the library and its cases.
fn sources(workspace: &Workspace) -> Result<String> {
    let library = workspace.library();
    let mut parts = Vec::new();
    for folder in [library.core, library.cdylib] {
        for file in workspace::sources(&workspace.source(folder))? {
            let is_of_it = ["rs", "h", "txt", "toml"]
                .iter()
                .any(|end| file.extension() == Some(end.as_ref()));
            if is_of_it {
                parts.push(workspace::read(&workspace.source(folder).join(file))?);
            }
        }
    }
    Ok(workspace::fingerprint(parts))
}

/// The table in the README, where something was recorded. A line that is of other sources says so.
pub const PAGES: Pages = Pages {
    made_from: "the record of `cargo xtask machines`",
    make: pages,
};

fn pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let file = workspace.source(RECORD);
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let names: String = COLUMNS
        .iter()
        .map(|column| format!(" {} |", column.name))
        .collect();
    let rule = " --- |".repeat(2 + COLUMNS.len());
    let today = sources(workspace)?;
    let text = workspace::read(&file)?;
    let mut rows = String::new();
    for (row, of) in text.lines().filter_map(|line| line.rsplit_once(' ')) {
        let cells: Vec<&str> = row.splitn(4, '|').collect();
        rows += &match cells[..] {
            [_, target, by, ref rest] if of != today => {
                format!("|{target}|{by}(an earlier library) |{rest}\n")
            }
            _ => format!("{row}\n"),
        };
    }
    let table = format!("\n{HEAD}{names}\n|{rule}\n{rows}\n");
    Ok(vec![Page::with_part(
        workspace,
        "README.md",
        "machines",
        &table,
    )?])
}
