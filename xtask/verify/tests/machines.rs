//! Mistakes that x86-64 does not see: on another machine they are seen, and said in words.
//!
//! `cargo test --package abi-verify --test machines -- --ignored --nocapture` tries each for which this
//! machine can build and run, and says what the others lack.

#[path = "../../src/library.rs"]
mod library;

use abi_stages::cli::{self, Request};
use abi_stages::workspace::{self, Workspace};
use abi_verify::copy::{self, Copy};
use abi_verify::machines::MACHINES;

struct Mistake {
    about: &'static str,
    target: &'static str,
    edits: &'static [(&'static str, &'static str, &'static str)],
    words: &'static [&'static str],
}

const MISTAKES: [Mistake; 4] = [
    Mistake {
        about: "the width of a pointer: a length is taken to have 64 bits",
        target: "i686-unknown-linux-gnu",
        edits: &[(
            "hello-cdylib/boundary/src/arrays.rs",
            "let fits = count
        .checked_mul(size_of::<T>())
        .filter(|bytes| isize::try_from(*bytes).is_ok())
        .is_some_and(|bytes| pointer.addr().checked_add(bytes).is_some());",
            "let fits = (count as u64)
        .checked_mul(size_of::<T>() as u64)
        .filter(|bytes| i64::try_from(*bytes).is_ok())
        .is_some_and(|bytes| (pointer.addr() as u64).checked_add(bytes).is_some());",
        )],
        words: &["SIZE_MAX, visitor, context) ended the process", "SIGSEGV"],
    },
    Mistake {
        about: "alignment: a double is taken to align to 8",
        target: "i686-unknown-linux-gnu",
        edits: &[(
            "hello-cdylib/src/crossing/structure.rs",
            "#[repr(C)]",
            "#[repr(C, align(8))]",
        )],
        words: &[
            "struct `HelloRoot`",
            "Rust alignment 8, hello.h alignment 4",
        ],
    },
    Mistake {
        about: "the order of bytes: the lowest is taken to be the first",
        target: "s390x-unknown-linux-gnu",
        edits: &[(
            "hello-core/src/root.rs",
            "let bits = root.to_bits();",
            "let bits = u64::from_le_bytes(root.to_ne_bytes());",
        )],
        words: &["hello_root(inf)", "exact: true}", "exact: false}"],
    },
    Mistake {
        about: "the sign of `char`: a byte above 127 is taken to be below 0",
        target: "aarch64-unknown-linux-gnu",
        edits: &[(
            "hello-cdylib/boundary/src/argument.rs",
            "if text.to_bytes().is_ascii() {",
            "if text.to_bytes().iter().all(|byte| *byte as std::ffi::c_char >= 0) {",
        )],
        words: &["HELLO_STATUS_INVALID_UTF8", "HELLO_STATUS_OK"],
    },
];

#[test]
#[ignore = "minutes: builds the library for other machines"]
fn what_x86_64_does_not_see_is_seen_on_another_machine() {
    let workspace = Workspace::locate(&library::LIBRARY).unwrap();
    abi_verify::add(vec![]);
    let copy = Copy::in_folder(&workspace, "faults/machines").unwrap();
    for mistake in &MISTAKES {
        copy.restore().unwrap();
        for (file, old, new) in mistake.edits {
            copy.edit(file, old, new).unwrap();
        }
        let about = mistake.about;
        match seen(&copy.workspace, mistake.target) {
            None => println!("skipped: {about}: what {} lacks is above", mistake.target),
            Some(told) => {
                let unsaid = copy::unsaid(&told, mistake.words);
                assert!(
                    unsaid.is_empty(),
                    "{about}: {unsaid:?} is not said in:\n{told}"
                );
                if cfg!(target_arch = "x86_64") {
                    let here = copy.check("c/cases-shared").unwrap();
                    assert_eq!(here, "", "{about}: it is seen on x86-64 as well");
                }
                println!("seen on {}: {about}", mistake.target);
            }
        }
    }
    copy.restore().unwrap();
}

/// What `cargo xtask machines` says of a target, in its report; nothing if this machine cannot build or run for
/// it, which it prints.
fn seen(workspace: &Workspace, target: &str) -> Option<String> {
    let file = workspace.target().join("machines.xml");
    let line = ["machines", target, "--junit", file.to_str().unwrap()];
    let line = line.map(Into::into);
    let Ok(Request::Run(command, arguments)) = cli::parse(&[&MACHINES], &[], line) else {
        panic!("not understood");
    };
    (command.run)(workspace, &arguments).unwrap();
    let told = workspace::read(&file).unwrap();
    let is_lacking = ["nothing is built for it here", "does not run here"];
    (!is_lacking.iter().any(|words| told.contains(words))).then_some(told)
}
