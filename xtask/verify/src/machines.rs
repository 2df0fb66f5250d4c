//! `cargo xtask machines`: the library on processors and systems that this one is not.
//!
//! Cargo's variables decide how one is built for and run, so nothing about a target is known here that
//! rustc, cargo and the `cc` crate do not say.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

use abi_stages::cli::{Arguments, Command, Flags, flags};
use abi_stages::compiler::{Compiler, Linkage};
use abi_stages::page::{self, Page};
use abi_stages::process::Cmd;
use abi_stages::system::{System, TARGET};
use abi_stages::term;
use abi_stages::workspace::{self, Workspace, program_name};
use abi_stages::{library, runner, say, stages};
use anyhow::{Result, anyhow};

use crate::cases::{self, Language};
use crate::check::{Check, Checked, Finding, Outcome, SkipReason, succeed};
use crate::report::Report;
use crate::{abi, builds, c, generated, mirror, run, suite};

flags! {
    struct MachinesFlags {
        record: "Also write what was seen to the table in the README",
        junit = "FILE": "Also write a JUnit report",
    }
}

/// `cargo xtask machines`.
pub const MACHINES: Command = Command {
    summary: library::MACHINES,
    args: &[(
        "[TARGET]...",
        "Systems, as rustc calls them [default: this one]",
    )],
    details: "CARGO_TARGET_<TARGET>_LINKER and _RUNNER say what links and runs for a target, CC_<target> \
              what compiles C, PYTHON_<target> which Python installs the package. What is missing is a \
              failure, which names a way to get it.",
    flags: MachinesFlags::ALL,
    example: "cargo xtask machines i686-unknown-linux-gnu",
    run,
};

/// What is seen of a target.
pub struct Column {
    pub name: &'static str,
    pub claim: &'static str,
    pub run: fn(&Workspace) -> Result<Vec<Finding>>,
}

pub const COLUMNS: &[Column] = &[
    Column {
        name: "built",
        claim: "both libraries are built",
        run: |there| {
            build(there)?;
            let native = stages::c::native_libraries(there);
            runner::quietly(there, vec![native]).map(|()| Vec::new())
        },
    },
    Column {
        name: "header",
        claim: "the header compiles, strictly and twice",
        run: |there| header(there),
    },
    Column {
        name: "exports",
        claim: "both libraries export what the header declares, the shared one nothing else",
        run: abi::names_built,
    },
    Column {
        name: "shared",
        claim: "C with the shared library gives the recorded answers",
        run: |there| cases::compare(there, Language::C),
    },
    Column {
        name: "static",
        claim: "C with the static library gives the recorded answers",
        run: |there| cases::compare(there, Language::CStatic),
    },
    Column {
        name: "misuse",
        claim: "programs that misuse the library end with its statuses",
        run: |there| {
            let programs = builds::programs_of(there, &["hostile", "counting"])?;
            c::quietly_succeed(there, programs)
        },
    },
    Column {
        name: "abi",
        claim: "`cargo abi check` finds no difference between header and library",
        run: |there| {
            // The program of the checks serves it: as a rule this one, or a test's.
            let program = there.program(&program_name("xtask-checks"));
            let line = Cmd::new(program).args(["abi", "check", "--target", &there.system().name]);
            // With its flags: some decide for which processor it is.
            let compiler = Compiler::find(there)?.bare().to_string();
            let line = line.args(["--cc", &compiler, "--package", there.library().cdylib]);
            succeed(there, [line])
        },
    },
];

/// A target, and what was seen of it, column by column.
struct Row {
    target: String,
    /// What runs its programs.
    by: String,
    cells: Vec<Checked>,
}

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let flags: MachinesFlags = arguments.flags();
    let file = flags.junit.as_ref().map(std::path::absolute).transpose()?;
    let targets = match arguments.args.as_slice() {
        [] => vec![TARGET.to_owned()],
        named => named.to_vec(),
    };
    builds::build_library(workspace)?;
    say!("the library is {}", measured(workspace)?)?;
    say!(
        "{}",
        line("target", suite::columns().map(|column| column.name))
    )?;
    let mut report = Report::begin(workspace, true);
    let mut rows = Vec::new();
    for target in targets {
        let row = Row::of(workspace, &target)?;
        term::clear_status()?;
        say!("{}", line(&target, row.cells.iter().map(word)))?;
        rows.push(row);
    }
    if flags.record {
        page::write(workspace, &[table(workspace, &rows)?])?;
    }
    report.ended = rows.into_iter().flat_map(|row| row.cells).collect();
    report.finish("machines", file.as_deref())
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

/// A system, as rustc and cargo know it, with the flags that are set for it.
fn system(workspace: &Workspace, target: &str) -> Result<System> {
    // What cargo says on its nightly channel alone.
    let text = Cmd::cargo().args(["rustc", "-Zunstable-options", "--print", "cfg"]);
    let text = text.args(["--lib", "--package", workspace.library().cdylib]);
    let text = text.args(["--target", target]).env("RUSTC_BOOTSTRAP", "1");
    let text = text.check(workspace)?.stdout();
    let has = |setting: &str| text.lines().any(|line| line == setting);
    let os = text
        .lines()
        .find_map(|line| line.strip_prefix("target_os="));
    let runner = env::var(variable(target, "RUNNER")).unwrap_or_default();
    Ok(System {
        name: target.to_owned(),
        os: os.unwrap_or_default().trim_matches('"').to_owned(),
        is_unix: has("unix"),
        is_msvc: has("target_env=\"msvc\""),
        has_shared: !has("target_feature=\"crt-static\"") && !has("target_family=\"wasm\""),
        runner: runner.split_whitespace().map(str::to_owned).collect(),
    })
}

impl Row {
    fn of(here: &Workspace, target: &str) -> Result<Row> {
        let there = match target == TARGET {
            true => here.clone(),
            false => here.on(system(here, target)?),
        };
        let mut is_built = true;
        let mut cells = Vec::new();
        for column in suite::columns() {
            let id = format!("{target}/{}", column.name);
            term::status(&term::dim(&format!("{id} ...")))?;
            let started = Instant::now();
            let outcome = match absent(column, &there, is_built) {
                Some(reason) => Outcome::Skipped(reason),
                None => run::outcome(|| (column.run)(&there)),
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
        let is_tool =
            |it: &Checked| matches!(it.outcome, Outcome::Skipped(SkipReason::Tool { .. }));
        let by = match there.system().runner.first() {
            _ if cells.iter().any(is_tool) => "not run",
            Some(runner) => runner.rsplit('/').next().unwrap_or(runner),
            None => "this processor",
        };
        Ok(Row {
            target: target.to_owned(),
            by: by.to_owned(),
            cells,
        })
    }
}

/// Builds what the stages make of Rust.
fn build(there: &Workspace) -> Result<()> {
    if there.system().is_foreign() {
        // cargo 1.97 cleans what is marked as a cache, and marks no folder that it finds.
        let mark = b"Signature: 8a477f597d28d172789f06886806bc55\n";
        workspace::write(&there.target().join("CACHEDIR.TAG"), mark)?;
    }
    let target = &there.system().name;
    builds::build_library(there).map_err(|error| {
        anyhow!(
            "nothing is built for it here: {error:#}\nnext: {} is what links for it, such as \
             aarch64-linux-gnu-gcc (Debian: apt install gcc-aarch64-linux-gnu; for i686 gcc-multilib is \
             enough). Rust's standard library: `rustup target add {target}`; Debian: libstd-rust-dev of \
             its architecture; or from its source, which `rustup component add rust-src` and Debian's \
             rust-src have: CARGO_UNSTABLE_BUILD_STD=std,panic_unwind RUSTC_BOOTSTRAP=1",
            variable(target, "LINKER")
        )
    })
}

/// Why the program of stage 1 does not run here, if so, with a way to get what runs it.
fn unrun(there: &Workspace) -> Option<String> {
    let target = &there.system().name;
    let program = there.program_file(there.library().name);
    let program = there.pipeline("rust").join(program);
    let run = || there.runs(program).check(there).err();
    let error = there.system().is_foreign().then(run)??;
    Some(format!(
        "a program for {target} does not run here: {error:#}\nnext: {} says what runs it, such as \
         `qemu-aarch64 -L /usr/aarch64-linux-gnu` (Debian: apt install qemu-user), wine, or node with \
         xtask/verify/support/wasi.mjs",
        variable(target, "RUNNER")
    ))
}

/// The variable of cargo's.
fn variable(target: &str, what: &str) -> String {
    let name = target.to_uppercase().replace('-', "_");
    format!("CARGO_TARGET_{name}_{what}")
}

/// The Python of that system, which `PYTHON_<target>` names.
pub fn python(there: &Workspace) -> Option<OsString> {
    env::var_os(format!("PYTHON_{}", there.system().name.replace('-', "_")))
}

/// Why a column has nothing to say of a target.
fn absent(column: &Column, there: &Workspace, is_built: bool) -> Option<SkipReason> {
    let system = there.system();
    let runs = ["shared", "static", "misuse"].contains(&column.name);
    if runs
        && is_built
        && let Some(why) = unrun(there)
    {
        return Some(SkipReason::Tool {
            name: "what runs it",
            install: why.leak(),
        });
    }
    let why = match column.name {
        _ if !is_built => "it was not built",
        "wheel" | "sdist" if system.is_foreign() && python(there).is_none() => {
            "PYTHON_<target> names no Python for it"
        }
        "shared" | "misuse" | "abi" if !system.has_shared => "Rust makes no shared library for it",
        "abi" if system.os == "macos" => "its debug information is not in the library: not read",
        "exports" if system.os == "wasi" => "the object files of WebAssembly are not read here",
        _ => return None,
    };
    Some(SkipReason::NotApplicable(why.into()))
}

/// The header, included twice and with nothing before it, in a program of the target.
fn header(there: &Workspace) -> Result<Vec<Finding>> {
    let text = format!("#include \"{}\"\n", there.library().header()).repeat(2);
    let sources = [("header.c", &*(text + "int main(void) { return 0; }\n"))];
    generated::program(there, "header", &sources, &[], Linkage::Static).map(|_| Vec::new())
}

/// Where what was seen of each target is recorded.
const README: &str = "README.md";

/// The table as it is in the README, with what was seen now.
fn table(workspace: &Workspace, rows: &[Row]) -> Result<Page> {
    let library = measured(workspace)?;
    let text = workspace::read(&workspace.source(README))?;
    let table = text.split("<!-- machines: ").nth(1).unwrap_or_default();
    let known = table.lines().filter(|line| line.starts_with("| `"));
    let target_of = |line: &str| line.split('`').nth(1).unwrap_or_default().to_owned();
    let mut lines: BTreeMap<String, String> = known
        .map(|line| (target_of(line), line.to_owned()))
        .collect();
    for Row { target, by, cells } in rows {
        let words: Vec<&str> = cells.iter().map(word).collect();
        let line = format!("| `{target}` | {by} | {library} | {} |", words.join(" | "));
        lines.insert(target.clone(), line);
    }
    let names: Vec<&str> = suite::columns().map(|column| column.name).collect();
    let rule = " --- |".repeat(3 + names.len());
    let names = names.join(" | ");
    let lines: Vec<String> = lines.into_values().collect();
    let part = format!(
        "\n| target | run by | library | {names} |\n|{rule}\n{}\n\n",
        lines.join("\n")
    );
    Page::with_part(workspace, README, "machines", &part)
}

/// The hash of what the lines are of: the library and its cases.
fn measured(workspace: &Workspace) -> Result<String> {
    let mut parts = Vec::new();
    for folder in [workspace.library().core, workspace.library().cdylib] {
        parts.extend(mirror::contents(
            &workspace.source(folder),
            &["rs", "h", "txt", "toml"],
        )?);
    }
    Ok(workspace::fingerprint(parts)[..8].to_owned())
}
