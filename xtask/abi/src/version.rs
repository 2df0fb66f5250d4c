//! The version that a header tells, beside that of the package: `X_VERSION_MINOR`, `X_VERSION "1.2.3"`,
//! `X_VERSION_NUMBER 10203`.

use std::collections::BTreeMap;

/// What a constant of a header tells of the version, if it is not that of the package. None if it does not
/// tell the version, or in a way that is not known here.
///
/// A constant with another major version is about something else: the library that the package replaces.
pub(crate) fn told(
    name: &str,
    constants: &BTreeMap<String, String>,
    package: &str,
) -> Option<Option<String>> {
    let value = constants.get(name).filter(|_| is_version(name))?;
    let name = name.to_uppercase();
    let own = numbers(package)?;
    let told = |is_own: bool, text: String| Some((!is_own).then_some(text));
    const PARTS: [(&str, usize); 4] = [("MAJOR", 0), ("MINOR", 1), ("PATCH", 2), ("MICRO", 2)];
    let is_in = |(part, _): &&(&str, usize)| name.split('_').any(|word| word == *part);
    if let Some((part, index)) = PARTS.iter().find(is_in) {
        let major = constants.get(&name.replace(part, "MAJOR"))?;
        let is_own = value.parse().is_ok_and(|value: u64| value == own[*index]);
        return (*major == own[0].to_string()).then(|| told(is_own, value.clone()))?;
    }
    if value.starts_with('"') {
        let text = numbers(value.trim_start_matches(|c: char| !c.is_ascii_digit()))?;
        return (text[0] == own[0]).then(|| told(text == own, value.to_owned()))?;
    }
    let value: u64 = value.parse().ok()?;
    let in_bits = |first: u32| [first, first - 8, first - 16].map(|bits| value >> bits & 0xff);
    let in_digits = |base: u64| [value / (base * base), value / base % base, value % base];
    let ways = [in_bits(16), in_bits(24), in_digits(100), in_digits(1000)];
    let known = |count: usize| ways.iter().find(|way| way[..count] == own[..count]);
    // Two versions with a zero in front are alike in one number only.
    let way = known(3).or(known(2)).or(known(1).filter(|_| own[0] > 0))?;
    let [major, minor, patch] = way;
    told(*way == own, format!("{value} ({major}.{minor}.{patch})"))
}

/// Whether a constant tells the version of the library, which is meant to change.
pub(crate) fn is_version(name: &str) -> bool {
    let name = name.to_uppercase();
    name.contains("VERSION") && !name.contains("ABI")
}

/// The three numbers at the beginning.
fn numbers(text: &str) -> Option<[u64; 3]> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let mut numbers = text[..end.unwrap_or(text.len())]
        .split('.')
        .map(|number| number.parse().ok());
    let three = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_in_many_ways() {
        for (name, value, package, expected) in [
            ("A_VERSION_MINOR", "15", "0.15.3", Some(None)),
            ("A_VERSION_PATCH", "2", "0.15.3", Some(Some("2"))),
            ("OTHER_VERSION_PATCH", "2", "0.15.3", None),
            ("A_VERSION", "\"1.2.3\"", "1.2.3-beta.1", Some(None)),
            ("A_VERSION", "\"1.2.2\"", "1.2.3", Some(Some("\"1.2.2\""))),
            (
                "A_VERSION_STRING",
                "\"a/1.2.2 (b)\"",
                "1.2.3",
                Some(Some("\"a/1.2.2 (b)\"")),
            ),
            // That of the library which is replaced.
            ("ZLIB_VERSION", "\"1.3.1\"", "0.6.8", None),
            // The minor version in the place of the patch.
            (
                "A_VERSION_NUMBER",
                "3855",
                "0.15.3",
                Some(Some("3855 (0.15.15)")),
            ),
            ("A_VERSION_NUMBER", "3843", "0.15.3", Some(None)),
            ("A_VERSION", "40003", "4.1.0", Some(Some("40003 (4.0.3)"))),
            ("A_VERSION", "4001000", "4.1.0", Some(None)),
            ("A_VERSION", "67174400", "4.1.0", Some(None)),
            ("A_ABI_VERSION", "1", "1.2.3", None),
            ("A_VERSION", "1", "0.1.0", None),
            ("A_SIZE", "3", "1.2.3", None),
        ] {
            let expected = expected.map(|told: Option<&str>| told.map(str::to_owned));
            let major = if name == "OTHER_VERSION_PATCH" {
                "7"
            } else {
                &package[..1]
            };
            let constants = [
                ("A_VERSION_MAJOR", major),
                ("OTHER_VERSION_MAJOR", major),
                (name, value),
            ];
            let constants = constants.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(
                told(name, &constants.into(), package),
                expected,
                "{name} {value}"
            );
        }
    }
}
