//! CFFI believes the declarations that it is given: it builds a module from wrong ones without a
//! warning. The reader sees what they were.
//!
//! Needs a Python with CFFI, and so is not among the tests that run everywhere:
//!
//! ```text
//! PYTHON=python3 cargo test --package cargo-abi --test cffi -- --ignored
//! ```

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use cargo_abi::compare::{Side, compare};
use cargo_abi::process::{Finished, run};
use cargo_abi::{Abi, cffi_reader};

/// The one that is named, or the one that a workspace around this package has made for its own tests.
fn python() -> PathBuf {
    let in_target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pipeline/python/bin/python");
    match env::var_os("PYTHON") {
        Some(python) => python.into(),
        None if in_target.exists() => in_target,
        None => "python3".into(),
    }
}

/// A part of the sample's header that CFFI can read as it is.
const DECLARATIONS: &str = "
typedef struct { double value; double root; bool exact; } SampleRoot;
typedef int32_t (*SampleVisitor)(double value, void *context);
double sample_half(double value);
SampleRoot sample_root(double value);
const char *sample_name(int32_t status);
SampleVisitor sample_function(void);
size_t sample_inner(void);
";

const INCLUDES: &str = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n";

const BUILD: &str = "
import sys
from cffi import FFI
declarations, header, library, out = sys.argv[1:]
ffi = FFI()
ffi.cdef(declarations)
ffi.set_source('sampled', header, extra_link_args=[library], extra_compile_args=['-w'])
ffi.compile(tmpdir=out)
";

/// What the reader says of a module that was built from these declarations.
fn module_from(declarations: &str, name: &str) -> Result<Abi> {
    let folder = common::scratch(name);
    let header = format!("{INCLUDES}{DECLARATIONS}");
    let mut command = Command::new(python());
    command.args(["-B", "-c", BUILD, declarations, &header]);
    run(command.arg(&*common::LIBRARY).arg(&folder))?.checked()?;
    // It is not installed, so it has to be found by PYTHONPATH, which `-I` leaves out.
    let in_folder = |arguments: &[OsString]| -> Result<Finished> {
        let arguments = arguments.iter().filter(|argument| *argument != "-I");
        let mut command = Command::new(python());
        run(command.args(arguments).env("PYTHONPATH", &folder))
    };
    cffi_reader(&in_folder, "sampled")
}

fn differences(cffi: &Abi) -> Vec<String> {
    let header = common::header_of(
        &format!("{INCLUDES}{DECLARATIONS}"),
        &common::scratch("cffi header"),
    );
    let sides = (Side::c("sample.h", &header), Side::c("CFFI", cffi));
    let differences = compare(sides.0, sides.1).differences;
    let texts = differences
        .iter()
        .map(|difference| difference.text("sample.h", "CFFI"));
    texts.collect()
}

#[test]
#[ignore = "needs a Python with CFFI"]
fn each_fault_in_the_declarations_is_reported() {
    let right = module_from(DECLARATIONS, "cffi right").unwrap();
    assert_eq!(differences(&right), [""; 0]);
    let wrong = DECLARATIONS
        .replace("double sample_half(", "float sample_half(")
        .replace("sample_name(int32_t", "sample_name(int64_t")
        .replace(
            "typedef int32_t (*SampleVisitor)",
            "typedef void (*SampleVisitor)",
        )
        .replace("size_t sample_inner(void);", "");
    let wrong = module_from(&wrong, "cffi wrong").unwrap();
    assert_eq!(
        differences(&wrong),
        [
            "`sample_function`, result, a callback, result: sample.h `int32_t`, CFFI `void`",
            "`sample_half`, result: sample.h `double`, CFFI `float`",
            "`sample_inner`: sample.h has it, CFFI does not",
            "`sample_name`, parameter 1: sample.h `int32_t`, CFFI `int64_t`",
        ]
    );
}

#[test]
#[ignore = "needs a Python with CFFI"]
fn what_cffi_finds_itself_is_reported_in_its_words() {
    let wrong = DECLARATIONS.replace(" bool exact;", "");
    let error = module_from(&wrong, "cffi own").unwrap_err();
    let text = format!("{error:#}");
    let expected = "wrong total size (cdef says 16, but C compiler says 24)";
    assert!(text.contains(expected), "{text}");
}
