//! Calls with something special about their arguments.

use anyhow::Result;

use super::interface::{Function, Interface, is_pointer};
use super::play::{Driver, Item, Kind, Played};
use crate::model::{Parameter, Type};

/// A number of elements that 32 bits do not count.
const HUGE: usize = if usize::BITS > 32 { (1 << 32) + 1 } else { 5 };
/// A few elements, more than a callback goes on for.
const FEW: usize = 5;
/// How many calls of one function are made, the last of which are counted.
const MANY: usize = 1000;
const COUNTED: usize = 900;

/// A call, and what is special about it, in words.
#[derive(Clone, Debug)]
pub struct Special {
    /// The call.
    pub item: Item,
    /// "`text` is NULL".
    pub what: String,
}

/// All calls of a function that something is special about.
pub fn calls(interface: &Interface, index: usize) -> Vec<Special> {
    let function = &interface.functions[index];
    let mut calls = Vec::new();
    let mut add = |kind, nulls, at, number, what| {
        let item = Item {
            nulls,
            at,
            number,
            ..Item::of(index, kind)
        };
        calls.push(Special { item, what });
    };
    for set in nulls(interface, function) {
        let names: Vec<String> = set.iter().map(|&at| function.parameter(at)).collect();
        let what = match names.as_slice() {
            [one] => format!("{one} is NULL"),
            several => format!("{} are NULL", several.join(" and ")),
        };
        add(Kind::Nulls, set.iter().map(|at| 1 << at).sum(), 0, 0, what);
    }
    let mut callbacks = 0;
    for (at, parameter) in function.signature.parameters.iter().enumerate() {
        let name = function.parameter(at);
        let alignment = interface.alignment_behind(&parameter.of);
        if alignment > 1 {
            let what = format!("{name} is not aligned to {alignment} bytes");
            // What looks at fewer bits takes this for an aligned one.
            add(Kind::Misaligned, 0, at, alignment as usize / 2, what);
        }
        for field in callbacks_in(interface, &parameter.of) {
            let what = format!("the callback `{field}` of {name} is NULL");
            add(Kind::Field, 0, at, callbacks, what);
            callbacks += 1;
        }
    }
    if let Some(at) = large(function) {
        for number in 1..=3 {
            let what = format!("{} is long and there is no memory", function.parameter(at));
            add(Kind::Memory, 0, at, number, what);
        }
    }
    let is_read = |p: &Parameter| p.of.read().is_some_and(|of| interface.is_opaque(of));
    if function.signature.parameters.iter().any(is_read) {
        add(Kind::Many, 0, 0, MANY, "called a thousand times".to_owned());
    }
    if visits(function) {
        add(Kind::Counted, 0, 0, HUGE, format!("of {HUGE} elements"));
    }
    calls
}

/// What shows only beside another call: memory that each call keeps, elements that a callback did not see.
///
/// # Errors
///
/// If the driver could not do its work.
pub fn wrong(driver: &Driver<'_>, item: Item, played: &Played) -> Result<Option<String>> {
    match item.kind {
        Kind::Many => {
            let bytes = played.said.iter().map(|said| said.bytes);
            let bytes: Vec<i128> = bytes.filter(|bytes| *bytes >= 0).collect();
            let before = bytes.iter().rev().nth(COUNTED);
            let grown = bytes.last().zip(before).map(|(last, before)| last - before);
            let each = grown.unwrap_or_default() / COUNTED as i128;
            Ok((each >= 4).then(|| format!("it keeps {each} bytes with each call")))
        }
        Kind::Counted => {
            let few = Item {
                number: FEW,
                ..item
            };
            let few = driver.play(false, &[driver.after_setup(&[few])])?;
            let [few, all] =
                [&few, played].map(|played| played.special().map_or(0, |said| said.visited));
            Ok((all > 0 && all < few).then(|| {
                format!("its callback was called {all} times, and {few} times where there are {FEW} elements")
            }))
        }
        _ => Ok(None),
    }
}

/// NULL for each pointer that a function can check, and for all of them.
///
/// A function without a status has nothing to say when there is no callback to call. NULL is passed
/// for one only if the comment promises that it may be, or nothing is known of the library.
fn nulls(interface: &Interface, function: &Function) -> Vec<Vec<usize>> {
    let parameters = &function.signature.parameters;
    let is_unknown = interface.conventions.status.is_none();
    let mut pointers: Vec<usize> = (0..parameters.len()).collect();
    pointers.retain(|&at| match parameters[at].of {
        Type::Function(_) => is_unknown || function.has_status || function.may_be_null(at),
        ref of => is_pointer(of),
    });
    let mut sets: Vec<Vec<usize>> = pointers.iter().map(|&at| vec![at]).collect();
    if pointers.len() > 1 {
        sets.push(pointers);
    }
    sets
}

/// The callbacks in a struct that comes in, in the order in which the driver fills it.
fn callbacks_in(interface: &Interface, of: &Type) -> Vec<String> {
    let record = interface.abi.record(of.read().unwrap_or(of));
    let fields = record.into_iter().flat_map(|record| &record.fields);
    let callbacks = fields.filter(|field| matches!(field.of, Type::Function(_)));
    callbacks.map(|field| field.name.clone()).collect()
}

/// The first parameter whose size the caller decides.
pub fn large(function: &Function) -> Option<usize> {
    let parameters = &function.signature.parameters;
    let is_count = |p: &Parameter| p.of == Type::Size { signed: false };
    let is_counted = parameters.iter().any(is_count);
    let is_large = |of: &Type| *of == Type::Char || is_counted && *of != Type::Void;
    parameters
        .iter()
        .position(|p| p.of.read().is_some_and(is_large))
}

/// Whether a function takes an array that it only reads, its length and a callback.
fn visits(function: &Function) -> bool {
    let parameters = &function.signature.parameters;
    let is = |wanted: &dyn Fn(&Type) -> bool| parameters.iter().any(|p| wanted(&p.of));
    let is_number = |of: &Type| matches!(of, Type::Float { .. } | Type::Integer { .. });
    is(&|of| *of == Type::Size { signed: false })
        && is(&|of| matches!(of, Type::Function(_)))
        && is(&|of| of.read().is_some_and(is_number))
        && !is(&|of| of.written().is_some_and(|to| *to != Type::Void))
}

#[cfg(test)]
mod tests {
    use super::super::tests::interface;
    use super::*;

    fn described(functions: &str) -> Vec<String> {
        let interface = interface("", functions);
        let calls = calls(&interface, 0).into_iter();
        let pointers =
            calls.filter(|call| matches!(call.item.kind, Kind::Nulls | Kind::Misaligned));
        pointers.map(|call| call.what).collect()
    }

    #[test]
    fn each_pointer_is_null_once_and_all_are() {
        let expected = [
            "parameter 1 is NULL",
            "parameter 3 is NULL",
            "parameter 1 and parameter 3 are NULL",
        ];
        assert_eq!(
            described("fn f(*mut void, f64, fn()) -> Status\n"),
            expected
        );
    }

    #[test]
    fn a_callback_is_left_out_where_nothing_can_be_said() {
        assert!(described("fn f(f64, fn(f64, i32) -> f64) -> f64\n").is_empty());
        assert_eq!(
            described("fn f(*mut void, fn()) -> f64\n"),
            ["parameter 1 is NULL"]
        );
    }

    #[test]
    fn an_address_that_is_not_aligned_is_tried() {
        let calls = described("fn f(*const u32, *const u8) -> Status\n");
        assert_eq!(calls[0], "parameter 1 is NULL");
        assert_eq!(calls[3..], ["parameter 1 is not aligned to 4 bytes"]);
    }

    #[test]
    fn each_callback_in_a_struct_is_null_once() {
        let interface = interface(
            "",
            "struct Io size 24 align 8\nstruct Io .read @0 fn()\nstruct Io .at @8 u64\n\
             struct Io .close @16 fn()\nfn f(*const Io)\n",
        );
        let calls = calls(&interface, 0);
        let fields: Vec<_> = calls
            .iter()
            .filter(|call| call.item.kind == Kind::Field)
            .collect();
        assert_eq!(
            fields[1].what,
            "the callback `close` of parameter 1 is NULL"
        );
        assert_eq!(
            fields
                .iter()
                .map(|call| call.item.number)
                .collect::<Vec<_>>(),
            [0, 1]
        );
    }
}
