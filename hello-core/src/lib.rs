//! The logic that this workspace shares with C and with Python.
//!
//! Nothing here knows about C: no pointer, no unsafe code, no global state. Output goes to a writer that the
//! caller passes, so the caller handles its errors, and this crate never holds a lock.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod column;
mod greeting;
mod on_demand;
mod root;

use std::io::{self, Write};

pub use column::*;
pub use greeting::*;
pub use root::*;

/// Writes the line of the walkthrough, [`sentence`] of 4.
///
/// # Errors
///
/// The error that `out` reports, such as a full disk or a closed pipe.
pub fn hello(out: &mut impl Write) -> io::Result<()> {
    print(out, 4.0)
}

/// Writes [`sentence`] of `value` and a newline, in one call of `out`.
///
/// # Errors
///
/// The error that `out` reports.
pub fn print(out: &mut impl Write, value: f64) -> io::Result<()> {
    // Formatted before anything is written: a line of its own never arrives in pieces.
    let line = format!("{}\n", sentence(value));
    out.write_all(line.as_bytes())?;
    out.flush()
}

/// Says what the square root of `value` is, without a newline.
///
/// ```
/// assert_eq!(hello_core::sentence(4.0), "Hello! The square root of 4 is: 2");
/// ```
pub fn sentence(value: f64) -> String {
    format!("Hello! The square root of {value} is: {}", sqrt(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer that counts its calls, and fails in the first ones.
    #[derive(Default)]
    struct Sink {
        calls: usize,
        fails: Vec<io::ErrorKind>,
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            match self.fails.pop() {
                Some(kind) => Err(io::Error::from(kind)),
                None => Ok(bytes.len()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn hello_writes_the_line_of_the_walkthrough() {
        let mut out = Vec::new();
        hello(&mut out).unwrap();
        assert_eq!(out, b"Hello! The square root of 4 is: 2\n");
    }

    #[test]
    fn a_line_is_written_in_one_call() {
        let mut sink = Sink::default();
        print(&mut sink, 2.0).unwrap();
        assert_eq!(sink.calls, 1);
    }

    #[test]
    fn a_signal_does_not_end_the_line() {
        let mut sink = Sink {
            fails: vec![io::ErrorKind::Interrupted],
            ..Sink::default()
        };
        print(&mut sink, 2.0).unwrap();
        assert_eq!(sink.calls, 2);
    }

    #[test]
    fn a_failing_writer_is_reported() {
        let mut sink = Sink {
            fails: vec![io::ErrorKind::StorageFull],
            ..Sink::default()
        };
        let error = hello(&mut sink).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
