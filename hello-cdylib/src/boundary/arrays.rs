//! Arrays of C's, without a copy.

use std::marker::PhantomData;
use std::{ptr, slice};

use crate::Status;
use crate::boundary::argument::check_pointer;
use crate::boundary::guard::{Call, Failure};

impl Call {
    /// An array to read while the caller may change it, from within a callback. With a `count` of 0
    /// the pointer is not looked at.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or points to `count` elements, which no other thread changes
    /// during the call. Whatever is there is a `T`.
    pub unsafe fn elements<T: Copy>(
        &self,
        name: &str,
        pointer: *const T,
        count: usize,
    ) -> Result<Elements<'_, T>, Failure> {
        if count > 0 {
            check_array(name, pointer, count)?;
        }
        Ok(Elements {
            next: pointer,
            left: count,
            call: PhantomData,
        })
    }

    /// An array to read and one to write, of as many elements, which are the same or apart. With a
    /// `count` of 0 the pointers are not looked at.
    ///
    /// # Safety
    ///
    /// `source` is NULL, misaligned, or points to `count` elements that do not change during the
    /// call; `target` is NULL, misaligned, or may be written to, as many, until the call ends and by
    /// this call alone. Whatever is in either is a `T`.
    #[inline]
    pub unsafe fn source_and_target<T: Copy>(
        &self,
        (source_name, source): (&str, *const T),
        (target_name, target): (&str, *mut T),
        count: usize,
    ) -> Result<Arrays<'_, T>, Failure> {
        if count == 0 {
            return Ok(Arrays::Same(&mut []));
        }
        check_array(source_name, source, count)?;
        check_array(target_name, target, count)?;

        if ptr::eq(source, target) {
            // SAFETY: checked above, and the caller promises the rest. This is the only reference.
            let both = unsafe { slice::from_raw_parts_mut(target, count) };
            return Ok(Arrays::Same(both));
        }
        // No overflow: `check_array` has multiplied the same numbers.
        if source.addr().abs_diff(target.addr()) < count * size_of::<T>() {
            return Err(overlap(source_name, target_name));
        }
        // SAFETY: checked above, and the caller promises the rest. The two do not overlap, so that
        // nothing else refers to what `target` refers to.
        Ok(unsafe {
            Arrays::Apart(
                slice::from_raw_parts(source, count),
                slice::from_raw_parts_mut(target, count),
            )
        })
    }
}

/// The elements of an array, each read when its turn comes. There is never a reference to one: C may
/// change it between two reads.
pub struct Elements<'call, T> {
    next: *const T,
    left: usize,
    call: PhantomData<&'call Call>,
}

impl<T: Copy> Iterator for Elements<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        // SAFETY: `Call::elements` checked the pointer and the count, and its caller guarantees the
        // elements. One is left, so that the next pointer is within the array or at its end.
        unsafe {
            let element = self.next.read();
            self.next = self.next.add(1);
            Some(element)
        }
    }
}

/// An array to read and one to write.
pub enum Arrays<'call, T> {
    /// They are one and the same.
    Same(&'call mut [T]),
    /// They have no element in common.
    Apart(&'call [T], &'call mut [T]),
}

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

#[cold]
fn too_large(name: &str, count: usize) -> Failure {
    let message = format!("`{name}` cannot have {count} elements: no memory is that large");
    Failure::new(Status::TooLarge, message)
}

#[cold]
fn overlap(source: &str, target: &str) -> Failure {
    let message = format!("`{source}` and `{target}` overlap but are not equal");
    Failure::new(Status::Overlap, message)
}
