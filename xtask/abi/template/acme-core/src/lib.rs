// example: begin
//! The logic that C and Python share. Nothing in here knows of C.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::fmt::{self, Display, Write};
use std::sync::{Mutex, PoisonError};

/// Converts degrees Celsius to degrees Fahrenheit.
pub fn fahrenheit(celsius: f64) -> f64 {
    celsius * 1.8 + 32.0
}

/// Divides one number by another.
///
/// # Errors
///
/// If `divisor` is zero.
pub fn divide(dividend: f64, divisor: f64) -> Result<f64, DivisionByZero> {
    if divisor == 0.0 {
        return Err(DivisionByZero { dividend });
    }
    Ok(dividend / divisor)
}

/// What [`divide`] cannot do.
#[derive(Debug)]
pub struct DivisionByZero {
    dividend: f64,
}

impl Display for DivisionByZero {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot be divided by zero", self.dividend)
    }
}

/// Reads `text` from its end to its beginning, character by character.
///
/// What it returns writes the text wherever it is needed: the C ABI has it written into memory that
/// it has asked for.
pub fn reversed(text: &str) -> impl Display {
    Reversed(text)
}

struct Reversed<'a>(&'a str);

impl Display for Reversed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().rev().try_for_each(|c| f.write_char(c))
    }
}

/// Adds numbers up. Several threads may use one at once.
#[derive(Debug, Default)]
pub struct Total {
    sum: Mutex<f64>,
}

impl Total {
    /// A total of no numbers.
    pub fn new() -> Total {
        Total::default()
    }

    /// Adds a number.
    pub fn add(&self, value: f64) {
        // Nothing in here can panic half-way: after a panic elsewhere the sum is still right.
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner) += value;
    }

    /// The sum of all numbers that were added.
    pub fn sum(&self) -> f64 {
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn water_boils() {
        assert_eq!(fahrenheit(100.0), 212.0);
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(divide(1.0, 4.0).unwrap(), 0.25);
        let error = divide(1.0, -0.0).unwrap_err();
        assert_eq!(error.to_string(), "1.0 cannot be divided by zero");
    }

    #[test]
    fn characters_stay_whole() {
        assert_eq!(reversed("Zo\u{eb}").to_string(), "\u{eb}oZ");
    }

    #[test]
    fn threads_lose_nothing() {
        let total = Total::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| total.add(1.0)));
            }
        });
        assert_eq!(total.sum(), 8000.0);
    }
}
// example: end
