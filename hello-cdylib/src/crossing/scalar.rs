//! Numbers, passed and returned by value.

/// Returns the square root of `value` as IEEE 754 defines it: correctly rounded, -0.0 for -0.0,
/// infinity for infinity, NaN for NaN and for anything below zero.
#[unsafe(no_mangle)]
pub extern "C" fn hello_sqrt(value: f64) -> f64 {
    hello_core::sqrt(value)
}
