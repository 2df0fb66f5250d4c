//! From what C hands over to what Rust may use.
//!
//! Every check of an argument stands here, with its message. What cannot be checked, that a pointer
//! points to what the function's documentation says, the caller of the unsafe functions promises,
//! and passes on the promise that C made. A failed check writes nothing.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::str::Utf8Error;
use std::{ptr, slice};

use crate::boundary::guard::{Call, Failure};
use crate::crossing::status::HelloStatus;

impl Call {
    /// The argument `name`, which may not be NULL: a handle, a function.
    #[inline]
    pub fn present<T>(&self, name: &str, argument: Option<T>) -> Result<T, Failure> {
        argument.ok_or_else(|| is_null(name))
    }

    /// Text in UTF-8.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or points to bytes that end with a NUL and do not change during the call.
    #[inline]
    pub unsafe fn text(&self, name: &str, pointer: *const c_char) -> Result<&str, Failure> {
        check_pointer(name, pointer)?;
        // SAFETY: not NULL, and the caller promises the rest.
        let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
        // Most text is ASCII, which is seen in half the time that the decoding of it takes.
        if bytes.is_ascii() {
            // SAFETY: ASCII is UTF-8.
            return Ok(unsafe { str::from_utf8_unchecked(bytes) });
        }
        str::from_utf8(bytes).map_err(|error| not_utf8(name, error))
    }

    /// A place for a result. What is there before is not read.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or may be written to until the call ends, by this call alone.
    #[inline]
    pub unsafe fn place<T>(&self, name: &str, pointer: *mut T) -> Result<Place<'_, T>, Failure> {
        check_pointer(name, pointer)?;
        Ok(Place {
            pointer,
            call: PhantomData,
        })
    }

    /// A buffer for text; NULL if its capacity is 0.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or points to `capacity` bytes that may be written to until the call ends,
    /// by this call alone.
    #[inline]
    pub unsafe fn buffer(
        &self,
        name: &str,
        pointer: *mut c_char,
        capacity: usize,
    ) -> Result<Buffer<'_>, Failure> {
        if capacity > 0 {
            check_pointer(name, pointer)?;
        }
        Ok(Buffer {
            pointer,
            capacity,
            call: PhantomData,
        })
    }

    /// Doubles to read while the caller may change them, from within a callback. With a `count` of 0
    /// the pointer is not looked at.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or points to `count` doubles, which no other thread changes during the
    /// call.
    #[inline]
    pub unsafe fn changing_doubles(
        &self,
        name: &str,
        pointer: *const f64,
        count: usize,
    ) -> Result<&[Cell<f64>], Failure> {
        if count == 0 {
            return Ok(&[]);
        }
        check_array(name, pointer, count)?;
        // SAFETY: checked above, and the caller promises the rest. A `Cell` has its content's
        // layout, may change behind the reference, and is only read.
        Ok(unsafe { slice::from_raw_parts(pointer.cast::<Cell<f64>>(), count) })
    }

    /// Doubles to read and as many to write, which are the same or apart. With a `count` of 0 the
    /// pointers are not looked at.
    ///
    /// # Safety
    ///
    /// `source` is NULL or points to `count` doubles that do not change during the call; `target`
    /// is NULL or points to room for `count` doubles that may be written to until the call ends, by
    /// this call alone.
    #[inline]
    pub unsafe fn source_and_target(
        &self,
        (source_name, source): (&str, *const f64),
        (target_name, target): (&str, *mut f64),
        count: usize,
    ) -> Result<Doubles<'_>, Failure> {
        if count == 0 {
            return Ok(Doubles::Same(&mut []));
        }
        check_array(source_name, source, count)?;
        check_array(target_name, target, count)?;

        if ptr::eq(source, target) {
            // SAFETY: checked above, and the caller promises the rest. This is the only reference.
            let both = unsafe { slice::from_raw_parts_mut(target, count) };
            return Ok(Doubles::Same(both));
        }
        // No overflow: `check_array` has multiplied the same numbers.
        if source.addr().abs_diff(target.addr()) < count * size_of::<f64>() {
            return Err(overlap(source_name, target_name));
        }
        // SAFETY: checked above, and the caller promises the rest. The two do not overlap, so that
        // nothing else refers to what `target` refers to. Whatever C left in there is a double.
        Ok(unsafe {
            Doubles::Apart(
                slice::from_raw_parts(source, count),
                slice::from_raw_parts_mut(target, count),
            )
        })
    }
}

/// Where C wants a result.
pub struct Place<'call, T> {
    pointer: *mut T,
    call: PhantomData<&'call Call>,
}

impl<T> Place<'_, T> {
    #[inline]
    pub fn set(self, result: T) {
        // SAFETY: not NULL and aligned, and whoever made the place promised that it may be written
        // to. Not through a reference, so that a place within another argument is no more than odd.
        unsafe { self.pointer.write(result) }
    }
}

/// Where C wants text.
pub struct Buffer<'call> {
    pointer: *mut c_char,
    capacity: usize,
    call: PhantomData<&'call Call>,
}

impl Buffer<'_> {
    /// Writes `text` and a NUL, all or nothing. Without a buffer, that is fine too.
    #[inline]
    pub fn set(self, text: &str) -> Result<(), Failure> {
        if self.pointer.is_null() {
            return Ok(());
        }
        let needed = text.len() + 1;
        let capacity = self.capacity;
        if capacity < needed {
            return Err(too_small(capacity, needed));
        }
        // SAFETY: not NULL, there is room for the text and the NUL, and whoever made the buffer
        // promised that it may be written to by this call alone, so that `text` is elsewhere.
        unsafe {
            let start = self.pointer.cast::<u8>();
            start.copy_from_nonoverlapping(text.as_ptr(), text.len());
            start.add(text.len()).write(0);
        }
        Ok(())
    }
}

/// Doubles to read and doubles to write.
pub enum Doubles<'call> {
    /// They are one and the same.
    Same(&'call mut [f64]),
    /// They have no element in common.
    Apart(&'call [f64], &'call mut [f64]),
}

#[inline]
fn check_pointer<T>(name: &str, pointer: *const T) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err(is_null(name));
    }
    if !pointer.is_aligned() {
        return Err(misaligned(name, align_of::<T>()));
    }
    Ok(())
}

#[inline]
fn check_array<T>(name: &str, pointer: *const T, count: usize) -> Result<(), Failure> {
    check_pointer(name, pointer)?;
    // Rust's limit and C's (`ptrdiff_t`), and an array does not wrap around the end of memory.
    let fits = count
        .checked_mul(size_of::<T>())
        .filter(|bytes| isize::try_from(*bytes).is_ok())
        .is_some_and(|bytes| pointer.addr().checked_add(bytes).is_some());
    if !fits {
        return Err(too_large(name, count));
    }
    Ok(())
}

// The failures, out of the way of the calls that succeed. --------------------------------------

#[cold]
fn is_null(name: &str) -> Failure {
    Failure::new(HelloStatus::NullPointer, format!("`{name}` is NULL"))
}

#[cold]
fn misaligned(name: &str, alignment: usize) -> Failure {
    let message = format!("`{name}` is not aligned to {alignment} bytes");
    Failure::new(HelloStatus::Misaligned, message)
}

#[cold]
fn not_utf8(name: &str, error: Utf8Error) -> Failure {
    let place = error.valid_up_to();
    let message = format!("`{name}` is not UTF-8 at byte {place}");
    Failure::new(HelloStatus::InvalidUtf8, message)
}

#[cold]
fn too_large(name: &str, count: usize) -> Failure {
    let message = format!("`{name}` cannot have {count} elements: no memory is that large");
    Failure::new(HelloStatus::TooLarge, message)
}

#[cold]
fn overlap(source: &str, target: &str) -> Failure {
    let message = format!("`{source}` and `{target}` overlap but are not equal");
    Failure::new(HelloStatus::Overlap, message)
}

#[cold]
fn too_small(capacity: usize, needed: usize) -> Failure {
    let message = format!("`capacity` is {capacity} and has to be at least {needed}");
    Failure::new(HelloStatus::BufferTooSmall, message)
}
