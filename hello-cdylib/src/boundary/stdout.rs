//! Standard output as the process has it, past the lock and the buffer of Rust's `std`.
//!
//! `println!` is not for a library that others load: it panics when standard output fails, and it
//! takes a lock that stays locked for ever in a child that was forked while another thread held it.

use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;

/// Writes to the process's standard output. Each call of `write` is one call of the system.
pub struct Stdout;

impl Stdout {
    #[cfg(unix)]
    fn file() -> ManuallyDrop<File> {
        use std::os::fd::FromRawFd;
        // By its number: to ask `io::stdout()` for it would make the lock and the buffer.
        const STANDARD_OUTPUT: i32 = 1;
        // SAFETY: the descriptor is borrowed, for the file is never dropped and so never closes it.
        // If the process has closed it, writing fails and reports it.
        ManuallyDrop::new(unsafe { File::from_raw_fd(STANDARD_OUTPUT) })
    }

    #[cfg(windows)]
    fn file() -> ManuallyDrop<File> {
        use std::os::windows::io::{AsRawHandle, FromRawHandle};
        // SAFETY: as above; asking for the handle takes no lock.
        ManuallyDrop::new(unsafe { File::from_raw_handle(io::stdout().as_raw_handle()) })
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Stdout::file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // Nothing is buffered.
    }
}
