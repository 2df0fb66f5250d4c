//! For the build script of a library: the name by which its users ask the loader for it, and
//! [`Status`](crate::Status) for its enum of statuses.

use std::path::Path;
use std::{env, fs};

/// What a library's build script has to do.
///
/// The package is called `NAME-cdylib` and makes `libNAME`. `version` is the file with the version of
/// its ABI, a `pub const …: u32 = N;`; `statuses` the one with the enum of its statuses, beside which
/// [`statuses!`](crate::statuses) stands. Paths begin at the package.
///
/// The enum stands in the source, where cbindgen reads it, and a new status is one line there: its
/// name for C, `ZEBRA_STATUS_TOO_LARGE` for `ZebraStatus::TooLarge`, is made here.
///
/// # Panics
///
/// If a file cannot be read, or what it has to contain is not there.
pub fn library(version: &str, statuses: &str) {
    for file in ["build.rs", version, statuses] {
        println!("cargo::rerun-if-changed={file}");
    }
    let package = variable("CARGO_PKG_NAME");
    let name = package.strip_suffix("-cdylib").unwrap_or(&package);
    let number = version_in(&read(version)).unwrap_or_else(|| {
        panic!("{version} has no `pub const …: u32 = N;`: the version of the ABI")
    });
    if let Some(argument) = loader_name(&variable("CARGO_CFG_TARGET_OS"), name, number) {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    let written =
        status_impl(&read(statuses)).unwrap_or_else(|wrong| panic!("{statuses}: {wrong}"));
    let file = Path::new(&variable("OUT_DIR")).join("statuses.rs");
    fs::write(&file, written)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: this is for a build script"))
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("cannot read {file}: {error}"))
}

fn version_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once(": u32 = ")?;
    rest.split_once(';')?.0.parse().ok()
}

/// What gives the library the name that its users ask for.
///
/// rustc sets none. Without one, a program linked against `/home/me/libNAME.so` asks for exactly
/// that path ever after, and one linked against `./libNAME.so` runs in one folder only. The name
/// ends with the version of the ABI, so that a program never gets a library of another version, and
/// libraries of two versions can lie in one folder.
fn loader_name(system: &str, name: &str, version: u32) -> Option<String> {
    match system {
        "macos" | "ios" => Some(format!(
            "-Wl,-install_name,@rpath/lib{name}.{version}.dylib"
        )),
        // A DLL's name is its file's name, and WebAssembly has no loader.
        "windows" | "unknown" | "none" | "wasi" | "emscripten" => None,
        _ => Some(format!("-Wl,-soname,lib{name}.so.{version}")),
    }
}

/// What this crate itself fails with: the constants of `Status` and the variants that a library needs.
const NEEDED: [&str; 9] = [
    "Ok",
    "NullPointer",
    "InvalidUtf8",
    "Misaligned",
    "TooLarge",
    "Overlap",
    "BufferTooSmall",
    "OutOfMemory",
    "Panic",
];

/// `Status` for the first enum of a source file. A variant that was overlooked here does not compile
/// there: the names are a `match` without a rest.
fn status_impl(source: &str) -> Result<String, String> {
    let (name, variants) = first_enum(source).ok_or("there is no `pub enum`, the statuses")?;
    let missing = |needed: &&&str| !variants.contains(needed);
    if let Some(missing) = NEEDED.iter().find(missing) {
        return Err(format!(
            "`{name}` has no `{missing}`, which abi-boundary fails with: add the variant"
        ));
    }
    let lines = |line: &dyn Fn(&str) -> String| -> String {
        variants.iter().map(|variant| line(variant)).collect()
    };
    let constants: String = NEEDED
        .iter()
        .map(|variant| format!("const {}: Self = Self::{variant};\n", in_capitals(variant)))
        .collect();
    let all = lines(&|variant| format!("Self::{variant}, "));
    let prefix = in_capitals(name);
    let names = lines(&|variant| {
        let in_c = in_capitals(variant);
        format!("Self::{variant} => c\"{prefix}_{in_c}\",\n")
    });
    Ok(format!(
        "impl ::abi_boundary::Status for {name} {{\n\
         const LIBRARY: &'static str = concat!(\"lib\", env!(\"CARGO_CRATE_NAME\"));\n\
         const REPORTS_PANICS: bool = !cfg!(test);\n\
         {constants}\
         const ALL: &'static [Self] = &[{all}];\n\
         fn number(self) -> i32 {{ self as i32 }}\n\
         fn name(self) -> &'static ::std::ffi::CStr {{ match self {{\n{names}}} }}\n\
         }}\n"
    ))
}

/// The name of the first enum and of its variants, which have no fields.
fn first_enum(source: &str) -> Option<(&str, Vec<&str>)> {
    let (_, rest) = source.split_once("pub enum ")?;
    let (name, rest) = rest.split_once('{')?;
    let (body, _) = rest.split_once("\n}")?;
    let lines = body.lines().map(str::trim);
    let code = lines.filter(|line| !line.starts_with("//") && !line.starts_with('#'));
    let variants = code
        .filter_map(|line| line.split(['=', ',', ' ']).next())
        .filter(|variant| !variant.is_empty());
    Some((name.trim(), variants.collect()))
}

/// `NULL_POINTER` for `NullPointer`, as cbindgen has it.
fn in_capitals(name: &str) -> String {
    let mut capitals = String::new();
    let mut before: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        // A word begins after a small letter, and with the last of several capitals: `IoError`, `IOError`.
        let ends_capitals = letters.peek().is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || ends_capitals)
        {
            capitals.push('_');
        }
        capitals.extend(letter.to_uppercase());
        before = Some(letter);
    }
    capitals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_name_ends_with_the_version_where_a_loader_has_versions() {
        let name = |system| loader_name(system, "zebra", 7);
        assert_eq!(name("linux").unwrap(), "-Wl,-soname,libzebra.so.7");
        assert_eq!(name("freebsd").unwrap(), "-Wl,-soname,libzebra.so.7");
        assert_eq!(
            name("macos").unwrap(),
            "-Wl,-install_name,@rpath/libzebra.7.dylib"
        );
        assert_eq!((name("windows"), name("unknown")), (None, None));
    }

    #[test]
    fn the_version_is_the_constants() {
        assert_eq!(version_in("// 1\npub const V: u32 = 42;\n"), Some(42));
        assert_eq!(version_in("pub const V: u32 = later();"), None);
        assert_eq!(version_in(""), None);
    }

    const SOURCE: &str = "\
        /// How a call ended: pub fn.\n\
        #[repr(C)]\n\
        pub enum ZebraStatus {\n    \
            /// Done, at last.\n    Ok = 0,\n    NullPointer = 1,\n    InvalidUtf8 = 2,\n    \
            // A comment.\n    Misaligned = 3,\n    TooLarge,\n    Overlap,\n    \
            #[doc(hidden)]\n    BufferTooSmall,\n\n    OutOfMemory = 40,\n    Panic = 9\n}\n\
        pub enum Other {\n    A,\n}\n";

    #[test]
    fn the_variants_are_those_of_the_first_enum() {
        let (name, variants) = first_enum(SOURCE).unwrap();
        assert_eq!((name, &variants[..]), ("ZebraStatus", &NEEDED[..]));
    }

    #[test]
    fn a_status_has_the_name_of_the_header() {
        let written = status_impl(SOURCE).unwrap();
        for line in [
            "impl ::abi_boundary::Status for ZebraStatus {",
            "const INVALID_UTF8: Self = Self::InvalidUtf8;",
            "Self::BufferTooSmall => c\"ZEBRA_STATUS_BUFFER_TOO_SMALL\",",
        ] {
            assert!(written.lines().any(|written| written == line), "{written}");
        }
    }

    #[test]
    fn a_name_in_capitals_has_its_words_apart() {
        for (name, expected) in [
            ("Ok", "OK"),
            ("NullPointer", "NULL_POINTER"),
            ("InvalidUtf8", "INVALID_UTF8"),
            ("Utf8Error", "UTF8_ERROR"),
            ("IOError", "IO_ERROR"),
            ("NotAUrl", "NOT_A_URL"),
        ] {
            assert_eq!(in_capitals(name), expected);
        }
    }

    #[test]
    fn a_status_that_the_boundary_needs_is_asked_for() {
        let error = status_impl(&SOURCE.replace("Overlap,", "")).unwrap_err();
        assert!(error.contains("`ZebraStatus` has no `Overlap`"), "{error}");
        let error = status_impl("pub struct Status;").unwrap_err();
        assert!(error.contains("no `pub enum`"), "{error}");
    }
}
