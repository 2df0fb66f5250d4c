//! The library, as the readers of its C ABI need it named, and its debug build.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use cargo_abi::Abi;
use xtask::LIBRARY as ROW;

pub static LIBRARY: LazyLock<Library<'static>> = LazyLock::new(|| Library {
    package: ROW.cdylib,
    name: ROW.name,
    header: ROW.header().leak(),
    module: ROW.module,
    version: ROW.version_constant().leak(),
});

/// The library to look at.
#[derive(Clone, Copy, Debug)]
pub struct Library<'a> {
    /// The Cargo package that it is.
    pub package: &'a str,
    /// its name for the linker: `x` for `libx.so`.
    pub name: &'a str,
    /// The header's file name, for messages too.
    pub header: &'a str,
    /// The Python module that has CFFI's `ffi` and `lib`.
    pub module: &'a str,
    /// The constant with the version of the ABI.
    pub version: &'a str,
}

impl Library<'_> {
    /// The file name of the shared library on this system.
    pub fn shared_file(&self) -> String {
        format!("{DLL_PREFIX}{}{DLL_SUFFIX}", self.name)
    }

    /// What to tell cargo so that it builds the library's *twin* into `target`: the same functions
    /// with all of their debug information.
    ///
    /// The file is `debug/` and [`Library::shared_file`] in `target`, below the name of the system if
    /// cargo is configured to build for one.
    ///
    /// Without optimisation, for an optimised library has one entry for two functions that do the
    /// same and none for what was inlined; and with the information in the file itself.
    pub fn twin(&self, target: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = [
            "rustc",
            "--package",
            self.package,
            "--lib",
            "--crate-type",
            "cdylib",
            "--target-dir",
        ]
        .map(Into::into)
        .into();
        arguments.push(target.into());
        for setting in [
            "profile.dev.debug=2",
            "profile.dev.opt-level=0",
            "profile.dev.strip=\"none\"",
            "profile.dev.split-debuginfo=\"off\"",
        ] {
            arguments.extend(["--config".into(), setting.into()]);
        }
        arguments
    }

    /// The version of the ABI that a description is of.
    ///
    /// # Errors
    ///
    /// If it has no such constant, or not a number.
    pub fn version_of(&self, abi: &Abi) -> Result<u64> {
        let value = abi
            .constants
            .get(self.version)
            .with_context(|| format!("{} is not among the constants", self.version))?;
        value
            .parse()
            .with_context(|| format!("{} is `{value}`, not a number", self.version))
    }
}
