//! Text, written to the caller's buffer.

use std::ffi::c_char;

use abi_boundary::guard;

use crate::crossing::status::Guarded;

/// Writes the sentence that hello_print() prints, ended by a NUL, to the `capacity` bytes at
/// `buffer`, and its length to `length`: in bytes, without the NUL, so that `*length + 1` is the
/// capacity that is needed. Nothing is allocated for the caller.
///
/// To ask for the length alone, pass NULL and 0: that is HELLO_STATUS_OK.
///
/// Fails with HELLO_STATUS_BUFFER_TOO_SMALL if the sentence and its NUL do not fit; `length` is
/// written all the same, `buffer` is not. Fails with HELLO_STATUS_NULL_POINTER (a `buffer` of NULL
/// with a capacity, `length`) and HELLO_STATUS_MISALIGNED.
///
/// # Safety
///
/// `buffer` has room for `capacity` bytes, or at least for the sentence and its NUL. `length` has
/// room for a size_t, which is not within `buffer`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_sentence(
    value: f64,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the room.
        let buffer = unsafe { call.text_buffer(("buffer", buffer), ("capacity", capacity)) }?;
        // SAFETY: C promises the room.
        let length = unsafe { call.out("length", length) }?;
        let sentence = hello_core::sentence(value);
        length.set(sentence.len());
        buffer.set(&sentence)
    })
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;

    use super::*;
    use crate::crossing::status::HelloStatus;

    const SENTENCE: &[u8] = b"Hello! The square root of 4 is: 2\0";
    const FILL: u8 = b'?';

    #[track_caller]
    fn call(buffer: &mut [u8], length: &mut usize) -> Guarded {
        // SAFETY: both are the caller's, and the capacity is that of the buffer.
        unsafe { hello_sentence(4.0, buffer.as_mut_ptr().cast(), buffer.len(), length) }
    }

    #[test]
    fn null_and_0_ask_for_the_length() {
        let mut length = 0;
        // SAFETY: NULL is allowed, the length is this function's.
        unsafe { hello_sentence(4.0, null_mut(), 0, &mut length) }.expect_ok();
        assert_eq!(length + 1, SENTENCE.len());
    }

    #[test]
    fn an_exact_buffer_is_filled_and_a_larger_one_keeps_its_rest() {
        let mut exact = [FILL; SENTENCE.len()];
        let mut length = 0;
        call(&mut exact, &mut length).expect_ok();
        assert_eq!((&exact[..], length + 1), (SENTENCE, SENTENCE.len()));

        let mut larger = [FILL; SENTENCE.len() + 3];
        call(&mut larger, &mut length).expect_ok();
        assert_eq!(larger, *[SENTENCE, &[FILL; 3]].concat());
    }

    #[test]
    fn a_capacity_may_be_a_guess_too_high() {
        let mut exact = [FILL; SENTENCE.len()];
        // SAFETY: there is room for the sentence.
        unsafe { hello_sentence(4.0, exact.as_mut_ptr().cast(), usize::MAX, &mut 0) }.expect_ok();
        assert_eq!(exact, *SENTENCE);
    }

    #[test]
    fn a_buffer_too_small_gets_nothing_and_the_length_is_told() {
        for capacity in [0, 1, SENTENCE.len() - 1] {
            let mut small = vec![FILL; capacity];
            let mut length = 0;
            call(&mut small, &mut length).expect_failure(
                HelloStatus::BufferTooSmall,
                &format!("hello_sentence: `capacity` is {capacity} and has to be at least 34"),
            );
            assert_eq!(small, vec![FILL; capacity]);
            assert_eq!(length + 1, SENTENCE.len());
        }
    }

    #[test]
    fn the_longest_sentences_arrive_whole() {
        for value in [
            f64::MIN,
            f64::from_bits(1),
            -f64::from_bits(1),
            f64::MIN_POSITIVE,
        ] {
            let expected = hello_core::sentence(value);
            let mut room = vec![FILL; 2000];
            let mut length = 0;
            // SAFETY: the capacity is that of the buffer.
            unsafe { hello_sentence(value, room.as_mut_ptr().cast(), room.len(), &mut length) }
                .expect_ok();
            assert_eq!(room[..length], *expected.as_bytes());
            assert_eq!(room[length], 0);
        }
    }

    #[test]
    fn pointers_that_cannot_be_written_to_are_refused() {
        let mut length = 7;
        let mut room = [FILL; SENTENCE.len()];
        let buffer = room.as_mut_ptr().cast::<c_char>();
        let mut odd = [0_usize; 2];
        // SAFETY: each pointer is NULL or has room, if not aligned.
        unsafe {
            hello_sentence(4.0, null_mut(), 1, &mut length)
                .expect_failure(HelloStatus::NullPointer, "hello_sentence: `buffer` is NULL");
            hello_sentence(4.0, buffer, SENTENCE.len(), null_mut())
                .expect_failure(HelloStatus::NullPointer, "hello_sentence: `length` is NULL");
            hello_sentence(4.0, null_mut(), 0, null_mut())
                .expect_failure(HelloStatus::NullPointer, "hello_sentence: `length` is NULL");
            let odd = odd.as_mut_ptr().wrapping_byte_add(1);
            hello_sentence(4.0, buffer, SENTENCE.len(), odd).expect_failure(
                HelloStatus::Misaligned,
                &format!(
                    "hello_sentence: `length` is not aligned to {} bytes",
                    size_of::<usize>()
                ),
            );
        }
        assert_eq!((length, odd), (7, [0; 2]));
        assert_eq!(room, [FILL; SENTENCE.len()]);
    }
}
