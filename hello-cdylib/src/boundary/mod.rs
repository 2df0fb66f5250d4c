//! What every crossing goes through, whatever the library does: the guard, the checks of what C
//! hands over, the way out for text, the last error, the way to standard output.

pub mod argument;
pub mod guard;
pub mod last_error;
pub mod owned_text;
pub mod stdout;

/// cbindgen:ignore
// Ignored because its function is of the canary build alone: cbindgen reads every file, whatever
// the features, and the header describes the library that is shipped.
#[cfg(feature = "canary")]
mod canary;
