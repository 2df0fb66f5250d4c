//! The statuses of the tests: what every library has, and nothing else.

use std::ffi::CStr;

use crate::Status;

/// By its number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tiny(i32);

pub type Guarded = crate::Guarded<Tiny>;
pub type Failure = crate::Failure<Tiny>;

impl Status for Tiny {
    const LIBRARY: &'static str = "tiny";
    const REPORTS_PANICS: bool = false;
    const OK: Tiny = Tiny(0);
    const NULL_POINTER: Tiny = Tiny(1);
    const INVALID_UTF8: Tiny = Tiny(2);
    const MISALIGNED: Tiny = Tiny(3);
    const TOO_LARGE: Tiny = Tiny(4);
    const OVERLAP: Tiny = Tiny(5);
    const BUFFER_TOO_SMALL: Tiny = Tiny(6);
    const OUT_OF_MEMORY: Tiny = Tiny(7);
    const PANIC: Tiny = Tiny(8);
    const ALL: &'static [Tiny] = &[Tiny::OK, Tiny::NULL_POINTER, Tiny::PANIC];

    fn number(self) -> i32 {
        self.0
    }

    fn name(self) -> &'static CStr {
        match self {
            Tiny::OK => c"TINY_OK",
            Tiny::NULL_POINTER => c"TINY_NULL_POINTER",
            _ => c"TINY_PANIC",
        }
    }
}
