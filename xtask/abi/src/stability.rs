//! Whether a library still is what programs were built against.

use crate::Abi;
use crate::compare::{Difference, Side, Words, differences};

/// What a program that was built against `frozen` could go wrong on with `now`, in words: "`hello_sqrt`,
/// parameter 1 (`value`): was `double`, is `float`".
///
/// New functions, types, constants and values of an enum are compatible: an older program does not
/// know of them. All else is not, a new field in a struct included, for the caller makes room for the
/// struct; and so is a `const` that comes or goes, for C then sees another function.
pub fn incompatible(frozen: &Abi, now: &Abi) -> Vec<String> {
    let side = |name, abi| Side {
        name,
        words: Words::C,
        abi,
    };
    let changes = differences(side("was", frozen), side("is", now));
    let mut told: Vec<String> = changes
        .iter()
        .filter(|change| !is_addition(change, frozen))
        .map(|change| match (&change.left, &change.right) {
            (Some(_), None) => format!("{}: was removed", change.place),
            (None, Some(_)) => format!("{}: was added", change.place),
            _ => change.told("was", "is"),
        })
        .collect();
    if now.constants.is_empty() {
        // The comparison takes this for a witness that sees none.
        told.extend(
            frozen
                .constants
                .keys()
                .map(|name| format!("`{name}`: was removed")),
        );
    }
    told
}

/// Whether it is something that no older program can have used.
fn is_addition(change: &Difference, frozen: &Abi) -> bool {
    // A field's place names its struct, too, and so is never the name of something new.
    let name = change.place.trim_matches('`');
    let was_opaque = || change.left.as_deref() == Some("opaque");
    (change.left.is_none() && !is_field(name, frozen)) || was_opaque()
}

fn is_field(place: &str, frozen: &Abi) -> bool {
    place
        .split_once('.')
        .is_some_and(|(name, _)| frozen.types.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROZEN: &str = "\
constant VERSION = 1
enum Status size 4 unsigned
enum Status STATUS_OK = 0
opaque Handle
struct Root size 8 align 8
struct Root .value @0 f64
fn root(*const f64) -> Root
fn sqrt(f64) -> f64
";

    fn told_of(from: &str, to: &str) -> Vec<String> {
        assert!(FROZEN.contains(from), "{from}");
        let frozen = Abi::parse(FROZEN).unwrap();
        incompatible(&frozen, &Abi::parse(&FROZEN.replacen(from, to, 1)).unwrap())
    }

    #[test]
    fn additions_are_compatible() {
        for (from, to) in [
            ("fn sqrt", "fn cbrt(f64) -> f64\nfn sqrt"),
            (
                "enum Status STATUS_OK = 0",
                "enum Status STATUS_OK = 0\nenum Status STATUS_IO = 1",
            ),
            (
                "opaque Handle",
                "struct Point size 8 align 8\nstruct Point .x @0 f64",
            ),
            (
                "opaque Handle",
                "struct Handle size 8 align 8\nstruct Handle .x @0 f64",
            ),
            ("constant", "constant ANOTHER = 2\nconstant"),
        ] {
            assert_eq!(told_of(from, to), [""; 0]);
        }
    }

    #[test]
    fn all_else_is_not() {
        for (from, to, expected) in [
            ("fn sqrt(f64) -> f64\n", "", "`sqrt`: was removed"),
            (
                "sqrt(f64)",
                "sqrt(f32)",
                "`sqrt`, parameter 1: was `double`, is `float`",
            ),
            (
                "*const f64",
                "*mut f64",
                "`root`, parameter 1: was `const double *`, is `double *`",
            ),
            (
                "size 8 align 8",
                "size 16 align 8",
                "struct `Root`: was size 8, is size 16",
            ),
            (
                ".value @0 f64",
                ".value @0 f64\nstruct Root .new @8 f64",
                "`Root.new`: was added",
            ),
            (
                ".value @0 f64",
                ".value @0 u64",
                "`Root.value`: was `double`, is `uint64_t`",
            ),
            ("STATUS_OK = 0", "STATUS_OK = 1", "`STATUS_OK`: was 0, is 1"),
            (
                "enum Status STATUS_OK = 0\n",
                "",
                "`STATUS_OK`: was removed",
            ),
            ("constant VERSION = 1\n", "", "`VERSION`: was removed"),
            ("VERSION = 1", "VERSION = 2", "`VERSION`: was 1, is 2"),
        ] {
            assert_eq!(told_of(from, to), [expected]);
        }
    }
}
