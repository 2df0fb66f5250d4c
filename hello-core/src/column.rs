//! The square roots of a column: of numbers some of which may be missing.

use std::collections::TryReserveError;
use std::ops::Range;

use crate::on_demand::may_panic;
use crate::root::sqrt;

/// The square roots of a column's numbers. Where a number is missing, its root is, too: null.
#[derive(Debug, Default)]
pub struct Roots {
    values: Vec<f64>,
    /// A bit for each value, the lowest of a byte first: 0 where it is null. Empty before the first
    /// chunk that has such bits.
    validity: Vec<u8>,
    nulls: usize,
}

impl Roots {
    /// Adds the [`sqrt`] of each of a chunk's `values`. `validity` has a bit for each of them, from
    /// bit `offset` on; without it, none is missing.
    ///
    /// # Errors
    ///
    /// If there is no memory for them. Then they are not added.
    ///
    /// # Panics
    ///
    /// If there are fewer bits than values.
    ///
    /// ```
    /// let mut roots = hello_core::Roots::default();
    /// roots.extend(&[1.0, 4.0], None, 0)?;
    /// roots.extend(&[9.0, -1.0, 16.0], Some(&[0b1011_0000]), 4)?;
    /// assert_eq!(roots.values()[..3], [1.0, 2.0, 3.0]);
    /// assert_eq!((roots.validity(), roots.nulls()), (Some(&[0b0_1111][..]), 1));
    /// # Ok::<(), std::collections::TryReserveError>(())
    /// ```
    pub fn extend(
        &mut self,
        values: &[f64],
        validity: Option<&[u8]>,
        offset: usize,
    ) -> Result<(), TryReserveError> {
        let has_bits = |bits: &[u8]| (offset + values.len()).div_ceil(8) <= bits.len();
        assert!(validity.is_none_or(has_bits), "one bit for each value");
        let (before, after) = (self.values.len(), self.values.len() + values.len());
        self.values.try_reserve(values.len())?;
        if validity.is_some() || !self.validity.is_empty() {
            let more = after.div_ceil(8) - self.validity.len();
            self.validity.try_reserve(more)?;
            if self.validity.is_empty() {
                self.extend_validity(0..before, None, 0);
            }
            self.extend_validity(before..after, validity, offset);
        }
        self.values.extend(values.iter().map(|value| {
            may_panic();
            sqrt(*value)
        }));
        Ok(())
    }

    /// Adds the bits of the roots at `places`. The memory is there.
    fn extend_validity(&mut self, places: Range<usize>, from: Option<&[u8]>, offset: usize) {
        let mut place = places.start;
        while place < places.end {
            // Those that fit into the byte.
            let count = (8 - place % 8).min(places.end - place);
            let bits = from.map_or(u8::MAX, |bytes| eight(bytes, offset + place - places.start));
            let bits = bits & u8::MAX >> (8 - count);
            if place.is_multiple_of(8) {
                self.validity.push(bits);
            } else if let Some(byte) = self.validity.last_mut() {
                *byte |= bits << (place % 8);
            }
            self.nulls += count - bits.count_ones() as usize;
            place += count;
        }
    }

    /// The roots. What is where one is null means nothing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// A bit for each root, the lowest of a byte first: 0 where it is null. None if no chunk had any.
    pub fn validity(&self) -> Option<&[u8]> {
        (!self.validity.is_empty()).then_some(&self.validity)
    }

    /// How many roots are null.
    pub fn nulls(&self) -> usize {
        self.nulls
    }
}

/// Eight bits from `bit` on. Behind the last byte they are 0.
fn eight(bytes: &[u8], bit: usize) -> u8 {
    let next = bytes.get(bit / 8 + 1).copied().unwrap_or_default();
    (u16::from_le_bytes([bytes[bit / 8], next]) >> (bit % 8)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits, of which every third and seventh is 0, and what is there without them.
    fn bits(count: usize) -> (Vec<u8>, impl Fn(usize) -> bool) {
        let is_valid = |index: usize| !index.is_multiple_of(3) && !index.is_multiple_of(7);
        let mut bytes = vec![0; count.div_ceil(8)];
        for index in (0..count).filter(|index| is_valid(*index)) {
            bytes[index / 8] |= 1 << (index % 8);
        }
        (bytes, is_valid)
    }

    #[test]
    fn chunks_are_one_column_whatever_their_lengths_and_offsets() {
        let (bytes, is_valid) = bits(64);
        for first in 0..20 {
            for offset in 0..20 {
                for length in 0..20 {
                    let values: Vec<f64> = (0..first + length).map(|it| it as f64).collect();
                    let (before, after) = values.split_at(first);
                    for has_bits in [false, true] {
                        let mut roots = Roots::default();
                        let first_bits = has_bits.then_some(&bytes[..]);
                        roots.extend(before, first_bits, 3).unwrap();
                        roots.extend(after, Some(&bytes), offset).unwrap();
                        roots.extend(&[], None, 0).unwrap();
                        let expected: Vec<bool> = (0..first)
                            .map(|index| !has_bits || is_valid(3 + index))
                            .chain((offset..offset + length).map(&is_valid))
                            .collect();
                        let all: Vec<f64> = values.iter().map(|value| value.sqrt()).collect();
                        assert_eq!(roots.values(), all);
                        assert_eq!(roots.nulls(), expected.iter().filter(|it| !**it).count());
                        let bytes = roots.validity().unwrap_or_default();
                        assert_eq!(bytes.len(), expected.len().div_ceil(8));
                        let got = (0..expected.len()).map(|it| bytes[it / 8] >> (it % 8) & 1 == 1);
                        assert!(got.eq(expected), "{first} {offset} {length} {has_bits}");
                    }
                }
            }
        }
    }

    #[test]
    fn without_bits_there_are_none() {
        let mut roots = Roots::default();
        roots.extend(&[1.0, 4.0], None, 0).unwrap();
        roots.extend(&[9.0], None, 5).unwrap();
        assert_eq!((roots.validity(), roots.nulls()), (None, 0));
        assert_eq!(roots.values(), [1.0, 2.0, 3.0]);
        // After some that have none, all of those are there.
        roots.extend(&[16.0], Some(&[0]), 7).unwrap();
        assert_eq!((roots.validity(), roots.nulls()), (Some(&[0b0111][..]), 1));
    }

    #[test]
    #[should_panic = "one bit for each value"]
    fn fewer_bits_than_values_are_a_bug() {
        let _ = Roots::default().extend(&[1.0, 4.0], Some(&[1]), 7);
    }
}
