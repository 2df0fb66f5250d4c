//! `libhello`: [`hello_core`] behind a C ABI.
//!
//! `crossing` has a file for each kind of crossing, in the order of `hello.h`. What they go through is
//! `abi_boundary`, which does not know what this library does.

#![deny(missing_docs)]

mod abi_version;
mod crossing;
