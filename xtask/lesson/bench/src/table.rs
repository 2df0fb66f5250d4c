//! What is measured, as data: a row is a kind of call, a subject is a caller and what it calls.

use serde::Serialize;

/// A kind of call.
#[derive(Serialize)]
pub struct Row {
    /// Its name on the command line; a number behind `-` is a size.
    pub id: &'static str,
    /// What it is called where it is shown.
    pub title: &'static str,
    /// What one call does.
    pub about: &'static str,
    /// What every subject has to answer; `NAME` is a name of the row's size.
    pub answer: &'static str,
    /// How many calls are counted at least, where instructions are; 0 is none.
    pub counted: u32,
    /// The subjects that it is for, if they are few: without one of them, it is for none.
    pub only: &'static [&'static str],
}

/// A caller and what it calls.
#[derive(Serialize)]
pub struct Subject {
    pub id: &'static str,
    /// What it is called where it is shown.
    pub title: &'static str,
    pub about: &'static str,
    /// What the rows that it is for begin with.
    pub only: &'static str,
}

const ARRAY: &str = "hello_sqrt_all(): the root of each, from one array into another";
const TEXT: &str = "hello_greet() and hello_string_free(): text in, new text out, freed";
const COLUMN: &str = "hello_sqrt_column(): the root of each in a column, which is a new one";
const OF_COLUMNS: &[&str] = &["pyhello", "numpy", "pyarrow"];

#[rustfmt::skip] // A line for each.
pub static ROWS: &[Row] = &[
    Row { id: "empty", title: "empty", about: "hello_abi_version(): no argument, and an integer comes back", answer: "1", counted: 2000, only: &[] },
    Row { id: "number", title: "number", about: "hello_sqrt(): a double in, a double out", answer: "1.4142135623730951", counted: 2000, only: &[] },
    Row { id: "struct", title: "struct", about: "hello_root(): a struct of two doubles and a bool by value", answer: "2.25 1.5 1", counted: 2000, only: &[] },
    Row { id: "text-16", title: "text 16 B", about: TEXT, answer: "Hello, NAME!", counted: 2000, only: &[] },
    Row { id: "text-4096", title: "text 4 KB", about: TEXT, answer: "Hello, NAME!", counted: 1000, only: &[] },
    Row { id: "array-10", title: "10 roots", about: ARRAY, answer: "every root", counted: 1000, only: &[] },
    Row { id: "array-10000", title: "10⁴ roots", about: ARRAY, answer: "every root", counted: 4, only: &[] },
    Row { id: "array-1000000", title: "10⁶ roots", about: ARRAY, answer: "every root", counted: 0, only: &[] },
    Row { id: "column-10", title: "10 in a column", about: COLUMN, answer: "every root", counted: 1000, only: OF_COLUMNS },
    Row { id: "column-1000000", title: "10⁶ in a column", about: COLUMN, answer: "every root", counted: 0, only: OF_COLUMNS },
    Row { id: "callback", title: "callback", about: "hello_each_root(): the library calls the caller back once", answer: "8", counted: 1000, only: &[] },
    Row { id: "handle", title: "handle", about: "hello_greeter_greet(): a call on what lives between calls", answer: "Good morning, Ada!", counted: 1000, only: &[] },
    Row { id: "error", title: "error", about: "hello_checked_sqrt(-4): it fails, and the caller reads why", answer: "-4.0 has no real square root", counted: 500, only: &[] },
];

#[rustfmt::skip]
pub static SUBJECTS: &[Subject] = &[
    Subject { id: "c-c", title: "C → C", about: "C calls an equal library in C, which checks UTF-8 as well", only: "" },
    Subject { id: "c-unchecked", title: "C → C, unchecked", about: "the same, which does not look at UTF-8", only: "text" },
    Subject { id: "c-rust", title: "C → Rust", about: "C calls our library", only: "" },
    Subject { id: "c-go", title: "C → Go", about: "C calls an equal library of `go build -buildmode=c-shared`", only: "" },
    Subject { id: "pyhello", title: "pyhello", about: "Python calls pyhello, as this workspace has it", only: "" },
    Subject { id: "cffi-rust", title: "CFFI → Rust", about: "CFFI in API mode over our library, by hand", only: "" },
    Subject { id: "cffi-c", title: "CFFI → C", about: "CFFI in API mode over the library in C, by hand", only: "" },
    Subject { id: "ctypes", title: "ctypes → Rust", about: "ctypes over our library, by hand", only: "" },
    Subject { id: "pyo3", title: "PyO3", about: "a Python module in Rust over the core, without C in between", only: "" },
    Subject { id: "numpy", title: "numpy", about: "numpy.sqrt(values, out), and numpy.sqrt(values) for a column", only: "array" },
    Subject { id: "pyarrow", title: "pyarrow", about: "pyarrow.compute.sqrt(column)", only: "column" },
    Subject { id: "python", title: "Python alone", about: "no boundary: the interpreter and math.sqrt", only: "" },
];

/// Ratios that have to hold, between two whose work is the same: the row, of whom, to whom, at most.
pub static BOUNDS: &[(&str, &str, &str, f64)] = &[
    ("text-16", "c-rust", "c-c", 2.0),
    ("text-4096", "c-rust", "c-c", 2.0),
    ("array-10000", "c-rust", "c-c", 1.05),
    ("array-1000000", "c-rust", "c-c", 1.05),
    ("column-1000000", "pyhello", "numpy", 1.05),
    ("text-16", "pyhello", "cffi-c", 1.1),
    ("text-4096", "pyhello", "cffi-c", 1.1),
];
