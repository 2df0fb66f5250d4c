//! How a call ended, as a number that C and Python know by name.

/// How a call ended. The numbers are part of the ABI and never change.
///
/// It only ever comes out of the library. A function that takes one takes an `int32_t`, for an enum
/// with a value that it does not list would be undefined behaviour in Rust.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcmeStatus {
    /// Done.
    Ok = 0,
    /// A pointer that has to point somewhere was NULL.
    NullPointer = 1,
    /// Text was not UTF-8.
    InvalidUtf8 = 2,
    /// A pointer was not aligned for what it points to.
    Misaligned = 3,
    /// An array is larger than memory can be.
    TooLarge = 4,
    /// Two arrays overlap that must be the same or apart.
    Overlap = 5,
    /// The buffer is too small for the result.
    BufferTooSmall = 6,
    /// The library has a bug and panicked; it may be called again.
    Panic = 7,
    /// There is no memory for the result.
    OutOfMemory = 8,
// example: begin
    /// A number was to be divided by zero.
    DivisionByZero = 9,
// example: end
}

// Their numbers and names, from the enum above: build.rs reads it.
abi_boundary::statuses!();

/// cbindgen:ignore
// core: begin
#[allow(dead_code, reason = "the first function that can fail uses it")]
// core: end
pub type Guarded = abi_boundary::Guarded<AcmeStatus>;

/// cbindgen:ignore
// core: begin
#[allow(dead_code, reason = "the first function that can fail uses it")]
// core: end
pub type Failure = abi_boundary::Failure<AcmeStatus>;
