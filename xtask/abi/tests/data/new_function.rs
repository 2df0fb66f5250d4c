//! What a library may come to have, for the test that adds it to a copy of the workspace.

use std::ffi::{c_char, c_int, c_long, c_uint, c_void};
use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::boundary::guard::{Guarded as HelloStatus, guard};

/// An enum with a negative value.
#[repr(C)]
#[derive(Clone, Copy)]
pub enum HelloKind {
    /// Below.
    BelowZero = -1,
    /// At.
    Zero = 0,
    /// Above.
    Utf8Above = 200,
}

/// One of two.
#[repr(C)]
#[derive(Clone, Copy)]
pub union HelloNumber {
    /// Whole.
    pub whole: i64,
    /// Broken.
    pub broken: f64,
}

/// A field alone.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HelloId {
    /// The number.
    pub id: u64,
}

/// Two without a name.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HelloPair(pub f32, pub u8);

/// Not for C to see into.
pub struct HelloHidden {
    name: String,
}

/// A value that C does not know is wrapped.
#[repr(transparent)]
pub struct Wrapped<T>(f64, PhantomData<T>);

/// Many fields.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HelloNew {
    /// A struct in a struct.
    pub id: HelloId,
    /// A union in a struct.
    pub number: HelloNumber,
    /// An enum.
    pub kind: HelloKind,
    /// Narrow.
    pub narrow: i16,
    /// A tuple.
    pub pair: HelloPair,
    /// An array.
    pub bytes: [u8; 4],
    /// Text.
    pub name: *const c_char,
    /// A callback.
    pub compare: Option<extern "C" fn(a: HelloId, b: HelloId) -> i32>,
    /// Hidden.
    pub hidden: *mut HelloHidden,
    /// Nested.
    pub grid: [[i8; 2]; 3],
}

/// A callback with a struct.
pub type HelloNewVisitor =
    Option<unsafe extern "C" fn(new: *const HelloNew, kind: HelloKind) -> i32>;

/// Struct and callback by value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_new(new: *const HelloNew, visitor: HelloNewVisitor) -> HelloNew {
    // SAFETY: of no consequence, nobody calls it.
    let copy = unsafe { *new };
    // SAFETY: likewise.
    visitor.map(|visitor| unsafe { visitor(new, HelloKind::BelowZero) });
    copy
}

/// With a status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_new_each(
    new: *const HelloNew,
    visitor: HelloNewVisitor,
) -> HelloStatus {
    guard(|call| {
        call.present("visitor", visitor)?;
        call.present("new", NonNull::new(new.cast_mut()))?;
        Ok(())
    })
}

/// What comes in.
#[unsafe(no_mangle)]
pub extern "C" fn hello_new_flag(flag: bool) -> bool {
    !flag
}

/// All integers.
#[unsafe(no_mangle)]
pub extern "C" fn hello_new_integers(
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
    (i64::from(a)
        + i64::from(b)
        + i64::from(c)
        + i64::from(d)
        + i64::from(e)
        + i64::from(f)
        + g
        + i) as f32
        + (h as f32)
        + (j as f32)
}

/// All pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_new_pointers(
    a: Option<&mut HelloHidden>,
    b: &HelloHidden,
    c: NonNull<f64>,
    d: Option<NonNull<HelloHidden>>,
    e: *const *mut c_void,
    f: &mut HelloKind,
    g: extern "C" fn(HelloId) -> HelloPair,
    h: Option<extern "C" fn(extern "C" fn(f64) -> f64)>,
) -> Option<Box<HelloHidden>> {
    let _ = (c, d, e, f, h);
    g(HelloId { id: 0 });
    Some(Box::new(HelloHidden {
        name: format!("{}{}", b.name, a.map_or("", |a| &a.name)),
    }))
}

/// Wrapped.
#[unsafe(no_mangle)]
pub extern "C" fn hello_new_wrapped(a: Wrapped<String>) -> Wrapped<String> {
    a
}

/// A function out.
#[unsafe(no_mangle)]
pub extern "C" fn hello_new_function() -> HelloNewVisitor {
    None
}

/// Another name for the linker.
#[unsafe(export_name = "hello_new_renamed")]
pub extern "C" fn hello_new_name(value: f64) -> f64 {
    value
}

/// A function of the same name that is not exported.
pub mod inner {
    #[allow(dead_code, missing_docs)]
    pub fn hello_sqrt(text: &str) -> usize {
        text.len()
    }
    /// So that it is not left out.
    #[unsafe(no_mangle)]
    pub extern "C" fn hello_new_inner() -> usize {
        hello_sqrt("a")
    }
}
