//! Numbers as people read them: three digits and a unit.

/// Nanoseconds, such as `1.93 ns`, `83.1 ns`, `1.21 µs`, `14.2 ms`.
pub fn time(nanoseconds: f64) -> String {
    in_units(nanoseconds, &[(1.0, "ns"), (1e3, "µs"), (1e6, "ms")])
}

/// A ratio, such as `1.04×` or `143×`.
pub fn ratio(ratio: f64) -> String {
    format!("{}×", three_digits(ratio))
}

/// A number of bytes, such as `372 KB`.
pub fn bytes(bytes: f64) -> String {
    in_units(bytes, &[(1e3, "KB"), (1e6, "MB")])
}

/// In the largest unit of which it is one, or else in the first.
fn in_units(number: f64, units: &[(f64, &str)]) -> String {
    // A number that rounds to a thousand is one of the next unit.
    let is_one = |(size, _): &&(f64, &str)| number >= size * 0.9995;
    let (size, unit) = units.iter().rfind(is_one).unwrap_or(&units[0]);
    format!("{} {unit}", three_digits(number / size))
}

/// Of a number from 0 on.
pub fn three_digits(number: f64) -> String {
    let decimals = match number {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_unit() {
        for (nanoseconds, words) in [
            (0.312, "0.31 ns"),
            (1.934, "1.93 ns"),
            (9.996, "10.0 ns"),
            (83.12, "83.1 ns"),
            (265.4, "265 ns"),
            (999.6, "1.00 µs"),
            (1214.0, "1.21 µs"),
            (14.2e6, "14.2 ms"),
        ] {
            assert_eq!(time(nanoseconds), words);
        }
    }

    #[test]
    fn ratios_and_sizes() {
        assert_eq!(ratio(1.042), "1.04×");
        assert_eq!(ratio(143.2), "143×");
        assert_eq!(bytes(371_968.0), "372 KB");
        assert_eq!(bytes(1_726_808.0), "1.73 MB");
        assert_eq!(bytes(999_600.0), "1.00 MB");
        assert_eq!(bytes(512.0), "0.51 KB");
    }
}
