// example: begin
//! `libacme`: [`acme_core`] behind a C ABI.
// example: end
// core: begin
//! `libacme`: `@core_in_rust@` behind a C ABI.
// core: end
//!
//! `crossing` has the functions. What they go through is `abi_boundary`, the same for every library.

#![deny(missing_docs)]

mod abi_version;
mod crossing;
