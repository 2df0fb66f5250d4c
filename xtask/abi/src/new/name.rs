//! Which names a library may have.
//!
//! The name becomes a crate, a header, a prefix of C functions and constants, a file that the linker looks
//! for as `-lNAME`, and the Python module `pyNAME`: it has to be good for all of them.

use abi_stages::cli::usage_error;
use anyhow::{Result, bail};

/// Who has a name already, and which, with a space between them.
const TAKEN: [(&str, &str); 5] = [
    (
        "a crate that comes with Rust",
        "alloc core proc_macro std test",
    ),
    (
        "a header of the system, for which a compiler would take it",
        "assert complex ctype dirent dlfcn errno fcntl fenv float inttypes iso646 limits locale malloc math \
         memory poll pwd regex sched search semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool \
         stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar unistd utime wchar \
         wctype",
    ),
    (
        "a library of the system, which the linker would take for it",
        "anl asan atomic bsd c crypt dl gcc gcc_s gomp iconv kernel32 m mvec ncurses ntdll nsl pthread \
         readline resolv rt ssl stdc system tsan ubsan user32 util uuid z",
    ),
    (
        "a module that Python's tools import, or Python, for which its files would be taken",
        "abc argparse array ast atexit base64 bdb binascii bisect builtins bz2 calendar cffi codecs \
         collections compression concurrent configparser contextlib contextvars copy copyreg csv ctypes \
         dataclasses datetime decimal difflib dis email fnmatch fractions functools gc getopt gettext glob \
         grp gzip hashlib heapq html http hypothesis importlib inspect io ipaddress itertools json keyword \
         linecache locale logging lzma marshal multiprocessing mypy numbers numpy os pathlib pickle pip \
         pkgutil platform posix pprint pwd py pycparser pytest python queue quopri random re reprlib select \
         selectors setuptools shlex shutil site socket stat subprocess support sys sysconfig tarfile \
         tempfile textwrap threading token tokenize tomllib traceback types typing unicodedata unittest \
         urllib warnings weakref xml zipfile zipimport zlib zoneinfo",
    ),
    ("the workspace's own tool", "xtask"),
];

const RULE: &str = "next: take lower-case ASCII letters, digits and single `_`, a letter first, as in \
                    `cargo abi new acme ../acme`";

/// A usage error unless `name` can be a library's.
pub fn check(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_in = |(_, names): &&(&str, &str)| names.split(' ').any(|it| it == name);
    let why = if name.is_empty() {
        "a library has to have one".to_owned()
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it does not begin with a small letter".to_owned()
    } else if let Some(other) = name.chars().find(|c| !allowed(*c)) {
        format!("it has a `{other}` in it")
    } else if name.contains("__") || name.ends_with('_') {
        // `a__b` is reserved in C++, and `a_` would make functions with two.
        "its functions would have `__` in theirs, which C++ reserves".to_owned()
    } else if syn::parse_str::<syn::Ident>(name).is_err() {
        "it is a keyword of Rust".to_owned()
    } else if let Some((by, _)) = TAKEN.iter().find(is_in) {
        format!("it is {by}")
    } else {
        return Ok(());
    };
    bail!(usage_error(format!(
        "`{name}` cannot be a library's name: {why}\n{RULE}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_has_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "has to have one"),
            ("9x", "does not begin with a small letter"),
            ("My-Lib", "does not begin with a small letter"),
            ("my-lib", "has a `-` in it"),
            ("z\u{e4}hler", "has a `\u{e4}` in it"),
            ("a__b", "C++ reserves"),
            ("fn", "a keyword of Rust"),
            ("time", "a header of the system"),
            ("c", "a library of the system"),
            ("json", "a module that Python's tools import"),
            ("python", "or Python, for which"),
            ("core", "a crate that comes with Rust"),
            ("xtask", "the workspace's own tool"),
        ] {
            let said = check(name)
                .err()
                .unwrap_or_else(|| panic!("`{name}` was taken"));
            assert!(said.to_string().contains(reason), "{said}");
        }
    }

    #[test]
    fn an_ordinary_name_is_taken() {
        for name in ["acme", "edit_distance", "lib2", "class"] {
            check(name).unwrap();
        }
    }
}
