// example: begin
//! `libacme`: [`acme_core`] behind a C ABI.
// example: end
// core: begin
//! `libacme`: `@core_in_rust@` behind a C ABI.
// core: end
//!
//! The modules are in the order of the header. Functions of the C ABI stand in the source as plain functions:
//! cbindgen, which writes the header, does not see what a macro would make. What they go through is
//! `abi_boundary`, the same for every library.

#![deny(missing_docs)]

mod abi_version;

mod status;

// What every library has.
mod library;

// What this library does: your functions.
// example: begin
mod example;
// example: end
