//! A program that was compiled against a released version of the ABI, with the library of today.
//!
//! Nobody keeps the old header: it is written from the frozen description. The same program, which makes
//! [random calls](cargo_abi::hostile), is compiled against that header and against today's, and each shows
//! what every call did in the words of its own header: statuses and fields by name. What one of them
//! sees, the other has to see.

use std::path::Path;

use abi_stages::compiler::Compiler;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result};
use cargo_abi::Abi;
use cargo_abi::hostile::{self, Driver, Played, Tables};
use cargo_abi::model::Definition;

use super::caller::{LIMIT, SOURCES};
use super::interface::Interface;
use super::{compile, folder, write_sources};
use crate::check::Finding;
use crate::readers::{self, Released};

/// How many functions are named.
const NAMED: usize = 5;

/// What a consumer is compiled against and runs with.
struct Today<'a> {
    abi: &'a Abi,
    header: &'a Path,
    library: &'a Path,
}

/// What a program sees otherwise that was compiled against the version of the ABI that today's library
/// says it has. Nothing if that one was not released yet.
pub fn old_program_sees_the_same(workspace: &Workspace) -> Result<Vec<Finding>> {
    let abi = readers::header(workspace)?;
    let Some(released) = readers::released(workspace, &abi)? else {
        return Ok(Vec::new());
    };
    let today = Today {
        abi: &abi,
        header: &workspace.pipeline_header(),
        library: &workspace.shared_library(),
    };
    let findings = differing(workspace, "old-consumer", &released, &today)?;
    let file = workspace.relative(&released.file);
    Ok(Finding::about(file, findings))
}

/// The same in words, below a folder for what is generated.
fn differing(
    workspace: &Workspace,
    name: &str,
    released: &Released,
    today: &Today<'_>,
) -> Result<Vec<String>> {
    let text = workspace::read(today.header)?;
    let kept = kept(&released.abi, today.abi);
    let interface = Interface::new(workspace.library(), kept, &text)?;
    let tables = Tables::new(&interface);
    let consumer = |which: &str, header: &str| -> Result<Result<Played, String>> {
        let folder = folder(workspace, name).join(which);
        // It lies beside the program, and is found before any other.
        let file = folder.join(workspace.library().header());
        if workspace::read(&file).ok().as_deref() != Some(header) {
            workspace::write(&file, header.as_bytes())?;
        }
        let sources = write_sources(workspace, &folder, SOURCES, &tables.source)?;
        let program = folder.join(workspace.program_file("consumer"));
        let line = Compiler::find(workspace)?
            .bare()
            .args(["-Wpedantic", "-O2", "-pthread"])
            .args(sources)
            .arg(workspace.relative(today.library))
            .args(["-lm", "-ldl", "-o"])
            .arg(workspace.relative(&program));
        if let Err(error) = compile(workspace, &folder, line, &program) {
            return Ok(Err(format!("{error:#}")));
        }
        let library = today.library.parent().context("no folder")?;
        let start = || {
            let mut command = hostile::command(&program);
            command.env("LD_LIBRARY_PATH", library);
            command
        };
        let driver = Driver::new(&tables, LIMIT, Box::new(start));
        driver.play(&["--show"], &driver.batch(1, 0)).map(Ok)
    };
    let header = released.abi.header_in_c();
    let header = header.context("the released version cannot be written as C")?;
    let old = consumer("released", &header)?;
    let old =
        old.map_err(|error| anyhow::anyhow!("the released header does not compile: {error}"))?;
    let new = match consumer("today", &with_typedefs(&text, today.abi))? {
        Ok(finished) => finished,
        Err(error) => {
            return Ok(vec![format!(
                "a program that uses what version {} has does not compile with {}:\n{error}",
                released.version,
                workspace.library().header()
            )]);
        }
    };
    let mut findings = differences(released.version, &old, &new);
    let total = findings.len();
    findings.truncate(NAMED);
    if total > NAMED {
        findings.push(format!("and {} functions more", total - NAMED));
    }
    if findings.is_empty() {
        for (played, header) in [(&old, "the released header"), (&new, "today's header")] {
            if let Some(died) = &played.died {
                findings.push(format!(
                    "a program that was built with {header} ends with {died}"
                ));
            }
        }
    }
    Ok(findings)
}

/// Today's header, with a typedef for each struct and union that has only a tag: the description, and so
/// the released header, calls it by its name alone.
fn with_typedefs(header: &str, abi: &Abi) -> String {
    let mut text = header.to_owned();
    for name in abi.types.keys() {
        for tag in [format!("struct {name}"), format!("union {name}")] {
            if header.contains(&format!("\n{tag} {{")) {
                text += &format!("\ntypedef {tag} {name};\n");
            }
        }
    }
    text
}

/// What of the released version is still there by name; that something is not, `abi/stable` says.
fn kept(released: &Abi, today: &Abi) -> Abi {
    let mut kept = released.clone();
    kept.functions
        .retain(|name, _| today.functions.contains_key(name));
    for (name, definition) in &mut kept.types {
        match (definition, today.types.get(name)) {
            (Definition::Enumeration(then), Some(Definition::Enumeration(now))) => {
                then.values.retain(|name, _| now.values.contains_key(name));
            }
            (Definition::Record(then), Some(Definition::Record(now))) => {
                then.fields
                    .retain(|field| now.fields.iter().any(|other| other.name == field.name));
            }
            _ => {}
        }
    }
    kept
}

/// The first call of each function that the two programs see otherwise.
fn differences(version: u64, released: &Played, today: &Played) -> Vec<String> {
    let mut seen = Vec::new();
    let mut differences = Vec::new();
    for (old, new) in released.all("shown").zip(today.all("shown")) {
        if old == new {
            continue;
        }
        let [name, other] = [old, new].map(|line| line.split(' ').next().unwrap_or_default());
        if !seen.contains(&name) {
            seen.push(name);
            let [old, new] = [(old, new), (new, old)].map(|(line, other)| beginning(line, other));
            differences.push(format!(
                "a program that was built with the header of version {version} sees: {old}\n  and one that is built \
                 with today's: {new}"
            ));
        }
        if name != other {
            break; // What follows are not the same calls.
        }
    }
    differences
}

/// A line to a little after the place where it differs from another: arrays are long.
fn beginning(line: &str, other: &str) -> String {
    const MORE: usize = 80;
    let same = line.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
    let end = line.floor_char_boundary(same.count() + MORE);
    let dots = if end < line.len() { "..." } else { "" };
    format!("{}{dots}", &line[..end])
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use cargo_abi::Headers;

    use super::*;

    /// The library as it was released. `Status` and `STATUS` are the row's.
    const RELEASED: &str = "\
enum Status size 4 unsigned
enum Status STATUS_OK = 0
enum Status STATUS_NULL_POINTER = 1
struct Pair size 16 align 8
struct Pair .half @0 f64
struct Pair .twice @8 f64
fn both(f64) -> Pair
fn store(f64, *mut f64) -> Status
pointer size 8
";

    /// The library of today, which has a function and a status more.
    const HEADER: &str = "\
typedef enum { STATUS_OK = 0, STATUS_NULL_POINTER = 1, STATUS_IO = 2 } Status;
typedef struct { double half; double twice; } Pair;
Pair both(double value);
Status store(double value, double *to);
double added(double value);
";
    const BODIES: &str = "\
#include <stddef.h>
#include \"HEADER\"
Pair both(double value) { return (Pair){.half = value / 2, .twice = value * 2}; }
Status store(double value, double *to) {
    if (to == NULL) { return STATUS_NULL_POINTER; }
    if ((size_t)to % sizeof *to != 0) { return STATUS_IO; }
    *to = value;
    return STATUS_OK;
}
double added(double value) { return value; }
";

    /// What a released consumer is misled about when today's header and library have another text.
    fn misled_by(name: &str, from: &str, to: &str) -> Vec<String> {
        assert!(HEADER.contains(from), "{from}");
        let workspace = Workspace::locate(&crate::hello::LIBRARY).unwrap();
        let name = format!("tests-old-consumer-{name}");
        let scratch = folder(&workspace, &name);
        let named = |text: &str| {
            let statuses = workspace.library().status_value("OK");
            let text = text.replace("Status", &workspace.library().status());
            let text = text.replace("HEADER", &workspace.library().header());
            text.replace("STATUS", statuses.trim_end_matches("_OK"))
        };
        let header = scratch.join(workspace.library().header());
        let source = scratch.join("library.c");
        let library = scratch.join("libold.so");
        workspace::write(&header, named(&HEADER.replacen(from, to, 1)).as_bytes()).unwrap();
        workspace::write(&source, named(&BODIES.replacen(from, to, 1)).as_bytes()).unwrap();
        let compiler = Compiler::find(&workspace).unwrap();
        let line = compiler
            .bare()
            .args(["-shared", "-fPIC", "-Wl,-soname,libold.so"])
            .arg(workspace.relative(&source))
            .arg("-o")
            .arg(workspace.relative(&library));
        line.check(&workspace).unwrap();
        let run = |arguments: &[OsString]| {
            readers::finished(&workspace, &compiler.bare().args(arguments))
        };
        let today = Headers::one(&header).read(&run, &scratch.join("reader"));
        let released = Released {
            version: 1,
            file: PathBuf::new(),
            abi: Abi::parse(&named(RELEASED)).unwrap(),
        };
        let today = Today {
            abi: &today.unwrap(),
            header: &header,
            library: &library,
        };
        // A program of an earlier run of this test was linked with another library.
        let _ = std::fs::remove_dir_all(scratch.join("released"));
        differing(&workspace, &name, &released, &today).unwrap()
    }

    #[test]
    fn a_struct_with_only_a_tag_has_its_name_as_well() {
        let abi = Abi::parse(RELEASED).unwrap();
        let header = "\nstruct Pair { double half; };\n";
        let text = with_typedefs(header, &abi);
        assert_eq!(text, format!("{header}\ntypedef struct Pair Pair;\n"));
        assert_eq!(with_typedefs(HEADER, &abi), HEADER);
    }

    #[test]
    fn a_library_with_a_function_and_a_status_more_serves_it() {
        let added = misled_by("added", "double added", "double added");
        assert!(added.is_empty(), "{added:?}");
    }

    #[test]
    fn fields_that_swapped_and_a_status_with_another_number_mislead_it() {
        for (name, from, to, words) in [
            (
                "fields",
                "double half; double twice;",
                "double twice; double half;",
                ["version 1 sees: both {.half", "today's: both {.half"],
            ),
            (
                "statuses",
                "STATUS_NULL_POINTER = 1, STATUS_IO = 2",
                "STATUS_NULL_POINTER = 2, STATUS_IO = 1",
                ["header of version 1 sees: store", "_NULL_POINTER"],
            ),
            (
                "types",
                "double *to)",
                "float *to)",
                ["does not compile with", "store"],
            ),
        ] {
            let found = misled_by(name, from, to);
            assert_eq!(found.len(), 1, "{found:?}");
            for words in words {
                assert!(found[0].contains(words), "{found:?}");
            }
        }
    }
}
