//! A library that takes the real one's place: it has every function of the header, and a check chooses
//! what each does.

use std::path::PathBuf;

use abi_stages::compiler::Compiler;
use abi_stages::inspect;
use abi_stages::workspace::Workspace;
use anyhow::{Context, Result, bail};

use super::interface::{Function, Interface};
use super::{Source, compile, folder, write_sources};
use cargo_abi::model::{Signature, Type};

/// What a replacement is made of.
pub struct Replacement<'a> {
    /// Of the check that uses it.
    pub name: &'a str,
    /// What its functions call.
    pub sources: &'a [Source],
    /// C that stands before the functions.
    pub preamble: String,
    /// The body of the function with this index.
    pub body: &'a dyn Fn(usize, &Function) -> String,
}

impl Replacement<'_> {
    /// Builds it and returns the folder to search before the library's.
    pub fn build(&self, workspace: &Workspace, interface: &Interface) -> Result<PathBuf> {
        let folder = folder(workspace, self.name);
        let sources = write_sources(workspace, &folder, self.sources, &self.source(interface)?)?;
        // Programs look for the name that the real one has for the loader.
        let real = workspace.shared_library();
        let name = inspect::read(&real)?
            .name
            .with_context(|| format!("{} has no name for the loader", real.display()))?;
        let library = folder.join(&name);
        let line = Compiler::find(workspace)?
            .bare()
            .args(["-Wpedantic", "-O1", "-shared", "-fPIC"])
            .arg(format!("-Wl,-soname,{name}"))
            .arg("-I")
            .arg(workspace.relative(&workspace.pipeline("include")))
            .args(sources)
            .arg("-o")
            .arg(workspace.relative(&library));
        compile(workspace, &folder, line, &library)?;
        Ok(folder)
    }

    pub fn source(&self, interface: &Interface) -> Result<String> {
        let mut source = format!(
            "#include <string.h>\n#include \"{}\"\n",
            interface.library.header()
        );
        for (name, _) in self.sources.iter().filter(|(name, _)| name.ends_with(".h")) {
            source += &format!("#include \"{name}\"\n");
        }
        source += &format!("\n{}", self.preamble);
        for (index, function) in interface.functions.iter().enumerate() {
            let name = &function.name;
            if function.signature.variadic {
                bail!(
                    "`{name}` takes arguments that it does not declare: they cannot be passed on"
                );
            }
            let body = (self.body)(index, function);
            source += &format!(
                "\n{} {{\n{body}}}\n",
                function.signature.definition_in_c(name, parameter)
            );
        }
        Ok(source)
    }
}

/// The name of the parameter with this index, wherever C is generated.
pub fn parameter(index: usize) -> String {
    format!("a{index}")
}

/// The names of all parameters.
pub fn parameters(signature: &Signature) -> impl Iterator<Item = String> {
    (0..signature.parameters.len()).map(parameter)
}

/// C that uses every parameter for nothing, because a compiler warns of those that are not used.
pub fn ignore(signature: &Signature) -> String {
    parameters(signature)
        .map(|name| format!("    (void){name};\n"))
        .collect()
}

/// C that returns nothing but zeroes.
pub fn return_zero(signature: &Signature) -> String {
    match signature.result {
        Type::Void => String::new(),
        _ => format!(
            "    {};\n    memset(&nothing, 0, sizeof nothing);\n    return nothing;\n",
            signature.result_in_c("nothing")
        ),
    }
}
