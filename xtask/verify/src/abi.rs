//! The checks of the C ABI: what the library offers and what the header says of it.

use std::collections::BTreeSet;
use std::path::Path;

use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use abi_stages::{header, inspect};
use anyhow::Result;
use cargo_abi::compare::{Place, Side, compare};
use cargo_abi::symbols;

use crate::builds::{self, Variant};
use crate::c::quietly_succeed;
use crate::cases::{self, Language};
use crate::check::Requirement::*;
use crate::check::{Check, ELF, Finding, PROC, REPLACED, succeed};
use crate::generated::{
    comments, coverage, monitors, old_consumer, other_version, panics, pointers, statics,
};
use crate::{guard, paths, readers};

pub const CHECKS: &[Check] = &[
    Check {
        id: "abi/header",
        claim: "the header is what cbindgen generates from the Rust source",
        hint: "`cargo xtask header` regenerates it",
        needs: &[Generator],
        run: header_is_current,
    },
    Check {
        id: "abi/exports",
        claim: "the libraries have what the header declares, the shared one nothing else, and it \
                loads with all symbols bound",
        hint: "a function of the C ABI is `pub`, `extern \"C\"`, `#[unsafe(no_mangle)]` and not a \
               macro's",
        needs: &[Linux(ELF), Library],
        run: exports,
    },
    Check {
        id: "abi/signatures",
        claim: "Rust, the header and CFFI agree on every function: each parameter and the result",
        hint: "`cargo xtask header` writes the header anew; CFFI's declarations come from it",
        needs: &[Module, DebugBuild],
        run: signatures,
    },
    Check {
        id: "abi/layout",
        claim: "Rust, the header and CFFI agree on every struct, enum and constant",
        hint: "`cargo xtask header` writes the header anew; CFFI's declarations come from it",
        needs: &[Module, DebugBuild],
        run: layout,
    },
    Check {
        id: "abi/arguments",
        claim: "no enum, no bool and no reference comes in, as a parameter or as the result of a callback",
        hint: "take an integer and check it: an unknown value of an enum is undefined behaviour",
        needs: &[DebugBuild],
        run: arguments,
    },
    Check {
        id: "abi/stable",
        claim: "nothing that was released changed without a new version of the ABI",
        hint: "give the constant of the version a new number, or undo the change",
        needs: &[Linux(ELF), Library],
        run: readers::stable,
    },
    Check {
        id: "abi/old-consumer",
        claim: "a program that was compiled against the frozen description sees the same answers",
        hint: "give the constant of the version a new number, or undo the change",
        needs: &[Cases, Linux(ELF), Library],
        run: old_consumer::old_program_sees_the_same,
    },
    Check {
        id: "abi/version",
        claim: "what was built for another version of the ABI refuses the library in words",
        hint: "ask for the version before anything else, as the program of stage 2 does",
        needs: &[Linux(REPLACED), CStage, Module],
        run: other_version::another_version_is_refused,
    },
    Check {
        id: "abi/panic",
        claim: "every function with a status returns the panic's when its guard panics; the process \
                lives, in each short case in which the core panics as well",
        hint: "the body of the function goes into `guard(|call| ...)`",
        needs: &[Cases, Panicking],
        run: panics_are_caught,
    },
    Check {
        id: "abi/linkage",
        claim: "the library has its name, needs only libraries of the system and of the \
                configuration, and has no path of this machine, no canary and no test switch inside",
        hint: "`cargo xtask inspect` shows what the library needs; a path comes from `env!`",
        needs: &[Linux("it knows what belongs to Linux alone"), Library],
        run: linkage,
    },
    Check {
        id: "abi/footprint",
        claim: "loading the library and each case leave the process as it was, and dlclose unloads \
                it, after 1 000 panics too, with no memory left behind",
        hint: "a thread-local with a destructor pins a library; so does a backtrace",
        needs: &[Cases, Linux(PROC)],
        run: footprint,
    },
    Check {
        id: "abi/coverage",
        claim: "the cases call every function with success, and where it can fail with failure",
        hint: "add calls of the function to {cdylib}/cases; `cargo xtask generate` writes their answers",
        needs: &[Cases],
        run: coverage::every_function_is_called,
    },
    Check {
        id: "abi/pointers",
        claim: "every function refuses NULL, misaligned addresses and a lack of memory with its \
                status, and leaves nothing changed; one without a status sets the last error, or \
                its comment says what NULL does. A thousand calls keep no memory, and 2^32 + 1 \
                elements are all seen",
        hint: "a function that cannot do without the pointer returns a status and checks the \
               argument through `call` in its guard; the comment of one that can says that it may \
               be NULL",
        needs: &[Linux(PROC), DebugBuild],
        run: pointers::invalid_pointers_are_refused,
    },
    Check {
        id: "abi/sequences",
        claim: "a million random calls, valid and invalid, one after and within another, are clean \
                under AddressSanitizer on both sides",
        hint: "the program above repeats the fewest calls that were found to go wrong",
        needs: &[Time, DebugBuild, AddressSanitizer, LibraryAsan],
        run: monitors::random_calls_are_clean,
    },
    Check {
        id: "abi/static",
        claim: "a text that the header calls static stays as and where it is, on all threads",
        hint: "return a pointer to a `static` or to a C string literal",
        needs: &[Cases, Linux(ELF)],
        run: statics::static_texts_stay,
    },
    Check {
        id: "abi/comments",
        claim: "a function's comment lists the statuses that calls of it returned and no other, \
                and names the function that frees what it makes",
        hint: "correct the comment, or add a case that gives the status",
        needs: &[Cases, DebugBuild],
        run: comments::comments_are_true,
    },
    Check {
        id: "abi/guard",
        claim: "the body of every function with a status is one `guard(|call| ...)` and nothing else",
        hint: "what stands outside the closure can panic into C: move it into the closure",
        needs: &[Linux(ELF), Library],
        run: guard::bodies_are_guarded,
    },
];

/// What every program has at hand, by the beginning of its name.
const SYSTEM_LIBRARIES: [&str; 8] = [
    "libc.so",
    "libc.musl-",
    "libgcc_s.so",
    "ld-linux",
    "libm.so",
    "libpthread.so",
    "libdl.so",
    "librt.so",
];

/// Whether all users have a library, by the system or by the configuration.
fn is_everywhere(configured: &[&str], needed: &str) -> bool {
    let mut known = SYSTEM_LIBRARIES.iter().chain(configured);
    known.any(|known| needed.starts_with(known))
}

fn linkage(workspace: &Workspace) -> Result<Vec<Finding>> {
    let path = workspace.shared_library();
    let library = inspect::read(&path)?;
    let shown = workspace.relative(&path).to_string_lossy().into_owned();
    let mut findings = Vec::new();
    let wanted = workspace.loader_name()?;
    if library.name.as_deref() != Some(wanted.as_str()) {
        let seen = library.name.as_deref().unwrap_or("none");
        findings.push(format!(
            "the name of {shown} is {seen}; it should be {wanted}"
        ));
    }
    for needed in &library.needs {
        if !is_everywhere(workspace.library().system_libraries, needed) {
            findings.push(format!(
                "{shown} needs {needed}, which is not the system's; if all users have it, name it in \
                 `system_libraries` of xtask/src/library.rs"
            ));
        }
    }
    let bytes = std::fs::read(&path)?;
    let own = [workspace.root(), workspace.target()].map(Path::to_owned);
    for place in own.into_iter().chain(paths::cargo_home()) {
        if !paths::below(&bytes, &place).all(paths::is_source) {
            findings.push(format!(
                "{shown} has the path {} inside: the sources, or those of a dependency, have it in a text",
                place.display()
            ));
        }
    }
    let switch = "the switch that makes the library panic";
    for (words, what) in [
        (workspace.library().function("canary"), "the canary"),
        ("PANIC_ON_DEMAND".to_owned(), switch),
    ] {
        let mut windows = bytes.windows(words.len());
        if windows.any(|window| window == words.as_bytes()) {
            findings.push(format!("{shown} has {what} inside: `{words}`"));
        }
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

/// At the guard's beginning in every function, and wherever the core panics on demand.
fn panics_are_caught(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = panics::panics_become_statuses(workspace)?;
    findings.extend(cases::run(workspace, Language::C, |line| {
        let line = Variant::Panicking.under(workspace, line);
        line.env("PANIC_ON_DEMAND", "core")
    })?);
    Ok(findings)
}

fn footprint(workspace: &Workspace) -> Result<Vec<Finding>> {
    let library = workspace.relative(&workspace.shared_library());
    let loads = builds::programs_of(workspace, &["footprint"])?;
    let loads = loads.into_iter().map(|line| line.arg(&library));
    let mut findings = quietly_succeed(workspace, loads)?;
    findings.extend(cases::run(workspace, Language::C, |line| {
        line.arg("--footprint")
    })?);
    Ok(findings)
}

fn header_is_current(workspace: &Workspace) -> Result<Vec<Finding>> {
    let difference = header::check(workspace)?;
    let file = workspace.relative(&workspace.header());
    let text = workspace::read(&workspace.header())?;
    // Of two headers with one guard a program gets the first alone.
    let guard = text.lines().find_map(|line| line.strip_prefix("#ifndef "));
    let prefix = workspace.library().prefix.to_uppercase();
    let foreign = guard.filter(|guard| !guard.starts_with(&prefix));
    let foreign = foreign.map(|guard| {
        format!(
            "its guard is {guard}, which another header may have: `include_guard` in cbindgen.toml"
        )
    });
    let texts = difference.into_iter().chain(foreign);
    Ok(texts.map(|text| Finding::new(text).at(&file, 1)).collect())
}

/// What differs between the names in the header and those in an archive and in a shared library.
pub fn names(workspace: &Workspace, archive: &Path, shared: Option<&Path>) -> Result<Vec<Finding>> {
    let header = readers::header(workspace)?;
    let name = workspace.library().header();
    let defined = symbols::defined(archive)?;
    let declared = symbols::declared(&header);
    let missing = |own: &BTreeSet<String>, library: &str| {
        let missing = declared.difference(own);
        let text = |symbol| format!("`{symbol}`: {name} declares it, the {library} it");
        missing.map(text).collect::<Vec<_>>()
    };
    let mut findings = missing(&defined, "static library does not define");
    if let Some(shared) = shared {
        let exported = symbols::exported(shared)?;
        findings.extend(missing(&exported, "shared library does not export"));
        findings.extend(exported.difference(&declared).map(|symbol| {
            format!("`{symbol}`: the shared library exports it, {name} does not declare it")
        }));
    }
    Ok(findings.into_iter().map(Finding::new).collect())
}

/// Of the pipeline's libraries; some systems have no shared ones.
pub fn names_built(workspace: &Workspace) -> Result<Vec<Finding>> {
    let shared = workspace.shared_library();
    let shared = workspace.system().has_shared.then_some(shared);
    names(workspace, &workspace.static_library(), shared.as_deref())
}

fn exports(workspace: &Workspace) -> Result<Vec<Finding>> {
    let header = readers::header(workspace)?;
    // Each, and what each needs in turn: `load` binds all symbols at once.
    let load = Cmd::xtask("load")
        .arg(workspace.relative(&workspace.shared_library()))
        .args(header.functions.keys());
    let mut findings = names_built(workspace)?;
    findings.extend(succeed(workspace, [load])?);
    Ok(findings)
}

fn signatures(workspace: &Workspace) -> Result<Vec<Finding>> {
    compare_readers(workspace, |place| place.is_symbol())
}

fn layout(workspace: &Workspace) -> Result<Vec<Finding>> {
    compare_readers(workspace, |place| !place.is_symbol())
}

/// Rust against the header, and the header against CFFI.
fn compare_readers(workspace: &Workspace, is_asked: fn(&Place) -> bool) -> Result<Vec<Finding>> {
    let header = readers::header(workspace)?;
    let rust = readers::rust(workspace, &header)?.abi;
    let cffi = readers::cffi(workspace)?;
    let name = workspace.library().header();
    let (rust, own) = (Side::rust(&rust), Side::c(&name, &header));
    let cffi = Side::c("CFFI", &cffi);
    let file = workspace.relative(&workspace.header());
    let mut findings = Vec::new();
    for (left, right) in [(rust, own), (own, cffi)] {
        let differences = compare(left, right).differences.into_iter();
        for difference in differences.filter(|difference| is_asked(&difference.place)) {
            let finding = Finding::new(difference.text(left.name, right.name));
            findings.push(match header.location(&difference.place.name) {
                Some(location) => finding.at(&file, usize::try_from(location.line)?),
                None => finding,
            });
        }
    }
    Ok(findings)
}

fn arguments(workspace: &Workspace) -> Result<Vec<Finding>> {
    let header = readers::header(workspace)?;
    let rust = readers::rust(workspace, &header)?;
    let demands = rust.demanding.iter();
    let texts = demands.map(|of| format!("{}: {}", of.place, of.cause));
    Ok(texts.map(Finding::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_everywhere_if_the_system_or_the_configuration_has_it() {
        assert!(is_everywhere(&[], "libc.so.6"));
        assert!(is_everywhere(&[], "libc.musl-x86_64.so.1"));
        assert!(!is_everywhere(&[], "libz.so.1"));
        assert!(is_everywhere(&["libz.so"], "libz.so.1"));
        assert!(is_everywhere(&["libz.so"], "libc.so.6"));
        assert!(!is_everywhere(&["libz.so"], "libssl.so.3"));
    }
}
