//! How a call ended, as a number with a name.

use std::ffi::{CStr, c_char};
use std::fmt::Debug;

/// The statuses of a library: an enum of its own, with a variant for each reason to fail that this
/// crate gives.
///
/// `build::library` and [`statuses!`](crate::statuses) implement it.
pub trait Status: Copy + PartialEq + Debug + 'static {
    /// The library's name, with which the report of a panic begins.
    const LIBRARY: &'static str;
    /// Whether a panic is reported in one line on standard error. Not in a library's tests: their
    /// own report is shown only if the test fails.
    const REPORTS_PANICS: bool;

    /// Done.
    const OK: Self;
    /// A pointer that must not be NULL was NULL.
    const NULL_POINTER: Self;
    /// Text was not UTF-8.
    const INVALID_UTF8: Self;
    /// A pointer was not aligned for what it points to.
    const MISALIGNED: Self;
    /// An array is larger than memory can be.
    const TOO_LARGE: Self;
    /// Two arrays overlap that must be the same or apart.
    const OVERLAP: Self;
    /// The buffer is too small for the result.
    const BUFFER_TOO_SMALL: Self;
    /// There is no memory for the result.
    const OUT_OF_MEMORY: Self;
    /// The library panicked.
    const PANIC: Self;

    /// Every status.
    const ALL: &'static [Self];

    /// Its number in the header.
    fn number(self) -> i32;

    /// Its name in the header.
    fn name(self) -> &'static CStr;
}

/// The name of the status with this number, for C: static text, and `unknown status` for a number that
/// is none.
pub fn status_name<S: Status>(number: i32) -> *const c_char {
    let mut all = S::ALL.iter();
    let found = all.find(|status| status.number() == number);
    found
        .map_or(c"unknown status", |status| status.name())
        .as_ptr()
}

/// Implements [`Status`] for the enum that the library's build script has read with `build::library`.
#[macro_export]
macro_rules! statuses {
    () => {
        include!(concat!(env!("OUT_DIR"), "/statuses.rs"));
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiny::Tiny;

    #[test]
    fn a_number_has_the_name_of_its_status() {
        // SAFETY: static text.
        let name = |number| unsafe { CStr::from_ptr(status_name::<Tiny>(number)) };
        for status in Tiny::ALL {
            assert_eq!(name(status.number()), status.name());
        }
        for number in [-1, 9, i32::MIN, i32::MAX] {
            assert_eq!(name(number), c"unknown status");
        }
    }
}
