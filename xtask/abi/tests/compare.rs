//! Two descriptions, and all in which they differ.

use std::ffi::c_char;

use cargo_abi::Abi;
use cargo_abi::compare::{Difference, Side, compare};
use cargo_abi::model::Type;

/// What Rust's `c_char` is an alias of.
const CHAR: Type = Type::Integer {
    size: 1,
    signed: c_char::MIN != 0,
};

const RUST: &str = "\
enum Status size 4 unsigned
enum Status STATUS_OK = 0
enum Status STATUS_IO = 8
struct Root size 24 align 8
struct Root .value @0 f64
struct Root .root @8 f64
struct Root .exact @16 bool
fn each(*const f64, usize, fn(f64, *mut void) -> i32) -> Status
fn sqrt(f64) -> f64
fn text(*const i8)
";

fn texts(left: Side<'_>, right: Side<'_>) -> Vec<String> {
    let differences = compare(left, right).differences;
    let text = |difference: &Difference| difference.text(left.name, right.name);
    differences.iter().map(text).collect()
}

/// What is found when the header says `to` where Rust says `from`.
fn found_for(from: &str, to: &str) -> Vec<String> {
    assert!(RUST.contains(from), "{from}");
    let [rust, header] =
        [RUST.to_owned(), RUST.replacen(from, to, 1)].map(|text| Abi::parse(&text).unwrap());
    texts(Side::rust(&rust), Side::c("sample.h", &header))
}

#[test]
fn each_difference_names_the_place_and_both_values() {
    for (from, to, expected) in [
        (
            "sqrt(f64)",
            "sqrt(f32)",
            "`sqrt`, parameter 1: Rust `f64`, sample.h `float`",
        ),
        ("-> f64", "", "`sqrt`, result: Rust `f64`, sample.h `void`"),
        (
            "usize",
            "u32",
            "`each`, parameter 2: Rust `usize`, sample.h `uint32_t`",
        ),
        (
            "*const f64",
            "*mut f64",
            "`each`, parameter 1: Rust `*const f64`, sample.h `double *`",
        ),
        (
            "sqrt(f64)",
            "sqrt()",
            "`sqrt`, parameters: Rust 1 `(f64)`, sample.h 0 `(void)`",
        ),
        (
            "sqrt(f64)",
            "sqrt(...)",
            "`sqrt`, parameters: Rust 1 `(f64)`, sample.h 0 `()`",
        ),
        (
            "fn(f64, *mut void)",
            "fn(f32, *mut void)",
            "`each`, parameter 3, a callback, parameter 1: Rust `f64`, sample.h `float`",
        ),
        (
            "fn sqrt(f64) -> f64\n",
            "",
            "`sqrt`: Rust has it, sample.h does not",
        ),
        (
            "fn sqrt(f64) -> f64\n",
            "fn sqr(f64)\nfn sqrt(f64) -> f64\n",
            "`sqr`: sample.h has it, Rust does not",
        ),
        (
            "size 24",
            "size 20",
            "struct `Root`: Rust size 24, sample.h size 20",
        ),
        (
            "size 24 align 8",
            "size 24 align 4",
            "struct `Root`: Rust alignment 8, sample.h alignment 4",
        ),
        (
            ".exact @16 bool",
            ".exact @16 u8",
            "`Root.exact`: Rust `bool`, sample.h `uint8_t`",
        ),
        (
            "struct Root .exact @16 bool\n",
            "",
            "`Root.exact`: Rust has it, sample.h does not",
        ),
        (
            "STATUS_IO = 8",
            "STATUS_IO = 9",
            "`STATUS_IO`: Rust 8, sample.h 9",
        ),
        (
            "STATUS_IO = 8",
            "STATUS_OI = 8",
            "`STATUS_IO`: Rust has it, sample.h does not",
        ),
        (
            "size 4 unsigned",
            "size 1 unsigned",
            "enum `Status`: Rust size 4, sample.h size 1",
        ),
        (
            "*const i8",
            "*const u16",
            "`text`, parameter 1: Rust `*const i8`, sample.h `const uint16_t *`",
        ),
    ] {
        let found = found_for(from, to);
        assert_eq!(
            found.first().map(String::as_str),
            Some(expected),
            "{found:#?}"
        );
    }
}

#[test]
fn all_differences_are_found() {
    let found = found_for(
        ".value @0 f64\nstruct Root .root @8",
        ".root @0 f64\nstruct Root .value @8",
    );
    assert_eq!(
        found,
        [
            "`Root.root`: Rust at offset 8, sample.h at offset 0",
            "`Root.value`: Rust at offset 0, sample.h at offset 8",
        ]
    );
}

#[test]
fn a_callback_in_a_struct_is_part_of_its_layout() {
    let of = |result| format!("struct S size 8 align 8\nstruct S .f @0 fn() -> {result}\n");
    let [left, right] = ["i32", "i64"].map(|result| Abi::parse(&of(result)).unwrap());
    let found = texts(Side::c("a.h", &left), Side::c("b.h", &right));
    assert_eq!(
        found,
        ["`S.f`, a callback, result: a.h `int32_t`, b.h `int64_t`"]
    );
}

#[test]
fn what_a_witness_cannot_know_is_no_difference() {
    assert_eq!(found_for("*const f64", "*f64"), [""; 0]);
    assert_eq!(found_for("*mut void", "*void"), [""; 0]);
    assert_eq!(
        found_for("fn sqrt", "constant VERSION = 1\nfn sqrt"),
        [""; 0]
    );
    assert_eq!(found_for("fn sqrt", "opaque Handle\nfn sqrt"), [""; 0]);
    let char_in_rust = CHAR.to_string();
    assert_eq!(
        found_for("*const i8", "*const char").is_empty(),
        char_in_rust == "i8"
    );
}

#[test]
fn what_has_no_word_in_c_agrees_with_nothing() {
    let found = found_for("sqrt(f64)", "sqrt(\"slice\")");
    assert_eq!(found, ["`sqrt`, parameter 1: Rust `f64`, sample.h `slice`"]);
    let found = found_for("sqrt(f64)", "sqrt(f64)");
    assert_eq!(found, [""; 0]);
}

/// What is said, and the names of what was not compared.
fn said(rust: &str, header: &str) -> (Vec<String>, Vec<String>) {
    let [rust, header] = [rust, header].map(|text| Abi::parse(text).unwrap());
    let (rust, header) = (Side::rust(&rust), Side::c("sample.h", &header));
    let notes = compare(rust, header).notes.into_iter();
    (texts(rust, header), notes.map(|of| of.name).collect())
}

#[test]
fn a_member_of_a_union_may_hold_the_bits_of_a_number() {
    let rust = "union Value size 8 align 8\nunion Value .f @0 u64\nunion Value .i @0 i32\n";
    let header = rust.replace("u64", "f64");
    let (found, notes) = said(rust, &header);
    assert_eq!((found, notes), (vec![], vec!["Value".to_owned()]));
    // What is shorter is something else, as is a field of a struct.
    let (found, _) = said(rust, &rust.replace("u64", "f32"));
    assert_eq!(found, ["`Value.f`: Rust `u64`, sample.h `float`"]);
    let [rust, header] = [rust, &header].map(|text| text.replace("union", "struct"));
    let (found, _) = said(&rust, &header);
    assert_eq!(found, ["`Value.f`: Rust `u64`, sample.h `double`"]);
}

#[test]
fn two_types_of_rust_may_be_one_of_c() {
    let header = "struct item_t size 16 align 8\nstruct item_t .owner @0 u64\n\
                  struct item_t .__private @8 *mut void\nstruct other_t size 16 align 8\n\
                  struct other_t .owner @0 u64\nfn pass(*const item_t)\n";
    // A number that is 0, or a whole item; the functions take the item.
    let rust = "struct Item size 16 align 8\nstruct Item .id @0 u64\nstruct Item .at @8 *mut u8\n\
                union item_t size 16 align 8\nunion item_t .owner @0 u64\nunion item_t .item @0 Item\n\
                struct other_t size 16 align 8\nstruct other_t .owner @0 u64\nfn pass(*const Item)\n";
    assert_eq!(said(rust, header).0, [""; 0]);
    for (from, to, expected) in [
        // One that C has as well is itself.
        (
            "pass(*const Item)",
            "pass(*const other_t)",
            "`pass`, parameter 1: Rust `*const other_t`, sample.h `const item_t *`",
        ),
        (
            "Item .id @0 u64",
            "Item .id @0 f64",
            "`pass`, parameter 1: Rust `*const Item`, sample.h `const item_t *`",
        ),
        (
            "Item size 16",
            "Item size 24",
            "`pass`, parameter 1: Rust `*const Item`, sample.h `const item_t *`",
        ),
        (
            "item_t .owner @0 u64",
            "item_t .owner @0 u32",
            "`item_t`: Rust a union of size 16, sample.h a struct of size 16",
        ),
    ] {
        assert!(rust.contains(from), "{from}");
        assert_eq!(
            said(&rust.replacen(from, to, 1), header).0,
            [expected],
            "{to}"
        );
    }
}

#[test]
fn what_c_leaves_open_may_be_nothing() {
    let rust = "fn new() -> *mut void\nfn with(fn())\n";
    assert_eq!(said(rust, &rust.replace("()", "(...)")).0, [""; 0]);
    // But not something.
    let found = said(
        &rust.replace("(fn())", "(fn(i32))"),
        &rust.replace("()", "(...)"),
    )
    .0;
    assert_eq!(
        found,
        ["`with`, parameter 1, a callback, parameters: Rust 1 `(i32)`, sample.h 0 `()`"]
    );
    let found = said("fn log(i32)\n", "fn log(i32, ...)\n").0;
    assert_eq!(
        found,
        ["`log`, parameters: Rust 1 `(i32)`, sample.h 1 `(int32_t, ...)`"]
    );
}
