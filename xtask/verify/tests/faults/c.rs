//! Faults for the checks of C.

use crate::fault::{Fault, Header};

const VERSION: &str = "hello-cdylib/src/crossing/version.rs";
const BUILD: &str = "hello-cdylib/boundary/src/build.rs";
const HEADER: &str = "hello-cdylib/include/hello.h";

pub const FAULTS: &[Fault] = &[
    // A text is read after it was freed.
    Fault {
        name: "freed-and-read-again",
        edits: &[
            ("hello-cdylib/src/crossing/text.rs", "    unsafe { OwnedText::free(text) }", "    unsafe { OwnedText::free(text) };
    // SAFETY: none. That is what is shown.
    std::hint::black_box(unsafe { text.read_volatile() });"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/asan", &["AddressSanitizer: heap-use-after-free", "hello_string_free"]),
            ("c/valgrind", &["Invalid read of size 1", "hello_string_free (in ", "free'd"]),
        ],
    },
    // The library releases a column that it was lent, whose owner does so as well.
    Fault {
        name: "column-lent-and-released",
        edits: &[(
            "hello-cdylib/src/crossing/column.rs",
            "        unsafe { add(call, &mut all, &values) }?;",
            "        unsafe { add(call, &mut all, &values) }?;
        drop(Owned(values, values.release));",
        )],
        header: Header::Kept,
        noticed: &[
            ("rust/tests", &["the library released what it was lent"]),
        ],
    },
    // The library releases its own columns and keeps their memory.
    Fault {
        name: "column-kept",
        edits: &[
            ("hello-cdylib/src/crossing/column.rs", "drop(Box::from_raw((*array).private_data.cast::<Export>()))", "std::mem::forget(Box::from_raw((*array).private_data.cast::<Export>()))"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/memory", &["hello_sqrt_column(\"g\", [1, 4, 9], &roots)", " live blocks before it and has "]),
        ],
    },
    // What comes out is in the memory of what came in, which its owner may release.
    Fault {
        name: "column-not-its-own",
        edits: &[(
            "hello-cdylib/src/crossing/column.rs",
            "&values) }?;
        out.set(exported(all));",
            "&values) }?;
        out.set(exported(all));
        // SAFETY: none. That is what is shown.
        unsafe { (*(*roots).buffers.cast::<Buffers>())[1] = (*values.buffers.cast::<Buffers>())[1] };",
        )],
        header: Header::Kept,
        noticed: &[
            ("rust/tests", &["a value or a null is another one"]),
        ],
    },
    // The library reads a chunk of a stream that it has released.
    Fault {
        name: "chunk-read-after-its-release",
        edits: &[(
            "hello-cdylib/src/crossing/column.rs",
            "            unsafe { add(call, &mut all, &array.0) }?;",
            "            let released = array.0;
            drop(array);
            // SAFETY: none. That is what is shown.
            unsafe { add(call, &mut all, &released) }?;",
        )],
        header: Header::Kept,
        noticed: &[("c/asan", &["heap-use-after-free", "release_array"])],
    },
    // A test of the C ABI reads what is released.
    Fault {
        name: "read-after-its-release",
        edits: &[
            ("hello-cdylib/src/crossing/column.rs", "        assert!(array.release.is_none());
        seen
", "        assert!(array.release.is_none());
        std::hint::black_box(super::tests::seen(&array));
        seen
"),
        ],
        header: Header::Kept,
        noticed: &[("c/asan", &["cargo test --release", "heap-use-after-free"])],
    },
    // Two threads count, and one greeting is lost.
    Fault {
        name: "count-not-atomic",
        edits: &[
            ("hello-core/src/greeting.rs", "self.count.fetch_add(1, Ordering::Relaxed);", "self.count.store(self.count() + 1, Ordering::Relaxed);"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/counting", &["greetings, but the greeter counted"]),
        ],
    },
    // The library prints through the lock of Rust's standard library.
    Fault {
        name: "lock-held-at-fork",
        edits: &[
            ("hello-cdylib/boundary/src/standard.rs", "self.file().write(bytes)", "io::stdout().write(bytes)"),
            ("hello-cdylib/boundary/src/standard.rs", "Ok(()) // Nothing is buffered.", "io::stdout().flush()"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/fork", &["while Hello() was writing: it hung in the library"]),
        ],
    },
    // The standard library reports the library's panics.
    Fault {
        name: "panic-report-of-std",
        edits: &[
            ("hello-cdylib/boundary/src/guard.rs", "    panic_hook::install::<S>();
", ""),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/fork", &["while hello_panic() was reporting: it hung in the library"]),
        ],
    },
    // The header does not say to C++ that the functions are C's.
    Fault {
        name: "cpp-linkage-missing",
        edits: &[
            ("hello-cdylib/cbindgen.toml", "cpp_compat = true", "cpp_compat = false"),
        ],
        header: Header::Made,
        noticed: &[
            ("c/header", &["conflicting declaration of ‘HelloStatus hello_checked_sqrt(double, double*)’ with ‘C’ linkage"]),
        ],
    },
    // The header says something that only C knows.
    Fault {
        name: "not-for-cpp",
        edits: &[
            ("hello-cdylib/cbindgen.toml", "#define ARROW_FLAG_NULLABLE 2", r#"#define ARROW_FLAG_NULLABLE 2
_Static_assert(sizeof(double) == 8, "a double has 64 bits");"#),
        ],
        header: Header::Made,
        noticed: &[
            ("c/header", &["-std=c++11", "-std=c++20", "_Static_assert"]),
        ],
    },
    // A parameter has a name that is a keyword in C++20.
    Fault {
        name: "keyword-of-cpp20",
        edits: &[
            (VERSION, "/// Returns the version of the library", r#"/// Returns the number that it `requires`.
#[unsafe(no_mangle)]
pub extern "C" fn hello_number_of(requires: u32) -> u32 {
    requires
}

/// Returns the version of the library"#),
        ],
        header: Header::Made,
        noticed: &[
            ("c/header", &["-std=c++20", "hello_number_of(uint32_t requires);"]),
        ],
    },
    // A misaligned pointer is used all the same.
    Fault {
        name: "alignment-not-checked",
        edits: &[
            ("hello-cdylib/boundary/src/argument.rs", "    if !pointer.is_aligned() {
        return Err(misaligned(name, align_of::<T>()));
    }
", ""),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sqrt_all(misaligned [1, 4, 9], &roots[3], 3)", "expected result HELLO_STATUS_MISALIGNED", "got      result HELLO_STATUS_OK"]),
        ],
    },
    // A buffer that is one byte too small is filled.
    Fault {
        name: "capacity-off-by-one",
        edits: &[
            ("hello-cdylib/boundary/src/buffer.rs", "if self.capacity < needed {", "if self.capacity + 1 < needed {"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sentence(4, &buffer[33], 33, &length)", "it wrote before or behind `buffer`"]),
        ],
    },
    // A handle is only compared with NULL.
    Fault {
        name: "handle-not-aligned",
        edits: &[
            ("hello-cdylib/boundary/src/argument.rs", "        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest. Other threads may use it.", "        if pointer.is_null() {
            return Err(is_null(name));
        }
        // SAFETY: not NULL and aligned, and the caller promises the rest. Other threads may use it."),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_greeter_count(misaligned greeter, &count)", "expected result HELLO_STATUS_MISALIGNED"]),
        ],
    },
    // Without memory for a text, the process ends.
    Fault {
        name: "memory-not-asked-for",
        edits: &[
            ("hello-cdylib/boundary/src/owned_text.rs", "    let mut text: Vec<u8> = Vec::new();
    text.try_reserve_exact(length)
        .map_err(|_| no_memory(length))?;", "    let mut text: Vec<u8> = Vec::with_capacity(length);"),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/pointers", &["`hello_greet`, `name` is long and there is no memory: the process ended: signal 6 (SIGABRT)"]),
        ],
    },
    // A misaligned handle is freed.
    Fault {
        name: "misaligned-handle-freed",
        edits: &[
            ("hello-cdylib/boundary/src/argument.rs", "        }
        check_pointer(name, pointer)?;
        // SAFETY: not NULL and aligned, and the caller promises the rest.", "        }
        // SAFETY: not NULL and aligned, and the caller promises the rest."),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/hostile", &["hello_greeter_free"]),
            ("abi/pointers", &["`hello_greeter_free`, `greeter` is not aligned to 8 bytes: "]),
        ],
    },
    // One parameter is used without a check for NULL.
    Fault {
        name: "null-not-checked",
        edits: &[
            ("hello-cdylib/src/crossing/handle.rs", r#"        // SAFETY: C promises the room.
        let greeting = unsafe { call.out("greeting", greeting) }?;
        let text = greeter.try_greet(name, |greeting| owned(&greeting.parts()))?;
        greeting.set(text.into_raw());"#, "        let text = greeter.try_greet(name, |greeting| owned(&greeting.parts()))?;
        // SAFETY: C promises the room.
        unsafe { greeting.write(text.into_raw()) };"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &[r#"hello_greeter_greet(greeter, "x", NULL) ended the process"#, "signal: 11 (SIGSEGV)"]),
            ("c/hostile", &[r#"C with sanitizers: hello_greeter_greet(greeter, "x", NULL) ended the process"#]),
        ],
    },
    // Overlapping arrays are taken for separate ones.
    Fault {
        name: "overlap-not-checked",
        edits: &[
            ("hello-cdylib/boundary/src/arrays.rs", "        }
        // No overflow: `check_array` has multiplied the same numbers.
        if source.addr().abs_diff(target.addr()) < count * size_of::<T>() {
            return Err(overlap(source_name, target_name));
", ""),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sqrt_all(values[1, 4, 9, 16], values+1, 3)", "expected result HELLO_STATUS_OVERLAP", "got      result HELLO_STATUS_OK"]),
        ],
    },
    // The report of a panic is written in pieces.
    Fault {
        name: "report-in-pieces",
        edits: &[
            ("hello-cdylib/boundary/src/panic_hook.rs", "    let _ = Standard::Error.write_all(report.as_str().as_bytes());", r#"    for line in report.as_str().split_inclusive(": ") {
        let _ = Standard::Error.write_all(line.as_bytes());
    }"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/hostile", &["hello_panic: its report is not one write"]),
        ],
    },
    // A signal ends a call that waits for a reader.
    Fault {
        name: "signal-ends-the-line",
        edits: &[(
            "hello-core/src/lib.rs",
            "out.write_all(line.as_bytes())?;",
            "let _ = out.write(line.as_bytes())?;",
        )],
        header: Header::Kept,
        noticed: &[("rust/tests", &["a_signal_does_not_end_the_line"])],
    },
    // The canary is built in, and no allocation goes through it.
    Fault {
        name: "canary-is-mute",
        edits: &[
            ("hello-cdylib/src/crossing/live_blocks.rs", "#[global_allocator]", "#[used]"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/memory", &["the library's text was freed with C's free(), and nothing happened"]),
        ],
    },
    // The message of a failure is not freed.
    Fault {
        name: "failure-not-freed",
        edits: &[
            ("hello-cdylib/boundary/src/guard.rs", "    Guarded(failure.0.0)", "    Guarded(Box::leak(failure.0).0)"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/memory", &["C: hello_sqrt_all(", "live blocks before it and has"]),
        ],
    },
    // The library gives its text to C's free().
    Fault {
        name: "free-of-c",
        edits: &[
            ("hello-cdylib/src/crossing/text.rs", "    // SAFETY: C promises the same.
    unsafe { OwnedText::free(text) }", r#"    unsafe extern "C" {
        fn free(memory: *mut c_char);
    }
    // SAFETY: none. That is what is shown.
    unsafe { free(text) }"#),
            ("hello-cdylib/src/crossing/text.rs", "use abi_boundary::{OwnedText, guard, owned};", "use abi_boundary::{guard, owned};"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/memory", &["hello_greet(", "ended the process"]),
        ],
    },
    // A text is freed twice.
    Fault {
        name: "text-freed-twice",
        edits: &[
            ("hello-cdylib/src/crossing/text.rs", "    unsafe { OwnedText::free(text) }", "    unsafe { OwnedText::free(text) };
    // SAFETY: none. That is what is shown.
    unsafe { OwnedText::free(text) }"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/memory", &["a block is freed twice", "ended the process"]),
        ],
    },
    // A text is read after it was freed, on the way to a failure.
    Fault {
        name: "text-read-after-its-end",
        edits: &[
            ("hello-cdylib/src/crossing/text.rs", "        // SAFETY: C promises the room.", r#"        let text = format!("{name}!");
        let letter = text.as_ptr();
        drop(text);
        // SAFETY: not so, for the text is gone.
        let _ = unsafe { letter.read_volatile() };
        // SAFETY: C promises the room."#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/sequences", &["seen by AddressSanitizer", "heap-use-after-free", "hello_greet"]),
        ],
    },
    // The C program prints another line.
    Fault {
        name: "c-prints-another-line",
        edits: &[
            ("c-harness/hello.c", "Hello();", "hello_print(2);"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/stage", &["-Hello! The square root of 4 is: 2", "+Hello! The square root of 2 is: 1.4142135623730951"]),
        ],
    },
    // The header is of another ABI version than the library.
    Fault {
        name: "header-of-another-version",
        edits: &[
            (HEADER, "#define HELLO_ABI_VERSION 1", "#define HELLO_ABI_VERSION 2"),
        ],
        header: Header::Forged,
        noticed: &[
            ("c/stage", &["hello: built for ABI version 2 of libhello, but the library that was loaded has version 1"]),
        ],
    },
    // The name of the library is a path.
    Fault {
        name: "path-in-soname",
        edits: &[
            (BUILD, r#"        _ => Some(format!("-Wl,-soname,lib{name}.so.{version}")),"#, r#"        _ => {
            let out = variable("OUT_DIR");
            let (target, _) = out.split_once("/build/")?;
            Some(format!("-Wl,-soname,{target}/lib{name}.so.{version}"))
        }"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("abi/linkage", &["the name of target/pipeline/lib/libhello.so is /", "release/libhello.so.1; it should be libhello.so.1"]),
        ],
    },
    // A lock is taken and never given back: the second call waits for itself.
    Fault {
        name: "lock-kept",
        edits: &[
            ("hello-cdylib/src/crossing/handle.rs", "        let text = greeter.try_greet(", "        static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());
        std::mem::forget(LOCK.lock());
        let text = greeter.try_greet("),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_greeter_greet(greeter, \"\", &greeting) ended the process", "a call did not end within a minute"]),
        ],
    },
    // All threads share one last error.
    Fault {
        name: "last-error-of-all",
        edits: &[
            ("hello-cdylib/boundary/src/last_error.rs", "use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char};
use std::fmt;", "use std::ffi::{CStr, c_char};
use std::fmt;
use std::sync::Mutex;"),
            ("hello-cdylib/boundary/src/last_error.rs", "thread_local! {
    static LAST_ERROR: UnsafeCell<[u8; LONGEST_MESSAGE + 1]> = const { UnsafeCell::new([0; LONGEST_MESSAGE + 1]) };
}", "static LAST_ERROR: Mutex<[u8; LONGEST_MESSAGE + 1]> = Mutex::new([0; LONGEST_MESSAGE + 1]);"),
            ("hello-cdylib/boundary/src/last_error.rs", "    LAST_ERROR.with(|cell| {
        // SAFETY: the buffer is this thread's alone, and no reference into it outlives a function
        // of this module. C may hold a pointer to it, which by contract ends with the next failure.
        let buffer = unsafe { &mut *cell.get() };
        buffer[..bytes.len()].copy_from_slice(bytes);
        buffer[bytes.len()] = 0;
    });", "    let mut buffer = LAST_ERROR.lock().unwrap();
    buffer[..bytes.len()].copy_from_slice(bytes);
    buffer[bytes.len()] = 0;"),
            ("hello-cdylib/boundary/src/last_error.rs", "LAST_ERROR.with(|cell| cell.get().cast::<c_char>().cast_const())", "LAST_ERROR.lock().unwrap().as_ptr().cast()"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/threads", &["Possible data race", "hello_"]),
            ("python/concurrency", &["test_each_thread_reads_its_own_message", "has no real square root"]),
        ],
    },
    // The visitor gets the root where the value should be.
    Fault {
        name: "arguments-swapped",
        edits: &[
            ("hello-cdylib/src/crossing/callback.rs", "match unsafe { visitor(value, root, context) } {", "match unsafe { visitor(root, value, context) } {"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_each_root([1, 4, 9], 3, visitor, context)", "expected visited[1] (4, 2)", "got      visited[1] (2, 4)"]),
        ],
    },
    // The core answers otherwise than it did, and every language agrees with it.
    Fault {
        name: "core-answers-otherwise",
        edits: &[
            ("hello-core/src/root.rs", r#"write!(f, "{:?} has no real square root", self.value)"#, r#"write!(f, "{:e} has no real square root", self.value)"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["-4.0 has no real square root", "-4e0 has no real square root"]),
        ],
    },
    // A long message is cut in the middle of a character.
    Fault {
        name: "cut-in-a-character",
        edits: &[
            ("hello-cdylib/boundary/src/cut.rs", "let end = text.floor_char_boundary(N - self.length);", "let end = text.len().min(N - self.length);"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_panic(", r#"expected message "hello_panic: the library panicked: "#, r#"got      message """#]),
        ],
    },
    // In place, only the first 256 numbers are replaced.
    Fault {
        name: "in-place-ends-at-256",
        edits: &[
            ("hello-cdylib/src/crossing/slice.rs", "            Arrays::Same(both) => hello_core::sqrt_in_place(both),", "            Arrays::Same(both) => {
                let full = both.len().min(256);
                hello_core::sqrt_in_place(&mut both[..full]);
            }"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sqrt_all(roots[4, 9, 16, 25, 36, 49, 64; 257], roots, 257)", "expected roots[256] 6", "got      roots[256] 36"]),
        ],
    },
    // A function without a status panics.
    Fault {
        name: "panic-without-a-status",
        edits: &[
            ("hello-cdylib/src/crossing/scalar.rs", "    hello_core::sqrt(value)", r#"    assert!(value > -1e300, "too low");
    hello_core::sqrt(value)"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sqrt(-0x1.fffffffffffffp1023) ended the process", "too low"]),
        ],
    },
    // A loop over blocks of eight leaves out the rest.
    Fault {
        name: "rest-after-the-blocks",
        edits: &[
            ("hello-cdylib/src/crossing/slice.rs", "            Arrays::Apart(values,", "            Arrays::Apart(values, roots) if values.len() > 32 => {
                let full = values.len() / 8 * 8;
                hello_core::sqrt_all(&values[..full], &mut roots[..full]);
            }
            Arrays::Apart(values,"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sqrt_all([4, 9, 16, 25, 36, 49, 64; 33], &roots[33], 33)", "expected roots[32] 6", "got      roots[32] _"]),
        ],
    },
    // Two statuses have each other's names.
    Fault {
        name: "status-names-swapped",
        edits: &[
            (BUILD, "        let in_c = in_capitals(variant);", r#"        let in_c = in_capitals(match variant {
            "Misaligned" => "TooLarge",
            "TooLarge" => "Misaligned",
            other => other,
        });"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_status_name(3)", r#"expected result "HELLO_STATUS_MISALIGNED""#, r#"got      result "HELLO_STATUS_TOO_LARGE""#]),
        ],
    },
    // The library says that it is of another release.
    Fault {
        name: "version-of-another-release",
        edits: &[
            (VERSION, r#"concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()"#, r#"concat!(env!("CARGO_PKG_VERSION"), "-old\0").as_ptr().cast()"#),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["C: hello_version()", "-old"]),
            ("c/cases-static", &["C, static: hello_version()", "-old"]),
            ("python/cases", &["Python: hello_version()", "-old"]),
        ],
    },
    // One root too many is written.
    Fault {
        name: "write-past-the-roots",
        edits: &[
            ("hello-cdylib/src/crossing/slice.rs", "        Ok(())", "        if count > 0 {
            // SAFETY: none. That is what is shown.
            unsafe { roots.1.add(count).write(0.0) };
        }
        Ok(())"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-shared", &["hello_sqrt_all([1, 4, 9], &roots[3], 3)", "it wrote before or behind `roots`"]),
        ],
    },
    // A length is one too large.
    Fault {
        name: "length-counts-the-nul",
        edits: &[
            ("hello-cdylib/src/crossing/buffer.rs", "length.set(sentence.len());", "length.set(sentence.len() + 1);"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/cases-static", &["C, static: hello_sentence(", "expected length 33", "got      length 34"]),
        ],
    },
    // A number that all threads share has no lock.
    Fault {
        name: "count-without-a-lock",
        edits: &[
            ("hello-cdylib/src/crossing/handle.rs", "pub struct HelloGreeter(hello_core::Greeter);", "pub struct HelloGreeter(hello_core::Greeter, Last);

/// How long the name was that was greeted last.
struct Last(std::cell::UnsafeCell<usize>);

// SAFETY: none. That is what is shown.
unsafe impl Sync for Last {}"),
            ("hello-cdylib/src/crossing/handle.rs", "greeter.set(Box::into_raw(Box::new(HelloGreeter(new))));", "greeter.set(Box::into_raw(Box::new(HelloGreeter(new, Last(Default::default())))));"),
            ("hello-cdylib/src/crossing/handle.rs", r#"        let HelloGreeter(greeter) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the NUL.
        let name = unsafe { call.text("name", name) }?;"#, r#"        let HelloGreeter(greeter, last) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the NUL.
        let name = unsafe { call.text("name", name) }?;
        // SAFETY: none, as above.
        unsafe { *last.0.get() = name.len() };"#),
            ("hello-cdylib/src/crossing/handle.rs", r#"        let HelloGreeter(greeter) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the room."#, r#"        let HelloGreeter(greeter, _) = unsafe { call.handle("greeter", greeter) }?;
        // SAFETY: C promises the room."#),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/tsan", &["WARNING: ThreadSanitizer: data race", "hello_greeter_greet"]),
        ],
    },
    // The message of a failure is read after it was freed.
    Fault {
        name: "failure-read-after-its-end",
        edits: &[
            ("hello-cdylib/boundary/src/guard.rs", "    Guarded(failure.0.0)", "    let (status, message) = *failure.0;
    let letter = message.as_ptr();
    drop(message);
    // SAFETY: not so, for the message is gone.
    let _ = unsafe { letter.read_volatile() };
    Guarded(status)"),
        ],
        header: Header::Kept,
        noticed: &[
            ("c/valgrind", &["Invalid read of size 1"]),
        ],
    },
];
