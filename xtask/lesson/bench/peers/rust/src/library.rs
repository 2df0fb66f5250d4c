//! Rust calling the shared library, its functions found by name while running.
//!
//! The types are those of hello.h, as of the ABI version that is asked for first.

use std::error::Error;
use std::ffi::{CStr, c_char, c_void};
use std::hint::black_box;
use std::ptr;

use crate::core::times;
use crate::data::Data;

const ABI_VERSION: u32 = 1;

#[repr(C)]
struct Root {
    value: f64,
    root: f64,
    exact: bool,
}

type Visitor = unsafe extern "C" fn(f64, f64, *mut c_void) -> i32;

/// The functions that are measured.
pub struct Library {
    abi_version: unsafe extern "C" fn() -> u32,
    sqrt: unsafe extern "C" fn(f64) -> f64,
    root: unsafe extern "C" fn(f64) -> Root,
    checked_sqrt: unsafe extern "C" fn(f64, *mut f64) -> i32,
    last_error: unsafe extern "C" fn() -> *const c_char,
    greet: unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> i32,
    string_free: unsafe extern "C" fn(*mut c_char),
    sqrt_all: unsafe extern "C" fn(*const f64, *mut f64, usize) -> i32,
    each_root: unsafe extern "C" fn(*const f64, usize, Visitor, *mut c_void) -> i32,
    /// Keeps them where they are.
    _library: libloading::Library,
}

impl Library {
    pub fn open(path: &str) -> Result<Library, Box<dyn Error>> {
        // SAFETY: the library has no initialisers, and the types are those of its header.
        unsafe {
            let library = libloading::Library::new(path)?;
            let opened = Library {
                abi_version: *library.get(c"hello_abi_version")?,
                sqrt: *library.get(c"hello_sqrt")?,
                root: *library.get(c"hello_root")?,
                checked_sqrt: *library.get(c"hello_checked_sqrt")?,
                last_error: *library.get(c"hello_last_error")?,
                greet: *library.get(c"hello_greet")?,
                string_free: *library.get(c"hello_string_free")?,
                sqrt_all: *library.get(c"hello_sqrt_all")?,
                each_root: *library.get(c"hello_each_root")?,
                _library: library,
            };
            match (opened.abi_version)() {
                ABI_VERSION => Ok(opened),
                other => Err(format!("{path} has ABI version {other}").into()),
            }
        }
    }

    /// Does the row's call so many times and notes the last answer; none if there is no such call.
    pub fn run(&self, row: &str, data: &mut Data, calls: u64) -> Option<()> {
        let kind = row.split('-').next().unwrap_or(row);
        // SAFETY, for every call below: the arguments are what the header asks for, and what is
        // pointed to is of this function or of `data`.
        match kind {
            "empty" => {
                // SAFETY: as above.
                data.told = times(calls, || unsafe { (self.abi_version)() }).to_string();
            }
            "sqrt" => {
                // SAFETY: as above.
                let root = times(calls, || unsafe { (self.sqrt)(black_box(2.0)) });
                data.told = format!("{:016x}", root.to_bits());
            }
            "struct" => {
                // SAFETY: as above.
                let found = times(calls, || unsafe { (self.root)(black_box(2.25)) });
                let (value, root) = (found.value.to_bits(), found.root.to_bits());
                data.told = format!("{value:016x} {root:016x} {}", u8::from(found.exact));
            }
            "status" => {
                let root = times(calls, || {
                    let mut root = 0.0;
                    // SAFETY: as above.
                    succeed(unsafe { (self.checked_sqrt)(black_box(2.0), &mut root) });
                    root
                });
                data.told = format!("{:016x}", root.to_bits());
            }
            "text" => {
                data.told = times(calls, || {
                    let mut greeting = ptr::null_mut();
                    // SAFETY: as above; the text is copied before it is freed.
                    unsafe {
                        succeed((self.greet)(data.c_name.as_ptr(), &mut greeting));
                        let text = CStr::from_ptr(greeting).to_string_lossy().into_owned();
                        (self.string_free)(greeting);
                        text
                    }
                });
            }
            "slice" => {
                let (values, roots) = data.slices();
                for _ in 0..calls {
                    // SAFETY: as above; both have the same length.
                    succeed(unsafe {
                        (self.sqrt_all)(values.as_ptr(), roots.as_mut_ptr(), values.len())
                    });
                }
            }
            "callback" => {
                let value = 2.0;
                let seen = times(calls, || {
                    let mut seen = 0.0_f64;
                    let context = (&raw mut seen).cast();
                    // SAFETY: as above; `visit` gets the double that it writes to.
                    succeed(unsafe { (self.each_root)(&value, 1, visit, context) });
                    seen
                });
                data.told = format!("{:016x}", seen.to_bits());
            }
            "error" => {
                data.told = times(calls, || {
                    let mut root = 0.0;
                    // SAFETY: as above; the message is copied before anything else fails.
                    unsafe {
                        assert_ne!((self.checked_sqrt)(black_box(-4.0), &mut root), 0);
                        let message = CStr::from_ptr((self.last_error)());
                        message.to_string_lossy().into_owned()
                    }
                });
            }
            _ => return None,
        }
        Some(())
    }
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
