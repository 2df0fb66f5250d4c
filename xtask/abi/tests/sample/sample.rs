//! A small library with one of each kind, for the tests.

#![allow(clippy::missing_safety_doc, improper_ctypes_definitions)]

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_long, c_uint, c_void};
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::{NonNull, null};

/// How a call ended.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum SampleStatus {
    /// Done.
    Ok,
    /// A pointer was NULL.
    NullPointer = 1,
    /// Reading or writing failed.
    IoError = 8,
}

/// An enum with a negative value.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum SampleKind {
    /// Below.
    BelowZero = -1,
    /// At.
    Zero = 0,
    /// Above.
    Utf8Above = 200,
}

/// A number and its root.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SampleRoot {
    /// The number.
    pub value: f64,
    /// Its root.
    pub root: f64,
    /// Whether that is all of it.
    pub exact: bool,
}

/// One of two.
#[repr(C)]
#[derive(Clone, Copy)]
pub union SampleNumber {
    /// Whole.
    pub whole: i64,
    /// Broken.
    pub broken: f64,
}

/// A field alone.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SampleId {
    /// The number.
    pub id: u64,
}

/// Two without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SamplePair(pub f32, pub u8);

/// Not for C to see into.
pub struct SampleHandle {
    name: String,
}

/// A value that C does not know is wrapped.
#[repr(transparent)]
pub struct Wrapped<T>(f64, PhantomData<T>);

/// Many fields.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SampleMany {
    /// A struct in a struct.
    pub id: SampleId,
    /// A union in a struct.
    pub number: SampleNumber,
    /// An enum.
    pub kind: SampleKind,
    /// Narrow.
    pub narrow: i16,
    /// A tuple.
    pub pair: SamplePair,
    /// An array.
    pub bytes: [u8; 4],
    /// Text.
    pub name: *const c_char,
    /// A callback.
    pub compare: Option<extern "C" fn(a: SampleId, b: SampleId) -> i32>,
    /// Opaque.
    pub handle: *mut SampleHandle,
    /// Nested.
    pub grid: [[i8; 2]; 3],
}

/// A callback.
pub type SampleVisitor = Option<unsafe extern "C" fn(value: f64, context: *mut c_void) -> i32>;

#[unsafe(no_mangle)]
pub extern "C" fn sample_nothing() {}

#[unsafe(no_mangle)]
pub extern "C" fn sample_half(value: f64) -> f64 {
    value / 2.0
}

#[unsafe(no_mangle)]
pub extern "C" fn sample_root(value: f64) -> SampleRoot {
    SampleRoot { value, root: value.sqrt(), exact: false }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sample_each(
    values: *const f64,
    count: usize,
    visitor: SampleVisitor,
    context: *mut c_void,
) -> SampleStatus {
    let Some(visit) = visitor else {
        return SampleStatus::NullPointer;
    };
    for index in 0..count {
        // SAFETY: the caller says that there are that many.
        if unsafe { visit(*values.add(index), context) } != 0 {
            return SampleStatus::IoError;
        }
    }
    SampleStatus::Ok
}

#[unsafe(no_mangle)]
pub extern "C" fn sample_name(status: i32) -> *const c_char {
    if status == 0 { c"ok".as_ptr() } else { null() }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sample_new(name: *const c_char, handle: *mut *mut SampleHandle) -> SampleStatus {
    let _ = (name, handle, SampleHandle { name: String::new() }.name);
    SampleStatus::Ok
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sample_count(handle: *const SampleHandle, count: *mut u64) -> SampleStatus {
    let _ = (handle, count);
    SampleStatus::Ok
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sample_many(many: *const SampleMany, kind: SampleKind) -> SampleMany {
    let _ = kind;
    // SAFETY: of no consequence, nobody calls it.
    unsafe { *many }
}

#[unsafe(no_mangle)]
pub extern "C" fn sample_flag(flag: bool) -> bool {
    !flag
}

#[unsafe(no_mangle)]
pub extern "C" fn sample_integers(
    a: i8,
    b: u8,
    c: i16,
    d: u16,
    e: c_int,
    f: c_uint,
    g: c_long,
    h: isize,
    i: i64,
    j: usize,
) -> f32 {
    let _ = (a, b, c, d, e, f, g, h, i, j);
    0.0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sample_pointers(
    a: Option<&mut SampleHandle>,
    b: &SampleHandle,
    c: NonNull<f64>,
    d: Option<NonNull<SampleHandle>>,
    e: *const *mut c_void,
    f: &mut SampleKind,
    g: extern "C" fn(SampleId) -> SamplePair,
    h: Option<extern "C" fn(extern "C" fn(f64) -> f64)>,
) -> Option<Box<SampleHandle>> {
    let _ = (a, b, c, d, e, f, g, h);
    None
}

#[unsafe(no_mangle)]
pub extern "C" fn sample_wrapped(a: Wrapped<String>) -> Wrapped<String> {
    a
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sample_contained(
    a: *mut MaybeUninit<u32>,
    b: ManuallyDrop<u16>,
    c: *const Cell<SampleRoot>,
) {
    let _ = (a, b, c);
}

#[unsafe(no_mangle)]
pub extern "C" fn sample_function() -> SampleVisitor {
    None
}

/// Another name for the linker.
#[unsafe(export_name = "sample_renamed")]
pub extern "C" fn name_in_rust(value: f64) -> f64 {
    value
}

#[unsafe(no_mangle)]
pub static SAMPLE_TABLE: [u32; 3] = [1, 2, 3];

/// A function of the same name that is not exported.
pub mod inner {
    #[allow(dead_code)]
    pub fn sample_half(text: &str) -> usize {
        text.len()
    }

    /// So that it is not left out.
    #[unsafe(no_mangle)]
    pub extern "C" fn sample_inner() -> usize {
        sample_half("a")
    }
}
