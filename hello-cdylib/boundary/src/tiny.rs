//! The statuses of the tests: what every library has, and nothing else. Written by hand, as
//! `build` would write it.

use std::ffi::CStr;

use crate::Status;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tiny {
    Ok,
    NullPointer,
    InvalidUtf8,
    Misaligned,
    TooLarge,
    Overlap,
    BufferTooSmall,
    OutOfMemory,
    Panic,
}

pub type Guarded = crate::Guarded<Tiny>;
pub type Failure = crate::Failure<Tiny>;

impl Status for Tiny {
    const LIBRARY: &'static str = "tiny";
    const REPORTS_PANICS: bool = false;
    const OK: Tiny = Tiny::Ok;
    const NULL_POINTER: Tiny = Tiny::NullPointer;
    const INVALID_UTF8: Tiny = Tiny::InvalidUtf8;
    const MISALIGNED: Tiny = Tiny::Misaligned;
    const TOO_LARGE: Tiny = Tiny::TooLarge;
    const OVERLAP: Tiny = Tiny::Overlap;
    const BUFFER_TOO_SMALL: Tiny = Tiny::BufferTooSmall;
    const OUT_OF_MEMORY: Tiny = Tiny::OutOfMemory;
    const PANIC: Tiny = Tiny::Panic;
    const ALL: &'static [Tiny] = &[
        Tiny::Ok,
        Tiny::NullPointer,
        Tiny::InvalidUtf8,
        Tiny::Misaligned,
        Tiny::TooLarge,
        Tiny::Overlap,
        Tiny::BufferTooSmall,
        Tiny::OutOfMemory,
        Tiny::Panic,
    ];

    fn number(self) -> i32 {
        self as i32
    }

    fn name(self) -> &'static CStr {
        match self {
            Tiny::Ok => c"TINY_OK",
            Tiny::NullPointer => c"TINY_NULL_POINTER",
            Tiny::InvalidUtf8 => c"TINY_INVALID_UTF8",
            Tiny::Misaligned => c"TINY_MISALIGNED",
            Tiny::TooLarge => c"TINY_TOO_LARGE",
            Tiny::Overlap => c"TINY_OVERLAP",
            Tiny::BufferTooSmall => c"TINY_BUFFER_TOO_SMALL",
            Tiny::OutOfMemory => c"TINY_OUT_OF_MEMORY",
            Tiny::Panic => c"TINY_PANIC",
        }
    }
}
