//! The one way out of a function that can fail.
//!
//! [`Guarded`] is what such a function returns, and only [`guard`] can make one, so a function that
//! leaves the guard out does not compile. The crossings import it under the name of what it holds,
//! `HelloStatus`: cbindgen goes by the name that stands in the source, and C sees the enum.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::boundary::last_error;
use crate::crossing::status::HelloStatus;

/// A [`HelloStatus`] whose panics were caught and whose message was kept.
#[repr(transparent)]
#[must_use]
pub struct Guarded(HelloStatus);

/// A call from C that is under way. It checks the arguments (`argument.rs`), and what it lends out
/// of C's memory cannot be kept beyond it.
pub struct Call(());

/// Why a call failed: the status for programs, the message for people. [`guard`] puts the name of
/// the function before the message.
///
/// In a box, so that a call that succeeds has no room to make for it.
pub struct Failure(Box<(HelloStatus, Cow<'static, str>)>);

impl Failure {
    #[cold]
    pub fn new(status: HelloStatus, message: impl Into<Cow<'static, str>>) -> Failure {
        Failure(Box::new((status, message.into())))
    }
}

/// Runs `body`. A failure or a panic becomes its status and the thread's last error.
///
/// `body` has to be a closure in the function that C calls: the message begins with its name.
///
/// Rust's own report of a panic still goes to standard error: a panic is a bug of the library, and
/// its place in the source belongs into the bug report.
#[inline]
pub fn guard<Body>(body: Body) -> Guarded
where
    Body: FnOnce(&Call) -> Result<(), Failure>,
{
    // Unwind safety: what `body` borrows belongs to the caller, who learns from the status that no
    // result was written, and the library has no shared state that a panic could leave half-made.
    let body = || {
        #[cfg(feature = "panic-on-demand")]
        if std::env::var_os("HELLO_PANIC_ON_DEMAND").is_some() {
            panic!("on demand");
        }
        body(&Call(()))
    };
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => Guarded(HelloStatus::Ok),
        Ok(Err(failure)) => fail(type_name::<Body>(), failure),
        Err(payload) => panicked(type_name::<Body>(), payload),
    }
}

#[cold]
fn fail(body: &str, failure: Failure) -> Guarded {
    let (status, message) = *failure.0;
    last_error::set(&format!("{}: {message}", function_of(body)));
    Guarded(status)
}

#[cold]
fn panicked(body: &str, payload: Box<dyn Any + Send>) -> Guarded {
    let message = panic_message(payload);
    fail(body, Failure::new(HelloStatus::Panic, message))
}

/// The name of the function that a closure stands in, from that of the closure's type: a name that
/// nobody types cannot be the wrong one. The form is not guaranteed, so each function's tests read
/// it in its messages.
fn function_of(body: &str) -> &str {
    // `hello::nothing::hello_print::{{closure}}`
    body.rsplit("::").nth(1).unwrap_or("libhello")
}

fn panic_message(payload: Box<dyn Any + Send>) -> String {
    let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        // A payload of a foreign type may panic when it is dropped, outside of the guard.
        std::mem::forget(payload);
        "panic with a payload that is not text".to_owned()
    };
    format!("the library panicked: {message}")
}

#[cfg(test)]
impl Guarded {
    /// Fails the test unless the call succeeded.
    #[track_caller]
    pub fn expect_ok(self) {
        assert_eq!(self.0, HelloStatus::Ok, "{}", last_error::read());
    }

    /// Fails the test unless the call failed like this.
    #[track_caller]
    pub fn expect_failure(self, status: HelloStatus, message: &str) {
        assert_eq!((self.0, last_error::read().as_str()), (status, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_keeps_the_last_error() {
        last_error::set("earlier");
        guard(|_| Ok(())).expect_ok();
        assert_eq!(last_error::read(), "earlier");
    }

    #[test]
    fn a_failure_becomes_its_status_and_a_message_that_names_the_function() {
        fn hello_fails() -> Guarded {
            guard(|_| Err(Failure::new(HelloStatus::Io, "the disk is full")))
        }
        hello_fails().expect_failure(HelloStatus::Io, "hello_fails: the disk is full");
    }

    #[test]
    fn a_panic_becomes_a_status_whatever_it_carries() {
        fn panics(with: fn()) -> Guarded {
            guard(|_| {
                with();
                Ok(())
            })
        }
        panics(|| panic!("text"))
            .expect_failure(HelloStatus::Panic, "panics: the library panicked: text");
        panics(|| panic!("number {}", 7))
            .expect_failure(HelloStatus::Panic, "panics: the library panicked: number 7");
        panics(|| std::panic::panic_any(7)).expect_failure(
            HelloStatus::Panic,
            "panics: the library panicked: panic with a payload that is not text",
        );
    }

    /// Dropping it panics, which must not get past the guard either.
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_contained() {
        let guarded = guard(|_| std::panic::panic_any(Grenade));
        assert_eq!(guarded.0, HelloStatus::Panic);
    }
}
