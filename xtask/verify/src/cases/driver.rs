//! The programs that make the calls: one in C, which is generated from the description of the ABI, and one
//! in Python.

use std::ffi::OsString;
use std::path::PathBuf;

use abi_stages::compiler::{Compiler, Linkage, Program};
use abi_stages::process::Cmd;
use abi_stages::workspace::{self, Workspace};
use abi_stages::{runner, stages};
use anyhow::Result;
use cargo_abi::model::{Signature, Type};

use super::{Plan, calls};
use crate::builds::{self, SANITIZERS};
use crate::generated::replacement::{self, parameter};
use crate::generated::{self, Source, source};

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

    pub fn id(self) -> &'static str {
        match self {
            Language::C => "cases",
            Language::CStatic => "cases-static",
            Language::CSanitized => "cases-sanitized",
            Language::Python => "cases-python",
        }
    }

    /// The line that makes the calls, which are written to a file of that name; the driver is compiled if
    /// need be.
    pub fn line(self, workspace: &Workspace, plan: &Plan, name: &str) -> Result<Cmd> {
        let calls = builds::verify(workspace, &format!("calls-{name}.txt"));
        workspace::write(&calls, plan.text().as_bytes())?;
        let line = match self {
            Language::Python => builds::python(workspace)
                .arg(workspace.relative(&python(workspace)?))
                .arg(workspace.library().module),
            _ => workspace.runs(self.compile(workspace, plan)?),
        };
        Ok(line.arg(workspace.relative(&calls)))
    }

    /// Where the driver in C is.
    pub fn program(self, workspace: &Workspace) -> PathBuf {
        generated::folder(workspace, self.id()).join(workspace.program_file(self.id()))
    }

    fn compile(self, workspace: &Workspace, plan: &Plan) -> Result<OsString> {
        let folder = generated::folder(workspace, self.id());
        let to = self.program(workspace);
        let mut flags = vec!["-pthread", "-Wpedantic"];
        if self == Language::CSanitized {
            flags.extend(SANITIZERS);
        }
        let program = Program {
            sources: generated::write_sources(workspace, &folder, SOURCES, &plan.in_c())?,
            flags: &flags,
            linkage: match self {
                Language::CStatic => Linkage::Static,
                _ => Linkage::Shared,
            },
            to: &to,
        };
        let line = Compiler::find(workspace)?.program(workspace, &program);
        let mut inside = Vec::new();
        if self == Language::CStatic {
            // Which libraries of the system it needs besides is a file in the line.
            runner::quietly(workspace, vec![stages::c::native_libraries(workspace)])?;
            inside.push(workspace.static_library());
        }
        generated::compile_with(workspace, &folder, line, &to, &inside)?;
        Ok(workspace.relative(&to))
    }
}

/// The driver in Python, brought where it can be run.
pub fn python(workspace: &Workspace) -> Result<PathBuf> {
    workspace.bring("cases.py", include_str!("../../python/cases.py"))
}

/// What the driver in C has besides what is generated.
pub const SOURCES: &[Source] = &[
    source!("cases.c"),
    source!("cases.h"),
    source!("columns.h"),
    source!("rounds.c"),
    source!("footprint.c"),
    source!("footprint.h"),
    ("output.c", include_str!("../../support/output.c")),
    ("output.h", include_str!("../../support/output.h")),
    ("parallel.c", include_str!("../../support/parallel.c")),
    ("parallel.h", include_str!("../../support/parallel.h")),
    ("process.c", include_str!("../../support/process.c")),
    ("process.h", include_str!("../../support/process.h")),
    ("program.c", include_str!("../../support/program.c")),
    ("program.h", include_str!("../../support/program.h")),
];

impl Plan {
    /// What the drivers read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the driver that knows the library's functions.
    pub fn in_c(&self) -> String {
        let (abi, library) = (&self.types.abi, self.types.library);
        let mut text = format!(
            "#include <string.h>\n#include \"{}\"\n#include \"cases.h\"\n#include \"program.h\"\n\n",
            library.header()
        );
        let mut functions = String::new();
        for (name, signature) in abi.functions.iter().filter(|(_, it)| !it.variadic) {
            text += &call_in_c(name, signature);
            functions += &format!("    {{\"{name}\", call_{name}}},\n");
        }
        let mut callbacks = String::new();
        for (index, signature) in calls::callbacks(&self.types).into_iter().enumerate() {
            text += &callback_in_c(&format!("callback_{index}"), signature);
            callbacks += &format!("(Callback)callback_{index}, ");
        }
        let (version, constant) = (library.version_function(), library.version_constant());
        let is_known =
            abi.functions.contains_key(&version) && abi.constants.contains_key(&constant);
        let required = match is_known {
            true => format!("require_version(program, {constant}, {version}());"),
            false => "(void)program;".to_owned(),
        };
        text + &format!(
            "const Function FUNCTIONS[] = {{\n{functions}    {{NULL, NULL}},\n}};\n\n\
             const Callback CALLBACKS[] = {{{callbacks}NULL}};\n\n\
             void require_library(const char *program) {{\n    {required}\n}}\n"
        )
    }
}

fn call_in_c(name: &str, signature: &Signature) -> String {
    let mut taken = String::new();
    for (number, of) in signature.parameters.iter().enumerate() {
        let own = parameter(number);
        // No initialiser: a struct may have fields that are const.
        taken += &format!(
            "    {};\n    memcpy(&{own}, in[{number}], sizeof {own});\n",
            of.in_c(&own)
        );
    }
    let passed: Vec<String> = replacement::parameters(signature).collect();
    let call = format!("{name}({})", passed.join(", "));
    let made = match signature.result {
        Type::Void => format!("    {call};\n    (void)result;\n"),
        _ => format!(
            "    {} = {call};\n    memcpy(result, &returned, sizeof returned);\n",
            signature.result_in_c("returned")
        ),
    };
    format!(
        "static void call_{name}(const void *const *in, void *result) {{\n    (void)in;\n{taken}{made}}}\n\n"
    )
}

fn callback_in_c(name: &str, signature: &Signature) -> String {
    let own = calls::context(signature);
    let context = own.map_or("NULL".to_owned(), parameter);
    let mut body = format!("    Visits *visits = visit_begin({context});\n");
    for (number, of) in signature.parameters.iter().enumerate() {
        let it = parameter(number);
        body += &match &of.of {
            _ if own == Some(number) => continue,
            Type::Pointer { to, .. } if **to == Type::Char => {
                format!("    visit_text(visits, {it});\n")
            }
            Type::Pointer { .. } => format!("    visit_pointer(visits, {it});\n"),
            _ => format!("    visit_value(visits, &{it}, sizeof {it});\n"),
        };
    }
    body += &match signature.result {
        Type::Void => "    (void)visit_end(visits);\n".to_owned(),
        _ => format!(
            "    return ({})visit_end(visits);\n",
            signature.result_in_c("")
        ),
    };
    let head = signature.definition_in_c(name, parameter);
    format!("static {head} {{\n{body}}}\n\n")
}
