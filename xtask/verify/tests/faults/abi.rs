//! Faults for the checks of the C ABI.

use crate::fault::{Fault, Header};

const VERSION: &str = "hello-cdylib/src/crossing/version.rs";
const BUILDER: &str = "py-harness/support/ffi_builder.py";
const BUILD: &str = "hello-cdylib/build.rs";
const BOUNDARY_BUILD: &str = "hello-cdylib/boundary/src/build.rs";
const HEADER: &str = "hello-cdylib/include/hello.h";

pub const FAULTS: &[Fault] = &[
    // A function takes a bool.
    Fault {
        name: "bool-parameter",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns -1 if `negative`, or else 1.
#[unsafe(no_mangle)]
pub extern "C" fn hello_sign_of(negative: bool) -> f64 {
    if negative { -1.0 } else { 1.0 }
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/arguments", &["hello_sign_of", "bool"]),
        ],
    },
    // A callback answers with a bool.
    Fault {
        name: "callback-answers-bool",
        edits: &[
            ("hello-cdylib/src/crossing/callback.rs", r#"Option<unsafe extern "C" fn(value: f64, root: f64, context: *mut c_void) -> i32>;"#, r#"Option<unsafe extern "C" fn(value: f64, root: f64, context: *mut c_void) -> bool>;"#),
            ("hello-cdylib/src/crossing/callback.rs", "                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),", "                false => ControlFlow::Break(()),
                true => ControlFlow::Continue(()),"),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/arguments", &["`hello_each_root`, parameter 3", "bool"]),
        ],
    },
    // A function takes an enum.
    Fault {
        name: "enum-comes-in",
        edits: &[
            ("hello-cdylib/src/crossing/error.rs", r#"pub extern "C" fn hello_status_name(status: i32) -> *const c_char {"#, r#"pub extern "C" fn hello_status_name(status: HelloStatus) -> *const c_char {
    let status = status as i32;"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/arguments", &["`hello_status_name`"]),
        ],
    },
    // A comment keeps a failure to itself.
    Fault {
        name: "comment-without-a-status",
        edits: &[(
            "hello-cdylib/src/crossing/slice.rs",
            "HELLO_STATUS_TOO_LARGE, and",
            "and",
        )],
        header: Header::Made,
        noticed: &[
            ("abi/comments", &["`hello_sqrt_all`: a call of it returned HELLO_STATUS_TOO_LARGE, which its comment in hello.h does not list"]),
        ],
    },
    // Of each comment the header has the first lines alone.
    Fault {
        name: "comments-cut-short",
        edits: &[(
            "hello-cdylib/cbindgen.toml",
            "cpp_compat = true",
            "cpp_compat = true
documentation_length = \"short\"",
        )],
        header: Header::Made,
        noticed: &[
            ("abi/comments", &["`hello_checked_sqrt`: a call of it returned HELLO_STATUS_DOMAIN, which its comment in hello.h does not list"]),
        ],
    },
    // A comment names the wrong function to free with.
    Fault {
        name: "comment-frees-with-another",
        edits: &[(
            "hello-cdylib/src/crossing/handle.rs",
            "/// `greeting`, and counts it. Give the text back to hello_string_free();",
            "/// `greeting`, and counts it. Give the text back to hello_greeter_free();",
        )],
        header: Header::Made,
        noticed: &[
            ("abi/comments", &["`hello_greeter_greet`: its comment in hello.h does not say that hello_string_free() frees `greeting`"]),
        ],
    },
    // The header has a guard that others have.
    Fault {
        name: "guard-of-every-header",
        edits: &[(
            "hello-cdylib/cbindgen.toml",
            "include_guard = \"HELLO_H\"",
            "include_guard = \"CONFIG_H\"",
        )],
        header: Header::Made,
        noticed: &[
            ("abi/header", &["its guard is CONFIG_H, which another header may have"]),
        ],
    },
    // The comment of a function lists a status that it never returns.
    Fault {
        name: "comment-lists-a-status-too-many",
        edits: &[
            ("hello-cdylib/src/crossing/nothing.rs", "/// Returns HELLO_STATUS_OK, or HELLO_STATUS_IO if standard output could not be written.", "/// Returns HELLO_STATUS_OK, HELLO_STATUS_IO if standard output could not be written, or
/// HELLO_STATUS_TOO_LARGE if the line is too long."),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/comments", &["`hello_print`: its comment in hello.h lists HELLO_STATUS_TOO_LARGE, which no call of it returned"]),
        ],
    },
    // The comment of a function lists a status that it never returns.
    Fault {
        name: "comment-lists-another-status",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns whether the library is ready. Fails with HELLO_STATUS_TOO_LARGE if it is too large.
#[unsafe(no_mangle)]
pub extern "C" fn hello_ready() -> crate::crossing::status::Guarded {
    abi_boundary::guard(|_| Ok(()))
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/comments", &["`hello_ready`: its comment in hello.h lists HELLO_STATUS_TOO_LARGE, which no call of it returned"]),
        ],
    },
    // The one case in which a function fails is gone.
    Fault {
        name: "failing-case-removed",
        edits: &[
            ("hello-cdylib/cases/numbers.txt", r#"[closed] hello_print(4)
    -> HELLO_STATUS_IO "hello_print: cannot write to standard output: Bad file descriptor (os error 9)"
"#, ""),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/coverage", &["`hello_print` fails in no case"]),
        ],
    },
    // A new function that nobody calls.
    Fault {
        name: "function-never-called",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns the cube of `value`.
#[unsafe(no_mangle)]
pub extern "C" fn hello_cube(value: f64) -> f64 {
    value * value * value
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/coverage", &["no case calls `hello_cube` with success"]),
        ],
    },
    // A function of the header is missing from the library that is shipped.
    Fault {
        name: "declared-and-gone",
        edits: &[
            (VERSION, "/// Returns the version of the library as text, such as `0.1.0`. It is static: never free it.
#[unsafe(no_mangle)]", "/// Returns the version of the library as text, such as `0.1.0`. It is static: never free it.
#[cfg(debug_assertions)]
#[unsafe(no_mangle)]"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/exports", &["hello_version"]),
        ],
    },
    // A parameter is taken apart where it is declared.
    Fault {
        name: "exported-and-overlooked",
        edits: &[
            ("hello-cdylib/src/crossing/structure.rs", "#[cfg(test)]", r#"/// Returns whether the root is exact.
#[unsafe(no_mangle)]
pub extern "C" fn hello_root_is_exact(HelloRoot { exact, .. }: HelloRoot) -> bool {
    exact
}

#[cfg(test)]"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/exports", &["`hello_root_is_exact`: the shared library exports it, hello.h does not declare it"]),
        ],
    },
    // A macro writes a function of the C ABI.
    Fault {
        name: "exported-from-macro",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"macro_rules! power {
    ($name:ident, $exponent:literal) => {
        /// Returns a power of `value`.
        #[unsafe(no_mangle)]
        pub extern "C" fn $name(value: f64) -> f64 {
            value.powi($exponent)
        }
    };
}

power!(hello_cube, 3);

/// Returns the version of the library"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/exports", &["`hello_cube`: the shared library exports it, hello.h does not declare it"]),
        ],
    },
    // A dependency exports a function as well.
    Fault {
        name: "no-mangle-in-dependency",
        edits: &[
            ("hello-core/src/lib.rs", "#![forbid(unsafe_code)]
#![deny(missing_docs)]", r#"#![deny(missing_docs)]

/// The answer.
#[unsafe(no_mangle)]
pub extern "C" fn hello_core_answer() -> u32 {
    42
}"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/exports", &["`hello_core_answer`: the shared library exports it, hello.h does not declare it"]),
        ],
    },
    // A function is exported, but not for C.
    Fault {
        name: "no-mangle-without-extern-c",
        edits: &[
            (VERSION, "/// Returns the version of the library", "/// Returns the cube of `value`.
#[unsafe(no_mangle)]
pub fn hello_cube(value: f64) -> f64 {
    value * value * value
}

/// Returns the version of the library"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/exports", &["`hello_cube`: the shared library exports it, hello.h does not declare it"]),
        ],
    },
    // A panic's report has a backtrace, and the library stays in memory.
    Fault {
        name: "backtrace-in-the-report",
        edits: &[
            ("hello-cdylib/boundary/src/panic_hook.rs", r#"        "{}: panicked at {}: {}\n",
        S::LIBRARY,
        place.as_str(),
        message.as_str()"#, r#"        "{}: panicked at {}: {}\n{}\n",
        S::LIBRARY,
        place.as_str(),
        message.as_str(),
        std::backtrace::Backtrace::force_capture()"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["dlclose() has not unloaded the library"]),
        ],
    },
    // A call leaves a file open.
    Fault {
        name: "file-left-open",
        edits: &[
            ("hello-cdylib/boundary/src/standard.rs", "self.file().write(bytes)", "ManuallyDrop::new(self.file().try_clone()?).write(bytes)"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["after a panic: the number of open files is "]),
        ],
    },
    // The library sets the process's locale when it is loaded.
    Fault {
        name: "locale-at-load",
        edits: &[
            (VERSION, "crate::abi_version::HELLO_ABI_VERSION;", r#"crate::abi_version::HELLO_ABI_VERSION;

unsafe extern "C" {
    fn setlocale(category: i32, locale: *const c_char) -> *const c_char;
}

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = set_locale;

extern "C" fn set_locale() {
    const LC_ALL: i32 = 6;
    // SAFETY: the name is text with its NUL.
    unsafe { setlocale(LC_ALL, c"C.UTF-8".as_ptr()) };
}"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["loaded: the locale is"]),
        ],
    },
    // A call changes how the process takes a signal.
    Fault {
        name: "signal-changed-by-a-call",
        edits: &[
            (VERSION, r#"    concat!(env!("CARGO_PKG_VERSION"),"#, r#"    unsafe extern "C" {
        safe fn signal(number: i32, handler: usize) -> usize;
    }
    let (sigpipe, ignore) = (13, 1);
    signal(sigpipe, ignore);
    concat!(env!("CARGO_PKG_VERSION"),"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["the handler of signal 13 (Broken pipe) is 0x1, 0 before"]),
        ],
    },
    // A call depends on a variable of the environment.
    Fault {
        name: "environment-read-by-a-call",
        edits: &[
            (VERSION, r#"    concat!(env!("CARGO_PKG_VERSION"),"#, r#"    let _ = std::env::var_os("HELLO_LANGUAGE");
    concat!(env!("CARGO_PKG_VERSION"),"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["how often getenv() read the environment is 1, 0 before"]),
        ],
    },
    // The library changes how the process takes a signal.
    Fault {
        name: "signal-handler",
        edits: &[
            ("hello-cdylib/src/crossing/nothing.rs", "    guard(|_| {", r#"    unsafe extern "C" {
        safe fn signal(number: i32, handler: usize) -> usize;
    }
    guard(|_| {
        const SIGPIPE: i32 = 13;
        const IGNORE: usize = 1;
        signal(SIGPIPE, IGNORE);"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["the handler of signal 13 (Broken pipe) is 0x1, 0 before"]),
        ],
    },
    // A call leaves the processor with subnormal numbers switched off.
    Fault {
        name: "subnormals-flushed",
        edits: &[
            ("hello-cdylib/src/crossing/slice.rs", "            Arrays::Apart(values, roots) => hello_core::sqrt_all(values, roots),
        }", r#"            Arrays::Apart(values, roots) => hello_core::sqrt_all(values, roots),
        }
        #[cfg(target_arch = "x86_64")]
        {
            let fast = 0x9fc0_u32;
            // SAFETY: none. That is what is shown.
            unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &fast) };
        }"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &[": what becomes of subnormal numbers is flushed to zero, taken for zero, kept, kept before"]),
        ],
    },
    // The library starts a thread when it is loaded.
    Fault {
        name: "thread-at-load",
        edits: &[
            (VERSION, "
use crate::abi_version::HELLO_ABI_VERSION;", r#"use std::thread;

use crate::abi_version::HELLO_ABI_VERSION;

#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = start;

extern "C" fn start() {
    thread::spawn(|| loop {
        thread::park();
    });
}"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["loaded: the number of threads is 2, 1 before"]),
        ],
    },
    // The last error is a thread-local that has to be dropped.
    Fault {
        name: "thread-local-with-destructor",
        edits: &[
            ("hello-cdylib/boundary/src/last_error.rs", "static LAST_ERROR: UnsafeCell<[u8; LONGEST_MESSAGE + 1]> = const { UnsafeCell::new([0; LONGEST_MESSAGE + 1]) };", "static LAST_ERROR: UnsafeCell<Vec<u8>> = UnsafeCell::new(vec![0; LONGEST_MESSAGE + 1]);"),
            ("hello-cdylib/boundary/src/last_error.rs", "    LAST_ERROR.with(|cell| cell.get().cast::<c_char>().cast_const())", "    // SAFETY: no reference into it outlives a function of this module.
    LAST_ERROR.with(|cell| unsafe { &*cell.get() }.as_ptr().cast())"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["dlclose() has not unloaded the library"]),
        ],
    },
    // A line for debugging stands before the guard.
    Fault {
        name: "line-before-the-guard",
        edits: &[
            ("hello-cdylib/src/crossing/slice.rs", "    guard(|call| {", r#"    eprintln!("hello_sqrt_all: {count} values");
    guard(|call| {"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/guard", &["`hello_sqrt_all`: its body is more than one `guard(|call| ...)`"]),
        ],
    },
    // A message for debugging stands before the guard.
    Fault {
        name: "message-before-the-guard",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns whether the library is ready.
#[unsafe(no_mangle)]
pub extern "C" fn hello_ready() -> crate::crossing::status::Guarded {
    eprintln!("asked whether it is ready");
    abi_boundary::guard(|_| Ok(()))
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/guard", &["`hello_ready`: its body is more than one `guard(|call| ...)`"]),
        ],
    },
    // A function was added, and the header was not regenerated.
    Fault {
        name: "header-stale",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns the cube of `value`.
#[unsafe(no_mangle)]
pub extern "C" fn hello_cube(value: f64) -> f64 {
    value * value * value
}

/// Returns the version of the library"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/header", &["-double hello_cube(double value);"]),
            ("docs/readme", &["declarations in hello-cdylib changed", "`cargo xtask header` generates"]),
        ],
    },
    // A status has another number in the header.
    Fault {
        name: "header-enum-off-by-one",
        edits: &[
            (HEADER, "HELLO_STATUS_NULL_POINTER = 1,", "HELLO_STATUS_NULL_POINTER = 12,"),
        ],
        header: Header::Forged,
        noticed: &[
            ("abi/layout", &["`HELLO_STATUS_NULL_POINTER`: Rust 1, hello.h 12"]),
        ],
    },
    // The header has two fields in the other order.
    Fault {
        name: "header-fields-swapped",
        edits: &[
            (HEADER, "   * The number.
   */
  double value;
  /**
   * Its square root, as hello_sqrt() returns it.
   */
  double root;", "   * Its square root, as hello_sqrt() returns it.
   */
  double root;
  /**
   * The number.
   */
  double value;"),
        ],
        header: Header::Forged,
        noticed: &[
            ("abi/layout", &["`HelloRoot.root`: Rust at offset 8, hello.h at offset 0"]),
        ],
    },
    // The library names a folder of the machine that built it.
    Fault {
        name: "build-path-inside",
        edits: &[
            (VERSION, r#"    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()"#, r#"    concat!(env!("CARGO_PKG_VERSION"), " of ", env!("CARGO_MANIFEST_DIR"), "\0")
        .as_ptr()
        .cast()"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["libhello.so has the path", "/workspace inside"]),
        ],
    },
    // The library knows where the sources of a dependency are.
    Fault {
        name: "path-of-a-dependency",
        edits: &[
            (BUILD, r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");"#, r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");
    let home = std::env::var("CARGO_HOME");
    let home = home.unwrap_or_else(|_| std::env::var("HOME").unwrap() + "/.cargo");
    println!("cargo::rustc-env=DATA={home}/registry/src/data.txt");"#),
            (VERSION, r#"    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()"#, r#"    concat!(env!("CARGO_PKG_VERSION"), " of ", env!("DATA"), "\0")
        .as_ptr()
        .cast()"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["libhello.so has the path", "inside: the sources, or those of a dependency"]),
        ],
    },
    // The library that is shipped contains the canary.
    Fault {
        name: "canary-shipped",
        edits: &[
            ("hello-cdylib/Cargo.toml", "# An allocator that notices", r#"default = ["canary"]
# An allocator that notices"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["has the canary inside: `hello_canary`"]),
        ],
    },
    // The library needs another one that users may not have.
    Fault {
        name: "needs-another-library",
        edits: &[
            (BUILD, r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");"#, r#"    abi_boundary::build::library("src/abi_version.rs", "src/crossing/status.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,--no-as-needed,-lresolv");"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["libhello.so needs libresolv.so.2, which is not the system's"]),
        ],
    },
    // The shared library has no name of its own.
    Fault {
        name: "soname-missing",
        edits: &[
            (BOUNDARY_BUILD, r#"_ => Some(format!("-Wl,-soname,lib{name}.so.{version}")),"#, "_ => None,"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["libhello.so is none; it should be libhello.so.1"]),
        ],
    },
    // The name of the library is the same for every version of the ABI.
    Fault {
        name: "soname-without-version",
        edits: &[
            (BOUNDARY_BUILD, r#"_ => Some(format!("-Wl,-soname,lib{name}.so.{version}")),"#, r#"_ => Some(format!("-Wl,-soname,lib{name}.so")),"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["libhello.so is libhello.so; it should be libhello.so.1"]),
        ],
    },
    // The library that is shipped can be made to panic.
    Fault {
        name: "test-switch-shipped",
        edits: &[
            ("hello-cdylib/boundary/src/guard.rs", r#"        #[cfg(feature = "panic-on-demand")]
"#, ""),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["libhello.so has the switch that makes the library panic inside: `PANIC_ON_DEMAND`"]),
        ],
    },
    // Two fields of a released struct trade places, and the ABI version is the old one.
    Fault {
        name: "fields-trade-places",
        edits: &[
            ("hello-cdylib/src/crossing/structure.rs", "    /// The number.
    pub value: f64,
    /// Its square root, as hello_sqrt() returns it.
    pub root: f64,", "    /// Its square root, as hello_sqrt() returns it.
    pub root: f64,
    /// The number.
    pub value: f64,"),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/old-consumer", &["a program for version 1: hello_root(", "expected result {value: ", "got      result {value: "]),
        ],
    },
    // A function with a status does not use the guard.
    Fault {
        name: "guard-forgotten",
        edits: &[
            ("hello-cdylib/src/crossing/nothing.rs", "use abi_boundary::{Standard, guard};

use crate::crossing::status::{Failure, Guarded, HelloStatus};", "use abi_boundary::Standard;

use crate::crossing::status::HelloStatus;"),
            ("hello-cdylib/src/crossing/nothing.rs", r#"pub extern "C" fn hello_print(value: f64) -> Guarded {
    guard(|_| {
        hello_core::print(&mut Standard::Output, value).map_err(|error| {
            let message = format_args!("cannot write to standard output: {error}");
            Failure::new(HelloStatus::Io, message)
        })
    })"#, r#"pub extern "C" fn hello_print(value: f64) -> HelloStatus {
    match hello_core::print(&mut Standard::Output, value) {
        Ok(()) => HelloStatus::Ok,
        Err(_) => HelloStatus::Io,
    }"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/panic", &["`hello_print` returned HELLO_STATUS_OK when the guard had to panic", "HELLO_STATUS_PANIC"]),
        ],
    },
    // A function with a status does not use the guard.
    Fault {
        name: "status-without-guard",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns whether the library is ready.
#[unsafe(no_mangle)]
pub extern "C" fn hello_ready() -> crate::crossing::status::HelloStatus {
    crate::crossing::status::HelloStatus::Ok
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/panic", &["`hello_ready` returned HELLO_STATUS_OK when the guard had to panic", "HELLO_STATUS_PANIC"]),
        ],
    },
    // Only the arguments are checked inside the guard.
    Fault {
        name: "visitor-outside-of-the-guard",
        edits: &[
            ("hello-cdylib/src/crossing/callback.rs", r#"    guard(|call| {
        // SAFETY: C promises the doubles.
        let values = unsafe { call.elements("values", values, count) }?;
        let visitor = call.present("visitor", visitor)?;
        hello_core::each_root(values, |value, root| {
            // SAFETY: C promises that it may be called with the context and that it returns.
            match unsafe { visitor(value, root, context) } {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        Ok(())
    })"#, r#"    let mut checked = None;
    let guarded = guard(|call| {
        // SAFETY: C promises the doubles.
        unsafe { call.elements("values", values, count) }?;
        checked = Some(call.present("visitor", visitor)?);
        Ok(())
    });
    if let Some(visitor) = checked {
        // SAFETY: C promises the doubles.
        let values = (0..count).map(|index| unsafe { values.add(index).read() });
        hello_core::each_root(values, |value, root| {
            // SAFETY: C promises that it may be called with the context and that it returns.
            match unsafe { visitor(value, root, context) } {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
    }
    guarded"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/panic", &["on demand, in the core", "signal: 6"]),
        ],
    },
    // A greeting that failed is counted.
    Fault {
        name: "failed-call-counted",
        edits: &[
            ("hello-cdylib/src/crossing/handle.rs", "let text = greeter.try_greet(name, |greeting| owned(&greeting.parts()))?;", "let text = owned(&greeter.greet(name).parts())?;"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/pointers", &["`hello_greeter_greet`, `name` is long and there is no memory: it failed, and `hello_greeter_count` then gives another result than before"]),
        ],
    },
    // A misaligned pointer is used all the same.
    Fault {
        name: "alignment-let-through",
        edits: &[
            ("hello-cdylib/boundary/src/argument.rs", "    if !pointer.is_aligned() {
        return Err(misaligned(name, align_of::<T>()));
    }
", ""),
            (VERSION, "/// Returns the version of the library", r#"/// Writes the answer to `answer`.
///
/// # Safety
///
/// `answer` has room for a uint32_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_answer(answer: *mut u32) -> crate::crossing::status::Guarded {
    abi_boundary::guard(|call| {
        // SAFETY: C promises the room.
        let answer = unsafe { call.out("answer", answer) }?;
        answer.set(42);
        Ok(())
    })
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/pointers", &["`hello_answer`, `answer` is not aligned to 4 bytes: it returned HELLO_STATUS_OK"]),
        ],
    },
    // The comment of a function says that NULL may be passed, and the function refuses it.
    Fault {
        name: "comment-allows-null",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Writes the answer to `answer`.
///
/// # Safety
///
/// `answer` is NULL or has room for a uint32_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_answer(answer: *mut u32) -> crate::crossing::status::Guarded {
    abi_boundary::guard(|call| {
        // SAFETY: C promises the room.
        let answer = unsafe { call.out("answer", answer) }?;
        answer.set(42);
        Ok(())
    })
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/pointers", &["`hello_answer`, `answer` is NULL: it returned HELLO_STATUS_NULL_POINTER, though its comment in hello.h says that it may be NULL"]),
        ],
    },
    // The comment of a function says that NULL may be passed, and the function refuses it.
    Fault {
        name: "comment-promises-null",
        edits: &[
            ("hello-cdylib/src/crossing/error.rs", "/// `root` has room for a double.", "/// `root` is NULL or has room for a double."),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/pointers", &["`hello_checked_sqrt`, `root` is NULL: it returned HELLO_STATUS_NULL_POINTER, though its comment in hello.h says that it may be NULL"]),
        ],
    },
    // Without memory for a text, the process ends.
    Fault {
        name: "memory-taken-for-granted",
        edits: &[
            ("hello-cdylib/boundary/src/owned_text.rs", "    let mut text: Vec<u8> = Vec::new();
    text.try_reserve_exact(length)
        .map_err(|_| no_memory(length))?;", "    let mut text: Vec<u8> = Vec::with_capacity(length);"),
            (VERSION, "/// Returns the version of the library", r#"/// Writes a copy of `text` to `copy`.
///
/// # Safety
///
/// `text` ends with a NUL. `copy` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_copy(
    text: *const c_char,
    copy: *mut *mut c_char,
) -> crate::crossing::status::Guarded {
    abi_boundary::guard(|call| {
        // SAFETY: C promises the NUL.
        let text = unsafe { call.text("text", text) }?;
        // SAFETY: C promises the room.
        let copy = unsafe { call.out("copy", copy) }?;
        copy.set(abi_boundary::owned(&[text])?.into_raw());
        Ok(())
    })
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/pointers", &["`hello_copy`, `text` is long and there is no memory: the process ended: signal 6"]),
        ],
    },
    // The check of pointers lets NULL through.
    Fault {
        name: "null-let-through",
        edits: &[
            ("hello-cdylib/boundary/src/argument.rs", "    if pointer.is_null() {
        return Err(is_null(name));
    }
", ""),
            (VERSION, "/// Returns the version of the library", r#"/// Writes the answer to `answer`.
///
/// # Safety
///
/// `answer` has room for a uint32_t.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_answer(answer: *mut u32) -> crate::crossing::status::Guarded {
    abi_boundary::guard(|call| {
        // SAFETY: C promises the room.
        let answer = unsafe { call.out("answer", answer) }?;
        answer.set(42);
        Ok(())
    })
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/pointers", &["`hello_answer`, `answer` is NULL: the process ended: signal 11"]),
        ],
    },
    // A function without a status takes NULL, and nobody learns what it does then.
    Fault {
        name: "null-not-explained",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns how many bytes `text` has.
///
/// # Safety
///
/// `text` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_length_of(text: *const c_char) -> usize {
    if text.is_null() {
        return 0;
    }
    // SAFETY: C promises the NUL.
    unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes().len()
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/pointers", &["`hello_length_of`, `text` is NULL: it returned and did not set the last error, and its comment in hello.h does not say what NULL does"]),
        ],
    },
    // A call changes the umask of the process.
    Fault {
        name: "umask-after-a-failure",
        edits: &[
            ("hello-cdylib/src/crossing/text.rs", "    guard(|call| {", r#"    unsafe extern "C" {
        safe fn umask(mask: u32) -> u32;
    }
    guard(|call| {
        umask(0o077);"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/footprint", &["after it: the umask is 077"]),
        ],
    },
    // A call that fails frees the handle that it borrowed.
    Fault {
        name: "handle-freed-by-a-failure",
        edits: &[
            ("hello-cdylib/src/crossing/handle.rs", r#"        let HelloGreeter(greeter) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the NUL.
        let name = unsafe { call.text("name", name) }?;"#, r#"        let handle = greeter;
        // SAFETY: as above.
        let HelloGreeter(greeter) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the NUL.
        let name = unsafe { call.text("name", name) }.inspect_err(|_| {
            // SAFETY: none. That is what is shown.
            drop(unsafe { Box::from_raw(handle.cast_mut()) });
        })?;"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/sequences", &["seen by AddressSanitizer", "calls are enough", "hello_greeter_greet(slots_"]),
        ],
    },
    // Stopping early leaves memory behind.
    Fault {
        name: "leak-after-an-early-stop",
        edits: &[
            ("hello-cdylib/src/crossing/callback.rs", "                0 => ControlFlow::Break(()),", "                0 => {
                    std::hint::black_box(Box::leak(Box::new(value)));
                    ControlFlow::Break(())
                }"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/memory", &["C: hello_each_root(", "live blocks before it and has"]),
        ],
    },
    // One value too many is read.
    Fault {
        name: "one-value-too-many-read",
        edits: &[
            ("hello-cdylib/src/crossing/slice.rs", "        Ok(())", "        if count > 0 {
            // SAFETY: none. That is what is shown.
            std::hint::black_box(unsafe { values.1.add(count).read_volatile() });
        }
        Ok(())"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/sequences", &["AddressSanitizer: heap-buffer-overflow", "crossing/slice.rs"]),
        ],
    },
    // CFFI gets another type than the header's, and the C compiler is not asked.
    Fault {
        name: "cdef-wrong-and-not-locked",
        edits: &[
            (BUILDER, r#"prototypes = [f"{text}\n" for text in self.functions.values()]"#, "prototypes: list[str] = []"),
            (BUILDER, "text = self._in_python(piece.text)", r#"text = self._in_python(piece.text).replace("hello_status_name(int32_t", "hello_status_name(int16_t")"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/signatures", &["`hello_status_name`, parameter 1", "hello.h `int32_t`, CFFI `int16_t`"]),
        ],
    },
    // CFFI gets `uint64_t` for `uint32_t`.
    Fault {
        name: "cdef-wrong-but-locked",
        edits: &[
            (BUILDER, "text = self._in_python(piece.text)", r#"text = self._in_python(piece.text).replace("uint32_t hello_abi", "uint64_t hello_abi")"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/signatures", &["hello_abi_version", "conflicting types"]),
        ],
    },
    // The header gives the callback a `float`.
    Fault {
        name: "header-callback-changed",
        edits: &[
            (HEADER, "typedef int32_t (*HelloVisitor)(double value, double root, void *context);", "typedef int32_t (*HelloVisitor)(float value, double root, void *context);"),
        ],
        header: Header::Forged,
        noticed: &[
            ("abi/signatures", &["`hello_each_root`, parameter 3", "Rust `f64`, hello.h `float`"]),
        ],
    },
    // The header has lost a `const`.
    Fault {
        name: "header-const-dropped",
        edits: &[
            (HEADER, "const char *hello_version(void);", "char *hello_version(void);"),
        ],
        header: Header::Forged,
        noticed: &[
            ("abi/signatures", &["`hello_version`, result", "Rust `*const i8`, hello.h `char *`"]),
        ],
    },
    // The header says `uint32_t` where Rust takes a `size_t`.
    Fault {
        name: "header-narrow-count",
        edits: &[
            (HEADER, "size_t count);", "uint32_t count);"),
        ],
        header: Header::Forged,
        noticed: &[
            ("abi/signatures", &["`hello_sqrt_all`, parameter 3", "Rust `usize`, hello.h `uint32_t`"]),
        ],
    },
    // The header has lost a parameter.
    Fault {
        name: "header-parameter-missing",
        edits: &[
            (HEADER, "const char *hello_status_name(int32_t status);", "const char *hello_status_name(void);"),
        ],
        header: Header::Forged,
        noticed: &[
            ("abi/signatures", &["`hello_status_name`, parameters: Rust 1", "hello.h 0"]),
        ],
    },
    // A struct has a new field, and the ABI version is the same.
    Fault {
        name: "field-without-version",
        edits: &[
            ("hello-cdylib/src/crossing/structure.rs", "    pub exact: bool,", "    pub exact: bool,
    /// What the root misses.
    pub rest: f64,"),
            ("hello-cdylib/src/crossing/structure.rs", "HelloRoot { value, root, exact }", "HelloRoot { value, root, exact, rest: 0.0 }"),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/stable", &["struct `HelloRoot`: was size 24, is size 32", "HELLO_ABI_VERSION is still 1"]),
        ],
    },
    // A released function takes another type, and the ABI version is the same.
    Fault {
        name: "function-changed-without-version",
        edits: &[
            ("hello-cdylib/src/crossing/error.rs", r#"pub extern "C" fn hello_status_name(status: i32) -> *const c_char {"#, r#"pub extern "C" fn hello_status_name(status: i64) -> *const c_char {
    let status = i32::try_from(status).unwrap_or(-1);"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/stable", &["hello_status_name", "HELLO_ABI_VERSION is still 1"]),
        ],
    },
    // A function is gone, and the ABI version is the old one.
    Fault {
        name: "function-removed",
        edits: &[
            (VERSION, r#"#[unsafe(no_mangle)]
pub extern "C" fn hello_version() -> *const c_char {"#, r#"pub extern "C" fn hello_version() -> *const c_char {"#),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/stable", &["hello_version", "HELLO_ABI_VERSION"]),
        ],
    },
    // Two statuses swap their numbers, and the ABI version is the old one.
    Fault {
        name: "status-renumbered",
        edits: &[
            ("hello-cdylib/src/crossing/status.rs", "    Misaligned = 3,
    /// An array is larger than memory can be.
    TooLarge = 4,", "    Misaligned = 4,
    /// An array is larger than memory can be.
    TooLarge = 3,"),
        ],
        header: Header::Made,
        noticed: &[
            ("abi/stable", &["HELLO_STATUS_MISALIGNED", "3", "4", "HELLO_ABI_VERSION"]),
            ("abi/old-consumer", &["a program for version 1: hello_", "expected result HELLO_STATUS_MISALIGNED"]),
        ],
    },
    // The name of a status is in a buffer of the thread.
    Fault {
        name: "status-name-in-a-buffer",
        edits: &[
            ("hello-cdylib/src/crossing/error.rs", "    abi_boundary::status_name::<HelloStatus>(status)", "    thread_local! {
        static NAME: std::cell::Cell<[u8; 64]> = const { std::cell::Cell::new([0; 64]) };
    }
    // SAFETY: a text of ours.
    let name = unsafe { std::ffi::CStr::from_ptr(name_of(status)) }.to_bytes();
    NAME.with(|buffer| {
        let mut text = [0; 64];
        text[..name.len()].copy_from_slice(name);
        buffer.set(text);
        buffer.as_ptr().cast()
    })
}

fn name_of(status: i32) -> *const c_char {
    abi_boundary::status_name::<HelloStatus>(status)"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/static", &[r#"`hello_status_name(1)` returns "HELLO_STATUS_NULL_POINTER" in the memory in which `hello_status_name(0)` returned "HELLO_STATUS_OK"; hello.h calls it static"#]),
        ],
    },
    // The C program does not ask which library it got.
    Fault {
        name: "version-not-asked-in-c",
        edits: &[
            ("c-harness/hello.c", "if (hello_abi_version() != HELLO_ABI_VERSION) {", "if (0) {"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/version", &["goes on with a library of version 2", "target/pipeline/c/hello"]),
        ],
    },
    // pyhello does not ask which library it got.
    Fault {
        name: "version-not-asked-in-python",
        edits: &[
            ("py-harness/src/pyhello/_boundary.py", "if LOADED != BUILT_FOR:", "if False:"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/version", &["this refuses, but does not say `version 1`", "import pyhello"]),
        ],
    },
];
