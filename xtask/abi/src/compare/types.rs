//! Whether two types are the same, as far as both sides know, and if not, what is different.

use std::ffi::c_char;

use super::{Kind, Side, Words};
use crate::Abi;
use crate::model::{Access, Definition, Field, Record, Signature, Type};
use crate::names::{content, is_reserved};

/// Left and right.
pub(super) type Sides<'a> = (Side<'a>, Side<'a>);

/// What Rust's `c_char` is an alias of: in Rust's debug information it has no name of its own.
pub(super) const CHAR: Type = Type::Integer {
    size: 1,
    signed: c_char::MIN != 0,
};

/// What differs between two types as they are passed or stored. What a C ABI has no word for differs
/// from everything, even from itself.
pub(super) fn difference(left: &Type, right: &Type, sides: Sides<'_>) -> Option<Kind> {
    let (left, right) = unwrapped_both(left, right, sides);
    if is_same_name(left, right) {
        return None;
    }
    use Type::{
        Array, Bool, Char, Float, Function, Integer, Named, Other, Pointer, Qualified, Size, Void,
    };
    let size_or = |kind| match (sides.0.abi.size(left), sides.1.abi.size(right)) {
        (Some(a), Some(b)) if a != b => Some(Kind::Size),
        _ => Some(kind),
    };
    match (left, right) {
        (Qualified { by: a, of: x }, Qualified { by: b, of: y }) if a == b => {
            difference(x, y, sides)
        }
        (Qualified { by, of }, other) => difference(of, other, sides).or(qualifier(by, sides)),
        (other, Qualified { by, of }) => difference(other, of, sides).or(qualifier(by, sides)),
        (Other(words), of) | (of, Other(words)) if complex(words).is_some() => {
            let mut abis = [sides.0.abi, sides.1.abi].into_iter();
            let is_pair = abis.any(|abi| is_pair(of, complex(words), abi));
            (!is_pair && left != right).then_some(Kind::Other)
        }
        // What only C has a word for is the same in two descriptions of C.
        (Other(a), Other(b)) if a == b && sides.0.words == sides.1.words => None,
        // A callback that is not `extern "C"`.
        (Other(_), Function(_)) | (Function(_), Other(_)) => Some(Kind::Convention),
        (Other(_), _) | (_, Other(_)) => Some(Kind::Other),
        (Pointer { access: a, to: x }, Pointer { access: b, to: y }) => {
            pointees((*a, x), (*b, y), sides)
        }
        (Function(a), Function(b)) => functions(a, b, sides),
        (Function(_), _) | (_, Function(_)) => Some(Kind::Function),
        // An address as a number, or a number as an address of anything, is passed in the same way.
        (Pointer { .. }, Size { .. }) | (Size { .. }, Pointer { .. }) => size_or(Kind::Other),
        (Pointer { to, .. }, Integer { .. }) | (Integer { .. }, Pointer { to, .. })
            if **to == Void =>
        {
            size_or(Kind::Other)
        }
        (Pointer { .. }, other) | (other, Pointer { .. }) if *other != Void => Some(Kind::Pointer),
        // C may leave the length open.
        (Array { of: x, length: a }, Array { of: y, length: b }) if a == b || a * b == 0 => {
            difference(x, y, sides)
        }
        // Elements in rows on one side, and all in one on the other.
        (Array { of: x, .. }, Array { of: y, .. }) => match (elements(left), elements(right)) {
            ((one, a), (two, b)) if a == b && (one == &**x || two == &**y) => {
                difference(one, two, sides)
            }
            _ => Some(Kind::Size),
        },
        _ if left == right => None,
        (Named(rust), Named(c)) if stands_for(rust, c, sides) => None,
        (Named(name), Integer { size, signed }) => {
            enum_as_integer(sides.0.abi, name, (*size, *signed)).or(size_or(Kind::Other))
        }
        (Integer { size, signed }, Named(name)) => {
            enum_as_integer(sides.1.abi, name, (*size, *signed)).or(size_or(Kind::Other))
        }
        (Integer { .. }, Integer { .. }) | (Size { .. }, Size { .. }) => size_or(Kind::Sign),
        (Size { .. }, Integer { .. }) | (Integer { .. }, Size { .. }) => {
            size_or(Kind::PointerSized)
        }
        (Char, integer @ Integer { size: 1, .. }) | (integer @ Integer { size: 1, .. }, Char) => {
            (*integer != CHAR).then_some(Kind::Sign)
        }
        (Float { .. }, Integer { .. } | Size { .. } | Char | Bool)
        | (Integer { .. } | Size { .. } | Char | Bool, Float { .. }) => size_or(Kind::Register),
        (Void, _) | (_, Void) => Some(Kind::Size),
        _ => size_or(Kind::Other),
    }
}

/// What an array is made of in the end, and how many.
fn elements(mut of: &Type) -> (&Type, u64) {
    let mut count = 1;
    while let Type::Array { of: inner, length } = of {
        (of, count) = (inner, count * length);
    }
    (of, count)
}

/// What it means that only one side has this qualifier. Rust has none.
fn qualifier(by: &str, sides: Sides<'_>) -> Option<Kind> {
    match by {
        "const" | "volatile" | "_Atomic" if sides.0.words != sides.1.words => None,
        "const" => Some(Kind::Const),
        _ => Some(Kind::Qualifier),
    }
}

/// The floating-point number of which a complex one of C has two.
fn complex(words: &str) -> Option<Type> {
    let mut words = words.split(' ').filter(|word| !word.contains("omplex"));
    let (of, rest) = (words.next(), words.next());
    let size = match of? {
        "float" => 4,
        "double" => 8,
        _ => return None,
    };
    rest.is_none().then_some(Type::Float { size })
}

/// Whether a type is two numbers of this type: C (6.2.5) has a complex number as an array of two.
fn is_pair(of: &Type, number: Option<Type>, abi: &Abi) -> bool {
    let Some(number) = number else { return false };
    match of {
        Type::Array { of, length: 2 } => **of == number,
        of => abi.record(of).is_some_and(
            |Record {
                 is_union, fields, ..
             }| {
                !is_union && fields.len() == 2 && fields.iter().all(|field| field.of == number)
            },
        ),
    }
}

/// What differs between two pointers to data.
fn pointees(left: (Access, &Type), right: (Access, &Type), sides: Sides<'_>) -> Option<Kind> {
    let accesses = [left.0, right.0];
    let (left, right) = unwrapped_both(left.1, right.1, sides);
    let kind = match (left, right) {
        (Type::Void, Type::Void) => None,
        (Type::Void, _) | (_, Type::Void) => Some(Kind::VoidPointer),
        (of, Type::Other(words)) | (Type::Other(words), of)
            if complex(words).is_some() && matches!(of, Type::Array { .. }) =>
        {
            difference(left, right, sides)
        }
        // C passes an array as a pointer to its first element.
        (Type::Array { of, .. }, other) if !matches!(other, Type::Array { .. }) => {
            difference(of, other, sides)
        }
        (other, Type::Array { of, .. }) if !matches!(other, Type::Array { .. }) => {
            difference(other, of, sides)
        }
        (left, right) => difference(left, right, sides),
    };
    // Nothing is passed in a register: what it points to has the same size.
    let kind = kind.map(|kind| match kind {
        Kind::Register => Kind::Other,
        Kind::Sign if [left, right].contains(&&Type::Char) => Kind::Char,
        kind => kind,
    });
    // One that is not known differs from none.
    let differ = accesses[0] != accesses[1] && !accesses.contains(&Access::Unknown);
    kind.or(differ.then_some(Kind::Const))
}

/// Whether one function takes more than the other. Before C23, `f()` leaves open what it takes: nothing fits.
pub(super) fn has_other_parameters(left: &Signature, right: &Signature) -> bool {
    let [ours, theirs] = [left, right].map(|of| of.parameters.len());
    ours != theirs || (ours > 0 && left.variadic != right.variadic)
}

fn functions(left: &Signature, right: &Signature, sides: Sides<'_>) -> Option<Kind> {
    if has_other_parameters(left, right) {
        return Some(Kind::Parameters);
    }
    let pairs = left.parameters.iter().zip(&right.parameters);
    let pairs = pairs.map(|(a, b)| (&a.of, &b.of));
    let mut all = pairs.chain([(&left.result, &right.result)]);
    all.find_map(|(a, b)| difference(a, b, sides))
}

/// A type, or its content if it is a struct of Rust's with nothing else in it and the other side has
/// no struct of that name.
///
/// It ends at a type that is `goal`, that of the other side.
fn unwrapped<'t>(mut of: &'t Type, goal: &Type, (own, other): Sides<'t>) -> &'t Type {
    // It ends: a struct that leads to itself does so behind a pointer.
    while own.words == Words::Rust
        && !is_same_name(of, goal)
        && other.abi.record(of).is_none()
        && let Some(content) = own.abi.record(of).and_then(content)
    {
        of = content;
    }
    of
}

/// Both, as far as they have to be.
pub(super) fn unwrapped_both<'t>(
    left: &'t Type,
    right: &'t Type,
    sides: Sides<'t>,
) -> (&'t Type, &'t Type) {
    let left_inner = unwrapped(left, right, sides);
    (left_inner, unwrapped(right, left_inner, (sides.1, sides.0)))
}

pub(super) fn is_same_name(left: &Type, right: &Type) -> bool {
    matches!((left, right), (Type::Named(a), Type::Named(b)) if a == b)
}

/// Whether a type of Rust that C has no name for is one of C: what is one type in C may be two in Rust.
fn stands_for(rust: &str, c: &str, sides: Sides<'_>) -> bool {
    let [ours, theirs] = [(sides.0, rust), (sides.1, c)]
        .map(|(side, name)| side.abi.types.get(name).and_then(Definition::record));
    let is_rust = (sides.0.words, sides.1.words) == (Words::Rust, Words::C);
    is_rust
        && !sides.1.abi.types.contains_key(rust)
        && ours
            .zip(theirs)
            .is_some_and(|(ours, theirs)| is_laid_out_as(ours, theirs, sides))
}

/// Whether Rust has all that C sees of a struct where C sees it.
pub(super) fn is_laid_out_as(ours: &Record, theirs: &Record, sides: Sides<'_>) -> bool {
    let is_same = |ours: &Field, theirs: &Field| {
        let (a, b) = unwrapped_both(&ours.of, &theirs.of, sides);
        let are_pointers = matches!((a, b), (Type::Pointer { .. }, Type::Pointer { .. }));
        ours.offset == theirs.offset && (are_pointers || difference(a, b, sides).is_none())
    };
    let has = |theirs: &Field| ours.fields.iter().any(|ours| is_same(ours, theirs));
    let mut visible = theirs.fields.iter().filter(|of| !is_reserved(&of.name));
    (ours.size, ours.alignment) == (theirs.size, theirs.alignment) && visible.all(has)
}

/// Of an enum and an integer. None if it is no enum.
fn enum_as_integer(abi: &Abi, name: &str, (size, signed): (u64, bool)) -> Option<Kind> {
    Some(match abi.types.get(name)?.enumeration()? {
        of if of.size != size => Kind::Size,
        of if of.signed != signed => Kind::Sign,
        _ => Kind::EnumAsInteger,
    })
}
