//! The functions of the C ABI: a file for each kind of crossing, in the order of the header.
//!
//! They stand in the source as plain functions: cbindgen, which writes the header from these files,
//! does not see what a macro would make.

pub mod status;

pub mod version;

pub mod nothing;

pub mod scalar;

pub mod structure;

pub mod error;

pub mod text;

pub mod buffer;

pub mod slice;

pub mod handle;

pub mod callback;

pub mod panic;

/// cbindgen:ignore
// Ignored because its function is of the canary build alone: cbindgen reads every file, whatever
// the features, and `hello.h` describes the library that is shipped.
#[cfg(feature = "canary")]
mod live_blocks;
