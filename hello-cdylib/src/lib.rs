//! `libhello`: [`hello_core`] behind a C ABI.
//!
//! `crossing` has a file for each kind of crossing, in the order of `hello.h`. `boundary` is what
//! they go through; it does not know what this library does, so that its files serve any library.

#![deny(missing_docs)]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "libhello turns panics into HELLO_STATUS_PANIC and needs `panic = \"unwind\"` in the profile: \
     with \"abort\" a panic would end the process of the C or Python program that called it"
);

mod abi_version;
mod crossing;

/// cbindgen:ignore
// Ignored because nothing in it is for C.
mod boundary;
mod wide;

// `boundary` knows the status by this name, and by the names of the variants that it gives.
use crossing::status::HelloStatus as Status;
