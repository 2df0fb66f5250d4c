//! The functions of the C ABI: a file for each kind of crossing, in the order of the header.
//!
//! They are plain functions, not made by a macro: cbindgen writes the header from these files and would not
//! see those.

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
// Ignored because its function is of the canary build alone: cbindgen reads every file, with
// any features, and `hello.h` describes the library that is shipped.
#[cfg(feature = "canary")]
mod live_blocks;
