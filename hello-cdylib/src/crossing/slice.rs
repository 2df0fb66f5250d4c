//! Arrays, in and out, without a copy.

use abi_boundary::{Arrays, guard};

use crate::crossing::status::Guarded;

/// Writes the square root of each of the `count` doubles at `values`, as hello_sqrt() returns it, to
/// the same place in `roots`.
///
/// `roots` may be `values`: the roots replace the values. With a count of 0 nothing is read.
///
/// Fails with HELLO_STATUS_NULL_POINTER, HELLO_STATUS_MISALIGNED, HELLO_STATUS_TOO_LARGE, and with
/// HELLO_STATUS_OVERLAP if the arrays overlap without being the same.
///
/// # Safety
///
/// `values` has `count` doubles, and `roots` has room for `count` doubles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_sqrt_all(
    values: *const f64,
    roots: *mut f64,
    count: usize,
) -> Guarded {
    guard(|call| {
        let (values, roots) = (("values", values), ("roots", roots));
        // SAFETY: C promises the doubles and the room.
        match unsafe { call.source_and_target(values, roots, count) }? {
            Arrays::Same(both) => hello_core::sqrt_in_place(both),
            Arrays::Apart(values, roots) => hello_core::sqrt_all(values, roots),
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut, without_provenance, without_provenance_mut};

    use super::*;
    use crate::crossing::status::HelloStatus;

    /// The largest count that is not refused.
    const LIMIT: usize = isize::MAX as usize / size_of::<f64>();

    #[test]
    fn apart_and_in_place_give_the_same() {
        let mut values = [0.0, -0.0, 1.0, 2.0, 4.0, f64::INFINITY, f64::MAX];
        let mut roots = [7.0; 7];
        let expected = values.map(f64::sqrt).map(f64::to_bits);
        // SAFETY: arrays of this function, with their count.
        unsafe { hello_sqrt_all(values.as_ptr(), roots.as_mut_ptr(), 7) }.expect_ok();
        assert_eq!(roots.map(f64::to_bits), expected);

        let both = values.as_mut_ptr();
        // SAFETY: an array of this function, with its count.
        unsafe { hello_sqrt_all(both, both, 7) }.expect_ok();
        assert_eq!(values.map(f64::to_bits), expected);
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let mut all = [4.0, 9.0, 0.0, 0.0];
        let start = all.as_mut_ptr();
        // SAFETY: two halves of an array of this function.
        unsafe { hello_sqrt_all(start, start.add(2), 2) }.expect_ok();
        assert_eq!(all, [4.0, 9.0, 2.0, 3.0]);
        let start = all.as_mut_ptr();
        // SAFETY: as above.
        unsafe { hello_sqrt_all(start.add(2), start, 2) }.expect_ok();
        assert_eq!(all, [2.0_f64.sqrt(), 3.0_f64.sqrt(), 2.0, 3.0]);
    }

    #[test]
    fn with_a_count_of_0_nothing_is_looked_at() {
        let mut one = [4.0];
        let odd = without_provenance_mut(1);
        // SAFETY: no element is read or written.
        unsafe {
            hello_sqrt_all(null(), null_mut(), 0).expect_ok();
            hello_sqrt_all(odd, odd, 0).expect_ok();
            hello_sqrt_all(null(), one.as_mut_ptr(), 0).expect_ok();
        }
        assert_eq!(one, [4.0]);
    }

    #[test]
    fn an_overlap_is_refused() {
        let mut all = [4.0; 8];
        let start = all.as_mut_ptr();
        for (from, to) in [(0, 1), (1, 0), (0, 3), (3, 0)] {
            // SAFETY: four elements from each place are within the array.
            unsafe { hello_sqrt_all(start.add(from), start.add(to), 4) }.expect_failure(
                HelloStatus::Overlap,
                "hello_sqrt_all: `values` and `roots` overlap but are not equal",
            );
        }
        assert_eq!(all, [4.0; 8]);
    }

    #[test]
    fn null_is_refused() {
        let mut one = [4.0];
        // SAFETY: NULL or an array of this function.
        unsafe {
            hello_sqrt_all(null(), one.as_mut_ptr(), 1)
                .expect_failure(HelloStatus::NullPointer, "hello_sqrt_all: `values` is NULL");
            hello_sqrt_all(one.as_ptr(), null_mut(), 1)
                .expect_failure(HelloStatus::NullPointer, "hello_sqrt_all: `roots` is NULL");
        }
    }

    #[test]
    fn a_misaligned_array_is_refused() {
        let mut room = [4.0; 2];
        let mut one = [0.0];
        let alignment = align_of::<f64>();
        for by in 1..alignment {
            let odd = room.as_mut_ptr().wrapping_byte_add(by);
            // SAFETY: one element fits from each place, if not aligned.
            unsafe {
                hello_sqrt_all(odd, one.as_mut_ptr(), 1).expect_failure(
                    HelloStatus::Misaligned,
                    &format!("hello_sqrt_all: `values` is not aligned to {alignment} bytes"),
                );
                hello_sqrt_all(one.as_ptr(), odd, 1).expect_failure(
                    HelloStatus::Misaligned,
                    &format!("hello_sqrt_all: `roots` is not aligned to {alignment} bytes"),
                );
            }
        }
        assert_eq!((room, one), ([4.0; 2], [0.0]));
    }

    #[test]
    fn a_count_that_no_memory_can_hold_is_refused() {
        let mut one = [4.0];
        for count in [LIMIT + 1, usize::MAX / 8 + 1, usize::MAX - 1, usize::MAX] {
            // SAFETY: the count is refused before anything is read.
            unsafe { hello_sqrt_all(one.as_ptr(), one.as_mut_ptr(), count) }.expect_failure(
                HelloStatus::TooLarge,
                &format!(
                    "hello_sqrt_all: `values` cannot have {count} elements: no memory is that large"
                ),
            );
        }
        // At the limit it is the overlap that is seen: nothing overflows on the way there.
        let start = without_provenance_mut::<f64>(64);
        // SAFETY: the overlap is refused before anything is read.
        unsafe { hello_sqrt_all(start.wrapping_add(1), start, LIMIT) }.expect_failure(
            HelloStatus::Overlap,
            "hello_sqrt_all: `values` and `roots` overlap but are not equal",
        );
    }

    #[test]
    fn an_array_that_would_wrap_around_is_refused() {
        let last = without_provenance(usize::MAX - 7);
        // SAFETY: refused before anything is read.
        unsafe { hello_sqrt_all(last, without_provenance_mut(8), 1) }.expect_failure(
            HelloStatus::TooLarge,
            "hello_sqrt_all: `values` cannot have 1 elements: no memory is that large",
        );
    }
}
