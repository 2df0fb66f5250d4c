//! One description of a C ABI, and the readers that fill it.
//!
//! A C ABI is described in several places that nobody compares: the Rust functions, the header, the
//! declarations that CFFI was given, the symbol table, the release before. Each of them is read here
//! into the same model, [`Abi`], by a reader that trusts none of the others:
//!
//! | reader | reads |
//! | --- | --- |
//! | [`rust_reader`] | the debug information of the library, built for that purpose |
//! | [`items`] | what rustdoc says of its items: calling conventions, constants |
//! | [`Headers::read`] | the headers, through the C compiler and the debug information that it writes |
//! | [`cffi_reader`] | the built Python module, by asking CFFI |
//! | [`symbols`] | the symbol tables of the shared and of the static library |
//! | [`Abi::parse`] | a description that was rendered earlier: that of a released version |
//!
//! A check is then a difference between two of them, as a value: [`compare`](compare::compare) for two
//! descriptions of one library, [`stability`] for one library over time. [`check`] puts it all together for one package, as `cargo abi check` does. The other way round,
//! [`model::Signature::in_c`] and [`model::Parameter::in_c`] write C from the model, to
//! generate callers or replacements for every function, and [`Abi::header_in_c`] writes a whole header.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use cargo_abi::{Headers, process};
//!
//! # fn main() -> anyhow::Result<()> {
//! let compiler = process::program("cc".as_ref(), &[]);
//! let header = Headers::one(Path::new("include/points.h"));
//! let abi = header.read(&compiler, Path::new("target/scratch"))?;
//! for (name, signature) in &abi.functions {
//!     println!("{};", signature.in_c(name));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What no reader can see: two parameters of one type that are swapped, which pointers may be NULL,
//! who owns what.

#![forbid(unsafe_code)]

pub mod model;
pub use model::Abi;
pub mod c;
mod names;
mod parse;

pub mod compare;
pub mod stability;

pub mod calls;
pub mod hostile;

pub mod check;
pub mod items;
mod version;

mod dwarf;
pub use dwarf::{RustLibrary, rust_reader};

/// What cargo needs with `--config`, so that the library it builds with the `dev` profile can
/// be read by [`rust_reader`]: all debug information, in the file itself. And without optimisation, for
/// an optimised library has one entry for two functions that do the same, and none for what was inlined.
pub const DEBUG_BUILD: [&str; 5] = [
    "profile.dev.debug=2",
    "profile.dev.opt-level=0",
    "profile.dev.strip=\"none\"",
    "profile.dev.split-debuginfo=\"off\"",
    "profile.dev.lto=false",
];

mod header;
pub use header::Headers;

mod cffi;
pub use cffi::cffi_reader;

pub mod symbols;

pub mod process;

pub mod report;

pub mod cli;
mod new;
