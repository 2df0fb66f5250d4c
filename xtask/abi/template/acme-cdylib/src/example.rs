// example: begin
//! An example of each mechanism: a number, an error, a text, a handle.

use std::ffi::c_char;

use abi_boundary::{guard, written};

use crate::status::{AcmeStatus, Failure, Guarded};

/// Returns degrees Fahrenheit for degrees Celsius.
#[unsafe(no_mangle)]
pub extern "C" fn acme_fahrenheit(celsius: f64) -> f64 {
    acme_core::fahrenheit(celsius)
}

/// Writes `dividend` divided by `divisor` to `quotient`.
///
/// Fails with ACME_STATUS_DIVISION_BY_ZERO, ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `quotient` has room for a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_divide(dividend: f64, divisor: f64, quotient: *mut f64) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the room.
        let quotient = unsafe { call.out("quotient", quotient) }?;
        let result = acme_core::divide(dividend, divisor);
        quotient.set(result.map_err(|error| Failure::new(AcmeStatus::DivisionByZero, error))?);
        Ok(())
    })
}

/// Writes a new text, `text` from its end to its beginning, to `reversed`. Give it back to
/// acme_string_free().
///
/// Fails with ACME_STATUS_NULL_POINTER, ACME_STATUS_INVALID_UTF8, ACME_STATUS_MISALIGNED and
/// ACME_STATUS_OUT_OF_MEMORY.
///
/// # Safety
///
/// `text` ends with a NUL. `reversed` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_reverse(text: *const c_char, reversed: *mut *mut c_char) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the NUL.
        let text = unsafe { call.text("text", text) }?;
        // SAFETY: C promises the room.
        let reversed = unsafe { call.out("reversed", reversed) }?;
        reversed.set(written(acme_core::reversed(text))?.into_raw());
        Ok(())
    })
}

/// Adds numbers up. Several threads may use one at once.
pub struct AcmeTotal(acme_core::Total);

/// Writes a new total, of no numbers, to `total`. Give it back to acme_total_free().
///
/// Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `total` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_total_new(total: *mut *mut AcmeTotal) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the room.
        let total = unsafe { call.out("total", total) }?;
        let new = AcmeTotal(acme_core::Total::new());
        total.set(Box::into_raw(Box::new(new)));
        Ok(())
    })
}

/// Adds `value`.
///
/// Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `total` has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_total_add(total: *const AcmeTotal, value: f64) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeTotal(total) = unsafe { call.handle("total", total) }?;
        total.add(value);
        Ok(())
    })
}

/// Writes the sum of all numbers that were added to `sum`.
///
/// Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `total` has not been freed. `sum` has room for a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_total_sum(total: *const AcmeTotal, sum: *mut f64) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeTotal(total) = unsafe { call.handle("total", total) }?;
        // SAFETY: C promises the room.
        let sum = unsafe { call.out("sum", sum) }?;
        sum.set(total.sum());
        Ok(())
    })
}

/// Frees a total. NULL is ignored.
///
/// # Safety
///
/// `total` is freed once, when no call uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_total_free(total: *mut AcmeTotal) {
    let _: Guarded = guard(|call| {
        // SAFETY: C promises that it is freed once and not used any more.
        drop(unsafe { call.returned("total", total) }?);
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;

    use super::*;

    #[test]
    fn a_failure_has_a_message_that_names_the_function() {
        let mut quotient = 7.0;
        // SAFETY: a double of this function.
        unsafe { acme_divide(1.0, 0.0, &mut quotient) }.expect_failure(
            AcmeStatus::DivisionByZero,
            "acme_divide: 1.0 cannot be divided by zero",
        );
        assert_eq!(quotient, 7.0);
    }

    #[test]
    fn a_total_lives_between_calls() {
        let mut total = null_mut();
        let mut sum = 0.0;
        // SAFETY: pointers of this function, and the total is freed once.
        unsafe {
            acme_total_new(&mut total).expect_ok();
            acme_total_add(total, 1.5).expect_ok();
            acme_total_add(total, 2.0).expect_ok();
            acme_total_sum(total, &mut sum).expect_ok();
            acme_total_free(total);
        }
        assert_eq!(sum, 3.5);
    }
}
// example: end
