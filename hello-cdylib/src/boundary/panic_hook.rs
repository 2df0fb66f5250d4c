//! The report of a panic on standard error: where, and with which message.
//!
//! A panic is a bug of the library, and its place in the source belongs in the bug report. The
//! standard library's own report is not for a library that others load. It takes a lock, which stays
//! locked forever in a child that was forked meanwhile. For a backtrace it keeps what it has read,
//! which `dlclose` does not give back, and the library stays in memory.

use std::any::Any;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::boundary::cut::Cut;
use crate::boundary::standard::Standard;

/// Bytes of the longest message that is reported. A longer one is cut at a character.
const LONGEST: usize = 512;

/// In place of the text of a panic that has none.
pub const NO_TEXT: &str = "with a value that is not text";

/// Sets the hook, once. It is that of this library alone: each has a standard library of its own.
#[inline]
pub fn install() {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    // Not `Once`: a child that was forked while another thread is in there would wait forever.
    // The tests' own hook shows a panic only if its test fails.
    if INSTALLED.load(Ordering::Relaxed) || cfg!(test) {
        return;
    }
    if !INSTALLED.swap(true, Ordering::Relaxed) {
        panic::set_hook(Box::new(report));
    }
}

/// In one write: no line of another thread gets into it.
fn report(info: &PanicHookInfo<'_>) {
    let message = text_of(info.payload()).unwrap_or(NO_TEXT);
    let message = Cut::<LONGEST>::new(format_args!("{message}"));
    let place = match info.location() {
        Some(place) => Cut::<256>::new(format_args!("{place}")),
        None => Cut::new(format_args!("an unknown place")),
    };
    let report = Cut::<1024>::new(format_args!(
        "lib{}: panicked at {}: {}\n",
        env!("CARGO_CRATE_NAME"),
        place.as_str(),
        message.as_str()
    ));
    let _ = Standard::Error.write_all(report.as_str().as_bytes());
}

/// The text that a panic carries, if it carries text.
pub fn text_of(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
