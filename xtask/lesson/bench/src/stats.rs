//! What is made of the rounds.

use serde::{Deserialize, Serialize};

/// The middle of some numbers and how far they spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub median: f64,
    /// A quarter of the numbers are below it.
    pub low: f64,
    /// A quarter of the numbers are above it.
    pub high: f64,
}

impl Spread {
    /// Of at least one number; none of nothing.
    pub fn of(numbers: &[f64]) -> Option<Spread> {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Spread {
            median: quantile(&sorted, 0.5)?,
            low: quantile(&sorted, 0.25)?,
            high: quantile(&sorted, 0.75)?,
        })
    }

    /// The distance of the quarters, as a part of the median.
    pub fn relative(&self) -> f64 {
        (self.high - self.low) / self.median
    }
}

/// The number below which that part of them is, between two where it falls between.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let index = part * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (
        sorted[index.floor() as usize],
        sorted[index.ceil() as usize],
    );
    Some(below + (above - below) * index.fract())
}

/// The ratio within each round: the machine may change between rounds, hardly within one.
pub fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_quarters() {
        let spread = Spread::of(&[4.0, 1.0, 2.0, 3.0, 5.0]).unwrap();
        assert_eq!((spread.low, spread.median, spread.high), (2.0, 3.0, 4.0));
        let spread = Spread::of(&[1.0, 2.0]).unwrap();
        assert_eq!((spread.low, spread.median, spread.high), (1.25, 1.5, 1.75));
        assert!((spread.relative() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(Spread::of(&[7.0]).unwrap().median, 7.0);
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn one_bad_round_moves_nothing() {
        let calm = Spread::of(&[1.0; 9]).unwrap();
        let mut rounds = vec![1.0; 8];
        rounds.push(1000.0);
        assert_eq!(Spread::of(&rounds).unwrap(), calm);
    }

    #[test]
    fn a_machine_that_slows_down_does_not_change_the_ratio() {
        let (baseline, twice) = ([1.0, 2.0, 4.0], [2.0, 4.0, 8.0]);
        assert_eq!(ratios(&twice, &baseline), [2.0; 3]);
    }
}
