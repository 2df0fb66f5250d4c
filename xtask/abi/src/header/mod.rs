//! The header as the C compiler understands it.
//!
//! We read no C ourselves, beyond finding the names that a header may declare. The compiler is asked:
//! what is in the header (the preprocessor)? What is each of these names, and which value does each
//! macro have (a variable that points to it, a variable with the value)? The debug information of that has the
//! types in full; and once more, for what is not in there, the alignment of each struct.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsString, c_char};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::Abi;
use crate::c;
use crate::dwarf::{self, Declarations, SYMBOL, THREAD, VALUE};
use crate::model::{Definition, Note, Type};
use crate::process::{Finished, Run};
use crate::symbols;
use source::{Source, has_literal, may_be_a_value};

/// The headers of a library, and how the compiler finds what they include.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Headers {
    /// A header; may be repeated [default: found, or in the manifest]
    ///
    /// Those that a user of the library includes, in this order. One in angle brackets, `<stddef.h>`, is of the
    /// system: some headers need it before them.
    #[arg(long = "header", value_name = "FILE")]
    #[serde(rename = "headers")]
    pub files: Vec<PathBuf>,
    /// A folder with more headers of the library
    #[arg(short = 'I', long, value_name = "DIR")]
    pub include: Vec<PathBuf>,
    /// A folder with headers of others
    #[arg(long = "isystem", value_name = "DIR")]
    pub system_include: Vec<PathBuf>,
    /// Define a macro
    #[arg(short = 'D', long = "define", value_name = "NAME[=VALUE]")]
    #[serde(rename = "define")]
    pub defines: Vec<String>,
}

impl Headers {
    /// One header that needs nothing.
    pub fn one(file: &Path) -> Headers {
        Headers::default().with(vec![file.to_owned()])
    }

    /// Others, which are found in the same way.
    pub(crate) fn with(&self, files: Vec<PathBuf>) -> Headers {
        Headers {
            files,
            ..self.clone()
        }
    }

    /// What they declare: functions, variables, types and constants, with the values that the
    /// compiler computes.
    ///
    /// What belongs to the library is what stands in one of the files, in a header that they include
    /// from the same folder or from below it, or in one from below a folder of [`Headers::include`].
    ///
    /// Qualifiers are left out that no other language has: see [`Headers::read_qualified`].
    ///
    /// `compiler` runs GCC or Clang. What is generated goes into the folder `scratch`, which is made
    /// if need be.
    ///
    /// # Errors
    ///
    /// If the compiler refuses a header, or writes no DWARF; if `scratch` cannot be written.
    pub fn read(&self, compiler: Run<'_>, scratch: &Path) -> Result<Abi> {
        Ok(self.read_qualified(compiler, scratch)?.unqualified())
    }

    /// The same with `volatile`, `_Atomic` and `const` fields, for the comparison with another release.
    ///
    /// # Errors
    ///
    /// As for [`Headers::read`].
    pub fn read_qualified(&self, compiler: Run<'_>, scratch: &Path) -> Result<Abi> {
        fs::create_dir_all(scratch)
            .with_context(|| format!("cannot write {}", scratch.display()))?;
        let files = self.own().map(|file| canonical(file));
        let files = files.collect::<Result<Vec<_>>>()?;
        let mut questions = Questions {
            compiler,
            flags: self.flags()?,
            include: self.included(|file| canonical(file).unwrap_or_default()),
            scratch,
        };
        let mut declarations = || {
            let source = questions.preprocessed(&self.folders(&files)?)?;
            // A macro of the same name stands before what was declared: `#define open open64`.
            let mut names = source.symbols.keys().collect::<Vec<_>>();
            names.retain(|name| source.macros.contains_key(*name));
            for name in names {
                let _ = writeln!(questions.include, "#undef {name}");
            }
            let mut declarations = questions.declarations(&source)?;
            questions.alignments(&mut declarations)?;
            Ok(declarations)
        };
        let failed = |error: anyhow::Error| {
            let hint = needed_before(&error.to_string());
            error.context(unreadable(&files) + &hint)
        };
        Ok(declarations().map_err(failed)?.abi)
    }

    /// Whether a header is one of the system, in angle brackets.
    pub fn is_system(file: &Path) -> bool {
        file.to_string_lossy().starts_with('<')
    }

    /// Those of the library.
    pub(crate) fn own(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().filter(|file| !Headers::is_system(file))
    }

    /// The lines of C that include them; `called` says what those of the library are called there.
    pub(crate) fn included(&self, called: impl Fn(&Path) -> PathBuf) -> String {
        let line = |file: &PathBuf| match Headers::is_system(file) {
            true => format!("#include {}\n", file.display()),
            // A name in quotes cannot have one in it, nor one in brackets a bracket.
            false => match called(file).display().to_string() {
                name if name.contains('"') => format!("#include <{name}>\n"),
                name => format!("#include \"{name}\"\n"),
            },
        };
        self.files.iter().map(line).collect()
    }

    pub(crate) fn flags(&self) -> Result<Vec<OsString>> {
        let mut flags = Vec::new();
        for folder in &self.include {
            flags.extend(["-I".into(), canonical(folder)?.into()]);
        }
        for folder in &self.system_include {
            flags.extend(["-isystem".into(), canonical(folder)?.into()]);
        }
        let defines = self.defines.iter();
        flags.extend(defines.map(|define| format!("-D{define}").into()));
        Ok(flags)
    }

    /// The folders whose headers belong to the library.
    fn folders(&self, files: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let include = self.include.iter().map(|folder| canonical(folder));
        let own = files.iter().filter_map(|file| file.parent());
        let own = own.map(|folder| Ok(folder.to_owned()));
        own.chain(include).collect()
    }
}

/// Which header of the system a header needs before it, by the compiler's message.
fn needed_before(message: &str) -> String {
    let unknown = message.split_once("unknown type name '");
    let (_, unknown) = unknown.unwrap_or_default();
    let header = match unknown.split('\'').next().unwrap_or_default() {
        "size_t" | "wchar_t" | "ptrdiff_t" => "<stddef.h>",
        "bool" => "<stdbool.h>",
        "FILE" => "<stdio.h>",
        name if name.contains("int") && name.ends_with("_t") => "<stdint.h>",
        _ => return String::new(),
    };
    format!("; it does not include {header}: --header '{header}' before it does")
}

/// Why a compiler may refuse headers.
fn unreadable(files: &[PathBuf]) -> String {
    let names = files.iter().filter_map(|file| file.file_name());
    let names = names.map(|name| name.to_string_lossy());
    let names = names.collect::<Vec<_>>().join(", ");
    // As cbindgen writes it, unless its configuration says otherwise.
    let is_cpp = |file: &PathBuf| {
        fs::read_to_string(file)
            .is_ok_and(|text| text.contains("#include <cstd") && !text.contains("__cplusplus"))
    };
    let hint = match files.iter().any(is_cpp) {
        true => {
            "; it looks like C++, and what is compared is C (cbindgen writes it with `language = \"C\"`)"
        }
        false => "",
    };
    format!("the C compiler cannot read {names}{hint}")
}

fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| format!("cannot find {}", path.display()))
}

/// Attributes that change how a function takes its arguments.
const CONVENTIONS: [&str; 6] = [
    "ms_abi", "sysv_abi", "stdcall", "fastcall", "thiscall", "regcall",
];

/// What the compiler calls the generated lines in its messages.
const GENERATED: &str = "generated-by-cargo-abi";

struct Questions<'a> {
    compiler: Run<'a>,
    flags: Vec<OsString>,
    /// The lines that include the headers.
    include: String,
    scratch: &'a Path,
}

/// Texts by name.
type Texts = BTreeMap<String, String>;

impl Questions<'_> {
    fn preprocessed(&self, folders: &[PathBuf]) -> Result<Source> {
        let text = self.preprocess("headers", "", &["-dD", "-dI"])?;
        let mut known = BTreeMap::<PathBuf, bool>::new();
        Ok(Source::parse(&text, |path, is_system| {
            *known.entry(path.to_owned()).or_insert_with(|| {
                let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                !is_system
                    && folders.iter().any(|folder| path.starts_with(folder))
                    && !path.starts_with(self.scratch)
            })
        }))
    }

    /// Everything but the alignments.
    fn declarations(&self, source: &Source) -> Result<Declarations> {
        let macros = self.macros(source)?;
        let symbols = source.symbols.keys();
        let symbols =
            symbols.map(|name| format!("__typeof__(&{name}) {SYMBOL}{name} = &{name};\n"));
        let values = macros.iter().filter(|(_, value)| source.knows(value));
        let values = values
            .map(|(name, value)| format!("const __typeof__({value}) {VALUE}{name} = {value};\n"));
        let mut probes: Vec<String> = symbols.chain(values).collect();
        let threads = ["__thread", "_Thread_local", "thread_local"];
        let thread = threads.into_iter().find(|word| source.mentions(word));
        for name in source.symbols.keys() {
            // Its address is no constant. Of any other variable the compiler refuses this declaration.
            probes.extend(thread.map(|word| {
                format!(
                    "extern {word} __typeof__({name}) {name}; __typeof__(&{name}) {THREAD}{name};\n"
                )
            }));
            // Clang's debug information has it, GCC's has not. It may be C's own here.
            for of in CONVENTIONS.iter().filter(|of| source.mentions(of)) {
                let [own, other] = [name, "void(void)"].map(|of_type| {
                    let of_type = format!("__typeof__({of_type})");
                    format!(
                        "__builtin_types_compatible_p({of_type}, {of_type} __attribute__(({of})))"
                    )
                });
                probes.push(format!(
                    "const int {VALUE}{of}_{name} = {own} && !{other};\n"
                ));
            }
        }
        let object = self.known(probes, source)?;
        // Of each function and variable that the library has to define: not of those that the header defines
        // itself.
        let names = symbols::referred(&object, SYMBOL)?;
        let mut declarations = dwarf::c_declarations(&object, &names, &source.files)?;
        self.constants(&object, &mut declarations)?;
        let abi = &mut declarations.abi;
        for of in CONVENTIONS {
            for name in source.symbols.keys() {
                let is_set = abi.constants.remove(&format!("{of}_{name}")).as_deref() == Some("1");
                let symbol = names
                    .get(name)
                    .filter(|of| is_set && abi.functions.contains_key(*of));
                let convention = symbol.map(|name| (name.clone(), of.to_owned()));
                abi.conventions.extend(convention);
            }
        }
        let mut has_callbacks = false;
        abi.each_type(&mut |of| has_callbacks |= matches!(of, Type::Function(_)));
        if has_callbacks {
            let mentioned = CONVENTIONS.iter().filter(|of| source.mentions(of));
            let why = "whether callbacks have this calling convention, which GCC does not say";
            abi.notes.extend(mentioned.map(|of| Note::new(of, why)));
        }
        for (name, value) in &macros {
            if !abi.constants.contains_key(name) && has_literal(value) {
                let why = "the C compiler takes it for no constant";
                abi.notes.push(Note::new(name, why));
            }
        }
        let known = symbols::declared(abi);
        for (name, location) in source.symbols.iter().chain(&source.macros) {
            if known.contains(name) || abi.constants.contains_key(name) {
                abi.locations.insert(name.clone(), location.clone());
            }
        }
        Ok(declarations)
    }

    /// What those macros stand for that may be constants.
    fn macros(&self, source: &Source) -> Result<Texts> {
        if source.macros.is_empty() {
            return Ok(Texts::new());
        }
        let mut code = String::new();
        for name in source.macros.keys() {
            let _ = writeln!(code, "\"{VALUE}{name}\" {name}");
        }
        let text = self.preprocess("macros", &code, &["-P"])?;
        let prefix = format!("\"{VALUE}");
        let lines = text.lines();
        let all = lines.filter_map(|line| line.strip_prefix(&prefix)?.split_once('"'));
        let values = all.filter(|(_, expansion)| may_be_a_value(expansion));
        let owned = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(owned.collect())
    }

    /// The values of macros, and of variables of the header itself: `static const uint32_t POINTS_MAX = 64;`.
    fn constants(&self, object: &Path, declarations: &mut Declarations) -> Result<()> {
        let abi = &mut declarations.abi;
        let values = &declarations.constants;
        let sizes = values.iter();
        let sizes = sizes.filter_map(|(variable, of)| Some((variable.clone(), abi.size(&of.1)?)));
        let contents = symbols::content(object, &sizes.collect())?;
        for (variable, (name, of)) in values {
            let bytes = contents.get(variable);
            match bytes.and_then(|bytes| constant(abi, of, bytes)) {
                Some(value) => drop(abi.constants.insert(name.clone(), value)),
                None if name == variable => abi.notes.push(Note::new(
                    name,
                    "a variable of the header itself that is neither a number nor a text",
                )),
                None => {}
            }
        }
        Ok(())
    }

    /// Compiles the probes, without those that the compiler refuses: names that it does not know,
    /// macros that are no constants. Returns the object file.
    fn known(&self, mut probes: Vec<String>, source: &Source) -> Result<PathBuf> {
        // Something is always there, so that there is debug information.
        const FIRST: &str = "int abi_begin;\n";
        // First each in a function of its own, for GCC names an unknown name once in each of them.
        let alone = probes.iter().enumerate().map(|(index, line)| {
            let line = line.trim_end().replacen(" = &", "; (void)&", 1);
            // Not on the stack, where a value may be no constant.
            let line = line.replacen("const ", "static const ", 1);
            format!("void abi_alone_{index}(void) {{ {line} }}\n")
        });
        let alone = FIRST.to_owned() + &alone.collect::<String>();
        let all = match source.is_clang {
            true => "-ferror-limit=0",
            false => "-fmax-errors=0",
        };
        let (_, each) = self.compile("alone", &alone, &["-fsyntax-only", all])?;
        let mut refused = refused_lines(&each.stderr);
        loop {
            let mut line = 1;
            probes.retain(|_| {
                line += 1;
                !refused.contains(&line)
            });
            let code = FIRST.to_owned() + &probes.concat();
            let (object, finished) = self.compile("declarations", &code, &[])?;
            if finished.success {
                return Ok(object);
            }
            refused = refused_lines(&finished.stderr);
            // What is wrong in the headers themselves no other probes make right.
            if refused.range(2..probes.len() + 2).next().is_none() {
                bail!("{}", finished.report);
            }
        }
    }

    /// Fills in the alignment of each struct and union.
    fn alignments(&self, declarations: &mut Declarations) -> Result<()> {
        if declarations.spellings.is_empty() {
            return Ok(());
        }
        let mut code = String::new();
        let mut variables = BTreeMap::new();
        for (index, (name, spelling)) in declarations.spellings.iter().enumerate() {
            let variable = format!("{VALUE}{index}");
            code += &format!("const unsigned long long {variable} = _Alignof({spelling});\n");
            variables.insert(variable, name);
        }
        let (object, finished) = self.compile("alignments", &code, &[])?;
        finished.checked()?;
        let abi = &mut declarations.abi;
        let sizes = variables.keys().map(|variable| (variable.clone(), 8));
        for (variable, bytes) in symbols::content(&object, &sizes.collect())? {
            let alignment = u64::from_le_bytes(abi.little(<[u8; 8]>::try_from(&*bytes)?));
            if let Some(Definition::Record(record)) = abi.types.get_mut(variables[&variable]) {
                record.alignment = alignment;
            }
        }
        Ok(())
    }

    fn preprocess(&self, name: &str, code: &str, flags: &[&str]) -> Result<String> {
        let source = self.write(name, code)?;
        let mut arguments: Vec<OsString> = vec!["-E".into(), "-w".into()];
        arguments.extend(flags.iter().map(Into::into));
        arguments.extend(self.flags.iter().cloned());
        arguments.extend(["-x".into(), "c".into(), source.into()]);
        (self.compiler)(&arguments)?.checked()
    }

    /// Compiles `code` behind the headers, with all of its debug information.
    fn compile(&self, name: &str, code: &str, more: &[&str]) -> Result<(PathBuf, Finished)> {
        let source = self.write(name, code)?;
        let object = source.with_extension("o");
        const FLAGS: [&str; 9] = [
            "-c",
            "-g",
            "-gdwarf-5",
            "-gz=none",
            "-fno-eliminate-unused-debug-types",
            "-fno-lto",
            // A function with a body in the header is defined here, and not by some other file, perhaps.
            "-fgnu89-inline",
            "-O0",
            "-w",
        ];
        let mut arguments: Vec<OsString> = FLAGS.iter().chain(more).map(Into::into).collect();
        arguments.extend(self.flags.iter().cloned());
        arguments.extend(["-x".into(), "c".into(), source.into()]);
        arguments.extend(["-o".into(), object.clone().into()]);
        let mut finished = (self.compiler)(&arguments)?;
        // GCC for Windows: nothing is compressed there.
        if finished.stderr.contains("-gz is not supported") {
            arguments.retain(|argument| argument != "-gz=none");
            finished = (self.compiler)(&arguments)?;
        }
        Ok((object, finished))
    }

    fn write(&self, name: &str, code: &str) -> Result<PathBuf> {
        let source = self.scratch.join(format!("{name}.c"));
        let text = format!("{}#line 1 \"{GENERATED}\"\n{code}", self.include);
        fs::write(&source, text).with_context(|| format!("cannot write {}", source.display()))?;
        Ok(source)
    }
}

/// The constant of a type that a variable with these bytes has.
fn constant(abi: &Abi, of: &Type, bytes: &[u8]) -> Option<String> {
    let number = abi.little(bytes.to_vec());
    let integer = |signed: bool| {
        let mut all = [0; 16];
        all.get_mut(..number.len())?.copy_from_slice(&number);
        let unused = 128 - 8 * number.len() as u32;
        let value = i128::from_le_bytes(all).checked_shl(unused)?;
        Some(match signed {
            true => (value >> unused).to_string(),
            false => (value as u128 >> unused).to_string(),
        })
    };
    match of {
        Type::Integer { signed, .. } | Type::Size { signed } => integer(*signed),
        Type::Bool => integer(false),
        Type::Char => integer(c_char::MIN != 0),
        Type::Named(name) => integer(abi.types.get(name)?.enumeration()?.signed),
        Type::Float { size: 4 } => {
            Some(c::float(f32::from_le_bytes(number.try_into().ok()?).into()))
        }
        Type::Float { size: 8 } => Some(c::float(f64::from_le_bytes(number.try_into().ok()?))),
        Type::Array { of, .. } if **of == Type::Char => {
            Some(c::text(bytes.strip_suffix(b"\0").unwrap_or(bytes)))
        }
        _ => None,
    }
}

/// The generated lines that the compiler's messages are about: `generated-by-cargo-abi:12:5: error`.
fn refused_lines(messages: &str) -> BTreeSet<usize> {
    let prefix = format!("{GENERATED}:");
    let lines = messages.lines();
    let lines = lines.filter_map(|line| line.strip_prefix(&prefix)?.split_once(':'));
    let lines = lines.filter(|(_, rest)| !rest.contains(": note: "));
    let numbers = lines.filter_map(|(number, _)| number.parse().ok());
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_are_refused() {
        let messages = "generated-by-cargo-abi:12:5: error: x\n\
                        generated-by-cargo-abi:13:5: note: x\nother.h:14:5: error: x\n";
        assert_eq!(refused_lines(messages), BTreeSet::from([12]));
    }
}
