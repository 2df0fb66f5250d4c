//! Released crates that did not survive a call: each is named in the version with the bug, and not in the one that
//! corrected it. And libraries that check what they get, or whose header says what they need: of them nothing fails.
//!
//! cargo test --package cargo-abi --test calls -- --ignored
//!
//! It fetches the crates with cargo and builds them, each two or three times; `LIBRARY=rure` limits it to one.
#![cfg(target_os = "linux")]

mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::released::fetched;

/// A bug that was released.
struct Bug {
    package: &'static str,
    /// With it and, if there is one, without it.
    versions: [&'static str; 2],
    /// What is said of it, and not of the version without it: the beginning of a line and, behind an `...`, its end.
    finding: &'static str,
}

const fn bug(package: &'static str, versions: [&'static str; 2], finding: &'static str) -> Bug {
    Bug {
        package,
        versions,
        finding,
    }
}

const BUGS: &[Bug] = &[
    // They dereference before they check.
    bug(
        "hyper",
        ["1.8.1", ""],
        "break[null]: `hyper_request_headers`, `req` is NULL: signal 6 (SIGABRT)",
    ),
    bug(
        "hyper",
        ["1.8.1", ""],
        "break[null]: `hyper_response_headers`, `resp` is NULL: signal 6 (SIGABRT)",
    ),
    // The compiler takes the check away: a function of Rust is never NULL.
    bug(
        "mp4parse_capi",
        ["0.6.0", ""],
        "break[null]: `mp4parse_new`, the callback `read` of `io` is NULL: `mp4parse_read`: signal 11 (SIGSEGV) (in a \
         release)",
    ),
    // It frees the struct that the caller has.
    bug(
        "wasmer-c-api",
        ["4.4.0", ""],
        "break[sequence]: `wasm_val_delete`, with a struct of the caller's that is all zero: signal 6",
    ),
    // The setter frees the builder.
    bug(
        "rustls-ffi",
        ["0.9.0", "0.9.1"],
        "break[sequence]: `rustls_server_config_builder_set_client_verifier_optional`, called a thousand times: signal 6",
    ),
    bug(
        "rustls-ffi",
        ["0.9.0", "0.9.1"],
        "break[sequence]: `rustls_server_config_builder_free`, after other calls",
    ),
    // It keeps the text of the caller, and reads it when the caller has freed it.
    bug(
        "pact_ffi",
        ["0.4.16", ""],
        "break[sequence]: `pactffi_async_message_get_contents_str`, after other calls...AddressSanitizer: \
         heap-use-after-free (with AddressSanitizer on both sides)",
    ),
];

/// Of these nothing fails. The first two check what they get and say so for each pointer, the last one has a status
/// for NULL.
const RIGHT: [(&str, &str); 3] = [
    ("libz-rs-sys-cdylib", "0.6.8"),
    ("libbz2-rs-sys-cdylib", "0.2.6"),
    ("rustls-ffi", "0.9.1"),
];

/// Of these the header says of most pointers that they may not be NULL, by attributes or in its comments. What is
/// found is what it does not say.
const SAID: [(&str, &str, &[&str]); 2] = [
    (
        "imagequant-sys",
        "4.1.0",
        &["`liq_image_create_custom`, `attr`"],
    ),
    (
        "encoding_c",
        "0.9.8",
        &[
            "`decoder_latin1_byte_compatible_up_to`, `decoder`",
            "`encoder_max_buffer_length_from_utf16_if_no_unmappables`, `encoder`",
            "`encoder_max_buffer_length_from_utf16_without_replacement`, `encoder`",
            "`encoder_max_buffer_length_from_utf8_if_no_unmappables`, `encoder`",
            "`encoder_max_buffer_length_from_utf8_without_replacement`, `encoder`",
            "`encoding_for_bom`, `buffer_len`",
        ],
    ),
];

/// What `cargo abi hostile` needs to know of a crate that it does not find.
fn options(package: &str) -> &'static [&'static str] {
    match package {
        "hyper" => &["--features=client,http1,http2,ffi"],
        "rustls-ffi" => &["--header=src/rustls.h"],
        "libz-rs-sys-cdylib" => &["--header=include/zlib.h"],
        "libbz2-rs-sys-cdylib" => &["--header=<stdio.h>", "--header=include/bzlib.h"],
        "encoding_c" => &[
            "--header=<stddef.h>",
            "--header=<uchar.h>",
            "--header=include/encoding_rs.h",
        ],
        _ => &[],
    }
}

/// A folder with a crate, with what its build needs and is not in it.
fn folder(package: &str, version: &str) -> PathBuf {
    let libraries = Path::new(env!("CARGO_TARGET_TMPDIR")).join("calls");
    let to = libraries.join(format!("{package}-{version}"));
    if to.exists() {
        return to;
    }
    // Complete, or not there; the tests run side by side.
    let copy = libraries.join(format!("copy-of-{package}"));
    let _ = fs::remove_dir_all(&copy);
    copied(&fetched(package, version), &copy);
    let manifest = copy.join("Cargo.toml");
    let mut text = fs::read_to_string(&manifest).unwrap() + "\n[workspace]\n";
    let header = |name: &str, configuration: &str| {
        fs::write(
            copy.join("cbindgen.toml"),
            format!("language = \"C\"\n{configuration}"),
        )
        .unwrap();
        let (header, _) = output(
            Command::new("cargo")
                .args(["run", "--quiet", "--package", "abi-header", "--"])
                .arg(&copy),
        );
        fs::create_dir_all(copy.join("include")).unwrap();
        fs::write(copy.join("include").join(name), header).unwrap();
    };
    // The headers of the library in C that it replaces.
    let of_c = |package: &str, version: &str, headers: &[&str]| {
        fs::create_dir_all(copy.join("include")).unwrap();
        for header in headers.iter().map(Path::new) {
            let to = copy.join("include").join(header.file_name().unwrap());
            fs::copy(fetched(package, version).join(header), to).unwrap();
        }
    };
    match package {
        "wasmer-c-api" => text = excerpt_of_wasmer(&copy),
        "pact_ffi" => text = excerpt_of_pact(&copy),
        "hyper" => {
            // As `capi/gen_header.sh` in its repository: from the module that is left when its macros are expanded.
            fs::write(&manifest, &text).unwrap();
            let mut expand = Command::new("cargo");
            expand
                .args(["rustc", "--quiet", "--lib"])
                .args(options(package));
            expand
                .args(["--", "-Zunpretty=expanded"])
                .current_dir(&copy);
            let (expanded, _) = output(for_hyper(&mut expand).env("RUSTC_BOOTSTRAP", "1"));
            let (_, module) = expanded.split_once("\npub mod ffi {").unwrap();
            let (module, _) = module.split_once("\n}\n").unwrap();
            let library = copy.join("src/lib.rs");
            let original = fs::read(&library).unwrap();
            fs::write(&library, format!("pub mod ffi {{{module}\n}}\n")).unwrap();
            header("hyper.h", "include_guard = \"HYPER_H\"\n");
            fs::write(&library, original).unwrap();
        }
        "mp4parse_capi" => {
            // cheddar, which wrote its header, is no longer to be built, and a dependency of mp4parse was withdrawn.
            let sources = libraries.join("mp4parse");
            copied(&fetched("mp4parse", version), &sources);
            let own = sources.join("Cargo.toml");
            let lines = fs::read_to_string(&own).unwrap();
            let is_kept = |line: &&str| {
                !["afl", "abort", "fuzz"]
                    .iter()
                    .any(|it| line.starts_with(it))
            };
            let lines: Vec<&str> = lines.lines().filter(is_kept).collect();
            fs::write(own, lines.join("\n")).unwrap();
            for line in [
                "build = \"build.rs\"",
                "rusty-cheddar = \"0.3.2\"",
                "fuzz = [\"mp4parse/fuzz\"]",
            ] {
                assert!(text.contains(line), "{text}");
                text = text.replace(line, "");
            }
            fs::remove_file(copy.join("build.rs")).unwrap();
            header(
                "mp4parse.h",
                "after_includes = \"typedef struct mp4parse_parser mp4parse_parser;\"\n\
                 [export]\nexclude = [\"mp4parse_parser\"]\n",
            );
        }
        "libz-rs-sys-cdylib" => of_c(
            "libz-sys",
            "1.1.22",
            &["src/zlib/zlib.h", "src/zlib/zconf.h"],
        ),
        "libbz2-rs-sys-cdylib" => of_c("bzip2-sys", "0.1.13+1.0.8", &["bzip2-1.0.8/bzlib.h"]),
        _ => {}
    }
    fs::write(&manifest, text).unwrap();
    fs::rename(&copy, &to).unwrap();
    to
}

/// What is in a text from some words on up to others.
fn piece(text: &str, from: &str, to: &str) -> String {
    let (_, rest) = text.split_once(from).unwrap();
    let (piece, _) = rest.split_once(to).unwrap();
    format!("{from}{piece}{to}")
}

/// In place of a mock server for HTTP and all that it needs, the functions of one kind of message, as they were
/// released, with the type of the text that they keep; what a content type is does not matter. Returns the manifest.
fn excerpt_of_pact(folder: &Path) -> String {
    let models = fetched("pact_models", "1.1.18");
    let bodies = fs::read_to_string(models.join("src/bodies.rs")).unwrap();
    let body = [
        piece(&bodies, "pub enum OptionalBody {", "\n}\n"),
        "impl OptionalBody {\n".to_owned(),
        piece(&bodies, "  pub fn value_as_string", "\n  }\n"),
        piece(&bodies, "  fn is_text", "\n  }\n"),
    ];
    let body = body.concat();
    let messages = fs::read_to_string(folder.join("src/models/async_message.rs")).unwrap();
    let (messages, _) = messages
        .split_once("ffi_fn! {\n    /// Get a copy of the description.")
        .unwrap();
    let library = format!(
        "#![allow(unused_imports)]
         extern crate self as pact_models;
         pub mod error;
         #[macro_use]
         pub(crate) mod util;
         use util::*;
         pub mod models {{
             pub mod async_message;
             pub mod message {{ pub struct ProviderStateIterator; }}
         }}
         pub mod bodies {{
             use crate::content_types::*;
             use bytes::Bytes;
             use std::str::from_utf8;
             #[derive(Debug, Default)]
             #[allow(dead_code)]
             {}}}
         }}
         pub mod content_types {{
             #[derive(Debug)]
             pub struct ContentType(String);
             impl ContentType {{
                 pub fn parse(text: &str) -> Result<ContentType, String> {{ Ok(ContentType(text.to_owned())) }}
                 pub fn is_text(&self) -> bool {{ self.0.starts_with(\"text\") }}
             }}
             #[derive(Debug, PartialEq)]
             pub enum ContentTypeHint {{ BINARY, TEXT }}
         }}
         pub mod provider_states {{ pub struct ProviderState; }}
         pub mod v4 {{
             pub mod async_message {{
                 #[derive(Debug, Default)]
                 pub struct AsynchronousMessage {{ pub contents: super::message_parts::MessageContents }}
             }}
             pub mod message_parts {{
                 #[derive(Debug, Default)]
                 pub struct MessageContents {{ pub contents: crate::bodies::OptionalBody }}
             }}
         }}
",
        body.replacen("Missing,", "#[default] Missing,", 1)
    );
    fs::write(folder.join("src/models/async_message.rs"), messages).unwrap();
    fs::write(folder.join("src/lib.rs"), library).unwrap();
    fs::remove_file(folder.join("build.rs")).unwrap();
    fs::create_dir_all(folder.join("include")).unwrap();
    let header = "#include <stddef.h>
typedef struct AsynchronousMessage AsynchronousMessage;
typedef struct MessageContents MessageContents;
AsynchronousMessage *pactffi_async_message_new(void);
void pactffi_async_message_delete(const AsynchronousMessage *message);
const MessageContents *pactffi_async_message_get_contents(const AsynchronousMessage *message);
const char *pactffi_async_message_get_contents_str(const AsynchronousMessage *message);
void pactffi_async_message_set_contents_str(AsynchronousMessage *message, const char *contents,
                                            const char *content_type);
size_t pactffi_async_message_get_contents_length(const AsynchronousMessage *message);
const unsigned char *pactffi_async_message_get_contents_bin(const AsynchronousMessage *message);
void pactffi_async_message_set_contents_bin(AsynchronousMessage *message, const unsigned char *contents,
                                            size_t len, const char *content_type);
void pactffi_string_delete(char *string);
";
    fs::write(folder.join("include/pact.h"), header).unwrap();
    "[package]\nname = \"pact_ffi\"\nversion = \"0.4.16\"\nedition = \"2021\"\n\n\
     [lib]\ncrate-type = [\"cdylib\"]\n\n[dependencies]\nanyhow = \"1\"\nbytes = \"1\"\nlibc = \"0.2\"\n\
     panic-message = \"0.3\"\nthiserror = \"1\"\n\
     tracing = { version = \"0.1\", default-features = false, features = [\"std\"] }\nzeroize = \"1\"\n\n[workspace]\n"
        .to_owned()
}

/// In place of a whole compiler, a function with its types and the lines of the header about it, as they were
/// released. Returns the manifest.
fn excerpt_of_wasmer(folder: &Path) -> String {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (code, header) = (read("src/wasm_c_api/value.rs"), read("wasm.h"));
    let types = "#![allow(non_camel_case_types)]\npub type wasm_valkind_t = u8;\npub struct wasm_ref_t(u8);\n";
    let items = [
        "#[derive(Clone, Copy)]\npub union",
        "#[repr(C)]\npub struct",
        "#[no_mangle]\npub unsafe extern \"C\" fn wasm_val_delete",
    ];
    let items = items.map(|from| piece(&code, from, "\n}\n"));
    let declared = [
        piece(&header, "typedef struct wasm_val_t {", "} wasm_val_t;"),
        piece(&header, "void wasm_val_delete", ";"),
    ];
    let needed = "#include <stdint.h>\n#define own\ntypedef uint8_t wasm_valkind_t;\n\
                  typedef float float32_t;\ntypedef double float64_t;\n";
    fs::remove_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("include")).unwrap();
    fs::remove_file(folder.join("build.rs")).unwrap();
    fs::write(
        folder.join("src/lib.rs"),
        format!("{types}{}", items.concat()),
    )
    .unwrap();
    fs::write(
        folder.join("include/wasmer.h"),
        format!("{needed}{}\n", declared.join("\n")),
    )
    .unwrap();
    "[package]\nname = \"wasmer-c-api\"\nversion = \"4.4.0\"\nedition = \"2021\"\n\n\
     [lib]\nname = \"wasmer\"\ncrate-type = [\"cdylib\"]\n\n[workspace]\n"
        .to_owned()
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let _ = fs::remove_dir_all(to);
    output(Command::new("cp").arg("-r").args([from, to]));
}

/// Its C API is behind a flag.
fn for_hyper(command: &mut Command) -> &mut Command {
    command.env("RUSTFLAGS", "--cfg hyper_unstable_ffi")
}

/// What a command that succeeds prints.
fn output(command: &mut Command) -> (String, String) {
    let output = command.output().unwrap();
    let texts =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{command:?}: {}", texts[1]);
    texts.into()
}

/// What `cargo abi hostile` says of a crate: each finding in a line.
fn hostile(package: &str, version: &str, more: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-abi"));
    command
        .args(["abi", "hostile", "--all"])
        .args(options(package))
        .args(more);
    command
        .current_dir(folder(package, version))
        .env_remove("CARGO_TARGET_DIR");
    if package == "hyper" {
        for_hyper(&mut command);
    }
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{package} {version}: {stderr}"
    );
    println!("{}", stdout.lines().last().unwrap_or_default());
    stdout
        .lines()
        .filter(|line| line.contains("]: `"))
        .map(str::to_owned)
        .collect()
}

/// Those that fail.
fn failures(found: &[String]) -> Vec<&String> {
    found
        .iter()
        .filter(|line| !line.starts_with("style["))
        .collect()
}

fn is_asked_for(package: &str) -> bool {
    package.starts_with(&env::var("LIBRARY").unwrap_or_default())
}

#[test]
#[ignore = "fetches and builds released crates: half an hour"]
fn bugs_that_were_released_are_found_by_calls() {
    for &Bug {
        package,
        versions,
        finding,
    } in BUGS.iter().filter(|bug| is_asked_for(bug.package))
    {
        for (version, expected) in versions.into_iter().zip([true, false]) {
            if version.is_empty() {
                continue;
            }
            let found = hostile(package, version, &["--sanitize", "--rounds=5"]);
            let (start, end) = finding.split_once("...").unwrap_or((finding, ""));
            let is_it = |line: &String| line.starts_with(start) && line.ends_with(end);
            let is_found = found.iter().any(is_it);
            assert_eq!(
                is_found,
                expected,
                "{package} {version}: {finding}\n{}",
                found.join("\n")
            );
        }
    }
}

#[test]
#[ignore = "fetches and builds released crates: minutes"]
fn bugs_that_were_released_are_not_where_the_header_says_what_is_needed() {
    for (package, version) in RIGHT
        .into_iter()
        .filter(|(package, _)| is_asked_for(package))
    {
        let found = hostile(package, version, &[]);
        assert!(
            failures(&found).is_empty(),
            "{package} {version}: {found:#?}"
        );
    }
    for (package, version, unsaid) in SAID.into_iter().filter(|of| is_asked_for(of.0)) {
        let found = hostile(package, version, &[]);
        let found = failures(&found);
        let starts = unsaid
            .iter()
            .map(|place| format!("break[null]: {place} is NULL"));
        let expected: Vec<String> = starts.collect();
        let is_it = |(line, start): (&&String, &String)| line.starts_with(start);
        assert!(
            found.len() == expected.len() && found.iter().zip(&expected).all(is_it),
            "{package} {version}: {found:#?}"
        );
    }
}
