//! Text, bytes and numbers out, into memory that is and stays C's.

use std::ffi::c_char;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::slice;

use crate::argument::check_pointer;
use crate::{AnyBits, Call, Failure, Status};

impl<S: Status> Call<S> {
    /// A buffer for bytes or other numbers, with the parameter that says how many it has room for.
    /// NULL with a capacity of 0 is a buffer, too, for a caller that asks for the length alone.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`], [`Status::MISALIGNED`].
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or points to `capacity` elements that may be written to until
    /// the call ends, by this call alone.
    pub unsafe fn buffer<'call, T: AnyBits>(
        &'call self,
        (name, pointer): (&str, *mut T),
        (capacity_name, capacity): (&'static str, usize),
    ) -> Result<Buffer<'call, T>, Failure<S>> {
        if capacity > 0 {
            check_pointer(name, pointer)?;
        }
        Ok(Buffer {
            pointer,
            capacity,
            capacity_name,
            call: PhantomData,
        })
    }

    /// The same for text.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`].
    ///
    /// # Safety
    ///
    /// As for [`buffer`](Self::buffer).
    pub unsafe fn text_buffer<'call>(
        &'call self,
        (name, pointer): (&str, *mut c_char),
        capacity: (&'static str, usize),
    ) -> Result<TextBuffer<'call>, Failure<S>> {
        // SAFETY: the caller promises it.
        let bytes = unsafe { self.buffer((name, pointer.cast::<u8>()), capacity) }?;
        Ok(TextBuffer(bytes))
    }
}

/// Where C expects as many numbers as fit.
pub struct Buffer<'call, T> {
    pointer: *mut T,
    capacity: usize,
    capacity_name: &'static str,
    call: PhantomData<&'call ()>,
}

impl<T: AnyBits> Buffer<'_, T> {
    /// Writes `values`, all or nothing. Without a buffer, that is fine too.
    ///
    /// # Errors
    ///
    /// [`Status::BUFFER_TOO_SMALL`]: then nothing is written.
    pub fn set<S: Status>(self, values: &[T]) -> Result<(), Failure<S>> {
        self.set_parts([values])
    }

    fn set_parts<const N: usize, S: Status>(self, parts: [&[T]; N]) -> Result<(), Failure<S>> {
        if self.pointer.is_null() {
            return Ok(());
        }
        let needed = parts.iter().map(|part| part.len()).sum();
        if self.capacity < needed {
            return Err(too_small(self.capacity_name, self.capacity, needed));
        }
        // SAFETY: not NULL and aligned, and what is needed is within the capacity. The caller of
        // `Call::buffer` guarantees that it may be written to by this call alone, so that no part is
        // there. It need not be initialised.
        let mut rest =
            unsafe { slice::from_raw_parts_mut(self.pointer.cast::<MaybeUninit<T>>(), needed) };
        for part in parts {
            let (here, behind) = rest.split_at_mut(part.len());
            here.write_copy_of_slice(part);
            rest = behind;
        }
        Ok(())
    }
}

/// Where C expects text.
pub struct TextBuffer<'call>(Buffer<'call, u8>);

impl TextBuffer<'_> {
    /// Writes `text` and a NUL, all or nothing. Without a buffer, that is fine too.
    ///
    /// # Errors
    ///
    /// [`Status::BUFFER_TOO_SMALL`]: then nothing is written.
    pub fn set<S: Status>(self, text: &str) -> Result<(), Failure<S>> {
        self.0.set_parts([text.as_bytes(), &[0]])
    }
}

#[cold]
fn too_small<S: Status>(name: &str, capacity: usize, needed: usize) -> Failure<S> {
    let message = format!("`{name}` is {capacity} and has to be at least {needed}");
    Failure::new(S::BUFFER_TOO_SMALL, message)
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;

    use super::*;
    use crate::guard;
    use crate::tiny::{Guarded, Tiny};

    fn writes<T: AnyBits>(values: &[T], buffer: *mut T, size: usize) -> Guarded {
        guard(|call| {
            // SAFETY: the tests pass NULL, a misaligned pointer or their own array.
            unsafe { call.buffer(("buffer", buffer), ("size", size)) }?.set(values)
        })
    }

    #[test]
    fn values_arrive_and_what_is_behind_them_stays() {
        let mut bytes = [7_u8; 4];
        writes(&[1, 2, 0], bytes.as_mut_ptr(), 4).expect_ok();
        assert_eq!(bytes, [1, 2, 0, 7]);
        let mut numbers = [7_u32; 2];
        writes(&[1, u32::MAX], numbers.as_mut_ptr(), 2).expect_ok();
        assert_eq!(numbers, [1, u32::MAX]);
        writes::<u8>(&[], bytes.as_mut_ptr(), 0).expect_ok();
    }

    #[test]
    fn a_buffer_too_small_gets_nothing() {
        let mut bytes = [7_u8; 2];
        writes(&[1, 2, 3], bytes.as_mut_ptr(), 2).expect_failure(
            Tiny::BUFFER_TOO_SMALL,
            "writes<u8>: `size` is 2 and has to be at least 3",
        );
        assert_eq!(bytes, [7; 2]);
    }

    #[test]
    fn null_asks_for_the_length_and_has_no_room() {
        writes(&[1_u8], null_mut(), 0).expect_ok();
        writes(&[1_u8], null_mut(), 1)
            .expect_failure(Tiny::NULL_POINTER, "writes<u8>: `buffer` is NULL");
        let mut room = [0_u32; 2];
        writes(&[1], room.as_mut_ptr().wrapping_byte_add(1), 1).expect_failure(
            Tiny::MISALIGNED,
            "writes<u32>: `buffer` is not aligned to 4 bytes",
        );
    }

    #[test]
    fn text_ends_with_a_nul_that_has_to_fit() {
        fn says(text: &str, buffer: &mut [u8]) -> Guarded {
            guard(|call| {
                let size = ("size", buffer.len());
                let buffer = ("buffer", buffer.as_mut_ptr().cast());
                // SAFETY: an array of the test with its length.
                unsafe { call.text_buffer(buffer, size) }?.set(text)
            })
        }
        let mut bytes = [7; 5];
        says("Ada", &mut bytes).expect_ok();
        assert_eq!(&bytes, b"Ada\0\x07");
        says("Adam!", &mut bytes).expect_failure(
            Tiny::BUFFER_TOO_SMALL,
            "says: `size` is 5 and has to be at least 6",
        );
        assert_eq!(&bytes, b"Ada\0\x07");
        says("", &mut bytes).expect_ok();
        assert_eq!(bytes[0], 0);
    }
}
