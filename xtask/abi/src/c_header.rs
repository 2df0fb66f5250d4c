//! The header as C sees it, without a word from cbindgen and without reading C ourselves.
//!
//! The compiler is asked: what is in the header (the preprocessor)? Which functions does it declare
//! (GCC's `-aux-info`, Clang's `-ast-dump`)? Then it compiles a pointer to each of them, and the debug
//! information of that has the types in full; and once more, for what is not in there, the alignment
//! of each struct.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Abi;
use crate::c_source::{Source, name_in_prototype, name_in_tree, words};
use crate::dwarf::{self, Declarations};
use crate::model::Definition;
use crate::run::Run;

/// What `header` declares: functions, types and constants, with the values that the compiler
/// computes.
///
/// `compiler` runs a C compiler, GCC or Clang, that makes ELF files with DWARF inside. What is
/// generated goes into the folder `scratch`, which is made if need be.
///
/// # Errors
///
/// If the compiler refuses the header, or is neither GCC nor Clang; if `scratch` cannot be written.
pub fn header_witness(compiler: Run<'_>, header: &Path, scratch: &Path) -> Result<Abi> {
    fs::create_dir_all(scratch).with_context(|| format!("cannot write {}", scratch.display()))?;
    let questions = Questions {
        compiler,
        header,
        scratch,
    };
    let source = questions.preprocessed()?;
    let mut declarations = questions.declarations(&source)?;
    questions.alignments(&mut declarations)?;
    Ok(declarations.abi)
}

/// Before the names of generated variables and enumerators.
const FUNCTION: &str = "abi_function_";
const NUMBER: &str = "abi_number_";

struct Questions<'a> {
    compiler: Run<'a>,
    header: &'a Path,
    scratch: &'a Path,
}

impl Questions<'_> {
    fn preprocessed(&self) -> Result<Source> {
        let text = self.ask_about_header(&["-E", "-dD"])?;
        Ok(Source::parse(&text, &file_name(self.header)))
    }

    /// Everything but the alignments.
    fn declarations(&self, source: &Source) -> Result<Declarations> {
        let mut code = String::new();
        for function in self.functions(source)? {
            let _ = writeln!(code, "__typeof__({function}) *{FUNCTION}{function};");
        }
        let integers = source
            .constants
            .iter()
            .filter(|constant| !constant.is_text());
        for constant in integers {
            let _ = writeln!(code, "enum {{ {NUMBER}{0} = {0} }};", constant.name);
        }
        let object = self.compile("declarations", &code)?;
        let file = file_name(self.header);
        let mut declarations =
            dwarf::c_declarations(&object, FUNCTION, |declared_in| declared_in == file)?;
        let numbers = dwarf::enumerators(&object, NUMBER)?;
        for constant in &source.constants {
            let number = numbers.get(&constant.name).map(i128::to_string);
            let value = number.unwrap_or_else(|| constant.value.clone());
            declarations
                .abi
                .constants
                .insert(constant.name.clone(), value);
        }
        Ok(declarations)
    }

    /// The functions that are declared in the header itself.
    fn functions(&self, source: &Source) -> Result<BTreeSet<String>> {
        let list = if source.is_clang {
            self.ask_about_header(&["-fsyntax-only", "-Xclang", "-ast-dump"])?
        } else {
            self.prototypes()?
        };
        let name = if source.is_clang {
            name_in_tree
        } else {
            name_in_prototype
        };
        // Less what is declared by what the header includes.
        let own: BTreeSet<&str> = words(&source.code).collect();
        let names = list
            .lines()
            .filter_map(name)
            .filter(|name| own.contains(name));
        Ok(names.map(str::to_owned).collect())
    }

    /// All functions that GCC has seen, one a line. It writes them to a file.
    fn prototypes(&self) -> Result<String> {
        let list = self.scratch.join("prototypes.txt");
        self.ask_about_header(&[
            "-fsyntax-only".as_ref(),
            "-aux-info".as_ref(),
            list.as_os_str(),
        ])
        .context("cannot list the functions of the header, as GCC and Clang can")?;
        fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))
    }

    fn ask_about_header(&self, arguments: &[impl AsRef<OsStr>]) -> Result<String> {
        let mut arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        arguments.extend(["-w".into(), "-x".into(), "c".into(), self.header.into()]);
        (self.compiler)(&arguments)
    }

    /// Compiles `code` behind the header, with all of its debug information.
    fn compile(&self, name: &str, code: &str) -> Result<PathBuf> {
        let header = fs::canonicalize(self.header)
            .with_context(|| format!("cannot find {}", self.header.display()))?;
        let [source, object] = ["c", "so"].map(|kind| self.scratch.join(format!("{name}.{kind}")));
        fs::write(
            &source,
            format!("#include \"{}\"\n\n{code}", header.display()),
        )
        .with_context(|| format!("cannot write {}", source.display()))?;
        // Linked, so that what the information refers to is filled in; with nothing, as nothing runs.
        let flags = [
            "-g",
            "-gz=none",
            "-fno-eliminate-unused-debug-types",
            "-O0",
            "-w",
        ];
        let mut arguments: Vec<OsString> = flags.map(Into::into).into();
        arguments.extend(["-shared", "-fPIC", "-nostdlib", "-x", "c"].map(Into::into));
        arguments.extend([source.into(), "-o".into(), object.clone().into()]);
        (self.compiler)(&arguments)?;
        Ok(object)
    }

    /// Fills in the alignment of each struct and union.
    fn alignments(&self, declarations: &mut Declarations) -> Result<()> {
        let mut code = String::new();
        for (name, spelling) in &declarations.spellings {
            let _ = writeln!(code, "enum {{ {NUMBER}{name} = _Alignof({spelling}) }};");
        }
        let numbers = dwarf::enumerators(&self.compile("alignments", &code)?, NUMBER)?;
        for (name, definition) in &mut declarations.abi.types {
            if let (Definition::Record(record), Some(number)) = (definition, numbers.get(name)) {
                record.alignment = u64::try_from(*number)?;
            }
        }
        Ok(())
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
