//! Numbers in a histogram: a handle, a struct by value, a callback.

use std::ffi::c_void;
use std::ops::ControlFlow;

use crate::boundary::guard::{Failure, Guarded, guard};
use crate::crossing::status::AcmeStatus;

/// Values, of which one can ask how they are distributed. Several threads may use one at once.
pub struct AcmeHistogram(acme_core::Histogram);

/// All values in a few numbers.
#[repr(C)]
pub struct AcmeSummary {
    /// The smallest value.
    pub least: f64,
    /// The largest value.
    pub greatest: f64,
    /// The sum of all values, divided by their count.
    pub mean: f64,
    /// How many there are.
    pub count: u64,
}

/// From where to where values reach.
#[repr(C)]
pub struct AcmeExtent {
    /// The smallest value.
    pub least: f64,
    /// The largest value.
    pub greatest: f64,
}

/// What acme_histogram_each() calls with each value. `context` is what the caller of
/// acme_histogram_each() passed. It answers 0 to stop and anything else to go on.
pub type AcmeVisitor = Option<unsafe extern "C" fn(value: f64, context: *mut c_void) -> i32>;

/// Writes a new histogram without values to `histogram`. Give it back to acme_histogram_free().
///
/// Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `histogram` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_new(histogram: *mut *mut AcmeHistogram) -> Guarded {
    guard(|call| {
        // SAFETY: C promises the room.
        let histogram = unsafe { call.out("histogram", histogram) }?;
        let new = AcmeHistogram(acme_core::Histogram::new());
        histogram.set(Box::into_raw(Box::new(new)));
        Ok(())
    })
}

/// Adds `value`.
///
/// Fails with ACME_STATUS_DOMAIN if it is NaN, with ACME_STATUS_NULL_POINTER,
/// ACME_STATUS_MISALIGNED and ACME_STATUS_OUT_OF_MEMORY.
///
/// # Safety
///
/// `histogram` has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_add(
    histogram: *const AcmeHistogram,
    value: f64,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeHistogram(histogram) = unsafe { call.handle("histogram", histogram) }?;
        histogram.add(value)?;
        Ok(())
    })
}

/// Writes the smallest value that at least `p` percent of all values do not exceed to `value`.
///
/// Fails with ACME_STATUS_EMPTY if there are no values, with ACME_STATUS_DOMAIN if `p` is not from 0 to
/// 100, with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `histogram` has not been freed. `value` has room for a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_percentile(
    histogram: *const AcmeHistogram,
    p: f64,
    value: *mut f64,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeHistogram(histogram) = unsafe { call.handle("histogram", histogram) }?;
        // SAFETY: C promises the room.
        let value = unsafe { call.out("value", value) }?;
        value.set(histogram.percentile(p)?);
        Ok(())
    })
}

/// Writes all values in a few numbers to `summary`.
///
/// Fails with ACME_STATUS_EMPTY if there are no values, with ACME_STATUS_NULL_POINTER and
/// ACME_STATUS_MISALIGNED.
///
/// # Safety
///
/// `histogram` has not been freed. `summary` has room for an AcmeSummary.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_summary(
    histogram: *const AcmeHistogram,
    summary: *mut AcmeSummary,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeHistogram(histogram) = unsafe { call.handle("histogram", histogram) }?;
        // SAFETY: C promises the room.
        let summary = unsafe { call.out("summary", summary) }?;
        let acme_core::Summary {
            least,
            greatest,
            mean,
            count,
        } = histogram.summary()?;
        summary.set(AcmeSummary {
            least,
            greatest,
            mean,
            count,
        });
        Ok(())
    })
}

/// Returns how far it is from the smallest value to the largest.
#[unsafe(no_mangle)]
pub extern "C" fn acme_summary_range(summary: AcmeSummary) -> f64 {
    let AcmeSummary {
        least,
        greatest,
        mean,
        count,
    } = summary;
    let summary = acme_core::Summary {
        least,
        greatest,
        mean,
        count,
    };
    summary.range()
}

/// Returns from where to where the values reach: from infinity to minus infinity if there are none, or
/// if `histogram` is NULL or misaligned, which the last error tells.
///
/// # Safety
///
/// `histogram` has not been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_extent(histogram: *const AcmeHistogram) -> AcmeExtent {
    let mut extent = acme_core::Extent::NONE;
    // Nobody gets its status; it keeps the last error, and no panic comes past it.
    let _ = guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeHistogram(histogram) = unsafe { call.handle("histogram", histogram) }?;
        extent = histogram.extent();
        Ok(())
    });
    let acme_core::Extent { least, greatest } = extent;
    AcmeExtent { least, greatest }
}

/// Calls `visitor` with each value, in ascending order, until it answers 0. It may use the histogram.
///
/// `context` is passed on and may be NULL.
///
/// Fails with ACME_STATUS_NULL_POINTER and ACME_STATUS_MISALIGNED, and with ACME_STATUS_OUT_OF_MEMORY
/// if there is no memory for a copy of the values.
///
/// # Safety
///
/// `histogram` has not been freed. `visitor` may be called with `context`, and returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_each(
    histogram: *const AcmeHistogram,
    visitor: AcmeVisitor,
    context: *mut c_void,
) -> Guarded {
    guard(|call| {
        // SAFETY: C promises that it has not been freed.
        let AcmeHistogram(histogram) = unsafe { call.handle("histogram", histogram) }?;
        let visitor = call.present("visitor", visitor)?;
        // SAFETY: C promises that it may be called with the context.
        histogram.each(|value| match unsafe { visitor(value, context) } {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })?;
        Ok(())
    })
}

/// Frees a histogram. NULL is ignored.
///
/// # Safety
///
/// `histogram` is freed once, when no call uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acme_histogram_free(histogram: *mut AcmeHistogram) {
    let _ = guard(|call| {
        // SAFETY: C promises that it is freed once and not used any more.
        drop(unsafe { call.returned("histogram", histogram) }?);
        Ok(())
    });
}

impl From<acme_core::Error> for Failure {
    fn from(error: acme_core::Error) -> Failure {
        let status = match error {
            acme_core::Error::Empty => AcmeStatus::Empty,
            acme_core::Error::NoPercentile(_) | acme_core::Error::NotANumber => AcmeStatus::Domain,
            acme_core::Error::Memory => AcmeStatus::OutOfMemory,
        };
        Failure::new(status, error.to_string())
    }
}
