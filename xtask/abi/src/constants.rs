//! Constants, which debug information does not have: Rust code that compares them when it is compiled.
//!
//! The sources are searched for constants that may be the header's: `const NAME`, and `const NAME` in
//! an `impl` or in `bitflags!`. For each a line is generated that panics during compilation if its value
//! is another one. Compiled as a module of the crate, it sees what the crate's root sees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::header::literal;

/// A constant of the header and where its counterpart in Rust is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name in C.
    pub name: String,
    /// Its value there.
    pub value: i128,
    /// The file in which it can be named.
    pub file: PathBuf,
    /// How that file names it: `VERBOSE`, `Flags::VERBOSE`, `::other_crate::VERBOSE`.
    pub path: String,
}

/// Where a constant is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// The type that it belongs to.
    of: Option<String>,
    file: PathBuf,
    path: String,
}

/// The constants in the sources of crates, by name.
#[derive(Clone, Debug, Default)]
pub struct Constants {
    found: BTreeMap<String, BTreeSet<Found>>,
    /// The names of the dependencies, and the root that can name them.
    dependencies: Vec<(String, PathBuf)>,
}

impl Constants {
    /// Searches the files below the folder of the crate's root.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn add_crate(&mut self, root: &Path) -> Result<()> {
        let folder = root.parent().unwrap_or(Path::new(""));
        for file in rust_files(folder)? {
            self.scan(&read(&file)?, "", &file);
        }
        Ok(())
    }

    /// Searches the files of a crate that the one with this `root` depends on.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn add_dependency(&mut self, name: &str, folder: &Path, root: &Path) -> Result<()> {
        self.dependencies.push((name.to_owned(), root.to_owned()));
        for file in rust_files(folder)? {
            let module = module(&file, folder);
            self.scan(&read(&file)?, &format!("::{name}::{module}"), root);
        }
        Ok(())
    }

    /// Adds the constants of a text; `file` names them with `prefix` before.
    fn scan(&mut self, text: &str, prefix: &str, file: &Path) {
        let words = words(text);
        let mut scopes = vec![Scope::Module(prefix.to_owned())];
        let mut head: Vec<&str> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let next = |steps: usize| words.get(index + steps).copied().unwrap_or_default();
            let current = scopes.last().unwrap_or(&Scope::Other);
            match *word {
                "{" => {
                    scopes.push(scope(&head, current));
                    head.clear();
                }
                "}" => {
                    if scopes.len() > 1 {
                        scopes.pop();
                    }
                    head.clear();
                }
                ";" => head.clear(),
                "const" if [":", "="].contains(&next(2)) && next(1) != "_" => {
                    self.add(current, next(1), file);
                    head.push(word);
                }
                // A variant: `A,`, `A = 1,` or the last.
                _ if current.is_enum() && ["=", ",", "}"].contains(&next(1)) => {
                    self.add(current, word, file);
                }
                _ => head.push(word),
            }
        }
    }

    fn add(&mut self, scope: &Scope, name: &str, file: &Path) {
        let (of, path) = match scope {
            Scope::Module(module) => (None, format!("{module}{name}")),
            Scope::Type {
                module, name: of, ..
            } => (Some(of.clone()), format!("{module}{of}::{name}")),
            Scope::Other => return,
        };
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        if name.chars().all(is_name) && !name.starts_with(|c: char| c.is_ascii_digit()) {
            let found = Found {
                of,
                file: file.to_owned(),
                path,
            };
            self.found.entry(name.to_owned()).or_default().insert(found);
        }
    }

    /// Where the constants of a header may be. What has no place, or several, is left out.
    pub fn candidates(
        &self,
        constants: &BTreeMap<String, i128>,
        rename: &BTreeMap<String, String>,
    ) -> Vec<Candidate> {
        let in_rust: BTreeMap<&str, &str> = rename
            .iter()
            .map(|(rust, c)| (c.as_str(), rust.as_str()))
            .collect();
        let found = constants.iter().filter_map(|(name, value)| {
            let rust = in_rust.get(name.as_str()).copied().unwrap_or(name);
            // What a dependency passes on has no text there: the compiler knows whether it is right.
            let passed_on = || {
                let (name, file) = self.dependencies.first()?;
                Some((file.clone(), format!("::{name}::{rust}")))
            };
            let found = self.place(rust);
            let found = found.map(|found| (found.file.clone(), found.path.clone()));
            let (file, path) = found.or_else(passed_on)?;
            Some(Candidate {
                name: name.clone(),
                value: *value,
                file,
                path,
            })
        });
        found.collect()
    }

    /// The only place that a constant of this name in C can have.
    fn place(&self, name: &str) -> Option<&Found> {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        // `Flags::VERBOSE` is `FLAGS_VERBOSE` or `Flags_VERBOSE`.
        let with_type = || {
            let all = self.found.iter();
            all.flat_map(|(own, places)| {
                places.iter().filter(|found| {
                    let of = found.of.as_deref();
                    of.is_some_and(|of| plain(of) + &plain(own) == plain(name))
                })
            })
        };
        let mut places: Vec<&Found> = match self.found.get(name) {
            Some(places) => places.iter().collect(),
            None => with_type().collect(),
        };
        // One of its own before one of a type, and one that is named in fewer steps before others.
        let rank = |found: &&Found| (found.of.is_some(), found.path.matches("::").count());
        places.sort_by_key(rank);
        match places[..] {
            [first, second, ..] if rank(&first) == rank(&second) => None,
            [first, ..] => Some(first),
            [] => None,
        }
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// What braces are around. Paths end with `::`, if they are not empty.
#[derive(Clone, Debug)]
enum Scope {
    Module(String),
    Type {
        module: String,
        name: String,
        is_enum: bool,
    },
    Other,
}

impl Scope {
    fn is_enum(&self) -> bool {
        matches!(self, Scope::Type { is_enum: true, .. })
    }
}

/// What the braces after `head` are around.
fn scope(head: &[&str], outer: &Scope) -> Scope {
    let Scope::Module(module) = outer else {
        return Scope::Other;
    };
    let after = |keyword: &str| {
        let at = head.iter().position(|word| *word == keyword)?;
        head.get(at + 1).copied()
    };
    if let Some(name) = after("mod") {
        return Scope::Module(format!("{module}{name}::"));
    }
    // A struct has constants inside of it in `bitflags!` only, whose own braces change nothing.
    if head.contains(&"bitflags") && head.last() == Some(&"!") {
        return outer.clone();
    }
    let of_type = |name: &str, is_enum| Scope::Type {
        module: module.clone(),
        name: name.to_owned(),
        is_enum,
    };
    let is_own_impl = !head.contains(&"for") && !head.contains(&"<");
    if let Some(name) = after("struct") {
        of_type(name, false)
    } else if let Some(name) = after("enum") {
        of_type(name, true)
    } else if let Some(name) = after("impl").filter(|_| is_own_impl) {
        of_type(name, false)
    } else {
        Scope::Other
    }
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(failed)?.flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// The path of the module in a file below the folder of a crate's root: `a::b::` for `a/b.rs` and
/// `a/b/mod.rs`.
fn module(file: &Path, folder: &Path) -> String {
    let within = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let parts = within
        .iter()
        .map(|part| part.to_string_lossy().into_owned() + "::");
    let mut parts: Vec<String> = parts.collect();
    if parts
        .last()
        .is_some_and(|last| ["mod::", "lib::"].contains(&last.as_str()))
    {
        parts.pop();
    }
    parts.concat()
}

/// The words and signs of Rust, without comments and texts.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(length) = text_length(rest) {
            length
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            words.push(&rest[..length]);
            length
        } else {
            let length = first.len_utf8();
            if !first.is_whitespace() {
                words.push(&rest[..length]);
            }
            length
        };
        rest = &rest[length..];
    }
    words
}

/// The length of a text or character at the start; None for a lifetime, and for what is neither.
fn text_length(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c', 'r']);
    let prefix = rest.len() - body.len();
    if prefix > 2 {
        return None;
    }
    if rest[..prefix].contains('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if body[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let from = prefix + hashes + 1;
            let length = rest[from..].find(&end).map(|at| from + at + end.len());
            return Some(length.unwrap_or(rest.len()));
        }
        return None;
    }
    let quote = body.chars().next().filter(|c| ['"', '\''].contains(c))?;
    if quote == '\'' {
        let mut chars = body.chars().skip(1);
        let (letter, next) = (chars.next()?, chars.next());
        if letter != '\\' && next != Some('\'') {
            return None;
        }
    }
    Some(prefix + literal(body, quote))
}

/// What a line that is generated says when it does not hold, before the name and the value.
const MARK: &str = "cargo-abi-constant";

/// The line that does not compile if a constant has another value. Where it is compiled, there is
/// a warning about it, which shows that it was.
pub fn assertion(candidate: &Candidate) -> String {
    let Candidate {
        name, value, path, ..
    } = candidate;
    format!(
        "#[warn(deprecated)] const _: () = crate::{MODULE}::check(crate::{MODULE}::raw({path}), {value}, \"{name}\");"
    )
}

/// What is added to the root of the crate.
pub fn module_of_assertions() -> String {
    let lines: Vec<&str> = PREAMBLE.lines().map(str::trim).collect();
    format!(
        "#[allow(warnings)] pub(crate) mod {MODULE} {{ {} }}",
        lines.join(" ")
    )
}

const MODULE: &str = "cargo_abi_assertions";

const PREAMBLE: &str = r#"
pub(crate) const fn raw<T>(value: T) -> (u128, usize) {
    let size = core::mem::size_of::<T>();
    let mut bytes = [0_u8; 16];
    let at = if cfg!(target_endian = "big") && size <= 16 { 16 - size } else { 0 };
    if size <= 16 {
        unsafe { core::ptr::copy_nonoverlapping(core::ptr::addr_of!(value).cast::<u8>(), bytes.as_mut_ptr().add(at), size) };
    }
    core::mem::forget(value);
    (u128::from_ne_bytes(bytes), size)
}
#[deprecated]
pub(crate) const fn check((value, size): (u128, usize), expected: i128, name: &str) {
    let mask = if size >= 16 { u128::MAX } else { (1_u128 << (size * 8)) - 1 };
    if value != expected as u128 & mask {
        let mut digits = [b'0'; 40];
        let (mut rest, mut at) = (value, 40);
        while at > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        panic_with(name, &digits)
    }
}
const fn panic_with(name: &str, digits: &[u8; 40]) {
    let mut text = [b' '; 256];
    let mark = b"cargo-abi-constant ";
    let mut at = 0;
    while at < mark.len() { text[at] = mark[at]; at += 1; }
    let name = name.as_bytes();
    let mut i = 0;
    while i < name.len() && at < 200 { text[at] = name[i]; at += 1; i += 1; }
    at += 1;
    i = 0;
    while i < 40 { text[at] = digits[i]; at += 1; i += 1; }
    match core::str::from_utf8(&text) { Ok(text) => panic!("{}", text), Err(_) => panic!() }
}
"#;

/// The value that a message of the compiler reports: the name, and the value in Rust.
pub fn reported(message: &str) -> Option<(String, u128)> {
    let (_, rest) = message.split_once(MARK)?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_found_where_they_are() {
        let mut constants = Constants::default();
        constants.scan(
            r##"
// const NOT_THIS: u8 = 1;
pub const FREE: u32 = 1; const fn no() { const INNER: u8 = 1; }
const TEXT: &str = r#"{ const NOT_THIS: u8 "#; const LETTER: char = '{'; fn f<'a>(x: &'a u8) {}
mod inner { pub const NESTED: u8 = 2; }
bitflags::bitflags! { pub struct Flags: u32 { const A = 1; const LONG_NAME = 2; } }
impl Options { pub const BIG: u64 = 3; }
pub enum Kind { FIRST = 0, Last } enum Data { A(u8), B { x: u8 } }
impl Trait for Options { const OF_TRAIT: u64 = 3; }
"##,
            "",
            Path::new("lib.rs"),
        );
        let header = [
            "FREE",
            "NESTED",
            "FLAGS_A",
            "Flags_LONG_NAME",
            "OPTIONS_BIG",
            "INNER",
            "NOT_THIS",
            "OF_TRAIT",
            "OTHER",
            "KIND_LAST",
            "FIRST",
        ];
        let header = header.map(|name| (name.to_owned(), 7)).into();
        let rename = BTreeMap::from([("FREE".to_owned(), "OTHER".to_owned())]);
        let found = constants.candidates(&header, &rename);
        let found: Vec<_> = found
            .iter()
            .map(|of| (of.name.as_str(), of.path.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("FIRST", "Kind::FIRST"),
                ("FLAGS_A", "Flags::A"),
                ("FREE", "FREE"),
                ("Flags_LONG_NAME", "Flags::LONG_NAME"),
                ("KIND_LAST", "Kind::Last"),
                ("NESTED", "inner::NESTED"),
                ("OPTIONS_BIG", "Options::BIG"),
                ("OTHER", "FREE"),
            ]
        );
    }

    #[test]
    fn a_module_has_the_path_of_its_file() {
        for (file, expected) in [
            ("/a/src/lib.rs", ""),
            ("/a/src/b.rs", "b::"),
            ("/a/src/b/mod.rs", "b::"),
            ("/a/src/b/c.rs", "b::c::"),
        ] {
            assert_eq!(module(Path::new(file), Path::new("/a/src")), expected);
        }
    }

    #[test]
    fn what_the_compiler_reports_is_read() {
        let message = "error[E0080]: evaluation panicked: cargo-abi-constant A 0000000000000000000000000000000000000042";
        assert_eq!(reported(message), Some(("A".into(), 42)));
        assert_eq!(reported("error: other"), None);
    }
}
