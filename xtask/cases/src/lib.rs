//! What every language is asked about a library, and Rust's answers.
//!
//! An example `transcript` of the core crate is a call of [`main`](program::main).

pub mod program;
pub mod words;
