//! Functions without arguments: the walkthrough's, and one that can report an error.

use abi_boundary::{Standard, guard};

use crate::crossing::status::{Failure, Guarded, HelloStatus};

/// Prints `Hello! The square root of 4 is: 2` and a newline to standard output.
///
/// It returns nothing and so cannot report that standard output failed; hello_print() can.
#[unsafe(no_mangle)]
pub extern "C" fn Hello() {
    let _ = hello_core::hello(&mut Standard::Output);
}

/// Prints the line for `value`, any double, to standard output, in one write.
///
/// Returns HELLO_STATUS_OK, or HELLO_STATUS_IO if standard output could not be written.
#[unsafe(no_mangle)]
pub extern "C" fn hello_print(value: f64) -> Guarded {
    guard(|_| {
        hello_core::print(&mut Standard::Output, value).map_err(|error| {
            let message = format_args!("cannot write to standard output: {error}");
            Failure::new(HelloStatus::Io, message)
        })
    })
}
