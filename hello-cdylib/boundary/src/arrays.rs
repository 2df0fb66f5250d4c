//! C arrays, without a copy.

use std::marker::PhantomData;
use std::{ptr, slice};

use crate::argument::check_pointer;
use crate::{Call, Failure, Status};

/// A type of which any bits are a value: what C has in an array can be read as it is.
///
/// A library may implement it for a struct of its own that is `#[repr(C)]` and made of such types.
///
/// # Safety
///
/// Whatever bits are there are a value of the type: no `bool`, no enum, no reference, no padding.
pub unsafe trait AnyBits: Copy + 'static {}

macro_rules! any_bits {
    ($($number:ty)*) => {
        $(
            // SAFETY: a number uses all of its bits, and all combinations of them.
            unsafe impl AnyBits for $number {}
        )*
    };
}

any_bits!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

impl<S: Status> Call<S> {
    /// An array to read. With a `count` of 0 the pointer is not looked at.
    ///
    /// # Errors
    ///
    /// [`Status::NULL_POINTER`], [`Status::MISALIGNED`], [`Status::TOO_LARGE`].
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or points to `count` elements that do not change during the
    /// call.
    #[inline]
    pub unsafe fn slice<T: AnyBits>(
        &self,
        name: &str,
        pointer: *const T,
        count: usize,
    ) -> Result<&[T], Failure<S>> {
        if count == 0 {
            return Ok(&[]);
        }
        check_array(name, pointer, count)?;
        // SAFETY: checked above, and the caller promises the rest.
        Ok(unsafe { slice::from_raw_parts(pointer, count) })
    }

    /// An array to read while the caller may change it, from within a callback. With a `count` of 0
    /// the pointer is not looked at.
    ///
    /// # Errors
    ///
    /// As [`slice`](Self::slice).
    ///
    /// # Safety
    ///
    /// `pointer` is NULL, misaligned, or points to `count` elements, which no other thread changes
    /// during the call.
    pub unsafe fn elements<T: AnyBits>(
        &self,
        name: &str,
        pointer: *const T,
        count: usize,
    ) -> Result<Elements<'_, T>, Failure<S>> {
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
    /// # Errors
    ///
    /// As [`slice`](Self::slice), and [`Status::OVERLAP`].
    ///
    /// # Safety
    ///
    /// `source` is NULL, misaligned, or points to `count` elements that do not change during the
    /// call; `target` is NULL, misaligned, or may be written to, as many, until the call ends and by
    /// this call alone.
    #[inline]
    pub unsafe fn source_and_target<T: AnyBits>(
        &self,
        (source_name, source): (&str, *const T),
        (target_name, target): (&str, *mut T),
        count: usize,
    ) -> Result<Arrays<'_, T>, Failure<S>> {
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
    call: PhantomData<&'call ()>,
}

impl<T: AnyBits> Iterator for Elements<'_, T> {
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

fn check_array<S: Status, T>(
    name: &str,
    pointer: *const T,
    count: usize,
) -> Result<(), Failure<S>> {
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
fn too_large<S: Status>(name: &str, count: usize) -> Failure<S> {
    let message = format!("`{name}` cannot have {count} elements: no memory is that large");
    Failure::new(S::TOO_LARGE, message)
}

#[cold]
fn overlap<S: Status>(source: &str, target: &str) -> Failure<S> {
    let message = format!("`{source}` and `{target}` overlap but are not equal");
    Failure::new(S::OVERLAP, message)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::ptr::{null, null_mut};

    use super::*;
    use crate::guard;
    use crate::tiny::{Guarded, Tiny};

    /// What the library sees of an array.
    fn seen<T>(values: *const T, count: usize, expected: &[T]) -> Guarded
    where
        T: AnyBits + Debug + PartialEq,
    {
        guard(|call| {
            // SAFETY: the tests pass NULL, a misaligned pointer or their own array.
            assert_eq!(unsafe { call.slice("values", values, count) }?, expected);
            // SAFETY: as above.
            let one_by_one = unsafe { call.elements("values", values, count) }?;
            assert_eq!(one_by_one.collect::<Vec<T>>(), expected);
            Ok(())
        })
    }

    #[test]
    fn an_array_of_any_number_is_read_where_it_is() {
        fn of<T: AnyBits + Debug + PartialEq>(values: &[T]) {
            seen(values.as_ptr(), values.len(), values).expect_ok();
        }
        of::<u8>(&[0, 1, u8::MAX]);
        of::<u16>(&[0, u16::MAX]);
        of::<u32>(&[0, u32::MAX]);
        of::<u64>(&[0, u64::MAX]);
        of::<i8>(&[i8::MIN, i8::MAX]);
        of::<i16>(&[i16::MIN, i16::MAX]);
        of::<i32>(&[i32::MIN, i32::MAX]);
        of::<i64>(&[i64::MIN, i64::MAX]);
        of::<f32>(&[-0.0, f32::INFINITY]);
        of::<f64>(&[-0.0, f64::MIN_POSITIVE]);
    }

    #[test]
    fn an_array_of_nothing_may_be_null() {
        seen::<u32>(null(), 0, &[]).expect_ok();
    }

    #[test]
    fn what_cannot_be_an_array_is_refused() {
        let room = [0_u32; 2];
        let start = room.as_ptr();
        seen(null(), 1, &room).expect_failure(Tiny::NULL_POINTER, "seen<u32>: `values` is NULL");
        seen(start.wrapping_byte_add(2), 1, &room).expect_failure(
            Tiny::MISALIGNED,
            "seen<u32>: `values` is not aligned to 4 bytes",
        );
        for count in [isize::MAX as usize / 4 + 1, usize::MAX] {
            let expected = format!(
                "seen<u32>: `values` cannot have {count} elements: no memory is that large"
            );
            seen(start, count, &room).expect_failure(Tiny::TOO_LARGE, &expected);
        }
        let last = ptr::without_provenance::<u32>(usize::MAX - 3);
        seen(last, 1, &room).expect_failure(
            Tiny::TOO_LARGE,
            "seen<u32>: `values` cannot have 1 elements: no memory is that large",
        );
    }

    fn doubles(source: *const u8, target: *mut u8, count: usize) -> Guarded {
        guard(|call| {
            let (source, target) = (("source", source), ("target", target));
            // SAFETY: the tests pass NULL or their own arrays.
            match unsafe { call.source_and_target(source, target, count) }? {
                Arrays::Same(bytes) => bytes.iter_mut().for_each(|byte| *byte *= 2),
                Arrays::Apart(from, to) => {
                    to.iter_mut()
                        .zip(from)
                        .for_each(|(to, from)| *to = from * 2);
                }
            }
            Ok(())
        })
    }

    #[test]
    fn two_arrays_are_the_same_or_apart() {
        let mut bytes = [1, 2, 3, 4];
        let start = bytes.as_mut_ptr();
        // SAFETY: within the array.
        let middle = unsafe { start.add(2) };
        doubles(start, middle, 2).expect_ok();
        doubles(start, start, 2).expect_ok();
        doubles(null(), null_mut(), 0).expect_ok();
        doubles(start, middle, 3).expect_failure(
            Tiny::OVERLAP,
            "doubles: `source` and `target` overlap but are not equal",
        );
        doubles(start, null_mut(), 1)
            .expect_failure(Tiny::NULL_POINTER, "doubles: `target` is NULL");
        assert_eq!(bytes, [2, 4, 2, 4]);
    }
}
