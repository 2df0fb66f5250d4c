//! What is known of each function: its types from the header, the names of its parameters and the alignment
//! of its handles from Rust, its comment from the header's text.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::Abi;
use crate::model::{Definition, Location, Parameter, Record, Signature, Type};
use crate::process::Run;

/// The functions of a header.
#[derive(Debug)]
pub struct Interface {
    /// In the order of their names.
    pub functions: Vec<Function>,
    /// What all of them have in common.
    pub conventions: Conventions,
    /// The description of the types that they mention.
    pub abi: Abi,
    /// In bytes, of the types that the header names.
    alignments: BTreeMap<String, u64>,
}

/// What a library says of all its functions. The least is known of a library that says nothing.
#[derive(Clone, Debug, Default)]
pub struct Conventions {
    /// The lines that include the header.
    pub include: String,
    /// The type of a result that says how a call ended; 0 if well. Such a library checks its arguments.
    pub status: Option<String>,
    /// The function that returns the message of the last failure.
    pub last_error: Option<String>,
}

/// A function of the header.
#[derive(Debug)]
pub struct Function {
    /// As C calls it.
    pub name: String,
    /// What it takes and returns.
    pub signature: Signature,
    /// Whether it can fail: it returns a status.
    pub has_status: bool,
    /// The header's comment, in one line.
    pub comment: String,
    /// A bit for each parameter that an attribute forbids to be NULL.
    nonnull: u32,
    /// Where it is declared.
    pub location: Option<Location>,
}

impl Interface {
    /// Of a header and its text: parameters have no names then.
    pub fn new(mut header: Abi, text: &str, conventions: Conventions) -> Interface {
        let status = conventions.status.clone().map(Type::Named);
        let texts = declarations(text);
        let function = |(name, signature): (String, Signature)| {
            let is_it = |(_, code): &&(String, String)| code.contains(&format!("{name}("));
            let (comment, _) = texts.iter().find(is_it).cloned().unwrap_or_default();
            Function {
                comment,
                nonnull: 0,
                location: header.locations.get(&name).cloned(),
                has_status: status.as_ref() == Some(&signature.result),
                name,
                signature,
            }
        };
        let functions = std::mem::take(&mut header.functions).into_iter();
        Interface {
            functions: functions.map(function).collect(),
            alignments: alignments(&header.types),
            conventions,
            abi: header,
        }
    }

    /// The header, as Rust's reader has to be asked for all types that it names and not only for those that
    /// it describes.
    pub fn asked(header: &Abi) -> Abi {
        let mut asked = header.clone();
        for definition in asked.types.values_mut() {
            if *definition == Definition::Opaque {
                *definition = Definition::Record(Record::default());
            }
        }
        asked
    }

    /// Adds what Rust's debug information says.
    pub fn add_rust(&mut self, rust: &Abi) {
        for function in &mut self.functions {
            let of_rust = rust.functions.get(&function.name);
            let of_rust = of_rust.into_iter().flat_map(|of| &of.parameters);
            for (parameter, of_rust) in function.signature.parameters.iter_mut().zip(of_rust) {
                parameter.name.clone_from(&of_rust.name);
            }
        }
        self.alignments.extend(alignments(&rust.types));
    }

    /// Adds which parameters an attribute forbids to be NULL, however a macro calls it: the compiler warns of such a
    /// call. `flags` lead it to the header.
    ///
    /// # Errors
    ///
    /// If it does not run, or the folder `scratch` cannot be written.
    pub fn add_nonnull(
        &mut self,
        compiler: Run<'_>,
        flags: &[OsString],
        scratch: &Path,
    ) -> Result<()> {
        let include = &self.conventions.include;
        let mut code = format!("{include}void calls(void) {{\n#line 1 \"null\"\n");
        let mut calls = Vec::new();
        for (index, function) in self.functions.iter().enumerate() {
            let parameters = &function.signature.parameters;
            for at in 0..parameters.len() {
                let value = |(of, p): (usize, &Parameter)| match is_pointer(&p.of) && of != at {
                    true => "(void *)1",
                    false => "0",
                };
                let values: Vec<&str> = parameters.iter().enumerate().map(value).collect();
                code += &format!("{}({});\n", function.name, values.join(", "));
                calls.push((index, at));
            }
        }
        let source = scratch.join("null.c");
        fs::write(&source, code + "}\n")?;
        let own = ["-fsyntax-only", "-Wnonnull"].map(OsString::from);
        let warnings = compiler(&[&own, flags, &[source.into()]].concat())?.stderr;
        for line in warnings.lines().filter(|it| it.contains("[-Wnonnull]")) {
            let number = line.split(':').nth(1).unwrap_or_default().parse::<usize>();
            if let Some((index, at)) = calls.get(number.unwrap_or_default().wrapping_sub(1)) {
                self.functions[*index].nonnull |= 1 << at;
            }
        }
        Ok(())
    }

    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|known| known.name == name)
    }

    /// The size of a value in bytes; 0 if it is not known.
    pub fn size(&self, of: &Type) -> u64 {
        self.abi.size(of).unwrap_or_default()
    }

    /// Whether a type is one of which C sees nothing.
    pub fn is_opaque(&self, of: &Type) -> bool {
        self.abi.definition(of) == Some(&Definition::Opaque)
    }

    /// Whether a function only reads from a handle: it takes one to be read, and pointers to plain
    /// values that it writes.
    pub fn is_reader(&self, function: &Function) -> bool {
        let (parameters, result) = (&function.signature.parameters, &function.signature.result);
        let is_handle = |p: &&Parameter| p.of.read().is_some_and(|to| self.is_opaque(to));
        let is_result = |p: &&Parameter| p.of.written().is_some_and(|to| self.is_plain(to));
        let results = parameters.iter().filter(is_result).count();
        let shows = results > 0 || !function.has_status && *result != Type::Void;
        parameters.iter().filter(is_handle).count() == 1
            && results + 1 == parameters.len()
            && shows
            && (*result == Type::Void || self.is_plain(result))
    }

    /// Whether a value has no address and no character in it: what is written there is one value and
    /// not a buffer, and it is compared by its bytes.
    fn is_plain(&self, of: &Type) -> bool {
        match of {
            Type::Bool | Type::Integer { .. } | Type::Size { .. } | Type::Float { .. } => true,
            Type::Array { of, .. } => self.is_plain(of),
            of => self.abi.definition(of).is_some_and(|of| match of {
                Definition::Enumeration(_) => true,
                Definition::Record(of) => of.fields.iter().all(|field| self.is_plain(&field.of)),
                Definition::Opaque => false,
            }),
        }
    }

    /// The alignment that what `of` points to has; 1 if it has none that is known.
    pub fn alignment_behind(&self, of: &Type) -> u64 {
        of.behind().map_or(1, |to| self.alignment(to))
    }

    /// This program runs on the system that the library is for.
    fn alignment(&self, of: &Type) -> u64 {
        match of {
            Type::Array { of, .. } => self.alignment(of),
            Type::Named(name) => self.alignments.get(name).copied().unwrap_or(1),
            of => self.size(of).clamp(1, align_of::<u64>() as u64),
        }
    }
}

impl Function {
    /// A parameter as messages call it.
    pub fn parameter(&self, index: usize) -> String {
        match &self.signature.parameters[index].name {
            Some(name) => format!("`{name}`"),
            None => format!("parameter {}", index + 1),
        }
    }

    /// Whether the comment says that this parameter may be NULL: "`context` may be NULL", "`text` is
    /// NULL or ...", and of the only pointer there is, "NULL is ignored". What holds under a
    /// condition only is no such promise.
    pub fn may_be_null(&self, index: usize) -> bool {
        let name = self.parameter(index);
        let parameters = &self.signature.parameters;
        let pointers = parameters.iter().filter(|p| is_pointer(&p.of));
        let is_only = pointers.count() == 1;
        let promises = |sentence: &str| {
            let unconditional = |words: &str| {
                let rest = sentence.split_once(words)?.1;
                let next = rest.split_whitespace().next().unwrap_or_default();
                Some(!["if", "when", "where", "with", "as", "while"].contains(&next))
            };
            let is_about_it = sentence.contains(&name);
            is_about_it
                && (unconditional("may be NULL") == Some(true)
                    || sentence.contains("is NULL or")
                        && !sentence.contains(&format!("if {name} is NULL")))
                || is_only && sentence.starts_with("NULL is ignored")
        };
        self.comment.split(". ").any(promises)
    }

    /// Whether the header forbids NULL: by the comment, as "`text` must not be NULL", "must be non-NULL", or
    /// that it panics or is undefined behaviour, in a sentence or in a list; or by an attribute of the declaration.
    pub fn must_not_be_null(&self, index: usize) -> bool {
        let name = self.parameter(index);
        let comment = self.comment.replace("`NULL`", "NULL");
        let comment = comment.replace("null", "NULL");
        let has = |text: &str, words: &[&str]| words.iter().any(|it| text.contains(it));
        let undefined = [
            "UB ",
            "ndefined behavio",
            "ndefined Behavio",
            "anics",
            "ot pass NULL",
        ];
        let meant = [
            &name,
            "the argument",
            "either argument",
            "any of the",
            "pointers",
        ];
        let forbids = ["must not be NULL", "must be non-NULL", "cannot be NULL"];
        let forbids = forbids.map(|words| format!("{name} {words}"));
        let mut is_undefined = false;
        let mut sentences = comment.split(". ").filter(|sentence| {
            is_undefined &= sentence.starts_with("* ");
            is_undefined |= has(sentence, &undefined);
            forbids.iter().any(|words| sentence.contains(words))
                || is_undefined
                    && has(sentence, &["is NULL", "are NULL", "ot pass NULL"])
                    && has(sentence, &meant)
        });
        sentences.next().is_some() || self.nonnull >> index & 1 != 0
    }
}

/// To data or to a function.
pub fn is_pointer(of: &Type) -> bool {
    matches!(of, Type::Pointer { .. } | Type::Function(_))
}

/// Whether C takes it for a text that is not written to.
pub fn is_text(of: &Type) -> bool {
    of.read() == Some(&Type::Char)
}

fn alignments(types: &BTreeMap<String, Definition>) -> BTreeMap<String, u64> {
    let known = types.iter().filter_map(|(name, of)| match of {
        Definition::Record(record) => Some((name.clone(), record.alignment)),
        Definition::Enumeration(enumeration) => Some((name.clone(), enumeration.size)),
        Definition::Opaque => None,
    });
    known.collect()
}

/// The declarations of a header, each behind the comment that stands right before it, without its asterisks.
fn declarations(header: &str) -> Vec<(String, String)> {
    let (mut all, mut comment, mut code) = (Vec::new(), String::new(), String::new());
    let (mut is_inside, mut was_empty) = (false, false);
    for line in header.lines().map(str::trim) {
        let is_start = !is_inside && line.starts_with("/*");
        let is_comment = is_inside || is_start || line.starts_with("//");
        let (before, behind) = line.split_once("/*").unwrap_or((line, line));
        let is_more = is_comment && !code.contains('(');
        // Lines that follow each other are one comment.
        if is_more && (is_start || was_empty && !is_inside) {
            comment.clear();
            code.clear();
        }
        is_inside = (is_inside || line.contains("/*")) && !behind.contains("*/");
        was_empty = line.is_empty();
        if is_more {
            comment += line.trim_matches(['/', '*', '!']).trim();
            comment.push(' ');
        } else if !is_comment && !line.starts_with('#') {
            code += &before.replace(" (", "(");
            code.push(' ');
            if before.contains([';', '{', '}']) {
                let whole = comment.split_whitespace().collect::<Vec<_>>().join(" ");
                comment.clear();
                all.push((whole, std::mem::take(&mut code)));
            }
        }
    }
    all
}

/// The words of a text, as C has them.
pub fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tests::interface;

    #[test]
    fn a_comment_is_found_before_its_declaration() {
        let header = "/**\n * Not this one. f(x).\n */\ntypedef int A;\n\n/**\n * Frees `x`.\n *\n * \
                      NULL is ignored.\n */\nvoid f(Handle *x);\n";
        let interface = interface(header, "fn f(*mut Handle)\nfn g()\n");
        assert_eq!(
            interface.functions[0].comment,
            "Frees `x`. NULL is ignored."
        );
        assert_eq!(interface.functions[1].comment, "");
    }

    #[test]
    fn a_promise_of_null_is_read_from_the_comment() {
        let named = |comment: &str| {
            let header = format!("/** {comment} */\nvoid f(void *a, void *b);\n");
            let mut interface = interface(&header, "fn f(*mut void, *mut void)\n");
            let mut function = interface.functions.remove(0);
            for (parameter, name) in function.signature.parameters.iter_mut().zip(["a", "b"]) {
                parameter.name = Some(name.to_owned());
            }
            [0, 1].map(|index| function.may_be_null(index))
        };
        assert_eq!(
            named("Calls it. `b` is passed on and may be NULL."),
            [false, true]
        );
        assert_eq!(named("`a` is NULL or was made here."), [true, false]);
        assert_eq!(
            named("Returns 0 if `a` is NULL or misaligned."),
            [false, false]
        );
        assert_eq!(named("`a` may be NULL if the count is 0."), [false, false]);
        assert_eq!(named("NULL is ignored."), [false, false]);
        assert_eq!(named("Takes `a` and `b`."), [false, false]);
    }

    #[test]
    fn what_must_not_be_null_is_read_from_the_header() {
        let forbidden = |header: &str| {
            let mut interface = interface(header, "fn f(*mut void, *mut void)\n");
            let function = &mut interface.functions[0];
            for (parameter, name) in function.signature.parameters.iter_mut().zip(["a", "b"]) {
                parameter.name = Some(name.to_owned());
            }
            [0, 1].map(|at| function.must_not_be_null(at))
        };
        const PLAIN: &str = "void f(void *a, void *b);\n";
        for (comment, expected) in [
            ("/* Reads `a`. `a` must not be NULL. */", [true, false]),
            (
                "/// Reads `a`.\n///\n/// `b` must be non-`NULL` even\n/// if it is short.",
                [false, true],
            ),
            ("/// UB ensues if either argument is `NULL`.", [true, true]),
            (
                "/* It is undefined behavior if `b` is null. */",
                [false, true],
            ),
            ("/* Fails if `a` is NULL. */", [false, false]),
            (
                "/// # Undefined Behavior\n///\n/// UB ensues if\n///\n/// * the lock is held.\n/// * `a` is `NULL`.",
                [true, false],
            ),
            ("/// # Panics\n///\n/// If `b` is `NULL`.", [false, true]),
            (
                "/* Reads them. Do not pass null pointers here. */",
                [true, true],
            ),
            (
                "/* `a` must not be NULL. */\nvoid g(void *a);\n",
                [false, false],
            ),
            ("// `a` must not be NULL.\n\n// Of `b`:", [false, false]),
        ] {
            assert_eq!(
                forbidden(&format!("{comment}\n{PLAIN}")),
                expected,
                "{comment}"
            );
        }
    }

    #[test]
    fn what_only_reads_a_handle_is_told_from_what_may_change_it() {
        let interface = interface(
            "",
            "fn count(*const Handle, *mut u64) -> Status\nfn size(*const Handle) -> usize\n\
             fn add(*const Handle, f64) -> Status\nfn check(*const Handle) -> Status\n\
             fn next(*mut Handle, *mut u64) -> Status\nfn text(*const Handle, *mut *mut char) -> Status\n\
             fn fill(*const Handle, *mut char) -> Status\nfn other(*mut u64) -> Status\n",
        );
        let readers = interface
            .functions
            .iter()
            .filter(|f| interface.is_reader(f));
        let names: Vec<&str> = readers.map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["count", "size"]);
    }
}
