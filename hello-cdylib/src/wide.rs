//! Square roots, as many at a time as the processor at hand can take.
//!
//! The library is built for every x86-64 processor there is, and what they all have is registers of
//! two doubles. Most have wider ones: the same loop is compiled for four as well, and the library
//! chooses at run time. The bits are the same, because a square root is correctly rounded in both.
//!
//! What it gains, with 10 000 doubles: on AMD Zen 4 half the time (11.4 us with two at a time, 5.7 us
//! with four); on Intel Sapphire Rapids, which takes as long for four as for twice two, nothing.

use crate::boundary::arrays::Arrays;

/// Writes the square root of each of the doubles to its place.
pub fn sqrt_all(arrays: Arrays<'_, f64>) {
    // The standard library asks the processor once; after that, this is a load and a test.
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor and the system have just said that they can.
        return unsafe { by_four(arrays) };
    }
    plain(arrays);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn by_four(arrays: Arrays<'_, f64>) {
    plain(arrays);
}

/// The loop itself. Inlined always: it is compiled for the processor that its caller is for.
#[inline(always)]
fn plain(arrays: Arrays<'_, f64>) {
    match arrays {
        Arrays::Same(values) => hello_core::sqrt_in_place(values),
        Arrays::Apart(values, roots) => hello_core::sqrt_all(values, roots),
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    type Loop = fn(Arrays<'_, f64>);

    /// Every loop that this processor can run, and the choice among them. They are wide only where
    /// the compiler optimises: `rust/tests` runs this in the release profile, too.
    fn loops() -> Vec<(&'static str, Loop)> {
        let mut loops: Vec<(_, Loop)> = vec![("chosen", sqrt_all), ("plain", plain)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                // SAFETY: asked for just now.
                loops.push(("by four", |arrays| unsafe { by_four(arrays) }));
            }
        }
        loops
    }

    /// `count` doubles at which something changes, in an order that no register's width divides.
    fn special(count: usize) -> Vec<f64> {
        let bits = [
            0x0000_0000_0000_0000_u64, // 0
            0x8000_0000_0000_0000,     // -0
            0x4000_0000_0000_0000,     // 2
            0xc010_0000_0000_0000,     // -4
            0x400f_ffff_ffff_ffff,     // just below 4
            0x0000_0000_0000_0001,     // the smallest subnormal
            0x000f_ffff_ffff_ffff,     // the largest subnormal
            0x8000_0000_0000_0001,     // a subnormal below zero
            0x7fef_ffff_ffff_ffff,     // the largest
            0x7ff0_0000_0000_0000,     // infinity
            0xfff0_0000_0000_0000,     // -infinity
            0x7ff8_0000_0000_1234,     // NaN with a payload
            0xfff8_0000_0000_0000,     // NaN with its sign set
        ];
        let numbers = bits.map(f64::from_bits).into_iter().cycle();
        numbers.take(count).collect()
    }

    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    #[test]
    fn every_loop_gives_the_bits_of_one_root_at_a_time() {
        for (name, sqrt_all) in loops() {
            // Every rest beside full registers, and every place relative to the widest one's size.
            for count in 0..=67 {
                for place in 0..8 {
                    let part = place..place + count;
                    let values = special(count + 9);
                    let mut expected = vec![7.0; count + 9];
                    for index in part.clone() {
                        expected[index] = black_box(values[index]).sqrt();
                    }

                    let mut roots = vec![7.0; count + 9];
                    sqrt_all(Arrays::Apart(
                        &values[part.clone()],
                        &mut roots[part.clone()],
                    ));
                    assert_eq!(bits(&roots), bits(&expected), "{name}, {part:?}");

                    let mut both = vec![7.0; count + 9];
                    both[part.clone()].copy_from_slice(&values[part.clone()]);
                    sqrt_all(Arrays::Same(&mut both[part.clone()]));
                    assert_eq!(bits(&both), bits(&expected), "{name}, {part:?}, in place");
                }
            }
        }
    }
}
