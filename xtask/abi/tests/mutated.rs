//! Headers and libraries that somebody damaged: no panic, no 10 seconds, no 2 GB. What a mutant is follows from
//! its number alone. One worker for each core looks at them. The large numbers, minutes of two cores each:
//!
//! MUTANTS=200000 cargo test --package cargo-abi --test mutated -- --nocapture damaged_answer
//! MUTANTS=20000 cargo test --package cargo-abi --test mutated -- --nocapture damaged_library
#![cfg(target_os = "linux")]

mod common;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use cargo_abi::hostile::{Conventions, Interface, Tables, special};
use cargo_abi::process::Finished;
use cargo_abi::{Abi, Headers, RustLibrary, rust_reader, symbols};
use common::{compiler, compilers, scratch, source};
use object::{Object as _, ObjectSection as _};

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
        if bytes.is_empty() {
            break;
        }
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

/// Those of this worker, which is one of several: how many there are, and from which number on.
fn mutants(usual: usize) -> Vec<usize> {
    let number = |name: &str| env::var(name).ok().map(|number| number.parse().unwrap());
    let first = number("FIRST").unwrap_or(0);
    own(first..first + number("MUTANTS").unwrap_or(usual))
}

fn own(all: Range<usize>) -> Vec<usize> {
    let number = |name: &str| env::var(name).unwrap().parse().unwrap();
    let own = all.skip(number("WORKER"));
    own.step_by(number("WORKERS")).collect()
}

/// Runs a test of this program as several workers, each with 2 GB at most.
fn with_two_gigabytes(worker: &str) {
    let program = env::current_exe().unwrap();
    let line = "ulimit -v 2097152 && exec \"$0\" --exact --include-ignored --nocapture \"$1\"";
    let count = thread::available_parallelism().map_or(1, usize::from);
    let started = (0..count).map(|number| {
        let mut command = Command::new("bash");
        command.args(["-c", line]).arg(&program).arg(worker);
        command.env("WORKER", number.to_string());
        command.env("WORKERS", count.to_string());
        // What each error would carry takes longer than to find it.
        command.env("RUST_BACKTRACE", "0");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    for child in started.collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(
            output.status.success() && stdout.contains("1 passed"),
            "{stdout}{stderr}"
        );
        let done = stdout.lines().find(|line| line.contains(" mutants"));
        println!("{worker}: {}", done.expect("it says how many it looked at"));
    }
}

/// Whether this is a worker, with its limit.
fn is_worker() -> bool {
    env::var_os("WORKER").is_some()
}

/// A folder of this worker alone.
fn own_folder(name: &str) -> PathBuf {
    scratch(&format!("{name} {}", env::var("WORKER").unwrap()))
}

/// Looks at each mutant in a thread that has the stack which the command has, and waits 10 seconds for each.
fn each(mutants: Vec<usize>, look: impl Fn(usize) + Send + 'static) {
    let begin = Instant::now();
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
    for seed in &expected {
        let done = receiver.recv_timeout(Duration::from_secs(10));
        assert_eq!(
            done.ok(),
            Some(*seed),
            "this mutant takes 10 seconds or ends it"
        );
    }
    worker.join().unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let seconds = begin.elapsed().as_secs();
    println!(
        "{} mutants, {seconds} s, {}",
        expected.len(),
        peak.unwrap().trim()
    );
}

/// A small library, and its reader: without the standard one, whose debug information is a hundred times larger.
fn library() -> (PathBuf, impl Fn(&Path) -> anyhow::Result<RustLibrary>) {
    let folder = own_folder("library");
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
    let header = "struct Node size 24 align 8\nstruct Node .next @0 *const Node\nfn small_walk(*const Node)\n";
    let header = Abi::parse(header).unwrap();
    let exported: BTreeSet<String> = symbols::exported(&library).unwrap();
    assert_eq!(exported.len(), 2, "{exported:?}");
    let read = move |library: &Path| rust_reader(library, &exported, &header, &BTreeMap::new());
    assert_eq!(read(&library).unwrap().abi.functions.len(), 1);
    (library, read)
}

#[test]
fn a_damaged_library_is_refused_or_read() {
    with_two_gigabytes("damaged_libraries");
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn damaged_libraries() {
    if !is_worker() {
        return;
    }
    let (library, read) = library();
    let original = fs::read(&library).unwrap();
    each(mutants(150), move |seed| {
        let damaged = library.with_file_name(format!("damaged-{}.so", seed % 2));
        let _ = fs::remove_file(&damaged);
        fs::write(&damaged, mutant(&original, seed)).unwrap();
        let _ = symbols::exported(&damaged);
        let _ = symbols::elf(&damaged);
        let _ = read(&damaged);
    });
}

#[test]
fn a_damaged_header_is_refused_or_read() {
    with_two_gigabytes("damaged_headers");
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn damaged_headers() {
    if !is_worker() {
        return;
    }
    let folder = own_folder("headers");
    let original = source("sample.h").into_bytes();
    each(mutants(20), move |seed| {
        let header = folder.join("sample.h");
        fs::write(&header, mutant(&original, seed)).unwrap();
        let name = &compilers()[0];
        let run = compiler(name);
        let _ = Headers::one(&header).read(&run, &folder.join("scratch"));
    });
}

/// The same behind the compiler, which refuses most of what is damaged: of what it answers, something is damaged.
#[test]
fn a_damaged_answer_of_the_compiler_is_refused_or_read() {
    with_two_gigabytes("damaged_answers");
}

/// What the compiler answers about one source: what it prints, and the object.
type Answers = BTreeMap<PathBuf, (Finished, Vec<u8>)>;

/// Asks the compiler about a header, and keeps what it answers.
fn answers(header: &Path, scratch: &Path) -> Answers {
    let answers = RefCell::new(Answers::new());
    let name = &compilers()[0];
    let real = compiler(name);
    let keep = |arguments: &[OsString]| {
        let finished = real(arguments)?;
        let source = asked(arguments);
        let object = fs::read(source.with_extension("o")).unwrap_or_default();
        let answer = (finished.clone(), object);
        answers.borrow_mut().insert(source, answer);
        Ok(finished)
    };
    Headers::one(header).read(&keep, scratch).unwrap();
    answers.into_inner()
}

/// The source that the compiler is asked about.
fn asked(arguments: &[OsString]) -> PathBuf {
    let mut files = arguments.iter().map(Path::new);
    let source = files.find(|file| file.extension() == Some("c".as_ref()));
    source.expect("a source").to_owned()
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn damaged_answers() {
    if !is_worker() {
        return;
    }
    let folder = own_folder("answers");
    let (header, scratch) = (folder.join("sample.h"), folder.join("scratch"));
    let text = source("sample.h");
    fs::write(&header, &text).unwrap();
    let answers = answers(&header, &scratch);
    let read = move |seed: Option<usize>| {
        // A file that is written again waits for the disk, a new one does not.
        let _ = fs::remove_dir_all(&scratch);
        // A third each: what it prints, the objects, the header's text.
        let damaged = |which: usize, bytes: &[u8]| match seed {
            Some(seed) if seed % 3 == which => mutant(bytes, seed / 3),
            _ => bytes.to_owned(),
        };
        let run = |arguments: &[OsString]| {
            let source = asked(arguments);
            let (finished, object) = &answers[&source];
            fs::write(source.with_extension("o"), damaged(1, object))?;
            let stdout = damaged(0, finished.stdout.as_bytes());
            Ok(Finished {
                stdout: String::from_utf8_lossy(&stdout).into_owned(),
                ..finished.clone()
            })
        };
        let abi = Headers::one(&header).read(&run, &scratch)?;
        let text = damaged(2, text.as_bytes());
        let text = String::from_utf8_lossy(&text);
        let interface = Interface::new(abi, &text, Conventions::default());
        let calls = (0..interface.functions.len()).map(|at| special::calls(&interface, at).len());
        let calls: usize = calls.sum();
        anyhow::Ok((Tables::new(&interface).source, calls))
    };
    let (generated, calls) = read(None).unwrap();
    assert!(generated.len() > 1_000 && calls > 10, "{generated}");
    each(mutants(1_000), move |seed| drop(read(Some(seed))));
}

/// Debug information in which each type leads to each: a struct in itself, a `typedef` of itself.
#[test]
fn types_that_lead_to_themselves_are_refused_or_read() {
    with_two_gigabytes("circles_in_c");
    with_two_gigabytes("circles_in_rust");
}

/// Files in which one of the numbers that may say where a type is, in the debug information, is another of them.
struct Circles {
    original: Vec<u8>,
    places: Vec<usize>,
    numbers: Vec<u32>,
}

impl Circles {
    fn of(original: Vec<u8>) -> Circles {
        let file = object::File::parse(&*original).unwrap();
        let section = file.section_by_name(".debug_info").unwrap();
        let (start, size) = section.file_range().unwrap();
        let bytes = |at: usize| original[at..at + 4].try_into().unwrap();
        let number = |at: usize| u32::from_le_bytes(bytes(at));
        let places = start as usize..(start + size) as usize - 4;
        // What the unit itself begins with is no type.
        let is_one = |at: &usize| (12..size).contains(&number(*at).into());
        let places: Vec<usize> = places.filter(is_one).collect();
        let numbers: BTreeSet<u32> = places.iter().map(|at| number(*at)).collect();
        Circles {
            numbers: numbers.into_iter().collect(),
            places,
            original,
        }
    }

    fn count(&self) -> usize {
        self.places.len() * self.numbers.len()
    }

    fn get(&self, index: usize) -> Vec<u8> {
        let number = self.numbers[index % self.numbers.len()];
        let at = self.places[index / self.numbers.len()];
        let mut file = self.original.clone();
        file[at..at + 4].copy_from_slice(&number.to_le_bytes());
        file
    }
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn circles_in_c() {
    const TEXT: &str = "typedef struct Node { struct Node *next; int (*visit)(struct Node *); } Node;\n\
                        typedef Node *List;\ntypedef List Lists[2];\nenum Kind { A, B };\n\
                        union Part { Lists *lists; enum Kind kind; };\n\
                        List walk(const Node *, union Part, enum Kind);\n";
    if !is_worker() {
        return;
    }
    let folder = own_folder("circles");
    let (header, scratch) = (folder.join("nodes.h"), folder.join("scratch"));
    fs::write(&header, TEXT).unwrap();
    let answers = answers(&header, &scratch);
    let object = answers[&scratch.join("declarations.c")].1.clone();
    let read = move |object: &[u8]| {
        let _ = fs::remove_dir_all(&scratch);
        let run = |arguments: &[OsString]| {
            let source = asked(arguments);
            let (finished, aligned) = &answers[&source];
            let is_it = source.ends_with("declarations.c");
            let object = if is_it { object } else { aligned };
            fs::write(source.with_extension("o"), object)?;
            Ok(finished.clone())
        };
        Headers::one(&header).read(&run, &scratch)
    };
    assert_eq!(read(&object).unwrap().functions.len(), 1);
    let circles = Circles::of(object);
    assert!(circles.count() > 500);
    let own = own(0..circles.count());
    each(own, move |seed| drop(read(&circles.get(seed))));
}

#[test]
#[ignore = "the test above runs it, with a limit"]
fn circles_in_rust() {
    if !is_worker() {
        return;
    }
    let (library, read) = library();
    let circles = Circles::of(fs::read(&library).unwrap());
    assert!(circles.count() > 10_000);
    let damaged = library.with_extension("damaged");
    // Some of them, from everywhere.
    each(mutants(300), move |seed| {
        let _ = fs::remove_file(&damaged);
        fs::write(&damaged, circles.get(seed * 1_009 % circles.count())).unwrap();
        let _ = read(&damaged);
    });
}
