//! What the generated checks know of each function: its types from the header, the names of its
//! parameters and the alignment of its handles from Rust, its comment from the header's text.

use std::collections::{BTreeMap, BTreeSet};

use abi_stages::library::Library;
use abi_stages::workspace::{self, Workspace};
use anyhow::{Context, Result, bail};
use cargo_abi::Abi;
use cargo_abi::model::{Access, Definition, Field, Record, Signature, Type};

use crate::readers;

/// Every function of the header.
pub struct Interface {
    pub library: &'static Library,
    pub functions: Vec<Function>,
    /// The values of the status type, by name.
    statuses: BTreeMap<String, i128>,
    /// In bytes, of the types that the header names.
    alignments: BTreeMap<String, u64>,
    types: BTreeMap<String, Definition>,
}

/// A function of the header.
pub struct Function {
    pub name: String,
    pub signature: Signature,
    /// Whether it can fail: it returns a status.
    pub has_status: bool,
    /// The header's comment, in one line.
    pub comment: String,
}

impl Interface {
    /// Of the pipeline's header alone: parameters have no names then.
    pub fn of_header(workspace: &Workspace) -> Result<Interface> {
        let header = readers::header(workspace)?;
        let text = workspace::read(&workspace.pipeline_header())?;
        Interface::new(workspace.library(), header, &text)
    }

    /// With what Rust's debug information adds to the header.
    pub fn of_both(workspace: &Workspace) -> Result<Interface> {
        let mut asked = readers::header(workspace)?;
        let text = workspace::read(&workspace.pipeline_header())?;
        let mut interface = Interface::new(workspace.library(), asked.clone(), &text)?;
        // Rust describes those types that the header describes; asked like this, all that it names.
        for definition in asked.types.values_mut() {
            if *definition == Definition::Opaque {
                *definition = Definition::Record(Record {
                    is_union: false,
                    size: 0,
                    alignment: 1,
                    fields: Vec::new(),
                });
            }
        }
        let rust = readers::rust(workspace, &asked)?;
        for function in &mut interface.functions {
            let Some(signature) = rust.functions.get(&function.name) else {
                continue;
            };
            let parameters = function.signature.parameters.iter_mut();
            for (parameter, of_rust) in parameters.zip(&signature.parameters) {
                parameter.name = of_rust.name.clone();
            }
        }
        interface.alignments = alignments(&rust);
        Ok(interface)
    }

    pub fn new(library: &'static Library, header: Abi, text: &str) -> Result<Interface> {
        if header.functions.is_empty() {
            bail!("no function was found in {}", library.header());
        }
        let statuses = match header.types.get(&library.status()) {
            Some(Definition::Enumeration(enumeration)) => enumeration.values.clone(),
            _ => BTreeMap::new(),
        };
        let status = Type::Named(library.status());
        Ok(Interface {
            library,
            alignments: alignments(&header),
            types: header.types,
            functions: header
                .functions
                .into_iter()
                .map(|(name, signature)| Function {
                    comment: comment_of(text, &name).unwrap_or_default(),
                    name,
                    has_status: signature.result == status,
                    signature,
                })
                .collect(),
            statuses,
        })
    }

    /// The functions that can fail; none only if the library has no statuses, or nothing yet but what every
    /// library has.
    pub fn with_status(&self) -> Result<Vec<&Function>> {
        let functions: Vec<&Function> = self.functions.iter().filter(|f| f.has_status).collect();
        let is_own = |function: &Function| !self.library.has_by_convention(&function.name);
        let has_own = self.functions.iter().any(is_own);
        if functions.is_empty() && !self.statuses.is_empty() && has_own {
            bail!(
                "no function of {} returns a {}",
                self.library.header(),
                self.library.status()
            );
        }
        Ok(functions)
    }

    pub fn has(&self, function: &str) -> bool {
        self.functions.iter().any(|known| known.name == function)
    }

    /// The number of a status such as `PANIC`.
    pub fn status(&self, name: &str) -> Result<i128> {
        let name = self.library.status_value(name);
        let number = self.statuses.get(&name).copied();
        number.with_context(|| format!("{} has no {name}", self.library.header()))
    }

    /// A status as a reader knows it.
    pub fn status_name(&self, number: i128) -> String {
        let mut statuses = self.statuses.iter();
        statuses
            .find(|(_, known)| **known == number)
            .map_or_else(|| format!("the status {number}"), |(name, _)| name.clone())
    }

    /// The statuses that a comment names.
    pub fn listed<'a>(&'a self, comment: &str) -> Vec<(&'a str, i128)> {
        let words: BTreeSet<&str> = words(comment).collect();
        let statuses = self.statuses.iter();
        statuses
            .filter(|(name, _)| words.contains(name.as_str()))
            .map(|(name, number)| (name.as_str(), *number))
            .collect()
    }

    /// C that shows a value as the program that is compiled sees it: an enum by its name, a struct by the
    /// names of its fields.
    pub fn show(&self, of: &Type, value: &str) -> String {
        match of {
            Type::Void | Type::Other(_) => String::new(),
            Type::Bool | Type::Char | Type::Integer { .. } | Type::Size { .. } => {
                format!("show_integer((int64_t){value});")
            }
            Type::Float { .. } => format!("show_number((double){value});"),
            Type::Pointer { .. } | Type::Function(_) => {
                format!("show_word({value} != NULL ? \"a pointer\" : \"NULL\");")
            }
            Type::Array { of, length } => (0..*length)
                .map(|index| self.show(of, &format!("{value}[{index}]")))
                .collect(),
            Type::Named(name) => match self.types.get(name) {
                Some(Definition::Enumeration(_)) => {
                    format!("show_name((int64_t){value}, NAMES_{name});")
                }
                Some(Definition::Record(record)) if !record.is_union => {
                    let show = |field: &Field| {
                        let of = self.show(&field.of, &format!("{value}.{}", field.name));
                        format!("show_word(\".{}\"); {of} ", field.name)
                    };
                    record.fields.iter().map(show).collect()
                }
                _ => format!("show_word(\"{name}\");"),
            },
        }
    }

    /// The tables that [`Interface::show`] names. The types themselves are not named: one header calls
    /// them `struct point`, another `point`.
    pub fn names(&self) -> String {
        let table = |(name, definition): (&String, &Definition)| {
            let Definition::Enumeration(enumeration) = definition else {
                return None;
            };
            let row = |value: &String| format!("{{\"{value}\", {value}}}, ");
            let rows: String = enumeration.values.keys().map(row).collect();
            Some(format!(
                "const Name NAMES_{name}[] = {{{rows}{{NULL, 0}}}};\n"
            ))
        };
        self.types.iter().filter_map(table).collect()
    }

    /// The name of the type whose handle a pointer is: C sees nothing of it.
    pub fn handle<'a>(&self, of: &'a Type) -> Option<&'a str> {
        let Type::Pointer { to, .. } = of else {
            return None;
        };
        match &**to {
            Type::Named(name) if self.types.get(name) == Some(&Definition::Opaque) => Some(name),
            _ => None,
        }
    }

    /// The function that makes a handle, with the parameter that it writes it to. It takes no handle
    /// itself.
    pub fn constructor(&self, handle: &str) -> Option<(&Function, usize)> {
        self.functions.iter().find_map(|function| {
            let parameters = &function.signature.parameters;
            let takes_one = parameters.iter().any(|p| self.handle(&p.of).is_some());
            let writes_one = |of: &Type| match of {
                Type::Pointer {
                    access: Access::Mut,
                    to,
                } => self.handle(to) == Some(handle),
                _ => false,
            };
            let place = parameters.iter().position(|p| writes_one(&p.of))?;
            (function.has_status && !takes_one).then_some((function, place))
        })
    }

    /// The functions that only show something of a handle: they take it to be read, and pointers to
    /// plain values that they write.
    pub fn readers(&self, handle: &str) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |function| {
            let signature = &function.signature;
            let is_result = |of: &Type| matches!(of, Type::Void) || self.is_plain(of);
            let reads = |of: &Type| {
                self.handle(of) == Some(handle)
                    && matches!(
                        of,
                        Type::Pointer {
                            access: Access::Const,
                            ..
                        }
                    )
            };
            let writes = |of: &Type| match of {
                Type::Pointer {
                    access: Access::Mut,
                    to,
                } => self.is_plain(to),
                _ => false,
            };
            let parameters = &signature.parameters;
            let handles = parameters.iter().filter(|p| reads(&p.of)).count();
            let results = parameters.iter().filter(|p| writes(&p.of)).count();
            handles == 1
                && handles + results == parameters.len()
                && is_result(&signature.result)
                && (results > 0 || !function.has_status && signature.result != Type::Void)
        })
    }

    /// Whether a value has no address and no character in it: what is written there is one value and
    /// not a buffer, and it is compared by its bytes.
    fn is_plain(&self, of: &Type) -> bool {
        match of {
            Type::Bool | Type::Integer { .. } | Type::Size { .. } | Type::Float { .. } => true,
            Type::Array { of, .. } => self.is_plain(of),
            Type::Named(name) => match self.types.get(name) {
                Some(Definition::Enumeration(_)) => true,
                Some(Definition::Record(record)) => {
                    record.fields.iter().all(|field| self.is_plain(&field.of))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The alignment that what `of` points to has; 1 if it has none that is known.
    pub fn alignment_behind(&self, of: &Type) -> u64 {
        let Type::Pointer { to, .. } = of else {
            return 1;
        };
        self.alignment(to)
    }

    /// This program runs on the system that the library is for.
    fn alignment(&self, of: &Type) -> u64 {
        let alignment = match of {
            Type::Void | Type::Bool | Type::Char | Type::Other(_) => 1,
            Type::Integer { size: 16, .. } => align_of::<u128>(),
            Type::Integer { size: 8, .. } => align_of::<u64>(),
            Type::Integer { size: 4, .. } => align_of::<u32>(),
            Type::Integer { size: 2, .. } => align_of::<u16>(),
            Type::Integer { .. } => 1,
            Type::Float { size: 4 } => align_of::<f32>(),
            Type::Float { .. } => align_of::<f64>(),
            Type::Size { .. } | Type::Pointer { .. } | Type::Function(_) => align_of::<usize>(),
            Type::Array { of, .. } => return self.alignment(of),
            Type::Named(name) => return self.alignments.get(name).copied().unwrap_or(1),
        };
        alignment as u64
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
        let pointers = self
            .signature
            .parameters
            .iter()
            .filter(|p| is_pointer(&p.of));
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
}

pub fn is_pointer(of: &Type) -> bool {
    matches!(of, Type::Pointer { .. } | Type::Function(_))
}

/// Whether C takes it for a text that is not written to.
pub fn is_text(of: &Type) -> bool {
    matches!(of, Type::Pointer { access: Access::Const, to } if **to == Type::Char)
}

fn alignments(abi: &Abi) -> BTreeMap<String, u64> {
    let types = abi.types.iter();
    types
        .filter_map(|(name, definition)| match definition {
            Definition::Record(record) => Some((name.clone(), record.alignment)),
            Definition::Enumeration(enumeration) => Some((name.clone(), enumeration.size)),
            Definition::Opaque | Definition::Sized { .. } => None,
        })
        .collect()
}

/// The comment that stands right before a function's declaration, without its asterisks.
fn comment_of(header: &str, function: &str) -> Option<String> {
    header.split("/**").skip(1).find_map(|piece| {
        let (comment, declaration) = piece.split_once("*/")?;
        let declaration = declaration.split(';').next()?;
        let declared = declaration.split_once('(')?.0;
        (words(declared).next_back()? == function).then(|| {
            let lines = comment
                .lines()
                .map(|line| line.trim().trim_start_matches('*').trim());
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            lines.join(" ")
        })
    })
}

fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::hello::LIBRARY;

    /// A small library under the row's names.
    pub fn interface(header: &str, functions: &str) -> Interface {
        let status = LIBRARY.status();
        let [ok, null, memory] =
            ["OK", "NULL_POINTER", "OUT_OF_MEMORY"].map(|name| LIBRARY.status_value(name));
        let facts = format!(
            "opaque Handle\nenum {status} size 4 unsigned\nenum {status} {ok} = 0\n\
             enum {status} {null} = 1\nenum {status} {memory} = 8\n{}",
            functions.replace("Status", &status)
        );
        Interface::new(&LIBRARY, Abi::parse(&facts).unwrap(), header).unwrap()
    }

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
    fn a_handle_has_a_constructor() {
        let interface = interface(
            "",
            "fn a(*const Handle, *mut *mut Handle) -> Status\n\
             fn b(*const char, *mut *mut Handle) -> Status\n",
        );
        let (function, place) = interface.constructor("Handle").unwrap();
        assert_eq!((function.name.as_str(), place), ("b", 1));
        let alignment = interface.alignment_behind(&function.signature.parameters[1].of);
        assert_eq!(alignment, align_of::<usize>() as u64);
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
        let names: Vec<&str> = interface
            .readers("Handle")
            .map(|f| f.name.as_str())
            .collect();
        assert_eq!(names, ["count", "size"]);
    }
}
