//! The configuration of a workspace, which its `xtask` passes to [`main`](crate::main), and the names that are
//! derived from it. Nothing else in the engine knows a library by name.

/// A library, and the parts of its workspace: what cannot be derived.
pub struct Library {
    /// The folder of the package `xtask`, which is directly in the workspace's root:
    /// `env!("CARGO_MANIFEST_DIR")`.
    pub xtask: &'static str,
    /// The version of the workspace: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// The library's name: for the linker, the program of stage 1, and the names of files.
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
    /// The function that panics on purpose, `Status f(const char *message)`, if there is one.
    pub panics: Option<&'static str>,
    /// The beginnings of the names of those libraries that the shared library may need and every user
    /// has, such as `libz.so`, in addition to those that all programs on a system need.
    pub system_libraries: &'static [&'static str],
    /// The commands that [`Program::CHECKS`] serves.
    pub commands: &'static [Summary],
}

/// A program of the package `xtask`, `xtask-NAME`, behind the feature NAME. It takes long to compile, and is
/// compiled when it is first needed.
pub struct Program {
    pub name: &'static str,
    /// What is being compiled, for the person who waits for it.
    pub about: &'static str,
}

/// A command in the list of commands. The program that serves it knows its flags and its help.
#[derive(Clone, Copy)]
pub struct Summary {
    pub name: &'static str,
    pub about: &'static str,
}

impl Summary {
    pub const fn new(name: &'static str, about: &'static str) -> Summary {
        Summary { name, about }
    }
}

impl Program {
    /// The checks and what ships, with commands of their own.
    pub const CHECKS: Program = Program {
        name: "checks",
        about: "the checks (half a minute on two processors)",
    };

    /// cbindgen, which takes longer to compile than all else.
    pub const HEADER: Program = Program {
        name: "header",
        about: "cbindgen (half a minute on two processors)",
    };
}

/// The commands of [`Program::CHECKS`] that every workspace has.
pub const COMMANDS: &[Summary] = &[VERIFY, MACHINES, ABI, GENERATE, INSTALL, DIST];

/// What checks are about: the first part of their ids.
pub const BOUNDARIES: &str = "rust, abi, c, python, ship, docs";

pub const VERIFY: Summary = Summary::new("verify", "Check every boundary between the languages");

pub const MACHINES: Summary = Summary::new("machines", "Try it on other processors and systems");

pub const ABI: Summary = Summary::new("abi", "Print the description of the C ABI, or freeze it");

pub const GENERATE: Summary = Summary::new("generate", "Write what is generated and committed");

pub const INSTALL: Summary = Summary::new("install", "Install the libraries and the header for C");

pub const DIST: Summary = Summary::new("dist", "Package a release: archive, wheel, sdist, hashes");

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

    /// `text` with the library's names in place of `{library}`, `{prefix}`, `{PREFIX}`, `{Prefix}`, `{core}`,
    /// `{cdylib}`, `{header}`, `{module}`, and [`BOUNDARIES`]. All other braces stay as they are.
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
            ("{boundaries}", BOUNDARIES),
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
        xtask: "",
        version: "",
        name: "acme",
        prefix: "acme_",
        type_prefix: "Acme",
        core: "acme-core",
        cdylib: "acme-cdylib",
        module: "pyacme",
        walkthrough: None,
        panics: None,
        system_libraries: &[],
        commands: &[],
    };

    #[test]
    fn all_names_follow_from_the_configuration() {
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
