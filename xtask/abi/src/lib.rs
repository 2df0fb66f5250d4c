//! One description of a C ABI, and the witnesses that fill it.
//!
//! A C ABI is described in several places that nobody compares: the Rust functions, the header, what
//! CFFI was told, the symbol table, the release before. Each of them is read here into the same
//! model, [`Abi`], by a witness that trusts none of the others:
//!
//! | witness | reads |
//! | --- | --- |
//! | [`rust_witness`] | the debug information of the library, built for that purpose ([`Library::twin`]) |
//! | [`header_witness`] | the header, through the C compiler and the debug information that it writes |
//! | [`cffi_witness`] | the built Python module, by asking CFFI |
//! | [`symbols`] | the symbol tables of the shared and of the static library |
//! | [`Abi::parse`] | a description that was rendered earlier: that of a released version |
//!
//! A check is then a difference between two of them, told in words: [`compare`] for two witnesses of
//! one library, [`stability`] for one library over time, [`arguments`] for a rule of its own. No
//! function is known by name.
//!
//! What no witness can see: two parameters of one type that are swapped, which pointers may be NULL,
//! who owns what.

#![forbid(unsafe_code)]

pub mod model;
pub use model::Abi;
mod agreement;
mod c_words;
mod parse;

pub mod compare;
pub mod stability;

pub mod arguments;

pub mod library;
pub use library::Library;

mod dwarf;
pub use dwarf::rust_witness;

mod c_header;
mod c_source;
pub use c_header::header_witness;

mod cffi;
pub use cffi::cffi_witness;

pub mod symbols;

pub mod run;
