//! Which names a library may have.
//!
//! The name becomes a crate, a prefix of C functions and constants, a file that the linker looks for
//! as `-lNAME`, and the Python module `pyNAME`: it has to be good for all of them.

use abi_stages::cli::usage_error;
use anyhow::{Result, bail};

/// Why a name cannot be a library's.
struct Taken {
    by: &'static str,
    /// With a space between them.
    names: &'static str,
}

const TAKEN: &[Taken] = &[
    Taken {
        by: "a keyword of Rust",
        names: "abstract as async await become box break const continue crate do dyn else enum \
                extern false final fn for gen if impl in let loop macro match mod move mut \
                override priv pub ref return self static struct super trait true try type typeof \
                union unsafe unsized use virtual where while yield",
    },
    Taken {
        by: "a keyword of C or C++",
        names: "alignas alignof and and_eq asm auto bitand bitor bool case catch char char16_t \
                char32_t char8_t class co_await co_return co_yield compl concept const_cast \
                consteval constexpr constinit decltype default delete double dynamic_cast explicit \
                export float friend goto inline int long mutable namespace new noexcept not not_eq \
                nullptr operator or or_eq private protected public register reinterpret_cast \
                requires restrict short signed sizeof static_assert static_cast switch template \
                this thread_local throw typedef typeid typename unsigned using void volatile \
                wchar_t xor xor_eq",
    },
    Taken {
        by: "a keyword of Python",
        names: "assert def del elif except finally from global import is lambda nonlocal pass \
                raise with",
    },
    Taken {
        by: "a module that Python's tools import, or Python, for which its files would be taken",
        names: "abc argparse array ast atexit base64 bdb binascii bisect builtins bz2 calendar \
                cffi codecs collections compression concurrent configparser contextlib contextvars \
                copy copyreg csv ctypes dataclasses datetime decimal difflib dis email fcntl \
                fnmatch fractions functools gc getopt gettext glob grp gzip hashlib heapq html \
                http hypothesis importlib inspect io ipaddress itertools json keyword linecache \
                locale logging lzma marshal math multiprocessing mypy numbers numpy os pathlib \
                pickle pip pkgutil platform posix pprint pwd py pycparser pytest python queue \
                quopri random re reprlib select selectors setuptools shlex shutil signal site \
                socket stat string subprocess support sys sysconfig tarfile tempfile textwrap \
                threading time token tokenize tomllib traceback types typing unicodedata unittest \
                urllib warnings weakref xml zipfile zipimport zlib zoneinfo",
    },
    Taken {
        by: "a crate that comes with Rust",
        names: "alloc core proc_macro std test",
    },
    Taken {
        by: "a library of the system, which the linker would take for it",
        names: "anl asan atomic bsd c crypt dl gcc gcc_s gomp iconv kernel32 m mvec ncurses ntdll \
                nsl pthread readline resolv rt ssl stdc system tsan ubsan user32 util uuid z",
    },
    Taken {
        by: "what C's own functions, macros and types begin with",
        names: "atexit errno fe int8 int16 int32 int64 mem pri scn sig stdin stdout stderr str \
                uint8 uint16 uint32 uint64 wcs",
    },
    Taken {
        by: "the workspace's own tool",
        names: "xtask",
    },
];

const RULE: &str = "next: take lower-case ASCII letters, digits and single `_`, a letter first, as in \
                    `cargo abi new acme ../acme`";

/// A usage error unless `name` can be a library's.
pub fn check(name: &str) -> Result<()> {
    let Some(first) = name.chars().next() else {
        bail!(usage_error(format!("a library has to have a name\n{RULE}")));
    };
    let refuse = |why: String| {
        let text = format!("`{name}` cannot be a library's name: {why}\n{RULE}");
        Err(usage_error(text))
    };
    if !first.is_ascii_lowercase() {
        return refuse(format!("it begins with `{first}`"));
    }
    let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
    if let Some(other) = name.chars().find(|c| !allowed(c)) {
        return refuse(format!("it has a `{other}` in it"));
    }
    // `a__b` is reserved in C++, and `a_` would make functions with two.
    if name.contains("__") || name.ends_with('_') {
        return refuse("its functions would have `__` in theirs, which C++ reserves".to_owned());
    }
    let has_it = |taken: &&Taken| taken.names.split(' ').any(|it| it == name);
    if let Some(taken) = TAKEN.iter().find(has_it) {
        return refuse(format!("it is {}", taken.by));
    }
    Ok(())
}

/// `edit_distance` as a type's name begins: `EditDistance`.
pub fn in_types(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_some_language_has_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "has to have a name"),
            ("9x", "begins with `9`"),
            ("My-Lib", "begins with `M`"),
            ("my-lib", "has a `-` in it"),
            ("z\u{e4}hler", "has a `\u{e4}` in it"),
            ("a__b", "C++ reserves"),
            ("fn", "a keyword of Rust"),
            ("class", "a keyword of C or C++"),
            ("lambda", "a keyword of Python"),
            ("json", "a module that Python's tools import"),
            ("python", "or Python, for which"),
            ("c", "a library of the system"),
            ("core", "a crate that comes with Rust"),
            ("str", "what C's own functions"),
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
        for name in ["acme", "edit_distance", "lib2"] {
            check(name).unwrap();
        }
        assert_eq!(in_types("edit_distance"), "EditDistance");
    }
}
