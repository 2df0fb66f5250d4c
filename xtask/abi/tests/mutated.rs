//! Headers and libraries that somebody damaged: no panic, no 10 seconds, no 2 GB. What a mutant is follows from
//! its number alone.
//!
//! MUTANTS=20000 cargo test --package cargo-abi --test mutated -- --ignored
#![cfg(target_os = "linux")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use cargo_abi::process::Finished;
use cargo_abi::{Abi, Headers, rust_reader, symbols};
use common::{compiler, compilers, scratch, source};

/// Xorshift: a seed gives the same numbers everywhere.
struct Random(u64);

impl Random {
    fn new(seed: usize) -> Random {
        let mut random = Random((seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.below(2);
        random
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}

/// One to four times: a byte, a number of four bytes, a piece that is copied, moved or left out.
fn mutant(original: &[u8], seed: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(40)).min(bytes.len());
        match random.below(6) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => {
                const NUMBERS: [u32; 5] = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX];
                let number = NUMBERS[random.below(NUMBERS.len())].to_le_bytes();
                bytes[at..]
                    .iter_mut()
                    .zip(number)
                    .for_each(|(byte, new)| *byte = new);
            }
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                drop(bytes.splice(to..to, piece));
            }
            _ => {
                // The size stays, as what comes after it is found by its offset.
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len() - piece.len());
                bytes[to..to + piece.len()].copy_from_slice(&piece);
            }
        }
    }
    bytes
}

/// How many, and from which on.
fn range(usual: usize) -> Range<usize> {
    let number = |name: &str| env::var(name).ok().map(|number| number.parse().unwrap());
    let first = number("FIRST").unwrap_or(0);
    first..first + number("MUTANTS").unwrap_or(usual)
}

/// Runs a worker of this program with 2 GB at most.
fn with_two_gigabytes(worker: &str) {
    let program = env::current_exe().unwrap();
    let line = "ulimit -v 2097152 && exec \"$0\" --exact --include-ignored --nocapture \"$1\"";
    let mut command = Command::new("bash");
    command
        .args(["-c", line])
        .arg(program)
        .arg(worker)
        .env("WORKER", "1");
    // What each error would carry takes longer than to find it.
    command.env("RUST_BACKTRACE", "0");
    let output = command.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{stderr}"
    );
}

/// Looks at each mutant in a thread that has the stack which the command has, and waits 10 seconds for each.
fn each(mutants: Range<usize>, look: impl Fn(usize) + Send + 'static) {
    if env::var_os("WORKER").is_none() {
        return; // It has no limit here.
    }
    let (sender, receiver) = channel();
    let expected = mutants.clone();
    let work = move || {
        for seed in mutants {
            look(seed);
            sender.send(seed).unwrap();
        }
    };
    let worker = thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(work)
        .unwrap();
    for seed in expected {
        let done = receiver.recv_timeout(Duration::from_secs(10));
        assert_eq!(
            done.ok(),
            Some(seed),
            "this mutant takes 10 seconds or ends it"
        );
    }
    worker.join().unwrap();
}

/// A small library: without the standard one, whose debug information is a hundred times larger.
fn library() -> PathBuf {
    let folder = scratch("library");
    let file = folder.join("small.rs");
    let text = source("sample.rs");
    let types = "#[repr(C)] pub struct Node { pub next: *const Node, pub kind: Kind, pub part: Part }\n\
                 #[repr(u32)] pub enum Kind { A = 1, B = 7 }\n\
                 #[repr(C)] pub union Part { pub number: u64, pub text: *const u8 }\n\
                 #[unsafe(no_mangle)] pub extern \"C\" fn small_walk(node: *const Node, kind: Kind, \
                 each: Option<extern \"C\" fn(&Node, [u8; 4]) -> bool>) -> Part { let _ = (node, kind, each); \
                 Part { number: 0 } }\n\
                 #[unsafe(no_mangle)] pub static SMALL: [u16; 3] = [1, 2, 3];\n";
    assert!(text.contains("extern \"C\""));
    fs::write(&file, format!("#![no_std]\n#[panic_handler] fn panic(_: &core::panic::PanicInfo<'_>) -> ! {{ loop {{}} }}\n{types}")).unwrap();
    let library = folder.join("libsmall.so");
    let status = Command::new("rustc")
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "cdylib",
            "-Cdebuginfo=2",
            "-Cpanic=abort",
            "-o",
        ])
        .args([&library, &file])
        .status();
    assert!(status.unwrap().success());
    library
}

#[test]
fn a_damaged_library_is_refused_or_read() {
    with_two_gigabytes("damaged_libraries");
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn damaged_libraries() {
    let library = library();
    let original = fs::read(&library).unwrap();
    let header = "struct Node size 24 align 8\nstruct Node .next @0 *const Node\nfn small_walk(*const Node)\n";
    let header = Abi::parse(header).unwrap();
    let exported: BTreeSet<String> = symbols::exported(&library).unwrap();
    assert_eq!(exported.len(), 2, "{exported:?}");
    assert!(
        rust_reader(&library, &exported, &header, &BTreeMap::new())
            .unwrap()
            .abi
            .functions
            .len()
            == 1
    );
    each(range(150), move |seed| {
        let damaged = library.with_file_name(format!("damaged-{}.so", seed % 2));
        fs::write(&damaged, mutant(&original, seed)).unwrap();
        let _ = symbols::exported(&damaged);
        let _ = symbols::versions(&damaged);
        let _ = rust_reader(&damaged, &exported, &header, &BTreeMap::new());
    });
}

#[test]
fn a_damaged_header_is_refused_or_read() {
    with_two_gigabytes("damaged_headers");
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn damaged_headers() {
    let folder = scratch("headers");
    let original = source("sample.h").into_bytes();
    each(range(20), move |seed| {
        let header = folder.join("sample.h");
        fs::write(&header, mutant(&original, seed)).unwrap();
        let name = &compilers()[0];
        let run = compiler(name);
        let _ = Headers::one(&header).read(&run, &folder.join("scratch"));
    });
}

/// The same behind the compiler, which refuses most of what is damaged: what its preprocessor prints is damaged.
#[test]
fn a_damaged_output_of_the_preprocessor_is_refused_or_read() {
    with_two_gigabytes("damaged_outputs");
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn damaged_outputs() {
    let folder = scratch("outputs");
    let header = folder.join("sample.h");
    fs::write(&header, source("sample.h")).unwrap();
    let name = &compilers()[0];
    let real = compiler(name);
    let arguments = ["-E", "-dD", "-dI"].map(OsString::from);
    let file = |path: &Path| [OsString::from(path)];
    let output = real(&[&arguments[..], &file(&header)].concat()).unwrap();
    let original = output.stdout.into_bytes();
    assert!(original.len() > 1_000);
    each(range(1_000), move |seed| {
        let text = String::from_utf8_lossy(&mutant(&original, seed)).into_owned();
        let run = |arguments: &[OsString]| {
            Ok(Finished {
                success: arguments[0] == "-E",
                stdout: text.clone(),
                stderr: String::new(),
                report: "refused".to_owned(),
            })
        };
        let read = Headers::one(&header).read(&run, &folder.join("scratch"));
        assert!(read.is_err(), "nothing was compiled");
    });
}
