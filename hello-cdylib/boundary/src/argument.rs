//! From what C hands over to what Rust may use.
//!
//! Every pointer comes in as a raw one, is checked, and only then becomes a reference: a reference
//! that is NULL or misaligned is undefined behaviour before the first line of a function runs. What
//! cannot be checked, that a pointer points to what the function's documentation says, the caller of
//! the unsafe functions promises, and passes on the promise that C made. A failed check writes
//! nothing.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::str::Utf8Error;

use crate::{Call, Failure, Status};

impl<S: Status> Call<S> {
    /// The argument `name`, which may not be NULL: a C callback. Its pointer comes in as an
    /// `Option`, because it has no alignment that could be wrong.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`].
    pub fn present<T>(&self, name: &str, argument: Option<T>) -> Result<T, Failure<S>> {
        argument.ok_or_else(|| is_null(name))
    }

    /// Text in UTF-8.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`], [`Status::INVALID_UTF8`].
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or points to bytes that end with a NUL and do not change during the call.
    pub unsafe fn text(&self, name: &str, pointer: *const c_char) -> Result<&str, Failure<S>> {
        check_pointer(name, pointer)?;
        // SAFETY: not NULL, and the caller promises the rest.
        let text = unsafe { CStr::from_ptr(pointer) };
        utf8(text).map_err(|error| not_utf8(name, error))
    }

    /// What is behind a handle.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`], [`Status::MISALIGNED`].
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or was made by `Box::into_raw` and is not freed during the
    /// call.
    #[inline]
    pub unsafe fn handle<T: Sync>(&self, name: &str, pointer: *const T) -> Result<&T, Failure<S>> {
        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest. Other threads may use it.
        Ok(unsafe { &*pointer })
    }

    /// A copy of a struct that C has: C may change its own meanwhile, from within a callback.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`], [`Status::MISALIGNED`].
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or points to a `T`.
    #[inline]
    pub unsafe fn copy<T: Copy>(&self, name: &str, pointer: *const T) -> Result<T, Failure<S>> {
        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest.
        Ok(unsafe { pointer.read() })
    }

    /// A handle that C gives back: none for NULL.
    ///
    /// # Errors
    ///
    /// [`Status::MISALIGNED`]: then it is not given back.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or was made by `Box::into_raw` and is not used any more.
    #[inline]
    pub unsafe fn returned<T: Send>(
        &self,
        name: &str,
        pointer: *mut T,
    ) -> Result<Option<Box<T>>, Failure<S>> {
        if pointer.is_null() {
            return Ok(None);
        }
        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest.
        Ok(Some(unsafe { Box::from_raw(pointer) }))
    }

    /// Where a result goes. What is there before is not read.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`], [`Status::MISALIGNED`].
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or may be written to until the call ends, by this call alone.
    #[inline]
    pub unsafe fn out<T>(&self, name: &str, pointer: *mut T) -> Result<Out<'_, T>, Failure<S>> {
        check_pointer(name, pointer)?;
        Ok(Out {
            pointer,
            call: PhantomData,
        })
    }
}

/// Most text is ASCII, and that is found out three times as fast as that it is UTF-8. Inlined into the
/// function that C calls, the loop over other text took half as long again.
#[inline(never)]
fn utf8(text: &CStr) -> Result<&str, Utf8Error> {
    if text.to_bytes().is_ascii() {
        // SAFETY: what is ASCII is UTF-8.
        return Ok(unsafe { str::from_utf8_unchecked(text.to_bytes()) });
    }
    text.to_str()
}

/// An out pointer: where C expects a result.
pub struct Out<'call, T> {
    pointer: *mut T,
    call: PhantomData<&'call ()>,
}

impl<T> Out<'_, T> {
    /// Writes the result.
    #[inline]
    pub fn set(self, result: T) {
        // SAFETY: `Call::out` checked NULL and alignment; its caller guarantees that it may be
        // written to. A raw write, so an out pointer into another argument is no undefined behaviour.
        unsafe { self.pointer.write(result) }
    }
}

#[inline]
pub(crate) fn check_pointer<S: Status, T>(name: &str, pointer: *const T) -> Result<(), Failure<S>> {
    if pointer.is_null() {
        return Err(is_null(name));
    }
    if !pointer.is_aligned() {
        return Err(misaligned(name, align_of::<T>()));
    }
    Ok(())
}

// The failures, out of the way of the calls that succeed. --------------------------------------

#[cold]
fn is_null<S: Status>(name: &str) -> Failure<S> {
    Failure::new(S::NULL_POINTER, format!("`{name}` is NULL"))
}

#[cold]
fn misaligned<S: Status>(name: &str, alignment: usize) -> Failure<S> {
    let message = format!("`{name}` is not aligned to {alignment} bytes");
    Failure::new(S::MISALIGNED, message)
}

#[cold]
fn not_utf8<S: Status>(name: &str, error: Utf8Error) -> Failure<S> {
    let valid = error.valid_up_to();
    let message = format!("`{name}` is not UTF-8 at byte {valid}");
    Failure::new(S::INVALID_UTF8, message)
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut};

    use super::*;
    use crate::guard;
    use crate::tiny::{Guarded, Tiny};

    fn takes_text(text: *const c_char, expected: &str) -> Guarded {
        guard(|call| {
            // SAFETY: the tests pass NULL or text with its NUL.
            assert_eq!(unsafe { call.text("text", text) }?, expected);
            Ok(())
        })
    }

    #[test]
    fn text_arrives_as_it_is() {
        for text in [c"", c"Ada", c"Zo\xc3\xab \xf0\x9f\xa6\x80"] {
            takes_text(text.as_ptr(), text.to_str().unwrap()).expect_ok();
        }
        let long = "x".repeat(4095) + "\u{eb}";
        let with_nul = format!("{long}\0");
        takes_text(with_nul.as_ptr().cast(), &long).expect_ok();
    }

    #[test]
    fn text_that_is_none_is_refused() {
        takes_text(null(), "").expect_failure(Tiny::NULL_POINTER, "takes_text: `text` is NULL");
        takes_text(c"ab\xff".as_ptr(), "").expect_failure(
            Tiny::INVALID_UTF8,
            "takes_text: `text` is not UTF-8 at byte 2",
        );
    }

    fn adds_one(number: *const u32, sum: *mut u32) -> Guarded {
        guard(|call| {
            // SAFETY: the tests pass NULL, a misaligned pointer or their own number.
            let number = unsafe { call.handle("number", number) }?;
            // SAFETY: as above.
            let sum = unsafe { call.out("sum", sum) }?;
            sum.set(number + 1);
            Ok(())
        })
    }

    #[test]
    fn a_result_goes_where_it_is_expected() {
        let mut sum = 0;
        adds_one(&1, &mut sum).expect_ok();
        assert_eq!(sum, 2);
        // Into another argument: what was read before is not read again.
        let mut both = [1];
        let both = both.as_mut_ptr();
        adds_one(both, both).expect_ok();
        // SAFETY: the number above.
        assert_eq!(unsafe { both.read() }, 2);
    }

    #[test]
    fn pointers_are_checked_in_their_order() {
        let mut room = [1_u32; 2];
        let odd = room.as_mut_ptr().wrapping_byte_add(1);
        adds_one(null(), null_mut())
            .expect_failure(Tiny::NULL_POINTER, "adds_one: `number` is NULL");
        adds_one(&1, null_mut()).expect_failure(Tiny::NULL_POINTER, "adds_one: `sum` is NULL");
        adds_one(odd, odd).expect_failure(
            Tiny::MISALIGNED,
            "adds_one: `number` is not aligned to 4 bytes",
        );
        adds_one(&1, odd).expect_failure(
            Tiny::MISALIGNED,
            "adds_one: `sum` is not aligned to 4 bytes",
        );
        assert_eq!(room, [1; 2]);
    }

    fn moves(point: *const [i32; 2], moved: *mut [i32; 2]) -> Guarded {
        guard(|call| {
            // SAFETY: the tests pass NULL, a misaligned pointer or two numbers.
            let [x, y] = unsafe { call.copy("point", point) }?;
            // SAFETY: as above.
            unsafe { call.out("moved", moved) }?.set([x + 1, y + 1]);
            Ok(())
        })
    }

    #[test]
    fn a_struct_is_copied() {
        let (mut point, mut moved) = ([1, 2], [0; 2]);
        moves(&point, &mut moved).expect_ok();
        assert_eq!((point, moved), ([1, 2], [2, 3]));
        moves(null(), &mut moved).expect_failure(Tiny::NULL_POINTER, "moves: `point` is NULL");
        let odd = point.as_mut_ptr().wrapping_byte_add(1).cast();
        moves(odd, &mut moved)
            .expect_failure(Tiny::MISALIGNED, "moves: `point` is not aligned to 4 bytes");
        assert_eq!(moved, [2, 3]);
    }

    fn takes_back(handle: *mut u32) -> Guarded {
        guard(|call| {
            // SAFETY: the tests pass NULL, a misaligned pointer or a box, once.
            drop(unsafe { call.returned("handle", handle) }?);
            Ok(())
        })
    }

    #[test]
    fn a_handle_comes_back() {
        let handle = Box::into_raw(Box::new(7));
        takes_back(handle.wrapping_byte_add(1)).expect_failure(
            Tiny::MISALIGNED,
            "takes_back: `handle` is not aligned to 4 bytes",
        );
        takes_back(handle).expect_ok();
        takes_back(null_mut()).expect_ok();
    }

    #[test]
    fn what_may_not_be_null_is_present() {
        fn calls(function: Option<extern "C" fn()>) -> Guarded {
            guard(|call| {
                call.present("function", function)
                    .map(|function| function())
            })
        }
        extern "C" fn nothing() {}
        calls(Some(nothing)).expect_ok();
        calls(None).expect_failure(Tiny::NULL_POINTER, "calls: `function` is NULL");
    }
}
