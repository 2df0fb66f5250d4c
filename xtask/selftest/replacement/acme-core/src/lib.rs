//! Numbers in a histogram, and how far two texts are apart. Nothing in here knows of C.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::collections::TryReserveError;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

/// Values, of which one can ask how they are distributed. Several threads may use one at once.
#[derive(Debug, Default)]
pub struct Histogram {
    /// In ascending order.
    values: Mutex<Vec<f64>>,
}

/// All values in a few numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The smallest value.
    pub least: f64,
    /// The largest value.
    pub greatest: f64,
    /// The sum of all values, divided by their count.
    pub mean: f64,
    /// How many there are.
    pub count: u64,
}

impl Summary {
    /// From the smallest value to the largest.
    pub fn range(&self) -> f64 {
        self.greatest - self.least
    }
}

/// From where to where values reach. Without values it is from infinity to minus infinity, so that
/// nothing lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The smallest value.
    pub least: f64,
    /// The largest value.
    pub greatest: f64,
}

impl Extent {
    /// Of no values.
    pub const NONE: Extent = Extent {
        least: f64::INFINITY,
        greatest: f64::NEG_INFINITY,
    };
}

/// Why something cannot be done.
#[derive(Debug)]
pub enum Error {
    /// There are no values.
    Empty,
    /// A percentile is from 0 to 100.
    NoPercentile(f64),
    /// NaN has no place among other values.
    NotANumber,
    /// There is no memory for it.
    Memory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Empty => f.write_str("the histogram has no values"),
            Error::NoPercentile(p) => write!(f, "a percentile is from 0 to 100, not {p:?}"),
            Error::NotANumber => f.write_str("NaN cannot be put into an order"),
            Error::Memory => f.write_str("there is not enough memory"),
        }
    }
}

impl From<TryReserveError> for Error {
    fn from(_: TryReserveError) -> Error {
        Error::Memory
    }
}

impl Histogram {
    /// One without values.
    pub fn new() -> Histogram {
        Histogram::default()
    }

    /// Adds a value.
    ///
    /// # Errors
    ///
    /// If it is NaN, or if there is no memory for it.
    pub fn add(&self, value: f64) -> Result<(), Error> {
        if value.is_nan() {
            return Err(Error::NotANumber);
        }
        self.with(|values| {
            values.try_reserve(1)?;
            values.insert(values.partition_point(|other| *other < value), value);
            Ok(())
        })
    }

    /// The smallest value that at least `p` percent of all values do not exceed.
    ///
    /// # Errors
    ///
    /// If there are no values, or if `p` is not from 0 to 100.
    pub fn percentile(&self, p: f64) -> Result<f64, Error> {
        if !(0.0..=100.0).contains(&p) {
            return Err(Error::NoPercentile(p));
        }
        self.with(|values| {
            let rank = (p / 100.0 * values.len() as f64).ceil() as usize;
            let value = values.get(rank.saturating_sub(1));
            value.copied().ok_or(Error::Empty)
        })
    }

    /// All values in a few numbers.
    ///
    /// # Errors
    ///
    /// If there are no values.
    pub fn summary(&self) -> Result<Summary, Error> {
        self.with(|values| {
            let (&least, &greatest) = values.first().zip(values.last()).ok_or(Error::Empty)?;
            Ok(Summary {
                least,
                greatest,
                mean: values.iter().sum::<f64>() / values.len() as f64,
                count: values.len() as u64,
            })
        })
    }

    /// From the smallest value to the largest.
    pub fn extent(&self) -> Extent {
        match self.summary() {
            Ok(Summary {
                least, greatest, ..
            }) => Extent { least, greatest },
            Err(_) => Extent::NONE,
        }
    }

    /// Calls `visit` with each value, in ascending order. It may use the histogram: the values are
    /// those of the beginning.
    ///
    /// # Errors
    ///
    /// If there is no memory for a copy of the values.
    pub fn each(&self, mut visit: impl FnMut(f64) -> ControlFlow<()>) -> Result<(), Error> {
        // The lock is held for the copy alone: `visit` may do anything.
        let values = self.with(|values| {
            let mut copy = Vec::new();
            copy.try_reserve_exact(values.len())?;
            copy.extend_from_slice(values);
            Ok(copy)
        })?;
        let _ = values.into_iter().try_for_each(&mut visit);
        Ok(())
    }

    /// Nothing that is done to the values stops half-way: they are in order, also after a panic.
    fn with<T>(&self, body: impl FnOnce(&mut Vec<f64>) -> Result<T, Error>) -> Result<T, Error> {
        body(&mut self.values.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The words of a text, in order.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// How many characters have to be inserted, removed or replaced to make one text of the other.
///
/// # Errors
///
/// If there is no memory for a row of numbers, as long as `b` has characters.
pub fn edit_distance(a: &str, b: &str) -> Result<usize, Error> {
    let mut row = Vec::new();
    row.try_reserve_exact(b.chars().count() + 1)?;
    row.extend(0..=b.chars().count());
    for (i, of_a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, of_b) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(of_a != of_b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    Ok(row[row.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values() {
        let histogram = Histogram::new();
        assert!(matches!(histogram.percentile(50.0), Err(Error::Empty)));
        for value in [3.0, 1.0, 2.0, 4.0] {
            histogram.add(value).unwrap();
        }
        for (p, value) in [
            (0.0, 1.0),
            (25.0, 1.0),
            (50.0, 2.0),
            (51.0, 3.0),
            (100.0, 4.0),
        ] {
            assert_eq!(histogram.percentile(p).unwrap(), value, "{p}");
        }
        assert_eq!(histogram.summary().unwrap().range(), 3.0);
        let Extent { least, greatest } = histogram.extent();
        assert_eq!((least, greatest), (1.0, 4.0));
        assert_eq!(Histogram::new().extent(), Extent::NONE);
    }

    #[test]
    fn what_has_no_place_is_refused() {
        let histogram = Histogram::new();
        assert!(matches!(histogram.add(f64::NAN), Err(Error::NotANumber)));
        assert!(histogram.percentile(100.5).is_err());
        assert!(histogram.percentile(f64::NAN).is_err());
    }

    #[test]
    fn characters_count_and_not_bytes() {
        for (a, b, distance) in [
            ("", "", 0),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
            ("Zo\u{eb}", "Zoe", 1),
        ] {
            assert_eq!(edit_distance(a, b).unwrap(), distance, "{a} {b}");
        }
    }
}
