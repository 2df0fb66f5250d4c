//! How a call ended, as a number that C and Python know by name.

use std::ffi::CStr;

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
    /// Two arrays overlap that must be the same or apart.
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
}

impl HelloStatus {
    /// The status with this number, if there is one.
    pub fn from_number(number: i32) -> Option<HelloStatus> {
        // In here, or cbindgen would offer it to C as a macro.
        const ALL: [HelloStatus; 11] = [
            HelloStatus::Ok,
            HelloStatus::NullPointer,
            HelloStatus::InvalidUtf8,
            HelloStatus::Misaligned,
            HelloStatus::TooLarge,
            HelloStatus::Overlap,
            HelloStatus::Domain,
            HelloStatus::BufferTooSmall,
            HelloStatus::Io,
            HelloStatus::Panic,
            HelloStatus::OutOfMemory,
        ];
        ALL.into_iter().find(|status| *status as i32 == number)
    }

    /// Its name in `hello.h`.
    pub fn name(self) -> &'static CStr {
        match self {
            HelloStatus::Ok => c"HELLO_STATUS_OK",
            HelloStatus::NullPointer => c"HELLO_STATUS_NULL_POINTER",
            HelloStatus::InvalidUtf8 => c"HELLO_STATUS_INVALID_UTF8",
            HelloStatus::Misaligned => c"HELLO_STATUS_MISALIGNED",
            HelloStatus::TooLarge => c"HELLO_STATUS_TOO_LARGE",
            HelloStatus::Overlap => c"HELLO_STATUS_OVERLAP",
            HelloStatus::Domain => c"HELLO_STATUS_DOMAIN",
            HelloStatus::BufferTooSmall => c"HELLO_STATUS_BUFFER_TOO_SMALL",
            HelloStatus::Io => c"HELLO_STATUS_IO",
            HelloStatus::Panic => c"HELLO_STATUS_PANIC",
            HelloStatus::OutOfMemory => c"HELLO_STATUS_OUT_OF_MEMORY",
        }
    }
}
