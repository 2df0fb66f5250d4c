//! The Python module as CFFI has it: a second reader of the header, at run time.

use std::ffi::OsString;

use anyhow::{Context, Result};

use crate::Abi;
use crate::process::{Finished, Run};

/// What the built `module` says about its `ffi` and `lib`. It knows no `const`.
///
/// `python` runs the interpreter in whose environment the module is; here it looks at nothing else,
/// neither the current folder nor `PYTHONPATH`, and writes no caches.
///
/// # Errors
///
/// If the module cannot be imported, or if CFFI found that its declarations are not what the C
/// compiler saw; the message has all such findings.
pub fn cffi_reader(python: Run<'_>, module: &str) -> Result<Abi> {
    let script = include_str!("cffi_reader.py");
    let arguments = ["-I", "-B", "-c", script, module].map(OsString::from);
    let text = python(&arguments)
        .and_then(Finished::checked)
        .with_context(|| format!("CFFI cannot describe `{module}`"))?;
    Abi::parse(&text).context("the CFFI reader printed something else than a description")
}
