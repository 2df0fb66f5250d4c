//! C callbacks.

use std::ffi::c_void;
use std::ops::ControlFlow;

use abi_boundary::guard;

use crate::crossing::status::Guarded;

/// What hello_each_root() calls with each value and its square root. `context` is what the caller of
/// hello_each_root() passed. It returns 0 to stop and anything else to go on.
pub type HelloVisitor =
    Option<unsafe extern "C" fn(value: f64, root: f64, context: *mut c_void) -> i32>;

/// Calls `visitor` with each of the `count` doubles at `values` and its square root, as hello_sqrt()
/// returns it, in order, until it returns 0. Stopping early is HELLO_STATUS_OK, too.
///
/// `context` is passed on and may be NULL. The visitor may change `values`: each is read when its
/// turn comes.
///
/// Fails with HELLO_STATUS_NULL_POINTER (`values`, `visitor`), HELLO_STATUS_MISALIGNED and
/// HELLO_STATUS_TOO_LARGE, before the first visit.
///
/// # Safety
///
/// `values` has `count` doubles. `visitor` may be called with `context`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_each_root(
    values: *const f64,
    count: usize,
    visitor: HelloVisitor,
    context: *mut c_void,
) -> Guarded {
    guard(|call| {
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
    })
}

#[cfg(test)]
mod tests {
    use std::ptr::{self, null, null_mut};

    use super::*;
    use crate::crossing::panic::hello_panic;
    use crate::crossing::status::HelloStatus;
    use crate::crossing::text::{hello_greet, hello_string_free};

    /// Notes what it sees in the vector behind the context, and stops after a root of 3.
    unsafe extern "C" fn note(value: f64, root: f64, context: *mut c_void) -> i32 {
        // SAFETY: the tests pass the address of a vector that nobody else uses meanwhile.
        let seen = unsafe { &mut *context.cast::<Vec<(f64, f64)>>() };
        seen.push((value, root));
        i32::from(root != 3.0)
    }

    fn visit_and_note(values: &[f64]) -> Vec<(f64, f64)> {
        let mut seen: Vec<(f64, f64)> = Vec::new();
        let context = ptr::from_mut(&mut seen).cast();
        // SAFETY: the array has its count, and `note` gets its vector.
        unsafe { hello_each_root(values.as_ptr(), values.len(), Some(note), context) }.expect_ok();
        seen
    }

    #[test]
    fn each_root_is_visited_until_the_visitor_stops() {
        assert_eq!(visit_and_note(&[]), []);
        assert_eq!(visit_and_note(&[1.0, 4.0]), [(1.0, 1.0), (4.0, 2.0)]);
        assert_eq!(visit_and_note(&[9.0, 16.0]), [(9.0, 3.0)]);
        assert!(visit_and_note(&[-1.0])[0].1.is_nan());
    }

    /// Never stops: any number but 0 goes on, negative ones included.
    extern "C" fn go_on(_: f64, _: f64, context: *mut c_void) -> i32 {
        assert!(context.is_null());
        i32::MIN
    }

    #[test]
    fn a_context_may_be_null() {
        // SAFETY: the array has its count.
        unsafe { hello_each_root([1.0, 4.0].as_ptr(), 2, Some(go_on), null_mut()) }.expect_ok();
    }

    /// Calls back into the library, both well and badly.
    unsafe extern "C" fn call_back(_: f64, root: f64, context: *mut c_void) -> i32 {
        let mut greeting = null_mut();
        // SAFETY: texts with their NUL, a pointer of this function, and an array with its count.
        unsafe {
            hello_greet(c"Ada".as_ptr(), &mut greeting).expect_ok();
            hello_string_free(greeting);
            hello_panic(c"inside".as_ptr()).expect_failure(
                HelloStatus::Panic,
                "hello_panic: the library panicked: inside",
            );
            hello_each_root(&root, 1, Some(note), context).expect_ok();
        }
        1
    }

    #[test]
    fn a_visitor_may_call_back_into_the_library() {
        let mut seen: Vec<(f64, f64)> = Vec::new();
        let context = ptr::from_mut(&mut seen).cast();
        let values = [16.0, 256.0];
        // SAFETY: the array has its count, and the context is what `note` expects.
        unsafe { hello_each_root(values.as_ptr(), 2, Some(call_back), context) }.expect_ok();
        assert_eq!(seen, [(4.0, 2.0), (16.0, 4.0)]);
    }

    /// Overwrites the two elements behind the context.
    unsafe extern "C" fn overwrite(_: f64, root: f64, context: *mut c_void) -> i32 {
        let values = context.cast::<f64>();
        // SAFETY: the test passes two elements.
        unsafe {
            values.write(root);
            values.add(1).write(81.0);
        }
        1
    }

    #[test]
    fn a_visitor_may_change_the_values() {
        let mut values = [4.0, 16.0];
        let start = values.as_mut_ptr();
        // SAFETY: the array has its count, and `overwrite` gets it.
        unsafe { hello_each_root(start, 2, Some(overwrite), start.cast()) }.expect_ok();
        assert_eq!(values, [9.0, 81.0]);
    }

    #[test]
    fn what_can_be_checked_is_refused_before_the_first_visit() {
        let mut seen: Vec<(f64, f64)> = Vec::new();
        let context = ptr::from_mut(&mut seen).cast();
        let values = [1.0, 4.0];
        let start = values.as_ptr();
        let too_many = isize::MAX as usize / 8 + 1;
        // SAFETY: nothing is read.
        unsafe {
            hello_each_root(null(), 1, Some(note), context).expect_failure(
                HelloStatus::NullPointer,
                "hello_each_root: `values` is NULL",
            );
            hello_each_root(start, 2, None, context).expect_failure(
                HelloStatus::NullPointer,
                "hello_each_root: `visitor` is NULL",
            );
            hello_each_root(null(), 0, None, context).expect_failure(
                HelloStatus::NullPointer,
                "hello_each_root: `visitor` is NULL",
            );
            hello_each_root(start.byte_add(1), 1, Some(note), context).expect_failure(
                HelloStatus::Misaligned,
                &format!(
                    "hello_each_root: `values` is not aligned to {} bytes",
                    align_of::<f64>()
                ),
            );
            for count in [too_many, usize::MAX] {
                hello_each_root(start, count, Some(note), context).expect_failure(
                    HelloStatus::TooLarge,
                    &format!(
                        "hello_each_root: `values` cannot have {count} elements: no memory is that large"
                    ),
                );
            }
            hello_each_root(null(), 0, Some(note), context).expect_ok();
        }
        assert_eq!(seen, []);
    }
}
