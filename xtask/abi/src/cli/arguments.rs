//! The arguments of `cargo abi`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::Headers;

/// Compare a library's C header with the library
#[derive(Parser)]
#[command(
    name = "cargo-abi",
    bin_name = "cargo abi",
    version,
    arg_required_else_help = true
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Build the package and compare its functions with its header
    #[command(after_help = CHECK)]
    Check(Check),
    /// Call each function with what its author may not expect: NULL, wrong alignment, random order
    #[command(after_help = HOSTILE)]
    Hostile(Hostile),
    /// Print the description of the header, one fact a line
    Dump(Options),
    /// Write the description of the header, as a baseline for later checks
    Freeze(Freeze),
    /// Say what a change of the header does to the library's users
    #[command(after_help = DIFF)]
    Diff(Diff),
    /// Write a workspace for a Rust library that C and Python share
    #[command(after_help = NEW)]
    New(New),
}

const CHECK: &str = "\
Differences have a severity: break (a program goes wrong: size, count, offset, value, symbol, calling
convention), type (it may: sign, another type of the same size), style (it does not: const, void *). The
first two fail. The manifest can allow one that is intended, with a reason:

  [package.metadata.abi]
  allow = [{ at = \"points_distance.1\", kind = \"const\", why = \"the first release had it so\" }]

Exit status: 0 all agree, 1 differences, 2 wrong usage, 3 something could not be read.";

const HOSTILE: &str = "\
Each call has a process of its own. What the library does not survive is reported with a C program that
repeats it. What is meant can be allowed in the manifest, with a reason, or is said in the comment before
the function: \"`text` must not be NULL\".

Exit status: 0 nothing found, 1 findings, 2 wrong usage, 3 something could not be built or read.";

const DIFF: &str = "\
OLD and NEW are headers, descriptions that `freeze` wrote, or revisions of git. Without NEW it is what is
there: `cargo abi diff HEAD~1`. A change can `break` programs that were built against OLD, or only the `source`
of those that are compiled again, or is `compatible`.

Exit status: 0 no program breaks, 1 one can, 2 wrong usage, 3 something could not be read.";

const NEW: &str = "\
The workspace has a core crate, a crate with the C ABI over it, a program in C, a Python package, and
`cargo xtask`, which depends on the engine. Its demo and its checks pass at once; then you replace the example
functions. With --core, no example is written, and the README leads to the first function of your own.";

#[derive(Args)]
#[command(next_help_heading = "What to look at")]
pub struct Check {
    /// Also compare a Python module that CFFI has built
    #[arg(long, value_name = "MODULE")]
    pub cffi: Option<String>,
    /// The Python that can import it
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: PathBuf,
    /// An earlier description [default: abi/baseline-<BITS>.txt]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Also report parameters for which C may pass a value that Rust does not have (enum, bool, char, NULL),
    /// and functions that take pointers and are not `unsafe`
    #[arg(long)]
    pub lints: bool,
    /// Allow all that is found, in abi/allow.toml: later checks show what is new
    #[arg(long)]
    pub write_allow: bool,
    #[command(flatten)]
    pub options: Options,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args)]
#[command(next_help_heading = "Calls")]
pub struct Hostile {
    /// Only this function; may be repeated
    #[arg(long, value_name = "NAME")]
    pub function: Vec<String>,
    /// Also random calls, with AddressSanitizer on both sides
    #[arg(long)]
    pub sanitize: bool,
    /// Thousands of random calls
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub rounds: usize,
    /// What these are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What takes longer does not end
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub timeout: u64,
    #[command(flatten)]
    pub options: Options,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args)]
pub struct Freeze {
    /// Where to [default: abi/baseline-<BITS>.txt]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Replace a baseline that is there
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Args)]
pub struct Diff {
    pub old: PathBuf,
    pub new: Option<PathBuf>,
    #[command(flatten)]
    pub options: Options,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args)]
pub struct New {
    /// The name of the library: lower-case letters, digits and `_`
    pub name: String,
    /// A folder that does not exist, or is empty [default: ./NAME]
    pub dir: Option<PathBuf>,
    /// Around a library that exists: a folder with a crate, or NAME[@VERSION] of the registry; then no core
    /// crate is written
    #[arg(long, value_name = "CRATE")]
    pub core: Option<String>,
    /// Where the engine comes from: a version, `git:URL#REVISION` or `path:CHECKOUT` [default: the source of
    /// this program]
    #[arg(long, value_name = "SOURCE")]
    pub engine: Option<String>,
}

/// Which package it is, and which headers it has.
#[derive(Args, Clone)]
#[command(next_help_heading = "Headers")]
pub struct Options {
    #[command(flatten)]
    pub headers: Headers,
    /// Only look at symbols that begin with it
    #[arg(long)]
    pub prefix: Option<String>,
    /// The C compiler, gcc or clang [default: $CC, cc]
    #[arg(long, value_name = "PROGRAM")]
    pub cc: Option<String>,
    #[command(flatten)]
    pub cargo: Cargo,
}

/// For cargo.
#[derive(Args, Clone)]
#[command(next_help_heading = "Package")]
pub struct Cargo {
    /// The package, if the workspace has several
    #[arg(short, long, value_name = "NAME")]
    pub package: Option<String>,
    /// Its Cargo.toml
    #[arg(long, value_name = "FILE")]
    pub manifest_path: Option<PathBuf>,
    /// Build for another system, and read the header as there
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Where to build [default: abi in the target directory]
    #[arg(long, value_name = "DIR")]
    pub target_dir: Option<PathBuf>,
    /// As for cargo
    #[arg(long)]
    pub locked: bool,
    /// As for cargo
    #[arg(long)]
    pub offline: bool,
    /// Features to activate; `capi` is activated if there is one
    #[arg(short = 'F', long, value_name = "NAMES", value_delimiter = ',')]
    pub features: Vec<String>,
    /// All features
    #[arg(long)]
    pub all_features: bool,
    /// Not the default features
    #[arg(long)]
    pub no_default_features: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Report")]
pub struct Report {
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Show everything, however much it is
    #[arg(long)]
    pub all: bool,
    /// Fail for differences of style and for what was not compared, too
    #[arg(long)]
    pub strict: bool,
}

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Sarif,
    Junit,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_two_options_of_a_command_are_called_alike() {
        Arguments::command().debug_assert();
    }
}
