//! The programs that make the calls: one in C, which is generated from the description of the ABI, and one
//! in Python.

use std::ffi::OsString;
use std::path::PathBuf;

use abi_stages::compiler::Linkage;
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use anyhow::Result;
use cargo_abi::calls;

use super::{Plan, calls as cases};
use crate::builds::{self, SANITIZERS, SUPPORT};
use crate::generated::{self, Source};

/// A way to the library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    C,
    CStatic,
    /// With AddressSanitizer and UBSan in the driver.
    CSanitized,
    Python,
}

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Language::C => "C",
            Language::CStatic => "C, static",
            Language::CSanitized => "C with sanitizers",
            Language::Python => "Python",
        }
    }

    /// What its driver is called.
    fn id(self) -> String {
        format!("cases-{self:?}").to_lowercase()
    }

    /// The line that makes the calls; the driver is compiled if need be.
    pub fn line(self, workspace: &Workspace, plan: &Plan) -> Result<Cmd> {
        let line = match self {
            Language::Python => builds::python(workspace)
                .arg(workspace.relative(&python(workspace, plan)?.join("cases.py")))
                .arg(workspace.library().module),
            _ => workspace.runs(workspace.relative(&self.program(workspace, plan)?)),
        };
        Ok(line.arg(plan.put(workspace)?))
    }

    /// The driver in C, compiled if need be.
    pub fn program(self, workspace: &Workspace, plan: &Plan) -> Result<PathBuf> {
        let (mut flags, mut linkage) = (FLAGS.to_vec(), Linkage::Shared);
        match self {
            Language::CSanitized => flags.extend(SANITIZERS),
            Language::CStatic => linkage = Linkage::Static,
            _ => {}
        }
        let generated = plan.in_c(true);
        generated::program(workspace, &self.id(), &sources(&generated), &flags, linkage)
    }
}

/// For the C compiler, besides the usual ones.
pub const FLAGS: [&str; 2] = ["-pthread", "-Wpedantic"];

/// A folder with the driver in Python, `cases.py`, and the one in C for it to load.
pub fn python(workspace: &Workspace, plan: &Plan) -> Result<PathBuf> {
    let name = &Language::Python.id();
    let generated = plan.in_c(false);
    let mut sources = sources(&generated);
    sources.push(("cases.py", include_str!("../../python/cases.py")));
    let flags = [&FLAGS[..], &["-shared", "-fPIC"]].concat();
    generated::program(workspace, name, &sources, &flags, Linkage::Loaded)?;
    Ok(generated::folder(workspace, name))
}

/// What the driver in C is made of, with what is generated for it.
pub fn sources(generated: &str) -> Vec<Source<'_>> {
    let own = [
        ("columns.h", include_str!("../../c/columns.h")),
        ("rounds.c", include_str!("../../c/rounds.c")),
        ("generated.c", generated),
    ];
    [&own[..], &calls::SOURCES, &SUPPORT].concat()
}

impl Plan {
    /// Writes what the drivers read to a file, and returns its path from the root.
    pub fn put(&self, workspace: &Workspace) -> Result<OsString> {
        let file = builds::verify(workspace, &format!("calls-{:?}.txt", self.choice));
        workspace::write(&file, self.text.as_bytes())?;
        Ok(workspace.relative(&file))
    }

    /// What the drivers read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the driver that knows the library's functions, and unless another language does, calls
    /// them.
    pub fn in_c(&self, calls: bool) -> String {
        let abi = &self.types.abi;
        let functions = abi.functions.iter().filter(|(_, it)| !it.variadic);
        let callbacks = cases::callbacks(&self.types);
        let known = calls::in_c(abi, functions, &callbacks, calls);
        let is_struct = |(_, name): &(char, &str)| abi.types.contains_key(*name);
        let columns = match cases::COLUMNS.iter().all(is_struct) {
            true => "#include \"columns.h\"\n",
            false => "const Columns *const COLUMNS = NULL;\n",
        };
        format!(
            "#include \"{}\"\n{known}\n{columns}",
            self.types.library.header()
        )
    }
}
