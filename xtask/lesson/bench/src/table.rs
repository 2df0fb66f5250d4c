//! What is measured, as data: a row is a kind of call, a subject is a caller and what it calls.

/// A kind of call.
pub struct Row {
    /// Its name on the command line and for the workers; a number behind `-` is a size.
    pub id: &'static str,
    /// What it is called where it is shown.
    pub title: &'static str,
    /// The same in the heading of a column.
    pub short: &'static str,
    /// What one call does.
    pub about: &'static str,
    /// Why the subjects differ, a sentence or two; empty for rows that are in no picture.
    pub why: &'static str,
    /// What the core answers, as the callers print it; from the size. None where the core has no
    /// answer: there all have to say what the first says.
    pub answer: fn(usize) -> Option<String>,
}

pub static ROWS: &[Row] = &[
    Row {
        id: "empty",
        title: "an empty call",
        short: "empty",
        about: "hello_abi_version(): no argument, and an integer comes back",
        why: "",
        answer: |_| None,
    },
    Row {
        id: "sqrt",
        title: "a number",
        short: "number",
        about: "hello_sqrt(): a double in, a double out",
        why: "A call of C or Rust is a jump and a return; a call of Go first switches to the \
              stack of Go's runtime. From Python nearly all of the time goes into turning a float \
              into a double and back: CFFI's API mode does it in compiled code, ctypes and ABI mode \
              read a description of the types at each call, and PyO3 goes around C altogether.",
        answer: |_| Some(bits(hello_core::sqrt(2.0))),
    },
    Row {
        id: "struct",
        title: "a struct by value",
        short: "struct",
        about: "hello_root(): a double in, a struct of two doubles and a bool out",
        why: "",
        answer: |_| {
            let hello_core::Root { value, root, exact } = hello_core::root(2.25);
            Some([bits(value), bits(root), u8::from(exact).to_string()].join(" "))
        },
    },
    Row {
        id: "status",
        title: "a status and an out pointer",
        short: "status",
        about: "hello_checked_sqrt(): the result is written where a pointer points",
        why: "",
        answer: |_| Some(bits(hello_core::sqrt(2.0))),
    },
    Row {
        id: "text-16",
        title: "text of 16 bytes",
        short: "text 16 B",
        about: "hello_greet() and hello_string_free(): text in, new text out, freed",
        why: "Most of it is memory. C allocates once and checks nothing. The library checks the \
              UTF-8, writes the text twice, first to learn its length, and allocates once; Rust → \
              Rust uses `to_string`, which grows the text as it is written. From Python each CFFI \
              call also makes a `char **` for the result and a `str` of it, whatever language the \
              library is written in.",
        answer: greeting,
    },
    Row {
        id: "text-4096",
        title: "text of 4 KB",
        short: "text 4 KB",
        about: "the same with a longer name",
        why: "",
        answer: greeting,
    },
    Row {
        id: "callback",
        title: "a callback",
        short: "callback",
        about: "hello_each_root() with one number: the library calls the caller back once",
        why: "For C and Rust it is one more call, through a pointer; Rust → Rust has none, because \
              the compiler puts the visitor into the loop. For Python the way back into the \
              interpreter costs most, and pyhello puts a function of its own in between, which keeps \
              an exception until C has returned.",
        answer: |_| Some(bits(hello_core::sqrt(2.0))),
    },
    Row {
        id: "error",
        title: "an error with its message",
        short: "error",
        about: "hello_checked_sqrt(-4): it fails, and the caller reads why; in Python an exception",
        why: "",
        answer: |_| Some(hello_core::checked_sqrt(-4.0).err()?.to_string()),
    },
    slice("slice-10", "10 numbers", "10"),
    slice("slice-1000", "1000 numbers", "10³"),
    slice("slice-10000", "10 000 numbers", "10⁴"),
    slice("slice-100000", "100 000 numbers", "10⁵"),
    // More than any cache holds.
    slice("slice-10000000", "10 000 000 numbers", "10⁷"),
];

const fn slice(id: &'static str, title: &'static str, short: &'static str) -> Row {
    Row {
        id,
        title,
        short,
        about: "hello_sqrt_all(): the root of each, from one array into another",
        why: "The loop takes the time, and the call none that can be seen. What differs is how many \
              numbers the loop takes at once: `hello-cdylib` has it compiled for AVX2 as well, while \
              plain C, Rust → Rust, PyO3 and numpy use what every processor of the kind has. \
              Python alone makes an object of each number.",
        answer: checksum_of_roots,
    }
}

fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}

fn greeting(size: usize) -> Option<String> {
    let name: String = ('a'..='p').cycle().take(size).collect();
    Some(hello_core::greet(&name).to_string())
}

/// The bits of all, each weighted by its index: one that is wrong or elsewhere makes another sum.
fn checksum_of_roots(count: usize) -> Option<String> {
    let roots = (0..count).map(|index| hello_core::sqrt(index as f64 + 0.5));
    let sum = roots
        .zip((1_u64..).step_by(2))
        .fold(0, |sum: u64, (root, weight)| {
            sum.wrapping_add(root.to_bits().wrapping_mul(weight))
        });
    Some(format!("{sum:016x}"))
}

impl Row {
    /// What every subject has to answer.
    pub fn expected(&self) -> Option<String> {
        let (_, size) = self.id.split_once('-').unwrap_or_default();
        (self.answer)(size.parse().unwrap_or(0))
    }

    pub fn is_slice(&self) -> bool {
        self.id.starts_with("slice-")
    }
}

/// Whose code does the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    C,
    Rust,
    Go,
    /// numpy's or the interpreter's.
    Other,
}

/// The program that makes a subject's calls, and the library that it is built over where there are
/// several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    C(&'static str),
    Rust,
    Python,
    /// Python, through a module of CFFI in API mode.
    Cffi(&'static str),
    Pyo3,
}

/// A caller and what it calls.
pub struct Subject {
    /// Its name for the workers.
    pub id: &'static str,
    /// What it is called where it is shown.
    pub title: &'static str,
    pub by: By,
    pub about: &'static str,
    pub code: Code,
    /// Whether it is about arrays and nothing else.
    pub only_slices: bool,
}

impl Subject {
    const fn of_slices(self) -> Subject {
        Subject {
            only_slices: true,
            ..self
        }
    }

    /// Whether it could have a figure in the row.
    pub fn applies(&self, row: &Row) -> bool {
        row.is_slice() || !self.only_slices
    }

    pub fn is_from_python(&self) -> bool {
        !matches!(self.by, By::C(_) | By::Rust)
    }
}

/// What ratios are of.
pub const BASELINE: &str = "c-c";

use Code::{C, Go, Other, Rust};

#[rustfmt::skip] // A line for each.
pub static SUBJECTS: &[Subject] = &[
    one(BASELINE, "C → C", C, By::C("C"), "C calls an equal library in C: the baseline"),
    one("c-avx2", "C → C, AVX2", C, By::C("C, AVX2"), "the same C, compiled for AVX2").of_slices(),
    one("c-avx512", "C → C, AVX-512", C, By::C("C, AVX-512"), "the same C, compiled for AVX-512").of_slices(),
    one("rust", "Rust → Rust", Rust, By::Rust, "Rust calls the core, no boundary"),
    one("libloading", "Rust, libloading", Rust, By::Rust, "Rust loads our library while running"),
    one("c-rust", "C → Rust", Rust, By::C("Rust"), "C calls our library"),
    one("c-go", "C → Go", Go, By::C("Go"), "C calls an equal library of `go build -buildmode=c-shared`"),
    one("pyhello", "pyhello", Rust, By::Python, "Python calls pyhello, as this workspace has it"),
    one("prepared", "pyhello, prepared", Rust, By::Python, "with a pair of buffers seen before").of_slices(),
    one("cffi-api", "CFFI → Rust", Rust, By::Cffi("Rust"), "CFFI in API mode over our library, by hand"),
    one("cffi-abi", "CFFI, ABI mode", Rust, By::Python, "CFFI in ABI mode over our library, by hand"),
    one("ctypes", "ctypes", Rust, By::Python, "ctypes over our library, by hand"),
    one("pyo3", "PyO3", Rust, By::Pyo3, "a Python module in Rust over the core, without C in between"),
    one("cffi-c", "CFFI → C", C, By::Cffi("C"), "CFFI in API mode over the library in C, by hand"),
    one("cffi-go", "CFFI → Go", Go, By::Cffi("Go"), "CFFI in API mode over the library in Go, by hand"),
    one("numpy", "numpy", Other, By::Python, "numpy.sqrt(values, out)").of_slices(),
    one("python", "Python alone", Other, By::Python, "no boundary: the interpreter and math.sqrt"),
];

const fn one(
    id: &'static str,
    title: &'static str,
    code: Code,
    by: By,
    about: &'static str,
) -> Subject {
    Subject {
        id,
        title,
        by,
        about,
        code,
        only_slices: false,
    }
}

/// The same loop in C for each width of register that there is.
pub const C_OF_ANY_WIDTH: [&str; 3] = [BASELINE, "c-avx2", "c-avx512"];

/// The row of this name.
pub fn row(id: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.id == id)
}

/// The subject of this name.
pub fn subject(id: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|subject| subject.id == id)
}

/// What a subject is called where it is shown; the name itself if it is none.
pub fn title(id: &str) -> &str {
    subject(id).map_or(id, |subject| subject.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..index].iter().all(|other| other.id != row.id));
        }
        for (index, subject) in SUBJECTS.iter().enumerate() {
            let before = &SUBJECTS[..index];
            assert!(before.iter().all(|other| other.id != subject.id));
        }
        assert!(subject(BASELINE).is_some());
    }
}
