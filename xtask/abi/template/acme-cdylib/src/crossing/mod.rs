//! The functions of the C ABI, in the order of the header.
//!
//! They stand in the source as plain functions: cbindgen, which writes the header from these files,
//! does not see what a macro would make.

// What every library has.
pub mod status;

pub mod version;

pub mod error;

pub mod text;

// What this library does: your functions.
// example: begin
pub mod example;
// example: end

/// cbindgen:ignore
// Ignored because its function is of the canary build alone: cbindgen reads every file, whatever
// the features, and the header describes the library that is shipped.
#[cfg(feature = "canary")]
mod live_blocks {
    use abi_boundary::canary::{self, Canary};

    #[global_allocator]
    static CANARY: Canary = Canary("libacme");

    /// Returns how many blocks of memory the library has allocated and not freed, in all threads.
    #[unsafe(no_mangle)]
    pub extern "C" fn acme_canary_live_blocks() -> usize {
        canary::live_blocks()
    }
}
