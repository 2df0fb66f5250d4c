//! How a call ended, as a number that C and Python know by name.

/// How a call ended. The numbers are part of the ABI and never change.
///
/// The library returns it and never receives it. A function that takes one takes an `int32_t`, because
/// an enum with a value that it does not list would be undefined behaviour in Rust.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelloStatus {
    /// Done.
    Ok = 0,
    /// A pointer that must not be NULL was NULL.
    NullPointer = 1,
    /// Text was not UTF-8.
    InvalidUtf8 = 2,
    /// A pointer was not aligned for what it points to.
    Misaligned = 3,
    /// An array is larger than memory can be.
    TooLarge = 4,
    /// Two arrays overlap partly.
    Overlap = 5,
    /// The argument is outside the function's domain: the square root of a negative number.
    Domain = 6,
    /// The buffer is too small for the result.
    BufferTooSmall = 7,
    /// Writing to standard output failed.
    Io = 8,
    /// The library has a bug and panicked; it may be called again.
    Panic = 9,
    /// There is no memory for the result.
    OutOfMemory = 10,
    /// A column is not one of doubles, or not as the Arrow C data interface demands.
    Format = 11,
    /// A stream failed to give its next column.
    Stream = 12,
}

// Their numbers and names, from the enum above: build.rs reads it.
abi_boundary::statuses!();

/// cbindgen:ignore
pub type Guarded = abi_boundary::Guarded<HelloStatus>;

/// cbindgen:ignore
pub type Failure = abi_boundary::Failure<HelloStatus>;
