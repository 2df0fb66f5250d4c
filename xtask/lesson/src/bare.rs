//! Each crossing as a first attempt writes it: it works as long as all goes well. A page of the lesson shows the
//! function, then says what its comment says.

use std::ffi::{CStr, CString, c_char};
use std::slice;

/// `println!` panics if standard output is closed or the disk is full. The panic reaches the end of an
/// `extern "C"` function, and Rust ends the process: the caller's.
#[unsafe(no_mangle)]
pub extern "C" fn nothing() {
    println!("Hello! The square root of 4 is: {}", 4f64.sqrt());
}

/// Nothing, here. But the header declares it a second time, and nobody compares the two: with `float` in the header
/// everything still compiles and links.
#[unsafe(no_mangle)]
pub extern "C" fn scalar(value: f64) -> f64 {
    value.sqrt()
}

#[derive(Debug, PartialEq)]
pub struct Root {
    pub value: f64,
    pub root: f64,
    pub exact: bool,
}

/// `Root` has no `#[repr(C)]`, so Rust may put its fields in another order than C. Today it does not, and so
/// every test is green.
#[unsafe(no_mangle)]
#[expect(improper_ctypes_definitions)]
pub extern "C" fn structure(value: f64) -> Root {
    let root = value.sqrt();
    let exact = root * root == value;
    Root { value, root, exact }
}

/// -1 is an answer that a caller can take for a root: nothing makes anybody look. And it does not say why.
#[unsafe(no_mangle)]
pub extern "C" fn error(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { value.sqrt() }
}

/// Bytes that are not UTF-8 make `unwrap` panic, and that ends the caller's process. NULL is undefined behaviour: `CStr`
/// reads from address 0.
#[unsafe(no_mangle)]
pub extern "C" fn text_in(name: *const c_char) -> usize {
    // SAFETY: only if the caller keeps to what no signature says.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_str().unwrap().chars().count()
}

/// Who frees the text? Nothing in the signature says it, and C's `free()` is the wrong answer. A function that gives
/// it back to Rust is missing, so every call leaks.
#[unsafe(no_mangle)]
pub extern "C" fn text_out() -> *mut c_char {
    let greeting = CString::new("Hello, Ada!").unwrap();
    greeting.into_raw()
}

/// The length of the text decides how much is written, not the size of the buffer: one that is too small is written past
/// its end.
#[unsafe(no_mangle)]
pub extern "C" fn buffer(value: f64, buffer: *mut u8) {
    let text = format!("The square root of {value} is: {}\0", value.sqrt());
    // SAFETY: only if the buffer happens to be large enough.
    unsafe { buffer.copy_from(text.as_ptr(), text.len()) };
}

/// If the arrays overlap, a shared and a mutable slice refer to the same memory, which is undefined behaviour before the
/// first root is written. So is an empty array of C that is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn slice(values: *const f64, roots: *mut f64, count: usize) {
    // SAFETY: only if they are apart, aligned and not NULL.
    let values = unsafe { slice::from_raw_parts(values, count) };
    // SAFETY: the same.
    let roots = unsafe { slice::from_raw_parts_mut(roots, count) };
    for (value, root) in values.iter().zip(roots) {
        *root = value.sqrt();
    }
}

/// It works until two threads call it at once: `&mut` promises Rust that nobody else has it, and C promised nothing. A
/// pointer that was freed before is undefined behaviour, too.
#[unsafe(no_mangle)]
pub extern "C" fn handle(count: *mut u64) -> u64 {
    // SAFETY: only if no other thread is in here.
    let count = unsafe { &mut *count };
    *count += 1;
    *count
}

/// The function has no context, so the visitor can note what it saw in global variables only. And it cannot say that it
/// has seen enough.
#[unsafe(no_mangle)]
pub extern "C" fn callback(values: *const f64, count: usize, visit: extern "C" fn(f64)) {
    // SAFETY: only if the pointer is valid for that many.
    let values = unsafe { slice::from_raw_parts(values, count) };
    values.iter().for_each(|value| visit(value.sqrt()));
}

/// A panic cannot leave an `extern "C"` function. Rust ends the process with `panic in a function that cannot unwind`:
/// Python's interpreter, or whatever else called it.
#[unsafe(no_mangle)]
pub extern "C" fn panic(values: *const f64, index: usize) -> f64 {
    // SAFETY: only if there are three.
    let values = unsafe { slice::from_raw_parts(values, 3) };
    values[index]
}

/// It is the version of the package. That changes with every release; what a caller has to know is whether the ABI is
/// the one that it was compiled for.
#[unsafe(no_mangle)]
pub extern "C" fn version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Doubles alone have no place for a value that is missing. Nothing says who frees the result, and how: it needs the
/// length again. And a column of a table has to be copied to get here.
#[unsafe(no_mangle)]
pub extern "C" fn column(values: *const f64, count: usize) -> *mut f64 {
    // SAFETY: only if the pointer is valid for that many.
    let values = unsafe { slice::from_raw_parts(values, count) };
    let roots: Box<[f64]> = values.iter().map(|value| value.sqrt()).collect();
    Box::into_raw(roots).cast()
}
