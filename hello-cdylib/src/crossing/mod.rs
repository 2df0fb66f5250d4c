//! The functions of the C ABI: a file for each kind of crossing, in the order of the header.
//!
//! They are plain functions, not made by a macro: cbindgen writes the header from these files and would not
//! see those.

pub mod status;

pub mod version;

pub mod nothing;

pub mod scalar;

pub mod structure;

pub mod error;

pub mod text;

pub mod buffer;

pub mod slice;

pub mod handle;

pub mod callback;

pub mod panic;

pub mod column;

/// cbindgen:ignore
// Ignored because its function is of the canary build alone: cbindgen reads every file, with
// any features, and `hello.h` describes the library that is shipped.
#[cfg(feature = "canary")]
mod live_blocks;

/// That a crossing gives what the core gives, for values of every kind. What either has to give, the
/// cases say.
#[cfg(test)]
mod tests {
    use std::ffi::{CStr, CString, c_char, c_void};
    use std::ops::ControlFlow;
    use std::ptr::null_mut;

    use super::{buffer, callback, error, handle, scalar, slice, structure, text};

    /// Numbers at which something changes, whole ones, and any bits.
    fn numbers() -> Vec<f64> {
        let special = [
            0.0,
            1.0,
            2.0,
            4.0,
            0.1,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
        ];
        let near = special
            .iter()
            .flat_map(|it| [it.next_down(), *it, it.next_up()]);
        let mut numbers: Vec<f64> = near.flat_map(|it| [it, -it]).collect();
        let mut state = 1_u64;
        for whole in 0..2000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            numbers.extend([f64::from(whole), f64::from_bits(state ^ state >> 31)]);
        }
        numbers
    }

    /// Every NaN alike: which one comes out is promised nowhere.
    fn bits(number: f64) -> u64 {
        if number.is_nan() {
            f64::NAN.to_bits()
        } else {
            number.to_bits()
        }
    }

    /// The text that a call wrote, freed.
    fn taken(text: *mut c_char) -> String {
        // SAFETY: the library made it.
        let own = unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned();
        // SAFETY: once, and it is not used any more.
        unsafe { text::hello_string_free(text) };
        own
    }

    #[test]
    fn numbers_are_the_cores() {
        for value in numbers() {
            assert_eq!(
                bits(scalar::hello_sqrt(value)),
                bits(hello_core::sqrt(value))
            );
            let (got, of_core) = (structure::hello_root(value), hello_core::root(value));
            assert_eq!(bits(got.value), bits(of_core.value));
            assert_eq!(bits(got.root), bits(of_core.root));
            assert_eq!(got.exact, of_core.exact);
            let mut root = 7.0;
            // SAFETY: a double of this function.
            let got = unsafe { error::hello_checked_sqrt(value, &mut root) };
            match hello_core::checked_sqrt(value) {
                Ok(of_core) => {
                    got.expect_ok();
                    assert_eq!(bits(root), bits(of_core));
                }
                Err(_) => assert_eq!(root, 7.0),
            }
            let (mut memory, mut length) = ([0_u8; 800], 0);
            let to = memory.as_mut_ptr().cast();
            // SAFETY: an array of this function, and a number.
            unsafe { buffer::hello_sentence(value, to, 800, &mut length) }.expect_ok();
            assert_eq!(&memory[..length], hello_core::sentence(value).as_bytes());
        }
    }

    #[test]
    fn arrays_of_every_length_are_the_cores() {
        unsafe extern "C" fn visit(value: f64, root: f64, context: *mut c_void) -> i32 {
            // SAFETY: below, it is this.
            unsafe { &mut *context.cast::<Vec<(u64, u64)>>() }.push((bits(value), bits(root)));
            1
        }
        let all = numbers();
        let powers = (0..=12).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
        for length in powers.map(|length: usize| length.min(all.len())) {
            let values = &all[all.len() - length..];
            let mut expected = vec![0.0; length];
            hello_core::sqrt_all(values, &mut expected);
            let expected: Vec<u64> = expected.into_iter().map(bits).collect();

            let mut roots = vec![0.0; length];
            // SAFETY: two arrays of this function, with their count.
            unsafe { slice::hello_sqrt_all(values.as_ptr(), roots.as_mut_ptr(), length) }
                .expect_ok();
            assert!(
                roots
                    .iter()
                    .map(|root| bits(*root))
                    .eq(expected.iter().copied()),
                "{length}"
            );

            let mut both = values.to_vec();
            let start = both.as_mut_ptr();
            // SAFETY: an array of this function, with its count.
            unsafe { slice::hello_sqrt_all(start, start, length) }.expect_ok();
            assert!(both.iter().map(|root| bits(*root)).eq(expected), "{length}");

            let (mut seen, mut of_core) = (Vec::<(u64, u64)>::new(), Vec::new());
            let context = (&raw mut seen).cast();
            // SAFETY: an array of this function, and what the visitor takes.
            unsafe { callback::hello_each_root(values.as_ptr(), length, Some(visit), context) }
                .expect_ok();
            hello_core::each_root(values.iter().copied(), |value, root| {
                of_core.push((bits(value), bits(root)));
                ControlFlow::Continue(())
            });
            assert_eq!(seen, of_core);
        }
    }

    #[test]
    fn texts_are_the_cores() {
        let texts = [
            "",
            "Ada",
            "Zo\u{eb}",
            "\u{1f980}",
            "\u{10ffff}\u{7f}\n",
            "\"\\",
        ]
        .map(str::to_owned);
        let all = texts
            .into_iter()
            .chain((0..12).map(|power| "\u{e9}".repeat(1 << power)));
        for name in all {
            let own = CString::new(name.as_str()).unwrap();
            let (mut greeting, mut greeter) = (null_mut(), null_mut());
            // SAFETY: a text and a pointer of this function.
            unsafe { text::hello_greet(own.as_ptr(), &mut greeting) }.expect_ok();
            assert_eq!(taken(greeting), hello_core::greet(&name).to_string());

            let of_core = hello_core::Greeter::new(name.clone());
            // SAFETY: a text and a pointer of this function.
            unsafe { handle::hello_greeter_new(own.as_ptr(), &mut greeter) }.expect_ok();
            // SAFETY: what was made, a text, and a pointer of this function.
            unsafe { handle::hello_greeter_greet(greeter, own.as_ptr(), &mut greeting) }
                .expect_ok();
            assert_eq!(taken(greeting), of_core.greet(&name).to_string());
            let mut count = 0;
            // SAFETY: what was made, and a number of this function.
            unsafe { handle::hello_greeter_count(greeter, &mut count) }.expect_ok();
            assert_eq!(count, of_core.count());
            // SAFETY: once, and it is not used any more.
            unsafe { handle::hello_greeter_free(greeter) };
        }
    }
}
