//! Has rustdoc describe the items of the library (JSON), with the flags with which cargo compiles it.
//!
//! This program is cargo's wrapper around the compiler while the package is built. When the library is compiled,
//! or a dependency that exports functions of its own, rustdoc reads the same files with the same flags: what is
//! described is what was built, `RUSTFLAGS` and features included, and nothing is compiled a second time.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};
use syn::Lit;

use crate::items::{Constant, Function, Items, Value};

/// With this set, this program is the wrapper: the folder of the descriptions.
const DESCRIPTIONS: &str = "CARGO_ABI_DESCRIPTIONS";

/// Makes a build describe the library in the folder `descriptions`.
pub fn wrap(command: &mut Command, descriptions: &Path) {
    let Ok(program) = env::current_exe() else {
        return; // Then nothing is described, which is said.
    };
    command.env("RUSTC_WRAPPER", program);
    command.env(DESCRIPTIONS, descriptions);
}

/// Runs the compiler, if cargo has started this program in its place: a program that calls [`main`](super::main)
/// under a condition calls this first.
pub fn wrapper() -> Option<ExitCode> {
    let descriptions = env::var_os(DESCRIPTIONS)?;
    let line: Vec<OsString> = env::args_os().skip(1).collect();
    let (program, arguments) = line.split_first()?;
    let status = match Command::new(program).args(arguments).status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: cannot run {}: {error}", program.display());
            return Some(ExitCode::FAILURE);
        }
    };
    let is_any = |known: &str| arguments.iter().any(|argument| argument == known);
    let source = arguments.iter().map(Path::new);
    let source = source.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let exports = |path: &Path| is_any("lib") && exports(path.parent().unwrap_or(path));
    if status.success() && (is_any("cdylib") || source.take(1).any(exports)) {
        // What is not described is said.
        let _ = describe(&line, Path::new(&descriptions));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Whether a file in a folder exports a function.
fn exports(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| match (entry.file_type(), entry.path()) {
        (Ok(of), path) if of.is_dir() => exports(&path),
        (Ok(of), path) if of.is_file() && path.extension().is_some_and(|end| end == "rs") => {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.contains("no_mangle") || text.contains("export_name")
        }
        _ => false,
    })
}

/// Has rustdoc describe what this process has had compiled, or writes down why it does not.
fn describe(line: &[OsString], descriptions: &Path) -> io::Result<()> {
    let is_flag = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"-");
    let start = line.iter().position(is_flag).unwrap_or(line.len());
    let flags = line[start..].iter().map(|flag| flag.to_string_lossy());
    let flags: Vec<String> = flags.map(|flag| flag.into_owned()).collect();
    let mut names = flags.windows(2).filter(|pair| pair[0] == "--crate-name");
    let name = names.next().map_or("", |pair| &pair[1]);
    let mut all = flags.iter();
    let hash = all.find_map(|flag| flag.strip_prefix("extra-filename="));
    let output = descriptions.join(format!("{name}{}", hash.unwrap_or_default()));
    // What was described before was another state of it.
    let _ = fs::remove_dir_all(&output);
    fs::create_dir_all(&output)?;
    let compiler = line[..start].last().map_or(Path::new(""), Path::new);
    let beside = compiler.with_file_name(format!("rustdoc{}", env::consts::EXE_SUFFIX));
    let mut rustdoc = Command::new(env::var_os("RUSTDOC").map_or(beside, PathBuf::from));
    rustdoc.args(of_rustdoc(&flags)).arg("-o").arg(&output);
    rustdoc.args(["-Zunstable-options", "--output-format", "json"]);
    rustdoc.args(["--cap-lints", "allow"]);
    rustdoc.args(["--document-private-items", "--document-hidden-items"]);
    // Of this process alone: a build script that saw it would use what is not stable.
    let complaint = match rustdoc.env("RUSTC_BOOTSTRAP", "1").output() {
        Ok(finished) if finished.status.success() => return Ok(()),
        Ok(finished) => {
            let complaint = String::from_utf8_lossy(&finished.stderr).into_owned();
            let mut errors = complaint.lines().filter(|line| line.contains("error"));
            errors.next().unwrap_or_default().to_owned()
        }
        Err(error) => error.to_string(),
    };
    fs::write(output.join(COMPLAINT), complaint)
}

const COMPLAINT: &str = "complaint.txt";

/// The compiler's flags without those about its output, which rustdoc does not have.
fn of_rustdoc(flags: &[String]) -> Vec<&str> {
    const OUTPUT: [&str; 7] = [
        "--emit",
        "--out-dir",
        "--error-format",
        "--json",
        "-o",
        "-l",
        "--cap-lints",
    ];
    let mut kept = Vec::new();
    let mut flags = flags.iter().map(String::as_str).peekable();
    while let Some(flag) = flags.next() {
        let value = flags.next_if(|value| !flag.contains('=') && !value.starts_with('-'));
        if !OUTPUT.iter().any(|name| flag.starts_with(name)) {
            kept.extend([Some(flag), value].into_iter().flatten());
        }
    }
    kept
}

/// The description of the crate `name` that was compiled to `file`, or why there is none.
fn described(descriptions: &Path, name: &str, file: &Path) -> Result<PathBuf, String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let output = descriptions.join(stem.strip_prefix("lib").unwrap_or(&stem));
    if let Ok(complaint) = fs::read_to_string(output.join(COMPLAINT)) {
        let folder = descriptions.display(); // Nothing is compiled again, so nothing is described.
        return Err(format!(
            "rustdoc failed: {complaint}; once it runs, remove {folder} and touch the sources"
        ));
    }
    let file = output.join(format!("{}.json", name.replace('-', "_")));
    match file.is_file() {
        true => Ok(file),
        false => Err("rustdoc has not described it".to_owned()),
    }
}

/// Its items, or why they are not known.
pub fn items(descriptions: &Path, name: &str, file: &Path) -> Result<Items, String> {
    // Not as a whole: it has megabytes, and next to nothing of it is kept.
    let file = fs::File::open(described(descriptions, name, file)?);
    let file = file.map_err(|error| error.to_string())?;
    let mut document: Document =
        serde_json::from_reader(io::BufReader::new(file)).map_err(|error| {
            format!("rustdoc describes it in a form that is not known here: {error}")
        })?;
    document.item(&document.root.clone(), None, "");
    Ok(document.found)
}

/// What is read of rustdoc's JSON. Its format has a new number with many a compiler; what is read here
/// has been the same since 54, and attributes before that are read as the text that they were.
#[derive(Deserialize)]
struct Document {
    root: Json,
    /// Without those of other crates, and without what was looked at already.
    index: HashMap<String, Item>,
    #[serde(skip)]
    found: Items,
}

#[derive(Deserialize)]
struct Item {
    name: Option<String>,
    #[serde(default)]
    attrs: Vec<Json>,
    /// By what it is: `function`, `struct`.
    #[serde(deserialize_with = "needed")]
    inner: Json,
}

/// What is read of an item. Of the rest, such as signatures and traits, there is ten times as much.
fn needed<'de, D: Deserializer<'de>>(document: D) -> Result<Json, D::Error> {
    let mut inner = Json::deserialize(document)?;
    let all = inner.as_object_mut().into_iter().flat_map(Map::values_mut);
    for of in all.filter_map(Json::as_object_mut) {
        of.retain(|key, value| match key.as_str() {
            "trait" => {
                *value = (!value.is_null()).into();
                true
            }
            "const" | "discriminant" | "header" | "impls" | "items" | "type" | "value"
            | "variants" => true,
            _ => false,
        });
    }
    Ok(inner)
}

impl Document {
    /// `of`: the type that it is inside of, if it is; `module`: the path of the module.
    fn item(&mut self, id: &Json, of: Option<&str>, module: &str) {
        let Some(item) = self.index.remove(&id.to_string()) else {
            return;
        };
        let name = item.name.as_deref().unwrap_or_default();
        let path = match module {
            "" => name.to_owned(),
            module => format!("{module}::{name}"),
        };
        let inner = &item.inner;
        self.all(&inner["module"]["items"], None, &path);
        let of_impl = of.filter(|_| inner["impl"]["trait"] != true);
        self.all(&inner["impl"]["items"], of_impl, module);
        if let Some(symbol) = symbol(&item).filter(|_| inner["function"].is_object()) {
            let header = &inner["function"]["header"];
            let function = Function {
                convention: convention(&header["abi"]),
                is_unsafe: header["is_unsafe"] == true,
            };
            self.found.functions.insert(symbol, function);
        }
        if inner["constant"].is_object() {
            self.constant(None, name, module, value_of_constant(&inner["constant"]));
        }
        let associated = &inner["assoc_const"];
        if associated.is_object() && of.is_some() {
            let value = associated["value"].as_str();
            let value = value.and_then(|text| value_of(text, &associated["type"]));
            self.constant(of, name, module, value);
        }
        for definition in ["struct", "union", "enum"].map(|of| &inner[of]) {
            if definition.is_object() {
                self.found.types.insert(path.clone(), has_layout(&item));
                self.variants(name, &definition["variants"], module);
                self.all(&definition["impls"], Some(name), module);
            }
        }
    }

    fn all(&mut self, ids: &Json, of: Option<&str>, module: &str) {
        for id in ids.as_array().into_iter().flatten() {
            self.item(id, of, module);
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
            let Some(item) = self.index.remove(&id.to_string()) else {
                return; // Then the next number is not known.
            };
            let discriminant = &item.inner["variant"]["discriminant"];
            if let Some(number) = discriminant["value"].as_str() {
                match number.replace('_', "").parse() {
                    Ok(number) => next = number,
                    Err(_) => return,
                }
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
    let kind = |suffix: &str| match suffix {
        "" => of["primitive"].as_str().unwrap_or_default().to_owned(),
        suffix => suffix.to_owned(),
    };
    let float = |digits: &str, kind: &str| Some(Value::Float(digits.parse().ok()?, bits(kind)));
    Some(match syn::parse_str(literal) {
        Ok(Lit::Int(number)) => match kind(number.suffix()) {
            kind if kind.starts_with('f') => float(number.base10_digits(), &kind)?,
            kind => Value::Integer(number.base10_parse().ok()?, bits(&kind)),
        },
        Ok(Lit::Float(number)) => float(number.base10_digits(), &kind(number.suffix()))?,
        Ok(Lit::Bool(is)) => Value::Integer(is.value.into(), 8),
        Ok(Lit::Char(letter)) => Value::Integer(u32::from(letter.value()).into(), 32),
        Ok(Lit::Byte(letter)) => Value::Integer(letter.value().into(), 8),
        Ok(Lit::Str(text)) => Value::text(text.value().as_bytes()),
        Ok(Lit::ByteStr(text)) => Value::text(&text.value()),
        Ok(Lit::CStr(text)) => Value::text(text.value().as_bytes()),
        // As rustdoc writes those that have no literal: `NaN_f64`, `inf_f32`.
        _ => {
            let (name, kind) = literal.split_once("_f")?;
            float(name, &format!("f{kind}"))?
        }
    })
}

/// In how many bits a number is kept: `u16`, `usize`.
fn bits(kind: &str) -> u32 {
    let bits = kind.get(1..).and_then(|bits| bits.parse().ok());
    bits.unwrap_or(64)
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
            ("b'y'", "u8", integer(121, 8)),
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
        let flags = flags.map(str::to_owned);
        let kept = of_rustdoc(&flags);
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
            "-C",
            "incremental=/t",
            "-L",
            "dependency=/t",
            "--extern",
            "b=/t/libb.rlib",
        ];
        assert_eq!(kept, expected);
    }
}
