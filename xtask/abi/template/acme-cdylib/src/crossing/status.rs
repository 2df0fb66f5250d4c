//! How a call ended, as a number that C and Python know by name.

use std::ffi::CStr;

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
    /// A number was to be divided by zero.
    DivisionByZero = 9,
}

impl AcmeStatus {
    /// Every status with its name, in the order of their numbers.
    // In here, or cbindgen would offer it to C as a macro.
    fn all() -> [(AcmeStatus, &'static CStr); 10] {
        [
            (AcmeStatus::Ok, c"ACME_STATUS_OK"),
            (AcmeStatus::NullPointer, c"ACME_STATUS_NULL_POINTER"),
            (AcmeStatus::InvalidUtf8, c"ACME_STATUS_INVALID_UTF8"),
            (AcmeStatus::Misaligned, c"ACME_STATUS_MISALIGNED"),
            (AcmeStatus::TooLarge, c"ACME_STATUS_TOO_LARGE"),
            (AcmeStatus::Overlap, c"ACME_STATUS_OVERLAP"),
            (AcmeStatus::BufferTooSmall, c"ACME_STATUS_BUFFER_TOO_SMALL"),
            (AcmeStatus::Panic, c"ACME_STATUS_PANIC"),
            (AcmeStatus::OutOfMemory, c"ACME_STATUS_OUT_OF_MEMORY"),
            (AcmeStatus::DivisionByZero, c"ACME_STATUS_DIVISION_BY_ZERO"),
        ]
    }

    /// The name of the status with this number, if there is one.
    pub fn name_of(number: i32) -> Option<&'static CStr> {
        let all = AcmeStatus::all().into_iter();
        let mut named = all.filter(|(status, _)| *status as i32 == number);
        named.next().map(|(_, name)| name)
    }
}
