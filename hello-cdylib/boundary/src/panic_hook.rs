//! The report of a panic on standard error: where, and with which message.
//!
//! A panic is a bug of the library, and its place in the source belongs in the bug report. The
//! standard library's own report is not for a library that others load. It takes a lock, which stays
//! locked forever in a child that was forked meanwhile. For a backtrace it keeps what it has read,
//! which `dlclose` does not give back, and the library stays in memory.

use std::any::Any;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{process, thread};

use crate::cut::Cut;
use crate::{Standard, Status};

/// Bytes of the longest message that is reported. A longer one is cut at a character.
const LONGEST: usize = 512;

/// In place of the text of a panic that has none.
pub(crate) const NO_TEXT: &str = "with a value that is not text";

/// [`NOT_YET`], [`INSTALLED`], or the process that is installing the hook.
static STATE: AtomicU32 = AtomicU32::new(NOT_YET);
const NOT_YET: u32 = 0;
const INSTALLED: u32 = u32::MAX;

/// Sets the hook, once. It is that of this library alone: each has a standard library of its own.
#[inline]
pub(crate) fn install<S: Status>() {
    if STATE.load(Ordering::Acquire) != INSTALLED && S::REPORTS_PANICS {
        install_now::<S>();
    }
}

#[cold]
fn install_now<S: Status>() {
    // Where there is no fork there is one process, and on some systems no number for it.
    let this = if cfg!(unix) { process::id() } else { 1 };
    let begun = STATE.compare_exchange(NOT_YET, this, Ordering::Acquire, Ordering::Acquire);
    if begun.is_ok() {
        panic::set_hook(Box::new(report::<S>));
        STATE.store(INSTALLED, Ordering::Release);
        return;
    }
    // Another thread is in there. A panic before it is done would be reported by the standard library.
    // Not `Once`: a child that was forked meanwhile has no such thread, and would wait forever.
    while STATE.load(Ordering::Acquire) == this {
        thread::yield_now();
    }
}

/// In one write: no line of another thread gets into it.
fn report<S: Status>(info: &PanicHookInfo<'_>) {
    let message = text_of(info.payload()).unwrap_or(NO_TEXT);
    let message = Cut::<LONGEST>::new(format_args!("{message}"));
    let place = match info.location() {
        Some(place) => Cut::<256>::new(format_args!("{place}")),
        None => Cut::new(format_args!("an unknown place")),
    };
    let report = Cut::<1024>::new(format_args!(
        "{}: panicked at {}: {}\n",
        S::LIBRARY,
        place.as_str(),
        message.as_str()
    ));
    let _ = Standard::Error.write_all(report.as_str().as_bytes());
}

/// The text that a panic carries, if it carries text.
pub(crate) fn text_of(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
