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
        // Not a plain store, which helgrind takes for a race.
        STATE.swap(INSTALLED, Ordering::Release);
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

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};
    use std::sync::atomic::AtomicBool;
    use std::{env, panic};

    use super::*;
    use crate::tiny::Tiny;

    /// Runs `body` as the only test of a process: each has one hook.
    fn alone(test: &str, body: fn()) -> Option<Output> {
        const ALONE: &str = "ABI_BOUNDARY_TEST_ALONE";
        if env::var_os(ALONE).is_some() {
            body();
            return None;
        }
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg(format!("panic_hook::tests::{test}"))
            .env(ALONE, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        Some(output)
    }

    #[test]
    fn a_panic_is_reported_in_one_line() {
        let output = alone("a_panic_is_reported_in_one_line", || {
            install_now::<Tiny>();
            let _ = panic::catch_unwind(|| panic!("{}", "é".repeat(LONGEST)));
            let _ = panic::catch_unwind(|| panic::panic_any(7));
        });
        let Some(output) = output else { return };
        let report = String::from_utf8_lossy(&output.stderr);
        let [text, none] = report.lines().collect::<Vec<&str>>()[..] else {
            panic!("{report}");
        };
        assert!(text.starts_with("tiny: panicked at "), "{text}");
        assert!(
            text.ends_with(&format!(": {}", "é".repeat(LONGEST / 2))),
            "{text}"
        );
        assert!(none.ends_with(NO_TEXT), "{none}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_goes_on_before_the_hook_is_installed() {
        alone("nobody_goes_on_before_the_hook_is_installed", || {
            static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
            // As another thread finds it while one is in there.
            STATE.store(process::id(), Ordering::Release);
            let other = thread::spawn(|| {
                install_now::<Tiny>();
                IS_INSTALLED.load(Ordering::Acquire)
            });
            (0..1000).for_each(|_| thread::yield_now());
            IS_INSTALLED.store(true, Ordering::Release);
            STATE.store(INSTALLED, Ordering::Release);
            assert!(other.join().unwrap(), "it went on");
        });
    }

    #[cfg(unix)]
    #[test]
    fn nobody_waits_for_a_thread_of_another_process() {
        alone("nobody_waits_for_a_thread_of_another_process", || {
            // As a child finds it that was forked while a thread was in there.
            STATE.store(process::id() ^ 1, Ordering::Release);
            install_now::<Tiny>();
        });
    }
}
