//! What is measured, as data: a row is a kind of call, a contender is a caller and what it calls.

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
}

pub static ROWS: &[Row] = &[
    Row {
        id: "empty",
        title: "an empty call",
        short: "empty",
        about: "hello_abi_version(): no argument, and an integer comes back",
    },
    Row {
        id: "sqrt",
        title: "a number",
        short: "number",
        about: "hello_sqrt(): a double in, a double out",
    },
    Row {
        id: "struct",
        title: "a struct by value",
        short: "struct",
        about: "hello_root(): a double in, a struct of two doubles and a bool out",
    },
    Row {
        id: "status",
        title: "a status and an out pointer",
        short: "status",
        about: "hello_checked_sqrt(): the result is written where a pointer points",
    },
    Row {
        id: "text-16",
        title: "text of 16 bytes",
        short: "text 16 B",
        about: "hello_greet() and hello_string_free(): text in, new text out, freed",
    },
    Row {
        id: "text-4096",
        title: "text of 4 KB",
        short: "text 4 KB",
        about: "the same with a longer name",
    },
    Row {
        id: "callback",
        title: "a callback",
        short: "callback",
        about: "hello_each_root() with one number: the library calls the caller back once",
    },
    Row {
        id: "error",
        title: "an error with its message",
        short: "error",
        about: "hello_checked_sqrt(-4): it fails, and the caller reads why; in Python an exception",
    },
    Row {
        id: "slice-10",
        title: "10 numbers",
        short: "10",
        about: "hello_sqrt_all(): the root of each, from one array into another",
    },
    Row {
        id: "slice-1000",
        title: "1000 numbers",
        short: "10³",
        about: "hello_sqrt_all(): the root of each, from one array into another",
    },
    Row {
        id: "slice-10000",
        title: "10 000 numbers",
        short: "10⁴",
        about: "hello_sqrt_all(): the root of each, from one array into another",
    },
    Row {
        id: "slice-100000",
        title: "100 000 numbers",
        short: "10⁵",
        about: "hello_sqrt_all(): the root of each, from one array into another",
    },
    Row {
        id: "slice-10000000",
        title: "10 000 000 numbers",
        short: "10⁷",
        about: "hello_sqrt_all() of more than any cache holds",
    },
];

/// Whose code does the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    C,
    Rust,
    Go,
    /// numpy's or the interpreter's.
    Other,
}

/// A caller and what it calls.
pub struct Contender {
    /// Its name for the workers.
    pub id: &'static str,
    /// What it is called where it is shown.
    pub title: &'static str,
    pub about: &'static str,
    pub code: Code,
    pub from_python: bool,
}

/// What ratios are of.
pub const FLOOR: &str = "c-c";

pub static CONTENDERS: &[Contender] = &[
    Contender {
        id: FLOOR,
        title: "C → C",
        about: "C calls an equal function in a shared library written in C: the floor",
        code: Code::C,
        from_python: false,
    },
    Contender {
        id: "rust",
        title: "Rust → Rust",
        about: "Rust calls the core, no boundary",
        code: Code::Rust,
        from_python: false,
    },
    Contender {
        id: "libloading",
        title: "Rust, libloading",
        about: "Rust loads our library while running and calls it",
        code: Code::Rust,
        from_python: false,
    },
    Contender {
        id: "c-rust",
        title: "C → Rust",
        about: "C calls our library",
        code: Code::Rust,
        from_python: false,
    },
    Contender {
        id: "c-go",
        title: "C → Go",
        about: "C calls an equal library made by `go build -buildmode=c-shared`",
        code: Code::Go,
        from_python: false,
    },
    Contender {
        id: "pyhello",
        title: "pyhello",
        about: "Python calls pyhello, as this workspace has it",
        code: Code::Rust,
        from_python: true,
    },
    Contender {
        id: "prepared",
        title: "pyhello, prepared",
        about: "the same with a pair of buffers that it has looked at before",
        code: Code::Rust,
        from_python: true,
    },
    Contender {
        id: "cffi-api",
        title: "CFFI → Rust",
        about: "CFFI in API mode over our library, by hand",
        code: Code::Rust,
        from_python: true,
    },
    Contender {
        id: "cffi-abi",
        title: "CFFI, ABI mode",
        about: "CFFI in ABI mode over our library, by hand",
        code: Code::Rust,
        from_python: true,
    },
    Contender {
        id: "ctypes",
        title: "ctypes",
        about: "ctypes over our library, by hand",
        code: Code::Rust,
        from_python: true,
    },
    Contender {
        id: "pyo3",
        title: "PyO3",
        about: "a Python module written in Rust over the core, without C in between",
        code: Code::Rust,
        from_python: true,
    },
    Contender {
        id: "cffi-c",
        title: "CFFI → C",
        about: "CFFI in API mode over the library in C, by hand",
        code: Code::C,
        from_python: true,
    },
    Contender {
        id: "cffi-go",
        title: "CFFI → Go",
        about: "CFFI in API mode over the library in Go, by hand",
        code: Code::Go,
        from_python: true,
    },
    Contender {
        id: "numpy",
        title: "numpy",
        about: "numpy.sqrt(values, out=roots)",
        code: Code::Other,
        from_python: true,
    },
    Contender {
        id: "python",
        title: "Python alone",
        about: "no boundary: the interpreter and math.sqrt",
        code: Code::Other,
        from_python: true,
    },
];

/// The row of this name.
pub fn row(id: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.id == id)
}

/// The contender of this name.
pub fn contender(id: &str) -> Option<&'static Contender> {
    CONTENDERS.iter().find(|contender| contender.id == id)
}

/// What a contender is called where it is shown; the name itself if it is none.
pub fn title(id: &str) -> &str {
    contender(id).map_or(id, |contender| contender.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..index].iter().all(|other| other.id != row.id));
        }
        for (index, contender) in CONTENDERS.iter().enumerate() {
            let before = &CONTENDERS[..index];
            assert!(before.iter().all(|other| other.id != contender.id));
        }
        assert!(contender(FLOOR).is_some());
    }
}
