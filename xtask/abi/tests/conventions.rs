//! Calling conventions: how C calls a function, and how Rust takes its arguments.

// The debug information that is read here is in ELF files.
#![cfg(target_os = "linux")]

mod common;

use common::package::Package;

const HEADER: &str = "#include <stdint.h>\ntypedef struct Large { uint64_t a, b, c; } Large;\n";
const LARGE: &str = "#[repr(C)] pub struct Large { a: u64, b: u64, c: u64 }\n";

#[test]
fn a_function_that_is_not_extern_c_is_a_break() {
    let library = format!(
        "{LARGE}\
         /// The author forgot it.\n#[unsafe(no_mangle)] pub fn plain(of: Large) -> u64 {{ of.c }}\n\
         #[unsafe(export_name = \"named\")] pub extern \"Rust\" fn other_name(of: Large) -> u64 {{ of.c }}\n\
         impl Large {{ #[unsafe(no_mangle)] pub fn method(self) -> u64 {{ self.c }} }}\n\
         mod private {{ #[unsafe(no_mangle)] unsafe fn hidden(a: u8) -> (u64, u8) {{ (1, a) }} }}\n\
         macro_rules! make {{ ($name:ident) => {{ #[unsafe(no_mangle)] pub fn $name(a: f64) -> f64 {{ a }} }} }}\n\
         make!(made);\n\
         pub trait Run {{ fn run(a: u32) -> u32; }}\n\
         impl Run for Large {{ #[unsafe(export_name = \"of_trait\")] fn run(a: u32) -> u32 {{ a }} }}\n\
         #[unsafe(no_mangle)] pub extern \"C\" fn right(of: Large) -> u64 {{ of.c }}\n"
    );
    let header = format!(
        "{HEADER}uint64_t plain(Large);\nuint64_t named(Large);\nuint64_t method(Large);\n\
         Large hidden(uint8_t);\ndouble made(double);\nuint32_t of_trait(uint32_t);\nuint64_t right(Large);\n"
    );
    let answer = Package::new("not c", &library, &header).abi(&["check", "--all"]);
    let cause = "break[convention]: its calling convention is `extern \"Rust\"`, not C's\n";
    let (_, places) = answer
        .stdout
        .split_once(cause)
        .unwrap_or_else(|| panic!("{}", answer.stdout));
    let places: Vec<&str> = places
        .lines()
        .take_while(|line| line.starts_with("  "))
        .collect();
    let names = ["hidden", "made", "method", "named", "of_trait", "plain"];
    assert_eq!(places.len(), names.len(), "{}", answer.stdout);
    for name in names {
        assert!(
            places
                .iter()
                .any(|place| place.ends_with(&format!(": `{name}`"))),
            "{name}: {places:?}"
        );
    }
    assert_eq!(answer.code, 1);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn which_conventions_are_those_of_c_depends_on_the_system() {
    let library = "#[unsafe(no_mangle)] pub extern \"sysv64\" fn one(a: u32) -> u32 { a }\n\
                   #[unsafe(no_mangle)] pub extern \"system-unwind\" fn two(a: u32) -> u32 { a }\n\
                   #[unsafe(no_mangle)] pub extern \"win64\" fn three(a: u32) -> u32 { a }\n";
    let header = "unsigned one(unsigned);\nunsigned two(unsigned);\nunsigned three(unsigned);\n";
    Package::new("systems", library, header)
        .abi(&["check"])
        .expect(
            1,
            "break[convention]: its calling convention is `extern \"win64\"`, not C's\n  \
         include/sample.h:3: `three`\n\nsample 1.2.3, sample.h: 3 functions compared; 1 break\n",
        );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_convention_that_the_header_declares_is_compared() {
    let library = "#[unsafe(no_mangle)] pub extern \"win64\" fn one(a: u32) -> u32 { a }\n\
                   #[unsafe(no_mangle)] pub extern \"C\" fn two(a: u32) -> u32 { a }\n";
    let header = "#define WINDOWS __attribute__((ms_abi))\nWINDOWS unsigned one(unsigned);\n\
                  WINDOWS unsigned two(unsigned);\n";
    Package::new("declared convention", library, header)
        .abi(&["check"])
        .expect(
            1,
            "break[convention]: its calling convention is `extern \"C\"`, not ms_abi\n  \
             include/sample.h:3: `two`\n\nsample 1.2.3, sample.h: 2 functions compared; 1 break\n",
        );
}

#[test]
fn a_variable_of_each_thread_is_none_of_rusts() {
    let library = "#[unsafe(no_mangle)] pub static LEVEL: u32 = 1;\n\
                   #[unsafe(no_mangle)] pub static DEPTH: u32 = 2;\n";
    let header =
        "extern _Thread_local const unsigned LEVEL;\nextern volatile const unsigned DEPTH;\n";
    Package::new("threads", library, header)
        .abi(&["check"])
        .expect(
            1,
            "type[qualifier]: Rust `u32`, sample.h `_Thread_local const uint32_t`\n  \
             include/sample.h:1: `LEVEL`\n\nsample 1.2.3, sample.h: 2 variables compared; 1 type\n",
        );
}

#[test]
fn a_function_that_rustdoc_does_not_show_is_named() {
    let library = "#[unsafe(no_mangle)] pub extern \"C\" fn outer() -> u32 {\n    \
                   #[unsafe(no_mangle)] fn nested(a: u32) -> u32 { a }\n    nested(1)\n}\n";
    let header = "unsigned outer(void);\nunsigned nested(unsigned);\n";
    Package::new("nested", library, header)
        .abi(&["check"])
        .expect(
            0,
            "not compared: `nested`: its calling convention: rustdoc shows no such function\n\n\
         sample 1.2.3, sample.h: 2 functions compared; no difference\n",
        );
}

#[test]
fn what_a_dependency_exports_is_compared_too() {
    let package = Package::new(
        "facade",
        "pub use inner::*;\n",
        "#include <stdint.h>\n#define INNER_SIZE 2\n#define DEEP_SIZE 3\n#define EXTRA 1\nuint32_t one(uint32_t);\nuint32_t two(uint32_t);\n",
    );
    package
        .add_to_manifest("[dependencies]\ninner = { path = \"inner\", features = [\"extra\"] }\n");
    let manifest = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}")
    };
    package.write(
        "inner/Cargo.toml",
        &manifest(
            "inner",
            "[dependencies]\ndeep = { path = \"../deep\" }\n[features]\nextra = []\n",
        ),
    );
    package.write("deep/Cargo.toml", &manifest("deep", ""));
    package.write("deep/src/lib.rs", "pub const DEEP_SIZE: u8 = 4;\n");
    package.write(
        "inner/src/lib.rs",
        "pub use deep::*;\npub const INNER_SIZE: u8 = 1;\n\
         pub const EXTRA: u8 = if cfg!(feature = \"extra\") { 1 } else { 0 };\n\
         #[unsafe(no_mangle)] pub fn one(a: u32) -> u32 { a }\n\
         #[unsafe(no_mangle)] pub extern \"C\" fn two(a: u32) -> u32 { a }\n",
    );
    package.abi(&["check"]).expect(
        1,
        "break[convention]: its calling convention is `extern \"Rust\"`, not C's\n  \
         include/sample.h:5: `one`\n\
         break[value]: Rust 1, sample.h 2\n  include/sample.h:2: `INNER_SIZE`\n\
         not compared: `DEEP_SIZE`: no constant in the Rust source has this name\n\n\
         sample 1.2.3, sample.h: 2 functions and 2 constants compared; 2 break\n",
    );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_convention_is_of_functions_that_the_library_defines() {
    let library = "#[unsafe(no_mangle)] pub extern \"win64\" fn one(a: u32) -> u32 { a }\n\
                   #[unsafe(no_mangle)] pub static TWO: u32 = 2;\n\
                   #[unsafe(no_mangle)] pub extern \"C\" fn three(f: Option<extern \"C\" fn(u32)>) -> bool { f.is_some() }\n";
    let header = "__attribute__((ms_abi)) unsigned one(unsigned);\nextern const unsigned TWO;\n\
                  typedef void (__attribute__((ms_abi)) *visit)(unsigned);\n_Bool three(visit f);\n\
                  static inline unsigned own(void) { return 1; }\n";
    let package = Package::new("whose convention", library, header);
    // Only Clang would say of a callback what it is.
    package.abi(&["check"]).expect(
        0,
        "not compared: `ms_abi`: whether callbacks have this calling convention, which GCC does not say\n\n\
         sample 1.2.3, sample.h: 2 functions and 1 variable compared; no difference\n",
    );
    let facts = package.abi(&["dump"]).stdout;
    assert!(facts.contains("convention one ms_abi\n"), "{facts}");
    assert_eq!(facts.matches("ms_abi").count(), 1, "{facts}");
}
