//! Released crates whose header was wrong: each is named in the version with the bug, and not in the one that
//! corrected it. The table in README.md is what this prints:
//!
//! cargo test --package cargo-abi --test libraries -- --ignored
//!
//! It fetches the crates with cargo, builds them, and takes hours; `LIBRARY=quiche` or
//! `LIBRARY=quiche@0.19.0` limits it to one.

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::released::fetched;

/// A bug that was released.
struct Bug {
    package: &'static str,
    /// With it and, if there is one, without it.
    versions: [&'static str; 2],
    /// What a user of the library in C gets.
    harm: &'static str,
    /// What is said of it, and not of the version without it: a kind and a place.
    finding: (&'static str, &'static str),
}

const fn bug(
    package: &'static str,
    versions: [&'static str; 2],
    harm: &'static str,
    finding: (&'static str, &'static str),
) -> Bug {
    Bug {
        package,
        versions,
        harm,
        finding,
    }
}

const BUGS: &[Bug] = &[
    bug(
        "wasmtime-c-api",
        ["2.0.1", "2.0.2"],
        "three bytes beside the variable are overwritten (CVE-2022-39394)",
        ("break[size]", "`wasmtime_trap_code`, parameter 2"),
    ),
    bug(
        "quiche",
        ["0.18.0", "0.19.0"],
        "the address of the result is taken from a number: a crash",
        ("break[pointer]", "`quiche_get_varint`, parameter 3"),
    ),
    bug(
        "quiche",
        ["0.6.0", "0.7.0"],
        "a stream's number is cut to 32 bits",
        ("break[size]", "`quiche_h3_conn_poll`, result"),
    ),
    bug(
        "quiche",
        ["0.1.0-alpha4", "0.1.0"],
        "the result is what the register had in it",
        ("break[size]", "`quiche_conn_application_proto`, result"),
    ),
    bug(
        "quiche",
        ["0.17.2", "0.18.0"],
        "the program does not link",
        ("break[not-exported]", "`quiche_h3_accept`"),
    ),
    bug(
        "quiche",
        ["0.17.2", "0.18.0"],
        "the function cannot be called",
        (
            "type[not-declared]",
            "`quiche_config_set_cc_algorithm_name`",
        ),
    ),
    bug(
        "quiche",
        ["0.19.0", ""],
        "other fields are read than Rust wrote",
        ("break[repr]", "`quiche_transport_params`"),
    ),
    bug(
        "quiche",
        ["0.20.0", ""],
        "four bytes of a length of eight are written",
        ("break[size]", "`quiche_socket_addr_iter_next`, parameter 3"),
    ),
    bug(
        "quiche",
        ["0.19.0", "0.20.0"],
        "what is only read cannot be passed without a cast",
        ("style[const]", "`quiche_h3_send_request`, parameter 3"),
    ),
    bug(
        "quiche",
        ["0.22.0", "0.23.2"],
        "what `quiche_conn_path_event_next` returns cannot be passed without a cast",
        ("style[const]", "`quiche_path_event_type`, parameter 1"),
    ),
    bug(
        "imagequant-sys",
        ["4.0.3", "4.1.0"],
        "arguments are taken from elsewhere: a crash",
        ("break[convention]", "`liq_histogram_quantize`"),
    ),
    bug(
        "imagequant-sys",
        ["4.1.0", ""],
        "`#if LIQ_VERSION` is about another release",
        ("type[version]", "`LIQ_VERSION`"),
    ),
    bug(
        "rustls-ffi",
        ["0.15.3", "0.15.4"],
        "`#if RUSTLS_VERSION_NUMBER` is about another release",
        ("type[version]", "`RUSTLS_VERSION_NUMBER`"),
    ),
    bug(
        "sandlock-ffi",
        ["0.7.0", ""],
        "the program does not link",
        (
            "break[not-exported]",
            "`sandlock_policy_builder_isolate_ipc`",
        ),
    ),
    bug(
        "libz-rs-sys-cdylib",
        ["0.5.0", ""],
        "a program for zlib does not link",
        ("break[not-exported]", "`gzopen`"),
    ),
    bug(
        "pathrs",
        ["0.2.2", "0.2.3"],
        "it does not start with a library that has the versions",
        ("type[symbol-version]", "`pathrs_open_root`"),
    ),
    bug(
        "librashader-capi",
        ["0.4.1", "0.5.0"],
        "what is only read cannot be passed without a cast",
        (
            "style[const]",
            "`libra_gl_filter_chain_get_param`, parameter 1",
        ),
    ),
    bug(
        "wasmtime-c-api-impl",
        ["35.0.0", ""],
        "the finalizer frees what it did not receive",
        (
            "break[parameters]",
            "`wasmtime_component_linker_instance_add_func`, parameter 6 (`finalizer`)",
        ),
    ),
    bug(
        "wasmtime-c-api-impl",
        ["44.0.0", "45.0.0"],
        "the program does not link",
        ("break[not-exported]", "`wasmtime_anyref_to_eqref`"),
    ),
    bug(
        "wasmtime-c-api-impl",
        ["44.0.0", "45.0.0"],
        "the program does not link",
        ("break[not-exported]", "`wasm_tagtype_vec_new`"),
    ),
    bug(
        "wasmtime-c-api-impl",
        ["44.0.0", ""],
        "the error that is freed is what the register had in it",
        (
            "break[size]",
            "`wasmtime_context_epoch_deadline_async_yield_and_update`, result",
        ),
    ),
    bug(
        "wasmtime-c-api",
        ["19.0.2", "20.0.0"],
        "the values that C provides are not aligned for Rust: a crash",
        ("break[alignment]", "union `wasmtime_val_raw_t`"),
    ),
    bug(
        "wasmer-c-api",
        ["3.1.0", ""],
        "the program does not link",
        ("break[not-exported]", "`wasm_foreign_new`"),
    ),
    bug(
        "wasmer-c-api",
        ["3.1.0", ""],
        "the upper half of a size is lost",
        ("break[size]", "`wasm_table_size`, result"),
    ),
    bug(
        "stack-graphs",
        ["0.14.1", ""],
        "safe Rust frees any pointer that it is given",
        (
            "style[safe-function]",
            "`sg_forward_partial_path_stitcher_free`",
        ),
    ),
];

/// Without a finding that is `break` or `type`, whatever else there is.
const RIGHT: [(&str, &str); 6] = [
    ("wasmtime-c-api", "2.0.2"),
    ("rustls-ffi", "0.15.4"),
    ("rure", "0.2.5"),
    ("pathrs", "0.2.3"),
    ("pathrs", "0.2.4"),
    ("librashader-capi", "0.5.0"),
];

/// In place of a whole library, a function with its types and the lines of the header about it.
struct Excerpt {
    package: &'static str,
    version: &'static str,
    header: &'static str,
    code: &'static str,
    /// What follows from the released crate: a file, and a function whose parameters are in it.
    released: Option<(&'static str, &'static str)>,
}

/// wasmtime's package was not in the registry: what is here stands in its tags, in `trap.h`, `val.h`, `trap.rs` and
/// `func.rs` of `crates/c-api`, `ValRaw` in `crates/runtime/src/vmcontext.rs`; the member `externref`, which
/// changed, is left out of the header. librashader needs a whole compiler of shaders; its
/// header is `include/librashader.h` of its tags.
const EXCERPTS: &[Excerpt] = &[
    Excerpt {
        package: "wasmtime-c-api",
        version: "2.0.1",
        header: TRAP_CODE,
        code: "#[repr(C)]\n#[allow(non_camel_case_types)]\n\
               pub struct wasm_trap_t { error: Box<dyn std::error::Error> }\n\
               #[no_mangle]\n\
               pub extern \"C\" fn wasmtime_trap_code(raw: &wasm_trap_t, code: &mut i32) -> bool {\n\
               *code = 0; raw.error.is::<std::fmt::Error>() }\n",
        released: None,
    },
    Excerpt {
        package: "wasmtime-c-api",
        version: "2.0.2",
        header: TRAP_CODE,
        code: "#[repr(C)]\n#[allow(non_camel_case_types)]\n\
               pub struct wasm_trap_t { error: Box<dyn std::error::Error> }\n\
               #[no_mangle]\n\
               pub extern \"C\" fn wasmtime_trap_code(raw: &wasm_trap_t, code: &mut u8) -> bool {\n\
               *code = 0; raw.error.is::<std::fmt::Error>() }\n",
        released: None,
    },
    Excerpt {
        package: "wasmtime-c-api",
        version: "19.0.2",
        header: VALUE,
        code: "#[repr(C)]\n#[derive(Clone, Copy)]\n\
               pub union ValRaw { i32: i32, i64: i64, f32: u32, f64: u64, v128: u128,\n\
               funcref: *mut std::ffi::c_void, externref: *mut std::ffi::c_void }\n\
               pub struct Func(u8);\npub struct Context(u8);\npub struct Trap(u8);\npub struct Failure(u8);\n\
               #[no_mangle]\n\
               pub unsafe extern \"C\" fn wasmtime_func_call_unchecked(store: &mut Context, func: &Func,\n\
               args_and_results: *mut ValRaw, args_and_results_len: usize, trap_ret: &mut *mut Trap)\n\
               -> Option<Box<Failure>> {\n\
               let _ = (store.0, func.0, args_and_results, args_and_results_len, trap_ret); None }\n",
        released: None,
    },
    Excerpt {
        package: "wasmtime-c-api",
        version: "20.0.0",
        header: VALUE,
        code: "#[repr(C)]\n#[derive(Clone, Copy)]\n\
               pub union ValRaw { i32: i32, i64: i64, f32: u32, f64: u64, v128: [u8; 16],\n\
               funcref: *mut std::ffi::c_void, externref: u32 }\n\
               pub struct Func(u8);\npub struct Context(u8);\npub struct Trap(u8);\npub struct Failure(u8);\n\
               #[no_mangle]\n\
               pub unsafe extern \"C\" fn wasmtime_func_call_unchecked(store: &mut Context, func: &Func,\n\
               args_and_results: *mut ValRaw, args_and_results_len: usize, trap_ret: &mut *mut Trap)\n\
               -> Option<Box<Failure>> {\n\
               let _ = (store.0, func.0, args_and_results, args_and_results_len, trap_ret); None }\n",
        released: None,
    },
    Excerpt {
        package: "librashader-capi",
        version: "0.4.1",
        header: "typedef struct _libra_error *libra_error_t;\n\
                 typedef struct _filter_chain_gl *libra_gl_filter_chain_t;\n\
                 libra_error_t libra_gl_filter_chain_get_param(libra_gl_filter_chain_t *chain,\n\
                                                               const char *param_name,\n\
                                                               float *out);\n",
        code: FILTER_CHAIN,
        released: Some((
            "src/runtime/gl/filter_chain.rs",
            "libra_gl_filter_chain_get_param",
        )),
    },
    Excerpt {
        package: "librashader-capi",
        version: "0.5.0",
        header: "typedef struct _libra_error *libra_error_t;\n\
                 typedef struct _filter_chain_gl *libra_gl_filter_chain_t;\n\
                 libra_error_t libra_gl_filter_chain_get_param(const libra_gl_filter_chain_t *chain,\n\
                                                               const char *param_name,\n\
                                                               float *out);\n",
        code: FILTER_CHAIN,
        released: Some((
            "src/runtime/gl/filter_chain.rs",
            "libra_gl_filter_chain_get_param",
        )),
    },
];

const TRAP_CODE: &str = "#include <stdbool.h>\n#include <stdint.h>\n\
                         typedef struct wasm_trap_t wasm_trap_t;\n\
                         typedef uint8_t wasmtime_trap_code_t;\n\
                         bool wasmtime_trap_code(const wasm_trap_t*, wasmtime_trap_code_t *code);\n";

const VALUE: &str = "#include <stddef.h>\n#include <stdint.h>\n\
                     typedef struct wasmtime_context wasmtime_context_t;\n\
                     typedef struct wasmtime_error wasmtime_error_t;\n\
                     typedef struct wasmtime_func wasmtime_func_t;\n\
                     typedef struct wasm_trap_t wasm_trap_t;\n\
                     typedef float float32_t;\ntypedef double float64_t;\n\
                     typedef uint8_t wasmtime_v128[16];\n\
                     typedef union wasmtime_val_raw {\n  int32_t i32;\n  int64_t i64;\n  float32_t f32;\n\
                     \x20 float64_t f64;\n  wasmtime_v128 v128;\n  void *funcref;\n} wasmtime_val_raw_t;\n\
                     wasmtime_error_t *wasmtime_func_call_unchecked(wasmtime_context_t *store,\n\
                     const wasmtime_func_t *func, wasmtime_val_raw_t *args_and_results,\n\
                     size_t args_and_results_len, wasm_trap_t **trap);\n";

/// The types as in `src/ctypes.rs`; what they point to does not matter.
const FILTER_CHAIN: &str = "#![allow(non_camel_case_types)]\n\
                            use std::{ffi::c_char, mem::MaybeUninit, ptr::NonNull};\n\
                            pub struct LibrashaderError(u8);\n\
                            pub struct FilterChainGL(u8);\n\
                            pub type libra_error_t = Option<NonNull<LibrashaderError>>;\n\
                            pub type libra_gl_filter_chain_t = Option<NonNull<FilterChainGL>>;\n";

/// What `cargo abi check` needs to know of a crate that it does not find: a README says such things.
fn options(package: &str, version: &str) -> Vec<&'static str> {
    match package {
        "quiche" if version.starts_with("0.1.0") => vec![
            "--header=<stddef.h>",
            "--header=<sys/types.h>",
            "--header=include/quiche.h",
        ],
        "quiche" if version == "0.6.0" => vec![],
        "quiche" => vec!["--features=ffi"],
        "rustls-ffi" => vec![
            "--header=src/rustls.h",
            "--no-default-features",
            "--define=DEFINE_RING",
            "--features=ring",
        ],
        "sandlock-ffi" if version == "0.7.0" => {
            vec!["--header=<stddef.h>", "--header=include/sandlock.h"]
        }
        "stack-graphs" => vec!["--features=storage", "--lints"],
        "libz-rs-sys-cdylib" => vec!["--header=include/zlib.h"],
        // Its build script knows no other folder.
        "wasmer-c-api" => vec![
            "--no-default-features",
            "--features=cranelift",
            "--target-dir=target",
        ],
        "wasmtime-c-api-impl" => {
            let features = match version {
                "35.0.0" => "--features=component-model",
                _ => "--features=gc,async",
            };
            vec!["--header=include/wasmtime.h", "--include=include", features]
        }
        _ => vec![],
    }
}

/// A folder with a crate, with what its build needs.
fn folder(package: &str, version: &str) -> PathBuf {
    let libraries = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libraries");
    let to = libraries.join(format!("{package}-{version}"));
    let mut excerpts = EXCERPTS.iter();
    if let Some(excerpt) = excerpts.find(|of| (of.package, of.version) == (package, version)) {
        excerpt.write(&to);
    } else if !to.exists() {
        // Complete, or not there.
        let copy = libraries.join("copy");
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir_all(&libraries).unwrap();
        let from = fetched(package, version);
        let copied = Command::new("cp")
            .args(["-r".as_ref(), from.as_os_str(), copy.as_os_str()])
            .status();
        assert!(copied.unwrap().success());
        prepare(package, version, &copy);
        fs::rename(&copy, &to).unwrap();
    }
    to
}

/// Makes what a crate needs to be built and is not in it.
fn prepare(package: &str, version: &str, folder: &Path) {
    let mut manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap() + "\n[workspace]\n";
    if package.starts_with("wasm") {
        // It halves the time and the space; what is exported is in the package itself.
        manifest += "\n[profile.dev.package.\"*\"]\ndebug = false\n";
    }
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    if (package, version) == ("quiche", "0.1.0-alpha4") {
        // It has no lock file, and its dependencies do not compile with newer ones.
        for (dependency, version) in [("cmake", "0.1.42"), ("cc", "1.0.50")] {
            let pinned = Command::new("cargo")
                .args(["update", dependency, "--precise", version])
                .current_dir(folder)
                .output()
                .unwrap();
            assert!(pinned.status.success(), "{pinned:?}");
        }
    }
    if package == "libz-rs-sys-cdylib" {
        fs::create_dir_all(folder.join("include")).unwrap();
        for header in ["zlib.h", "zconf.h"] {
            let from = fetched("libz-sys", "1.1.22").join("src/zlib").join(header);
            fs::copy(from, folder.join("include").join(header)).unwrap();
        }
    }
    // CMake makes this one, with the features for which it is asked.
    let include = folder.join("include/wasmtime");
    if let Ok(template) = fs::read_to_string(include.join("conf.h.in")) {
        let options = options(package, version).join(",").to_uppercase();
        let features = options.replace('-', "_");
        let features: Vec<&str> = features.split([',', '=']).collect();
        let lines = template.lines().map(|line| {
            let name = line.strip_prefix("#cmakedefine WASMTIME_FEATURE_");
            match name {
                Some(name) if features.contains(&name) => line.replace("cmakedefine", "define"),
                Some(_) => String::new(),
                None => line.to_owned(),
            }
        });
        let text = lines.map(|line| line + "\n").collect::<String>();
        fs::write(include.join("conf.h"), text).unwrap();
    }
}

impl Excerpt {
    fn write(&self, to: &Path) {
        let Excerpt {
            package,
            version,
            header,
            code,
            released,
        } = self;
        let mut code = (*code).to_owned();
        if let Some((file, function)) = released {
            let text = fs::read_to_string(fetched(package, version).join(file)).unwrap();
            let (_, rest) = text.split_once(&format!("fn {function}(")).unwrap();
            let (parameters, _) = rest.split_once(')').unwrap();
            let _ = writeln!(
                code,
                "#[no_mangle]\npub unsafe extern \"C\" fn {function}({parameters}) -> libra_error_t {{ \
                 let _ = (chain, param_name, out); None }}"
            );
        }
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"{version}\"\nedition = \"2021\"\n\n\
             [lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n"
        );
        fs::create_dir_all(to.join("src")).unwrap();
        fs::create_dir_all(to.join("include")).unwrap();
        fs::write(to.join("Cargo.toml"), manifest).unwrap();
        fs::write(to.join("src/lib.rs"), code).unwrap();
        let name = package.split('-').next().unwrap();
        fs::write(to.join("include").join(format!("{name}.h")), header).unwrap();
    }
}

/// What `cargo abi check` says of a crate.
fn check(package: &str, version: &str) -> String {
    let folder = folder(package, version);
    // quiche: libraries that are linked and never called.
    let linked = folder.with_file_name("bssl");
    fs::create_dir_all(linked.join("build")).unwrap();
    for archive in [
        "libcrypto.a",
        "libssl.a",
        "build/libcrypto.a",
        "build/libssl.a",
    ] {
        fs::write(linked.join(archive), "!<arch>\n").unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-abi"))
        .args(["abi", "check", "--all"])
        .args(options(package, version))
        .env("QUICHE_BSSL_PATH", folder.with_file_name("bssl"))
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(&folder)
        .output()
        .unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{package} {version}: {stderr}");
    stdout
}

/// What is known of the crates that were checked, and the seconds that it took when they were built.
#[derive(Default)]
struct Known(BTreeMap<String, (String, f64)>);

impl Known {
    fn of(&mut self, package: &str, version: &str) -> (String, f64) {
        let checked = || {
            let text = check(package, version);
            let before = seconds_of_children();
            let again = check(package, version);
            assert_eq!(again, text, "{package} {version}: twice");
            (text, seconds_of_children() - before)
        };
        let name = format!("{package}-{version}");
        self.0.entry(name).or_insert_with(checked).clone()
    }
}

/// The head of the finding of this kind that is about this place.
fn found<'t>(text: &'t str, (kind, place): (&str, &str)) -> Option<&'t str> {
    let mut head = None;
    for line in text.lines() {
        if !line.starts_with(' ') {
            head = Some(line);
        } else if line.contains(place) && head.is_some_and(|head| head.starts_with(kind)) {
            return head;
        }
    }
    None
}

/// The processor's time that the programs took which this one ran: other work on the machine does not count.
fn seconds_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program, in parentheses, may have spaces in it.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().unwrap();
    // Those of user and system, after 11 other fields and this program's own two; 100 are a second.
    (ticks(13) + ticks(14)) / 100.0
}

#[test]
#[ignore = "fetches and builds released crates: an hour"]
fn bugs_that_were_released_are_named_and_what_is_right_is_not() {
    let only = env::var("LIBRARY").unwrap_or_default();
    let is_asked_for =
        |package: &str, version: &str| format!("{package}@{version}").starts_with(&only);
    let mut table = "| crate | a program in C | `cargo abi check` says | seconds |\n\
                     | --- | --- | --- | --- |\n"
        .to_owned();
    let mut wrong = Vec::new();
    let mut known = Known::default();
    for &Bug {
        package,
        versions: [bad, good],
        harm,
        finding,
    } in BUGS
    {
        if !is_asked_for(package, bad) {
            continue;
        }
        let (text, seconds) = known.of(package, bad);
        match found(&text, finding) {
            None => wrong.push(format!("{package} {bad}: {finding:?} is not in\n{text}")),
            Some(head) => {
                let head = head.replace('|', "\\|");
                let corrected = match good {
                    "" => String::new(),
                    good => format!(" ({good})"),
                };
                let whole = EXCERPTS.iter().all(|of| of.package != package);
                let part = if whole { "" } else { ", an excerpt" };
                let row = format!(
                    "| {package} {bad}{corrected}{part} | {harm} | {head}: {} | {seconds:.1} |",
                    finding.1
                );
                println!("{row}");
                let _ = writeln!(table, "{row}");
            }
        }
        if !good.is_empty() && found(&known.of(package, good).0, finding).is_some() {
            wrong.push(format!("{package} {good}: {finding:?} was corrected"));
        }
    }
    for (package, version) in RIGHT
        .into_iter()
        .filter(|(package, version)| is_asked_for(package, version))
    {
        let (text, _) = known.of(package, version);
        if text
            .lines()
            .any(|line| line.starts_with("break[") || line.starts_with("type["))
        {
            wrong.push(format!("{package} {version}: this is right\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if only.is_empty() {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let text = fs::read_to_string(&readme).unwrap();
        let [begin, end] = ["<!-- libraries: begin -->\n", "<!-- libraries: end -->"];
        let (before, rest) = text.split_once(begin).expect("the table has a place");
        let (_, after) = rest.split_once(end).expect("the table has an end");
        fs::write(&readme, format!("{before}{begin}\n{table}\n{end}{after}")).unwrap();
    }
}
