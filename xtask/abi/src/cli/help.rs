//! `cargo abi --help`.

pub const TEXT: &str = "\
Compare a library's C header with the library

Usage: cargo abi [OPTIONS] <COMMAND>

Commands:
  check          Build the package and compare its functions with its header
  dump           Print the description of the header
  freeze         Write the description of the header, as a baseline for later checks
  diff OLD [NEW] What breaks a program that was built against OLD, and what does not compile
                 any more: headers, descriptions, or revisions of git

What to look at:
      --header <FILE>           A header; may be repeated [default: found, or in the manifest]
  -I, --include <DIR>           A folder with more headers of the library
      --isystem <DIR>           A folder with headers of others
  -D, --define <NAME[=VALUE]>   Define a macro
      --prefix <PREFIX>         Only look at symbols that begin with it
      --library <FILE>          A shared library with debug information, instead of a build
      --cffi <MODULE>           Also compare a Python module that CFFI has built
      --python <PROGRAM>        The Python that can import it [default: python3]
      --baseline <FILE>         An earlier description [default: abi/baseline-<BITS>.txt]
      --cc <PROGRAM>            The C compiler, gcc or clang [default: $CC, cc]

Package:
  -p, --package <NAME>          The package, if the workspace has several
      --manifest-path <FILE>    Its Cargo.toml
  -F, --features <NAMES>        Features to activate; `capi` is activated if there is one
      --all-features            All features
      --no-default-features     Not the default features
      --target <TRIPLE>         Build for another system, and read the header as there
      --target-dir <DIR>        Where to build [default: abi in the target directory]
      --locked, --offline, --frozen

Output:
      --format <FORMAT>         text, json, sarif or junit [default: text]
      --all                     Show everything, however much it is
      --color <WHEN>            auto, always or never
      --strict                  Fail for differences of style and for what was not compared, too
      --lints                   Also report what comes in of which C has more values than Rust
                                (enum, bool, char, NULL), and functions with pointers that are safe
      --force                   freeze: replace a baseline
  -h, --help                    Print help
  -V, --version                 Print the version

Differences have a severity: break (size, count, offset, value, symbol, calling convention), type (sign, another type
of the same size), style (const, void *). The first two fail. A difference that is intended can be allowed,
with a reason, in the manifest:

  [package.metadata.abi]
  headers = [\"include/sample.h\"]
  allow = [{ at = \"sample_log.1\", kind = \"const\", why = \"the text is not written to\" }]

Exit status: 0 all agree, 1 differences, 2 wrong usage, 3 something could not be read.
";
