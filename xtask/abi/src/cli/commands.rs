//! The commands. What their help shows is what they take: options are read from it.

use std::process::ExitCode;

use anyhow::Result;

use super::arguments::Arguments;
use crate::new;

/// A command: help and the arguments are read from it.
pub struct Command {
    pub name: &'static str,
    /// What is no option, in order; what may be left out is in brackets.
    pub words: &'static [&'static str],
    pub about: &'static str,
    /// Paragraphs below its options.
    pub details: &'static str,
    /// Its options, as help shows them.
    pub options: &'static [&'static str],
    pub run: fn(&Arguments) -> Result<ExitCode>,
}

pub const COMMANDS: [&Command; 6] = [&CHECK, &HOSTILE, &DUMP, &FREEZE, &DIFF, &NEW];

const CHECK: Command = Command {
    name: "check",
    words: &[],
    about: "Build the package and compare its functions with its header",
    details: "\
Differences have a severity: break (a program goes wrong: size, count, offset, value, symbol, calling
convention), type (it may: sign, another type of the same size), style (it does not: const, void *). The
first two fail. A difference that is intended can be allowed, with a reason, in the manifest:

  [package.metadata.abi]
  headers = [\"include/sample.h\"]
  allow = [{ at = \"sample_log.1\", kind = \"const\", why = \"the text is not written to\" }]

Exit status: 0 all agree, 1 differences, 2 wrong usage, 3 something could not be read.
",
    options: &[LIBRARY, HEADERS, PACKAGE, FEATURES, REPORT],
    run: super::check::run,
};

const HOSTILE: Command = Command {
    name: "hostile",
    words: &[],
    about: "Call each function as its author did not think of: with NULL, in random order",
    details: "\
Each call has a process of its own. What the library does not survive is reported with a C program that
repeats it. What is meant can be allowed, with a reason, in the manifest, or is said in the comment before
the function: \"`text` must not be NULL\".

  [package.metadata.abi]
  allow = [{ at = \"sample_log.1\", kind = \"null\", why = \"the header says that it is needed\" }]

Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 something could not be built or read.
",
    options: &[CALLS, REPORT, HEADERS, PACKAGE, FEATURES],
    run: super::hostile::run,
};

const DUMP: Command = Command {
    name: "dump",
    words: &[],
    about: "Print the description of the header, one fact a line",
    details: "",
    options: &[HEADERS, PACKAGE, FEATURES],
    run: super::dump,
};

const FREEZE: Command = Command {
    name: "freeze",
    words: &[],
    about: "Write the description of the header, as a baseline for later checks",
    details: "",
    options: &[
        "
      --baseline <FILE>         Where to [default: abi/baseline-<BITS>.txt]
      --force                   Replace a baseline that is there",
        HEADERS,
        PACKAGE,
        FEATURES,
    ],
    run: super::freeze,
};

const DIFF: Command = Command {
    name: "diff",
    words: &["OLD", "[NEW]"],
    about: "Say what a change of the header does to the library's users",
    details: "\
OLD and NEW are headers, descriptions that `freeze` wrote, or revisions of git. Without NEW it is what is
there: `cargo abi diff HEAD~1`. Each change breaks programs that were built against OLD, or only those that
are compiled again, or neither.

Exit status: 0 no program breaks, 1 one can, 2 wrong usage, 3 something could not be read.
",
    options: &[REPORT, HEADERS, PACKAGE, FEATURES],
    run: super::diff::run,
};

const NEW: Command = Command {
    name: "new",
    words: &["NAME", "[DIR]"],
    about: "Write a workspace for a Rust library that C and Python share",
    details: new::DETAILS,
    options: &[new::OPTIONS],
    run: new::run,
};

const HEADERS: &str = "
Headers:
      --header <FILE>           A header; may be repeated [default: found, or in the manifest]
  -I, --include <DIR>           A folder with more headers of the library
      --isystem <DIR>           A folder with headers of others
  -D, --define <NAME[=VALUE]>   Define a macro
      --prefix <PREFIX>         Only look at symbols that begin with it
      --cc <PROGRAM>            The C compiler, gcc or clang [default: $CC, cc]";

const CALLS: &str = "
Calls:
      --function <NAME>         Only this function; may be repeated
      --sanitize                Also random calls, with AddressSanitizer on both sides
      --rounds <N>              Thousands of random calls [default: 20]
      --seed <N>                What these are drawn from [default: 1]
      --timeout <SECONDS>       What takes longer does not end [default: 10]";

const LIBRARY: &str = "
What to look at:
      --library <FILE>          A shared library with debug information, instead of a build
      --cffi <MODULE>           Also compare a Python module that CFFI has built
      --python <PROGRAM>        The Python that can import it [default: python3]
      --baseline <FILE>         An earlier description [default: abi/baseline-<BITS>.txt]
      --lints                   Also report what comes in of which C has more values than Rust
                                (enum, bool, char, NULL), and functions with pointers that are safe
      --write-allow             Allow all that is found, in abi/allow.toml: later checks show what is new";

const PACKAGE: &str = "
Package:
  -p, --package <NAME>          The package, if the workspace has several
      --manifest-path <FILE>    Its Cargo.toml
      --target <TRIPLE>         Build for another system, and read the header as there
      --target-dir <DIR>        Where to build [default: abi in the target directory]
      --locked                  As for cargo
      --offline                 As for cargo
      --frozen                  As for cargo";

const FEATURES: &str = "
Features:
  -F, --features <NAMES>        Features to activate; `capi` is activated if there is one
      --all-features            All features
      --no-default-features     Not the default features";

const REPORT: &str = "
Report:
      --format <FORMAT>         text, json, sarif or junit [default: text]
      --all                     Show everything, however much it is
      --color <WHEN>            auto, always or never [default: auto]
      --strict                  Fail for differences of style and for what was not compared, too";
