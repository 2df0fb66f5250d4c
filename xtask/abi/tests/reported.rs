//! What was reported about other tools, and about this one: false alarms, and what was missed.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use common::package::Package;

/// Two sides that say the same, in Rust and in C.
const SAME: &[(&str, &str)] = &[
    // Attributes, wherever C allows them.
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn attributed_a(p: *const i32) -> i32 { p.is_null().into() }
         #[unsafe(no_mangle)] pub extern \"C\" fn attributed_b(a: u32) -> u32 { a }
         #[unsafe(no_mangle)] pub extern \"C\" fn attributed_c() {}
         #[unsafe(no_mangle)] pub static ATTRIBUTED: u32 = 7;",
        "[[nodiscard(\"look at it\")]] int32_t attributed_a(const int32_t *p);
         uint32_t attributed_b [[gnu::cold]] (uint32_t a) __attribute__((warn_unused_result));
         [[gnu::nothrow]] void attributed_c(void);
         extern const uint32_t ATTRIBUTED [[gnu::aligned(4)]];",
    ),
    // A struct, a union and an enum that a typedef calls otherwise than its tag.
    (
        "#[repr(C)] #[derive(Clone, Copy)] pub struct Span { low: u32, high: u32 }
         #[repr(transparent)] pub struct Window(pub Span);
         #[unsafe(no_mangle)] pub extern \"C\" fn span_width(span: Span) -> u32 { span.high - span.low }
         #[unsafe(no_mangle)] pub extern \"C\" fn span_open(window: Window) -> u32 { window.0.low }
         #[repr(u32)] #[derive(Clone, Copy)] pub enum Level { Low, High }
         #[repr(transparent)] pub struct Grade(pub Level);
         #[unsafe(no_mangle)] pub extern \"C\" fn level_a(l: Level) -> u32 { l as u32 }
         #[unsafe(no_mangle)] pub extern \"C\" fn level_b(g: Grade) -> u32 { g.0 as u32 }
         pub struct Parser(u32);
         #[repr(transparent)] pub struct Session(Parser);
         #[unsafe(no_mangle)] pub extern \"C\" fn parser_a(p: *mut Parser) -> u32 { unsafe { (*p).0 } }
         #[unsafe(no_mangle)] pub extern \"C\" fn parser_b(s: *mut Session) -> u32 { unsafe { (*s).0.0 } }",
        "struct Span { uint32_t low, high; }; typedef struct Span Window;
         uint32_t span_width(struct Span span); uint32_t span_open(Window window);
         enum Level { Level_Low, Level_High }; typedef enum Level Grade;
         uint32_t level_a(enum Level l); uint32_t level_b(Grade g);
         struct Parser; typedef struct Parser Session;
         uint32_t parser_a(struct Parser *p); uint32_t parser_b(Session *s);",
    ),
    (
        "#[repr(C)] pub struct Rows { m: [[f32; 3]; 2] }
         #[unsafe(no_mangle)] pub extern \"C\" fn rows(of: *const Rows) -> bool { of.is_null() }",
        "typedef struct Rows { float m[6]; } Rows; bool rows(const Rows *of);",
    ),
    // What has no size is not passed.
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn sizeless(a: u32, _: core::marker::PhantomData<f64>, b: u32) -> u32 { a + b }",
        "uint32_t sizeless(uint32_t a, uint32_t b);",
    ),
    (
        "use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
         #[repr(C)] pub struct Counters { on: AtomicBool, count: AtomicU32, total: AtomicU64, plain: u16,
             next: AtomicPtr<u32>, length: AtomicUsize }
         #[unsafe(no_mangle)] pub extern \"C\" fn counters(on: *const AtomicBool) -> *const Counters { on.cast() }",
        "typedef struct Counters { _Atomic bool on; _Atomic(uint32_t) count; _Atomic uint64_t total;
             volatile uint16_t plain; uint32_t *next; size_t length; } Counters;
         const Counters *counters(const bool *on);",
    ),
    // A callback with further arguments: as a parameter, a field and a result; not of one that has one.
    (
        "pub type Log = unsafe extern \"C\" fn(*const c_char, ...) -> i32;
         #[repr(C)] pub struct Logger { level: i32, print: Option<Log> }
         #[unsafe(no_mangle)] pub extern \"C\" fn log_a(log: Option<Log>) -> i32 { log.is_some().into() }
         #[unsafe(no_mangle)] pub extern \"C\" fn log_b(l: *const Logger) -> i32 { unsafe { (*l).level } }
         #[unsafe(no_mangle)] pub extern \"C\" fn log_c() -> Option<Log> { None }
         #[unsafe(no_mangle)] pub extern \"C\" fn log_d(f: Option<unsafe extern \"C\" fn(Log) -> i32>) -> i32 { f.is_some().into() }",
        "typedef int32_t (*Log)(const char *, ...);
         typedef struct Logger { int32_t level; Log print; } Logger;
         int32_t log_a(Log log); int32_t log_b(const Logger *l); Log log_c(void); int32_t log_d(int32_t (*f)(Log));",
    ),
    (
        "#[repr(C)] #[derive(Clone, Copy)] pub struct Complex { re: f64, im: f64 }
         #[repr(C)] pub struct Bin { at: u32, value: Complex }
         #[unsafe(no_mangle)] pub extern \"C\" fn power(values: *const Complex, bin: *const Bin) -> f64 {
             unsafe { (*values).re + (*bin).value.im + f64::from((*bin).at) } }
         #[unsafe(no_mangle)] pub extern \"C\" fn magnitude(z: *const [f64; 2]) -> f64 { unsafe { (*z)[0] + (*z)[1] } }",
        "typedef struct Bin { uint32_t at; double _Complex value; } Bin;
         double power(const double _Complex *values, const Bin *bin); double magnitude(const double _Complex *z);",
    ),
    // Names that are words of Rust.
    (
        "#[allow(non_upper_case_globals)] pub const r#gen: u32 = 3;
         #[repr(C)] pub struct Entry { r#type: u32, r#match: u64 }
         #[unsafe(no_mangle)] pub extern \"C\" fn r#become(r#in: *const Entry) -> u32 { unsafe { (*r#in).r#type + r#gen } }",
        "#define gen 3\ntypedef struct Entry { uint32_t type; uint64_t match; } Entry; uint32_t become(const Entry *in);",
    ),
    // Members without a name, and the struct of the system whose private fields have other names in Rust.
    (
        "#[repr(C)] pub union Body { number: u32, real: f32 }
         #[repr(C)] pub struct Value { kind: u32, body: Body }
         #[unsafe(no_mangle)] pub extern \"C\" fn value(v: *const Value) -> u32 { unsafe { (*v).kind } }
         #[allow(non_camel_case_types)] #[repr(C)] pub struct sockaddr_storage { ss_family: u16, __ss_pad2: [u8; 118], __ss_align: usize }
         #[repr(C)] pub struct Peer { port: u32, from: sockaddr_storage }
         #[unsafe(no_mangle)] pub extern \"C\" fn peer(p: *const Peer) -> u32 { unsafe { (*p).port } }",
        "#include <sys/socket.h>\ntypedef struct Value { uint32_t kind; union { uint32_t number; float real; }; } Value; uint32_t value(const Value *v);
         typedef struct Peer { uint32_t port; struct sockaddr_storage from; } Peer; uint32_t peer(const Peer *p);",
    ),
    // Fields whose names have a prefix in C.
    (
        "#[repr(C)] pub struct Place { x: f64, y: f64 }
         #[unsafe(no_mangle)] pub extern \"C\" fn place(p: *const Place) -> f64 { unsafe { (*p).x + (*p).y } }",
        "typedef struct pl_place { double pl_x; double pl_y; } pl_place; double place(const pl_place *p);",
    ),
    // C's enum has the values alone: what is passed is an integer of another size.
    (
        "#[allow(non_camel_case_types)] #[repr(u8)] pub enum kind_values { KIND_A, KIND_B = 7 }
         #[unsafe(no_mangle)] pub extern \"C\" fn kind(of: u8) -> u8 {
             let other = if of == 0 { kind_values::KIND_B } else { kind_values::KIND_A };
             other as u8 }",
        "typedef uint8_t kind_t; enum kind_values { KIND_A, KIND_B = 7 }; kind_t kind(kind_t of);",
    ),
    // The header's own types, which Rust knows by the same name as something else.
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn wait(bytes: *const core::ffi::c_void) -> u64 {
             let words = unsafe { core::slice::from_raw_parts(bytes.cast::<u32>(), 2) };
             core::time::Duration::new(words[0].into(), words[1]).as_secs() }
         struct Item { name: String, size: u64 }
         #[unsafe(no_mangle)] pub extern \"C\" fn total(words: *const u32) -> u64 {
             let of = Item { name: String::from(\"x\"), size: unsafe { *words }.into() };
             of.size + of.name.len() as u64 }
         #[unsafe(no_mangle)] pub extern \"C\" fn order(a: i32, b: i32) -> i32 {
             match a.cmp(&b) { core::cmp::Ordering::Less => 10, _ => 20 } }",
        "typedef struct Duration { uint32_t seconds, nanoseconds; } Duration; uint64_t wait(const void *duration);
         typedef struct Item { uint32_t size, flags; } Item; uint64_t total(const uint32_t *words);
         typedef enum Ordering { LESS = 10, EQUAL = 20 } Ordering; int32_t order(int32_t a, int32_t b);",
    ),
];

const INCLUDES: &str = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n";

#[test]
fn two_sides_that_say_the_same_have_no_difference() {
    let (mut library, mut header) = ("use core::ffi::c_char;\n".to_owned(), INCLUDES.to_owned());
    for (rust, c) in SAME {
        library += &format!("{rust}\n");
        header += &format!("{c}\n");
    }
    let answer = Package::new("same", &library, &header).abi(&["check", "--all"]);
    let expected = "\
not compared: `Duration`, `Item`, `Ordering`: Rust does not show what is in it
not compared: `EQUAL`, `LESS`: no constant in the Rust source has this name
not compared: `sockaddr_storage`: what Rust has where C has a reserved field

sample 1.2.3, sample.h: 26 functions, 1 variable, 12 types and 1 constant compared; no difference
";
    answer.expect(0, expected);
}

/// What differs, in Rust and in C, and the line about it.
const DIFFERENT: &[(&str, &str, &str)] = &[
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn varint(out: *mut u64) { unsafe { *out = 1 } }",
        "void varint(uint64_t out);",
        "break[pointer]: Rust `*mut u64`, sample.h `uint64_t`",
    ),
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn levels(out: *mut *mut i32) -> bool { out.is_null() }",
        "bool levels(int32_t *out);",
        "break[pointer]: Rust `*mut *mut i32`, sample.h `int32_t *`",
    ),
    // On which the library's author said nothing, so Rust orders the fields.
    (
        "pub struct Params { on: bool, limit: u64, off: bool }
         #[unsafe(no_mangle)] pub extern \"C\" fn params(p: *const Params) -> u64 {
             let p = unsafe { &*p }; p.limit + u64::from(p.on) + u64::from(p.off) }",
        "typedef struct Params { bool on; uint64_t limit; bool off; } Params; uint64_t params(const Params *p);",
        "break[repr]: it is not `#[repr(C)]`, so Rust lays it out as it likes: `Params.limit`: Rust at offset 0, sample.h at offset 8, and 3 more",
    ),
    // Two fields swapped, whose names have a prefix in C.
    (
        "#[repr(C)] pub struct Where { x: f64, y: f64 }
         #[unsafe(no_mangle)] pub extern \"C\" fn where_is(p: *const Where) -> f64 { unsafe { (*p).x + (*p).y } }",
        "typedef struct wh_where { double wh_y; double wh_x; } wh_where; double where_is(const wh_where *p);",
        "break[offset]: Rust at offset 0, sample.h at offset 8",
    ),
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn forgets(f: Option<unsafe extern \"C\" fn(i32, ...)>) -> bool { f.is_some() }",
        "bool forgets(void (*f)(int32_t));",
        "break[parameters]: Rust 1 `(i32, ...)`, sample.h 1 `(int32_t)`",
    ),
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn by_rust(f: fn(i32) -> i32) -> i32 { f(1) }",
        "int32_t by_rust(int32_t (*f)(int32_t));",
        "break[convention]: Rust `fn(i32) -> i32, not extern C`",
    ),
    (
        "#[repr(C)] pub struct Wide { total: core::sync::atomic::AtomicU64 }
         #[unsafe(no_mangle)] pub extern \"C\" fn wide(w: *const Wide) -> bool { w.is_null() }",
        "typedef struct Wide { _Atomic uint32_t total; } Wide; bool wide(const Wide *w);",
        "break[size]: Rust `u64`, sample.h `uint32_t`",
    ),
    (
        "#[repr(C)] #[derive(Clone, Copy)] pub struct Reals { re: f32, im: f32 }
         #[unsafe(no_mangle)] pub extern \"C\" fn reals(r: *const Reals) -> bool { r.is_null() }",
        "bool reals(const double _Complex *r);",
        "type[type]: Rust `*const Reals`, sample.h `const complex double *`",
    ),
    (
        "pub type Done = unsafe extern \"C\" fn(i32); #[unsafe(no_mangle)] pub extern \"C\" fn start(done: Option<Done>) -> bool { done.is_some() }",
        "struct Option_Done; bool start(struct Option_Done *done);",
        "break[function]: Rust `fn(i32)`, sample.h `Option_Done *`",
    ),
    (
        "#[allow(non_camel_case_types)] #[repr(u8)] pub enum Sort { SORT_A, SORT_B = 7 }
         #[unsafe(no_mangle)] pub extern \"C\" fn sort() -> Sort { Sort::SORT_B }",
        "typedef enum Sort { SORT_A, SORT_B = 7 } Sort; Sort sort(void);",
        "break[size]: Rust size 1, sample.h size 4",
    ),
    (
        "#[repr(transparent)] pub struct Id([u8; 8]); #[unsafe(no_mangle)] pub extern \"C\" fn id(id: Id) -> u8 { id.0[0] }",
        "typedef uint8_t Id[8]; uint8_t id(Id id);",
        "Rust `Id`, sample.h `uint8_t *`",
    ),
    // The linker does not mind, and a program that calls a number ends.
    (
        "#[unsafe(no_mangle)] pub static DATUM: u32 = 1;",
        "uint32_t DATUM(void);",
        "break[function]: Rust a variable, sample.h `fn() -> u32`",
    ),
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn called(a: u32) -> u32 { a }",
        "extern uint32_t (*called)(uint32_t);",
        "break[function]: Rust `fn(u32) -> u32`, sample.h a variable",
    ),
    (
        "#[unsafe(no_mangle)] pub static FIXED: u32 = 1; #[unsafe(no_mangle)] pub static mut FREE: u32 = 1;
         #[unsafe(no_mangle)] pub static COUNT: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(1);",
        "extern uint32_t FIXED; extern uint32_t FREE; extern _Atomic uint32_t COUNT;",
        "style[const]: Rust: nobody may write to it, sample.h: no `const`\n  include/sample.h:",
    ),
    // `None` is a third number, which C's `bool` does not have, and one of rustc's choice.
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn perhaps(a: Option<bool>) -> bool { a.is_none() }",
        "bool perhaps(bool a);",
        "type[type]: Rust `Option<bool>`, sample.h `bool`",
    ),
    (
        "#[unsafe(no_mangle)] pub extern \"C\" fn order(a: bool) -> Option<core::cmp::Ordering> { a.then_some(core::cmp::Ordering::Less) }",
        "int8_t order(bool a);",
        "type[type]: Rust `Option<core::cmp::Ordering>`, sample.h `int8_t`",
    ),
    // One register in C.
    (
        "#[repr(C, align(16))] pub struct Four { v: [f32; 4] } #[unsafe(no_mangle)] pub extern \"C\" fn four(a: Four) -> f32 { a.v[0] }",
        "typedef float Four __attribute__((vector_size(16))); float four(Four a);",
        "type[type]: Rust `Four`, sample.h `vector [f32; 4]`",
    ),
    // As large as `int` at least before anything is done with them: 253 is not -3.
    (
        "pub const SMALL: u8 = 253;",
        "#define SMALL (-3)",
        "break[value]: Rust 253, sample.h -3",
    ),
    (
        "pub struct Pair { pub a: u64, pub b: u64 } #[unsafe(no_mangle)] pub extern \"C\" fn pair(of: *const Pair) -> bool { of.is_null() }",
        "typedef struct Pair { uint64_t a, b; } Pair; bool pair(const Pair *of);",
        "style[repr]: it is not `#[repr(C)]`: as Rust lays it out today, it is the same",
    ),
];

#[test]
fn what_differs_is_said_as_what_it_does() {
    let (mut library, mut header) = (String::new(), INCLUDES.to_owned());
    for (rust, c, _) in DIFFERENT {
        library += &format!("{rust}\n");
        header += &format!("{c}\n");
    }
    let answer = Package::new("different", &library, &header).abi(&["check", "--all"]);
    for (rust, _, line) in DIFFERENT {
        assert!(
            answer.stdout.contains(line),
            "{rust}\n{line}\n{}",
            answer.stdout
        );
    }
    assert_eq!(answer.code, 1);
}

#[test]
fn own_is_what_is_included_by_its_place_and_what_line_renames() {
    let library = "#[unsafe(no_mangle)] pub extern \"C\" fn read(a: u32) -> u32 { a }\n\
                   #[unsafe(no_mangle)] pub extern \"C\" fn count() -> u32 { 3 }\n";
    let package = Package::new(
        "generated",
        library,
        "#include <stdint.h>\n#include \"../gen/gen.h\"\n#line 3 \"sample.h.in\"\nuint32_t read(uint32_t a);\n",
    );
    package.write(
        "gen/gen.h",
        "typedef struct Size { uint32_t a; } Size;\nuint32_t count(void);\n",
    );
    let good = "sample 1.2.3, sample.h: 2 functions compared; no difference\n";
    let answer = package.abi(&["check"]);
    answer.expect(
        0,
        &format!("not compared: `Size`: Rust does not show what is in it\n\n{good}"),
    );
    package.write("gen/gen.h", "uint64_t count(void);\n");
    assert!(
        package
            .abi(&["check"])
            .stdout
            .contains("gen/gen.h:1: `count`, result")
    );
    // What the file was made from has the line.
    package.write("gen/gen.h", "uint32_t count(void);\n");
    package.replace_in_header("read(uint32_t", "read(float");
    assert!(
        package
            .abi(&["check"])
            .stdout
            .contains("sample.h.in:3: `read`, parameter 1")
    );
}

#[test]
fn what_c_may_pass_and_rust_does_not_have_is_a_lint() {
    let library = "
#[repr(C)] pub struct Reader { read: extern \"C\" fn(u32) -> u32, seek: Option<extern \"C\" fn(u32)>, next: *const Reader }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_reference(a: &mut u32, b: Option<&u32>) { *a = *b.unwrap_or(&1) }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_box(a: Box<u32>, b: Option<Box<u32>>) { drop((a, b)) }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_function(f: extern \"C\" fn()) { f() }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_field(r: *const Reader) -> bool { r.is_null() }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_letter(c: char) -> u32 { c.into() }
#[repr(C)] pub enum Mode { A, B }
#[repr(C)] pub struct Root { exact: bool, next: *const Root }
pub struct Opaque { _exact: bool, _text: Box<u8> }
#[unsafe(no_mangle)] pub extern \"C\" fn by_number(m: Mode, b: bool) -> u32 { m as u32 + u32::from(b) }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_content(m: *const Mode, r: *const Root) -> bool { m.is_null() || r.is_null() }
#[unsafe(no_mangle)] pub extern \"C\" fn by_answer(f: Option<extern \"C\" fn(Mode, bool) -> bool>) -> u32 { f.is_some().into() }
#[unsafe(no_mangle)] pub extern \"C\" fn by_result() -> Option<extern \"C\" fn(Mode)> { None }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn goes_out(m: *mut Mode, b: *mut bool, r: *mut Root, o: *const Opaque) -> Mode { if m.is_null() && b.is_null() && r.is_null() && o.is_null() { Mode::A } else { Mode::B } }
#[unsafe(no_mangle)] pub unsafe extern \"C\" fn by_address(p: core::ptr::NonNull<u8>) -> u8 { unsafe { *p.as_ptr() } }
#[unsafe(no_mangle)] pub extern \"C\" fn is_safe(p: *mut u32) { drop(unsafe { Box::from_raw(p) }) }
#[unsafe(no_mangle)] pub extern \"C\" fn takes_nothing(n: u32) -> u32 { n }
";
    let header = "#include <stdbool.h>\n#include <stdint.h>\n\
        typedef struct Reader { uint32_t (*read)(uint32_t); void (*seek)(uint32_t); const struct Reader *next; } Reader;\n\
        void by_reference(uint32_t *a, const uint32_t *b); void by_box(uint32_t *a, uint32_t *b);\n\
        void by_function(void (*f)(void)); bool by_field(const Reader *r); uint32_t by_letter(uint32_t c);\n\
        uint8_t by_address(uint8_t *p); void is_safe(uint32_t *p); uint32_t takes_nothing(uint32_t n);\n\
        typedef enum Mode { MODE_A, MODE_B } Mode; typedef struct Root { bool exact; const struct Root *next; } Root;\n\
        uint32_t by_number(Mode m, bool b); bool by_content(const Mode *m, const Root *r);\n\
        uint32_t by_answer(bool (*f)(Mode, bool)); void (*by_result(void))(Mode);\n\
        typedef struct Opaque Opaque; Mode goes_out(Mode *m, bool *b, Root *r, const Opaque *o);\n";
    let package = Package::new("lints", library, header);
    assert_eq!(package.abi(&["check"]).code, 0);
    let answer = package.abi(&["check", "--lints", "--all"]);
    for (cause, place) in [
        (
            "type[null-in]: a `&mut u32` comes in",
            "`by_reference`, parameter 1 (`a`)",
        ),
        ("Box<u32", "`by_box`, parameter 1 (`a`)"),
        (
            "type[null-in]: a `extern \"C\" fn()` comes in",
            "`by_function`, parameter 1 (`f`)",
        ),
        (
            "type[null-in]: a `extern \"C\" fn(u32) -> u32` comes in",
            "`by_field`, parameter 1 (`r`), `Reader.read`",
        ),
        (
            "type[null-in]: a `NonNull<u8>` comes in",
            "`by_address`, parameter 1 (`p`)",
        ),
        (
            "type[char-in]: a `char` comes in",
            "`by_letter`, parameter 1 (`c`)",
        ),
        (
            "type[enum-in]: the enum `Mode` comes in",
            "`by_content`, parameter 1 (`m`)",
        ),
        (
            "`by_content`, parameter 1 (`m`)",
            "`by_number`, parameter 1 (`m`)",
        ),
        (
            "`by_number`, parameter 1 (`m`)",
            "`by_result`, result, a callback, parameter 1",
        ),
        (
            "type[bool-in]: a `bool` comes in",
            "`by_answer`, parameter 1 (`f`), a callback, result",
        ),
        (
            "`by_answer`, parameter 1 (`f`), a callback, result",
            "`by_content`, parameter 2 (`r`), `Root.exact`",
        ),
        (
            "`by_content`, parameter 2 (`r`), `Root.exact`",
            "`by_number`, parameter 2 (`b`)",
        ),
        (
            "style[safe-function]: it takes a pointer and is not `unsafe`",
            "`is_safe`",
        ),
    ] {
        let mut lines = answer
            .stdout
            .lines()
            .skip_while(|line| !line.contains(cause))
            .skip(1);
        let place_line = lines.next().unwrap_or_default();
        assert!(
            place_line.ends_with(place),
            "{cause} {place}\n{}",
            answer.stdout
        );
    }
    assert!(
        answer.stdout.ends_with("compared; 12 type, 1 style\n"),
        "{}",
        answer.stdout
    );
}
