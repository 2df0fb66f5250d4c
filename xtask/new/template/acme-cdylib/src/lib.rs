//! `libacme`: [`acme_core`] behind a C ABI.
//!
//! `crossing` has the functions. What they go through is `abi_boundary`, the same for every library.

#![deny(missing_docs)]

mod abi_version;
mod crossing;
