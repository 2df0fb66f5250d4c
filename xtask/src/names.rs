//! What a workspace's row of names may say, and what follows from it.
//!
//! The row itself is `xtask/library.rs`, which belongs to the workspace. This file and all others of
//! the engine are the same in every workspace, and know a library only through its row.

use crate::cli::Command;

/// The row: what cannot be derived. Its file is `xtask/library.rs`.
pub struct Library {
    /// Its name for the linker, for the program of stage 1, and for the files that bear it.
    pub name: &'static str,
    /// How the names of its functions begin; in upper case, those of its constants.
    pub prefix: &'static str,
    /// How the names of its types begin.
    pub type_prefix: &'static str,
    /// The package with the logic; its folder has the same name.
    pub core: &'static str,
    /// The package with the C ABI; its folder has the same name.
    pub cdylib: &'static str,
    /// What Python imports.
    pub module: &'static str,
    /// The function of stage 1 that prints the line, `void f(void)`, if there is one.
    pub walkthrough: Option<&'static str>,
    /// The function that is there to panic, `Status f(const char *message)`, if there is one.
    pub panics: Option<&'static str>,
    /// The beginnings of the names of those libraries that the shared library may need and every user
    /// has, such as `libz.so`, besides what all programs on a system need.
    pub system_libraries: &'static [&'static str],
    /// How a question is put to every language, if the library can answer in transcripts.
    pub transcript: Option<Transcript>,
    /// The programs that serve the commands of this workspace: the last one that lists a command
    /// serves it.
    pub programs: &'static [Program],
}

/// A package whose program, which bears its name, serves commands of `cargo xtask`. It is compiled when
/// one of them is first used.
pub struct Program {
    pub package: &'static str,
    /// What is being compiled, for the person who waits for it.
    pub about: &'static str,
    pub commands: &'static [&'static Command],
}

/// The same cases, put to every implementation: each is a command that receives a file of cases as its
/// last argument and prints one line for each of them.
pub struct Transcript {
    /// Prints a fixed set of cases, then as many random ones as its last argument says, drawn with the
    /// seed that is the argument before it.
    pub cases: &'static [&'static str],
    /// The first one is the reference.
    pub implementations: &'static [Implementation],
    /// The file in which its answers to chosen cases are written down, from the root, if there is one;
    /// `{core}` is the package with the logic.
    pub reference: Option<&'static str>,
}

impl Transcript {
    /// In Rust the example `transcript` of the core, in C `crossings`, linked in both ways, and in Python
    /// `crossings.py`.
    pub const USUAL: Transcript = Transcript {
        cases: &reference("cases"),
        implementations: &[
            Implementation {
                name: "Rust",
                command: &reference("answers"),
            },
            Implementation {
                name: "C",
                command: &["{c}/crossings"],
            },
            Implementation {
                name: "C, static",
                command: &["{c}/crossings-static"],
            },
            Implementation {
                name: "Python",
                command: &["{python}", "py-harness/crossings.py"],
            },
        ],
        reference: Some("{core}/examples/transcript/reference.txt"),
    };
}

/// The program of the core that knows the cases and the reference's answers.
const fn reference(what: &str) -> [&str; 9] {
    [
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--package",
        "{core}",
        "--example",
        "transcript",
        what,
    ]
}

/// One way to the library.
pub struct Implementation {
    /// What reports call it.
    pub name: &'static str,
    /// Program and arguments, from the workspace's root. `cargo` is the cargo that runs xtask. In them,
    /// `{c}` is the folder of the C programs that the checks build, `{python}` the interpreter of
    /// stage 3, and `{core}` the package with the logic.
    pub command: &'static [&'static str],
}

impl Library {
    /// Its file name.
    pub fn header(&self) -> String {
        format!("{}.h", self.name)
    }

    /// A constant of the library: the prefix in upper case, then `name`.
    pub fn constant(&self, name: &str) -> String {
        format!("{}{name}", self.prefix.to_uppercase())
    }

    /// A function of the library: the prefix, then `name`.
    pub fn function(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A type of the library: the prefix of types, then `name`.
    pub fn type_(&self, name: &str) -> String {
        format!("{}{name}", self.type_prefix)
    }

    /// The constant with the version of the ABI.
    pub fn version_constant(&self) -> String {
        self.constant("ABI_VERSION")
    }

    /// The function that programs ask for it, `uint32_t f(void)`.
    pub fn version_function(&self) -> String {
        self.function("abi_version")
    }

    /// The function with the message of the last failure on a thread, `const char *f(void)`.
    pub fn last_error(&self) -> String {
        self.function("last_error")
    }

    /// The result type of functions that can fail; 0 is success.
    pub fn status(&self) -> String {
        self.type_("Status")
    }

    /// One of its values, such as `PANIC`.
    pub fn status_value(&self, name: &str) -> String {
        self.constant(&format!("STATUS_{name}"))
    }

    /// `text` with the row's names in place of `{library}`, `{prefix}`, `{PREFIX}`, `{Prefix}`, `{core}`,
    /// `{cdylib}`, `{header}` and `{module}`. All other braces stay as they are.
    pub fn fill(&self, text: &str) -> String {
        [
            ("{library}", self.name),
            ("{prefix}", self.prefix),
            ("{PREFIX}", &self.prefix.to_uppercase()),
            ("{Prefix}", self.type_prefix),
            ("{core}", self.core),
            ("{cdylib}", self.cdylib),
            ("{header}", &self.header()),
            ("{module}", self.module),
        ]
        .into_iter()
        .fold(text.to_owned(), |text, (placeholder, name)| {
            text.replace(placeholder, name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: Library = Library {
        name: "acme",
        prefix: "acme_",
        type_prefix: "Acme",
        core: "acme-core",
        cdylib: "acme-cdylib",
        module: "pyacme",
        walkthrough: None,
        panics: None,
        system_libraries: &[],
        transcript: None,
        programs: &[],
    };

    #[test]
    fn all_names_follow_from_the_row() {
        assert_eq!(ACME.header(), "acme.h");
        assert_eq!(ACME.version_constant(), "ACME_ABI_VERSION");
        assert_eq!(ACME.version_function(), "acme_abi_version");
        assert_eq!(ACME.status(), "AcmeStatus");
        assert_eq!(ACME.status_value("PANIC"), "ACME_STATUS_PANIC");
    }

    #[test]
    fn placeholders_are_filled_and_other_braces_kept() {
        assert_eq!(
            ACME.fill("{cdylib}/src: {Prefix}Status {prefix}f() { {PREFIX}OK } of {header}"),
            "acme-cdylib/src: AcmeStatus acme_f() { ACME_OK } of acme.h"
        );
        assert_eq!(ACME.fill("{ name } {unknown}"), "{ name } {unknown}");
    }
}
