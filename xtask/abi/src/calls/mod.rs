//! Calls of a library as a program in C makes them: what is the same for every library, and what is generated
//! from the description of its ABI.

use std::fmt::Write as _;

use crate::model::{Definition, Signature, Type};
use anyhow::Result;

use crate::Abi;

/// What is compiled with what is generated, and with a `main`.
pub const SOURCES: [(&str, &str); 2] = [
    ("calls.c", include_str!("calls.c")),
    ("calls.h", include_str!("calls.h")),
];

/// Where the result of a call is in its memory.
pub const RESULT: u64 = 64;

/// The part that knows the library: its functions, and the callbacks that it can be given. With `calls` it
/// calls the functions, too.
pub fn in_c<'a>(
    abi: &Abi,
    functions: impl Iterator<Item = (&'a String, &'a Signature)>,
    callbacks: &[&Signature],
    calls: bool,
) -> String {
    let (mut text, mut table) = (String::new(), String::new());
    for (name, signature) in functions {
        let call = if calls {
            text += &call_in_c(abi, name, signature);
            format!("call_{name}")
        } else {
            "NULL".to_owned()
        };
        let _ = writeln!(table, "    {{\"{name}\", {call}}},");
    }
    let mut list = String::new();
    for (index, signature) in callbacks.iter().enumerate() {
        let name = format!("callback_{index}");
        let (body, end) = (visit_in_c(signature), "visit_end(visits)");
        text += &callback_in_c(abi, &name, signature, &body, end);
        let _ = write!(list, "(Callback){name}, ");
    }
    format!(
        "#include <string.h>\n#include \"calls.h\"\n\n{text}const Function FUNCTIONS[] = {{\n{table}    {{NULL, NULL}},\n}};\n\n\
         const Callback CALLBACKS[] = {{{list}NULL}};\n"
    )
}

/// The name of the parameter with this index.
fn parameter(index: usize) -> String {
    format!("a{index}")
}

fn call_in_c(abi: &Abi, name: &str, signature: &Signature) -> String {
    let mut taken = String::new();
    for (number, of) in signature.parameters.iter().enumerate() {
        let own = parameter(number);
        // No initialiser: a struct may have fields that are const.
        let declared = of.in_c(&own);
        taken += &format!("    {declared};\n    memcpy(&{own}, in[{number}], sizeof {own});\n");
    }
    let passed: Vec<String> = (0..signature.parameters.len()).map(parameter).collect();
    let call = format!("{name}({})", passed.join(", "));
    let made = match &signature.result {
        Type::Void => format!("    {call};\n    (void)result;\n"),
        of => {
            let declared = signature.result_in_c("returned");
            format!("    {declared} = {call};\n{}", kept_in_c(abi, of))
        }
    };
    format!(
        "static void call_{name}(const void *const *in, void *result) {{\n    (void)in;\n{taken}{made}}}\n\n"
    )
}

/// Copies `returned` to `result`; of a struct the fields, for the bytes between them have no value.
fn kept_in_c(abi: &Abi, of: &Type) -> String {
    let copy = |offset: u64, what: &str| {
        format!("    memcpy((char *)result + {offset}, &{what}, sizeof {what});\n")
    };
    if let Some(record) = abi.record(of)
        && !record.is_union
        && record.fields.iter().all(|field| field.bits.is_none())
    {
        let fields = record.fields.iter();
        let copies = fields.map(|it| copy(it.offset, &format!("returned.{}", it.name)));
        return copies.collect();
    }
    copy(0, "returned")
}

/// Writes down what a callback gets.
fn visit_in_c(signature: &Signature) -> String {
    let own = context(signature);
    let context = own.map_or("NULL".to_owned(), parameter);
    let mut body = format!("    Visits *visits = visit_begin({context});\n");
    for (number, of) in signature.parameters.iter().enumerate() {
        let it = parameter(number);
        body += &match of.of.behind() {
            _ if own == Some(number) => continue,
            Some(Type::Char) => format!("    visit_text({it});\n"),
            Some(_) => format!("    visit_pointer({it});\n"),
            None => format!("    visit_value(&{it}, sizeof {it});\n"),
        };
    }
    body
}

/// A callback that returns `end` in the end, or zeros where that is no integer.
pub(crate) fn callback_in_c(
    abi: &Abi,
    name: &str,
    signature: &Signature,
    body: &str,
    end: &str,
) -> String {
    let end = match &signature.result {
        Type::Void => format!("    (void){end};\n"),
        of if is_integer(abi, of) => {
            format!("    return ({}){end};\n", signature.result_in_c(""))
        }
        _ => format!(
            "    {};\n    memset(&nothing, 0, sizeof nothing);\n    (void){end};\n    return nothing;\n",
            signature.result_in_c("nothing")
        ),
    };
    let head = signature.definition_in_c(name, parameter);
    format!("static {head} {{\n{body}{end}}}\n\n")
}

/// Whether a value of the type is an integer in C.
pub fn is_integer(abi: &Abi, of: &Type) -> bool {
    match of {
        Type::Bool | Type::Char | Type::Integer { .. } | Type::Size { .. } => true,
        of => matches!(abi.definition(of), Some(Definition::Enumeration(_))),
    }
}

/// The parameter of a callback that is the caller's own pointer.
pub fn context(callback: &Signature) -> Option<usize> {
    let mut parameters = callback.parameters.iter();
    parameters.rposition(|it| it.of.behind() == Some(&Type::Void))
}

/// Where `item` is among `items`; it is added if need be.
pub fn place_of<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    let known = items.iter().position(|known| *known == item);
    known.unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}

/// Numbers that are the same for the same seed: SplitMix64.
#[derive(Clone, Copy, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "there is no end")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Bytes in hexadecimal digits, as the drivers read them. Eight at a time, here and back: there are millions,
/// and no build of a developer's is optimised.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for chunk in bytes.chunks(8) {
        let number = chunk
            .iter()
            .fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        let _ = write!(digits, "{number:0width$x}", width = 2 * chunk.len());
    }
    digits
}

/// The bytes again.
///
/// # Errors
///
/// If there are other characters than digits.
pub fn unhex(digits: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for chunk in digits.as_bytes().chunks(16) {
        let number = u64::from_str_radix(str::from_utf8(chunk)?, 16)?.to_be_bytes();
        bytes.extend_from_slice(&number[8 - chunk.len().div_ceil(2)..]);
    }
    Ok(bytes)
}
