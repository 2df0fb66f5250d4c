//! `libhello`: [`hello_core`] behind a C ABI.
//!
//! One module for each kind of crossing, in the order in which they stand in `hello.h`. Below them
//! is what they share: the guard that every fallible function goes through, the checks of what C
//! hands over, the way out for text, the last error, the way to standard output and the loops that
//! are as wide as the processor.
//!
//! The functions stand in the source as plain functions: cbindgen, which writes the header from
//! these files, does not see what a macro would make.

#![deny(missing_docs)]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "libhello turns panics into HELLO_STATUS_PANIC and needs `panic = \"unwind\"` in the profile: \
     with \"abort\" a panic would end the process of the C or Python program that called it"
);

mod status;

mod abi_version;
mod version;

mod nothing;

mod scalar;

mod structure;

mod error;

mod text;

mod buffer;

mod slice;

mod handle;

mod callback;

mod panic;

mod argument;
mod guard;
mod last_error;
mod owned_text;
mod stdout;
mod wide;

/// cbindgen:ignore
// Ignored because its function is of the canary build alone: cbindgen reads every file, whatever
// the features, and `hello.h` describes the library that is shipped.
#[cfg(feature = "canary")]
mod canary;
