//! What every crossing goes through, whatever the library does.
//!
//! Nothing in this folder has a name of the library in it: another library takes the files as they
//! are. They need its status as `crate::Status`, with a variant for each reason that is given here:
//! `NullPointer`, `InvalidUtf8`, `Misaligned`, `TooLarge`, `Overlap`, `BufferTooSmall`,
//! `OutOfMemory`, `Panic`, and `Ok`.

#![allow(dead_code, reason = "a library calls what its functions need")]

pub mod guard;

pub mod argument;
pub mod arrays;
pub mod owned_text;
pub mod text_buffer;

pub mod cut;
pub mod last_error;
pub mod panic_hook;
pub mod standard;

#[cfg(feature = "canary")]
pub mod canary;
