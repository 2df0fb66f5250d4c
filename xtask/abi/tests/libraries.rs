//! Released crates whose header was wrong: each is named in the version with the bug, and not in the one that
//! corrected it. The table in README.md is what this prints:
//!
//! cargo test --package cargo-abi --test libraries -- --ignored
//!
//! It fetches the crates with cargo, builds them, and takes about an hour; `LIBRARY=quiche` limits it to one.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

const BUGS: [Bug; 11] = [
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
const RIGHT: [(&str, &str); 3] = [
    ("rustls-ffi", "0.15.4"),
    ("rure", "0.2.5"),
    ("pathrs", "0.2.4"),
];

/// What `cargo abi check` needs to know of a crate that it does not find: a README says such things.
fn options(package: &str, version: &str) -> Vec<&'static str> {
    match package {
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
        _ => vec![],
    }
}

/// The folder of a crate, fetched by cargo and copied, with what its build needs.
fn folder(package: &str, version: &str) -> PathBuf {
    let fetched = Command::new("cargo")
        .args(["info", &format!("{package}@{version}")])
        .output()
        .unwrap();
    assert!(
        fetched.status.success(),
        "{}",
        String::from_utf8_lossy(&fetched.stderr)
    );
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| Path::new(&env::var_os("HOME").unwrap()).join(".cargo"));
    let name = format!("{package}-{version}");
    let registries = fs::read_dir(home.join("registry/src")).unwrap().flatten();
    let mut found = registries
        .map(|of| of.path().join(&name))
        .filter(|of| of.is_dir());
    let from = found.next().expect("cargo has fetched it");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("libraries")
        .join(&name);
    // quiche: libraries that are linked and never called.
    let linked = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libraries/bssl");
    fs::create_dir_all(&linked).unwrap();
    for archive in ["libcrypto.a", "libssl.a"] {
        fs::write(linked.join(archive), "!<arch>\n").unwrap();
    }
    if !to.exists() {
        let copied = Command::new("cp")
            .args(["-r".as_ref(), from.as_os_str(), to.as_os_str()])
            .status();
        assert!(copied.unwrap().success());
        let manifest = fs::read_to_string(to.join("Cargo.toml")).unwrap();
        fs::write(to.join("Cargo.toml"), manifest + "\n[workspace]\n").unwrap();
    }
    to
}

/// What `cargo abi check` says of a crate.
fn check(package: &str, version: &str) -> String {
    let folder = folder(package, version);
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

#[test]
#[ignore = "fetches and builds released crates: an hour"]
fn bugs_that_were_released_are_named_and_what_is_right_is_not() {
    let only = env::var("LIBRARY").unwrap_or_default();
    let is_asked_for = |package: &str| package.starts_with(&only);
    let mut table = "| crate | a program in C | `cargo abi check` says |\n\
                     | --- | --- | --- |\n"
        .to_owned();
    let mut wrong = Vec::new();
    for Bug {
        package,
        versions: [bad, good],
        harm,
        finding,
    } in BUGS
    {
        if !is_asked_for(package) {
            continue;
        }
        let text = check(package, bad);
        match found(&text, finding) {
            None => wrong.push(format!("{package} {bad}: {finding:?} is not in\n{text}")),
            Some(head) => {
                let head = head.replace('|', "\\|");
                let _ = writeln!(
                    table,
                    "| {package} {bad} | {harm} | {head}: {} |",
                    finding.1
                );
            }
        }
        if !good.is_empty() && found(&check(package, good), finding).is_some() {
            wrong.push(format!("{package} {good}: {finding:?} was corrected"));
        }
    }
    for (package, version) in RIGHT
        .into_iter()
        .filter(|(package, _)| is_asked_for(package))
    {
        let text = check(package, version);
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
