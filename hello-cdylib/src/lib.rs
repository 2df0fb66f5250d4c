//! `libhello`: [`hello_core`] behind a C ABI.
//!
//! `crossing` has a file for each kind of crossing, in the order of `hello.h`; `boundary` has what
//! they share and knows nothing of what this library does.

#![deny(missing_docs)]

#[cfg(not(panic = "unwind"))]
compile_error!(
    "libhello turns panics into HELLO_STATUS_PANIC and needs `panic = \"unwind\"` in the profile: \
     with \"abort\" a panic would end the process of the C or Python program that called it"
);

mod crossing;

mod abi_version;
mod boundary;
mod wide;
