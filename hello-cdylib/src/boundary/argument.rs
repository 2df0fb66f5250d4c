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

use crate::Status;
use crate::boundary::guard::{Call, Failure};

impl Call {
    /// The argument `name`, which may not be NULL: a function of C's, whose pointer comes in as an
    /// `Option`, because it has no alignment that could be wrong.
    pub fn present<T>(&self, name: &str, argument: Option<T>) -> Result<T, Failure> {
        argument.ok_or_else(|| is_null(name))
    }

    /// Text in UTF-8.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or points to bytes that end with a NUL and do not change during the call.
    pub unsafe fn text(&self, name: &str, pointer: *const c_char) -> Result<&str, Failure> {
        check_pointer(name, pointer)?;
        // SAFETY: not NULL, and the caller promises the rest.
        let text = unsafe { CStr::from_ptr(pointer) };
        text.to_str().map_err(|error| not_utf8(name, error))
    }

    /// What is behind a handle.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or was made by `Box::into_raw` and is not freed during the
    /// call.
    #[inline]
    pub unsafe fn handle<T: Sync>(&self, name: &str, pointer: *const T) -> Result<&T, Failure> {
        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest. Other threads may use it.
        Ok(unsafe { &*pointer })
    }

    /// A handle that C gives back: none for NULL.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or was made by `Box::into_raw` and is not used any more.
    #[inline]
    pub unsafe fn returned<T: Send>(
        &self,
        name: &str,
        pointer: *mut T,
    ) -> Result<Option<Box<T>>, Failure> {
        if pointer.is_null() {
            return Ok(None);
        }
        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest.
        Ok(Some(unsafe { Box::from_raw(pointer) }))
    }

    /// Where a result goes. What is there before is not read.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or may be written to until the call ends, by this call alone.
    #[inline]
    pub unsafe fn out<T>(&self, name: &str, pointer: *mut T) -> Result<Out<'_, T>, Failure> {
        check_pointer(name, pointer)?;
        Ok(Out {
            pointer,
            call: PhantomData,
        })
    }
}

/// An out pointer: where C expects a result.
pub struct Out<'call, T> {
    pointer: *mut T,
    call: PhantomData<&'call Call>,
}

impl<T> Out<'_, T> {
    #[inline]
    pub fn set(self, result: T) {
        // SAFETY: `Call::out` checked NULL and alignment; its caller guarantees that it may be
        // written to. A raw write, so an out pointer into another argument is no undefined behaviour.
        unsafe { self.pointer.write(result) }
    }
}

#[inline]
pub fn check_pointer<T>(name: &str, pointer: *const T) -> Result<(), Failure> {
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
fn is_null(name: &str) -> Failure {
    Failure::new(Status::NullPointer, format!("`{name}` is NULL"))
}

#[cold]
fn misaligned(name: &str, alignment: usize) -> Failure {
    let message = format!("`{name}` is not aligned to {alignment} bytes");
    Failure::new(Status::Misaligned, message)
}

#[cold]
fn not_utf8(name: &str, error: Utf8Error) -> Failure {
    let valid = error.valid_up_to();
    let message = format!("`{name}` is not UTF-8 at byte {valid}");
    Failure::new(Status::InvalidUtf8, message)
}
