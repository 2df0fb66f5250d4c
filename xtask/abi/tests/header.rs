//! What the header reader makes of all that a header may have in it.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use std::fmt::Write;
use std::fs;

use cargo_abi::Headers;
use common::{compiler, compilers, header_of, read, scratch, source};

/// A header, and lines of the description that it has to have: all of its lines but `pointer size`.
const HEADERS: &[(&str, &str, &str)] = &[
    (
        "no struct",
        "int simple_add(int a, int b);\n",
        "fn simple_add(i32, i32) -> i32\n",
    ),
    ("nothing", "", ""),
    (
        "macros that are no integers",
        "#define API extern\n#define OPEN {\n#define CLOSE }\n#define PAREN (\n#define EMPTY\n\
         #define ATTRIBUTE __attribute__((unused))\n#define UNKNOWN (nowhere + 1)\n\
         #define ALSO_UNKNOWN (nowhere + 2)\n#define TYPE int\n#define CALL one(1)\n\
         #define ONE 1\n#define TWO (ONE + 1u)\n#define CAST ((unsigned char)0x103)\n#define LETTER 'a'\n\
         #define TEXT \"a\" \"b\"\n#define HALF -0.5f\n#define SIZE sizeof(int)\n#define BIG 0xffffffffffffffff\n\
         API TYPE one(int) ATTRIBUTE;\n",
        "constant BIG = 18446744073709551615\nconstant CAST = 3\nconstant HALF = -0.5\nconstant LETTER = 97\n\
         constant ONE = 1\nconstant SIZE = 4\nconstant TEXT = \"ab\"\nconstant TWO = 2\nfn one(i32) -> i32\n",
    ),
    (
        "callbacks without a typedef",
        "#include <stdint.h>\ndouble apply(double, double (*)(double, int32_t));\n\
         void (*handler(int))(int);\nint (*const *table(void))[3];\n",
        "fn apply(f64, fn(f64, i32) -> f64) -> f64\nfn handler(i32) -> fn(i32)\n\
         fn table() -> *const *mut [i32; 3]\n",
    ),
    (
        "variables",
        "extern const char version[], *name;\nextern int counter;\nextern int (*hook)(int);\n\
         extern int (*hooks[2])(int);\n",
        "static counter i32\nstatic hook fn(i32) -> i32\n\
         static hooks [fn(i32) -> i32; 2]\nstatic name *const char\nstatic version const [char; 0]\n",
    ),
    (
        "functions with a body",
        "static inline int one(void) { return 1; }\ninline int two(void) { return 2; }\n\
         int three(void);\n",
        "fn three() -> i32\n",
    ),
    (
        "bit-fields, unnamed members and flexible arrays",
        "struct flags { unsigned a : 3, b : 5; int : 0; unsigned char c : 1; \
         union { int d; float e; }; struct { int f; } inner; long size; char data[]; };\n",
        "struct flags size 24 align 8\nstruct flags .a @0+0:3 u32\nstruct flags .b @0+3:5 u32\n\
         struct flags .c @4+0:1 u8\nstruct flags .d @8 i32\nstruct flags .e @8 f32\n\
         struct flags .inner @12 flags::inner\nstruct flags .size @16 i64\nstruct flags .data @24 [char; 0]\n\
         struct flags::inner size 4 align 0\nstruct flags::inner .f @0 i32\n",
    ),
    (
        "an enum with another type",
        "#include <stdint.h>\nenum Mode { MODE_A, MODE_B = 7 };\ntypedef uint8_t Mode;\nMode mode(Mode);\n",
        "enum Mode size 1 unsigned\nenum Mode MODE_A = 0\nenum Mode MODE_B = 7\nfn mode(Mode) -> Mode\n",
    ),
    (
        "a typedef of another tag",
        "struct _Node { struct _Node *next; };\ntypedef struct _Node Node;\n\
         typedef struct _Node *NodeList;\nNode *first(NodeList);\n",
        "struct Node size 8 align 8\nstruct Node .next @0 *mut Node\nfn first(*mut Node) -> *mut Node\n",
    ),
    (
        "a struct of the system",
        "#include <stdio.h>\n#include <sys/time.h>\nvoid print(FILE *);\nstruct timeval now(void);\n",
        "opaque FILE\nstruct timeval size 16 align 8\nstruct timeval .tv_sec @0 i64\n\
         struct timeval .tv_usec @8 i64\nfn now() -> timeval\nfn print(*mut FILE)\n",
    ),
    (
        "another name for the linker",
        "int f(void) __asm__(\"f_v2\");\n#define g g_v2\nint g(void);\nint h(void);\n#define h h_v2\n",
        "fn f_v2() -> i32\nfn g_v2() -> i32\nfn h() -> i32\n",
    ),
    (
        "a function without a prototype",
        "int f();\nint g(const char *, ...);\n",
        "fn f(...) -> i32\nfn g(*const char, ...) -> i32\n",
    ),
];

#[test]
fn each_header_is_described() {
    for name in compilers() {
        for (index, (title, text, expected)) in HEADERS.iter().enumerate() {
            let folder = scratch(&format!("header {index}"));
            let path = folder.join("sample.h");
            fs::write(&path, text).unwrap();
            let abi = Headers::one(&path)
                .read(&compiler(&name), &folder.join("scratch"))
                .unwrap();
            assert_eq!(
                abi.to_string(),
                format!("pointer size 8\n{expected}"),
                "{name:?}: {title}"
            );
        }
    }
}

/// A prototype that is made from the description is compatible with the header's own, and so are
/// definitions and variables.
#[test]
fn what_is_generated_fits_the_header() {
    let more = "
typedef unsigned long long Long;
typedef volatile int *Register;
typedef int Visit(double, const Long *);
Long many(unsigned long, long long, signed char, char, Register, Visit visit, Visit *other);
int (*(*returns(int (*)(void), const char *const[4], int (*)[3]))(char))[3];
enum Plain { PLAIN_A };
union Unknown;
struct Tag { int a; };
enum Plain plain(struct Tag, struct Tag *restrict, const union Unknown *, enum Plain);
long double wide(long double, _Bool, const int, ...);
";
    let text = source("sample.h").replace("#endif", &format!("{more}#endif"));
    for name in compilers() {
        let folder = scratch("generated");
        let path = folder.join("sample.h");
        fs::write(&path, &text).unwrap();
        let run = compiler(&name);
        let abi = Headers::one(&path)
            .read(&run, &folder.join("scratch"))
            .unwrap();
        assert_eq!(abi.functions.len(), 20);
        let mut code = "#include \"sample.h\"\n".to_owned();
        for (name, signature) in &abi.functions {
            let _ = writeln!(code, "{};", signature.in_c(name));
            let head = signature.definition_in_c(name, |index| format!("p{index}"));
            let _ = writeln!(code, "{head} {{ abort(); }}");
            let mut body = String::new();
            for (index, parameter) in signature.parameters.iter().enumerate() {
                let _ = writeln!(body, "  {};", parameter.in_c(&format!("p{index}")));
                let _ = writeln!(body, "  memset(&p{index}, 0, sizeof p{index});");
            }
            let arguments = (0..signature.parameters.len()).map(|index| format!("p{index}"));
            let call = format!("{name}({})", arguments.collect::<Vec<_>>().join(", "));
            let call = match signature.result {
                cargo_abi::model::Type::Void => call,
                _ => format!("{} = {call}", signature.result_in_c("result")),
            };
            let _ = writeln!(code, "void call_{name}(void) {{\n{body}  {call};\n}}");
        }
        let file = folder.join("generated.c");
        let preamble = "#include <stdlib.h>\n#include <string.h>\n";
        fs::write(&file, format!("{preamble}{code}")).unwrap();
        let flags = [
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-unused",
            "-Wno-unused-parameter",
        ];
        let mut arguments: Vec<_> = flags.map(Into::into).into();
        arguments.extend([
            "-Wno-unknown-warning-option".into(),
            "-Wno-array-parameter".into(),
            "-fsyntax-only".into(),
            file.into(),
        ]);
        run(&arguments)
            .unwrap()
            .checked()
            .unwrap_or_else(|error| panic!("{error}\n{code}"));
    }
}

#[test]
fn a_header_that_only_includes_others() {
    let folder = scratch("umbrella");
    for part in ["include/parts", "other", "system"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write(
        "include/all.h",
        "#include \"parts/a.h\"\n#include <b.h>\n#include <system.h>\n#include <string.h>\n",
    );
    write(
        "include/parts/a.h",
        "#ifdef WIDE\ntypedef long number;\n#else\ntypedef int number;\n#endif\nnumber a(void);\n",
    );
    write(
        "other/b.h",
        "struct b { int x; };\nvoid b(struct b *, number);\n#define B_SIZE COUNT\n",
    );
    write(
        "system/system.h",
        "struct s { int x; };\nvoid s(struct s *);\n#define S 1\n",
    );
    let headers = Headers {
        files: vec![folder.join("include/all.h")],
        include: vec![folder.join("other")],
        system_include: vec![folder.join("system")],
        defines: vec!["WIDE".into(), "COUNT=12".into()],
    };
    let abi = read(&headers, &folder);
    assert_eq!(
        abi.to_string(),
        "pointer size 8\nconstant B_SIZE = 12\nstruct b size 4 align 4\nstruct b .x @0 i32\nfn a() -> i64\n\
         fn b(*mut b, i64)\n"
    );
    let location = &abi.locations["b"];
    assert!(location.file.ends_with("other/b.h"), "{location:?}");
    assert_eq!(abi.locations["a"].line, 6);
}

#[test]
fn what_is_not_looked_into_is_said() {
    let abi = header_of(
        "#include <stdio.h>\nvoid print(FILE *);\n",
        &scratch("notes"),
    );
    assert_eq!(
        abi.notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["`_IO_FILE`: its content: a header of others declares it, and it is only pointed to"]
    );
}

#[test]
fn a_header_that_does_not_compile_is_an_error_with_the_compilers_words() {
    let folder = scratch("broken");
    let path = folder.join("sample.h");
    fs::write(&path, "unknown_t f(int);\n").unwrap();
    for name in compilers() {
        let error = Headers::one(&path)
            .read(&compiler(&name), &folder.join("scratch"))
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("unknown_t") && text.contains("sample.h:1"),
            "{text}"
        );
    }
}

#[test]
fn macros_that_are_no_constants_neither_hide_others_nor_take_long() {
    let mut header = "int f(int);\n#define QUOTE don't\n#define AFTER 5\n".to_owned();
    // A compiler looks for a name like it among all others, for each name that it does not know: seconds.
    for index in 0..2_000 {
        header += &format!("#define NO_{index} nowhere_{index} + 1\n");
    }
    let abi = header_of(&header, &scratch("no constants"));
    assert_eq!(
        abi.to_string(),
        "pointer size 8\nconstant AFTER = 5\nfn f(i32) -> i32\n"
    );
    assert_eq!(abi.notes.len(), 2_000);
    assert_eq!(
        abi.notes[0].to_string(),
        "`NO_0`: the C compiler takes it for no constant"
    );
}
