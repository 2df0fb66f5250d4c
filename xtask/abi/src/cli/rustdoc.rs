//! Has rustdoc describe the package's items (JSON), with the flags with which cargo compiles them.
//!
//! This program is cargo's wrapper around the compiler while the package is built. Once the compiler has
//! finished the package's library, rustdoc reads the same file with the same flags: what is described is
//! what was built, `RUSTFLAGS` and features included, and no dependency is compiled a second time.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use crate::items::{Architecture, Constant, Function, Items, Value, is_c};
use crate::model::Location;

/// With these set, this program is the wrapper: the root of the crate that is described, where rustdoc
/// writes, and the wrapper that the user has.
const ROOT: &str = "CARGO_ABI_ROOT";
const OUTPUT: &str = "CARGO_ABI_ITEMS";
const INNER: &str = "CARGO_ABI_WRAPPER";
const RUSTDOC: &str = "CARGO_ABI_RUSTDOC";
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

/// Makes `cargo rustdoc` describe a dependency's items.
pub fn wrap_rustdoc(command: &mut Command) {
    if let Ok(program) = env::current_exe() {
        let inner = env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
        command.env("RUSTDOC", program).env(RUSTDOC, inner);
    }
}

/// Runs the compiler or rustdoc, if this process is a wrapper around it.
pub fn wrapper() -> Option<ExitCode> {
    if let Some(program) = env::var_os(RUSTDOC) {
        let mut command = Command::new(program);
        command.args(env::args_os().skip(1));
        if env::args_os().any(|flag| flag == "--crate-name") {
            as_json(&mut command);
        }
        let is_good = command.status().is_ok_and(|status| status.success());
        return Some(if is_good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
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
    command.args(["--cap-lints", "allow"]).stdin(Stdio::null());
    as_json(&mut command);
    let failure = match command.output() {
        Ok(finished) if finished.status.success() => return,
        Ok(finished) => String::from_utf8_lossy(&finished.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let _ = fs::create_dir_all(output);
    let _ = fs::write(output.join(FAILURE), failure);
}

fn as_json(command: &mut Command) {
    command.args(["-Zunstable-options", "--output-format", "json"]);
    command.args(["--document-private-items", "--document-hidden-items"]);
    // Of this process alone: a build script that saw it would use what is not stable.
    command.env("RUSTC_BOOTSTRAP", "1");
}

/// The compiler's flags without those about its output, which rustdoc does not have.
fn of_rustdoc(flags: &[OsString]) -> Vec<OsString> {
    const OUTPUT: [&str; 6] = [
        "--emit",
        "--out-dir",
        "--error-format",
        "--json",
        "-o",
        "-l",
    ];
    const OF_CODE: [&str; 4] = ["incremental", "link", "extra-filename", "metadata"];
    let mut kept = Vec::new();
    let mut flags = flags.iter().peekable();
    while let Some(flag) = flags.next() {
        let text = flag.to_string_lossy();
        let is_output = OUTPUT.iter().any(|name| text.starts_with(name));
        let value = flags
            .next_if(|value| !text.contains('=') && !value.as_encoded_bytes().starts_with(b"-"));
        let is_of_code = |value: &OsString| {
            OF_CODE
                .iter()
                .any(|name| value.to_string_lossy().starts_with(name))
        };
        let is_of_code = text == "-C" && value.is_some_and(is_of_code);
        if !is_output && !is_of_code {
            kept.extend([Some(flag), value].into_iter().flatten().cloned());
        }
    }
    kept
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
    root: Json,
    index: HashMap<String, Item>,
    target: Option<Json>,
}

#[derive(Deserialize)]
struct Item {
    name: Option<String>,
    span: Json,
    #[serde(default)]
    attrs: Vec<Json>,
    visibility: Json,
    inner: Inner,
}

/// One of these. Most items are implementations of traits that the compiler makes, of which next to nothing
/// is kept.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner {
    module: Json,
    function: Json,
    constant: Json,
    assoc_const: Json,
    r#struct: Json,
    union: Json,
    r#enum: Json,
    variant: Json,
    r#use: Json,
    r#impl: Implementation,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Implementation {
    items: Json,
    r#trait: Option<IgnoredAny>,
}

impl Document {
    fn items(&self, workspace: &Path) -> Items {
        let triple = self
            .target
            .as_ref()
            .and_then(|target| target["triple"].as_str());
        let triple = triple.unwrap_or_default();
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

    /// None for an item of another crate.
    fn item(&self, id: &Json) -> Option<&Item> {
        match id.as_str() {
            Some(id) => self.index.get(id),
            None => self.index.get(&id.to_string()),
        }
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
    fn item(&mut self, id: &Json, of: Option<&'a str>, module: &str) {
        let Some(item) = self.document.item(id) else {
            return;
        };
        if !self.seen.insert(item) {
            return;
        }
        let name = item.name.as_deref().unwrap_or_default();
        let path = match module {
            "" => name.to_owned(),
            module => format!("{module}::{name}"),
        };
        let inner = &item.inner;
        self.all(&inner.module["items"], None, &path);
        let of_impl = of.filter(|_| inner.r#impl.r#trait.is_none());
        self.all(&inner.r#impl.items, of_impl, module);
        if let Some(symbol) = symbol(item).filter(|_| inner.function.is_object()) {
            let function = self.function(item, &inner.function["header"]);
            self.found.functions.insert(symbol, function);
        }
        if let Some(source) = inner.r#use["source"].as_str()
            && inner.r#use["is_glob"] == true
            && item.visibility == "public"
        {
            let name = source.trim_start_matches("::").split("::").next();
            self.found.passed_on.extend(name.map(str::to_owned));
        }
        if inner.constant.is_object() {
            self.constant(None, name, module, value_of_constant(&inner.constant));
        }
        if inner.assoc_const.is_object() && of.is_some() {
            let value = inner.assoc_const["value"].as_str();
            let value = value.and_then(|text| value_of(text, &inner.assoc_const["type"]));
            self.constant(of, name, module, value);
        }
        for definition in [&inner.r#struct, &inner.union, &inner.r#enum] {
            if definition.is_object() {
                self.found.types.insert(path.clone(), has_layout(item));
                self.variants(name, &definition["variants"], module);
                self.all(&definition["impls"], Some(name), module);
            }
        }
    }

    fn all(&mut self, ids: &Json, of: Option<&'a str>, module: &str) {
        for id in ids.as_array().into_iter().flatten() {
            self.item(id, of, module);
        }
    }

    fn function(&self, item: &Item, header: &Json) -> Function {
        let convention = convention(&header["abi"]);
        let location = |span: &Json| {
            Some(Location {
                file: self.workspace.join(span["filename"].as_str()?),
                line: span["begin"][0].as_u64()?,
            })
        };
        Function {
            is_c: is_c(&convention, self.architecture, self.is_windows),
            convention,
            is_unsafe: header["is_unsafe"] == true,
            location: location(&item.span),
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
    fn variants(&mut self, of: &str, ids: &Json, module: &str) {
        let mut next = 0;
        for id in ids.as_array().into_iter().flatten() {
            let Some(item) = self.document.item(id) else {
                return; // Then the next number is not known.
            };
            let discriminant = &item.inner.variant["discriminant"];
            if let Some(number) = discriminant["value"].as_str() {
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
    let literal = || of["expr"].as_str().filter(|_| of["is_literal"] == true);
    value_of(of["value"].as_str().or_else(literal)?, &constant["type"])
}

/// The value that a literal has: `32u32`, `-2.5f64`, `'x'`, `b"a\0"`. For a number without a suffix the
/// type is given.
fn value_of(literal: &str, of: &Json) -> Option<Value> {
    let body = literal.trim_start_matches(['b', 'c']);
    if let Some(letter) = body
        .strip_prefix('\'')
        .and_then(|body| body.strip_suffix('\''))
    {
        let letter = String::from_utf8(unescaped(letter)?).ok()?.chars().next()?;
        return Some(Value::Integer(u32::from(letter).into(), 32));
    }
    if let Some(bytes) = text(body) {
        return Some(Value::Text(bytes));
    }
    if let Ok(is) = literal.parse::<bool>() {
        return Some(Value::Integer(is.into(), 8));
    }
    let number = literal.replace('_', "");
    let is_size = |size: &str| ["8", "16", "32", "64", "128", "size"].contains(&size);
    let mut ends = number.match_indices(['i', 'u', 'f']).map(|(at, _)| at);
    let (digits, name) = match ends.find(|at| is_size(&number[at + 1..])) {
        Some(at) => number.split_at(at),
        None => (number.as_str(), of["primitive"].as_str()?),
    };
    let bits = name[1..].parse().unwrap_or(64);
    if name.starts_with('f') {
        return Some(Value::Float(digits.parse().ok()?, bits));
    }
    let (base, digits) = [(16, "0x"), (8, "0o"), (2, "0b")]
        .into_iter()
        .find(|(_, prefix)| digits.contains(prefix))
        .map_or((10, digits.to_owned()), |(base, prefix)| {
            (base, digits.replacen(prefix, "", 1))
        });
    Some(Value::Integer(
        i128::from_str_radix(&digits, base).ok()?,
        bits,
    ))
}

/// The bytes of a text, a text of bytes or a C string, without a zero at the end.
fn text(body: &str) -> Option<Vec<u8>> {
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
            let found = value_of(literal, &of(given));
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
            "debuginfo=2",
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
