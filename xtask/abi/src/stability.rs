//! Whether a library still is what programs were built against.

use anyhow::{Result, bail};

use crate::Abi;
use crate::compare::{Difference, Kind, Place, Side, compare};

/// What is different from an earlier description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// On the left what was, on the right what is.
    pub difference: Difference,
    /// Whether a program that was built before could go wrong on it.
    pub breaks: bool,
}

impl Change {
    /// As a sentence: "`sample_sqrt`, parameter 1 (`value`): was `double`, is `float`".
    pub fn text(&self) -> String {
        format!("{}: {}", self.difference.place, self.cause())
    }

    /// The same without the place.
    pub(crate) fn cause(&self) -> String {
        match (&self.difference.left, &self.difference.right) {
            (Some(was), Some(is)) => format!("was {was}, is {is}"),
            (Some(_), None) => "was removed".to_owned(),
            (None, _) => "was added".to_owned(),
        }
    }
}

/// What changed from `old` to `new`.
///
/// New functions, variables, types, constants and values of an enum are compatible: an older program
/// does not know of them. All else is not, a new field in a struct included, because the caller provides
/// the memory for the struct; and so is a `const` that comes or goes, because C then sees another function.
///
/// # Errors
///
/// If the two are of systems with pointers of different size.
pub fn changes(old: &Abi, new: &Abi) -> Result<Vec<Change>> {
    if let (Some(was), Some(is)) = (old.pointer_size, new.pointer_size)
        && was != is
    {
        bail!(
            "one description is of a system with pointers of {} bits, the other of one with {} bits: \
             nearly all layouts differ",
            was * 8,
            is * 8
        );
    }
    let mut differences = compare(Side::c("was", old), Side::c("is", new)).differences;
    if old.constants.is_empty() != new.constants.is_empty() {
        // The comparison takes a side without any for a reader that sees none.
        for name in old.constants.keys().chain(new.constants.keys()) {
            differences.push(Difference {
                kind: Kind::Missing,
                place: Place::named("", name),
                left: old.constants.get(name).cloned(),
                right: new.constants.get(name).cloned(),
            });
        }
    }
    let change = |difference: Difference| Change {
        breaks: !is_addition(&difference),
        difference,
    };
    Ok(differences.into_iter().map(change).collect())
}

/// What a program that was built against `frozen` could go wrong on with `now`, in words.
///
/// # Errors
///
/// As for [`changes`].
pub fn incompatible(frozen: &Abi, now: &Abi) -> Result<Vec<String>> {
    let changes = changes(frozen, now)?.into_iter();
    Ok(changes
        .filter(|change| change.breaks)
        .map(|change| change.text())
        .collect())
}

/// Whether it is something that no older program can have used.
fn is_addition(change: &Difference) -> bool {
    let was_opaque = || change.left.as_deref() == Some("opaque");
    (change.left.is_none() && change.kind != Kind::Field) || was_opaque()
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

    fn found_for(from: &str, to: &str) -> Vec<String> {
        assert!(FROZEN.contains(from), "{from}");
        let frozen = Abi::parse(FROZEN).unwrap();
        incompatible(&frozen, &Abi::parse(&FROZEN.replacen(from, to, 1)).unwrap()).unwrap()
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
            assert_eq!(found_for(from, to), [""; 0]);
        }
    }

    #[test]
    fn other_systems_are_not_compared() {
        let [wide, narrow] = [8, 4].map(|size| Abi {
            pointer_size: Some(size),
            ..Abi::parse(FROZEN).unwrap()
        });
        assert_eq!(
            incompatible(&wide, &Abi::parse(FROZEN).unwrap()).unwrap(),
            [""; 0]
        );
        let error = changes(&wide, &narrow).unwrap_err().to_string();
        assert!(
            error.contains("64 bits, the other of one with 32 bits"),
            "{error}"
        );
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
            assert_eq!(found_for(from, to), [expected]);
        }
    }
}
