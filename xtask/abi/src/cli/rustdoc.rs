//! Has rustdoc describe the package's items (JSON), with the flags with which cargo compiles them.
//!
//! This program is cargo's wrapper around the compiler while the package is built. Once the compiler has
//! finished the package's library, rustdoc reads the same file with the same flags: what is described is
//! what was built, `RUSTFLAGS` and features included, and no dependency is compiled a second time.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::items::{Architecture, Constant, Function, Items, Value, is_c};
use crate::model::Location;

/// With these set, this program is the wrapper: the root of the crate that is described, where rustdoc
/// writes, and the wrapper that the user has.
const ROOT: &str = "CARGO_ABI_ROOT";
const OUTPUT: &str = "CARGO_ABI_ITEMS";
const INNER: &str = "CARGO_ABI_WRAPPER";
const WRAPPER: &str = "RUSTC_WORKSPACE_WRAPPER";

/// Makes a build of the crate with this `root` describe its items in the folder `output`.
pub fn wrap(command: &mut Command, root: &Path, output: &Path) {
    let Ok(program) = env::current_exe() else {
        return; // Then nothing is described, which is said.
    };
    if let Some(inner) = env::var_os(WRAPPER).filter(|inner| !inner.is_empty()) {
        command.env(INNER, inner);
    }
    command
        .env(WRAPPER, program)
        .env(ROOT, root)
        .env(OUTPUT, output);
}

/// Runs the compiler, if this process is a wrapper around it.
pub fn wrapper() -> Option<ExitCode> {
    let (root, output) = (env::var_os(ROOT)?, env::var_os(OUTPUT)?);
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let (compiler, flags) = arguments.split_first()?;
    let mut command = match env::var_os(INNER) {
        Some(inner) => {
            let mut command = Command::new(inner);
            command.arg(compiler);
            command
        }
        None => Command::new(compiler),
    };
    let status = match command.args(flags).status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: cannot run {}: {error}", compiler.display());
            return Some(ExitCode::FAILURE);
        }
    };
    let is_root = |flag: &OsString| {
        Path::new(flag).extension() == Some(OsStr::new("rs"))
            && Path::new(flag)
                .canonicalize()
                .is_ok_and(|path| path == root)
    };
    if status.success() && flags.iter().any(is_root) {
        describe(compiler, flags, Path::new(&output));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Where rustdoc's complaint is if it failed.
const FAILURE: &str = "failure.txt";

fn describe(compiler: &OsStr, flags: &[OsString], output: &Path) {
    let _ = fs::remove_dir_all(output);
    let beside = Path::new(compiler).with_file_name(format!("rustdoc{}", env::consts::EXE_SUFFIX));
    let program = env::var_os("RUSTDOC").unwrap_or_else(|| beside.into());
    let mut command = Command::new(program);
    command.args(of_rustdoc(flags)).arg("-o").arg(output);
    command.args(["--cap-lints", "allow", "-Zunstable-options"]);
    command.args(["--output-format", "json"]);
    command.args(["--document-private-items", "--document-hidden-items"]);
    // Of this process alone: a dependency that saw it would use what is not stable.
    command.env("RUSTC_BOOTSTRAP", "1").stdin(Stdio::null());
    let failure = match command.output() {
        Ok(finished) if finished.status.success() => return,
        Ok(finished) => String::from_utf8_lossy(&finished.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let _ = fs::create_dir_all(output);
    let _ = fs::write(output.join(FAILURE), failure);
}

/// Those of the compiler's flags that rustdoc has, too, and that decide on what a crate is.
fn of_rustdoc(flags: &[OsString]) -> Vec<OsString> {
    const WITH_VALUE: [&str; 10] = [
        "--crate-name",
        "--crate-type",
        "--edition",
        "--cfg",
        "--check-cfg",
        "--extern",
        "-L",
        "--target",
        "--sysroot",
        "-C",
    ];
    const OTHERS: [&str; 6] = ["--emit", "--out-dir", "-l", "-o", "--codegen", "--print"];
    let mut kept = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let text = flag.to_string_lossy();
        if WITH_VALUE.contains(&&*text) {
            let Some(value) = flags.next() else { break };
            // Of code generation, what a crate can ask about with `cfg`.
            let settings = ["target-feature", "target-cpu", "panic", "debug-assertions"];
            let setting = value.to_string_lossy();
            if text != "-C" || settings.iter().any(|name| setting.starts_with(name)) {
                kept.extend([flag.clone(), value.clone()]);
            }
        } else if OTHERS.contains(&&*text) {
            flags.next();
        } else if WITH_VALUE.iter().any(|name| is_joined(&text, name))
            || Path::new(flag).extension() == Some(OsStr::new("rs"))
        {
            kept.push(flag.clone());
        }
    }
    kept
}

/// `--edition=2024`, `-Ldependency=a`, `-Cpanic=abort`.
fn is_joined(flag: &str, name: &str) -> bool {
    let rest = flag.strip_prefix(name);
    rest.is_some_and(|rest| match name.starts_with("--") {
        true => rest.starts_with('='),
        false => name == "-L" || rest.starts_with("target-") || rest.starts_with("panic"),
    })
}

/// The items that a build described in the folder `output`, or why there are none.
pub fn items(output: &Path, crate_name: &str, workspace: &Path) -> Result<Items, String> {
    if let Ok(failure) = fs::read_to_string(output.join(FAILURE)) {
        let is_error = |line: &&str| line.contains("error");
        let line = failure.lines().find(is_error).or(failure.lines().next());
        return Err(format!("rustdoc failed: {}", line.unwrap_or_default()));
    }
    let file = output.join(format!("{}.json", crate_name.replace('-', "_")));
    let text = fs::read(&file).map_err(|_| "rustdoc has not described it".to_owned())?;
    let document: Document = serde_json::from_slice(&text).map_err(|error| {
        format!("rustdoc describes it in a form that is not known here: {error}")
    })?;
    Ok(document.items(workspace))
}

/// What is read of rustdoc's JSON. Its format has a new number with many a compiler; what is read here
/// has been the same since 54, and attributes before that are read as the text that they were.
#[derive(Deserialize)]
struct Document {
    root: Id,
    index: HashMap<String, Item>,
    target: Option<Target>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct Target {
    triple: String,
}

#[derive(Deserialize)]
struct Item {
    name: Option<String>,
    span: Option<Span>,
    #[serde(default)]
    attrs: Vec<Json>,
    inner: Inner,
}

#[derive(Deserialize)]
struct Span {
    filename: PathBuf,
    begin: (u64, u64),
}

/// One of these.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner {
    module: Option<Children>,
    function: Option<FunctionOf>,
    constant: Option<Json>,
    assoc_const: Option<Json>,
    #[serde(rename = "struct")]
    structure: Option<Children>,
    union: Option<Children>,
    #[serde(rename = "enum")]
    enumeration: Option<Children>,
    variant: Option<Json>,
    #[serde(rename = "impl")]
    implementation: Option<Children>,
}

impl Inner {
    /// Of a struct, union or enum.
    fn definition(&self) -> Option<&Children> {
        let record = self.structure.as_ref().or(self.union.as_ref());
        record.or(self.enumeration.as_ref())
    }
}

/// What an item leads to.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Children {
    items: Vec<Id>,
    impls: Vec<Id>,
    variants: Vec<Id>,
    #[serde(rename = "trait")]
    of_trait: Option<Json>,
}

#[derive(Deserialize)]
struct FunctionOf {
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    abi: Json,
    #[serde(default)]
    is_unsafe: bool,
}

impl Document {
    /// None for an item of another crate.
    fn item(&self, id: &Id) -> Option<&Item> {
        match id {
            Id::Number(number) => self.index.get(&number.to_string()),
            Id::Text(text) => self.index.get(text),
        }
    }

    fn items(&self, workspace: &Path) -> Items {
        let triple = self.target.as_ref().map_or("", |target| &target.triple);
        let mut search = Search {
            document: self,
            workspace,
            architecture: architecture(triple),
            is_windows: triple.contains("windows"),
            found: Items::default(),
            seen: BTreeSet::new(),
        };
        search.item(&self.root, None, "");
        search.found
    }
}

fn architecture(triple: &str) -> Architecture {
    match triple.split('-').next().unwrap_or_default() {
        "x86_64" | "x86_64h" => Architecture::X86_64,
        name if name.starts_with("arm") || name.starts_with("thumb") => Architecture::Arm,
        name if name.ends_with("86") => Architecture::X86,
        _ => Architecture::Other,
    }
}

struct Search<'a> {
    document: &'a Document,
    workspace: &'a Path,
    architecture: Architecture,
    is_windows: bool,
    found: Items,
    seen: BTreeSet<*const Item>,
}

impl<'a> Search<'a> {
    /// `of`: the type that it is inside of, if it is; `module`: the path of the module.
    fn item(&mut self, id: &Id, of: Option<&'a str>, module: &str) {
        let Some(item) = self.document.item(id) else {
            return;
        };
        if !self.seen.insert(item) {
            return;
        }
        let name = item.name.as_deref().unwrap_or_default();
        let inner = &item.inner;
        let path = match module {
            "" => name.to_owned(),
            module => format!("{module}::{name}"),
        };
        if let Some(children) = &inner.module {
            self.all(&children.items, None, &path);
        } else if let Some(function) = &inner.function {
            if let Some(symbol) = symbol(item) {
                let function = self.function(item, function);
                self.found.functions.insert(symbol, function);
            }
        } else if let Some(constant) = &inner.constant {
            self.constant(None, name, module, value_of_constant(constant));
        } else if let (Some(constant), Some(_)) = (&inner.assoc_const, of) {
            let text = constant["value"].as_str();
            let value = text.and_then(|text| value(text, &constant["type"]));
            self.constant(of, name, module, value);
        } else if let Some(implementation) = &inner.implementation {
            let of = of.filter(|_| implementation.of_trait.is_none());
            self.all(&implementation.items, of, module);
        } else if let Some(of) = inner.definition() {
            self.found.types.insert(path, has_layout(item));
            self.variants(name, of, module);
            self.all(&of.impls, Some(name), module);
        }
    }

    fn all(&mut self, ids: &[Id], of: Option<&'a str>, module: &str) {
        for id in ids {
            self.item(id, of, module);
        }
    }

    fn function(&self, item: &Item, function: &FunctionOf) -> Function {
        let convention = convention(&function.header.abi);
        Function {
            is_c: is_c(&convention, self.architecture, self.is_windows),
            convention,
            is_unsafe: function.header.is_unsafe,
            location: item.span.as_ref().map(|span| Location {
                file: self.workspace.join(&span.filename),
                line: span.begin.0,
            }),
        }
    }

    fn constant(&mut self, of: Option<&str>, name: &str, module: &str, value: Option<Value>) {
        self.found.constants.push(Constant {
            of: of.map(str::to_owned),
            name: name.trim_start_matches("r#").to_owned(),
            depth: module.matches("::").count(),
            value,
        });
    }

    /// The values of an enum: one without a number has the next after the one before it.
    fn variants(&mut self, of: &str, enumeration: &Children, module: &str) {
        let mut next = 0;
        for id in &enumeration.variants {
            let Some(item) = self.document.item(id) else {
                return; // Then the next number is not known.
            };
            let variant = item.inner.variant.as_ref().unwrap_or(&Json::Null);
            if let Some(number) = variant["discriminant"]["value"].as_str() {
                let Ok(number) = number.replace('_', "").parse() else {
                    return;
                };
                next = number;
            }
            let name = item.name.as_deref().unwrap_or_default();
            self.constant(Some(of), name, module, Some(Value::Integer(next, 127)));
            next += 1;
        }
    }
}

/// Whether Rust says how a type is laid out: `#[repr(C)]`, `#[repr(u32)]`, `#[repr(transparent)]`.
fn has_layout(item: &Item) -> bool {
    item.attrs.iter().any(|attribute| match attribute.as_str() {
        Some(text) => {
            text.contains("repr(") && !text.contains("repr(align") && !text.contains("(Rust")
        }
        None => {
            let of = &attribute["repr"];
            of["int"].is_string() || of["kind"].as_str().is_some_and(|kind| kind != "rust")
        }
    })
}

/// The name that the linker sees, if the item is exported under one that Rust does not choose.
fn symbol(item: &Item) -> Option<String> {
    item.attrs.iter().find_map(|attribute| {
        if let Some(name) = attribute["export_name"].as_str() {
            return Some(name.to_owned());
        }
        let text = attribute.as_str()?;
        if let Some((_, rest)) = text.split_once("export_name = \"") {
            return rest.split('"').next().map(str::to_owned);
        }
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let name = item.name.as_deref()?.trim_start_matches("r#");
        let is_exported = words.into_iter().any(|word| word == "no_mangle");
        is_exported.then(|| name.to_owned())
    })
}

/// `"Rust"`, `{"C": {"unwind": true}}`, `{"Other": "efiapi"}`, as Rust writes them after `extern`.
fn convention(abi: &Json) -> String {
    if let Some(name) = abi.as_str() {
        return name.to_owned();
    }
    let Some((name, of)) = abi.as_object().and_then(|abi| abi.iter().next()) else {
        return "unknown".to_owned();
    };
    let name = match name.as_str() {
        "C" => "C",
        "Other" => return of.as_str().unwrap_or("unknown").replace('"', ""),
        other => &other.to_lowercase(),
    };
    let unwind = if of["unwind"] == true { "-unwind" } else { "" };
    format!("{name}{unwind}")
}

/// Of numbers the value is evaluated; of a text there is the expression, if it is a literal.
fn value_of_constant(constant: &Json) -> Option<Value> {
    let of = &constant["const"];
    if let Some(text) = of["value"].as_str() {
        return value(text, &constant["type"]);
    }
    let text = of["expr"].as_str().filter(|_| of["is_literal"] == true)?;
    value(text, &constant["type"])
}

/// The value that a literal has: `0x1Fu32`, `-2.5f64`, `'x'`, `b"a\0"`. For a number without a suffix
/// the type is given.
fn value(literal: &str, of: &Json) -> Option<Value> {
    if let Some(bytes) = text(literal) {
        return Some(Value::Text(bytes));
    }
    match literal {
        "true" | "false" => return Some(Value::Integer((literal == "true").into(), 8)),
        _ if literal.ends_with('\'') => {
            let quoted = literal.trim_start_matches('b').replace('\'', "\"");
            // A double quote stands for itself there.
            let bytes = match literal.trim_start_matches('b') {
                "'\"'" => vec![b'"'],
                r"'\''" => vec![b'\''],
                _ => text(&quoted)?,
            };
            let letter = String::from_utf8(bytes).ok()?.chars().next()?;
            return Some(Value::Integer(u32::from(letter).into(), 32));
        }
        _ => {}
    }
    let number = literal.replace('_', "");
    let given = of["primitive"].as_str().unwrap_or_default();
    const TYPES: [&str; 14] = [
        "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "i128", "u128", "isize", "usize",
        "f32", "f64",
    ];
    let is_hexadecimal = number.trim_start_matches('-').starts_with("0x");
    let suffix = TYPES
        .iter()
        .find(|suffix| number.ends_with(**suffix) && !(is_hexadecimal && suffix.starts_with('f')));
    let digits = number
        .strip_suffix(suffix.unwrap_or(&""))
        .unwrap_or(&number);
    let name = suffix.copied().unwrap_or(given);
    let bits = match name {
        "isize" | "usize" => 64,
        name => name
            .trim_start_matches(|c: char| c.is_alphabetic())
            .parse()
            .ok()?,
    };
    if name.starts_with('f') {
        return Some(Value::Float(digits.parse().ok()?, bits));
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, digits),
    };
    let (digits, base) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits, 10),
    };
    Some(Value::Integer(
        sign * i128::from_str_radix(digits, base).ok()?,
        bits,
    ))
}

/// The bytes of a text, a text of bytes or a C string, without a zero at the end.
fn text(literal: &str) -> Option<Vec<u8>> {
    let body = literal.trim_start_matches(['b', 'c']);
    let mut bytes = match body.strip_prefix('r') {
        Some(raw) => {
            let raw = raw.trim_matches('#');
            raw.strip_prefix('"')?
                .strip_suffix('"')?
                .as_bytes()
                .to_vec()
        }
        None => unescaped(body.strip_prefix('"')?.strip_suffix('"')?)?,
    };
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    Some(bytes)
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let mut left = after.chars();
        match left.next()? {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            'x' => {
                bytes.push(u8::from_str_radix(left.as_str().get(..2)?, 16).ok()?);
                left.nth(1);
            }
            'u' => {
                let (digits, after) = left.as_str().strip_prefix('{')?.split_once('}')?;
                let letter = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
                bytes.extend(letter.to_string().as_bytes());
                left = after.chars();
            }
            '\n' => left = left.as_str().trim_start().chars(),
            same => bytes.extend(same.to_string().as_bytes()),
        }
        rest = left.as_str();
    }
    bytes.extend(rest.as_bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_rust_have_the_values_that_rust_gives_them() {
        let of = |name: &str| serde_json::json!({ "primitive": name });
        let integer = |value, bits| Some(Value::Integer(value, bits));
        let bytes = |bytes: &[u8]| Some(Value::Text(bytes.to_vec()));
        for (literal, given, expected) in [
            ("32u32", "u32", integer(32, 32)),
            (
                "18_446_744_073_709_551_615usize",
                "usize",
                integer(u64::MAX.into(), 64),
            ),
            ("-1i32", "i32", integer(-1, 32)),
            ("0x1F", "u32", integer(31, 32)),
            ("0x1f32", "u32", integer(0x1f32, 32)),
            ("0b11", "u8", integer(3, 8)),
            ("true", "bool", integer(1, 8)),
            ("b'y'", "u8", integer(121, 32)),
            (r"'\''", "char", integer(39, 32)),
            ("'\"'", "char", integer(34, 32)),
            ("'ä'", "char", integer(228, 32)),
            ("3.5f64", "f64", Some(Value::Float(3.5, 64))),
            ("-2.5", "f32", Some(Value::Float(-2.5, 32))),
            ("\"a\\n\\\"b\\\"\"", "", bytes(b"a\n\"b\"")),
            ("c\"gauge\"", "", bytes(b"gauge")),
            ("b\"a\\x01\\0\"", "", bytes(b"a\x01")),
            ("r#\"a\"b\"#", "", bytes(b"a\"b")),
            ("\"\\u{e4}\"", "", bytes("ä".as_bytes())),
            ("_", "u32", None),
            ("OTHER", "u32", None),
            ("NaN_f64", "f64", Some(Value::Float(f64::NAN, 64))),
        ] {
            let found = value(literal, &of(given));
            // NaN is not equal to itself.
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{literal}");
        }
    }

    #[test]
    fn conventions_are_written_as_after_extern() {
        for (abi, expected) in [
            ("\"Rust\"", "Rust"),
            ("{\"C\": {\"unwind\": false}}", "C"),
            ("{\"System\": {\"unwind\": true}}", "system-unwind"),
            ("{\"SysV64\": {\"unwind\": false}}", "sysv64"),
            ("{\"Other\": \"\\\"efiapi\\\"\"}", "efiapi"),
        ] {
            let abi = serde_json::from_str(abi).unwrap();
            assert_eq!(convention(&abi), expected);
        }
    }

    #[test]
    fn rustdoc_gets_the_flags_that_decide_on_what_a_crate_is() {
        let flags = [
            "--crate-name",
            "a",
            "--edition=2024",
            "src/lib.rs",
            "--error-format=json",
            "--crate-type",
            "cdylib",
            "--emit=dep-info,link",
            "-C",
            "debuginfo=2",
            "-C",
            "panic=abort",
            "--cfg",
            "feature=\"x\"",
            "--out-dir",
            "/t",
            "-C",
            "incremental=/t",
            "-L",
            "dependency=/t",
            "--extern",
            "b=/t/libb.rlib",
            "-l",
            "static=c",
        ];
        let kept = of_rustdoc(&flags.map(OsString::from));
        let expected = [
            "--crate-name",
            "a",
            "--edition=2024",
            "src/lib.rs",
            "--crate-type",
            "cdylib",
            "-C",
            "panic=abort",
            "--cfg",
            "feature=\"x\"",
            "-L",
            "dependency=/t",
            "--extern",
            "b=/t/libb.rlib",
        ];
        assert_eq!(kept, expected.map(OsString::from));
    }
}
