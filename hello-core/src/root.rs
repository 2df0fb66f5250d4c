//! Square roots: of one number, of a whole slice, and one by one for a visitor.

use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;

use crate::on_demand::may_panic;

/// The square root as IEEE 754 defines it: correctly rounded, −0.0 for −0.0, NaN below it.
#[inline]
pub fn sqrt(value: f64) -> f64 {
    value.sqrt()
}

/// A number, its square root, and whether that is the whole truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Root {
    /// The number.
    pub value: f64,
    /// Its [`sqrt`].
    pub root: f64,
    /// Whether `root` is the square root itself and not merely the double next to it. True for the
    /// zeros and for infinity, false for NaN.
    pub exact: bool,
}

/// The square root of `value`, and whether it had to be rounded.
///
/// ```
/// assert!(hello_core::root(2.25).exact);
/// assert!(!hello_core::root(2.0).exact);
/// ```
#[inline]
pub fn root(value: f64) -> Root {
    let root = sqrt(value);
    // Subnormal numbers have fewer bits than 53: they are looked at where they have them.
    let up = if value < f64::MIN_POSITIVE {
        f64::from(1 << 30)
    } else {
        1.0
    };
    Root {
        value,
        root,
        exact: is_square(value * up * up, root * up),
    }
}

/// Whether `root`, the rounded square root of `value`, squares to exactly `value`, which is not
/// subnormal.
#[inline]
fn is_square(value: f64, root: f64) -> bool {
    // `root * root` is rounded, too, and so equals `value` for some rounded roots. But not where the
    // square fits into a double's 53 bits, and where it does not, it is no `value`. More than 27
    // bits have a longer square, and so have, from 2^26.5 on, 27 bits without a zero at the end.
    let bits = root.to_bits();
    if bits & ((1 << 26) - 1) != 0 {
        return false;
    }
    let significand = ((bits >> 26) & ((1 << 26) - 1)) | (1 << 26); // A root is never subnormal.
    if significand % 2 == 1 && significand * significand >= 1 << 53 {
        return false;
    }
    root * root == value
}

/// A number below zero has no real square root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DomainError {
    /// The number.
    pub value: f64,
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `{:?}` knows exponents; `{}` would write out 324 zeros for the smallest numbers.
        write!(f, "{:?} has no real square root", self.value)
    }
}

impl Error for DomainError {}

/// The square root of `value`. NaN is not an error: its root is NaN.
///
/// # Errors
///
/// [`DomainError`] for a number below zero, −∞ included and −0.0 not.
///
/// ```
/// assert_eq!(hello_core::checked_sqrt(9.0), Ok(3.0));
/// assert!(hello_core::checked_sqrt(-9.0).is_err());
/// ```
#[inline]
pub fn checked_sqrt(value: f64) -> Result<f64, DomainError> {
    if value < 0.0 {
        return Err(DomainError { value });
    }
    Ok(sqrt(value))
}

/// Writes the [`sqrt`] of each of `values` to the same place in `roots`.
///
/// # Panics
///
/// If the lengths differ.
pub fn sqrt_all(values: &[f64], roots: &mut [f64]) {
    assert_eq!(values.len(), roots.len(), "one root for each value");
    // A plain loop over a zip: without bounds checks inside, the compiler takes the roots of as
    // many values at once as the processor's registers hold.
    for (root, value) in roots.iter_mut().zip(values) {
        may_panic();
        *root = sqrt(*value);
    }
}

/// Replaces each of `values` by its [`sqrt`].
pub fn sqrt_in_place(values: &mut [f64]) {
    for value in values {
        may_panic();
        *value = sqrt(*value);
    }
}

/// Calls `visit` with each of `values` and its [`sqrt`], in order, until it breaks.
///
/// ```
/// use std::ops::ControlFlow;
///
/// let mut seen = Vec::new();
/// hello_core::each_root([1.0, 4.0, 9.0], |_, root| {
///     seen.push(root);
///     if root < 2.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
/// });
/// assert_eq!(seen, [1.0, 2.0]);
/// ```
pub fn each_root(
    values: impl IntoIterator<Item = f64>,
    mut visit: impl FnMut(f64, f64) -> ControlFlow<()>,
) {
    for value in values {
        may_panic();
        if visit(value, sqrt(value)).is_break() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doubles of every kind, the same ones each time: random bits (xorshift64*).
    fn doubles(count: usize) -> Vec<f64> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            f64::from_bits(state.wrapping_mul(0x2545_f491_4f6c_dd1d))
        };
        (0..count).map(|_| next()).collect()
    }

    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    #[test]
    fn sqrt_is_that_of_ieee_754() {
        assert_eq!(sqrt(2.0).to_bits(), 0x3ff6_a09e_667f_3bcd);
        assert_eq!(sqrt(-0.0).to_bits(), (-0.0f64).to_bits());
        assert_eq!(sqrt(f64::INFINITY), f64::INFINITY);
        assert!(sqrt(-1.0).is_nan());
        assert!(sqrt(f64::NAN).is_nan());
    }

    #[test]
    fn a_root_that_is_not_a_number_is_not_exact() {
        assert!(!root(f64::NAN).exact);
        assert!(!root(-4.0).exact);
        assert!(!root(f64::NEG_INFINITY).exact);
    }

    #[test]
    fn the_zeros_and_infinity_have_exact_roots() {
        assert!(root(0.0).exact);
        assert!(root(-0.0).exact);
        assert!(root(f64::INFINITY).exact);
    }

    #[test]
    fn a_square_has_an_exact_root_and_its_neighbours_have_none() {
        for number in doubles(100_000) {
            // 26 bits: few enough for an exact square, in the range where squares are normal.
            let short = f64::from_bits(number.to_bits() & !0 << 27).abs();
            if !(1e-140..1e140).contains(&short) {
                continue;
            }
            let square = short * short;
            let found = root(square);
            assert!(found.exact && found.root == short, "{short:?}");
            assert!(!root(square.next_up()).exact, "{short:?}");
            assert!(!root(square.next_down()).exact, "{short:?}");
        }
    }

    #[test]
    fn a_root_of_27_bits_is_exact_if_its_square_fits() {
        let fits = f64::from((1 << 26) + 1);
        assert!(root(fits * fits).exact);
        // The square has 54 bits. Rounded, it has the same root, which squares to it, rounded.
        let long = f64::from((1 << 27) - 1);
        let found = root(long * long);
        assert_eq!((found.root, found.root * found.root), (long, found.value));
        assert!(!found.exact);
        assert!(root((long - 1.0) * (long - 1.0)).exact);
    }

    #[test]
    fn an_exact_root_of_a_subnormal_is_not_guessed_from_a_rounded_product() {
        // 2^-1074, the smallest, is a square; twice that is not.
        assert!(root(f64::from_bits(1)).exact);
        assert!(!root(f64::from_bits(2)).exact);
        // (m² − 1) / 4 of the smallest number: its root rounds to m × 2^-538, and the square of
        // that rounds back to the value, a quarter too high.
        let m = (1_u64 << 26) + 1;
        let value = f64::from_bits((m * m - 1) / 4);
        let found = root(value);
        assert_eq!(found.root * found.root, value);
        assert!(!found.exact);
    }

    #[test]
    fn only_numbers_below_zero_are_outside_of_the_domain() {
        assert_eq!(checked_sqrt(4.0), Ok(2.0));
        assert_eq!(
            checked_sqrt(-0.0).unwrap().to_bits(),
            (-0.0f64).to_bits(),
            "-0.0 is not below zero"
        );
        assert!(checked_sqrt(f64::NAN).unwrap().is_nan());
        for value in [-1.0, -f64::from_bits(1), f64::NEG_INFINITY] {
            assert_eq!(checked_sqrt(value), Err(DomainError { value }));
        }
        let error = DomainError {
            value: -f64::from_bits(1),
        };
        assert_eq!(error.to_string(), "-5e-324 has no real square root");
    }

    #[test]
    fn a_slice_has_the_roots_of_its_elements_bit_for_bit() {
        for count in [0, 1, 2, 3, 7, 8, 1000] {
            let values = doubles(count);
            let one_by_one: Vec<f64> = values.iter().map(|value| sqrt(*value)).collect();

            let mut roots = vec![0.0; count];
            sqrt_all(&values, &mut roots);
            assert_eq!(bits(&roots), bits(&one_by_one));

            let mut in_place = values;
            sqrt_in_place(&mut in_place);
            assert_eq!(bits(&in_place), bits(&one_by_one));
        }
    }

    #[test]
    #[should_panic = "one root for each value"]
    fn slices_of_different_lengths_are_a_bug() {
        sqrt_all(&[1.0, 4.0], &mut [0.0]);
    }

    #[test]
    fn a_visitor_sees_every_root_in_order_until_it_stops() {
        let mut seen = Vec::new();
        let mut visit = |value, root| {
            seen.push((value, root));
            if value == 4.0 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        each_root([], &mut visit);
        each_root([1.0, 9.0], &mut visit);
        each_root([4.0, 16.0], &mut visit);
        assert_eq!(seen, [(1.0, 1.0), (9.0, 3.0), (4.0, 2.0)]);
    }
}
