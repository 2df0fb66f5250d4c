#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

// WebAssembly has no unwinding: a panic ends the module, and a page can start it again.
#[cfg(not(any(panic = "unwind", target_family = "wasm")))]
compile_error!(
    "a panic becomes a status at the boundary to C, which needs `panic = \"unwind\"` in the profile: \
     with \"abort\" a panic would end the process of the C or Python program that called"
);

mod argument;
mod arrays;
mod buffer;
mod cut;
mod guard;
mod last_error;
mod owned_text;
mod panic_hook;
mod standard;
mod status;

#[cfg(any(feature = "build", test))]
pub mod build;
#[cfg(feature = "canary")]
pub mod canary;

pub use argument::Out;
pub use arrays::{AnyBits, Arrays, Elements};
pub use buffer::{Buffer, TextBuffer};
pub use guard::{Call, Failure, Guarded, guard};
pub use last_error::{LONGEST_MESSAGE, last_error, last_message};
pub use owned_text::{OwnedText, copied, owned, written};
pub use standard::Standard;
pub use status::{Status, status_name};

#[cfg(test)]
mod tiny;
