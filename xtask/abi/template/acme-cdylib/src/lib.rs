//! `libacme`: [`acme_core`] behind a C ABI.
//!
//! `crossing` has the functions. `boundary` is what they go through, the same for every library.

#![deny(missing_docs)]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "libacme turns panics into ACME_STATUS_PANIC and needs `panic = \"unwind\"` in the profile: with \
     \"abort\" a panic would end the process of the C or Python program that called it"
);

mod abi_version;
mod crossing;

/// cbindgen:ignore
// Ignored because nothing in it is for C.
mod boundary;

// `boundary` knows the status by this name, and by the names of the variants that it gives.
use crossing::status::AcmeStatus as Status;
