//! The one way out of a function that can fail.

use std::any::{Any, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Status, last_error, panic_hook};

/// A [`Status`] whose panics were caught and whose message was kept.
///
/// A function that can fail returns it, and only [`guard`] can make one, so a function that leaves the
/// guard out does not compile. C sees the status that is inside.
#[repr(transparent)]
#[must_use]
pub struct Guarded<S: Status>(S);

/// A call from C that is under way. It checks the arguments. A reference into the caller's memory cannot
/// outlive it.
pub struct Call<S: Status>(PhantomData<S>);

/// Why a call failed: the status for programs, the message for people. [`guard`] puts the name of
/// the function before the message.
// In a box, so that a call that succeeds needs no space for it.
#[derive(Debug)]
pub struct Failure<S: Status>(Box<(S, String)>);

impl<S: Status> Failure<S> {
    /// A failure with a message, such as an error of the logic.
    #[cold]
    pub fn new(status: S, message: impl fmt::Display) -> Failure<S> {
        Failure(Box::new((status, message.to_string())))
    }
}

/// The message.
impl<S: Status> fmt::Display for Failure<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.1)
    }
}

/// Runs `body`. A failure or a panic becomes its status and the thread's last error.
///
/// `body` has to be a closure in the function that C calls: the message begins with its name.
#[inline]
pub fn guard<S: Status, Body>(body: Body) -> Guarded<S>
where
    Body: FnOnce(&Call<S>) -> Result<(), Failure<S>>,
{
    panic_hook::install::<S>();
    // Unwind safety: what `body` borrows belongs to the caller, who learns from the status that no
    // result was written. What the library itself shares between calls must survive a panic.
    let body = || {
        #[cfg(feature = "panic-on-demand")]
        if std::env::var_os("PANIC_ON_DEMAND").is_some_and(|at| at == "guard") {
            panic!("on demand, in the guard");
        }
        body(&Call(PhantomData))
    };
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => Guarded(S::OK),
        Ok(Err(failure)) => failed(type_name::<Body>(), failure),
        Err(payload) => panicked(type_name::<Body>(), payload),
    }
}

#[cold]
fn failed<S: Status>(body: &str, failure: Failure<S>) -> Guarded<S> {
    last_error::set(format_args!("{}: {failure}", function_of(body)));
    Guarded(failure.0.0)
}

#[cold]
fn panicked<S: Status>(body: &str, payload: Box<dyn Any + Send>) -> Guarded<S> {
    let text = panic_hook::text_of(&*payload);
    last_error::set(format_args!(
        "{}: the library panicked: {}",
        function_of(body),
        text.unwrap_or(panic_hook::NO_TEXT)
    ));
    if text.is_none() {
        // A value of a foreign type may panic when it is dropped, outside the guard.
        mem::forget(payload);
    }
    Guarded(S::PANIC)
}

/// The name of the function that a closure stands in, from that of the closure's type: a name that
/// nobody types cannot be the wrong one. The form is not guaranteed, so each function's tests read
/// it in its messages.
fn function_of(body: &str) -> &str {
    // `library::crossing::file::function::{{closure}}`
    body.rsplit("::").nth(1).unwrap_or(body)
}

/// For a library's tests, which call its functions as C does.
impl<S: Status> Guarded<S> {
    /// Fails the test unless the call succeeded.
    ///
    /// # Panics
    ///
    /// That is how a test fails.
    #[track_caller]
    pub fn expect_ok(self) {
        assert_eq!(self.0, S::OK, "{}", last_error::last_message());
    }

    /// Fails the test unless the call failed like this.
    ///
    /// # Panics
    ///
    /// That is how a test fails.
    #[track_caller]
    pub fn expect_failure(self, status: S, message: &str) {
        assert_eq!(
            (self.0, last_error::last_message().as_str()),
            (status, message)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::last_error::last_message;
    use crate::tiny::{Guarded, Tiny};

    #[test]
    fn success_keeps_the_last_error() {
        last_error::set(format_args!("earlier"));
        let succeeded: Guarded = guard(|_| Ok(()));
        succeeded.expect_ok();
        assert_eq!(last_message(), "earlier");
    }

    #[test]
    fn a_failure_becomes_its_status_and_a_message_that_names_the_function() {
        fn fails() -> Guarded {
            guard(|_| Err(Failure::new(Tiny::TOO_LARGE, "that is too much")))
        }
        fails().expect_failure(Tiny::TOO_LARGE, "fails: that is too much");
    }

    #[test]
    fn a_panic_becomes_a_status_whatever_it_carries() {
        fn panics(with: fn()) -> Guarded {
            guard(|_| {
                with();
                Ok(())
            })
        }
        panics(|| panic!("text")).expect_failure(Tiny::PANIC, "panics: the library panicked: text");
        panics(|| panic!("number {}", 7))
            .expect_failure(Tiny::PANIC, "panics: the library panicked: number 7");
        panics(|| std::panic::panic_any(7)).expect_failure(
            Tiny::PANIC,
            "panics: the library panicked: with a value that is not text",
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
        let guarded: Guarded = guard(|_| std::panic::panic_any(Grenade));
        assert_eq!(guarded.0, Tiny::PANIC);
    }
}
