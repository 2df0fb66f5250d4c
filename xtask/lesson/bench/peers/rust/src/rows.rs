//! The rows: for each what the core is asked for, and the same of the shared library.
//!
//! The types are those of hello.h. A function that is not there is a row that is not measured.

use std::ffi::{CStr, CString, c_char, c_void};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::ptr;

use libloading::Library;

use crate::arrays::{Arrays, Pair};

/// Who is called.
pub enum Subject {
    /// The core, without a boundary.
    Core,
    /// The shared library, its functions found by name.
    Library(Library),
}

/// What a row works on.
#[derive(Default)]
pub struct Data<'a> {
    /// The row's name without its size.
    kind: String,
    /// The name to greet, for rows `text-BYTES`; as Rust and as C have it.
    name: String,
    c_name: CString,
    /// For rows `slice-COUNT`.
    pair: Option<Pair<'a>>,
}

impl<'a> Data<'a> {
    pub fn of(row: &str, arrays: &'a Arrays) -> Data<'a> {
        let (kind, size) = row.split_once('-').unwrap_or((row, ""));
        let size = size.parse().unwrap_or(0);
        let mut data = Data {
            kind: kind.to_owned(),
            ..Data::default()
        };
        if kind == "text" {
            data.name = ('a'..='p').cycle().take(size).collect();
            data.c_name = CString::new(data.name.as_str()).unwrap_or_default();
        } else if kind == "slice" {
            data.pair = Some(arrays.pair(size));
        }
        data
    }

    /// The checksum of the roots, which is not part of what is timed.
    pub fn take_roots(&mut self) -> Option<String> {
        self.pair.as_mut().map(Pair::take_checksum)
    }
}

#[repr(C)]
struct Root {
    value: f64,
    root: f64,
    exact: bool,
}

type Visitor = unsafe extern "C" fn(f64, f64, *mut c_void) -> i32;

impl Subject {
    /// Makes the row's call so many times, at least once, and returns what the last one answered;
    /// nothing yet for a slice, see [`Data::take_roots`]. None if there is no such call.
    pub fn run(&self, data: &mut Data<'_>, calls: u64) -> Option<String> {
        // SAFETY, for every call below: the arguments are what the header asks for, and what is
        // pointed to is of this function or of `data`.
        Some(match (data.kind.as_str(), self) {
            ("empty", Subject::Library(library)) => {
                let call: unsafe extern "C" fn() -> u32 = function(library, c"hello_abi_version")?;
                // SAFETY: as above.
                times(calls, || unsafe { call() }).to_string()
            }

            ("sqrt", Subject::Core) => bits(times(calls, || hello_core::sqrt(black_box(2.0)))),
            ("sqrt", Subject::Library(library)) => {
                let call: unsafe extern "C" fn(f64) -> f64 = function(library, c"hello_sqrt")?;
                // SAFETY: as above.
                bits(times(calls, || unsafe { call(black_box(2.0)) }))
            }

            ("struct", Subject::Core) => {
                let found = times(calls, || hello_core::root(black_box(2.25)));
                root_in_words(found.value, found.root, found.exact)
            }
            ("struct", Subject::Library(library)) => {
                let call: unsafe extern "C" fn(f64) -> Root = function(library, c"hello_root")?;
                // SAFETY: as above.
                let found = times(calls, || unsafe { call(black_box(2.25)) });
                root_in_words(found.value, found.root, found.exact)
            }

            ("status", Subject::Core) => {
                let root = times(calls, || hello_core::checked_sqrt(black_box(2.0)));
                bits(root.unwrap_or(0.0))
            }
            ("status", Subject::Library(library)) => {
                let call: CheckedSqrt = function(library, c"hello_checked_sqrt")?;
                bits(times(calls, || {
                    let mut root = 0.0;
                    // SAFETY: as above.
                    succeed(unsafe { call(black_box(2.0), &mut root) });
                    root
                }))
            }

            ("text", Subject::Core) => times(calls, || {
                hello_core::greet(black_box(&data.name)).to_string()
            }),
            ("text", Subject::Library(library)) => {
                let greet: unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> i32 =
                    function(library, c"hello_greet")?;
                let free: unsafe extern "C" fn(*mut c_char) =
                    function(library, c"hello_string_free")?;
                times(calls, || {
                    let mut greeting = ptr::null_mut();
                    // SAFETY: as above; the text is copied before it is freed.
                    unsafe {
                        succeed(greet(data.c_name.as_ptr(), &mut greeting));
                        let text = CStr::from_ptr(greeting).to_string_lossy().into_owned();
                        free(greeting);
                        text
                    }
                })
            }

            ("slice", Subject::Core) => {
                let (values, roots) = data.pair.as_mut()?.slices();
                times(calls, || {
                    hello_core::sqrt_all(black_box(values), black_box(roots))
                });
                String::new()
            }
            ("slice", Subject::Library(library)) => {
                let call: unsafe extern "C" fn(*const f64, *mut f64, usize) -> i32 =
                    function(library, c"hello_sqrt_all")?;
                let (values, roots) = data.pair.as_mut()?.slices();
                times(calls, || {
                    // SAFETY: as above; both have the same length.
                    succeed(unsafe { call(values.as_ptr(), roots.as_mut_ptr(), values.len()) })
                });
                String::new()
            }

            ("callback", Subject::Core) => bits(times(calls, || {
                let mut seen = 0.0;
                // Behind a pointer, as a function of somebody else's is.
                let mut visit = |_: f64, root: f64| {
                    seen = root;
                    ControlFlow::Continue(())
                };
                let visit: &mut dyn FnMut(f64, f64) -> ControlFlow<()> = black_box(&mut visit);
                hello_core::each_root([black_box(2.0)], visit);
                seen
            })),
            ("callback", Subject::Library(library)) => {
                let call: unsafe extern "C" fn(*const f64, usize, Visitor, *mut c_void) -> i32 =
                    function(library, c"hello_each_root")?;
                let value = 2.0;
                bits(times(calls, || {
                    let mut seen = 0.0_f64;
                    let context = (&raw mut seen).cast();
                    // SAFETY: as above; `visit` gets the double that it writes to.
                    succeed(unsafe { call(&value, 1, visit, context) });
                    seen
                }))
            }

            ("error", Subject::Core) => times(calls, || {
                let refused = hello_core::checked_sqrt(black_box(-4.0));
                refused.map_or_else(|error| error.to_string(), |_| String::new())
            }),
            ("error", Subject::Library(library)) => {
                let call: CheckedSqrt = function(library, c"hello_checked_sqrt")?;
                let last_error: unsafe extern "C" fn() -> *const c_char =
                    function(library, c"hello_last_error")?;
                times(calls, || {
                    let mut root = 0.0;
                    // SAFETY: as above; the message is copied before anything else fails.
                    unsafe {
                        assert_ne!(call(black_box(-4.0), &mut root), 0);
                        CStr::from_ptr(last_error()).to_string_lossy().into_owned()
                    }
                })
            }
            _ => return None,
        })
    }
}

type CheckedSqrt = unsafe extern "C" fn(f64, *mut f64) -> i32;

/// The function of this name, if the library has it. It is of the type that it is asked for as.
fn function<F: Copy>(library: &Library, name: &CStr) -> Option<F> {
    // SAFETY: every caller asks for the type that the header has.
    unsafe { library.get(name) }.ok().map(|found| *found)
}

/// Calls so many times, at least once, and returns the last result.
fn times<T>(calls: u64, mut call: impl FnMut() -> T) -> T {
    for _ in 1..calls {
        black_box(call());
    }
    call()
}

fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}

fn root_in_words(value: f64, root: f64, exact: bool) -> String {
    format!("{} {} {}", bits(value), bits(root), u8::from(exact))
}

/// Writes the root to the double behind the context.
unsafe extern "C" fn visit(_: f64, root: f64, context: *mut c_void) -> i32 {
    // SAFETY: the caller passes a double of its own.
    unsafe { context.cast::<f64>().write(root) };
    1
}

fn succeed(status: i32) {
    assert_eq!(status, 0, "the library refused");
}
